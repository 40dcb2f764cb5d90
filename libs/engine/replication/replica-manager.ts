/**
 * This broker's replicas, following the metadata image: opens, leads, reconfigures and drops partitions, writes the checkpoint files, and
 * closes everything at a clean stop. Image changes are applied in the controller's own turn, before it answers whoever asked for them.
 */
import { makeDirectory, type Env, type TimerHandle } from '#libs/kernel';
import { ErrorCode } from '#libs/kafka/protocol';
import { brokerConfig, type BrokerConfigLookup, type Controller, type MetadataImage } from '../controller/index.js';
import { finishReplacements, openLog as openPartitionLog, readOffsetCheckpoint, createProducerBudget, createRemovedFiles, PRODUCERS_PER_BROKER, completeDeleted, deletedDirectories, setStrayDirectoryAside, strayDirectories, type FlushMode, type PartitionLog, type RemovedFiles } from '../log/index.js';
import type { LeaderPartition, ReplicaManager } from './api.js';
import { CheckpointFile, createCheckpoints, type CheckpointIntervals, type CheckpointSource, type Checkpoints } from './checkpoints.js';
import { createDiskRoom, readDiskLimits, type DiskLimits } from './disk-room.js';
import { createFlushSchedule, NEVER_MS, type FlushSchedule } from './flush-schedule.js';
import { createFullDiskRetries, type FullDiskRetries } from './full-disk-retries.js';
import { createCleaner, type Cleaner } from './cleaner.js';
import { localPartitions, planImage } from './image-plan.js';
import { scanPartitionDirectories } from './partition-directories.js';
import type { OwnedPartition } from './partition.js';
import { createReplicaHost, NOTHING_RECOVERED, type OpenLog, type Recovered, type ReplicaHost } from './replica-host.js';
import { createRetention, type Retention } from './retention.js';
import { replicationLimits } from './replication.limits.js';
import { createTopicSettingsSource, type TopicSettingsSource } from './topic-settings-source.js';

/** What is needed of the broker's static configuration. */
export interface ReplicationConfig { nodeId: number; flushMode: FlushMode; properties: ReadonlyMap<string, string> }

export interface ReplicaManagerOptions {
  config: ReplicationConfig;
  controller: Pick<Controller, 'image' | 'onImage'>;
  logDir: string;
  /** A write or a flush failed: the broker has to exit, so that recovery decides what is on the disk. */
  onStorageFailure: (error: unknown) => void;
  openLog?: OpenLog;
  /** Those of server.properties at the start unless they change. */
  diskLimits?: () => DiskLimits;
  /** Producers that all partitions may remember together; a default of the log's where nothing is said. */
  producersMax?: number;
  /** Memory for the keys of a pass of the cleaner, if log.cleaner.dedupe.buffer.size says more; any where nothing is said. */
  cleanerBytesMax?: number;
}

export interface StartedReplicaManager extends ReplicaManager {
  /** Opens every log that the image assigns to this broker and begins to follow the image. `cleanShutdown`: see clean-shutdown.ts. */
  start(options: { cleanShutdown: boolean }): Promise<void>;
}

type LeadershipListener = Parameters<ReplicaManager['onLeadership']>[1];

interface ManagerState {
  env: Env;
  options: ReplicaManagerOptions;
  host: ReplicaHost;
  settings: TopicSettingsSource;
  checkpoints: Checkpoints;
  retention: Retention;
  cleaner: Cleaner;
  removed: RemovedFiles;
  retries: FullDiskRetries;
  flushes: FlushSchedule;
  listeners: Map<string, LeadershipListener[]>;
  expiry: TimerHandle | null;
  phase: 'new' | 'running' | 'stopped';
}

function* logsOf(host: ReplicaHost): Generator<PartitionLog> {
  for (const { partitions } of host.topics.values()) for (const { log } of partitions.values()) if (log !== null) yield log;
}
function* leadersOf(host: ReplicaHost): Generator<OwnedPartition> {
  for (const { partitions } of host.topics.values()) for (const { leader } of partitions.values()) if (leader !== null) yield leader;
}
function* checkpointSources(host: ReplicaHost): Generator<CheckpointSource> {
  for (const { partitions } of host.topics.values()) {
    for (const { log, leader } of partitions.values()) if (log !== null) yield { log, highWatermark: leader?.offsets().highWatermark ?? log.logEndOffset };
  }
}

function usedBytes(host: ReplicaHost): number {
  let sum = 0;
  for (const log of logsOf(host)) sum += log.sizeBytes;
  return sum;
}

