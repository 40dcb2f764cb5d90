/**
 * One seed, one life of a broker under load and faults: what is drawn is drawn from the seed, so a finding can be run again. After the last
 * fault everything must come back and every client must finish; then the history is judged.
 */
import { createHash } from 'node:crypto';
import { createMemoryDisk, createSeededRandom, createTestCpu, type MemoryDisk } from '#libs/kernel/testing';
import type { Cpu, Random } from '#libs/kernel';
import { connectBroker, type BrokerConnection } from '#libs/kafka/client';
import { CreateTopicsRequest, CreateTopicsResponse, ErrorCode } from '#libs/kafka/protocol';
import { createCompactedHistory, type CompactedFinding, type CompactedHistory } from './compacted-history.js';
import { createHistory, type Finding, type History } from './history.js';
import { createScheduler, type Scheduler } from './scheduler.js';
import { BROKER_PORT, createSimBroker, type SimBroker } from './sim-broker.js';
import type { ClientLoop, SimWorld } from './sim-client.js';
import { readCommits, startMember } from './sim-group-member.js';
import { readCompacted, startCompactedTopic, type SimCompactedTopic } from './sim-compacted-topic.js';
import { createSimNet } from './sim-net.js';
import { startProducer, type SimProducer } from './sim-producer.js';
import { readAll, startReader } from './sim-reader.js';
import { readLogStarts, startRecordDeleter } from './sim-record-deleter.js';
import { readTopics, startTopicChurn } from './sim-topic-churn.js';
import { createTopicHistory, type TopicFinding, type TopicHistory } from './topic-history.js';

export type Fault = 'kill' | 'power-cut' | 'restart' | 'break-connections' | 'clock-jump' | 'failed-sync' | 'disk-full' | 'disk-fills';
/** What is done to the broker beside producing, reading and committing. */
export type Workload = 'topic-churn' | 'record-deleter' | 'compaction';
/** A bug put in on purpose: syncs of segments resolve and make nothing durable. */
export type Plant = 'missing-fsync';

export interface ScenarioOptions {
  seed: number;
  durationMs?: number;
  flushMode?: 'ack' | 'os';
  /** Default: a few kinds drawn from the seed. */
  faults?: readonly Fault[];
  faultCount?: number;
  /** Default: drawn from the seed. */
  workloads?: readonly Workload[];
  plant?: Plant;
}

export interface ScenarioReport {
  seed: number;
  findings: (Finding | TopicFinding | CompactedFinding | { kind: 'broker-failed' | 'not-live' | 'invariant'; message: string })[];
  acknowledged: number;
  /** Lives of churned topics, and how many of those were deleted with an answer. */
  topicLives: number;
  deletedLives: number;
  recordDeletions: number;
  /** Passes of the cleaner that ended well. */
  cleanings: number;
  boots: number;
  faults: Fault[];
  workloads: readonly Workload[];
  events: number;
  stateHash: string;
  logLines: readonly string[];
}

const TOPIC = 'orders';
const GROUP = 'billing';
const CHURN_GROUP = 'churners';
const LIVENESS_MS = 120_000;
/** Segments that end early, committed offsets' too, and a cleaner that looks often: lives are short. */
const CLEANED_OFTEN = ['log.roll.ms=400', 'log.cleaner.backoff.ms=250', 'log.cleaner.min.cleanable.ratio=0.01', 'log.cleaner.delete.retention.ms=1500', 'log.segment.delete.delay.ms=500'];

interface Setting { world: SimWorld; disk: MemoryDisk; broker: SimBroker; history: History; topics: TopicHistory; compacted: { history: CompactedHistory; topic: SimCompactedTopic | null }; workloads: readonly Workload[]; workloadRandom: Random; cpu: Cpu; random: Random; scheduler: Scheduler }

function plantMissingFsync(disk: MemoryDisk): void {
  const { mount } = disk;
  disk.mount = () => {
    const view = mount();
    return { ...view, open(path, mode) {
      const file = view.open(path, mode);
      return path.endsWith('.log') && !path.includes('__cluster_metadata') ? { ...file, path, sync: async () => undefined } : file;
    } };
  };
}

