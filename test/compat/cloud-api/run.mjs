#!/usr/bin/env node
// What tenants' infrastructure tools ask of the API, by a Go program of strict schemas (main.go), against a platform of its own with a group at work.
// usage: node test/compat/cloud-api/run.mjs
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import kafkajs from 'kafkajs';
import { createReport, newHome, Platform, until } from '../../support/platform.mjs';
import { mustSucceed, runClient } from '../clients/process.mjs';

const TOPIC = 'orders';
const GROUP = 'billing/eu';

function build(program) {
  const { status, stderr, error } = spawnSync('go', ['build', '-o', program, '.'], { cwd: fileURLToPath(new URL('.', import.meta.url)), encoding: 'utf8', timeout: 300_000 });
  if (error) return 'there is no Go here';
  return status === 0 ? null : stderr.trim().split('\n').at(-1);
}

/** A group with a member that has read a topic and committed less than it holds; answers how to end it. */
async function groupAtWork(bootstrap, caFile, key) {
  const kafka = new kafkajs.Kafka({
    clientId: 'billing', brokers: [bootstrap], logLevel: kafkajs.logLevel.NOTHING, ssl: { ca: [readFileSync(caFile, 'utf8')] },
    sasl: { mechanism: 'plain', username: key.apiKey, password: key.apiSecret },
  });
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: TOPIC, messages: Array.from({ length: 120 }, (_, i) => ({ partition: i % 6, value: `v-${i}` })) });
  await producer.disconnect();
  const consumer = kafka.consumer({ groupId: GROUP, heartbeatInterval: 1_000 });
  await consumer.connect();
  await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
  let seen = 0;
  await consumer.run({ autoCommit: false, eachMessage: async () => { seen++; } });
  await until('records at the consumer', 30_000, () => seen === 120);
  await consumer.commitOffsets(Array.from({ length: 6 }, (_, partition) => ({ topic: TOPIC, partition, offset: String(partition) })));
  return () => consumer.disconnect();
}

async function use(platform, program, report) {
  await platform.start();
  const environment = await platform.environment('at work');
  const cluster = await platform.cluster(environment, 'at work');
  const key = await platform.clusterKey(cluster, environment, platform.admin.userId);
  await platform.topic(cluster, TOPIC);
  const leave = await groupAtWork(cluster.spec.kafka_bootstrap_endpoint, platform.admin.caFile, key);
  try {
    const { apiKey, apiSecret } = platform.admin;
    const env = { BASE_URL: platform.baseUrl, API_KEY: apiKey, API_SECRET: apiSecret, ENVIRONMENT: environment.id, CLUSTER: cluster.id, GROUP, GROUP_TOPIC: TOPIC };
    const result = await runClient(program, [], { env, timeoutMs: 300_000 });
    const lines = result.stdout.trim().split('\n').filter(Boolean);
    for (const line of lines) report.line(line.startsWith('ok\t'), line.split('\t')[1]);
    if (lines.every((line) => line.startsWith('ok\t'))) mustSucceed('the Go program', result);
  } finally {
    await leave();
  }
}

const report = createReport('The control plane and Kafka REST, as infrastructure tools use them');
const folder = mkdtempSync(join(tmpdir(), 'sluice-cloud-api-'));
const program = join(folder, 'cloud-api');
const missing = build(program);
if (missing) {
  report.skipped(missing);
} else {
  const platform = new Platform(await newHome());
  try {
    await use(platform, program, report);
  } catch (error) {
    report.line(false, error.message);
  } finally {
    await platform.signal('SIGTERM').catch(() => undefined);
    platform.destroy();
  }
}
rmSync(folder, { recursive: true, force: true });
report.end();