async function followImage(state: ManagerState, next: MetadataImage, recovered: Recovered): Promise<void> {
  const { host, settings } = state;
  const plan = planImage(host.topics, next, state.options.config.nodeId);
  for (const { topic } of plan.dropped) {
    host.drop(topic);
    settings.forget(topic);
  }
  for (const [topic, hosted] of host.topics) {
    const current = settings.settings(next, topic);
    if (current !== hosted.settings) host.reconfigure(topic, current);
  }
  await Promise.all(plan.changed.map(({ topic, local }) => host.apply(topic, local, settings.settings(next, topic.name), recovered)));
  state.cleaner.poke();
}

/** Directories of topics or partitions that the image doesn't assign here are kept for the operator, out of the way; the others are made ready to be opened. */
async function setStraysAside(state: ManagerState): Promise<void> {
  const { env, options } = state;
  const { image } = options.controller;
  for (const found of scanPartitionDirectories(env.disk, options.logDir)) {
    const topic = image.topics.get(found.topic);
    const assigned = topic !== undefined && (found.topicId === null || found.topicId === topic.topicId)
      && localPartitions(topic, options.config.nodeId).some((partition) => partition.partition === found.partition);
    if (assigned) {
      await finishReplacements(env, found.path);
      continue;
    }
    const directory = await setStrayDirectoryAside(env, found.path, found);
    env.log.write('warn', 'partition.stray', { topic: found.topic, partition: found.partition, topicId: found.topicId, directory });
  }
  const directories = strayDirectories(env, options.logDir);
  if (directories.length > 0) env.log.write('warn', 'partition.strays.kept', { directories: directories.slice(0, replicationLimits.strayDirectoriesNamedMax), count: directories.length });
}

function expireProducers(state: ManagerState): void {
  const { env, options, host } = state;
  state.expiry = env.timers.set(replicationLimits.producerExpiryCheckMs, () => {
    const expirationMs = brokerConfig(options.controller.image, options.config).number('producer.id.expiration.ms');
    for (const log of logsOf(host)) log.expireProducers(env.clock.now(), expirationMs);
    expireProducers(state);
  });
}

async function start(state: ManagerState, cleanShutdown: boolean): Promise<void> {
  const { env, options } = state;
  await makeDirectory(env.disk, options.logDir);
  for (const directory of deletedDirectories(env, options.logDir)) state.removed.later(directory, 0);
  await setStraysAside(state);
  const recovered: Recovered = {
    cleanShutdown,
    recoveryPoints: readOffsetCheckpoint(env, options.logDir, CheckpointFile.recoveryPoint),
    logStartOffsets: readOffsetCheckpoint(env, options.logDir, CheckpointFile.logStart),
    firstDirtyOffsets: readOffsetCheckpoint(env, options.logDir, CheckpointFile.cleaner),
  };
  state.checkpoints.found(CheckpointFile.recoveryPoint, recovered.recoveryPoints);
  state.checkpoints.found(CheckpointFile.logStart, recovered.logStartOffsets);
  state.checkpoints.found(CheckpointFile.cleaner, recovered.firstDirtyOffsets);
  state.phase = 'running';
  const opened = followImage(state, options.controller.image, recovered);
  options.controller.onImage((next) => {
    if (state.phase === 'running') followImage(state, next, NOTHING_RECOVERED).catch(options.onStorageFailure);
  });
  await opened;
  state.checkpoints.start(checkpointIntervals(brokerConfig(options.controller.image, options.config)));
  state.retention.start();
  state.cleaner.start();
  expireProducers(state);
}

/** Not to be changed at run time, as in Kafka. */
function checkpointIntervals(settings: BrokerConfigLookup): CheckpointIntervals {
  return {
    highWatermarkMs: settings.number('replica.high.watermark.checkpoint.interval.ms'), recoveryPointMs: settings.number('log.flush.offset.checkpoint.interval.ms'),
    logStartMs: settings.number('log.flush.start.offset.checkpoint.interval.ms'),
  };
}

/** All of them end before the first failure is told: a full disk that refuses one log its side files is no reason to leave another unflushed. */
async function closeLogs(state: ManagerState): Promise<void> {
  const logs = [...logsOf(state.host)];
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let log = logs.pop(); log !== undefined; log = logs.pop()) await log.close().catch((error: unknown) => { failures.push(error); });
  };
  await Promise.all(Array.from({ length: replicationLimits.concurrentCloses }, worker));
  if (failures.length > 0) throw failures[0];
}