function prepare(options: ScenarioOptions): Setting {
  const random = createSeededRandom(options.seed);
  const fork = (): Random => createSeededRandom(random.int(0x7fff_ffff));
  const scheduler = createScheduler(fork());
  const timers = scheduler.processTimers();
  const syncRandom = fork();
  const disk = createMemoryDisk({ clock: scheduler.clock, timers, syncLatencyMs: () => (syncRandom.int(50) === 0 ? 20 + syncRandom.int(60) : 0.05 + syncRandom.int(100) / 20) });
  if (options.plant === 'missing-fsync') plantMissingFsync(disk);
  const net = createSimNet(scheduler, fork());
  const segmentBytes = [1 << 20, 1 << 22, 1 << 30][random.int(3)]!;
  // Chance of their own: a life without them is the same whether they exist or not.
  const workloadRandom = createSeededRandom(options.seed ^ 0x3c6e_f372);
  const drawn = (['topic-churn', 'record-deleter', 'compaction'] as const).filter(() => workloadRandom.int(2) === 0);
  const workloads = options.workloads ?? drawn;
  const broker = createSimBroker({
    scheduler, net, disk, random: fork(), flushMode: options.flushMode ?? 'ack', segmentBytes, properties: workloads.includes('compaction') ? CLEANED_OFTEN : [],
  });
  return {
    world: { scheduler, net, random: fork(), brokerPort: BROKER_PORT }, disk, broker, history: createHistory(), topics: createTopicHistory(), workloads, workloadRandom,
    cpu: createTestCpu(), random, scheduler, compacted: { history: createCompactedHistory(), topic: null },
  };
}

/** Runs something of ours against the broker while virtual time goes on; retries until it works. */
async function command<T>(setting: Setting, timeoutMs: number, work: (connection: BrokerConnection) => Promise<T>): Promise<T | null> {
  const { world, scheduler, broker } = setting;
  const timers = scheduler.processTimers();
  const net = world.net.of({ name: 'operator', alive: true });
  let result: { value: T } | null = null;
  let over = false;
  const attempt = async (): Promise<void> => {
    while (!over && !result) {
      let connection: BrokerConnection | null = null;
      try {
        connection = await connectBroker({ net, timers, random: world.random }, { host: '127.0.0.1', port: BROKER_PORT, tls: null, sasl: null, clientId: 'operator', requestTimeoutMs: 10_000 });
        result = { value: await work(connection) };
      } catch {
        await new Promise<void>((resolve) => { timers.set(100, resolve); });
      } finally {
        connection?.close();
      }
    }
  };
  void attempt();
  await scheduler.run(timeoutMs, { until: () => result !== null, afterEvent: () => broker.checkInvariants() });
  over = true;
  return result === null ? null : (result as { value: T }).value;
}

function drawFaults(setting: Setting, options: ScenarioOptions): Fault[] {
  const { random } = setting;
  const all: Fault[] = ['kill', 'power-cut', 'restart', 'break-connections', 'clock-jump', 'failed-sync', 'disk-full'];
  // Without waiting for the disk a broker promises nothing about what the disk loses: those are for whoever asks for them by name.
  const promised = (fault: Fault): boolean => options.flushMode !== 'os' || (fault !== 'power-cut' && fault !== 'failed-sync');
  const enabled = options.faults ?? all.filter((fault) => random.int(2) === 0 && promised(fault));
  const count = options.faultCount ?? random.int(7);
  const drawn = enabled.length === 0 ? [] : Array.from({ length: count }, () => enabled[random.int(enabled.length)]!);
  // Chance of its own, as with the workloads: lives without it stay what they were.
  const own = createSeededRandom(options.seed ^ 0x51ed_270b);
  if (options.faults === undefined && own.int(4) === 0) for (let left = 1 + own.int(2); left > 0; left--) drawn.splice(own.int(drawn.length + 1), 0, 'disk-fills');
  return drawn;
}

