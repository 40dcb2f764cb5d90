import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import type { Connection } from '#libs/kernel';
import { encode, HeartbeatRequest, HeartbeatResponse, JoinGroupRequest, JoinGroupResponse, MetadataRequest, ProduceRequest, SaslAuthenticateRequest, SaslHandshakeRequest, type Draft, type MessageCodec } from '#libs/kafka/protocol';
import { createPrincipalStore } from '../security/index.js';
import { defineHandler, type ApiHandler } from './api.js';
import type { ConnectionLimits } from './connection-limits.js';
import { createSaslAuthenticateHandler } from './handlers/36-sasl-authenticate.handlers.js';
import { createSaslHandshakeHandler } from './handlers/17-sasl-handshake.handlers.js';
import { createKafkaServer, type KafkaServer, type ListenerSpec } from './server.js';
import { SERVER_LIMITS } from './server.limits.js';
import { createFakeConnection, type FakeConnection } from './testing/fake-connection.js';
import { RECORDED_KEY } from './testing/recorded-logins.js';

const KIB = 1024;
let env: TestEnv;
let accept: Map<string, (connection: Connection) => void>;
let limits: ConnectionLimits;
let server: KafkaServer;

function request<T>(codec: MessageCodec<T>, version: number, body: Draft<T>): Buffer {
  const tags = version >= codec.flexibleFrom ? [0] : [];
  const payload = Buffer.concat([Buffer.from([0, codec.apiKey, 0, version, 0, 0, 0, 9, 0xff, 0xff, ...tags]), encode(codec, version, body)]);
  const length = Buffer.alloc(4);
  length.writeInt32BE(payload.length);
  return Buffer.concat([length, payload]);
}
const login = (): Buffer => Buffer.concat([request(SaslHandshakeRequest, 1, { mechanism: 'PLAIN' }), request(SaslAuthenticateRequest, 1, { authBytes: Buffer.from('\0K1\0pw1') })]);
const heartbeat = (): Buffer => request(HeartbeatRequest, 3, { groupId: 'g', generationId: 1, memberId: 'm' });
const lengthOf = (size: number): Buffer => { const length = Buffer.alloc(4); length.writeInt32BE(size); return length; };

async function start(memory = { requestBytesMax: 1000 * KIB, answerBytesMax: 100 * KIB }): Promise<void> {
  accept = new Map();
  env = createTestEnv({ net: { listen: async ({ host }, handler) => { accept.set(host, handler); return { port: 1, setTls: () => undefined, close: async () => undefined }; }, connect: () => Promise.reject(new Error('no')) } });
  limits = { total: 4, perListener: () => Infinity, perAddress: 2, perAddressOverrides: new Map([['10.0.0.9', 1], ['10.0.0.8', 3]]), perPrincipal: 2, openable: Infinity };
  const file = env.disk.open('/p.json', 'readwrite');
  file.write(0, [Buffer.from(JSON.stringify({ version: 1, sequence: 1, clusterId: 'lkc-1', keys: [RECORDED_KEY], grants: [] }))]);
  file.close();
  const sink = (codec: MessageCodec<never>): ApiHandler => ({ apiKey: codec.apiKey, request: codec, response: HeartbeatResponse, minVersion: codec.minVersion, maxVersion: codec.maxVersion, handle: () => ({}) }) as ApiHandler;
  // A heartbeat's answer is as large as an answer gets here.
  const large = defineHandler({ apiKey: HeartbeatRequest.apiKey, request: HeartbeatRequest, response: { ...HeartbeatResponse, write: (writer) => writer.raw(Buffer.alloc(60 * KIB)) }, minVersion: 0, maxVersion: 4, handle: () => ({}) });
  const endless = defineHandler({ apiKey: JoinGroupRequest.apiKey, request: JoinGroupRequest, response: JoinGroupResponse, minVersion: 0, maxVersion: 9, handle: () => new Promise<never>(() => undefined) });
  server = createKafkaServer({
    env, fakeSaltSeed: 'seed', handlers: [createSaslHandshakeHandler(), createSaslAuthenticateHandler({ env }), large, sink(ProduceRequest as never), sink(MetadataRequest as never), endless],
    principals: createPrincipalStore({ disk: env.disk, log: env.log, path: '/p.json', clusterId: 'lkc-1' }),
    settings: { idleTimeoutMs: 600_000, frameBytesMax: 10_000 * KIB, sessionLifetimeMs: 0, memory }, connectionLimits: () => limits,
  });
  const spec: ListenerSpec = { name: 'CLIENTS', host: 'clients', port: 1, protocol: 'SASL_SSL', tls: null, mechanisms: ['PLAIN'], privileged: false };
  await server.listen(spec);
  await server.listen({ ...spec, name: 'OPEN', host: 'open', protocol: 'PLAINTEXT', mechanisms: [] });
  await server.listen({ ...spec, name: 'INTERNAL', host: 'internal', protocol: 'SSL', mechanisms: [], privileged: true });
}
function connect(address = '10.0.0.1', host = 'open'): FakeConnection {
  const wire = createFakeConnection(host === 'internal' ? 'CN=sluice' : null, address);
  accept.get(host)!(wire);
  return wire;
}
const refusals = (): unknown[] => env.lines.filter(({ event }) => event === 'connection-refused').map(({ fields }) => fields['reason']);
beforeEach(() => start());

