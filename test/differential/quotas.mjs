#!/usr/bin/env node
// Quotas and SCRAM users as people use them: set and listed with Kafka's own tool, felt by Kafka's own producer and consumer, and by librdkafka's login; the
// same run on Apache Kafka for comparison. usage: node test/differential/quotas.mjs [--no-kafka] [part …]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { runClient } from '../compat/clients/process.mjs';
import { build } from '../../tools/lib/build.mjs';
import { installers } from '../../tools/clients/install.mjs';
import { createReport, freePort, until } from '../support/platform.mjs';
import { plaintextProperties, startEmbedded, startKafka } from './servers.mjs';
import { toolsFor } from './tool-run.mjs';

const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { 'no-kafka': { type: 'boolean', default: false } } });
const missing = installers.java();
if (missing) { console.log(`skipped: ${missing}`); process.exit(0); }
await build();
const { P } = await import('./product.mjs');
const { createSender } = await import('./wire.mjs');

const CLUSTER_ID = '4L6g3nShT-eMCtK--X86sw';
const MIB = 1 << 20;
const QUOTA = MIB;
const KEYS = 'producer_byte_rate=9000000,consumer_byte_rate=8000000,request_percentage=150.5,controller_mutation_rate=70.25';
const KEYS_SHOWN = ['producer_byte_rate=9000000.0', 'consumer_byte_rate=8000000.0', 'request_percentage=150.5', 'controller_mutation_rate=70.25'];

const report = createReport('Quotas and SCRAM users by Kafka\'s own tools');
const entityArgs = (kinds) => kinds.flatMap(([type, name]) => (name === null ? [`--entity-type`, type, '--entity-default'] : ['--entity-type', type, '--entity-name', name]));

async function listed(t, { name: what }) {
  const kinds = {
    'a user': [['users', 'ann']], 'the default user': [['users', null]], 'a client': [['clients', 'app']], 'the default client': [['clients', null]],
    'a user and a client': [['users', 'ann'], ['clients', 'app']], 'a user and the default client': [['users', 'ann'], ['clients', null]],
    'the default user and a client': [['users', null], ['clients', 'app']], 'both defaults': [['users', null], ['clients', null]],
  };
  for (const [kind, entity] of Object.entries(kinds)) {
    await t.run('configs', [...entityArgs(entity), '--alter', '--add-config', KEYS]);
    await t.check(`${what}: configs lists the quotas of ${kind}`, 'configs', [...entityArgs(entity), '--describe'], KEYS_SHOWN);
    await t.run('configs', [...entityArgs(entity), '--alter', '--delete-config', KEYS.replaceAll(/=[\d.]+/g, '')]);
  }
  for (const [kind, entity] of Object.entries({ 'an address': [['ips', '127.9.9.9']], 'the default address': [['ips', null]] })) {
    await t.run('configs', [...entityArgs(entity), '--alter', '--add-config', 'connection_creation_rate=10000']);
    await t.check(`${what}: configs lists the rate of ${kind}`, 'configs', [...entityArgs(entity), '--describe'], 'connection_creation_rate=10000.0');
    await t.run('configs', [...entityArgs(entity), '--alter', '--delete-config', 'connection_creation_rate']);
  }
  await t.check(`${what}: nothing is left`, 'configs', ['--entity-type', 'users', '--describe'], [], { absent: '_rate' });
}

/** A window's worth may come at once: what counts is the rate after it. */
const within = (rate) => rate <= 1.1 * QUOTA && rate >= 0.9 * QUOTA;
const shown = (rate) => `${(rate / MIB).toFixed(3)} MiB/s`;
/** Bytes of a record of 1,000 in a batch of a producer with its defaults, the request around it included. */
const BYTES_ON_THE_WIRE = 1_020;

async function produced(t, side) {
  await t.run('configs', [...entityArgs([['clients', 'limited-producer']]), '--alter', '--add-config', `producer_byte_rate=${QUOTA}`]);
  const running = t.run('producer-perf', ['--topic', 'limited', '--num-records', '26000', '--record-size', '1000', '--throughput', '-1', '--command-property', 'client.id=limited-producer'], { timeoutMs: 120_000 });
  const end = async () => (await side.ask('ListOffsets', 5, { replicaId: -1, topics: [{ name: 'limited', partitions: [{ partitionIndex: 0, timestamp: -1 }] }] })).topics[0].partitions[0].offset;
  await until('a window\'s worth of records', 60_000, async () => await end() >= 11_000, 100);
  const [from, fromMs] = [await end(), performance.now()];
  await sleep(12_000);
  const rate = ((await end() - from) * BYTES_ON_THE_WIRE) / ((performance.now() - fromMs) / 1000);
  const { text } = await running;
  report.line(within(rate), `${side.name}: a producer with 1 MiB/s comes to ${shown(rate)} over 12 s`);
  if (!/26000 records sent/.test(text)) report.line(false, `${side.name}: the producer did not send all: ${text.slice(-400)}`);
  return rate;
}

