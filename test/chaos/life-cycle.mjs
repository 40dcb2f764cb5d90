#!/usr/bin/env node
// A cluster of three brokers through its life under acks=all load: it grows and shrinks, settings change, nodes begin anew, everything is paused, the platform dies
// in the middle, and at last it is deleted; another grows from one broker to three, outlives the first of them, and shrinks to one again. Nothing acknowledged is
// lost on the way, and nothing is left at the end.
// usage: node test/chaos/life-cycle.mjs [--region apache-kraft] [--largest 5] [--version 4.3.1] [--heap 288] [--only WORD]…
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installers, python as interpreter } from '../../tools/clients/install.mjs';
import { python } from '../compat/clients/python.mjs';
import { mustSucceed, runClient } from '../compat/clients/process.mjs';
import { createReport, Fatal, newHome, onPlatform, Platform, until } from '../support/platform.mjs';
import { brokerProcesses, query } from './leftovers.mjs';
import { judge, startTraffic } from './traffic.mjs';

const { values: options } = parseArgs({
  options: { region: { type: 'string', default: 'apache-kraft' }, largest: { type: 'string', default: '5' }, version: { type: 'string' }, heap: { type: 'string', default: '288' }, only: { type: 'string', multiple: true } },
});
const BROKERS = 3;
const largest = Number(options.largest);
const PARTITIONS = 6;
/** More than are moved at once, so that there is progress to be told. */
const IDLE_PARTITIONS = 36;
const OPERATION_MS = 900_000;
/** A node that doesn't end in this time is killed. */
const STOP_MS = 60_000;

const report = createReport(`the life of a cluster under load, region ${options.region}, ${BROKERS} to ${largest} brokers`);
const missing = installers.python() ?? (spawnSync('java', ['-version']).error ? 'there is no Java' : null);
if (missing) {
  report.skipped(missing);
  process.exit(0);
}

const seconds = (sinceMs) => `${((performance.now() - sinceMs) / 1000).toFixed(0)} s`;
const platform = new Platform(await newHome());
let environment;
let cluster;
let target;

const operations = async () => (await platform.call('GET', `/sluice/v1/operations?resource_id=${cluster.id}&page_size=100`)).data;

/** Changes the cluster and answers the operation that this began. */
async function update(sluice) {
  const before = new Set((await operations()).map(({ id }) => id));
  await platform.call('PATCH', `/cmk/v2/clusters/${cluster.id}`, { spec: { environment: { id: environment.id }, config: { kind: 'Basic', sluice } } });
  return (await operations()).find(({ id }) => !before.has(id));
}

const act = (verb, body) => platform.call('POST', `/sluice/v1/clusters/${cluster.id}:${verb}`, body);
const nodesOf = async () => (await platform.report(cluster)).brokers;
const pidsOf = (nodes) => nodes.map(({ node_id: id, pid }) => `${id}:${pid}`).join();

/** The operation's end, with everything that it told on the way. */
async function follow({ id }) {
  const told = [];
  await until(`end of operation ${id}`, OPERATION_MS, async () => {
    const { status } = await platform.call('GET', `/sluice/v1/operations/${id}`);
    for (const { progress } of status.steps) if (progress !== null && !told.includes(progress)) told.push(progress);
    if (status.phase === 'FAILED') throw new Fatal(`operation ${id} FAILED: ${status.reason}`);
    return status.phase === 'SUCCEEDED';
  }, 100);
  return told;
}

/** What was down at once, and what was offline, while something went on. */
function watch() {
  const seen = { down: 0, offline: 0, moving: 0 };
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const status = await platform.report(cluster).catch(() => null);
      if (status?.health) {
        seen.down = Math.max(seen.down, status.brokers.filter(({ process }) => process !== 'ready').length);
        seen.offline = Math.max(seen.offline, status.health.offline_partitions);
        seen.moving = Math.max(seen.moving, status.health.moving_partitions);
      }
      await new Promise((resolve) => { setTimeout(resolve, 200); });
    }
  })();
  return { async stop() { isOver = true; await watching; return seen; } };
}