describe('figures', () => {
  it('count connections by listener, who came and was refused, and logins', async () => {
    const wires = [connect('1'), connect('2'), connect('3', 'clients'), connect('4', 'clients'), connect('5')];
    wires[2]!.feed(login());
    wires[3]!.feed(Buffer.concat([request(SaslHandshakeRequest, 1, { mechanism: 'PLAIN' }), request(SaslAuthenticateRequest, 1, { authBytes: Buffer.from('\0K1\0wrong') })]));
    await env.advance(0);
    expect(server.figures()).toMatchObject({ accepted: 4, refused: 1, logins: 1, failedLogins: 1, requestBytes: 0, answerBytes: 0 });
    expect([...server.figures().connections].sort()).toEqual([['CLIENTS', 2], ['OPEN', 2]]);
    for (const wire of wires.slice(0, 2)) wire.hangUp();
    expect(server.figures().connections.get('OPEN')).toBe(0);
  });
});

describe('connections', () => {
  it('are so many of an address, one override apart, and no more', () => {
    expect(['10.0.0.1', '10.0.0.1', '10.0.0.1'].map((address) => connect(address).ended)).toEqual([false, false, true]);
    expect(['10.0.0.9', '10.0.0.9'].map((address) => connect(address).ended)).toEqual([false, true]);
    expect(refusals()).toEqual(['max.connections.per.ip', 'max.connections.per.ip']);
  });
  it('are so many all together; one that ends makes room', () => {
    const wires = ['1', '2', '3', '4', '5'].map((address) => connect(address));
    expect(wires.map((wire) => wire.ended)).toEqual([false, false, false, false, true]);
    wires[0]!.hangUp();
    expect([connect('6').ended, connect('7').ended]).toEqual([false, true]);
    expect(refusals()).toEqual(['max.connections', 'max.connections']);
  });
  it('are so many of a listener, beside what holds for all; one that ends makes room', () => {
    limits = { ...limits, perListener: (listener) => ({ OPEN: 2, INTERNAL: 1 })[listener] ?? Infinity };
    const wires = ['1', '2', '3'].map((address) => connect(address));
    expect(wires.map((wire) => wire.ended)).toEqual([false, false, true]);
    expect([connect('4', 'clients').ended, connect('5', 'clients').ended, connect('6', 'clients').ended]).toEqual([false, false, true]);
    wires[0]!.hangUp();
    expect([connect('7').ended, connect('8').ended]).toEqual([false, true]);
    expect([connect('1', 'internal').ended, connect('1', 'internal').ended]).toEqual([false, true]);
    expect(refusals()).toEqual(['listener.name.open.max.connections', 'max.connections', 'max.connections', 'listener.name.internal.max.connections']);
    limits = { ...limits, total: 5, perListener: () => 3 };
    expect([connect('9').ended, connect('10').ended]).toEqual([false, true]);
  });
  it('are so many of a principal, counted when it has logged in', () => {
    const wires = ['1', '2', '3'].map((address) => connect(address, 'clients'));
    for (const wire of wires) wire.feed(login());
    expect(wires.map((wire) => wire.ended)).toEqual([false, false, true]);
    expect(wires[2]!.responses()).toHaveLength(1);
    wires[0]!.hangUp();
    const next = connect('4', 'clients');
    next.feed(login());
    expect(next.ended).toBe(false);
  });
  it('of the platform come through when clients have taken all there are', () => {
    for (const address of ['1', '2', '3', '4']) connect(address);
    expect([connect('1').ended, connect('1', 'internal').ended]).toEqual([true, false]);
    for (let count = 1; count < SERVER_LIMITS.privilegedConnectionsMax; count++) expect(connect('1', 'internal').ended).toBe(false);
    expect(connect('1', 'internal').ended).toBe(true);
  });
  it('are limited as the settings are now', () => {
    for (const address of ['1', '2', '3', '4']) connect(address);
    limits = { ...limits, total: 5 };
    expect([connect('5').ended, connect('6').ended]).toEqual([false, true]);
  });
  it('that are refused by the thousand leave a few lines', async () => {
    limits = { ...limits, total: 0 };
    for (let count = 0; count < 1_000; count++) connect();
    expect(refusals()).toHaveLength(SERVER_LIMITS.logLinesAtOnce);
    await env.advance(1_000);
    connect();
    expect(env.lines.at(-1)!.fields['suppressed']).toBe(1_000 - SERVER_LIMITS.logLinesAtOnce);
  });
});

