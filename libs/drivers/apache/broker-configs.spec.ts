import { readFileSync } from 'node:fs';
import { configProblems, heapRange, isDynamic, isProtected, PERMITTED_CONFIGS, splitConfigs, type ConfigDefinition } from './broker-configs.js';
import { CONFIG_BOUNDS } from './broker-configs.limits.js';
import { readCatalogue } from './catalogue/catalogue.js';

const define = (name: string, type: string, validator: string | null = null, updateMode: ConfigDefinition['updateMode'] = 'cluster-wide'): [string, ConfigDefinition] => [name, { name, type, defaultValue: null, validator, updateMode }];
const definitions = new Map([
  define('log.retention.ms', 'long'), define('log.retention.hours', 'int', null, 'read-only'), define('num.io.threads', 'int', '[1,...]'), define('compression.type', 'string', '[uncompressed, zstd, lz4, snappy, gzip, producer]'),
  define('log.cleanup.policy', 'list', '[compact, delete]'), define('log.cleaner.min.cleanable.ratio', 'double', '[0,...,1]'), define('auto.create.topics.enable', 'boolean', null, 'read-only'), define('compression.gzip.level', 'int', '[1,...,9] or -1'),
  define('message.max.bytes', 'int', '[0,...]'), define('socket.send.buffer.bytes', 'int', null, 'read-only'), define('ssl.keystore.location', 'string', null, 'per-broker'), define('remote.log.reader.threads', 'int'),
]);
const reason = (key: string, value: string, known: typeof definitions | null = definitions): string | undefined => configProblems('4.3.1', known, { [key]: value })[0]?.reason;

test.each([
  ['log.retention.ms', '86400000'], ['log.retention.ms', '-1'], ['num.io.threads', '4'], ['compression.type', 'zstd'], ['log.cleanup.policy', 'compact,delete'], ['log.cleaner.min.cleanable.ratio', '0.25'],
  ['auto.create.topics.enable', 'TRUE'], ['compression.gzip.level', '-1'], ['message.max.bytes', '67108864'], ['socket.send.buffer.bytes', '-1'],
])('%s=%s is taken', (key, value) => expect(reason(key, value)).toBeUndefined());

test.each([
  ['log.retention.ms', 'a day', /whole number \(long\)/], ['log.retention.ms', '9223372036854775808', /whole number/], ['log.retention.hours', '2147483648', /whole number/], ['log.retention.ms', '1e3', /whole number/], ['log.retention.ms', '', /whole number/],
  ['num.io.threads', '0', /at least 1/], ['num.io.threads', '65', /from 1 to 64 on this platform/], ['message.max.bytes', '67108865', /from 0 to 67108864/],
  ['compression.type', 'brotli', /^must be one of uncompressed, zstd/], ['log.cleanup.policy', 'compact,forget', /^must be of compact, delete$/], ['log.cleaner.min.cleanable.ratio', '1.5', /from 0 to 1/], ['log.cleaner.min.cleanable.ratio', 'NaN', /a number/],
  ['auto.create.topics.enable', 'yes', /true or false/], ['compression.type', 'zstd\nsuper.users=User:me', /one line/], ['compression.type', 'x'.repeat(1001), /one line of at most 1000/],
])('%s=%s is refused', (key, value, expected) => expect(reason(key, value)).toMatch(expected));

test.each([
  'listeners', 'advertised.listeners', 'listener.name.external.ssl.client.auth', 'log.dirs', 'log.dir', 'metadata.log.dir', 'process.roles', 'node.id', 'broker.id', 'controller.quorum.voters', 'inter.broker.listener.name',
  'ssl.keystore.location', 'sasl.jaas.config', 'security.providers', 'super.users', 'authorizer.class.name', 'allow.everyone.if.no.acl.found', 'principal.builder.class', 'create.topic.policy.class.name', 'alter.config.policy.class.name', 'config.providers',
  'zookeeper.connect', 'zookeeper.session.timeout.ms', 'replica.selector.class', 'client.quota.callback.class', 'metric.reporters', 'kafka.metrics.reporters', 'remote.log.storage.manager.class.path', 'remote.log.storage.manager.class.name', 'connections.max.reauth.ms',
  'delegation.token.secret.key', 'sluice.principals.file', 'early.start.listeners',
])('%s is the platform\'s', (key) => {
  expect(isProtected(key)).toBe(true);
  expect(PERMITTED_CONFIGS.has(key)).toBe(false);
  for (const known of [definitions, null]) expect(reason(key, 'x', known)).toBe('is the platform\'s to set');
});

test('what Kafka has and the list lacks is the platform\'s; what nobody has is said to be unknown, with the nearest name', () => {
  expect(reason('remote.log.reader.threads', '1')).toBe('is the platform\'s to set');
  expect(reason('log.retention.mss', '1')).toBe('Apache Kafka 4.3.1 has no such setting; did you mean log.retention.ms?');
  expect(reason('bogus', '1')).toBe('Apache Kafka 4.3.1 has no such setting');
  expect(reason('bogus', '1', null)).toBe('is not a setting that tenants may set');
  expect(reason('log.message.timestamp.difference.max.ms', '1')).toBe('Apache Kafka 4.3.1 has no such setting');
  expect(reason('__proto__x', '1')).toBeDefined();
});

test('nothing permitted is protected, and each bound is of something permitted', () => {
  expect([...PERMITTED_CONFIGS].filter(isProtected)).toEqual([]);
  expect(Object.keys(CONFIG_BOUNDS).filter((key) => !PERMITTED_CONFIGS.has(key))).toEqual([]);
});

test('the guide names what is permitted, by what a change takes', () => {
  const guide = readFileSync('docs/guides/apache-kafka.md', 'utf8');
  const [, atOnce, restart] = /Counts at once([^]*?)Counts from a rolling restart on([^]*?)The list follows/.exec(guide)!;
  const named = (text: string): string[] => [...text.matchAll(/`([a-z][a-z0-9.]+)`/g)].map((match) => match[1]!).sort();
  const all = new Map(readCatalogue().versions.flatMap((version) => [...version.definitions]).filter(([name]) => PERMITTED_CONFIGS.has(name)));
  expect(named(atOnce!)).toEqual([...all.keys()].filter((name) => isDynamic(all, name)).sort());
  expect(named(restart!)).toEqual([...all.keys()].filter((name) => !isDynamic(all, name)).sort());
});

test('every problem is told, in the order of the settings', () => {
  expect(configProblems('4.3.1', definitions, { 'num.io.threads': '0', 'log.retention.ms': '1', listeners: 'x' }).map(({ key }) => key)).toEqual(['num.io.threads', 'listeners']);
});

test('dynamic ones go over the protocol, the others into the file', () => {
  expect(splitConfigs(definitions, { 'log.retention.ms': '1', 'log.retention.hours': '1', 'unknown.yet': '1' })).toEqual({ dynamic: { 'log.retention.ms': '1' }, restart: { 'log.retention.hours': '1', 'unknown.yet': '1' } });
});

test('the heap a tenant may choose', () => {
  const GIB = 2 ** 30;
  expect(heapRange(8 * GIB, null)).toEqual({ min: 256, default: 512, max: 4096 });
  expect(heapRange(512 * GIB, null)).toEqual({ min: 256, default: 512, max: 31 * 1024 });
  expect(heapRange(8 * GIB, 384)).toEqual({ min: 256, default: 384, max: 384 });
  expect(heapRange(GIB / 4, null)).toEqual({ min: 256, default: 256, max: 256 });
});
