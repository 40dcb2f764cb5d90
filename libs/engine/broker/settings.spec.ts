import fc from 'fast-check';
import { BROKER_PHASES, BROKER_TRANSITIONS } from './broker.states.js';
import { parseJavaProperties } from './java-properties.js';
import { readBrokerSettings } from './server-properties.js';

describe('properties format', () => {
  it.each<[string, Record<string, string>]>([
    ['a=1\nb:2\nc 3\n d = 4 ', { a: '1', b: '2', c: '3', d: '4 ' }],
    ['# x\n! y\n\n  # z\na=#1', { a: '#1' }],
    ['a=1,\\\n   2,\\\n\t3\nb=\\\\', { a: '1,2,3', b: '\\' }],
    ['a\\=b\\:c\\ d=e\\tf\\u0041\\z', { 'a=b:c d': 'e\tfAz' }],
    ['a\r\nb=\rc==1', { a: '', b: '', c: '=1' }],
    ['a=1\na=2', { a: '2' }],
  ])('%j', (text, expected) => { expect(Object.fromEntries(parseJavaProperties(text))).toEqual(expected); });
  it('takes anything', () => { fc.assert(fc.property(fc.string(), (text) => { parseJavaProperties(text); })); });
});

const BASE: Record<string, string> = {
  'process.roles': 'broker,controller', 'node.id': '1', 'cluster.id': 'MkU3OEVBNTcwNTJENDM2Qg', 'listeners': 'EXTERNAL://127.0.0.1:20000,INTERNAL://127.0.0.1:20001,CONTROLLER://127.0.0.1:20002',
  'advertised.listeners': 'EXTERNAL://kafka.example:20000,INTERNAL://127.0.0.1:20001', 'listener.security.protocol.map': 'EXTERNAL:SASL_SSL,INTERNAL:SSL,CONTROLLER:SSL',
  'controller.listener.names': 'CONTROLLER', 'inter.broker.listener.name': 'INTERNAL', 'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
  'ssl.keystore.type': 'PEM', 'ssl.keystore.location': '/tls/broker.pem', 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': '/tls/ca.pem',
  'listener.name.internal.ssl.client.auth': 'required', 'super.users': 'User:CN=sluice-control-plane;User:CN=a,O=b', 'log.dirs': '/data',
  'sluice.cluster.id': 'lkc-abc12', 'sluice.principals.file': '/principals.json', 'sluice.status.file': '/run/status.json',
};
const read = (over: Record<string, string | null> = {}) =>
  readBrokerSettings(Object.entries({ ...BASE, ...over }).filter(([, value]) => value !== null).map(([key, value]) => `${key}=${value}\n`).join(''));

const TLS = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' };

