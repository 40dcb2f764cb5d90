#!/usr/bin/env node
// What people are taught about Kafka, seen through the platform's HTTP on a cluster of three brokers and three controllers of their own: leaders and ISR when
// brokers are away, the controller moving, a broker that is added, retention and compaction, unclean elections, min.insync.replicas.
// usage: node test/engines/taught.mjs [--region apache-kraft] [--only WORD]…
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { kcat } from '../compat/clients/kcat.mjs';
import { goodBatch } from '../hostile/batches.mjs';
import { createReport, Fatal, newHome, onPlatform, Platform } from '../support/platform.mjs';
import { Context, equal, findClients, must, wait } from './context.mjs';

const { values: options } = parseArgs({ options: { region: { type: 'string', default: 'apache-kraft' }, only: { type: 'string', multiple: true } } });
const report = createReport(`what is taught about Kafka, region ${options.region}`);
const found = findClients();
const missing = spawnSync('java', ['-version']).error ? 'there is no Java' : (found.missing.kcat ?? null);
if (missing) {
  report.skipped(missing);
  process.exit(0);
}

/** Longer than the controller waits for a broker that has fallen silent. */
const FENCED_WITHIN_MS = 60_000;
const HEALED_WITHIN_MS = 180_000;

const view = async (context) => (await context.platform.call('GET', `/sluice/v1/clusters/${context.cluster.id}`)).status;
const nodeOf = async (context, nodeId) => (await view(context)).brokers.find((each) => each.node_id === nodeId);
const placed = (context, topic) => context.until('a leader each', 30_000, async () => { const partitions = await context.placement(topic); return partitions.every(({ leader }) => leader !== null) ? partitions : null; });
const healed = (context) => context.platform.healthy(context.cluster, HEALED_WITHIN_MS);

/** Neither dead nor answering, as a broker behind a broken network: the platform doesn't start it again. */
async function silenced(context, nodeIds, work) {
  const pids = await Promise.all(nodeIds.map(async (nodeId) => (await nodeOf(context, nodeId)).pid));
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    return await work((index) => process.kill(pids[index], 'SIGCONT'));
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
}

/** The code of one produce request with acks=all, sent to the partition's leader. */
async function produceCode(context, topic, leader, key) {
  const { host, port } = (await context.ok('GET', '/brokers')).data.find(({ broker_id: id }) => id === leader);
  const client = context.connection(key, 'PLAIN', `${host}:${port}`);
  try {
    const answer = await client.send('Produce', 9, { acks: -1, timeoutMs: 10_000, topicData: [{ name: topic, partitionData: [{ index: 0, records: goodBatch() }] }] });
    return answer.responses[0].partitionResponses[0].errorCode;
  } finally {
    client.close();
  }
}

const elect = (context, election, topic) => context.platform.call('POST', `/sluice/v1/clusters/${context.cluster.id}/partitions:elect-leaders`, { election, partitions: [{ topic_name: topic, partition_id: 0 }] });

/** Puts a topic of one partition onto these brokers, the first of them leading. */
async function besides(context, topic, replicas) {
  await placed(context, topic);
  await context.platform.call('POST', `/sluice/v1/clusters/${context.cluster.id}/partitions:reassign`, { partitions: [{ topic_name: topic, partition_id: 0, replicas }] });
  await context.until('its place', 60_000, async () => { const [now] = await context.placement(topic); return now.isr.length === replicas.length && replicas.every((id) => now.replicas.includes(id)) && now.replicas.length === replicas.length; });
  await elect(context, 'preferred', topic);
  await context.until('its leader', 60_000, async () => (await context.placement(topic))[0].leader === replicas[0]);
}

const records = (count, of = (index) => ({ key: `k${index}`, value: `v${index}` })) => Array.from({ length: count }, (_, index) => of(index));

