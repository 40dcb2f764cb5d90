/**
 * The partitions on this broker's disk and which of them it leads. Logs are opened when the metadata image assigns them (and are on
 * the disk from their first batch on), directories renamed `-delete` and removed when their topic goes, `-stray` when nobody knows them.
 * Synchronous, so that a topic whose creation was answered can be written to at once; a partition waits only for recovered data to be flushed, or for the checkpoint files to forget an earlier topic of its name.
 */
import type { Env } from '#libs/kernel';
import { ErrorCode } from '#libs/kafka/protocol';
import type { PartitionImage, TopicImage } from '../controller/index.js';
import { deleteLogDirectory, isDiskFull, partitionDirectory, readTopicId, setStrayDirectoryAside, topicPartitionKey, type FlushMode, type OpenLogOptions, type PartitionLog, type ProducerBudget, type RemovedFiles } from '../log/index.js';
import { CheckpointFile, type Checkpoints } from './checkpoints.js';
import type { DiskRoom } from './disk-room.js';
import type { TopicSettings } from './effective-topic-config.js';
import type { FlushSchedule } from './flush-schedule.js';
import type { FullDiskRetries } from './full-disk-retries.js';
import { createLeaderPartition, type OwnedPartition } from './partition.js';
import type { PartitionView } from './partition-state.js';
import { replicationLimits } from './replication.limits.js';

export type OpenLog = (env: Env, options: OpenLogOptions) => PartitionLog;

/** A replica on this disk. Neither leader nor candidate while another broker leads it, or when it could not be opened. */
export interface HostedReplica {
  readonly partition: number;
  readonly log: PartitionLog | null;
  /** The checkpoint files may still describe another topic's partition of this name. */
  readonly misdescribed: boolean;
  leader: OwnedPartition | null;
  /** Leads as soon as recovered data is flushed and the checkpoint files don't speak of another topic. */
  candidate: OwnedPartition | null;
}

export interface HostedTopic {
  image: TopicImage;
  settings: TopicSettings;
  readonly partitions: Map<number, HostedReplica>;
}

export interface ReplicaHostOptions {
  nodeId: number;
  logDir: string;
  flushMode: FlushMode;
  openLog: OpenLog;
  checkpoints: Pick<Checkpoints, 'save' | 'mayDescribe' | 'forgetOthers'>;
  removed: RemovedFiles;
  retries: FullDiskRetries;
  room: DiskRoom;
  flushes: FlushSchedule;
  producerBudget: ProducerBudget;
  /** log.segment.delete.delay.ms: how long a deleted partition's directory keeps its bytes. */
  directoryDeleteDelayMs: () => number;
  onStorageFailure: (error: unknown) => void;
  elected: (partition: OwnedPartition) => void;
  resigned: (topic: string, partition: number) => void;
}

/** What the last run left in the checkpoint files; forgotten once the logs of the start are open. */
export interface Recovered {
  cleanShutdown: boolean;
  recoveryPoints: ReadonlyMap<string, number>;
  logStartOffsets: ReadonlyMap<string, number>;
  firstDirtyOffsets: ReadonlyMap<string, number>;
}
export const NOTHING_RECOVERED: Recovered = { cleanShutdown: false, recoveryPoints: new Map(), logStartOffsets: new Map(), firstDirtyOffsets: new Map() };

export interface ReplicaHost {
  readonly topics: ReadonlyMap<string, HostedTopic>;
  /** Opens, updates and closes what this topic needs here. Resolves when all that is led here can be used. */
  apply(topic: TopicImage, local: readonly PartitionImage[], settings: TopicSettings, recovered: Recovered): Promise<void>;
  reconfigure(topic: string, settings: TopicSettings): void;
  drop(topic: string): void;
}

interface HostState { env: Env; options: ReplicaHostOptions; topics: Map<string, HostedTopic> }

function viewOf(image: PartitionImage, settings: TopicSettings): PartitionView {
  return { leaderEpoch: image.leaderEpoch, inSyncReplicas: image.isr.length, replicas: image.replicas.length, settings };
}