function inflict(setting: Setting, fault: Fault): void {
  const { broker, world, scheduler, random } = setting;
  const bootLater = (): void => { scheduler.at(10 + random.int(1_000), () => broker.boot()); };
  switch (fault) {
    case 'kill': broker.kill(); bootLater(); return;
    case 'power-cut': broker.powerCut(); bootLater(); return;
    // One that fails at its last sync leaves no mark of a clean end, as a crash does.
    case 'restart': void broker.shutdown().catch(() => broker.kill()).then(bootLater); return;
    case 'break-connections': world.net.breakAll(); return;
    // Once refused, a sync may succeed the next time without its data: the broker must end and let recovery look at what is there.
    case 'failed-sync': broker.expectEnd(bootLater); setting.disk.failNextSync((path) => path.endsWith('.log')); return;
    case 'disk-full': setting.disk.failWrite(1 + random.int(5), { keptBytes: random.int(100), matches: (path) => path.includes(TOPIC) && path.endsWith('.log') }); return;
    // Every file, for a while; other faults wait until there is room.
    case 'disk-fills': {
      setting.disk.setCapacity(setting.disk.usedBytes() + random.int(20_000));
      scheduler.at(300 + random.int(3_000), () => setting.disk.setCapacity(null));
      return;
    }
    case 'clock-jump': scheduler.jumpWallClock(random.int(2) === 0 ? 3_600_000 : -3_600_000); return;
  }
}

function startWorkloads(setting: Setting, partitions: number): { loop: ClientLoop; done: Promise<void> }[] {
  const { world, history, topics, cpu, workloads, workloadRandom: random } = setting;
  return workloads.map((workload) => {
    switch (workload) {
      case 'topic-churn': return startTopicChurn(world, { name: 'churn', group: CHURN_GROUP, names: 1 + random.int(3), partitions: 1 + random.int(2), cpu, random, topics });
      case 'record-deleter': return startRecordDeleter(world, { name: 'deleter', topic: TOPIC, partitions, history, random });
      case 'compaction': return setting.compacted.topic = startCompactedTopic(world, { cpu, random, history: setting.compacted.history });
    }
  });
}

async function loadAndFaults(setting: Setting, topicId: string, partitions: number, options: ScenarioOptions): Promise<{ faults: Fault[]; producers: SimProducer[] }> {
  const { world, history, cpu, random, scheduler, broker } = setting;
  const durationMs = options.durationMs ?? 15_000;
  const producers = Array.from({ length: 1 + random.int(3) }, (_, i) => startProducer(world, { name: `p${i}`, topic: TOPIC, topicId, partitions, cpu, history, meanPauseMs: 10 + random.int(60) }));
  const reader = startReader(world, { name: 'reader', topic: TOPIC, topicId, partitions, cpu, history });
  const members = Array.from({ length: random.int(3) }, (_, i) => startMember(world, { name: `m${i}`, group: GROUP, topic: TOPIC, partitions, history }));
  const clients = [...producers, reader, ...members, ...startWorkloads(setting, partitions)];
  const faults = drawFaults(setting, options);
  const afterEvent = (): void => broker.checkInvariants();
  for (const fault of faults) {
    await scheduler.run(durationMs / (faults.length + 1), { afterEvent });
    setting.disk.setCapacity(null);
    // Faults hit a broker that serves, or one that is still recovering; a stopped one is left to come back.
    if (broker.up || fault === 'power-cut' || fault === 'kill') {
      await scheduler.run(5_000, { until: () => broker.up || random.int(200) === 0, afterEvent });
      if (broker.up || broker.failures.length > 0) inflict(setting, fault);
    }
  }
  await scheduler.run(durationMs / (faults.length + 1), { afterEvent });
  for (const client of clients) client.loop.stop();
  const busy = new Set(clients);
  for (const client of busy) void client.done.then(() => busy.delete(client));
  await scheduler.run(LIVENESS_MS, { until: () => busy.size === 0, afterEvent });
  if (busy.size > 0) throw new Error(`clients that did not finish: ${[...busy].map((client) => `${client.loop.name} (${client.loop.lastFailure})`).join(', ')}`);
  return { faults, producers };
}

async function judgeTopics(setting: Setting): Promise<{ findings: ScenarioReport['findings']; state: unknown }> {
  const { workloads, topics, cpu } = setting;
  if (!workloads.includes('topic-churn')) return { findings: [], state: null };
  const present = await command(setting, LIVENESS_MS, (connection) => readTopics(connection, { group: CHURN_GROUP, topics, cpu }));
  if (!present) return { findings: [{ kind: 'not-live', message: 'topics can\'t be read after the last fault' }], state: null };
  const state = present.found.map(({ name, topicId, records, commits }) => [name, topicId, [...records], [...commits]]);
  return { findings: topics.check(CHURN_GROUP, present.found, present.servedIds), state };
}

