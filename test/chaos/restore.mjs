// `npm run drill:restore`: backup and restore of the platform's state, as docs/guides/backup.md tells it, while a producer writes all the time. After the backup
// the platform and its database are destroyed, the brokers' directories and processes stay; the restored platform takes the brokers over.
// `-- --external`: with a PostgreSQL that DATABASE_URL names (one is started for it) in place of the embedded one. `-- --region NAME`: clusters there.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import kafkajs from 'kafkajs';
import pg from 'pg';
import { createReport, newHome, Platform, root, until } from '../support/platform.mjs';

const BEFORE = 1_000;
const region = process.argv.includes('--region') ? process.argv[process.argv.indexOf('--region') + 1] : 'embedded';
const external = process.argv.includes('--external') ? await startServer() : null;
const report = createReport(`backup, loss of the platform and its database${external ? ' (DATABASE_URL)' : ''}, restore; clusters in region ${region}`);
const platform = new Platform(await newHome(), { DATABASE_URL: external?.url ?? '', DATABASE_URL_FILE: '' });
const file = join(dirname(platform.home), `${platform.home.split('/').at(-1)}.backup`);
/** Beside the producer, whose waits are counted. */
const tool = (...args) => new Promise((resolve) => {
  let text = '';
  const child = spawn(process.execPath, ['tools/backup.mjs', ...args], { cwd: root, env: platform.env, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { text += chunk; });
  child.on('close', (status) => resolve({ ok: status === 0, text: text.trim() }));
});
/** The process that runs a broker of the cluster, whatever program that is; null while there is none. */
function brokerPid(cluster) {
  const line = execFileSync('ps', ['-eo', 'pid,args']).toString().split('\n').find((each) => each.includes(`${cluster.id}/node-1/server.properties`));
  return line ? Number(line.trim().split(/\s+/)[0]) : null;
}

async function makeCluster(environment, name) {
  const made = await platform.call('POST', '/cmk/v2/clusters', { spec: { display_name: name, availability: 'SINGLE_ZONE', cloud: 'AWS', region, config: { kind: 'Basic' }, environment: { id: environment.id } } });
  return platform.provisioned(made, environment, 300_000, 200);
}

const shown = (text) => { for (const line of text.split('\n')) console.log(`      ${line}`); };

function kafka(cluster, key, ca) {
  return new kafkajs.Kafka({
    brokers: [cluster.spec.kafka_bootstrap_endpoint], ssl: { ca: [ca] }, logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 8 },
    sasl: { mechanism: 'plain', username: key.apiKey, password: key.apiSecret },
  });
}

/** Writes numbered records one after another until it is told to stop; answers how many were acknowledged, and the longest time between two acknowledgements. */
async function startProducer(client, topic) {
  const producer = client.producer({ idempotent: true });
  await producer.connect();
  let [acknowledged, longestMs, last, stopping] = [0, 0, performance.now(), false];
  const running = (async () => {
    while (!stopping) {
      await producer.send({ topic, acks: -1, messages: [{ key: String(acknowledged), value: `record ${acknowledged}` }] });
      acknowledged += 1;
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }
  })();
  running.catch(() => undefined);
  return {
    count: () => acknowledged,
    stop: async () => {
      stopping = true;
      await running;
      await producer.disconnect();
      return { acknowledged, longestMs: Math.round(longestMs) };
    },
  };
}

async function readAll(client, topic, expected) {
  const consumer = client.consumer({ groupId: 'readers' });
  const seen = new Set();
  let doubled = 0;
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => { if (seen.has(String(message.key))) doubled += 1; seen.add(String(message.key)); } });
  await until(`${expected} records`, 60_000, () => seen.size >= expected).catch(() => undefined);
  await consumer.disconnect();
  return { seen: seen.size, doubled };
}

