// Keys and certificates that end while they are in use: a deleted key is refused at once and its open connections close within 5 s, for PLAIN
// and SCRAM, librdkafka and bare connections; deleting a service account ends its keys; a renewed certificate needs no restart.
// node test/hostile/revocation.mjs
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { installers, python } from '../../tools/clients/install.mjs';
import { createReport, newHome, Platform, until } from '../support/platform.mjs';
import { startBroker } from './broker.mjs';
import { scramLogin } from './scram.mjs';
import { createClient, plainLogin } from './wire.mjs';

const CLOSED_WITHIN_MS = 5_000;
const script = fileURLToPath(new URL('./steady.py', import.meta.url));
const report = createReport('keys and certificates that end while they are in use');

/** A librdkafka producer that goes on; `since(mark)` is what it was told after a moment. */
function startSteady({ bootstrap, caFile, key, mechanism }) {
  const child = spawn(python, [script, 'steady'], {
    stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, BOOTSTRAP: bootstrap, CA_FILE: caFile, API_KEY: key.apiKey, API_SECRET: key.apiSecret, MECHANISM: mechanism },
  });
  const lines = [];
  createInterface({ input: child.stdout }).on('line', (text) => lines.push({ text, atMs: performance.now() }));
  return { lines, acks: (sinceMs) => lines.filter(({ text, atMs }) => text === 'ack' && atMs > sinceMs).length, errors: () => [...new Set(lines.filter(({ text }) => text.startsWith('error')).map(({ text }) => text.slice(6)))], stop: () => { child.stdin.end(); child.kill('SIGKILL'); } };
}

const loginWith = (key, mechanism) => (mechanism === 'PLAIN' ? plainLogin : scramLogin)({ id: key.apiKey, secret: key.apiSecret }, mechanism);

function bare(target, key, mechanism) {
  return createClient(target.port, { tls: target.tls, login: loginWith(key, mechanism) });
}

const metadata = (client) => client.send('Metadata', 12, { topics: [{ name: 'steady' }] });

async function refused(target, key, mechanism) {
  const client = bare(target, key, mechanism);
  try { await metadata(client); return null; } catch (error) { return error.message; } finally { client.close(); }
}

/** Milliseconds from `began` until the connection is gone. */
async function closedAfter(client, began) {
  await until('closed connection', 15_000, () => client.connection.closed, 5);
  return Math.round(performance.now() - began);
}

async function revokeKey(platform, target, mechanism, key) {
  const steady = startSteady({ ...target, key, mechanism });
  const raw = bare(target, key, mechanism);
  const idle = bare(target, key, mechanism);
  try {
    await until('first acknowledgements', 30_000, () => steady.acks(0) > 3);
    await Promise.all([metadata(raw), metadata(idle)]);
    const asked = performance.now();
    await platform.call('DELETE', `/iam/v2/api-keys/${key.apiKey}`);
    const answered = performance.now();
    const refusal = await refused(target, key, mechanism);
    const closed = await Promise.all([closedAfter(raw, asked), closedAfter(idle, asked)]);
    await until('librdkafka to hear of it', 10_000, () => steady.errors().includes('_AUTHENTICATION'));
    const lastAck = steady.lines.filter(({ text }) => text === 'ack').at(-1).atMs;
    report.line(/login: 58/.test(refusal ?? ''), `${mechanism}: a login right after the answer to DELETE (${Math.round(answered - asked)} ms) is refused: ${refusal}`);
    report.line(Math.max(...closed) <= CLOSED_WITHIN_MS, `${mechanism}: open connections closed ${closed.join(', ')} ms after DELETE was sent`);
    report.line(lastAck - asked <= CLOSED_WITHIN_MS, `${mechanism}: librdkafka's last acknowledgement ${Math.round(lastAck - asked)} ms after it, then ${steady.errors().join(', ')}`);
  } finally {
    steady.stop();
    raw.close();
    idle.close();
  }
}

