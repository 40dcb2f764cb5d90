#!/usr/bin/env node
// A rolling restart and a rolling upgrade of three brokers under load: no produce fails that the client's own retries don't cover, and nothing acknowledged is lost.
// usage: node test/chaos/rolling.mjs [--region apache-kraft] [--from 3.9.2] [--to 4.3.1] [--no-upgrade]
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { installers } from '../../tools/clients/install.mjs';
import { createClient, plainLogin } from '../hostile/wire.mjs';
import { createReport, newHome, onPlatform, Platform, until } from '../support/platform.mjs';
import { judge, startTraffic } from './traffic.mjs';

const { values: options } = parseArgs({ options: { region: { type: 'string', default: 'apache-kraft' }, from: { type: 'string', default: '3.9.2' }, to: { type: 'string', default: '4.3.1' }, heap: { type: 'string', default: '384' }, 'no-upgrade': { type: 'boolean', default: false } } });
const PARTITIONS = 6;

const report = createReport(`rolling restart${options['no-upgrade'] ? '' : `, and upgrade from ${options.from} to ${options.to},`} of three brokers under load`);
const missing = installers.python() ?? (spawnSync('java', ['-version']).error ? 'there is no Java' : null);
if (missing) {
  report.skipped(missing);
  process.exit(0);
}

/** Never two at once: what was seen of the cluster while something rolled. */
function watch(cluster) {
  const seen = { downAtOnce: 0, offline: 0, looks: 0 };
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const status = await platform.report(cluster).catch(() => null);
      if (status) {
        seen.looks++;
        seen.downAtOnce = Math.max(seen.downAtOnce, status.brokers.filter(({ process }) => process !== 'ready').length);
        seen.offline = Math.max(seen.offline, status.health?.offline_partitions ?? 0);
      }
      await new Promise((resolve) => { setTimeout(resolve, 200); });
    }
  })();
  return { async stop() { isOver = true; await watching; return seen; } };
}

/** The level of metadata.version that is in force, and the highest that the broker knows: that of its own version. */
async function metadataVersion({ bootstrap, key, caFile }) {
  const [host, port] = bootstrap.split(',')[0].split(':');
  const client = createClient(Number(port), { tls: { ca: readFileSync(caFile), servername: host }, login: plainLogin({ id: key.apiKey, secret: key.apiSecret }) });
  try {
    const { finalizedFeatures, supportedFeatures } = await client.send('ApiVersions', 3, { clientSoftwareName: 'sluice', clientSoftwareVersion: '0.1.0' });
    const named = (features) => features.find(({ name }) => name === 'metadata.version');
    return { finalized: named(finalizedFeatures)?.maxVersionLevel ?? null, highest: named(supportedFeatures)?.maxVersion ?? null };
  } finally {
    client.close();
  }
}

const platform = new Platform(await newHome());
await onPlatform(platform, report, async () => {
  const environment = await platform.environment();
  const cluster = await platform.cluster(environment, 'rolling', { heapMb: Number(options.heap), version: options.from }, { region: options.region, availability: 'MULTI_ZONE', timeoutMs: 600_000 });
  const key = await platform.clusterKey(cluster, environment, platform.admin.userId);
  const target = { bootstrap: cluster.spec.kafka_bootstrap_endpoint, key, caFile: platform.admin.caFile };

  const roll = async (what, topic, ask) => {
    await platform.topic(cluster, topic, { partitions_count: PARTITIONS, replication_factor: 3, configs: [{ name: 'min.insync.replicas', value: '2' }] });
    const traffic = startTraffic(target, { topic, partitions: PARTITIONS, producers: 2, rate: 300 });
    await until('first acknowledgements', 60_000, () => traffic.acknowledged > 100);
    const before = await platform.healthy(cluster);
    const watched = watch(cluster);
    traffic.resetGap();
    const began = performance.now();
    const operation = await ask();
    await platform.operation(operation, 900_000);
    const seconds = (performance.now() - began) / 1000;
    const after = await platform.healthy(cluster);
    const seen = await watched.stop();
    const silenceMs = traffic.longestGapMs;
    const { failed, left } = await traffic.stop();
    report.line(failed.length === 0 && left.length === 0, `${what}: ${failed.length} produces failed, ${left.length ? left.join() : 0} left unsent; ${seconds.toFixed(0)} s, longest silence ${Math.round(silenceMs)} ms`);
    report.line(seen.downAtOnce <= 1 && seen.offline === 0, `${what}: ${seen.downAtOnce} node down at once at most, ${seen.offline} partitions offline, in ${seen.looks} looks`);
    report.line(after.brokers.every(({ pid, node_id: id }) => pid !== before.brokers.find((each) => each.node_id === id).pid), `${what}: every node runs as a new process`);
    const findings = await judge(target, traffic.history, { topic, partitions: PARTITIONS });
    report.line(findings.length === 0, `${what}: ${traffic.acknowledged} acknowledged records: ${findings.length} lost, duplicated or reordered${findings.length ? ` ${JSON.stringify(findings.slice(0, 5))}` : ''}`);
    return after;
  };

  await roll('restart', 'restart', () => platform.call('POST', `/sluice/v1/clusters/${cluster.id}:restart`));
  if (!options['no-upgrade']) {
    const before = await metadataVersion(target);
    const after = await roll('upgrade', 'upgrade', async () => {
      await platform.call('PATCH', `/cmk/v2/clusters/${cluster.id}`, { spec: { environment: { id: environment.id }, config: { kind: 'Basic', sluice: { version: options.to } } } });
      const { data } = await platform.call('GET', `/sluice/v1/operations?resource_id=${cluster.id}`);
      return data.filter(({ spec }) => spec.operation === 'cluster.upgrade').at(-1);
    });
    report.line(after.brokers.every(({ bundle }) => bundle.includes(options.to)), `upgrade: nodes run ${[...new Set(after.brokers.map(({ bundle }) => bundle))].join()}`);
    const now = await metadataVersion(target);
    report.line(now.finalized !== null && now.finalized === now.highest && now.finalized > before.finalized, `upgrade: metadata.version ${before.finalized} before, ${now.finalized} now, the highest of ${options.to} is ${now.highest}`);
  }
});