let topics = 0;

/** Work while clients write; what they were told is there afterwards. */
async function underLoad(what, work, { factor = 3 } = {}) {
  const topic = `load-${++topics}`;
  await platform.topic(cluster, topic, { partitions_count: PARTITIONS, replication_factor: factor, configs: [{ name: 'min.insync.replicas', value: String(Math.max(1, factor - 1)) }] });
  const traffic = startTraffic(target, { topic, partitions: PARTITIONS, producers: 2, rate: 100 });
  let numberings = 0;
  try {
    await until('first acknowledgements', 120_000, () => traffic.acknowledged > 100);
    traffic.resetGap();
    await work({ topic, traffic });
    const before = traffic.acknowledged;
    await until('traffic afterwards', 120_000, () => traffic.acknowledged > before + 50);
  } finally {
    const silenceMs = traffic.longestGapMs;
    const { failed, left, renumbered } = await traffic.stop();
    numberings = renumbered;
    report.line(failed.length === 0 && left.length === 0, `${what}: clients gave up on ${failed.length} records${failed.length ? ` (${[...new Set(failed.map((each) => each.split(' ')[0]))].join()})` : ''}, ${left.length ? left.join() : 0} left unsent; longest silence ${Math.round(silenceMs)} ms`);
  }
  const findings = await judge(target, traffic.history, { topic, partitions: PARTITIONS });
  report.line(findings.length === 0, `${what}: ${traffic.acknowledged} acknowledged records: ${findings.length} lost, duplicated or reordered${findings.length ? ` ${JSON.stringify(findings.slice(0, 5))}` : ''}${numberings ? `; clients numbered their records anew ${numberings} times` : ''}`);
  await platform.call('DELETE', `/kafka/v3/clusters/${cluster.id}/topics/${topic}`);
}

/** Of a topic that nobody writes to. */
async function replicasByBroker(nodes) {
  return new Map(await Promise.all(nodes.filter(({ roles }) => roles.includes('broker')).map(async ({ node_id: id }) => {
    const { data } = await platform.call('GET', `/kafka/v3/clusters/${cluster.id}/brokers/${id}/partition-replicas`);
    return [id, data.filter((each) => each.topic_name === 'idle').length];
  })));
}

const shown = (counts) => [...counts].sort(([a], [b]) => a - b).map(([id, count]) => `${count} on ${id}`).join(', ');
const directoryIdOf = (nodeId) => /^directory\.id=(.*)$/m.exec(readFileSync(join(platform.home, 'clusters', cluster.id, `node-${nodeId}`, 'data', 'meta.properties'), 'utf8'))?.[1];
/** As each broker has it. */
const settingOf = async (name) => Promise.all((await nodesOf()).filter(({ roles }) => roles.includes('broker')).map(async ({ node_id: id }) => (await platform.call('GET', `/kafka/v3/clusters/${cluster.id}/brokers/${id}/configs/${name}`)).value));

/** To so many brokers; with `kill` the platform dies once partitions have begun to move. */
async function scale(what, brokers, { kill = false } = {}) {
  await underLoad(what, async () => {
    const began = performance.now();
    const watched = watch();
    const operation = await update({ brokers });
    if (kill) await killPlatform(what, operation, async () => (await platform.call('GET', `/sluice/v1/operations/${operation.id}`)).status.steps.some(({ name }) => name === 'move-partitions'));
    const told = await follow(operation);
    const took = seconds(began);
    const { brokers: nodes, health } = await platform.healthy(cluster);
    const seen = await watched.stop();
    const counts = await replicasByBroker(nodes);
    // A replica in each rack goes before equal numbers: brokers share what their rack has.
    const isEven = nodes.every(({ node_id: id, rack }) => {
      const share = IDLE_PARTITIONS / nodes.filter((each) => each.rack === rack).length;
      return Math.abs(counts.get(id) - share) <= share / 4;
    });
    const moved = told.filter((each) => /partitions moved$/.test(each));
    report.line(nodes.length === brokers && health.broker_ids.length === brokers && counts.size === brokers && isEven, `${what}: ${nodes.length} nodes after ${took}; replicas of an idle topic: ${shown(counts)}`);
    report.line(moved.length > 0 && seen.offline === 0 && seen.moving <= 10, `${what}: told "${moved.at(0)}" to "${moved.at(-1)}" in ${moved.length} steps, ${seen.moving} moving at once at most, ${seen.offline} offline`);
  });
}