async function consumed(t, side) {
  await t.run('configs', [...entityArgs([['users', 'ANONYMOUS']]), '--alter', '--add-config', `consumer_byte_rate=${QUOTA}`]);
  const { stdout } = await t.run('consumer-perf', ['--topic', 'limited', '--num-records', '25000', '--show-detailed-stats', '--reporting-interval', '500', '--timeout', '20000'], { timeoutMs: 120_000 });
  await t.run('configs', [...entityArgs([['users', 'ANONYMOUS']]), '--alter', '--delete-config', 'consumer_byte_rate']);
  const rows = stdout.split('\n').map((line) => line.split(', ')).filter((cells) => /^\d{4}-/.test(cells[0]))
    .map(([time, , mib]) => ({ ms: Date.parse(time.replace(/:(\d+)$/, '.$1').replace(' ', 'T')), bytes: Number(mib) * MIB * (BYTES_ON_THE_WIRE / 1000) }));
  const [first, last] = [rows.find(({ bytes }) => bytes > 10.5 * QUOTA), rows.at(-1)];
  const rate = first && last ? (last.bytes - first.bytes) / ((last.ms - first.ms) / 1000) : NaN;
  report.line(within(rate), `${side.name}: a consumer with 1 MiB/s comes to ${shown(rate)} over ${first ? Math.round((last.ms - first.ms) / 1000) : 0} s`);
  return rate;
}

async function mutations(t, { name, ask }) {
  await t.run('configs', [...entityArgs([['users', 'ANONYMOUS']]), '--alter', '--add-config', 'controller_mutation_rate=1']);
  await t.check(`${name}: 20 partitions at 1/s go through once`, 'topics', ['--create', '--topic', 'many', '--partitions', '20'], 'Created topic many.');
  await t.check(`${name}: the next topic is refused`, 'topics', ['--create', '--topic', 'one-more'], /quota has been exceeded/i, { refused: true });
  const strict = await ask('CreateTopics', 7, { topics: [{ name: 'strict', numPartitions: 1, replicationFactor: 1 }], timeoutMs: 5_000 });
  report.line(strict.topics[0].errorCode === 89 && strict.throttleTimeMs > 0 && strict.throttleTimeMs <= 11_000, `${name}: over the wire error ${strict.topics[0].errorCode}, ${strict.throttleTimeMs > 0 ? 'to be tried later' : 'no time'}`);
  await t.run('configs', [...entityArgs([['users', 'ANONYMOUS']]), '--alter', '--delete-config', 'controller_mutation_rate']);
}

async function requestTime(t, { name, port }) {
  await t.run('configs', [...entityArgs([['clients', 'busy']]), '--alter', '--add-config', 'request_percentage=0.01']);
  const sender = createSender(port, { clientId: 'busy' });
  let [throttleMs, tookMs] = [0, 0];
  for (let i = 0; i < 400 && throttleMs === 0; i++) ({ throttleTimeMs: throttleMs } = await sender.send(P.MetadataRequest, P.MetadataResponse, 9, { topics: null }));
  const began = performance.now();
  await sender.send(P.MetadataRequest, P.MetadataResponse, 9, { topics: [] });
  tookMs = performance.now() - began;
  sender.close();
  report.line(throttleMs > 0 && throttleMs <= 1_000 && tookMs >= throttleMs - 20, `${name}: a client of 0.01 % of a thread is told to wait, for a second at most, and its next request is taken only then (${throttleMs} ms told, ${Math.round(tookMs)} ms taken)`);
}

