/**
 * Partitions as their leader sees them: appends with Kafka's checks, the high watermark, waiting producers and consumers. One
 * function owns (logStartOffset, highWatermark, logEndOffset) and asserts logStartOffset ≤ highWatermark ≤ logEndOffset.
 * With one replica the high watermark follows the log's end (`os`) or the flushed end (`ack`): what consumers see and what acks=all
 * acknowledges is what survives.
 */
import type { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import type { DiskRoomState } from './disk-room.js';
import type { RetentionInput } from './retention-plan.js';
import type { LogConfig, PartitionLog, LogSlice, TimestampAndOffset } from '../log/index.js';

export interface AppendResult {
  errorCode: ErrorCode;
  errorMessage: string | null;
  baseOffset: number;
  logAppendTimeMs: number;
  logStartOffset: number;
  recordErrors: readonly { batchIndex: number; message: string | null }[];
  /** Offset that the high watermark must reach before an acks=all answer: last offset + 1. Also for duplicates. */
  requiredOffset: number;
  /** flush.messages wants a flush with it, whose end every answer awaits, not only that of acks=all: the high watermark follows then. */
  awaitsFlush?: true;
}

export interface PartitionOffsets { logStartOffset: number; highWatermark: number; lastStableOffset: number; logEndOffset: number }

/** What went through a partition since it was opened; only grows. Reads are those below the high watermark, clients' and our own. */
export interface PartitionTraffic { bytesIn: number; recordsIn: number; bytesOut: number; /** Offsets from the asked one on; of a compacted log also those that are gone. */ recordsOut: number }

export interface AppendOptions { requiredAcks: number; origin: 'client' | 'internal'; apiVersion: number }
/** `lent`: see PartitionLog.read. */
export interface ReadOptions { maxBytes: number; minOneBatch: boolean; readCommitted: boolean; lent?: boolean }

export interface LeaderPartition {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly log: PartitionLog;
  /** Why this is no longer a leader that can be used (deleted, resigned, disk failed); NONE while it is. */
  readonly endedWith: ErrorCode;
  /** Bytes that came below the high watermark since this partition was opened; only grows. What long polls count by. */
  readonly committedBytes: number;
  readonly traffic: Readonly<PartitionTraffic>;
  /** As it is now. */
  readonly logConfig: Readonly<LogConfig>;
  offsets(): PartitionOffsets;
  /** A producer's batch: all of Kafka's checks, idempotence included; synchronous. `internal` is our own writing (coordinators, markers). */
  appendAsLeader(records: Buffer, options: AppendOptions): AppendResult;
  /** Calls back once, possibly at once: with null when highWatermark ≥ offset, else with why it can no longer be reached here. Must not throw. */
  onCommitted(offset: number, done: (error: KafkaError | null) => void): void;
  /** Resolves when highWatermark ≥ offset; rejects (KafkaError) when leadership ends or the disk failed. */
  whenCommitted(offset: number): Promise<void>;
  /** Below the high watermark (or LSO). Throws KafkaError (OFFSET_OUT_OF_RANGE …). Null: nothing there yet. */
  read(offset: number, options: ReadOptions): LogSlice | null;
  offsetForTimestamp(timestampMs: number): TimestampAndOffset | null;
  /** The record with the largest timestamp below the high watermark. */
  offsetOfMaxTimestamp(): TimestampAndOffset | null;
  /** What `planRetention` and `segmentRetentionTimes` go by, as of now. */
  retentionInput(): RetentionInput;
  deleteRecordsBefore(offset: number): Promise<{ lowWatermark: number }>;
  /** Called at every advance of the high watermark and at the end of leadership; returns an unsubscribe. */
  onAdvance(listener: () => void): () => void;
}

export interface ReplicaManager {
  /** Leader partition here, or the Kafka error why not (UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR). */
  leader(topic: string, partition: number): LeaderPartition | ErrorCode;
  /** Topic name of an id, from the image. */
  topicName(topicId: string): string | null;
  partitions(): Iterable<LeaderPartition>;
  /** What is used and free, and why producers are refused if they are. */
  diskRoom(): DiskRoomState;
  /** Coordinators learn which internal partitions they lead here. */
  onLeadership(topic: string, listener: { elected(partition: LeaderPartition): void; resigned(partition: number): void }): void;
  /** Periodic work: checkpoints, producer expiry, retention of DeleteRecords. */
  shutdown(): Promise<void>;
}