/** Once the operation is where it is wanted. */
async function killPlatform(what, operation, isThere) {
  await until(`the middle of ${what}`, OPERATION_MS, isThere, 20);
  const { status } = await platform.call('GET', `/sluice/v1/operations/${operation.id}`);
  await platform.signal('SIGKILL');
  const startedMs = await platform.start();
  report.line(status.phase === 'RUNNING', `${what}: the platform died after step ${status.steps.at(-1)?.name}, and was ready again after ${startedMs} ms`);
}

/** Its id, whose data is to go: the one that leads the controllers, or one that doesn't. */
async function victim(isLeading) {
  const { brokers, health } = await platform.healthy(cluster);
  return brokers.filter(({ roles }) => roles.includes('broker')).find(({ node_id: id }) => (id === health.controller_id) === isLeading).node_id;
}

/** The node has its place again: another directory, a vote where it had one, every replica. */
async function begunAnew(what, nodeId, directoryId, before, work) {
  const began = performance.now();
  await work();
  const after = await until(`node ${nodeId} as it was`, OPERATION_MS, async () => {
    const status = await platform.healthy(cluster, OPERATION_MS);
    return directoryIdOf(nodeId) !== directoryId && (status.health.voter_ids?.length ?? null) === (before.health.voter_ids?.length ?? null) ? status : null;
  });
  const others = (status) => pidsOf(status.brokers.filter((each) => each.node_id !== nodeId));
  report.line(others(after) === others(before), `${what}: node ${nodeId} whole after ${seconds(began)}, with a directory of its own and ${after.health.voter_ids === null ? 'all replicas' : `votes of ${after.health.voter_ids.join()}`}; the others were left alone`);
}

/** A consumer group and a transaction: what needs Kafka's own topics. */
async function coordinated(topic) {
  await python.consume({ ...target, mechanism: 'PLAIN' }, { topic, group: `group-${++topics}`, count: 10 });
  const env = { BOOTSTRAP: target.bootstrap, API_KEY: target.key.apiKey, API_SECRET: target.key.apiSecret, CA_FILE: target.caFile };
  mustSucceed('a transaction', await runClient(interpreter, [fileURLToPath(new URL('./transact.py', import.meta.url)), 'transacted', `tx-${topics}`], { env }));
}

const factorOf = async (topic) => (await platform.call('GET', `/kafka/v3/clusters/${cluster.id}/topics/${topic}`)).replication_factor;
const coordinators = ['__consumer_offsets', '__transaction_state'];
const settled = async () => (await platform.call('GET', `/sluice/v1/clusters/${cluster.id}`)).status.health.moving_partitions === 0;

/** Partition i to these brokers, the i-th of them first. */
async function place(topic, brokers, replicas) {
  const partitions = Array.from({ length: PARTITIONS }, (_, id) => ({ topic_name: topic, partition_id: id, replicas: Array.from({ length: replicas }, (_each, index) => brokers[(id + index) % brokers.length]) }));
  await platform.call('POST', `/sluice/v1/clusters/${cluster.id}/partitions:reassign`, { partitions });
  await until(`${replicas} replicas of ${topic}`, OPERATION_MS, async () => await factorOf(topic) === replicas && settled());
  await platform.healthy(cluster, OPERATION_MS);
}

const shape = ({ brokers, health }) => `${brokers.length} nodes, ${health.voter_ids === null ? 'no quorum of their own' : `votes of ${health.voter_ids.join()}, controllers ${brokers.filter(({ roles }) => roles.includes('controller')).map(({ node_id: id }) => id).join()}`}`;
/** Voters and controllers are those of a cluster of so many brokers, and Kafka's own topics have as many replicas as it allows. */
async function hasSizeOf(brokers, status) {
  const voters = brokers >= 3 ? '1,2,3' : '1';
  const isVoted = status.health.voter_ids === null || (status.health.voter_ids.join() === voters && status.brokers.filter(({ roles }) => roles.includes('controller')).map(({ node_id: id }) => id).join() === voters);
  const factors = await Promise.all(coordinators.map(factorOf));
  return isVoted && status.brokers.length === brokers && factors.every((factor) => factor === Math.min(3, brokers));
}