async function connections(t, { name, port }) {
  await t.run('configs', [...entityArgs([['ips', '127.0.0.7']]), '--alter', '--add-config', 'connection_creation_rate=2']);
  const outcomes = await Promise.all(Array.from({ length: 40 }, () => new Promise((resolve) => {
    const began = performance.now();
    const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.7' });
    const request = Buffer.from('0000000a0012000000000001ffff', 'hex');
    socket.once('connect', () => socket.write(request));
    socket.once('data', () => { resolve('in'); socket.destroy(); });
    socket.once('close', () => resolve(`closed after ${performance.now() - began > 100 ? 'a wait' : 'nothing'}`));
    socket.once('error', () => resolve('closed after a wait'));
  })));
  const inside = outcomes.filter((outcome) => outcome === 'in').length;
  report.line(inside >= 20 && inside <= 23 && outcomes.every((outcome) => outcome === 'in' || outcome === 'closed after a wait'), `${name}: of 40 connections of an address with 2/s ${inside} come in, the others wait and are closed`);
}

const PASSWORD = 'a-password-of-bobs';
async function scramUser(t, { name, port, saslPort, platform }) {
  const bob = entityArgs([['users', 'bob']]);
  await t.check(`${name}: configs makes a SCRAM user`, 'configs', [...bob, '--alter', '--add-config', `SCRAM-SHA-512=[password=${PASSWORD}]`], 'Completed updating config for user bob.');
  await t.run('configs', [...bob, '--alter', '--add-config', `SCRAM-SHA-256=[iterations=8192,password=${PASSWORD}]`]);
  await t.check(`${name}: configs lists the user`, 'configs', [...bob, '--describe'], ['SCRAM-SHA-512=iterations=4096', 'SCRAM-SHA-256=iterations=8192']);
  await t.run('acls', ['--add', '--allow-principal', 'User:bob', '--operation', 'Read', '--operation', 'DescribeConfigs', '--topic', 'limited']);
  const kcat = (mechanism, password, args, more = {}) => runClient('kcat', ['-b', `127.0.0.1:${saslPort}`, '-X', 'security.protocol=SASL_PLAINTEXT', '-X', `sasl.mechanism=${mechanism}`, '-X', 'sasl.username=bob', '-X', `sasl.password=${password}`, ...args], { timeoutMs: 20_000, ...more });
  await runClient('kcat', ['-b', `127.0.0.1:${port}`, '-P', '-t', 'limited'], { input: 'a\nb\nc\n' });
  const secrets = mkdtempSync(join(tmpdir(), 'sluice-bob-'));
  const reads = async (what, mechanism) => {
    const config = join(secrets, `${mechanism}.properties`);
    writeFileSync(config, `security.protocol=SASL_PLAINTEXT\nsasl.mechanism=${mechanism}\nsasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="bob" password="${PASSWORD}";\n`);
    await toolsFor({ bootstrap: `127.0.0.1:${saslPort}`, config }, report).check(`${name}: ${what} with a Java client`, 'topics', ['--describe', '--topic', 'limited'], /Topic: limited/);
    // Apache Kafka refuses the nonce of older librdkafkas, which hold their own half twice.
    if (!platform) return;
    const { stdout, stderr } = await kcat(mechanism, PASSWORD, ['-C', '-t', 'limited', '-o', 'beginning', '-c', '3', '-e', '-f', '%o\n']);
    const ok = stdout === '0\n1\n2\n';
    report.line(ok, `${name}: ${what} with kcat${ok ? '' : `: ${stdout}${stderr}`}`);
  };
  for (const mechanism of ['SCRAM-SHA-512', 'SCRAM-SHA-256']) await reads(`a login by ${mechanism} does what the ACL allows`, mechanism);
  const refused = async (what, mechanism, password) => {
    const { code, stderr } = await kcat(mechanism, password, ['-L', '-m', '3']);
    report.line(code !== 0 && /[Aa]uthentication|mechanism/.test(stderr), `${name}: ${what} is refused`);
  };
  await refused('a wrong password', 'SCRAM-SHA-512', 'wrong');
  await refused('the user by PLAIN', 'PLAIN', PASSWORD);
  // It ends by itself when its connection is gone and it can't log in anew; else it would be killed.
  const open = kcat('SCRAM-SHA-512', PASSWORD, ['-C', '-t', 'limited', '-o', 'end'], { timeoutMs: platform ? 25_000 : 5_000 });
  await sleep(3_000);
  await t.check(`${name}: configs deletes a credential`, 'configs', [...bob, '--alter', '--delete-config', 'SCRAM-SHA-512'], 'Completed updating config for user bob.');
  await refused('the deleted credential', 'SCRAM-SHA-512', PASSWORD);
  const { signal } = await open;
  if (platform) report.line(signal === null, `${name}: the connection that was open is closed, and does not come back`);
  await reads('the other credential goes on', 'SCRAM-SHA-256');
  rmSync(secrets, { recursive: true, force: true });
  if (!platform) return;
  for (const reserved of ['AAAABBBBCCCCDDDD', 'sa-abc12', 'ANONYMOUS']) {
    await t.check(`${name}: ${reserved} is not to be taken by a user`, 'configs', [...entityArgs([['users', reserved]]), '--alter', '--add-config', `SCRAM-SHA-512=[password=${PASSWORD}]`], /UnacceptableCredential/, { refused: true });
  }
}

