// Requests that make no sense, each refused with a code, at the field, and with nothing half made. Tables of [what, request, what the answer must say].
import { ENGINE, must } from './trial.mjs';

const entries = (count) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`setting.${index}`, '1']));
const at = (field) => `/spec/config/sluice/${field}`;

/** The pointer of a refusal, and a word of its message where the message has to tell something. */
const creations = [
  ['an unknown version', { version: '9.9.9' }, at('version'), /4\.3\.1/],
  ['a version as a number', { version: 4.3 }, at('version')],
  ['a path for a version', { version: '../../etc' }, at('version'), /4\.3\.1/],
  ['an unknown engine', { engine: 'apache' }, at('engine')],
  ['an engine that the region doesn\'t stand for', { engine: 'embedded', heapMb: undefined }, at('engine'), /region/],
  ['an engine of somebody else\'s clusters', { engine: 'attached' }, at('engine')],
  ['an engine named like a property of every object', { engine: 'constructor' }, at('engine')],
  ['no broker', { brokers: 0 }, at('brokers')],
  ['-1 brokers', { brokers: -1 }, at('brokers')],
  ['one and a half brokers', { brokers: 1.5 }, at('brokers')],
  ['1000 brokers', { brokers: 1000 }, at('brokers'), /from 1 to/],
  ['brokers as a text', { brokers: '3' }, at('brokers')],
  ['brokers as a list', { brokers: [3] }, at('brokers')],
  ['1e400 brokers', '{"brokers":1e400}', at('brokers')],
  ['two controllers', { controllers: 2 }, at('controllers'), /odd/],
  ['five controllers', { controllers: 5 }, at('controllers')],
  ['-1 controllers', { controllers: -1 }, at('controllers')],
  ['half a controller', { controllers: 0.5 }, at('controllers')],
  ['a heap above the offer\'s largest', { heapMb: 1_000_000 }, at('heapMb'), /from 256 to/],
  ['a heap below the offer\'s smallest', { heapMb: 64 }, at('heapMb'), /from 256 to/],
  ['a heap with a fraction', { heapMb: 256.5 }, at('heapMb')],
  ['a heap as a text', { heapMb: '256m' }, at('heapMb')],
  ['a limit of the disk below the least', { diskLimitBytes: (16 << 20) - 1 }, at('diskLimitBytes'), /at least/],
  ['a limit of the disk below nothing', { diskLimitBytes: -1 }, at('diskLimitBytes')],
  ['a limit of the disk with a fraction', { diskLimitBytes: 2 ** 25 + 0.5 }, at('diskLimitBytes')],
  ['an unknown flush mode', { flushMode: 'never' }, at('flushMode')],
  ['a field that there isn\'t', { jvmOptions: '-XX:+Crash' }, at('jvmOptions')],
  ['configs as a list', { configs: ['a=b'] }, at('configs')],
  ['configs as a text', { configs: 'a=b' }, at('configs')],
];

const config = (key, value, word) => [`${key.length > 60 ? `${key.slice(0, 20)}…` : JSON.stringify(key)} = ${JSON.stringify(value).slice(0, 40)}`, { configs: { [key]: value } }, key, word];