describe('a client that takes no answers', () => {
  const deaf = (address: string): FakeConnection => {
    const wire = connect(address);
    wire.clog();
    wire.feed(heartbeat());
    return wire;
  };
  it('is closed after a time, one that takes them late is not', async () => {
    await start({ requestBytesMax: 1000 * KIB, answerBytesMax: 1000 * KIB });
    const [wire, late] = [deaf('1'), deaf('2')];
    await env.advance(SERVER_LIMITS.slowPeerMs - SERVER_LIMITS.sweepIntervalMs);
    late.drain();
    expect(wire.ended).toBe(false);
    await env.advance(4 * SERVER_LIMITS.sweepIntervalMs);
    expect([wire.ended, late.ended]).toEqual([true, false]);
  });
  it('goes when memory for answers is short, and the others stay', async () => {
    const wires = [deaf('1'), deaf('2')];
    await env.advance(SERVER_LIMITS.slowPeerMomentMs);
    wires.push(deaf('3'));
    expect(wires.map((wire) => wire.ended)).toEqual([false, false, false]);
    // 240 KiB of 200: one of the two that have had their time goes.
    wires.push(deaf('4'));
    expect(wires.map((wire) => wire.ended).sort()).toEqual([false, false, false, true]);
    expect([wires[2]!.ended, wires[3]!.ended]).toEqual([false, false]);
  });
});

describe('a request that comes slowly', () => {
  const begin = (address: string, size: number): FakeConnection => {
    const wire = connect(address);
    wire.feed(Buffer.concat([lengthOf(size), Buffer.alloc(100)]));
    return wire;
  };
  it('is given up sooner when others wait for its memory', async () => {
    const [holder, waiter] = [begin('1', 900 * KIB), begin('2', 900 * KIB)];
    expect([holder.paused, waiter.paused]).toEqual([false, true]);
    await env.advance(SERVER_LIMITS.slowPeerContendedMs + 4 * SERVER_LIMITS.sweepIntervalMs);
    expect([holder.ended, waiter.paused]).toEqual([true, false]);
  });
  it('is no different from one that came and waits as long as its client says: its connection goes when others wait for the memory, and only then', async () => {
    const holder = connect('1');
    holder.feed(request(JoinGroupRequest, 3, { groupId: 'g', sessionTimeoutMs: 1, rebalanceTimeoutMs: 2 ** 31 - 1, memberId: '', protocolType: 'p', protocols: [{ name: 'n', metadata: Buffer.alloc(900 * KIB) }] }));
    await env.advance(10 * SERVER_LIMITS.slowPeerMs);
    expect([holder.ended, server.figures().requestBytes > 900 * KIB]).toEqual([false, true]);
    const waiter = begin('2', 900 * KIB);
    expect(waiter.paused).toBe(true);
    await env.advance(SERVER_LIMITS.slowPeerContendedMs + 4 * SERVER_LIMITS.sweepIntervalMs);
    expect([holder.ended, waiter.paused]).toEqual([true, false]);
  });
  it('has its time when nobody waits', async () => {
    const wire = begin('1', 900 * KIB);
    await env.advance(SERVER_LIMITS.slowPeerMs + 5_000);
    expect(wire.ended).toBe(false);
    await env.advance((900 * KIB / SERVER_LIMITS.slowPeerBytesPerSecond) * 1000 + 2 * SERVER_LIMITS.sweepIntervalMs);
    expect(wire.ended).toBe(true);
  });
  it('of clients that have not logged in takes none of the memory of those that have', () => {
    limits = { ...limits, total: 1_000, perAddress: 1_000 };
    const strangers = Array.from({ length: 100 }, () => {
      const wire = connect('9', 'clients');
      wire.feed(Buffer.concat([lengthOf(SERVER_LIMITS.frameBytesBeforeAuthentication), Buffer.alloc(100)]));
      return wire;
    });
    expect(strangers.filter((wire) => wire.paused)).toHaveLength(100 - SERVER_LIMITS.pooledBytesBeforeAuthentication / SERVER_LIMITS.frameBytesBeforeAuthentication);
    expect(begin('1', 900 * KIB).paused).toBe(false);
  });
});