const PRINCIPALS = { version: 1, sequence: 1, clusterId: 'lkc-quota', keys: [{ id: 'AAAABBBBCCCCDDDD', principal: 'User:sa-abc12', secretSha256: '0'.repeat(64), scram: {}, state: 'active' }], grants: [] };

async function startSide(name, home, platform) {
  const [port, saslPort, controllerPort] = [await freePort(), await freePort(), await freePort()];
  const directory = join(home, name.replaceAll(' ', '-'));
  const plain = plaintextProperties({ port, controllerPort, data: join(directory, 'data') });
  const properties = {
    ...plain, 'num.partitions': '1', listeners: `${plain.listeners},SASL://127.0.0.1:${saslPort}`, 'advertised.listeners': `${plain['advertised.listeners']},SASL://127.0.0.1:${saslPort}`,
    'listener.security.protocol.map': `${plain['listener.security.protocol.map']},SASL:SASL_PLAINTEXT`,
  };
  const server = platform
    ? await startEmbedded(directory, { ...properties, 'cluster.id': CLUSTER_ID, 'sluice.flush.mode': 'os', 'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512', 'sluice.cluster.id': 'lkc-quota', 'sluice.principals.file': join(home, 'principals.json') })
    : await startKafka(directory, {
      ...properties, 'sasl.enabled.mechanisms': 'SCRAM-SHA-256,SCRAM-SHA-512',
      ...Object.fromEntries([256, 512].map((bits) => [`listener.name.sasl.scram-sha-${bits}.sasl.jaas.config`, 'org.apache.kafka.common.security.scram.ScramLoginModule required;'])),
    }, { clusterId: CLUSTER_ID });
  const sender = createSender(port, { clientId: 'looker-on', timeoutMs: 15_000 });
  const ask = async (api, version, draft) => {
    const answer = await sender.send(P[`${api}Request`], P[`${api}Response`], version, draft);
    if (typeof answer === 'string') throw new Error(`${name}: ${api}: ${answer}`);
    return answer;
  };
  return { name, port, saslPort, server, sender, ask, platform };
}

async function runSide(side) {
  const t = toolsFor({ bootstrap: `127.0.0.1:${side.port}` }, report);
  await t.run('topics', ['--create', '--topic', 'limited', '--partitions', '1']);
  const parts = { listed, produced, consumed, mutations, requestTime, connections, scramUser };
  const rates = {};
  for (const [name, run] of Object.entries(parts)) if (positionals.length === 0 || positionals.includes(name)) rates[name] = await run(t, side);
  return rates;
}

const home = mkdtempSync(join(tmpdir(), 'sluice-quotas-'));
writeFileSync(join(home, 'principals.json'), JSON.stringify(PRINCIPALS), { mode: 0o600 });
const sides = [];
try {
  const rates = {};
  for (const [name, platform] of [['Sluice', true], ...(options['no-kafka'] ? [] : [['Apache Kafka', false]])]) {
    const side = await startSide(name, home, platform);
    sides.push(side);
    rates[name] = await runSide(side);
    side.sender.close();
    await side.server.stop();
  }
  const [ours, kafka] = [rates.Sluice, rates['Apache Kafka']];
  for (const metric of ['produced', 'consumed']) if (ours[metric]) console.log(JSON.stringify({ case: `quota-1MiB-${metric}`, metric: 'bytes_per_second', ours: Math.round(ours[metric]), kafka: kafka ? Math.round(kafka[metric]) : null, quota: QUOTA }));
} finally {
  for (const side of sides) {
    side.sender.close();
    await side.server.stop('SIGKILL');
  }
  rmSync(home, { recursive: true, force: true });
}
report.end();
process.exit();