async function judgeCompacted(setting: Setting): Promise<{ findings: ScenarioReport['findings']; state: unknown }> {
  const { compacted, cpu } = setting;
  const topicId = compacted.topic?.topicId ?? null;
  if (topicId === null) return { findings: [], state: null };
  const found = await command(setting, LIVENESS_MS, (connection) => readCompacted(connection, topicId, cpu));
  if (!found) return { findings: [{ kind: 'not-live', message: 'the compacted topic can\'t be read after the last fault' }], state: null };
  return { findings: compacted.history.check(found), state: found };
}

async function judgeScenario(setting: Setting, topicId: string, partitions: number): Promise<{ findings: ScenarioReport['findings']; stateHash: string }> {
  const final = await command(setting, LIVENESS_MS, (connection) => readAll(connection, TOPIC, topicId, partitions, setting.cpu));
  if (!final) return { findings: [{ kind: 'not-live', message: 'nothing can be read after the last fault' }], stateHash: '' };
  const commits = await command(setting, LIVENESS_MS, (connection) => readCommits(connection, GROUP, TOPIC, partitions));
  if (!commits) return { findings: [{ kind: 'not-live', message: 'committed offsets can\'t be read after the last fault' }], stateHash: '' };
  for (const [partition, offset] of commits) setting.history.foundCommit(GROUP, partition, offset);
  // After the reads: a deletion that nobody waits for any more may take place in between.
  const logStarts = await command(setting, LIVENESS_MS, (connection) => readLogStarts(connection, TOPIC, partitions));
  if (!logStarts) return { findings: [{ kind: 'not-live', message: 'log starts can\'t be read after the last fault' }], stateHash: '' };
  for (const [partition, offset] of logStarts) setting.history.foundLogStart(partition, offset);
  const judged = await judgeTopics(setting);
  const cleaned = await judgeCompacted(setting);
  const state = [[...final], [...commits], [...logStarts], judged.state, cleaned.state];
  return { findings: [...setting.history.check(final), ...judged.findings, ...cleaned.findings], stateHash: createHash('sha256').update(JSON.stringify(state)).digest('hex').slice(0, 16) };
}

export async function runScenario(options: ScenarioOptions): Promise<ScenarioReport> {
  const setting = prepare(options);
  const { broker, scheduler, history, random } = setting;
  const partitions = 1 + random.int(4);
  const findings: ScenarioReport['findings'] = [];
  let faults: Fault[] = [];
  let stateHash = '';
  broker.boot();
  try {
    const topicId = await command(setting, 30_000, async (connection) => {
      const created = await connection.send(CreateTopicsRequest, CreateTopicsResponse, { topics: [{ name: TOPIC, numPartitions: partitions, replicationFactor: 1 }], timeoutMs: 5_000, validateOnly: false });
      if (created.topics[0]!.errorCode !== ErrorCode.NONE) throw new Error('not created');
      return created.topics[0]!.topicId;
    });
    if (topicId === null) findings.push({ kind: 'not-live', message: 'no topic could be created' });
    else {
      ({ faults } = await loadAndFaults(setting, topicId, partitions, options));
      const judged = await judgeScenario(setting, topicId, partitions);
      findings.push(...judged.findings);
      stateHash = judged.stateHash;
    }
  } catch (error) {
    findings.push({ kind: (error as Error).name === 'InvariantError' ? 'invariant' : 'not-live', message: (error as Error).message });
  }
  for (const message of broker.failures) findings.push({ kind: 'broker-failed', message });
  const lives = setting.topics.lives();
  return {
    seed: options.seed, findings, acknowledged: history.acknowledgedCount, topicLives: lives.length, deletedLives: lives.filter(({ state }) => state === 'deleted').length,
    recordDeletions: history.answeredDeletions, cleanings: broker.logLines.filter((line) => line.includes('cleaner.cleaned')).length, boots: broker.boots, faults, workloads: setting.workloads, events: scheduler.eventCount, stateHash, logLines: broker.logLines,
  };
}