async function resized(what, brokers) {
  const began = performance.now();
  await follow(await update({ brokers }));
  const took = seconds(began);
  const status = await platform.healthy(cluster, OPERATION_MS);
  // Clients that come now are told of those that came, and not of those that went.
  target = { ...target, bootstrap: (await platform.call('GET', `/cmk/v2/clusters/${cluster.id}?environment=${environment.id}`)).spec.kafka_bootstrap_endpoint };
  const factors = await Promise.all(coordinators.map(factorOf));
  report.line(await hasSizeOf(brokers, status), `${what}, to ${brokers}: ${shape(status)} after ${took}; ${coordinators.map((name, index) => `${name} has ${factors[index]}`).join(', ')}`);
}

/** Stopped, so that nobody starts it again while the others are alone. */
async function withoutTheFirst(what, { topic, traffic }) {
  const { brokers, health } = await platform.healthy(cluster);
  const { pid } = brokers.find(({ node_id: id }) => id === 1);
  process.kill(pid, 'SIGSTOP');
  const others = await until('a cluster of the others', 120_000, async () => {
    const status = await platform.report(cluster);
    return status.health && status.health.broker_ids.join() === '2,3' && status.health.controller_id !== null && status.health.offline_partitions === 0 ? status : null;
  }, 500);
  const before = traffic.acknowledged;
  await until('traffic without the first broker', 180_000, () => traffic.acknowledged > before + 200);
  await coordinated(topic);
  process.kill(pid, 'SIGKILL');
  report.line(true, `${what}: without broker 1 the cluster had controller ${others.health.controller_id} (before: ${health.controller_id}), no partition offline; ${traffic.acknowledged - before} records, a group and a transaction went on`);
  await until('another process', OPERATION_MS, async () => { const found = (await nodesOf()).find((each) => each.node_id === 1); return found.pid !== null && found.pid !== pid; });
  await platform.healthy(cluster, OPERATION_MS);
}

/** The one that leads the controllers at present, unless there is no choice, is among those that go. */
async function leadByAnother() {
  const { brokers, health } = await platform.healthy(cluster);
  if (health.voter_ids === null || health.controller_id !== 1) return;
  const { pid } = brokers.find(({ node_id: id }) => id === 1);
  process.kill(pid, 'SIGKILL');
  await until('another leader', 120_000, async () => { const { controller_id: id } = (await platform.report(cluster)).health ?? {}; return id !== null && id !== undefined && id !== 1; });
  await platform.healthy(cluster, OPERATION_MS);
}

