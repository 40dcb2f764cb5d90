/** Appends a decision's records to the partition, as one batch or (tombstones) as several, and replays what was appended. */
import type { Env } from '#libs/kernel';
import { buildBatch, ErrorCode, KafkaError, type NewRecord } from '#libs/kafka/protocol';
import type { LeaderPartition } from '../../replication/index.js';
import { CoordinatorLimits } from '../coordinator.limits.js';
import { encodeRecord, type CoordinatorRecord } from '../records/coordinator-record.js';

/** Produce's version that our own batches are checked as: with every codec, without a transaction of version 2. */
const PRODUCE_VERSION = 11;
/** More than a record's own framing takes. */
const RECORD_OVERHEAD_BYTES = 64;

interface Encoded { readonly record: CoordinatorRecord; readonly bytes: NewRecord }

function sizeOf({ bytes }: Encoded): number {
  return (bytes.key?.length ?? 0) + (bytes.value?.length ?? 0) + RECORD_OVERHEAD_BYTES;
}

function* split(records: readonly Encoded[], atomic: boolean): Generator<readonly Encoded[]> {
  if (atomic) {
    yield records;
    return;
  }
  let chunk: Encoded[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = sizeOf(record);
    if (chunk.length > 0 && bytes + size > CoordinatorLimits.splitBatchBytes) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(record);
    bytes += size;
  }
  yield chunk;
}

/**
 * `replay` is called for each record of each batch as soon as that batch is in the log. Answers the offset to wait for. Throws KafkaError
 * when the partition refuses; of a split write, what came before is then in the log and replayed.
 */
export function appendRecords(
  env: Env, partition: LeaderPartition, records: readonly CoordinatorRecord[], atomic: boolean, replay: (record: CoordinatorRecord) => void,
): number {
  const encoded = records.map((record) => ({ record, bytes: encodeRecord(record) }));
  let requiredOffset = 0;
  for (const chunk of split(encoded, atomic)) {
    const batch = buildBatch(chunk.map(({ bytes }) => bytes), env.cpu, { timestampMs: env.clock.now() });
    const result = partition.appendAsLeader(batch, { requiredAcks: -1, origin: 'internal', apiVersion: PRODUCE_VERSION });
    if (result.errorCode !== ErrorCode.NONE) throw new KafkaError(result.errorCode, result.errorMessage ?? undefined);
    requiredOffset = result.requiredOffset;
    for (const { record } of chunk) replay(record);
  }
  return requiredOffset;
}
