/** What the log's own tests share: small batches with contents that can be told apart, and logs over the memory disk. */
import { buildBatch, readRecords, type BatchOptions } from '#libs/kafka/protocol';
import { createTestEnv, type MemoryDisk, type TestEnv } from '#libs/kernel/testing';
import type { LogConfig, OpenLogOptions, PartitionLog } from './api.js';
import { batchSizeAt } from '#libs/kafka/protocol';
import { NOTHING_REMOVED } from './log-config.defaults.js';
import { openLog } from './open-log.js';

export const DIRECTORY = '/data/orders-0';
export const TOPIC_ID = 'Zm9vYmFyYmF6cXV4MTIzNA';
export const SMALL: LogConfig = { ...NOTHING_REMOVED, segmentBytes: 700, segmentMs: 1_000_000, segmentIndexBytes: 10_000, indexIntervalBytes: 150 };

export function testBatch(env: TestEnv, values: readonly string[], options: Partial<BatchOptions> & { timestamps?: readonly number[] } = {}): Buffer {
  const records = values.map((value, index) => ({ key: null, value: Buffer.from(value), timestamp: options.timestamps?.[index] ?? 1000 }));
  return buildBatch(records, env.cpu, { timestampMs: 1000, ...options });
}

export function openTestLog(env: TestEnv, options: Partial<OpenLogOptions> = {}): PartitionLog {
  return openLog(env, {
    topicPartition: { topic: 'orders', partition: 0 }, topicId: TOPIC_ID, directory: DIRECTORY, config: SMALL, logStartOffset: null, recoveryPoint: 0,
    cleanShutdown: false, maxDecompressedBytes: 1 << 20, ...options,
  });
}

/** An env over a disk that exists already, after a restart. */
export function restarted(disk: MemoryDisk): TestEnv { return createTestEnv({ disk }); }

export function splitBatches(bytes: Buffer): Buffer[] {
  const batches: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = batchSizeAt(bytes, at);
    batches.push(bytes.subarray(at, at + size));
    at += size;
  }
  return batches;
}

export interface ReadRecord { offset: number; timestamp: number; value: string }

/** Everything from the log start on, read in small steps; throws when a batch is not what its CRC says. */
export function readAll(env: TestEnv, log: PartitionLog, maxBytes = 300): ReadRecord[] {
  const records: ReadRecord[] = [];
  for (let offset = log.logStartOffset; ;) {
    const slice = log.read(offset, { maxBytes, minOneBatch: true, upperOffset: log.logEndOffset });
    if (slice === null) return records;
    for (const batch of splitBatches(slice.bytes)) {
      if (env.cpu.crc32c(batch.subarray(21)) !== batch.readUInt32BE(17)) throw new Error(`CRC of the batch at ${offset}`);
      for (const record of readRecords(batch, env.cpu, 1 << 20)) {
        if (record.offset >= log.logStartOffset) records.push({ offset: record.offset, timestamp: record.timestamp, value: record.value!.toString() });
      }
    }
    offset = slice.nextOffset;
  }
}
