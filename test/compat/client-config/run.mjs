#!/usr/bin/env node
// Client configuration as the platform gives it, each file run by the client that it is for: fetched over HTTP with a real key, given nothing but the secret (in the
// environment, or in place of the placeholder), 100 records written and read, once and in order, in every mechanism; with a wrong secret it is refused. Clients pass over
// settings that they don't know: a group that begins with the oldest record and a producer id in the log's batches show that these counted.
// usage: node test/compat/client-config/run.mjs [--quick] [client …]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createReport, newHome, Platform, root } from '../../support/platform.mjs';
import { mustSucceed, parseRecords } from '../clients/process.mjs';
import { clients } from './clients.mjs';

const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: 'boolean', default: false } } });
const chosen = positionals.length ? positionals : Object.keys(clients);
const MECHANISMS = ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN'].slice(0, options.quick ? 1 : undefined);
const COUNT = 100;
/** Of a record batch of magic 2. */
const PRODUCER_ID_OFFSET = 43;
const values = Array.from({ length: COUNT }, (_, i) => `v-${i}`);
const input = values.map((value, i) => `key-${i % 7}:${value}\n`).join('');

// Below the project's own directory: kafkajs is found from there.
mkdirSync(join(root, '.cache'), { recursive: true });
const workspace = mkdtempSync(join(root, '.cache', 'client-config-'));
// Installing takes long and holds this process up; the platform would close its idle connections meanwhile.
const reasons = new Map(chosen.map((client) => [client, clients[client].unavailable()]));
const platform = new Platform(await newHome());
const report = createReport(`Client configuration: each file run by its client, ${COUNT} records each`);

/** The file where its client is to find it, with the secret where the answer says. */
async function placeFile(cluster, key, client, mechanism, secret) {
  const path = `/sluice/v1/clusters/${cluster.id}/client-config?client=${client}&key=${key.apiKey}${mechanism === MECHANISMS[0] ? '' : `&mechanism=${mechanism}`}`;
  const authorization = `Basic ${Buffer.from(`${platform.admin.apiKey}:${platform.admin.apiSecret}`).toString('base64')}`;
  const response = await fetch(platform.baseUrl + path, { headers: { authorization } });
  const content = await response.text();
  const filename = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1];
  if (response.status !== 200 || !filename) throw new Error(`${path}: ${response.status} ${content}`);
  const described = await (await fetch(platform.baseUrl + path, { headers: { authorization, accept: 'application/json' } })).json();
  if (described.content !== content || described.filename !== filename) throw new Error('the file and its description differ');
  const directory = mkdtempSync(join(workspace, `${client}-`));
  const file = join(directory, filename);
  const inFile = described.secret.from === 'file';
  writeFileSync(file, inFile ? content.replace(`=${described.secret.name}\n`, `=${secret}\n`) : content, { mode: 0o600 });
  const takeAuthority = described.usage.find((line) => line.startsWith('sed '));
  if (takeAuthority && spawnSync('sh', ['-c', takeAuthority], { cwd: directory }).status !== 0) throw new Error(`failed: ${takeAuthority}`);
  const place = { directory, file, bootstrap: described.bootstrap_endpoint, env: inFile ? {} : { [described.secret.name]: secret } };
  await clients[client].prepare?.(place);
  return place;
}

function whatIsWrong(found) {
  const next = new Map();
  for (const { partition, offset } of found) {
    if (offset !== (next.get(partition) ?? 0)) return `partition ${partition}: offset ${offset} instead of ${next.get(partition) ?? 0}`;
    next.set(partition, offset + 1);
  }
  const missing = values.filter((value) => !found.some((record) => record.value === value));
  return found.length !== COUNT ? `${found.length} records` : missing.length ? `without ${missing.slice(0, 3)}` : null;
}

/** Whether every log of the topic begins with a batch of an idempotent producer, which is one that waits for all replicas. */
function isIdempotent(cluster, topic) {
  const data = join(platform.home, 'clusters', cluster.id, 'node-1', 'data');
  const files = readdirSync(data).filter((name) => name.replace(/-\d+$/, '') === topic).map((name) => join(data, name, '00000000000000000000.log'));
  // A partition has none before its first batch.
  const written = files.filter((file) => existsSync(file)).map((file) => readFileSync(file)).filter((log) => log.length > 0);
  return written.length > 0 && written.every((log) => log.readBigInt64BE(PRODUCER_ID_OFFSET) >= 0n);
}

async function exchange(cluster, key, client, mechanism) {
  const topic = `${client}-${mechanism}`.toLowerCase();
  await platform.topic(cluster, topic, { partitions_count: 3 });
  const place = await placeFile(cluster, key, client, mechanism, key.apiSecret);
  mustSucceed('producing', await clients[client].produce(place, topic, input));
  const { stdout } = mustSucceed('consuming', await clients[client].consume(place, topic, `${topic}-readers`, COUNT));
  // Some clients write their log there as well.
  const found = parseRecords(stdout.split('\n').filter((line) => /^\s*\d+\s+\d+\s/.test(line)).map((line) => line.trim()).join('\n'));
  const wrong = whatIsWrong(found);
  if (wrong) throw new Error(wrong);
  if (!isIdempotent(cluster, topic)) throw new Error('the producer was not idempotent');
}

async function refusal(cluster, key, client) {
  const topic = `${client}-refused`;
  await platform.topic(cluster, topic, { partitions_count: 1 });
  const place = await placeFile(cluster, key, client, MECHANISMS[0], `slc_${'x'.repeat(64)}`);
  const { stdout, stderr } = await clients[client].produce(place, topic, 'k:v\n');
  const said = clients[client].refusal.exec(stdout + stderr)?.[0];
  if (!said) throw new Error(`not refused as expected: ${(stderr || stdout).trim().slice(-400)}`);
  const { data } = await platform.call('GET', `/sluice/v1/clusters/${cluster.id}/topics/${topic}/partitions`);
  if (data[0].status.log_end_offset !== 0) throw new Error('a record was written');
  return said;
}

async function show(text, work) {
  const began = performance.now();
  try {
    const said = await work();
    report.line(true, `${text}${said ? `: ${said}` : ''}, ${((performance.now() - began) / 1000).toFixed(1)} s`);
  } catch (error) {
    report.line(false, `${text}: ${error.message}`);
  }
}

try {
  await platform.start();
  const environment = await platform.environment();
  const cluster = await platform.cluster(environment);
  const account = await platform.serviceAccount('configured');
  for (const [type, operation] of [['TOPIC', 'READ'], ['TOPIC', 'WRITE'], ['TOPIC', 'DESCRIBE'], ['GROUP', 'READ']]) await platform.acl(cluster, account.id, type, '*', operation);
  const key = await platform.clusterKey(cluster, environment, account.id);
  for (const client of chosen) {
    const { name } = clients[client];
    if (reasons.get(client)) { report.skipped(`${name}: ${reasons.get(client)}`); continue; }
    for (const mechanism of MECHANISMS) await show(`${name}, ${mechanism}: ${COUNT} records once and in order`, () => exchange(cluster, key, client, mechanism));
    await show(`${name}, wrong secret`, () => refusal(cluster, key, client));
  }
} finally {
  await platform.signal('SIGTERM').catch(() => undefined);
  platform.destroy();
  rmSync(workspace, { recursive: true, force: true });
}
report.end();
