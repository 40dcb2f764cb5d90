/** What one led partition consists of, and the two ways it ends: leadership goes, or the disk fails. */
import { Failure, OperationalError, type Env } from '#libs/kernel';
import { ErrorCode, KafkaError, type ErrorName } from '#libs/kafka/protocol';
import type { FlushMode, PartitionLog } from '../log/index.js';
import type { PartitionTraffic } from './api.js';
import type { DiskRoom } from './disk-room.js';
import type { TopicSettings } from './effective-topic-config.js';
import type { Flushable, FlushSchedule } from './flush-schedule.js';
import { createGroupCommit, type CommitPoint, type GroupCommit } from './group-commit.js';
import { createHighWatermark, type HighWatermark } from './high-watermark.js';

/** What the metadata image says of the partition; replaced as a whole. */
export interface PartitionView {
  leaderEpoch: number;
  inSyncReplicas: number;
  replicas: number;
  settings: TopicSettings;
}

export interface PartitionOptions {
  topic: string;
  topicId: string;
  partition: number;
  isInternal: boolean;
  log: PartitionLog;
  flushMode: FlushMode;
  view: PartitionView;
  /** Without it a partition takes what the disk takes. */
  room?: DiskRoom;
  /** Without it flush.ms is never. */
  flushes?: FlushSchedule;
  /** Makes a raised log start offset durable. */
  saveLogStartOffset: () => Promise<void>;
  /** The disk failed under this partition. */
  onFailure: (error: unknown) => void;
}

export interface PartitionState {
  readonly env: Env;
  readonly options: PartitionOptions;
  readonly name: string;
  readonly log: PartitionLog;
  readonly highWatermark: HighWatermark;
  readonly commits: GroupCommit;
  view: PartitionView;
  endedWith: ErrorCode;
  /** Bytes appended since the partition was opened. */
  appendedBytes: number;
  readonly traffic: PartitionTraffic;
  /** In flush mode `os`: the end of what flush.messages wants flushed. Nothing is committed beyond what was before, until that is. */
  flushTo: number;
  readonly byTime: Flushable;
}

export function endPartition(state: PartitionState, errorCode: ErrorCode): void {
  if (state.endedWith !== ErrorCode.NONE) return;
  state.endedWith = errorCode;
  state.commits.stop();
  state.options.flushes?.forget(state.byTime);
  state.highWatermark.end(new KafkaError(errorCode, `${state.name} is no longer led here`));
}

/** Final: nothing that follows a failed write or flush may be believed. */
export function failPartition(state: PartitionState, error: unknown): void {
  if (state.endedWith !== ErrorCode.NONE) return;
  const { topic, partition, onFailure } = state.options;
  state.env.log.write('error', 'partition.failed', { topic, partition, error: error instanceof Error ? error.message : String(error) });
  endPartition(state, ErrorCode.KAFKA_STORAGE_ERROR);
  onFailure(error);
}

/**
 * What of the log's errors is an answer. A refused write (a full disk) leaves the log as it was, so the producer may try again; bytes that
 * rotted can't be read, but what stands around them can. Null for what ends the partition: failed syncs, broken invariants.
 */
function answerOf(error: unknown): KafkaError | null {
  if (error instanceof KafkaError) return error;
  if (error instanceof Failure) return new KafkaError(ErrorCode[error.code as ErrorName] ?? ErrorCode.UNKNOWN_SERVER_ERROR, error.message);
  if (!(error instanceof OperationalError)) return null;
  if (error.code === 'CORRUPT_SEGMENT') return new KafkaError(ErrorCode.CORRUPT_MESSAGE, error.message);
  return error.retryable ? new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, error.message) : null;
}

/** Runs on the log. Whatever it throws becomes a KafkaError; what is no answer ends the partition first. */
export function guarded<T>(state: PartitionState, work: () => T): T {
  if (state.endedWith !== ErrorCode.NONE) throw new KafkaError(state.endedWith);
  try {
    return work();
  } catch (error) {
    const answer = answerOf(error);
    if (answer !== null) {
      if (answer !== error) state.env.log.write('warn', 'partition.refused', { topic: state.options.topic, partition: state.options.partition, error: answer.message });
      throw answer;
    }
    failPartition(state, error);
    throw new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, `the log of ${state.name} cannot be used`);
  }
}

/** Of mode `os`: once nothing is left that flush.messages wants flushed, all that was appended is committed. */
function flushed(state: PartitionState, point: CommitPoint): void {
  const { log, highWatermark } = state;
  if (log.recoveryPoint >= log.logEndOffset) state.options.flushes?.forget(state.byTime);
  if (state.options.flushMode === 'os' && point.offset >= state.flushTo) highWatermark.advance({ offset: log.logEndOffset, bytes: state.appendedBytes });
  else highWatermark.advance(point);
}

/** flush.ms is over, or the broker wants it on the disk. Never rejects: a failed flush ends the partition. */
async function flushNow(state: PartitionState): Promise<void> {
  try {
    if (state.endedWith === ErrorCode.NONE && state.log.recoveryPoint < state.log.logEndOffset) await state.log.flush();
  } catch (error) {
    failPartition(state, error);
  }
}

export function createPartitionState(env: Env, options: PartitionOptions): PartitionState {
  const { log } = options;
  const name = `${options.topic}-${options.partition}`;
  const highWatermark = createHighWatermark(log, name);
  const state: PartitionState = {
    env, options, name, log, highWatermark, view: options.view, endedWith: ErrorCode.NONE, appendedBytes: 0, traffic: { bytesIn: 0, recordsIn: 0, bytesOut: 0, recordsOut: 0 }, flushTo: 0,
    byTime: { get flushMs() { return state.view.settings.flushMs; }, flush: () => flushNow(state) },
    commits: createGroupCommit({
      clock: env.clock, timers: env.timers,
      appended: () => ({ offset: log.logEndOffset, bytes: state.appendedBytes }),
      flush: () => log.flush(),
      ...(options.flushMode === 'os' ? { required: () => state.flushTo } : {}),
      committed: (point) => { flushed(state, point); },
      failed: (error) => { failPartition(state, error); },
    }),
  };
  return state;
}
