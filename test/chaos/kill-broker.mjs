#!/usr/bin/env node
// kill -9 of a broker under acks=all load, again and again: it is back in seconds, and nothing acknowledged is missing, duplicated or out of order.
// usage: node test/chaos/kill-broker.mjs [--rounds 30] [--flush ack|os]
import { parseArgs } from 'node:util';
import { installers } from '../../tools/clients/install.mjs';
import { brokerPid, createReport, newHome, Platform, quantile, until } from '../support/platform.mjs';
import { judge, startTraffic } from './traffic.mjs';

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '30' }, flush: { type: 'string', default: 'ack' } } });
const rounds = Number(options.rounds);
const PARTITIONS = 6;

const platform = new Platform(await newHome());
const report = createReport(`kill -9 of the broker, ${rounds} rounds, flush mode ${options.flush}`);
const missing = installers.python();
if (missing) throw new Error(missing);
try {
  await platform.start();
  const environment = await platform.environment();
  const cluster = await platform.cluster(environment, 'chaos', { flushMode: options.flush });
  const admin = await platform.clusterKey(cluster, environment, platform.admin.userId);
  await platform.topic(cluster, 'chaos', { partitions_count: PARTITIONS });
  const target = { bootstrap: cluster.spec.kafka_bootstrap_endpoint, key: admin, caFile: platform.admin.caFile };
  const traffic = startTraffic(target, { topic: 'chaos', partitions: PARTITIONS, producers: 3, rate: 500 });
  await until('first acknowledgements', 30_000, () => traffic.acknowledged > 100);
  const backMs = [];
  for (let round = 1; round <= rounds; round++) {
    const before = traffic.acknowledged;
    await until('traffic', 60_000, () => traffic.acknowledged > before + 50 + Math.random() * 400);
    const pid = brokerPid(cluster);
    traffic.resetGap();
    const began = performance.now();
    process.kill(pid, 'SIGKILL');
    await until('a new broker process', 60_000, () => ![null, pid].includes(brokerPid(cluster)), 20);
    // What was acknowledged before the kill may still be on its way from the writers: only what comes after the new process counts.
    const atStart = traffic.acknowledged;
    await until('new acknowledgements', 60_000, () => traffic.acknowledged > atStart + 20, 20);
    backMs.push(performance.now() - began);
    process.stdout.write(`\r  round ${round}/${rounds}: back after ${Math.round(backMs.at(-1))} ms, ${traffic.acknowledged} acknowledged `);
  }
  console.log('');
  const { failed, left } = await traffic.stop();
  report.line(failed.length === 0 && left.length === 0, `clients gave up on ${failed.length} records, ${left.length ? left.join() : 0} left unsent`);
  const findings = await judge(target, traffic.history, { topic: 'chaos', partitions: PARTITIONS });
  report.line(findings.length === 0, `${traffic.acknowledged} acknowledged records: ${findings.length} lost, duplicated or reordered${findings.length ? ` ${JSON.stringify(findings.slice(0, 5))}` : ''}`);
  report.line(quantile(backMs, 1) < 15_000, `producers acknowledged again after ${Math.round(quantile(backMs, 0.5))} ms (median), ${Math.round(quantile(backMs, 1))} ms (worst); failure rate below ${(300 / rounds).toFixed(1)} % at 95 %`);
} finally {
  await platform.signal('SIGTERM').catch(() => undefined);
  platform.destroy();
}
report.end();