/**
 * Whether this partition has a directory from before. One that carries another topic's id is set aside: its records are not this topic's. The
 * rename is done when this returns.
 */
function wasLeft(state: HostState, topic: TopicImage, partition: number, directory: string): boolean {
  const { env, options } = state;
  if (env.disk.stat(directory) === null) return false;
  const topicId = readTopicId(env.disk, directory);
  if (topicId === null || topicId === topic.topicId) return true;
  const topicPartition = { topic: topic.name, partition };
  env.log.write('warn', 'partition.stray', { ...topicPartition, topicId, expectedTopicId: topic.topicId });
  setStrayDirectoryAside(env, directory, topicPartition).catch(options.onStorageFailure);
  return false;
}

function openReplica(state: HostState, hosted: HostedTopic, partition: number, recovered: Recovered): HostedReplica {
  const { env, options } = state;
  const { image } = hosted;
  const key = topicPartitionKey(image.name, partition);
  try {
    const directory = partitionDirectory(options.logDir, { topic: image.name, partition });
    const { logStartOffsets, recoveryPoints, firstDirtyOffsets, cleanShutdown } = wasLeft(state, image, partition, directory) ? recovered : NOTHING_RECOVERED;
    const recoveryPoint = recoveryPoints.get(key) ?? 0;
    const log = options.openLog(env, {
      topicPartition: { topic: image.name, partition }, topicId: image.topicId, directory, config: hosted.settings.log,
      logStartOffset: logStartOffsets.get(key) ?? null, recoveryPoint, firstDirtyOffset: firstDirtyOffsets.get(key) ?? null,
      cleanShutdown, maxDecompressedBytes: replicationLimits.searchedBatchBytesMax, removed: options.removed, producerBudget: options.producerBudget,
    });
    const isDescribed = (logStartOffsets.has(key) || recoveryPoints.has(key)) && recoveryPoint <= log.logEndOffset;
    return { partition, log, misdescribed: !isDescribed && options.checkpoints.mayDescribe(image.name, partition), leader: null, candidate: null };
  } catch (error) {
    if (isDiskFull(error)) throw error;
    env.log.write('error', 'partition.open.failed', { topic: image.name, partition, error: error instanceof Error ? error.message : String(error) });
    options.onStorageFailure(error);
    return { partition, log: null, misdescribed: false, leader: null, candidate: null };
  }
}

async function lead(state: HostState, hosted: HostedTopic, replica: HostedReplica, image: PartitionImage): Promise<void> {
  const { env, options } = state;
  const { log } = replica;
  if (log === null) return;
  const owned = createLeaderPartition(env, {
    topic: hosted.image.name, topicId: hosted.image.topicId, partition: replica.partition, isInternal: hosted.image.isInternal, log,
    flushMode: options.flushMode, view: viewOf(image, hosted.settings), room: options.room, flushes: options.flushes,
    saveLogStartOffset: () => options.checkpoints.save(CheckpointFile.logStart), onFailure: options.onStorageFailure,
  });
  replica.candidate = owned;
  if (log.latestEpoch < image.leaderEpoch) owned.startEpoch();
  if (replica.misdescribed) {
    try {
      await options.checkpoints.forgetOthers();
    } catch (error) {
      if (replica.candidate === owned) replica.candidate = null;
      throw error;
    }
  }
  if (options.flushMode === 'os' || log.recoveryPoint >= log.logEndOffset) void owned.commitRecovered();
  else await owned.commitRecovered();
  // Meanwhile the topic may have been dropped, or somebody else elected.
  if (replica.candidate !== owned || owned.endedWith !== ErrorCode.NONE) return;
  replica.candidate = null;
  replica.leader = owned;
  options.elected(owned);
}

function resign(state: HostState, topic: string, replica: HostedReplica, errorCode: ErrorCode): void {
  const { leader, candidate } = replica;
  replica.leader = replica.candidate = null;
  candidate?.end(errorCode);
  if (leader === null) return;
  leader.end(errorCode);
  state.options.resigned(topic, replica.partition);
}

