#!/usr/bin/env node
// kill -9 of what a cluster of several nodes stands on, under acks=all load, again and again: nothing acknowledged is lost, and the cluster is whole again
// without a human.
// usage: node test/chaos/engine-rounds.mjs [--region apache-kraft] [--victim broker --victim controller …] [--rounds 20] [--controllers 3] [--version 4.3.1]
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { installers } from '../../tools/clients/install.mjs';
import { createReport, newHome, onPlatform, Platform, quantile, until } from '../support/platform.mjs';
import { judge, startTraffic } from './traffic.mjs';

const VICTIMS = ['broker', 'controller', 'service', 'platform'];
const { values: options } = parseArgs({
  options: {
    region: { type: 'string', default: 'apache-kraft' }, victim: { type: 'string', multiple: true }, rounds: { type: 'string', default: '20' },
    controllers: { type: 'string', default: '0' }, version: { type: 'string' }, heap: { type: 'string', default: '384' },
  },
});
const rounds = Number(options.rounds);
const victims = options.victim ?? (options.region.endsWith('zookeeper') ? VICTIMS : VICTIMS.filter((each) => each !== 'service'));
const unknown = victims.find((each) => !VICTIMS.includes(each));
if (unknown) throw new Error(`--victim ${unknown}: one of ${VICTIMS.join(', ')}`);
const PARTITIONS = 6;

const report = createReport(`kill -9 in a cluster of three brokers, region ${options.region}, ${rounds} rounds each of ${victims.join(', ')}`);
const missing = installers.python() ?? (spawnSync('java', ['-version']).error ? 'there is no Java' : null);
if (missing) {
  report.skipped(missing);
  process.exit(0);
}

/** Who is to die: a process id, and what it is. */
async function choose(victim, cluster, round) {
  if (victim === 'platform') return null;
  const { brokers, services } = await platform.healthy(cluster);
  if (victim === 'service') return services[0].nodes[round % services[0].nodes.length];
  if (victim === 'controller') return brokers.find(({ is_active_controller: isActive }) => isActive) ?? brokers[0];
  const candidates = brokers.filter(({ roles }) => roles.includes('broker'));
  return candidates[round % candidates.length];
}

async function killOne(victim, cluster, round) {
  const found = await choose(victim, cluster, round);
  const began = performance.now();
  if (found === null) {
    await platform.signal('SIGKILL');
    await platform.start();
  } else {
    process.kill(found.pid, 'SIGKILL');
    // Gone for those who look, before it can be taken for back.
    await until('another process', 120_000, async () => {
      const status = await platform.report(cluster);
      const all = [...status.brokers, ...(status.services ?? []).flatMap(({ nodes }) => nodes)];
      return all.every(({ pid }) => pid !== found.pid);
    }, 100);
  }
  await platform.healthy(cluster);
  return performance.now() - began;
}

const platform = new Platform(await newHome());
await onPlatform(platform, report, async () => {
  const environment = await platform.environment();
  const sluice = { heapMb: Number(options.heap), ...(options.version ? { version: options.version } : {}), ...(options.controllers === '0' ? {} : { controllers: Number(options.controllers) }) };
  const cluster = await platform.cluster(environment, 'chaos', sluice, { region: options.region, availability: 'MULTI_ZONE', timeoutMs: 600_000 });
  const key = await platform.clusterKey(cluster, environment, platform.admin.userId);
  const target = { bootstrap: cluster.spec.kafka_bootstrap_endpoint, key, caFile: platform.admin.caFile };
  for (const victim of victims) {
    const topic = `chaos-${victim}`;
    await platform.topic(cluster, topic, { partitions_count: PARTITIONS, replication_factor: 3, configs: [{ name: 'min.insync.replicas', value: '2' }] });
    const traffic = startTraffic(target, { topic, partitions: PARTITIONS, producers: 2, rate: 200 });
    await until('first acknowledgements', 60_000, () => traffic.acknowledged > 50);
    const backMs = [];
    let problem = null;
    // What has been acknowledged is judged, whether the cluster came back or not.
    for (let round = 0; round < rounds; round++) {
      const before = traffic.acknowledged;
      try {
        await until('traffic', 120_000, () => traffic.acknowledged > before + 50);
        backMs.push(await killOne(victim, cluster, round));
      } catch (error) {
        problem = error.message;
        break;
      }
      if (process.stdout.isTTY) process.stdout.write(`\r  ${victim} ${round + 1}/${rounds}: whole again after ${Math.round(backMs.at(-1))} ms, ${traffic.acknowledged} acknowledged `);
    }
    const silenceMs = traffic.longestGapMs;
    const { failed, left } = await traffic.stop();
    report.line(failed.length === 0 && left.length === 0, `${victim}: clients gave up on ${failed.length} records, ${left.length ? left.join() : 0} left unsent`);
    const findings = await judge(target, traffic.history, { topic, partitions: PARTITIONS });
    report.line(findings.length === 0, `${victim}: ${traffic.acknowledged} acknowledged records: ${findings.length} lost, duplicated or reordered${findings.length ? ` ${JSON.stringify(findings.slice(0, 5))}` : ''}`);
    const times = backMs.length === 0 ? '' : `, after ${Math.round(quantile(backMs, 0.5))} ms (median), ${Math.round(quantile(backMs, 1))} ms (worst)`;
    report.line(backMs.length === rounds, `${victim}: ${backMs.length} of ${rounds} times whole again without a human${times}; longest silence ${Math.round(silenceMs)} ms${problem === null ? '' : `; then ${problem}`}`);
    await platform.call('DELETE', `/kafka/v3/clusters/${cluster.id}/topics/${topic}`);
  }
});
