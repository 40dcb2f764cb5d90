#!/usr/bin/env node
// A tenant's cluster moves in place: Apache Kafka starts on the directories of a stopped embedded broker, goes on, stops, and the embedded broker starts again on
// what it left; once after clean stops, once after kill -9 of each. usage: node test/differential/move-in-place.mjs
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../../tools/lib/build.mjs';
import { installers } from '../../tools/clients/install.mjs';
import { brokerPid, createReport, freePort, newHome, Platform, until } from '../support/platform.mjs';
import { plaintextProperties, startKafka } from './servers.mjs';

const missing = installers.java();
if (missing) { console.log(`skipped: ${missing}`); process.exit(0); }
await build();
const { changes, client, connectCluster, inventory } = await import('./inventory.mjs');
const { createTenant } = await import('./tenant.mjs');

const report = createReport('Moving a cluster in place, to Apache Kafka and back');

function compared(what, before, after) {
  const found = changes(before.seen, after.seen);
  const { topics, partitions, records, groups, offsets, configs, acls, codecs } = after.figures;
  report.line(found.length === 0, found.length === 0
    ? `${what}: ${topics} topics with their ids, ${partitions} partitions, ${records} records byte for byte (${[...codecs].sort().join(', ')}), ${groups} groups with ${offsets} offsets, ${configs} configs, ${acls} ACLs`
    : `${what}: ${found.length} differences\n      ${found.slice(0, 12).join('\n      ')}`);
}

/** What must go on where the other broker stopped: producers' sequences and ids. */
function continued(what, outcomes) {
  for (const [name, ok] of Object.entries(outcomes)) report.line(ok, `${what}: ${name}`);
}

const platform = new Platform(await newHome());
const home = mkdtempSync(join(tmpdir(), 'sluice-move-'));
const kafkaPort = await freePort();
let kafka = null;
let made;
let key;

function embeddedCluster() {
  const [host, port] = made.spec.kafka_bootstrap_endpoint.replace(/^.*:\/\//, '').split(':');
  return connectCluster(host, Number(port), { tls: { caPem: readFileSync(platform.admin.caFile, 'utf8'), serverName: null }, sasl: { username: key.apiKey, password: key.apiSecret } });
}

async function stopEmbedded(signal) {
  const pid = brokerPid(made);
  await platform.signal('SIGTERM');
  process.kill(pid, signal);
  await until('end of the broker', 30_000, () => brokerPid(made) === null);
}

/** Apache Kafka on the broker's own directory; the controller where the Voters record says. */
async function kafkaOnItsPlace(signal) {
  const node = join(platform.home, 'clusters', made.id, 'node-1');
  const own = Object.fromEntries(readFileSync(join(node, 'server.properties'), 'utf8').split('\n').filter(Boolean).map((line) => line.split(/=(.*)/s).slice(0, 2).map((part) => part.replaceAll('\\', ''))));
  const controllerPort = Number(/CONTROLLER:\/\/[^,]*:(\d+)/.exec(own.listeners)[1]);
  const began = performance.now();
  kafka = await startKafka(home, plaintextProperties({ nodeId: Number(own['node.id']), port: kafkaPort, controllerPort, data: own['log.dirs'] }));
  const cluster = connectCluster('127.0.0.1', kafkaPort);
  // After a kill Kafka rebuilds indexes that have no entry yet, and calls that an error.
  const rebuilt = (line) => signal === 'SIGKILL' && line.includes('Could not find offset index file');
  const complaints = kafka.log().split('\n').filter((line) => /\] (ERROR|FATAL) |-stray|Corrupt/.test(line) && !rebuilt(line));
  report.line(complaints.length === 0, `Apache Kafka 4.3.1 starts on the directory in ${Math.round(performance.now() - began)} ms, ${complaints.length} errors in its log${complaints.length ? `: ${complaints.slice(0, 5).join('\n      ')}` : ''}`);
  return cluster;
}

/** Everything has a leader again: an acknowledged start is not readiness. */
const settled = (cluster) => until('a settled cluster', 60_000, async () => {
  const topics = await client.listTopics(cluster);
  if (topics.some((topic) => topic.partitions.some(({ leader }) => leader === null))) return false;
  return inventory(cluster);
}, 200);

async function round(tenant, name, signal) {
  const ours = embeddedCluster();
  const before = await inventory(ours);
  ours.close();
  await stopEmbedded(signal);
  const onKafka = await kafkaOnItsPlace(signal);
  compared(`${name}, on Apache Kafka`, before, await settled(onKafka));
  continued(`${name}, Apache Kafka`, await tenant.goOn(onKafka));
  await tenant.add(onKafka, `kafka-${name}`);
  const added = await inventory(onKafka);
  onKafka.close();
  await kafka.stop(signal);
  const began = performance.now();
  await platform.start();
  const again = embeddedCluster();
  const found = await settled(again);
  report.line(true, `${name}: platform and embedded broker are back after ${Math.round(performance.now() - began)} ms`);
  compared(`${name}, back on the embedded broker`, added, found);
  continued(`${name}, embedded broker`, await tenant.goOn(again));
  await tenant.add(again, `embedded-${name}`);
  again.close();
}

const began = performance.now();
try {
  await platform.start();
  const environment = await platform.environment();
  made = await platform.cluster(environment);
  key = await platform.clusterKey(made, environment, platform.admin.userId);
  const cluster = embeddedCluster();
  const tenant = await createTenant(cluster);
  cluster.close();
  await round(tenant, 'clean stops', 'SIGTERM');
  await round(tenant, 'kill -9', 'SIGKILL');
  const last = embeddedCluster();
  const { figures } = await inventory(last);
  last.close();
  console.log(`  4 moves; at the end ${figures.topics} topics, ${figures.partitions} partitions, ${figures.records} records, ${figures.groups} groups; ${Math.round((performance.now() - began) / 1000)} s`);
} finally {
  await kafka?.stop('SIGKILL');
  await platform.signal('SIGTERM').catch(() => undefined);
  platform.destroy();
  rmSync(home, { recursive: true, force: true });
}
report.end();
process.exit();