const refused = async (client) => {
  const admin = client.admin();
  try {
    await admin.connect();
    return false;
  } catch (error) {
    return /auth/i.test(`${error.name} ${error.message}`);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};

/** A server of somebody's own, with an empty database in it. */
async function startServer() {
  const { ensureDatabase } = await import('#libs/database');
  const home = mkdtempSync(join(tmpdir(), 'sluice-server-'));
  chmodSync(home, 0o711);
  const server = await ensureDatabase({ home });
  const url = new URL(server.ownerUrl);
  url.pathname = '/drill';
  const asOwner = async (...statements) => {
    const client = new pg.Client({ connectionString: server.ownerUrl });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  await asOwner('CREATE DATABASE drill');
  return {
    url: url.toString(),
    destroy: () => asOwner('DROP DATABASE drill WITH (FORCE)', 'CREATE DATABASE drill'),
    stop: async () => {
      await server.stop();
      for (const directory of [server.directory, home]) rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Everything below the home but the brokers' own, and the programs that they run from. */
async function destroyPlatform() {
  if (external) await external.destroy();
  else rmSync(dirname(JSON.parse(readFileSync(join(platform.home, 'postgres.json'), 'utf8')).dataDirectory), { recursive: true, force: true });
  for (const name of readdirSync(platform.home)) if (!['clusters', 'engine', 'kafka', 'zookeeper'].includes(name)) rmSync(join(platform.home, name), { recursive: true, force: true });
}

try {
  await platform.start();
  const environment = await platform.environment('drill');
  const cluster = await makeCluster(environment, 'orders');
  const account = await platform.serviceAccount('shop');
  for (const operation of ['WRITE', 'READ', 'DESCRIBE']) await platform.acl(cluster, account.id, 'TOPIC', 'orders', operation);
  await platform.acl(cluster, account.id, 'GROUP', 'readers', 'READ');
  await platform.topic(cluster, 'orders', { partitions_count: 3 });
  const key = await platform.clusterKey(cluster, environment, account.id);
  const ca = readFileSync(platform.admin.caFile, 'utf8');
  const [firstAdmin, pid] = [platform.admin, brokerPid(cluster)];
  const lost = await makeCluster(environment, 'lost');
  await platform.topic(lost, 'orders', { partitions_count: 1 });
  const client = kafka(cluster, key, ca);
  const producer = await startProducer(client, 'orders');
  await until(`${BEFORE} acknowledged records`, 120_000, () => producer.count() >= BEFORE);
  report.line(true, `environment, cluster ${cluster.id} (broker process ${pid}), key, 4 ACLs, topic; ${BEFORE} records acknowledged, the producer goes on`);

  const made = await tool('--to', file);
  report.line(made.ok, 'npm run backup, with the platform running');
  shown(made.text);
  report.line((statSync(file).mode & 0o777) === 0o600, 'the file is its owner\'s alone');
  const bytes = readFileSync(file);
  const second = await tool('--to', file);
  report.line(!second.ok && /is there already/.test(second.text) && readFileSync(file).equals(bytes), 'a second backup does not overwrite it');
  const late = await platform.clusterKey(cluster, environment, account.id);
  const lateClient = kafka(cluster, late, ca);
  report.line(!await refused(lateClient), 'a key made after the backup works');
  await platform.call('DELETE', `/cmk/v2/clusters/${lost.id}?environment=${environment.id}`);
  await until(`end of ${lost.id}`, 60_000, () => brokerPid(lost) === null && !existsSync(join(platform.home, 'clusters', lost.id)));
  const later = await makeCluster(environment, 'later');
  const laterPid = brokerPid(later);
  report.line(true, `after the backup cluster ${lost.id} is deleted and ${later.id} is made (process ${laterPid})`);
  const early = await tool('restore', '--from', file);
  report.line(!early.ok && /a platform runs on/.test(early.text), 'a restore is refused while the platform runs');

  await platform.signal('SIGTERM');
  await destroyPlatform();
  report.line(!existsSync(join(platform.home, 'pki')) && brokerPid(cluster) === pid, 'platform stopped; database, CA, administrator\'s key and settings destroyed; the broker runs on');

  const cut = `${file}.cut`;
  writeFileSync(cut, readFileSync(file).subarray(0, -100));
  const changed = Buffer.from(readFileSync(file));
  changed[changed.length >> 1] ^= 1;
  for (const [what, bytes] of [['cut off', readFileSync(cut)], ['changed by one bit', changed]]) {
    writeFileSync(cut, bytes);
    const answer = await tool('restore', '--from', cut);
    report.line(!answer.ok && !existsSync(join(platform.home, 'pki')), `a backup that was ${what} is refused, nothing is written: ${answer.text.replace(cut, 'FILE')}`);
  }
  rmSync(cut);

  const restored = await tool('restore', '--from', file);
  report.line(restored.ok, 'npm run restore');
  shown(restored.text);
  const again = await tool('restore', '--from', file);
  report.line(!again.ok && /isn't empty/.test(again.text), `a second restore is refused: ${again.text}`);

  const startMs = await platform.start();
  report.line(platform.admin.apiKey === firstAdmin.apiKey && platform.admin.apiSecret === firstAdmin.apiSecret, `the platform starts (${(startMs / 1000).toFixed(1)} s) with the administrator's key of before`);
  const found = await platform.provisioned(cluster, environment);
  report.line(found.spec.kafka_bootstrap_endpoint === cluster.spec.kafka_bootstrap_endpoint && brokerPid(cluster) === pid, `cluster ${cluster.id} is PROVISIONED at the same address; its broker was taken over, process ${pid} as before`);
  await platform.provisioned(lost, environment, 120_000, 200);
  const { data: topics } = await platform.call('GET', `/kafka/v3/clusters/${lost.id}/topics`);
  report.line(topics.length === 0, `cluster ${lost.id}, deleted since, is made again, with ${topics.length} topics`);
  await platform.call('GET', `/cmk/v2/clusters/${later.id}?environment=${environment.id}`, undefined, { expect: [404] });
  report.line(brokerPid(later) === laterPid, `cluster ${later.id}, made since, is unknown; its process ${laterPid} and directory are left alone`);
  const acls = await platform.call('GET', `/kafka/v3/clusters/${cluster.id}/acls`);
  report.line(acls.data.length === 4, `${acls.data.length} ACLs`);
  await until('the broker to refuse the late key', 30_000, () => refused(kafka(cluster, late, ca)));
  report.line(true, 'the key made after the backup is unknown again: refused by the broker too');
  const fresh = await platform.clusterKey(cluster, environment, account.id);
  report.line(!await refused(kafka(cluster, fresh, ca)), 'a key made now works at the broker');
  await platform.topic(cluster, 'after', { partitions_count: 1 });
  report.line(true, 'a topic made now is there');

  const { acknowledged, longestMs } = await producer.stop();
  const { seen, doubled } = await readAll(client, 'orders', acknowledged);
  report.line(seen === acknowledged && doubled === 0, `${acknowledged} records acknowledged over all of it with the first key, ${seen} read, ${doubled} twice; the producer's longest wait was ${longestMs} ms`);
} catch (error) {
  report.line(false, error.stack);
} finally {
  await platform.signal('SIGTERM').catch(() => undefined);
  platform.destroy();
  await external?.stop();
  rmSync(file, { force: true });
}
report.end();
