/**
 * The log of one partition: segments with their indexes, leader epochs and producer state on one disk. Synchronous but for `flush`.
 * Bytes are appended as they came (a produce batch after validation and stamping); nothing here knows of replication or requests.
 */
import type { ProducerBudget } from './producer-budget.js';
import type { RemovedFiles } from './removed-files.js';
import type { TopicPartition } from './topic-partition.js';

export type FlushMode = 'ack' | 'os';

/** Values that the log needs of a topic's configuration; changed at run time by `updateConfig`. */
export interface LogConfig {
  segmentBytes: number;
  segmentMs: number;
  /** At most so much is taken off `segmentMs`, drawn for each segment, so that logs that began together don't roll together. */
  segmentJitterMs: number;
  segmentIndexBytes: number;
  indexIntervalBytes: number;
  /** cleanup.policy; both may hold. */
  compacted: boolean;
  deletable: boolean;
  /** −1: without end. */
  retentionMs: number;
  /** Of one partition; −1: without limit. */
  retentionBytes: number;
  /** How long a removed file keeps its bytes under the name `.deleted`. */
  fileDeleteDelayMs: number;
  minCleanableDirtyRatio: number;
  minCompactionLagMs: number;
  maxCompactionLagMs: number;
  /** How long tombstones stay in the cleaned part. */
  deleteRetentionMs: number;
}

export interface AppendInfo {
  firstOffset: number;
  lastOffset: number;
  /** Time that LogAppendTime wrote, or −1. */
  logAppendTimeMs: number;
  maxTimestamp: number;
}

/** What a producer wrote last, kept for the last five batches of each producer (KIP-98). */
export interface ProducerBatch { firstSequence: number; lastSequence: number; lastOffset: number; timestamp: number }
export interface ProducerState {
  producerId: number;
  epoch: number;
  batches: readonly ProducerBatch[];
  lastTimestamp: number;
  /** Of the last end-transaction marker, or −1. */
  coordinatorEpoch: number;
  /** Of the open transaction, or −1. */
  transactionFirstOffset: number;
}

/** Bytes of whole batches, beginning with the one that holds the asked offset. */
export interface LogSlice { bytes: Buffer; /** offset after the last whole batch in `bytes` */ nextOffset: number }

export interface TimestampAndOffset { timestamp: number; offset: number; leaderEpoch: number }

export interface SegmentView {
  baseOffset: number;
  nextOffset: number;
  sizeBytes: number;
  largestTimestamp: number;
  /** What its age is counted from: the largest timestamp; without one, when its file was last written. */
  ageFromMs: number;
  /** Of the first batch; null while there is none that has one. */
  firstTimestamp?: number | null;
  active: boolean;
}

/** How dirty a compacted log is, as Kafka's cleaner counts it. */
export interface CleaningView {
  firstDirtyOffset: number;
  /** Exclusive end of what may be cleaned now: a segment's base. */
  firstUncleanableOffset: number;
  /** Before the first dirty offset. */
  cleanBytes: number;
  /** Between the two offsets. */
  cleanableBytes: number;
  /** From the first dirty offset to the log's end. */
  dirtyBytes: number;
  /** Of what may be cleaned: dirty / (clean + dirty). */
  dirtyRatio: number;
  /** Holds a record that was not cleaned for longer than max.compaction.lag.ms. */
  isOverdue: boolean;
  /** When time alone may make more of it cleanable, by the wall clock; null when only appends do. */
  dueMs: number | null;
  /** Since the log was opened. */
  lastCleanedMs: number | null;
  /** Why it is not cleaned any more. */
  failure: string | null;
}

/** A pass runs over many turns of the event loop. */
export interface CleaningPace {
  /** Whether the turn's share is used up with these bytes, read or written. */
  spend(bytes: number): boolean;
  /** Ends the turn. Rejects when cleaning is to stop. */
  rest(): Promise<void>;
}

export interface CleanOptions {
  highWatermark: number;
  /** Of the map of keys. */
  bufferBytes: number;
  loadFactor: number;
  pace: CleaningPace;
  /** Makes durable that the log is recovered from here on. Called after a flush, before the first segment is replaced. */
  saveRecoveryPoint: () => Promise<void>;
}

export interface CleanedInfo { firstDirtyOffset: number; endOffset: number; bytesBefore: number; bytesAfter: number; keys: number }

export interface PartitionLog {
  readonly topicPartition: TopicPartition;
  readonly directory: string;
  readonly topicId: string;
  readonly logStartOffset: number;
  /** Offset of the next record. */
  readonly logEndOffset: number;
  /** Everything below is on disk for good (fsynced). */
  readonly recoveryPoint: number;
  /** Where a recovery has to begin: the recovery point, or before it while the leader epochs have no room on a full disk. */
  readonly recoverFrom: number;
  readonly latestEpoch: number;
  readonly sizeBytes: number;
  /** Set once a sync failed: nothing is known of the disk any more, every later append and flush rejects with LOG_FAILED. */
  readonly failed: Error | null;
  segments(): SegmentView[];