const lessons = [
  ['leaders and ISR: a silent broker leads nothing and is in no ISR; back, it is in all again', async (context) => {
    const topic = await context.topic('away', { partitions_count: 6 });
    const before = await placed(context, topic);
    const victim = before[0].leader;
    return silenced(context, [victim], async (resume) => {
      const during = await context.until('others that lead', FENCED_WITHIN_MS, async () => {
        const now = await context.placement(topic);
        return now.every(({ leader, isr }) => leader !== null && leader !== victim && !isr.includes(victim)) ? now : null;
      });
      const { health } = await view(context);
      must(health === null || health.under_replicated_partitions >= 6, `only ${health?.under_replicated_partitions} are told to be under-replicated`);
      resume(0);
      await context.until('a full ISR', HEALED_WITHIN_MS, async () => (await context.placement(topic)).every(({ isr }) => isr.length === 3), 500);
      return `broker ${victim} led ${before.filter(({ leader }) => leader === victim).length} of 6, then ${during.map(({ leader }) => leader).join()} led; ISR 2, then 3 again`;
    });
  }],
  ['controller: killed, another takes over, and topics are made meanwhile', async (context) => {
    const active = (await view(context)).brokers.find((each) => each.is_active_controller);
    must(active !== undefined, 'nobody is told to be the active controller');
    process.kill(active.pid, 'SIGKILL');
    const next = await context.until('another active controller', FENCED_WITHIN_MS, async () => (await view(context)).brokers.find((each) => each.is_active_controller && each.node_id !== active.node_id));
    const topic = await context.topic('meanwhile');
    await placed(context, topic);
    await healed(context);
    return `node ${active.node_id}, then node ${next.node_id}`;
  }],
  ['min.insync.replicas: with too few in sync acks=all is refused, and taken again when they are back', async (context) => {
    const topic = await context.topic('careful', { configs: [{ name: 'min.insync.replicas', value: '2' }] });
    const { key } = await context.writer(topic);
    const [{ leader, replicas }] = await placed(context, topic);
    equal(await produceCode(context, topic, leader, key), 0, 'with three in sync');
    await silenced(context, replicas.filter((each) => each !== leader), async () => {
      await context.until('an ISR of one', FENCED_WITHIN_MS, async () => (await context.placement(topic))[0].isr.length === 1);
      equal(await produceCode(context, topic, leader, key), 19, 'with one in sync (NOT_ENOUGH_REPLICAS)');
    });
    await context.until('taken again', HEALED_WITHIN_MS, async () => await produceCode(context, topic, (await placed(context, topic))[0].leader, key) === 0, 500);
    return 'NOT_ENOUGH_REPLICAS with one of two, accepted again';
  }],
  ['unclean elections: off, a partition waits for its last leader; on, another leads and records are lost', async (context) => {
    const unclean = (value) => ({ replication_factor: 2, configs: [{ name: 'min.insync.replicas', value: '1' }, { name: 'unclean.leader.election.enable', value }] });
    const [off, on] = [await context.topic('unclean-off', unclean('false')), await context.topic('unclean-on', unclean('true'))];
    const [{ leader, replicas }] = await placed(context, off);
    const other = replicas.find((each) => each !== leader);
    await besides(context, on, [leader, other]);
    const { key } = await context.writer('*');
    const leaderOf = async (topic) => (await context.placement(topic))[0].leader;
    await silenced(context, [other, leader], async (resume) => {
      resume(1);
      for (const topic of [off, on]) {
        await context.until('an ISR of the leader alone', FENCED_WITHIN_MS, async () => { const [{ isr }] = await context.placement(topic); return isr.length === 1 && isr[0] === leader; });
        equal(await produceCode(context, topic, leader, key), 0, 'written to the leader alone');
      }
      process.kill((await nodeOf(context, leader)).pid, 'SIGSTOP');
      await context.until('no leader', FENCED_WITHIN_MS, async () => await leaderOf(off) === null && await leaderOf(on) === null);
      resume(0);
      // As soon as the broker is back; for topics that are switched on later Kafka looks every five minutes.
      await context.until('an unclean leader', FENCED_WITHIN_MS, async () => await leaderOf(on) === other);
      equal(await leaderOf(off), null, 'the leader while unclean elections are off');
      const { refused } = await elect(context, 'unclean', off);
      equal(refused, 0, 'unclean elections refused that were asked for');
      await context.until('the leader that was asked for', FENCED_WITHIN_MS, async () => await leaderOf(off) === other);
    });
    await healed(context);
    const { values } = await readAll(context.target(key), on);
    equal(values, [], 'records that only the leader before had');
    return `broker ${leader} away: where they are off nobody led until an election was asked for, where they are on broker ${other} did; what only ${leader} had is gone`;
  }],
  ['a broker that is added: partitions move onto it, and progress is told', async (context) => {
    const topic = await context.topic('grows', { partitions_count: 12 });
    await placed(context, topic);
    await context.platform.call('PATCH', `/cmk/v2/clusters/${context.cluster.id}`, { spec: { environment: { id: context.environment.id }, config: { kind: 'Standard', sluice: { brokers: 4 } } } });
    const told = new Set();
    await context.until('end of the scaling', 600_000, async () => {
      const { data } = await context.platform.call('GET', `/sluice/v1/operations?resource_id=${context.cluster.id}&page_size=100`);
      const { status } = data.find(({ spec }) => spec.operation === 'cluster.scale');
      for (const { progress } of status.steps) if (/partitions moved$/.test(progress ?? '')) told.add(progress);
      if (status.phase === 'FAILED') throw new Fatal(status.reason);
      return status.phase === 'SUCCEEDED';
    });
    const hosted = (await context.placement(topic)).filter(({ replicas }) => replicas.includes(4)).length;
    must(hosted > 0, 'nothing of the topic is on broker 4');
    must(told.size > 0, 'no progress was told');
    return `${hosted} of 12 partitions have a replica on broker 4; told were ${[...told].slice(-2).join(', ')}`;
  }],
  ['compaction: of a key the last record stays', async (context) => {
    const topic = await context.topic('compacted', { configs: [['cleanup.policy', 'compact'], ['min.cleanable.dirty.ratio', '0.01'], ['segment.ms', '1000'], ['max.compaction.lag.ms', '1000']].map(([name, value]) => ({ name, value })) });
    const { key } = await context.writer(topic);
    const target = context.target(key);
    await context.client.produce(target, { topic, codec: 'none', records: records(200, (index) => ({ key: `k${index % 4}`, value: `v${index}` })) });
    const kept = await context.until('few records', 240_000, async () => {
      // Only closed segments are compacted: a later record closes the one before.
      await context.client.produce(target, { topic, codec: 'none', records: [{ key: 'head', value: 'x' }] });
      await wait(3_000);
      const { values } = await readAll(target, topic);
      const old = values.filter((value) => value.startsWith('v'));
      return old.length === 4 ? old : null;
    }, 2_000);
    equal(kept.sort(), ['v196', 'v197', 'v198', 'v199'], 'what is left of 200 records of 4 keys');
    return '200 records of 4 keys became 4';
  }],
  ['retention: what is beyond it goes by whole segments', async (context) => {
    const topic = await context.topic('short', { configs: [['retention.ms', '2000'], ['segment.ms', '1000']].map(([name, value]) => ({ name, value })) });
    const { key } = await context.writer(topic);
    const target = context.target(key);
    await context.client.produce(target, { topic, codec: 'none', records: records(50) });
    const first = await context.until('a later first record', 420_000, async () => {
      await context.client.produce(target, { topic, codec: 'none', records: [{ key: 'head', value: 'x' }] });
      const { offsets } = await readAll(target, topic);
      return offsets[0] >= 50 ? offsets[0] : null;
    }, 5_000);
    return `the first offset is ${first}`;
  }],
];

/** Everything from the start; the last record is the newest head. */
async function readAll(target, topic) {
  const all = await kcat.readAll(target, topic);
  return { values: all.map(({ value }) => value), offsets: all.map(({ offset }) => offset) };
}

const platform = new Platform(await newHome());
await onPlatform(platform, report, async () => {
  const environment = await platform.environment('lessons');
  const sluice = { brokers: 3, controllers: 3, heapMb: 320, configs: { 'log.retention.check.interval.ms': '5000' } };
  const cluster = await platform.cluster(environment, 'lessons', sluice, { region: options.region, availability: 'MULTI_ZONE', timeoutMs: 600_000 });
  const context = new Context({ platform, environment, cluster, offer: null, capabilities: {}, figures: {}, ...found });
  for (const [title, lesson] of lessons.filter(([title]) => !options.only || options.only.some((word) => title.includes(word)))) {
    try {
      report.line(true, `${title}: ${await lesson(context)}`);
    } catch (error) {
      report.line(false, `${title}: ${error.message}`);
    }
  }
});
