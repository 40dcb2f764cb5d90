// Naming policies: the four shipped templates' examples, and 200 names from a seed, right and wrong, over those templates and one of our own. Each name is judged by
// the check over HTTP, by kafka/v3 with a cloud key (the platform decides), by kafka/v3 with the cluster's own key, and by Kafka clients (kafkajs, and Confluent's
// for Python where it is there: the broker decides); all must agree with each other, and with what plain regular expressions say.
// usage: node test/compat/naming.mjs [--seed N] [--names N]
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import kafkajs from 'kafkajs';
import { createReport, newHome, Platform } from '../support/platform.mjs';
import { installers, python } from '../../tools/clients/install.mjs';
import { mustSucceed, runClient } from './clients/process.mjs';
import { namesFor, randomFrom, verdictOf } from './naming-names.mjs';

const { values: options } = parseArgs({ options: { seed: { type: 'string', default: '4' }, names: { type: 'string', default: '200' } } });
const OWN = { template: '<domain>.<env>.<version>.<event>', parts: [{ name: 'version', pattern: 'v[0-9]{1,2}' }, { name: 'env', values: ['blue', 'green'] }], exemptions: { names: ['connect-else'], prefixes: ['__'], patterns: ['[a-z.]+-changelog'] } };
const CHECKED_AT_ONCE = 50;

const pythonMissing = installers.python();
const platform = new Platform(await newHome());
const report = createReport(`Naming policies: 4 examples and ${options.names} names from seed ${options.seed}`);
const random = randomFrom(Number(options.seed));
const total = { judged: 0, agreed: 0 };