async function shutdown(state: ManagerState): Promise<void> {
  if (state.phase !== 'running') return;
  state.phase = 'stopped';
  state.checkpoints.stop();
  state.retention.stop();
  // While its log is open and led: a segment that is being replaced gets its name.
  await state.cleaner.stop();
  state.removed.stop();
  state.retries.stop();
  state.flushes.stop();
  if (state.expiry !== null) state.env.timers.cancel(state.expiry);
  for (const { partitions } of state.host.topics.values()) for (const { leader, candidate } of partitions.values()) (leader ?? candidate)?.end(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  await closeLogs(state);
  completeDeleted(state.env, state.options.logDir);
  await state.checkpoints.saveAll();
}

function leader(state: ManagerState, topic: string, partition: number): LeaderPartition | ErrorCode {
  const hosted = state.host.topics.get(topic);
  const replica = hosted?.partitions.get(partition);
  if (hosted === undefined || replica === undefined) {
    const image = hosted?.image ?? state.options.controller.image.topics.get(topic);
    const exists = image?.partitions.some((candidate) => candidate.partition === partition) ?? false;
    return exists ? ErrorCode.NOT_LEADER_OR_FOLLOWER : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  }
  if (replica.leader === null) return replica.log === null ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.NOT_LEADER_OR_FOLLOWER;
  return replica.leader.endedWith === ErrorCode.NONE ? replica.leader : replica.leader.endedWith;
}

export function createReplicaManager(env: Env, options: ReplicaManagerOptions): StartedReplicaManager {
  const { config, controller, logDir, onStorageFailure } = options;
  const listeners = new Map<string, LeadershipListener[]>();
  const removed = createRemovedFiles(env);
  const retries = createFullDiskRetries(env, onStorageFailure);
  const staticLimits = readDiskLimits(config.properties);
  const room = createDiskRoom(env, {
    directory: logDir, usedBytes: () => usedBytes(host), limits: options.diskLimits ?? (() => staticLimits),
    onFull() {
      removed.hurry();
      void retention.run();
    },
  });
  const settingsNow = (): BrokerConfigLookup => brokerConfig(controller.image, config);
  // Not to be changed at run time, as in Kafka.
  const flushes = createFlushSchedule(env, Number(settingsNow().setText('log.flush.scheduler.interval.ms') ?? NEVER_MS));
  const checkpoints: Checkpoints = createCheckpoints(env, logDir, () => checkpointSources(host), onStorageFailure);
  const host: ReplicaHost = createReplicaHost(env, {
    nodeId: config.nodeId, logDir, flushMode: config.flushMode, openLog: options.openLog ?? openPartitionLog, onStorageFailure,
    checkpoints, removed, retries, room, flushes, producerBudget: createProducerBudget(options.producersMax ?? PRODUCERS_PER_BROKER), directoryDeleteDelayMs: () => settingsNow().number('log.segment.delete.delay.ms'),
    elected: (partition) => { for (const listener of listeners.get(partition.topic) ?? []) listener.elected(partition); },
    resigned: (topic, partition) => { for (const listener of listeners.get(topic) ?? []) listener.resigned(partition); },
  });
  const cleaner = createCleaner(env, { partitions: () => leadersOf(host), settings: settingsNow, bufferBytesMax: options.cleanerBytesMax ?? Infinity, checkpoints, onFailure: onStorageFailure });
  const retention = createRetention(env, {
    partitions: () => leadersOf(host), isBeingCleaned: ({ log }) => cleaner.isCleaning(log), saveLogStartOffsets: () => checkpoints.save(CheckpointFile.logStart),
    checkIntervalMs: settingsNow().number('log.retention.check.interval.ms'), onFailure: onStorageFailure,
  });
  const state: ManagerState = {
    env, options, host, listeners, checkpoints, retention, cleaner, removed, retries, flushes, settings: createTopicSettingsSource(config.nodeId, config.properties), expiry: null, phase: 'new',
  };
  return {
    start: ({ cleanShutdown }) => start(state, cleanShutdown),
    leader: (topic, partition) => leader(state, topic, partition),
    topicName: (topicId) => controller.image.topicNames.get(topicId) ?? null,
    partitions: () => leadersOf(host),
    diskRoom: () => room.state(),
    onLeadership(topic, listener) {
      listeners.set(topic, [...listeners.get(topic) ?? [], listener]);
      for (const replica of host.topics.get(topic)?.partitions.values() ?? []) if (replica.leader !== null) listener.elected(replica.leader);
    },
    shutdown: () => shutdown(state),
  };
}