  /**
   * Appends one whole, valid magic-2 batch: stamps base offset and leader epoch in place (and LogAppendTime with a new CRC when asked),
   * rolls segments as needed, updates indexes, epochs and producer state. Page cache only; `flush` makes it durable.
   */
  append(batch: Buffer, options: { leaderEpoch: number; logAppendTimeMs: number | null }): AppendInfo;
  /** Appends bytes of whole batches that already carry offsets and epochs (a follower, recovery, replay). */
  appendAsFollower(batches: Buffer): AppendInfo;
  /** Makes everything appended so far durable. One fsync serves all who wait for it. Rejects once when the disk refuses: final. */
  flush(): Promise<void>;

  /**
   * Whole batches from the one that contains `offset` (or the first after it), up to `maxBytes` and below `upperOffset`. At least one
   * whole batch when `minOneBatch`, else possibly no bytes. Null when there is nothing below the bound. Throws OFFSET_OUT_OF_RANGE below logStartOffset.
   * `lent`: in memory that is used again once it was written to a connection (DiskFile.readLent). For who keeps nothing of it.
   */
  read(offset: number, options: { maxBytes: number; minOneBatch: boolean; upperOffset: number; lent?: boolean }): LogSlice | null;

  /** First record with timestamp ≥ target and offset < upperOffset, by time index, offset index, then records. Null when none. */
  offsetForTimestamp(timestampMs: number, upperOffset: number): TimestampAndOffset | null;
  /** The record with the largest timestamp below the bound (ListOffsets −3). */
  offsetOfMaxTimestamp(upperOffset: number): TimestampAndOffset | null;
  /** Largest epoch ≤ asked and where it ends (KIP-101): `null` when unknown. */
  endOffsetForEpoch(epoch: number): { leaderEpoch: number; endOffset: number } | null;
  epochForOffset(offset: number): number | null;
  /** Starts a leader epoch at the log's end. */
  assignEpochStart(epoch: number): void;

  producer(producerId: number): ProducerState | null;
  producers(): ProducerState[];
  /** Forgets producers that were silent for longer (`producer.id.expiration.ms`). */
  expireProducers(nowMs: number, expirationMs: number): void;

  /** DeleteRecords: raises the log start, not beyond the log's end. What lies below stays until `dropSegmentsBelow`. */
  increaseLogStartOffset(offset: number): void;
  /**
   * Drops segments that end at or below this offset, once a log start there is durable: a power cut may bring back any of them, and only
   * by the log start does recovery tell the hole that is left from a lost end. Files are set aside and go after file.delete.delay.ms;
   * `atOnce` where the room is needed now.
   */
  dropSegmentsBelow(offset: number, options?: { atOnce: boolean }): void;
  /** Starts a segment at the log's end, so that the one before can be dropped; nothing when the active one is empty. */
  roll(): void;
  /**
   * Drops everything from this offset on, and the batch that holds it (a follower that diverged; the metadata log's torn tail). The caller
   * awaits `flush` and checkpoints the recovery point before it appends again: what was dropped may otherwise be back after a power cut.
   */
  truncateTo(offset: number): void;
  /** Up to here the log was cleaned; null when nothing is known to be. What `cleaner-offset-checkpoint` holds. */
  readonly cleanedTo: number | null;
  /** Without a high watermark: as if everything were committed. */
  cleaning(highWatermark?: number): CleaningView;
  /**
   * One pass of the cleaner, one at a time: keeps of every key in the cleanable part and before it the last record. Null when there is
   * nothing to clean. Rejects with the log as it was, or with some of its segments cleaned. What was cleaned is durable; that it was
   * is the caller's to write down. Appends, reads and everything else go on meanwhile.
   */
  clean(options: CleanOptions): Promise<CleanedInfo | null>;
  updateConfig(config: LogConfig): void;
  /** Clean stop: flush, trim indexes, snapshot producers. */
  close(): Promise<void>;
  /** Closes the files and writes nothing: the partition was deleted, its directory is renamed already and another may stand in its place. */
  discard(): void;
}

export interface OpenLogOptions {
  topicPartition: TopicPartition;
  topicId: string;
  directory: string;
  config: LogConfig;
  /** From the checkpoint files; null without an entry. */
  logStartOffset: number | null;
  recoveryPoint: number;
  /** The last stop was clean: segments are not read again. */
  cleanShutdown: boolean;
  maxDecompressedBytes: number;
  /** From `cleaner-offset-checkpoint`: below it every key stands once. Null without an entry. */
  firstDirtyOffset?: number | null;
  /** Takes dropped files from the disk later; without it they go at once. */
  removed?: RemovedFiles;
  /** Bounds the producers of all logs that share it; without it the log's own alone. */
  producerBudget?: ProducerBudget;
}
