/**
 * One pass over the partitions of a Fetch, in order: the byte budget, the first batch that is returned whole whatever the limits say (a
 * consumer must be able to get past a large one), epochs, truncation. Nothing waits here.
 */
import { EMPTY, ErrorCode, KafkaError } from '#libs/kafka/protocol';
import type { LeaderPartition } from './api.js';
import type { FetchAnswer, WantedPartition } from './fetch-session.js';
import { checkLeaderEpoch } from './leader-epoch-check.js';

/** A wanted partition and who leads it here, or why it can't be read. */
export interface FetchTarget { wanted: WantedPartition; topic: string | null; leader: LeaderPartition | ErrorCode }

export interface PartitionRead extends FetchAnswer {
  readonly topic: string | null;
  readonly lastStableOffset: number;
  readonly records: Buffer;
  readonly divergingEpoch: { epoch: number; endOffset: number } | null;
}

export interface ReadBudget { maxBytes: number; readCommitted: boolean }
export interface ReadPass { reads: PartitionRead[]; bytes: number; /** Errors and truncations are answered at once. */ urgent: boolean }

function failed(target: FetchTarget, errorCode: ErrorCode): PartitionRead {
  return {
    wanted: target.wanted, topic: target.topic, errorCode, highWatermark: -1, lastStableOffset: -1, logStartOffset: -1, records: EMPTY, recordBytes: 0,
    diverging: false, divergingEpoch: null,
  };
}

/**
 * KIP-320: where the log of a reader that last read in `lastFetchedEpoch` parts from this one; null when it doesn't. An epoch that
 * isn't known here at all means that the reader's position is out of range.
 */
function divergence(leader: LeaderPartition, wanted: WantedPartition): PartitionRead['divergingEpoch'] {
  if (wanted.lastFetchedEpoch < 0) return null;
  const end = leader.log.endOffsetForEpoch(wanted.lastFetchedEpoch);
  if (end === null) throw new KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE);
  if (end.leaderEpoch >= wanted.lastFetchedEpoch && end.endOffset >= wanted.fetchOffset) return null;
  return { epoch: end.leaderEpoch, endOffset: end.endOffset };
}

function readOne(target: FetchTarget, budget: ReadBudget, minOneBatch: boolean): PartitionRead {
  const { leader, wanted } = target;
  if (typeof leader === 'number') return failed(target, leader);
  const fenced = checkLeaderEpoch(wanted.currentLeaderEpoch, leader.leaderEpoch);
  if (fenced !== ErrorCode.NONE) return failed(target, fenced);
  try {
    const divergingEpoch = divergence(leader, wanted);
    const slice = divergingEpoch === null
      ? leader.read(wanted.fetchOffset, { maxBytes: Math.min(wanted.partitionMaxBytes, budget.maxBytes), minOneBatch, readCommitted: budget.readCommitted, lent: true })
      : null;
    const offsets = leader.offsets();
    const records = slice?.bytes ?? EMPTY;
    return {
      wanted, topic: target.topic, errorCode: ErrorCode.NONE, highWatermark: offsets.highWatermark, lastStableOffset: offsets.lastStableOffset,
      logStartOffset: offsets.logStartOffset, records, recordBytes: records.length, diverging: divergingEpoch !== null, divergingEpoch,
    };
  } catch (error) {
    if (error instanceof KafkaError) return failed(target, error.code);
    throw error;
  }
}

export function readPartitions(targets: readonly FetchTarget[], budget: ReadBudget): ReadPass {
  const pass: ReadPass = { reads: [], bytes: 0, urgent: false };
  for (const target of targets) {
    const left = Math.max(0, budget.maxBytes - pass.bytes);
    const read = readOne(target, { ...budget, maxBytes: left }, pass.bytes === 0);
    pass.reads.push(read);
    pass.bytes += read.recordBytes;
    pass.urgent ||= read.errorCode !== ErrorCode.NONE || read.diverging;
  }
  return pass;
}
