/** What one led partition consists of, and the two ways it ends: leadership goes, or the disk fails. */
import type { Env } from '#libs/kernel';
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import type { FlushMode, PartitionLog } from '../log/index.js';
import type { TopicSettings } from './effective-topic-config.js';
import { createGroupCommit, type GroupCommit } from './group-commit.js';
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
  /** Makes the directory's own name durable; called before the first commit. Null when it is durable already. */
  syncDirectory: (() => Promise<void>) | null;
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
}

export function endPartition(state: PartitionState, errorCode: ErrorCode): void {
  if (state.endedWith !== ErrorCode.NONE) return;
  state.endedWith = errorCode;
  state.commits.stop();
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

/** A KafkaError is an answer; anything else that the disk or a broken invariant throws ends the partition. */
export function guarded<T>(state: PartitionState, work: () => T): T {
  if (state.endedWith !== ErrorCode.NONE) throw new KafkaError(state.endedWith);
  try {
    return work();
  } catch (error) {
    if (error instanceof KafkaError) throw error;
    failPartition(state, error);
    throw new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, `the log of ${state.name} cannot be used`);
  }
}

export function createPartitionState(env: Env, options: PartitionOptions): PartitionState {
  const { log } = options;
  const name = `${options.topic}-${options.partition}`;
  const highWatermark = createHighWatermark(log, name);
  let { syncDirectory } = options;
  const state: PartitionState = {
    env, options, name, log, highWatermark, view: options.view, endedWith: ErrorCode.NONE, appendedBytes: 0,
    commits: createGroupCommit({
      appended: () => ({ offset: log.logEndOffset, bytes: state.appendedBytes }),
      async flush() {
        await log.flush();
        if (syncDirectory === null) return;
        await syncDirectory();
        syncDirectory = null;
      },
      committed: (point) => { highWatermark.advance(point); },
      failed: (error) => { failPartition(state, error); },
    }),
  };
  return state;
}