const settings = [
  config('no.such.setting', '1', /no such setting|not a setting/),
  config('log.retention.hour', '1', /log\.retention\.hours/),
  ...['listeners', 'advertised.listeners', 'listener.security.protocol.map', 'listener.name.external.plain.sasl.jaas.config', 'ssl.keystore.location', 'ssl.client.auth', 'ssl.engine.factory.class', 'sasl.enabled.mechanisms', 'sasl.jaas.config',
    'super.users', 'authorizer.class.name', 'principal.builder.class', 'metric.reporters', 'plugin.path', 'log.dirs', 'log.dir', 'metadata.log.dir', 'node.id', 'broker.id', 'process.roles', 'controller.quorum.voters', 'controller.quorum.bootstrap.servers',
    'inter.broker.listener.name', 'create.topic.policy.class.name', 'alter.config.policy.class.name', 'remote.log.storage.manager.class.path', 'replica.selector.class', 'config.providers', 'zookeeper.connect', 'allow.everyone.if.no.acl.found',
    'connections.max.reauth.ms', 'max.connections.per.ip', 'client.quota.callback.class', 'kafka.metrics.reporters', 'offsets.topic.replication.factor', 'sluice.cluster.id', 'early.start.listeners', 'broker.rack', 'delegation.token.secret.key',
  ].map((key) => config(key, 'x')),
  config('Log.Retention.Hours', '1'), config('log.retention.hours ', '1'), config(' log.retention.hours', '1'), config('log.retention.hours\u0000', '1'), config('log.retention.hours\nlisteners', 'PLAINTEXT://:1'),
  config('ключ.настройки', '1'), config('📦', '1'), config('__proto__.x', '1'), config('constructor', '1'), config('toString', '1'), config('hasOwnProperty', '1'), config('', '1'), config('a/b~c', '1'), config('x'.repeat(5_000), '1'),
  config('log.retention.hours', 'soon', /whole number/), config('log.retention.hours', '1.5'), config('log.retention.hours', ''), config('log.retention.hours', '99999999999999999999'), config('log.retention.hours', '0x10'), config('log.retention.hours', '1e3'),
  config('num.partitions', '0'), config('num.partitions', '100000', /from 1 to/), config('min.insync.replicas', '9'), config('num.io.threads', '5000'), config('message.max.bytes', '2147483647'),
  config('auto.create.topics.enable', 'yes', /true or false/), config('compression.type', 'rar'), config('log.cleanup.policy', 'compact,burn'), config('log.message.timestamp.type', 'Never'), config('log.cleaner.min.cleanable.ratio', 'NaN'),
  config('log.retention.hours', '1\nlisteners=PLAINTEXT://:9092'), config('log.retention.hours', '1\r\nssl.client.auth=none'), config('log.retention.hours', '1\u0000'), config('compression.type', '${file:/etc/passwd:root}'), config('compression.type', 'x'.repeat(2_000)),
];

const wrongValues = [['a number', 1], ['true', true], ['null', null], ['a list', ['1']], ['an object', { a: 1 }]];

function refusal({ status, code, detail, pointer, text }, wanted, word) {
  if (![400, 422].includes(status) || typeof code !== 'string' || code === '') return `${status} ${text.slice(0, 200)}`;
  if (typeof detail !== 'string' || detail === '') return 'no message';
  if (wanted !== null && pointer !== wanted) return `it points at ${pointer}, not at ${wanted}`;
  return word && !word.test(detail) ? `it says "${detail}"` : null;
}

async function all(trial, title, trials) {
  await trial.check(`${title}: ${trials.length} refused, each with a code and where`, async () => {
    const before = await trial.count();
    const found = [];
    for (const [what, ask, pointer, word] of trials) {
      const problem = refusal(await ask(), pointer, word);
      if (problem !== null) found.push(`${what}: ${problem}`);
    }
    must(found.length === 0, found.join('\n      '));
    must(await trial.count() === before, 'a cluster was made');
    must((await trial.api('GET', '/sluice/v1/engines')).status === 200, 'the platform is gone');
  });
}

const raw = (trial, sluice) => trial.api('POST', '/cmk/v2/clusters', undefined, trial.platform.admin, JSON.stringify(trial.bodyOf('SLUICE')).replace('"SLUICE"', sluice));