describe('server.properties', () => {
  it('is read as the driver writes it', () => {
    const settings = read();
    expect(settings.config).toMatchObject({ nodeId: 1, clusterId: 'MkU3OEVBNTcwNTJENDM2Qg', flushMode: 'ack', offsetsTopicNumPartitions: 50, autoCreateTopicsEnable: true, offsetsRetentionCheckIntervalMs: 600_000 });
    expect(read({ 'offsets.retention.check.interval.ms': '5000' }).config.offsetsRetentionCheckIntervalMs).toBe(5_000);
    expect(settings.listeners).toEqual([
      { name: 'EXTERNAL', host: '127.0.0.1', port: 20000, protocol: 'SASL_SSL', mechanisms: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'], privileged: false, tls: { keystore: '/tls/broker.pem', truststore: '/tls/ca.pem', clientAuth: 'none', ...TLS } },
      { name: 'INTERNAL', host: '127.0.0.1', port: 20001, protocol: 'SSL', mechanisms: [], privileged: true, tls: { keystore: '/tls/broker.pem', truststore: '/tls/ca.pem', clientAuth: 'required', ...TLS } },
    ]);
    expect(settings.config.advertisedListeners[0]).toEqual({ listener: 'EXTERNAL', host: 'kafka.example', port: 20000, securityProtocol: 'SASL_SSL' });
    expect(settings.controllerEndpoint).toMatchObject({ name: 'CONTROLLER', port: 20002 });
    expect(settings.superUsers).toEqual(['User:CN=sluice-control-plane', 'User:CN=a,O=b']);
    expect([settings.unknownKeys, settings.idleKeys]).toEqual([[], []]);
  });
  it('names keys that nobody knows, and goes on', () => { expect(read({ 'log.retention.hour': '1' }).unknownKeys).toEqual(['log.retention.hour']); });
  it('names keys of Kafka\'s that do nothing here, and goes on', () => {
    const keys = { 'num.io.threads': '4', 'listener.name.external.plain.sasl.jaas.config': 'x', 'ssl.principal.mapping.rules': 'DEFAULT' };
    expect(read({ ...keys, 'transaction.state.log.min.isr': '1', 'log.retention.hours': '1', 'metadata.log.dir': '/data' }).idleKeys).toEqual([...Object.keys(keys), 'metadata.log.dir']);
  });
  it('takes versions of TLS for a listener or for all', () => {
    const versions = (over: Record<string, string>) => read(over).listeners.map(({ tls }) => [tls?.minVersion, tls?.maxVersion]);
    expect(versions({ 'ssl.enabled.protocols': 'TLSv1.3' })).toEqual([['TLSv1.3', 'TLSv1.3'], ['TLSv1.3', 'TLSv1.3']]);
    expect(versions({ 'listener.name.external.ssl.enabled.protocols': 'TLSv1.2' })).toEqual([['TLSv1.2', 'TLSv1.2'], ['TLSv1.2', 'TLSv1.3']]);
    expect(versions({ 'ssl.enabled.protocols': 'TLSv1.3, TLSv1.2' })).toEqual([['TLSv1.2', 'TLSv1.3'], ['TLSv1.2', 'TLSv1.3']]);
  });
  it('takes how long a failed login waits', () => { expect([read().server.failedLoginDelayMs, read({ 'connection.failed.authentication.delay.ms': '250' }).server.failedLoginDelayMs]).toEqual([100, 250]); });
  it('divides the memory: a quarter for requests, eighths for answers, members of groups, offsets, producers and the cleaner, unless a setting says otherwise', () => {
    const MiB = 1024 * 1024;
    expect(read().memory).toEqual({ requestBytesMax: 64 * MiB, answerBytesMax: 32 * MiB, groupMetadataBytesMax: 32 * MiB, offsetBytesMax: 32 * MiB, producersMax: 47_662, cleanerBytesMax: 32 * MiB });
    expect(read({ 'sluice.memory.bytes': String(512 * MiB), 'sluice.group.metadata.bytes.max': String(MiB) }).memory).toMatchObject({ groupMetadataBytesMax: MiB, producersMax: 95_325 });
    expect(read({ 'sluice.offsets.bytes.max': String(2 * MiB) }).memory.offsetBytesMax).toBe(2 * MiB);
    for (const key of ['sluice.group.metadata.bytes.max', 'sluice.offsets.bytes.max']) {
      expect(read({ [key]: String(MiB) }).unknownKeys).toEqual([]);
      expect(() => read({ [key]: String(MiB - 1) })).toThrow(key);
    }
  });
  it('takes IPv6 addresses', () => { expect(read({ listeners: 'EXTERNAL://[::1]:1,INTERNAL://[::]:2,CONTROLLER://:3' }).listeners.map(({ host }) => host)).toEqual(['::1', '::']); });
  it.each<[string, Record<string, string | null>, RegExp]>([
    ['no listeners for clients', { listeners: 'CONTROLLER://127.0.0.1:1' }, /listener for clients/],
    ['a bad number', { 'num.partitions': 'six' }, /Invalid value six for configuration num.partitions/],
    ['a number out of range', { 'num.partitions': '0' }, /num.partitions/],
    ['no node id', { 'node.id': null }, /node.id/],
    ['no directory', { 'log.dirs': null }, /log.dirs/],
    ['two directories', { 'log.dirs': '/a,/b' }, /one directory/],
    ['a bad cluster id', { 'cluster.id': 'x' }, /cluster.id/],
    ['one role', { 'process.roles': 'broker' }, /process.roles/],
    ['plaintext', { 'listener.security.protocol.map': 'EXTERNAL:PLAINTEXT,INTERNAL:SSL,CONTROLLER:SSL' }, /only on loopback/],
    ['plaintext beyond loopback', { 'listener.security.protocol.map': 'EXTERNAL:PLAINTEXT,INTERNAL:SSL,CONTROLLER:SSL', 'sluice.allow.plaintext': 'true', listeners: 'EXTERNAL://0.0.0.0:1,INTERNAL://127.0.0.1:2,CONTROLLER://:3' }, /only on loopback/],
    ['an unknown mechanism', { 'sasl.enabled.mechanisms': 'GSSAPI' }, /GSSAPI/],
    ['no keystore', { 'ssl.keystore.location': null }, /ssl.keystore.location/],
    ['a JKS keystore', { 'ssl.keystore.type': 'JKS' }, /PEM/],
    ['required client certificates without a truststore', { 'ssl.truststore.location': null }, /ssl.truststore.location/],
    ['no principals', { 'sluice.principals.file': null }, /sluice.principals.file/],
    ['a nonroutable advertised address', { 'advertised.listeners': 'EXTERNAL://0.0.0.0:1' }, /nonroutable/],
    ['an advertised listener that is not there', { 'advertised.listeners': 'OTHER://h:1' }, /OTHER/],
    ['a flush mode', { 'sluice.flush.mode': 'never' }, /sluice.flush.mode/],
    ['another authorizer', { 'authorizer.class.name': 'x.Y' }, /authorizer.class.name/],
    ['everybody allowed', { 'allow.everyone.if.no.acl.found': 'true' }, /allow.everyone/],
    ['an old TLS', { 'ssl.enabled.protocols': 'TLSv1.3,TLSv1.1' }, /TLSv1.1 for configuration ssl.enabled.protocols/],
    ['no TLS that there is', { 'ssl.enabled.protocols': '' }, /ssl.enabled.protocols for listener EXTERNAL/],
    ['a policy of topics', { 'create.topic.policy.class.name': 'x.Y' }, /create.topic.policy.class.name is not offered/],
    ['cipher suites of a listener', { 'listener.name.external.ssl.cipher.suites': 'TLS_AES_128_GCM_SHA256' }, /listener.name.external.ssl.cipher.suites is not offered/],
    ['metadata elsewhere', { 'metadata.log.dir': '/fast' }, /metadata.log.dir is not offered/],
    ['a listener twice', { listeners: 'A://:1,a://:2,CONTROLLER://:3' }, /different name/],
    ['a listener without a port', { listeners: 'A://x' }, /NAME:\/\/host:port/],
  ])('refuses %s', (_name, over, message) => { expect(() => read(over)).toThrow(message); });
});

it('moves forward only', () => {
  for (const from of BROKER_PHASES) for (const to of BROKER_TRANSITIONS[from]) expect(BROKER_PHASES.indexOf(to)).toBeGreaterThan(BROKER_PHASES.indexOf(from));
});