/** A cluster of its own, which the other parts don't see. */
async function growth(what) {
  const sluice = { heapMb: Number(options.heap), brokers: 1, ...(options.version ? { version: options.version } : {}) };
  cluster = await platform.cluster(environment, 'growth', sluice, { region: options.region, timeoutMs: 600_000 });
  target = { bootstrap: cluster.spec.kafka_bootstrap_endpoint, key: await platform.clusterKey(cluster, environment, platform.admin.userId), caFile: platform.admin.caFile };
  await platform.topic(cluster, 'transacted', { partitions_count: 1, replication_factor: 1 });
  await underLoad(`${what}, one to three`, async ({ topic, traffic }) => {
    await coordinated(topic);
    await resized(what, 3);
    // A tenant's topics keep their factor: it is the tenant who gives them more.
    const kept = [await factorOf(topic), await factorOf('transacted')];
    await place(topic, [1, 2, 3], 3);
    await platform.call('POST', `/sluice/v1/clusters/${cluster.id}/partitions:reassign`, { partitions: [{ topic_name: 'transacted', partition_id: 0, replicas: [2, 3, 1] }] });
    await until('replicas of transacted', OPERATION_MS, async () => await factorOf('transacted') === 3 && settled());
    report.line(kept.join() === '1,1', `${what}: topics of tenants kept ${kept.join(' and ')} replica`);
    await withoutTheFirst(what, { topic, traffic });
  }, { factor: 1 });
  await underLoad(`${what}, three to two to one`, async ({ topic }) => {
    const refused = await platform.call('PATCH', `/cmk/v2/clusters/${cluster.id}`, { spec: { environment: { id: environment.id }, config: { kind: 'Basic', sluice: { brokers: 1 } } } }).then(() => null, (error) => error.message);
    report.line(/too_few_brokers|has 3 replicas/.test(refused ?? ''), `${what}: fewer brokers than a tenant's replicas are ${refused ? 'refused' : 'taken'}`);
    await place(topic, [2, 3], 1);
    await platform.call('POST', `/sluice/v1/clusters/${cluster.id}/partitions:reassign`, { partitions: [{ topic_name: 'transacted', partition_id: 0, replicas: [3] }] });
    await until('one replica of transacted', OPERATION_MS, async () => await factorOf('transacted') === 1 && settled());
    await leadByAnother();
    await resized(what, 2);
    await coordinated(topic);
    await resized(what, 1);
    await coordinated(topic);
  });
  await platform.call('DELETE', `/cmk/v2/clusters/${cluster.id}?environment=${environment.id}`);
  await platform.gone(cluster);
}

/** Those that make a cluster of their own. */
const alone = [['growth from one broker', growth]];