export async function requests(trial) {
  await all(trial, 'what a cluster is to be', creations.map(([what, sluice, pointer, word]) => [what, () => (typeof sluice === 'string' ? raw(trial, sluice) : trial.ask(sluice)), pointer, word]));
  // A prototype's key is taken as what it is only where JSON is read by somebody who was not careful.
  const prototypes = ['{"configs":{"__proto__":"1"}}', '{"configs":{"__proto__":{"listeners":"x"}}}', '{"__proto__":{"brokers":3}}', '{"configs":{"constructor":{"prototype":{"x":1}}}}'];
  await all(trial, 'prototypes as keys', prototypes.map((text) => [text, () => raw(trial, text), null]));
  const placed = (key) => (key.length > 100 || key.includes('\0') ? null : at(`configs/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`));
  await all(trial, 'broker settings', settings.map(([what, sluice, key, word]) => [what, () => trial.ask(sluice), placed(key), word]));
  await all(trial, 'broker settings of wrong types', wrongValues.map(([what, value]) => [what, () => trial.ask({ configs: { 'log.retention.hours': value } }), null]));
  await all(trial, 'too many settings', [['101', () => trial.ask({ configs: entries(101) }), at('configs')], ['10,000', () => trial.ask({ configs: entries(10_000) }), at('configs')], ['one of 100,000 characters', () => trial.ask({ configs: { 'compression.type': 'x'.repeat(100_000) } }), at('configs')]]);
  await all(trial, 'another region, or none', [
    ['an unknown region', () => trial.ask({}, { region: 'apache-mars' }), '/spec/region'], ['a region like a property', () => trial.ask({}, { region: '__proto__' }), '/spec/region'],
    ['a heap for an engine without one', () => trial.ask({}, { region: 'embedded' }), at('heapMb')], ['settings for an engine without them', () => trial.ask({ heapMb: undefined, configs: { 'log.retention.hours': '1' } }, { region: 'embedded' }), at('configs')],
  ]);
  await zookeeper(trial);
}

async function zookeeper(trial) {
  const offer = (await trial.api('GET', '/sluice/v1/engines')).body.data.find(({ name }) => name === 'apache-zookeeper');
  if (!offer) return trial.report.skipped('requests for a cluster with ZooKeeper: this platform doesn\'t offer it');
  const region = offer.regions[0];
  return all(trial, 'a cluster with ZooKeeper', [
    ['version 4', () => trial.ask({ version: '4.3.1' }, { region }), at('version'), /3\.9/], ['controllers', () => trial.ask({ controllers: 1 }, { region }), at('controllers')],
    ['a znode of one\'s own', () => trial.ask({ configs: { 'zookeeper.connect': 'localhost:2181/' } }, { region }), at('configs/zookeeper.connect')],
  ]);
}

/** Of a cluster that runs. */
export async function changes(trial, cluster) {
  const refused = (sluice, spec) => trial.change(cluster, sluice, spec);
  const version = cluster.spec.config.sluice.version;
  const { versions } = (await trial.api('GET', '/sluice/v1/engines')).body.data.find(({ name }) => name === ENGINE);
  const older = versions.find((each) => each.version !== version)?.version;
  await all(trial, 'changes that can\'t be', [
    ['another engine', () => refused({ engine: 'embedded' }), at('engine')], ['separate controllers', () => refused({ controllers: 3 }), at('controllers')], ['another region', () => refused({}, { region: 'embedded' }), '/spec/region'],
    ['no broker', () => refused({ brokers: 0 }), at('brokers')], ['a larger heap than there may be', () => refused({ heapMb: 1_000_000 }), at('heapMb')], ['an unknown version', () => refused({ version: '0.8' }), at('version')],
    ...(older ? [['an older version', () => refused({ version: older }), at('version'), /can't be brought/]] : []),
    ['a setting that isn\'t a tenant\'s', () => refused({ configs: { 'super.users': 'User:ANONYMOUS' } }), at('configs/super.users')],
  ]);
  await trial.check('an engine that changes is immutable_field', async () => {
    const { code } = await refused({ engine: 'embedded' });
    must(code === 'immutable_field', code);
  });
  await trial.check('life cycle with bad input: a broker that there isn\'t, what isn\'t paused, a cluster that there isn\'t', async () => {
    const answers = [await trial.lifeCycle(cluster, 'replace-broker', { broker_id: 77 }), await trial.lifeCycle(cluster, 'replace-broker', { broker_id: 'x' }), await trial.lifeCycle(cluster, 'resume'), await trial.lifeCycle({ id: 'lkc-nobody' }, 'restart'), await trial.lifeCycle(cluster, 'explode')];
    const codes = answers.map(({ status, code }) => `${status} ${code}`);
    must(answers.every(({ status, code }) => status >= 400 && status < 500 && code !== null), codes.join(', '));
    return codes.join(', ');
  });
}