async function deleteOwner(platform, target, environment, cluster) {
  const account = await platform.serviceAccount(`doomed-${Date.now()}`);
  const keys = [await platform.clusterKey(cluster, environment, account.id), await platform.clusterKey(cluster, environment, account.id)];
  await platform.acl(cluster, account.id, 'TOPIC', 'steady', 'WRITE');
  const clients = [bare(target, keys[0], 'PLAIN'), bare(target, keys[1], 'SCRAM-SHA-512')];
  await Promise.all(clients.map(metadata));
  const asked = performance.now();
  await platform.call('DELETE', `/iam/v2/service-accounts/${account.id}`);
  const refusals = await Promise.all([refused(target, keys[0], 'PLAIN'), refused(target, keys[1], 'SCRAM-SHA-512')]);
  const closed = await Promise.all(clients.map((client) => closedAfter(client, asked)));
  const gone = await Promise.all(keys.map(({ apiKey }) => platform.call('GET', `/iam/v2/api-keys/${apiKey}`, undefined, { expect: [403, 404] }).then(() => true)));
  report.line(refusals.every((text) => /login: 58/.test(text ?? '')) && gone.every(Boolean), 'service account deleted: both of its keys are gone and refused');
  report.line(Math.max(...closed) <= CLOSED_WITHIN_MS, `service account deleted: open connections closed after ${closed.join(', ')} ms`);
}

async function viaPlatform() {
  const platform = new Platform(await newHome());
  try {
    await platform.start();
    const environment = await platform.environment();
    const cluster = await platform.cluster(environment);
    const account = await platform.serviceAccount('steady');
    await platform.topic(cluster, 'steady', { partitions_count: 2 });
    await platform.acl(cluster, account.id, 'TOPIC', 'steady', 'WRITE');
    const bootstrap = cluster.spec.kafka_bootstrap_endpoint.replace(/^\w+:\/\//, '');
    const target = { bootstrap, caFile: platform.admin.caFile, port: Number(bootstrap.split(':').at(-1)), tls: { ca: readFileSync(platform.admin.caFile) } };
    const survivor = await platform.clusterKey(cluster, environment, account.id);
    const bystander = bare(target, survivor, 'PLAIN');
    await metadata(bystander);
    const connection = bystander.connection;
    for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']) await revokeKey(platform, target, mechanism, await platform.clusterKey(cluster, environment, account.id));
    await deleteOwner(platform, target, environment, cluster);
    await metadata(bystander);
    report.line(bystander.connection === connection && !connection.closed, 'another key\'s connection never noticed');
    bystander.close();
  } finally {
    await platform.signal('SIGTERM');
    platform.destroy();
  }
}

async function renewal() {
  const broker = await startBroker();
  const secure = { ca: broker.caPem };
  const [credential] = broker.credentials;
  const connect = () => createClient(broker.ports.tls, { tls: secure, login: plainLogin(credential) });
  const old = connect();
  const ask = (client) => client.send('Metadata', 12, { topics: [] });
  const serial = (client) => client.connection.socket.getPeerCertificate().serialNumber;
  try {
    await ask(old);
    const before = serial(old);
    const began = performance.now();
    await broker.renewCertificate();
    let after = before;
    await until('new certificate', 10_000, async () => {
      const fresh = connect();
      await ask(fresh);
      after = serial(fresh);
      fresh.close();
      return after !== before;
    }, 20);
    const renewedMs = Math.round(performance.now() - began);
    const { connection } = old;
    await ask(old);
    report.line(renewedMs <= CLOSED_WITHIN_MS, `certificate renewed: new connections see it after ${renewedMs} ms`);
    report.line(old.connection === connection && broker.alive(), 'the old connection goes on, the process is the same');
    old.close();
  } finally {
    await broker.stop();
  }
}

const missing = installers.python();
if (missing) report.skipped(missing);
else await viaPlatform().catch((error) => report.line(false, error.stack));
await renewal().catch((error) => report.line(false, error.stack));
report.end();
