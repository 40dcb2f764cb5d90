/** What the cleaner's tests share: logs of keyed records, passes without rests, and what a reader finds. */
import { buildBatch, readBatchHeader, readRecords, type BatchHeader, type BatchOptions } from '#libs/kafka/protocol';
import type { MemoryDisk, TestEnv } from '#libs/kernel/testing';
import type { CleanedInfo, CleaningPace, LogConfig, PartitionLog } from './api.js';
import { finishReplacements } from './clean-recovery.js';
import { DIRECTORY, openTestLog, restarted, SMALL, splitBatches } from './log.fixture.js';

export const COMPACTED: LogConfig = { ...SMALL, compacted: true, segmentBytes: 400, deleteRetentionMs: 1_000 };
export const UNHURRIED: CleaningPace = { spend: () => false, rest: () => Promise.resolve() };

export interface KeyedRecord { key: string | null; value: string | null; timestamp?: number }
export interface FoundRecord { offset: number; key: string | null; value: string | null; timestamp: number }

export function keyedBatch(env: TestEnv, records: readonly KeyedRecord[], options: Partial<BatchOptions> = {}): Buffer {
  return buildBatch(records.map(({ key, value, timestamp }) => ({
    key: key === null ? null : Buffer.from(key), value: value === null ? null : Buffer.from(value), timestamp: timestamp ?? env.clock.now(),
  })), env.cpu, { timestampMs: env.clock.now(), ...options });
}

export function appendKeyed(env: TestEnv, log: PartitionLog, records: readonly KeyedRecord[], options: Partial<BatchOptions> = {}): void {
  log.append(keyedBatch(env, records, options), { leaderEpoch: 0, logAppendTimeMs: null });
}

/** `k=v` appends v under k, `k` deletes k; each in a batch of its own. */
export function appendEach(env: TestEnv, log: PartitionLog, ...records: readonly string[]): void {
  for (const text of records) {
    const [key, value] = text.split('=');
    appendKeyed(env, log, [{ key: key!, value: value ?? null }]);
  }
}

export function clean(log: PartitionLog, options: Partial<Parameters<PartitionLog['clean']>[0]> = {}): Promise<CleanedInfo | null> {
  return log.clean({ highWatermark: log.logEndOffset, bufferBytes: 1 << 20, loadFactor: 0.9, pace: UNHURRIED, saveRecoveryPoint: () => Promise.resolve(), ...options });
}

export function batchesOf(env: TestEnv, log: PartitionLog, from = log.logStartOffset): { header: BatchHeader; bytes: Buffer }[] {
  const batches: { header: BatchHeader; bytes: Buffer }[] = [];
  for (let offset = from; ;) {
    const slice = log.read(offset, { maxBytes: 300, minOneBatch: true, upperOffset: log.logEndOffset });
    if (slice === null) return batches;
    for (const bytes of splitBatches(slice.bytes)) {
      if (env.cpu.crc32c(bytes.subarray(21)) !== bytes.readUInt32BE(17)) throw new Error(`CRC of the batch at ${offset}`);
      batches.push({ header: readBatchHeader(bytes), bytes });
    }
    offset = slice.nextOffset;
  }
}

export function recordsIn(env: TestEnv, log: PartitionLog, from = log.logStartOffset): FoundRecord[] {
  return batchesOf(env, log, from).flatMap(({ bytes }) => [...readRecords(bytes, env.cpu, 1 << 20)].map(({ offset, key, value, timestamp }) => ({
    offset, key: key?.toString() ?? null, value: value?.toString() ?? null, timestamp,
  }))).filter(({ offset }) => offset >= from);
}

/** `offset:k=v`, `offset:k` for a tombstone. */
export function found(env: TestEnv, log: PartitionLog): string {
  return recordsIn(env, log).map(({ offset, key, value }) => `${offset}:${key}${value === null ? '' : `=${value}`}`).join(' ');
}

export async function reopened(disk: MemoryDisk, options: Parameters<typeof openTestLog>[1] = {}): Promise<{ env: TestEnv; log: PartitionLog }> {
  const env = restarted(disk);
  await finishReplacements(env, DIRECTORY);
  return { env, log: openTestLog(env, { config: COMPACTED, ...options }) };
}