/** The directory is renamed when this returns: another topic of the same name may stand in its place right after. */
function retire(state: HostState, { name: topic, topicId }: TopicImage, replica: HostedReplica, errorCode: ErrorCode): void {
  const { env } = state;
  const { log, partition } = replica;
  resign(state, topic, replica, errorCode);
  const failed = (error: unknown): void => {
    env.log.write('error', 'partition.delete.failed', { topic, partition, error: error instanceof Error ? error.message : String(error) });
  };
  try {
    // One that could not be opened may have a directory all the same.
    const directory = log?.directory ?? partitionDirectory(state.options.logDir, { topic, partition });
    if (log === null && ![null, topicId].includes(readTopicId(env.disk, directory))) return;
    deleteLogDirectory(env, directory, { topic, partition }, (path) => { state.options.removed.later(path, state.options.directoryDeleteDelayMs()); }).catch(failed);
    log?.discard();
  } catch (error) {
    failed(error);
  }
}

/** Until it can be opened it stands there without a log: asked for, it says that its storage fails. */
const unopened = (partition: number): HostedReplica => ({ partition, log: null, misdescribed: false, leader: null, candidate: null });

/** Opens a replica and leads it, as far as neither is done and the image says so. A disk that is too full for that is asked again later. */
function settle(state: HostState, hosted: HostedTopic, partition: number, recovered: Recovered): Promise<void> {
  return state.options.retries.run(`open ${hosted.image.name}-${partition}`, async () => {
    // The topic, or this partition of it, may have gone meanwhile.
    let replica = hosted.partitions.get(partition);
    if (state.topics.get(hosted.image.name) !== hosted || replica === undefined) return;
    if (replica.log === null) {
      replica = openReplica(state, hosted, partition, recovered);
      hosted.partitions.set(partition, replica);
    }
    const image = hosted.image.partitions.find((candidate) => candidate.partition === partition);
    if (image?.leader === state.options.nodeId && (replica.leader ?? replica.candidate) === null) await lead(state, hosted, replica, image);
  });
}

async function apply(state: HostState, topic: TopicImage, local: readonly PartitionImage[], settings: TopicSettings, recovered: Recovered): Promise<void> {
  const hosted = state.topics.get(topic.name) ?? { image: topic, settings, partitions: new Map<number, HostedReplica>() };
  hosted.image = topic;
  hosted.settings = settings;
  state.topics.set(topic.name, hosted);
  const assigned = new Set(local.map((image) => image.partition));
  for (const replica of [...hosted.partitions.values()]) {
    if (assigned.has(replica.partition)) continue;
    hosted.partitions.delete(replica.partition);
    retire(state, topic, replica, ErrorCode.NOT_LEADER_OR_FOLLOWER);
  }
  const leading: Promise<void>[] = [];
  for (const image of local) {
    const known = hosted.partitions.get(image.partition);
    const owned = known?.leader ?? known?.candidate;
    if (known === undefined) hosted.partitions.set(image.partition, unopened(image.partition));
    else if (image.leader !== state.options.nodeId) resign(state, topic.name, known, ErrorCode.NOT_LEADER_OR_FOLLOWER);
    if (known === undefined || (image.leader === state.options.nodeId && !owned && known.log !== null)) leading.push(settle(state, hosted, image.partition, recovered));
    else if (image.leader === state.options.nodeId) owned?.update(viewOf(image, settings));
  }
  await Promise.all(leading);
}

export function createReplicaHost(env: Env, options: ReplicaHostOptions): ReplicaHost {
  const state: HostState = { env, options, topics: new Map() };
  return {
    topics: state.topics,
    apply: (topic, local, settings, recovered) => apply(state, topic, local, settings, recovered),
    reconfigure(topic, settings) {
      const hosted = state.topics.get(topic);
      if (hosted === undefined) return;
      hosted.settings = settings;
      for (const { leader, candidate } of hosted.partitions.values()) {
        const owned = leader ?? candidate;
        owned?.update({ ...owned.view, settings });
      }
    },
    drop(topic) {
      const hosted = state.topics.get(topic);
      if (hosted === undefined) return;
      state.topics.delete(topic);
      for (const replica of hosted.partitions.values()) retire(state, hosted.image, replica, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    },
  };
}