const parts = [
  ['scale out', (what) => scale(`${what} ${BROKERS} → ${largest}`, largest)],
  ['scale in', (what) => scale(`${what} ${largest} → ${BROKERS}`, BROKERS)],
  ['settings at once', (what) => underLoad(what, async () => {
    const began = performance.now();
    const before = pidsOf(await nodesOf());
    await follow(await update({ configs: { 'log.retention.ms': '86400001' } }));
    const after = pidsOf(await nodesOf());
    const values = await settingOf('log.retention.ms');
    report.line(before === after && values.length === BROKERS && values.every((value) => value === '86400001'), `${what}: ${values.join()} on ${values.length} brokers after ${seconds(began)}, ${before === after ? 'no' : 'a'} restart`);
  })],
  ['settings by restart', (what) => underLoad(what, async () => {
    const began = performance.now();
    const before = await nodesOf();
    const watched = watch();
    await follow(await update({ configs: { 'log.retention.ms': '86400001', 'queued.max.requests': '333' } }));
    const took = seconds(began);
    const { brokers: after } = await platform.healthy(cluster);
    const seen = await watched.stop();
    const values = await settingOf('queued.max.requests');
    const isNew = after.every(({ node_id: id, pid }) => pid !== before.find((each) => each.node_id === id).pid);
    report.line(isNew && values.every((value) => value === '333') && seen.down <= 1 && seen.offline === 0, `${what}: ${values.join()} after ${took}, ${isNew ? 'all' : 'not all'} restarted, ${seen.down} down at once at most, ${seen.offline} offline`);
  })],
  ...[false, true].map((isLeading) => [`replace ${isLeading ? 'the controller that leads' : 'a broker'}`, (what) => underLoad(what, async () => {
    const nodeId = await victim(isLeading);
    const before = await platform.report(cluster);
    await begunAnew(what, nodeId, directoryIdOf(nodeId), before, async () => {
      const told = await follow(await act('replace-broker', { node_id: nodeId }));
      report.line(told.length > 0, `${what}: told ${told.map((each) => `"${each}"`).join(', ')}`);
    });
  })]),
  ['a lost disk', (what) => underLoad(what, async () => {
    const nodeId = await victim(false);
    const before = await platform.report(cluster);
    await begunAnew(what, nodeId, directoryIdOf(nodeId), before, async () => {
      const { pid } = before.brokers.find((each) => each.node_id === nodeId);
      // Nobody starts it again, nor writes there, before everything is gone.
      process.kill(pid, 'SIGSTOP');
      rmSync(join(platform.home, 'clusters', cluster.id, `node-${nodeId}`, 'data'), { recursive: true });
      process.kill(pid, 'SIGKILL');
      await until('another process', OPERATION_MS, async () => { const found = (await nodesOf()).find((each) => each.node_id === nodeId); return found.pid !== null && found.pid !== pid; });
    });
  })],
  // The last nodes have nobody left to hand over to: they go together, and none waits until it is killed.
  ['pause', (what) => underLoad(what, async ({ traffic }) => {
    const began = performance.now();
    await follow(await act('pause'));
    const pausedMs = performance.now() - began;
    const running = brokerProcesses(platform.home).length;
    const acknowledged = traffic.acknowledged;
    const resumed = performance.now();
    await follow(await act('resume'));
    await platform.healthy(cluster);
    const took = seconds(resumed);
    await until('traffic after the pause', 120_000, () => traffic.acknowledged > acknowledged + 50);
    report.line(running === 0 && pausedMs < STOP_MS, `${what}: ${running} processes ${(pausedMs / 1000).toFixed(0)} s after it was asked for; resumed and whole after ${took}`);
  })],
  ['the platform killed in a rolling restart', (what) => underLoad(what, async () => {
    const began = performance.now();
    const before = await nodesOf();
    const watched = watch();
    const operation = await act('restart');
    await killPlatform(what, operation, async () => (await nodesOf()).some(({ node_id: id, pid }) => pid !== null && pid !== before.find((each) => each.node_id === id).pid));
    await follow(operation);
    const took = seconds(began);
    const { brokers: after } = await platform.healthy(cluster);
    const seen = await watched.stop();
    const isNew = after.every(({ node_id: id, pid }) => pid !== before.find((each) => each.node_id === id).pid);
    report.line(isNew && seen.down <= 1 && seen.offline === 0, `${what}: ${isNew ? 'every' : 'not every'} node restarted after ${took}, ${seen.down} down at once at most, ${seen.offline} offline`);
  })],
  ['the platform killed in a scale out', (what) => scale(what, BROKERS + 1, { kill: true })],
  ['delete', async (what) => {
    const began = performance.now();
    await platform.call('DELETE', `/cmk/v2/clusters/${cluster.id}?environment=${environment.id}`);
    await platform.gone(cluster);
    const rows = await until('end of the rows', 60_000, async () => { const left = await leftRows(); return left.length === 0 ? left : null; }).catch(() => leftRows());
    const processes = brokerProcesses(platform.home).length;
    const isThere = existsSync(join(platform.home, 'clusters', cluster.id));
    report.line(rows.length === 0 && processes === 0 && !isThere, `${what}: after ${seconds(began)} ${processes} processes, ${rows.length} rows of ports, ${isThere ? 'a' : 'no'} directory`);
  }],
];

const chosen = (some) => some.filter(([title]) => !options.only || options.only.some((word) => title.includes(word)));

const leftRows = () => query(platform, 'SELECT port FROM port_allocation WHERE cluster_id = $1', [cluster.id]);

await onPlatform(platform, report, async () => {
  environment = await platform.environment('life');
  if (chosen(parts).length > 0) await makeCluster();
  for (const [name, part] of [...chosen(parts), ...chosen(alone)]) {
    try {
      await part(name);
    } catch (error) {
      report.line(false, `${name}: ${error.stack}`);
    }
  }
});

async function makeCluster() {
  const sluice = { heapMb: Number(options.heap), brokers: BROKERS, ...(options.version ? { version: options.version } : {}) };
  cluster = await platform.cluster(environment, 'life', sluice, { region: options.region, availability: 'MULTI_ZONE', timeoutMs: 600_000 });
  target = { bootstrap: cluster.spec.kafka_bootstrap_endpoint, key: await platform.clusterKey(cluster, environment, platform.admin.userId), caFile: platform.admin.caFile };
  await platform.topic(cluster, 'idle', { partitions_count: IDLE_PARTITIONS, replication_factor: 3 });
  await platform.healthy(cluster);
}
