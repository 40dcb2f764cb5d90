/** A partition of `__consumer_offsets` on an array of batches: for tests of the coordinator alone. */
import { ErrorCode, KafkaError, lastOffset, readBatchHeader, readRecords, stampOffsets } from '#libs/kafka/protocol';
import type { Cpu } from '#libs/kernel';
import type { PartitionLog } from '../../log/index.js';
import type { LeaderPartition, ReplicaManager } from '../../replication/index.js';
import { OFFSETS_TOPIC } from '../coordinator.config.js';
import { decodeRecord, type CoordinatorRecord } from '../records/coordinator-record.js';

export interface FakePartition extends LeaderPartition {
  readonly batches: Buffer[];
  /** Appends bytes as somebody else's log would have them. */
  put(batch: Buffer): void;
  /** Until `commit`, nothing is committed. */
  holdCommits(): void;
  commit(): void;
  /** Every append is refused with this code; NONE ends it. */
  refuseWith(errorCode: ErrorCode): void;
  /** Leadership ends: whoever waits for a commit is refused. */
  resign(): void;
}

interface Waiter { offset: number; resolve(): void; reject(error: KafkaError): void }

export function createFakePartition(partition: number, options: { leaderEpoch?: number; batches?: readonly Buffer[]; chunkBatches?: number } = {}): FakePartition {
  const batches: Buffer[] = [];
  const leaderEpoch = options.leaderEpoch ?? 0;
  let end = 0;
  let highWatermark = 0;
  let held = false;
  let refusal: ErrorCode = ErrorCode.NONE;
  let waiters: Waiter[] = [];

  function put(batch: Buffer): void {
    stampOffsets(batch, 0, end, leaderEpoch);
    batches.push(batch);
    end = lastOffset(readBatchHeader(batch)) + 1;
    if (!held) advance();
  }
  function advance(): void {
    highWatermark = end;
    const due = waiters.filter(({ offset }) => offset <= highWatermark);
    waiters = waiters.filter(({ offset }) => offset > highWatermark);
    for (const { resolve } of due) resolve();
  }
  function read(offset: number, { upperOffset }: { upperOffset: number }): { bytes: Buffer; nextOffset: number } | null {
    const wanted = batches.filter((batch) => lastOffset(readBatchHeader(batch)) >= offset && readBatchHeader(batch).baseOffset < upperOffset);
    const chunk = wanted.slice(0, options.chunkBatches ?? wanted.length);
    return chunk.length === 0 ? null : { bytes: Buffer.concat(chunk), nextOffset: lastOffset(readBatchHeader(chunk.at(-1)!)) + 1 };
  }
  const log = { logStartOffset: 0, get logEndOffset() { return end; }, read } as unknown as PartitionLog;
  for (const batch of options.batches ?? []) put(Buffer.from(batch));

  const fake: Partial<FakePartition> & Pick<FakePartition, 'batches'> = {
    topic: OFFSETS_TOPIC, topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', partition, leaderEpoch, log, batches, put,
    offsets: () => ({ logStartOffset: 0, highWatermark, lastStableOffset: highWatermark, logEndOffset: end }),
    appendAsLeader(records) {
      const baseOffset = end;
      if (refusal === ErrorCode.NONE) put(Buffer.from(records));
      return {
        errorCode: refusal, errorMessage: null, baseOffset, logAppendTimeMs: -1, logStartOffset: 0, recordErrors: [], requiredOffset: end,
      };
    },
    whenCommitted: (offset) => (offset <= highWatermark ? Promise.resolve() : new Promise((resolve, reject) => { waiters.push({ offset, resolve, reject }); })),
    holdCommits() { held = true; },
    commit() {
      held = false;
      advance();
    },
    refuseWith(errorCode) { refusal = errorCode; },
    resign() {
      for (const { reject } of waiters.splice(0)) reject(new KafkaError(ErrorCode.NOT_LEADER_OR_FOLLOWER));
    },
  };
  return fake as FakePartition;
}

/** What the batches hold, as the coordinator reads it. */
export function recordsOf(batches: readonly Buffer[], cpu: Cpu): (CoordinatorRecord | null)[] {
  return batches.flatMap((batch) => [...readRecords(batch, cpu, 1_000_000)].map(({ key, value }) => decodeRecord(key, value)));
}

export interface FakeReplicas extends ReplicaManager {
  elect(partition: LeaderPartition): void;
  resign(partition: number): void;
}

export function createFakeReplicas(leaders: LeaderPartition[] = []): FakeReplicas {
  const listeners: Parameters<ReplicaManager['onLeadership']>[1][] = [];
  return {
    leader: (_topic, partition) => leaders.find((leader) => leader.partition === partition) ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    topicName: () => null,
    diskRoom: () => ({ usedBytes: 0, limitBytes: null, freeBytes: 2 ** 40, freeBytesMin: 0, refusal: null }),
    partitions: () => leaders,
    onLeadership(_topic, listener) { listeners.push(listener); },
    shutdown: () => Promise.resolve(),
    elect(partition) { for (const listener of listeners) listener.elected(partition); },
    resign(partition) { for (const listener of listeners) listener.resigned(partition); },
  };
}