const refusalKinds = { [true]: 'misfits', [false]: 'illegal' };
/** Over HTTP a refusal by policy names it; other rules have words of their own. */
const kindOfMessage = (text) => refusalKinds[/doesn't follow the naming policy/.test(text)];

async function create(cluster, key, name) {
  const response = await fetch(`${platform.baseUrl}/kafka/v3/clusters/${cluster.id}/topics`, {
    method: 'POST', body: JSON.stringify({ topic_name: name, partitions_count: 1, validate_only: true }),
    headers: { authorization: `Basic ${Buffer.from(`${key.apiKey}:${key.apiSecret}`).toString('base64')}`, 'content-type': 'application/json' },
  });
  const body = await response.json();
  if (response.status === 200) return { verdict: 'fits', message: null };
  if (response.status !== 400 || body.error_code !== 40002) throw new Error(`${name}: ${response.status} ${JSON.stringify(body)}`);
  return { verdict: kindOfMessage(body.message), message: body.message.replace(/ \(\/topic_name\)$/, '') };
}

async function byKafkajs(admin, name) {
  try {
    await admin.createTopics({ validateOnly: true, waitForLeaders: false, topics: [{ topic: name, numPartitions: 1, replicationFactor: 1 }] });
    return 'fits';
  } catch (error) {
    const { type } = error.errors?.[0] ?? error;
    if (type === 'POLICY_VIOLATION') return 'misfits';
    if (type === 'INVALID_TOPIC_EXCEPTION') return 'illegal';
    throw error;
  }
}

async function byPython(target, names) {
  const script = fileURLToPath(new URL('./clients/confluent_names.py', import.meta.url));
  const env = { BOOTSTRAP: target.bootstrap, API_KEY: target.key.apiKey, API_SECRET: target.key.apiSecret, CA_FILE: target.caFile, MECHANISM: 'PLAIN' };
  const answers = JSON.parse(mustSucceed('python', await runClient(python, [script], { input: JSON.stringify(names), env })).stdout);
  const verdicts = { NO_ERROR: 'fits', POLICY_VIOLATION: 'misfits', TOPIC_EXCEPTION: 'illegal' };
  return new Map(Object.entries(answers).map(([name, [code, message]]) => [name, { verdict: verdicts[code] ?? code, message }]));
}

async function checked(environment, names) {
  const results = [];
  for (let from = 0; from < names.length; from += CHECKED_AT_ONCE) {
    results.push(...(await platform.call('POST', `/sluice/v1/environments/${environment.id}/naming-policy:check`, { topic_names: names.slice(from, from + CHECKED_AT_ONCE) })).results);
  }
  return new Map(results.map((result) => [result.topic_name, result]));
}

/** Judges the names by everybody; answers the names on which not all agree, with what each said. */
async function compare({ environment, cluster, key, admin, target }, policy, names) {
  const [check, fromPython] = [await checked(environment, names), pythonMissing ? null : await byPython(target, names)];
  const disputes = [];
  for (const name of names) {
    const explained = check.get(name);
    const [cloud, own] = [await create(cluster, platform.admin, name), await create(cluster, key, name)];
    const verdicts = {
      expressions: verdictOf(policy, name), check: explained.illegal !== null ? 'illegal' : explained.fits ? 'fits' : 'misfits', cloud: cloud.verdict, clusterKey: own.verdict,
      kafkajs: await byKafkajs(admin, name), ...(fromPython ? { python: fromPython.get(name).verdict } : {}),
    };
    const proposal = explained.proposal.topic_name;
    const sameWords = cloud.verdict !== 'misfits' || (cloud.message === own.message && (!fromPython || fromPython.get(name).message === cloud.message) && cloud.message.endsWith(`Try "${proposal}".`));
    const agreed = new Set(Object.values(verdicts)).size === 1 && sameWords && verdictOf(policy, proposal) === 'fits';
    total.judged += 1;
    if (agreed) total.agreed += 1;
    else disputes.push(`${JSON.stringify(name)}: ${JSON.stringify(verdicts)}, proposal ${proposal}${sameWords ? '' : `, in other words: ${cloud.message} | ${own.message} | ${fromPython?.get(name).message ?? ''}`}`);
  }
  return { disputes, fitting: names.filter((name) => check.get(name).fits).length };
}

async function actors() {
  const environment = await platform.environment();
  const cluster = await platform.cluster(environment);
  const account = await platform.serviceAccount('namer');
  for (const operation of ['CREATE', 'DESCRIBE']) await platform.acl(cluster, account.id, 'TOPIC', '*', operation);
  const key = await platform.clusterKey(cluster, environment, account.id);
  const target = { bootstrap: cluster.spec.kafka_bootstrap_endpoint, caFile: platform.admin.caFile, key };
  const admin = new kafkajs.Kafka({
    brokers: [target.bootstrap], logLevel: kafkajs.logLevel.NOTHING, ssl: { ca: [readFileSync(target.caFile, 'utf8')] }, sasl: { mechanism: 'plain', username: key.apiKey, password: key.apiSecret },
  }).admin();
  await admin.connect();
  return { environment, cluster, key, target, admin };
}

try {
  await platform.start();
  const all = await actors();
  const { data: shipped } = await platform.call('GET', '/sluice/v1/naming-templates');
  const policies = [...shipped.map(({ template, example }) => ({ template, example })), OWN];
  const each = Math.ceil(Number(options.names) / policies.length);
  if (pythonMissing) report.skipped(`confluent-kafka (Python): ${pythonMissing}`);
  for (const { example, ...asked } of policies) {
    const policy = await platform.call('PUT', `/sluice/v1/environments/${all.environment.id}/naming-policy`, { mode: 'enforce', ...asked });
    if (example) {
      const { disputes, fitting } = await compare(all, policy, [example]);
      report.line(disputes.length === 0 && fitting === 1, `${policy.template}: ${example} fits, say all${disputes.length ? `, but ${disputes[0]}` : ''}`);
    }
    const { disputes, fitting } = await compare(all, policy, namesFor(policy.parts, each, random));
    report.line(disputes.length === 0, `${policy.template}: ${each} names, ${fitting} of them right; all agree on ${each - disputes.length}`);
    for (const dispute of disputes) console.log(`      ${dispute}`);
  }
  report.line(total.agreed === total.judged, `REST and Kafka clients agree on ${total.agreed} of ${total.judged} names`);
  await all.admin.disconnect();
} finally {
  await platform.signal('SIGTERM').catch(() => undefined);
  platform.destroy();
}
report.end();
