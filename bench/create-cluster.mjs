#!/usr/bin/env node
// How soon a tenant writes: from the POST of a cluster to the acknowledgement of the first record, with key and topic made inside that time and no broker
// started beforehand; then many clusters at once, all working, all deleted without a trace.
// usage: node bench/create-cluster.mjs [--clusters 20] [--at-once 50]
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import kafkajs from 'kafkajs';
import { createReport, newHome, Platform, quantile, until } from '../test/support/platform.mjs';

const { values: options } = parseArgs({ options: { clusters: { type: 'string', default: '20' }, 'at-once': { type: 'string', default: '50' } } });
const { Kafka, logLevel } = kafkajs;
const platform = new Platform(await newHome());

/** Connects as a loaded client does, and writes one record with acks=all. */
async function writeRecord(cluster, key) {
  const client = new Kafka({
    brokers: [cluster.spec.kafka_bootstrap_endpoint], logLevel: logLevel.NOTHING, ssl: { ca: [readFileSync(platform.admin.caFile, 'utf8')] },
    sasl: { mechanism: 'plain', username: key.apiKey, password: key.apiSecret },
  });
  const producer = client.producer();
  await producer.connect();
  const [{ baseOffset }] = await producer.send({ topic: 'first', acks: -1, messages: [{ value: 'hello' }] });
  return { baseOffset, close: () => producer.disconnect() };
}

async function fromPostToRecord(environment, name) {
  const began = performance.now();
  const cluster = await platform.provisioned(await platform.clusterRequest(environment, name), environment, 60_000, 5);
  const provisionedMs = performance.now() - began;
  const key = await platform.clusterKey(cluster, environment, platform.admin.userId);
  await platform.topic(cluster, 'first');
  const written = await writeRecord(cluster, key);
  const recordMs = performance.now() - began;
  await written.close();
  return { cluster, provisionedMs, recordMs };
}

const remove = (cluster, environment) => platform.call('DELETE', `/cmk/v2/clusters/${cluster.id}?environment=${environment.id}`);

const report = createReport(`From POST to the first acknowledged record: ${options.clusters} clusters one after another, then ${options['at-once']} at once`);
try {
  await platform.start();
  const environment = await platform.environment('bench');
  const runs = [];
  for (let i = 0; i < Number(options.clusters); i++) {
    const run = await fromPostToRecord(environment, `one-${i}`);
    runs.push(run);
    await remove(run.cluster, environment);
  }
  const record = runs.map((run) => run.recordMs);
  const provisioned = runs.map((run) => run.provisionedMs);
  const show = (values) => `min ${Math.round(Math.min(...values))}, median ${Math.round(quantile(values, 0.5))}, p95 ${Math.round(quantile(values, 0.95))}, max ${Math.round(Math.max(...values))} ms`;
  console.log(`  PROVISIONED: ${show(provisioned)}`);
  report.line(quantile(record, 0.5) <= 1_000 && quantile(record, 0.95) <= 2_000, `first record: ${show(record)} (to reach: median ≤ 1,000, p95 ≤ 2,000)`);

  const began = performance.now();
  const requests = await Promise.all(Array.from({ length: Number(options['at-once']) }, (_, i) => platform.clusterRequest(environment, `many-${i}`)));
  const clusters = await Promise.all(requests.map((request) => platform.provisioned(request, environment, 120_000, 200)));
  const allMs = performance.now() - began;
  report.line(allMs <= 60_000, `${clusters.length} created at once: all PROVISIONED after ${(allMs / 1000).toFixed(1)} s (to reach: ≤ 60)`);
  let working = 0;
  for (const cluster of clusters) {
    const key = await platform.clusterKey(cluster, environment, platform.admin.userId);
    await platform.topic(cluster, 'first');
    const written = await writeRecord(cluster, key);
    await written.close();
    working++;
  }
  report.line(working === clusters.length, `${working} of ${clusters.length} took a record`);
  await Promise.all(clusters.map((cluster) => remove(cluster, environment)));
  const left = () => readdirSync(join(platform.home, 'clusters')).length + brokersOf(platform.home).length;
  await until('removal of everything', 60_000, () => left() === 0);
  report.line(portsOf(platform.env.SLUICE_BROKER_PORTS).length === 0, `all deleted: ${left()} processes and directories, ${portsOf(platform.env.SLUICE_BROKER_PORTS).length} ports left`);
} finally {
  await platform.signal('SIGTERM').catch(() => undefined);
  platform.destroy();
}
report.end();

function brokersOf(home) {
  return execFileSync('ps', ['-eo', 'pid,args']).toString().split('\n').filter((line) => line.includes(`${home}/clusters/`));
}

function portsOf(range) {
  const [first, last] = range.split('-').map(Number);
  const listening = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1).map((line) => line.trim().split(/\s+/)).filter((columns) => columns[3] === '0A');
  return listening.map((columns) => parseInt(columns[1].split(':')[1], 16)).filter((port) => port >= first && port <= last);
}
