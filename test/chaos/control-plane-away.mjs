#!/usr/bin/env node
// Brokers outlive the platform: under load the control plane restarts, then control plane and PostgreSQL are gone for some minutes. Clients never notice.
// usage: node test/chaos/control-plane-away.mjs [--minutes 10]
import { parseArgs } from 'node:util';
import { installers } from '../../tools/clients/install.mjs';
import { brokerPid, createReport, newHome, Platform, until } from '../support/platform.mjs';
import { postmasterPid } from './leftovers.mjs';
import { judge, startTraffic } from './traffic.mjs';

const { values: options } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const minutes = Number(options.minutes);
const PARTITIONS = 6;
/** A pause that a client would feel: its own linger, a group commit and this machine's hiccups stay far below. */
const NOTICED_MS = 2_000;

const platform = new Platform(await newHome());
const report = createReport(`The control plane restarts, then it and PostgreSQL are away for ${minutes} min`);
const missing = installers.python();
if (missing) throw new Error(missing);
try {
  await platform.start();
  const environment = await platform.environment();
  const cluster = await platform.cluster(environment);
  const key = await platform.clusterKey(cluster, environment, platform.admin.userId);
  await platform.topic(cluster, 'steady', { partitions_count: PARTITIONS });
  const target = { bootstrap: cluster.spec.kafka_bootstrap_endpoint, key, caFile: platform.admin.caFile };
  const traffic = startTraffic(target, { topic: 'steady', partitions: PARTITIONS, producers: 2, rate: 200 });
  const pid = brokerPid(cluster);
  await until('first acknowledgements', 30_000, () => traffic.acknowledged > 100);

  traffic.resetGap();
  await platform.signal('SIGTERM');
  const againMs = await platform.start();
  report.line(brokerPid(cluster) === pid, `restart of the control plane (ready again in ${againMs} ms): the same broker process is adopted`);
  report.line(traffic.longestGapMs < NOTICED_MS, `longest pause between acknowledgements meanwhile: ${Math.round(traffic.longestGapMs)} ms`);

  traffic.resetGap();
  const before = traffic.acknowledged;
  await platform.signal('SIGKILL');
  process.kill(postmasterPid(platform.home), 'SIGKILL');
  await new Promise((resolve) => setTimeout(resolve, minutes * 60_000));
  report.line(traffic.longestGapMs < NOTICED_MS, `${minutes} min after kill -9 of both: ${traffic.acknowledged - before} more acknowledgements, longest pause ${Math.round(traffic.longestGapMs)} ms`);
  await platform.start();
  report.line(brokerPid(cluster) === pid, 'started again: the same broker process is adopted');
  const { failed, left } = await traffic.stop();
  report.line(failed.length + left.length === 0, `records that clients gave up on: ${failed.length + left.length}`);
  const findings = await judge(target, traffic.history, { topic: 'steady', partitions: PARTITIONS });
  report.line(findings.length === 0, `${traffic.acknowledged} acknowledged records: ${findings.length} lost, duplicated or reordered`);
} finally {
  await platform.signal('SIGTERM').catch(() => undefined);
  platform.destroy();
}
report.end();
