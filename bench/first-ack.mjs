#!/usr/bin/env node
// From nothing to the first acknowledged record on Apache Kafka with three brokers: asked of the platform, against the same brokers started by hand
// (tools/kafka-lab) and the same client. And what the platform itself adds to a kafka/v3 call on either engine.
// usage: node bench/first-ack.mjs [--pairs 5] [--calls 300] [--region apache-kraft] [--json FILE]
import { spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installers, python } from '../tools/clients/install.mjs';
import { createReport, newHome, onPlatform, Platform, quantile, root } from '../test/support/platform.mjs';

const { values: options } = parseArgs({ options: { pairs: { type: 'string', default: '5' }, calls: { type: 'string', default: '300' }, region: { type: 'string', default: 'apache-kraft' }, json: { type: 'string' } } });
const pairs = Number(options.pairs);
const lab = join(root, 'tools/kafka-lab/kafka-lab');
const script = fileURLToPath(new URL('./first-ack.py', import.meta.url));
const report = createReport('from the request to the first acknowledged record, three brokers of Apache Kafka');
const missing = installers.python() ?? (spawnSync('java', ['-version']).error ? 'there is no Java' : null);
if (missing) {
  report.skipped(missing);
  process.exit(0);
}
const tell = (line) => { if (options.json) appendFileSync(options.json, `${JSON.stringify(line)}\n`); };
const text = (values) => [Math.min(...values), quantile(values, 0.5), Math.max(...values)].map((value) => value.toFixed(2)).join(' / ');

function run(program, args, env) {
  const { status, stderr, stdout } = spawnSync(program, args, { env: { ...process.env, ...env }, encoding: 'utf8', timeout: 300_000 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}${stdout}`);
}

const firstAcknowledgement = (env) => run(python, [script], env);

const labEnv = { PORT: '19392', FRESH: '1' };
function byHand() {
  const began = performance.now();
  try {
    run(lab, ['start', '3', '-Xmx512m'], labEnv);
    firstAcknowledgement({ BOOTSTRAP: '127.0.0.1:19392' });
    return (performance.now() - began) / 1000;
  } finally {
    run(lab, ['stop'], labEnv);
  }
}

async function byPlatform(platform, environment, index) {
  const began = performance.now();
  const cluster = await platform.cluster(environment, `first-${index}`, { heapMb: 512 }, { region: options.region, availability: 'MULTI_ZONE', timeoutMs: 300_000 });
  try {
    const key = await platform.clusterKey(cluster, environment, platform.admin.userId);
    firstAcknowledgement({ BOOTSTRAP: cluster.spec.kafka_bootstrap_endpoint, CA_FILE: platform.admin.caFile, API_KEY: key.apiKey, API_SECRET: key.apiSecret });
    return (performance.now() - began) / 1000;
  } finally {
    await platform.call('DELETE', `/cmk/v2/clusters/${cluster.id}?environment=${environment.id}`);
    await platform.gone(cluster);
  }
}

/** Of calls to describe a topic, in turns on both clusters: the whole as the caller sees it, and what of it was not Kafka's. */
async function ownShare(platform, clusters, calls) {
  const taken = clusters.map(() => ({ total: [], own: [] }));
  const authorization = `Basic ${Buffer.from(`${platform.admin.apiKey}:${platform.admin.apiSecret}`).toString('base64')}`;
  for (let call = -50; call < calls; call++) {
    for (const [index, cluster] of clusters.entries()) {
      const began = performance.now();
      const answer = await fetch(`${platform.baseUrl}/kafka/v3/clusters/${cluster.id}/topics/share`, { headers: { authorization } });
      await answer.text();
      const totalMs = performance.now() - began;
      if (!answer.ok) throw new Error(`GET a topic of ${cluster.id} → ${answer.status}`);
      if (call < 0) continue;
      const kafkaMs = Number(/kafka;dur=([\d.]+)/.exec(answer.headers.get('server-timing') ?? '')?.[1]);
      if (!Number.isFinite(kafkaMs)) throw new Error('the answer doesn\'t say how long the cluster took');
      taken[index].total.push(totalMs);
      taken[index].own.push(totalMs - kafkaMs);
    }
  }
  return taken;
}

const platform = new Platform(await newHome());
await onPlatform(platform, report, async () => {
  const environment = await platform.environment();
  // The version is installed, and every file has been read once on both sides.
  await byPlatform(platform, environment, 'warm');
  byHand();
  const found = { ours: [], hand: [] };
  for (let pair = 0; pair < pairs; pair++) {
    for (const side of pair % 2 === 0 ? ['ours', 'hand'] : ['hand', 'ours']) found[side].push(side === 'ours' ? await byPlatform(platform, environment, pair) : byHand());
    console.log(`  pair ${pair + 1}: ${found.ours[pair].toFixed(1)} s by the platform, ${found.hand[pair].toFixed(1)} s by hand`);
  }
  const ratios = found.ours.map((seconds, pair) => seconds / found.hand[pair]);
  tell({ case: 'first-ack', metric: 'seconds', ours: quantile(found.ours, 0.5), kafka: quantile(found.hand, 0.5), ratio: quantile(ratios, 0.5) });
  report.line(quantile(ratios, 0.5) <= 1.3, `first acknowledgement after ${text(found.ours)} s (min / median / max), by hand ${text(found.hand)} s: ratio ${text(ratios)}, at most 1.3`);

  const clusters = [];
  for (const [region, availability] of [['embedded', 'SINGLE_ZONE'], [options.region, 'MULTI_ZONE']]) {
    const cluster = await platform.cluster(environment, `share-${region}`, undefined, { region, availability, timeoutMs: 300_000 });
    await platform.topic(cluster, 'share', { partitions_count: 3 });
    clusters.push(cluster);
  }
  const [embedded, apache] = await ownShare(platform, clusters, Number(options.calls));
  const ratio = quantile(apache.own, 0.5) / quantile(embedded.own, 0.5);
  tell({ case: 'kafka-v3-own-share', metric: 'milliseconds', ours: quantile(apache.own, 0.5), kafka: quantile(embedded.own, 0.5), ratio });
  report.line(ratio <= 1.2, `own share of a kafka/v3 call: ${quantile(apache.own, 0.5).toFixed(2)} ms of ${quantile(apache.total, 0.5).toFixed(2)} ms on Apache Kafka, ${quantile(embedded.own, 0.5).toFixed(2)} ms of ${quantile(embedded.total, 0.5).toFixed(2)} ms on the embedded engine (medians): ratio ${ratio.toFixed(2)}, at most 1.2; p99 of the whole ${quantile(apache.total, 0.99).toFixed(1)} and ${quantile(embedded.total, 0.99).toFixed(1)} ms`);
});
