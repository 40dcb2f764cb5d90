import { Attribute, BATCH_OVERHEAD, ErrorCode, buildBatch, compressionOf, readBatchHeader, readRecords, sealBatch, type BatchHeader, type NewRecord } from '#libs/kafka/protocol';
import { createTestCpu } from '#libs/kernel/testing';
import { effectiveTopicConfig, type TopicSettings } from './effective-topic-config.js';
import { replicationLimits } from './replication.limits.js';
import { validateBatch, type ValidationContext } from './validate-batch.js';

const cpu = createTestCpu();
const NOW = 1_700_000_000_000;
const NONE = new Map<string, string>();
const defaults = effectiveTopicConfig({ topic: NONE, broker: NONE, clusterDefault: NONE, static: NONE });
const COMPACTED = { log: { ...defaults.log, compacted: true } };
const context = (settings: Partial<TopicSettings> = {}, apiVersion = 9): ValidationContext => ({ settings: { ...defaults, ...settings }, apiVersion, nowMs: NOW, cpu, topicPartition: 't-0' });
const record = (value: string, more: Partial<NewRecord> = {}): NewRecord => ({ key: Buffer.from('k'), value: Buffer.from(value), ...more });
const good = (options: Partial<Parameters<typeof buildBatch>[2]> = {}, records: NewRecord[] = [record('a'), record('b')]): Buffer => buildBatch(records, cpu, { timestampMs: NOW, ...options });
/** Signs the batch again with another header. */
function altered(change: Partial<BatchHeader>, batch = good()): Buffer {
  sealBatch(batch, { ...readBatchHeader(batch), ...change }, (bytes) => cpu.crc32c(bytes));
  return batch;
}
const codeOf = (batch: Buffer | null, settings: Partial<TopicSettings> = {}, apiVersion = 9): number => {
  const verdict = validateBatch(batch, context(settings, apiVersion));
  return verdict.ok ? ErrorCode.NONE : verdict.errorCode;
};

describe('validateBatch: shape', () => {
  it('passes a good batch by reference', () => {
    const batch = good();
    expect(validateBatch(batch, context())).toMatchObject({ ok: true, header: { count: 2 } });
    const verdict = validateBatch(batch, context());
    expect(verdict.ok && verdict.batch).toBe(batch);
  });
  it('refuses no batch, two batches, old magic', () => {
    expect(codeOf(null)).toBe(ErrorCode.INVALID_RECORD);
    expect(codeOf(Buffer.alloc(0))).toBe(ErrorCode.INVALID_RECORD);
    expect(codeOf(Buffer.concat([good(), good()]))).toBe(ErrorCode.INVALID_RECORD);
    for (const [magic, code] of [[0, ErrorCode.INVALID_RECORD], [1, ErrorCode.INVALID_RECORD], [3, ErrorCode.CORRUPT_MESSAGE]] as const) {
      const batch = good();
      batch.writeInt8(magic, 16);
      expect(codeOf(batch)).toBe(code);
    }
  });
  it('refuses a length that is not what came', () => {
    expect(codeOf(good().subarray(0, BATCH_OVERHEAD - 1))).toBe(ErrorCode.INVALID_RECORD);
    expect(codeOf(good().subarray(0, BATCH_OVERHEAD + 3))).toBe(ErrorCode.INVALID_RECORD);
    for (const [length, code] of [[-1, ErrorCode.CORRUPT_MESSAGE], [0, ErrorCode.CORRUPT_MESSAGE], [-0x8000_0000, ErrorCode.CORRUPT_MESSAGE], [0x7fff_ffff, ErrorCode.INVALID_RECORD]] as const) {
      const batch = good();
      batch.writeInt32BE(length, 8);
      expect(codeOf(batch)).toBe(code);
    }
  });
  it('refuses a flipped bit anywhere that is signed', () => {
    for (let at = 17; at < good().length; at++) {
      const batch = good();
      batch[at]! ^= 0x01;
      expect([at, codeOf(batch)]).not.toEqual([at, ErrorCode.NONE]);
    }
  });
  it('accepts max.message.bytes and refuses one byte more', () => {
    const batch = good();
    expect(codeOf(batch, { maxMessageBytes: batch.length })).toBe(ErrorCode.NONE);
    expect(codeOf(batch, { maxMessageBytes: batch.length - 1 })).toBe(ErrorCode.MESSAGE_TOO_LARGE);
  });
});

describe('validateBatch: header', () => {
  it.each<[string, Partial<BatchHeader>, number]>([
    ['a base offset', { baseOffset: 1 }, ErrorCode.INVALID_RECORD],
    ['no records', { count: 0, lastOffsetDelta: -1 }, ErrorCode.INVALID_RECORD],
    ['a count that is not the offsets', { count: 3 }, ErrorCode.INVALID_RECORD],
    ['a negative count', { count: -1 }, ErrorCode.INVALID_RECORD],
    ['a producer without sequence', { producerId: 5, producerEpoch: 0, baseSequence: -1 }, ErrorCode.INVALID_RECORD],
    ['a producer without epoch', { producerId: 5, producerEpoch: -1, baseSequence: 0 }, ErrorCode.INVALID_RECORD],
    ['a control batch', { attributes: Attribute.control }, ErrorCode.INVALID_RECORD],
    ['a delete horizon', { attributes: Attribute.deleteHorizon }, ErrorCode.INVALID_RECORD],
    ['a transaction', { attributes: Attribute.transactional, producerId: 5, producerEpoch: 0, baseSequence: 0 }, ErrorCode.INVALID_TXN_STATE],
    ['an unknown codec', { attributes: 5 }, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE],
  ])('refuses %s', (_name, change, errorCode) => {
    expect(codeOf(altered(change))).toBe(errorCode);
  });
  it('refuses numbers beyond 2^53', () => {
    const batch = good();
    batch.writeBigInt64BE(2n ** 60n, 35);
    batch.writeUInt32BE(cpu.crc32c(batch.subarray(21)), 17);
    expect(codeOf(batch)).toBe(ErrorCode.INVALID_RECORD);
  });
  it('takes as many records as there is room for, and not one more', () => {
    const claiming = (count: number, options: Partial<Parameters<typeof buildBatch>[2]> = {}): Buffer => altered({ count, lastOffsetDelta: count - 1 }, good(options));
    const smallest = good({}, Array.from({ length: 60 }, () => ({ key: null, value: null })));
    expect([smallest.length - BATCH_OVERHEAD, codeOf(smallest)]).toEqual([60 * 7, ErrorCode.NONE]);
    expect(codeOf(altered({ count: 61, lastOffsetDelta: 60 }, smallest))).toBe(ErrorCode.INVALID_RECORD);
    expect(codeOf(claiming(0x7fff_ffff))).toBe(ErrorCode.INVALID_RECORD);
    const most = Math.floor(replicationLimits.decompressedBatchBytesMax / 7);
    expect(codeOf(claiming(most, { codec: 'gzip' }))).toBe(ErrorCode.NONE);
    expect(codeOf(claiming(most + 1, { codec: 'gzip' }))).toBe(ErrorCode.INVALID_RECORD);
    expect(codeOf(claiming(0x7fff_ffff, { codec: 'gzip' }))).toBe(ErrorCode.INVALID_RECORD);
  });
  it('takes zstd from version 7 on', () => {
    expect(codeOf(altered({ attributes: 4 }), {}, 6)).toBe(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
    expect(codeOf(altered({ attributes: 4 }), {}, 7)).toBe(ErrorCode.NONE);
  });
  it("takes a producer's LogAppendTime bit away", () => {
    const verdict = validateBatch(altered({ attributes: Attribute.logAppendTime }), context());
    expect(verdict).toMatchObject({ ok: true, header: { attributes: 0 } });
    expect(verdict.ok && cpu.crc32c(verdict.batch.subarray(21)) === verdict.header.crc).toBe(true);
  });
});

describe('validateBatch: records', () => {
  it('lists records without a key on a compacted topic', () => {
    const batch = good({ codec: 'gzip' }, [record('a'), record('b', { key: null }), record('c', { key: null })]);
    expect(codeOf(batch)).toBe(ErrorCode.NONE);
    const verdict = validateBatch(batch, context(COMPACTED));
    expect(verdict).toMatchObject({ ok: false, errorCode: ErrorCode.INVALID_RECORD });
    expect(!verdict.ok && verdict.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([1, 2]);
    expect(!verdict.ok && verdict.message).toMatch(/due to 2 record errors in total, and only showing the first three errors at most: \[RecordError\(batchIndex=1, message='Compacted topic cannot accept message without key in topic partition \S+'\), RecordError\(batchIndex=2, .*'\)\]$/);
  });
  it('holds create times to both limits, exactly', () => {
    const at = (timestamp: number): Buffer => good({}, [record('a', { timestamp: NOW }), record('b', { timestamp })]);
    const limits = { timestampBeforeMaxMs: 1000, timestampAfterMaxMs: 500 };
    expect(codeOf(at(NOW + 500), limits)).toBe(ErrorCode.NONE);
    expect(codeOf(at(NOW - 1000), limits)).toBe(ErrorCode.NONE);
    for (const timestamp of [NOW + 501, NOW - 1001]) {
      const verdict = validateBatch(at(timestamp), context(limits));
      expect(verdict).toMatchObject({ ok: false, errorCode: ErrorCode.INVALID_TIMESTAMP });
      expect(!verdict.ok && verdict.recordErrors).toMatchObject([{ batchIndex: 1 }]);
      expect(codeOf(at(timestamp), { ...limits, timestampType: 'LogAppendTime' })).toBe(ErrorCode.NONE);
    }
    expect(codeOf(at(-1), limits)).toBe(ErrorCode.NONE);
  });
  it('never decompresses more than the cleaner can, however large the topic lets batches be', () => {
    const asked: number[] = [];
    const counting = { ...cpu, decompress: (...[codec, bytes, maxBytes]: Parameters<typeof cpu.decompress>) => { asked.push(maxBytes); return cpu.decompress(codec, bytes, maxBytes); } };
    for (const maxMessageBytes of [1_000, 1_048_588, 2 ** 31 - 1]) {
      expect(validateBatch(good({ codec: 'gzip' }), { ...context({ ...COMPACTED, maxMessageBytes }), cpu: counting }).ok).toBe(true);
    }
    expect([...new Set(asked)]).toEqual([1_048_576, 1_048_588 * 32, 128 * 1_048_576]);
  });
  it('refuses what cannot be decompressed or read where records are looked at', () => {
    expect(codeOf(altered({ attributes: 1 }), COMPACTED)).toBe(ErrorCode.INVALID_RECORD);
    const torn = good();
    torn[BATCH_OVERHEAD] = 0x7e;
    expect(codeOf(altered({}, torn), COMPACTED)).toBe(ErrorCode.INVALID_RECORD);
  });
  it('refuses a bomb: more than so many times max.message.bytes; a megabyte is free', () => {
    const zeros = (sizeBytes: number): Buffer => good({ codec: 'gzip' }, [record('0'.repeat(sizeBytes))]);
    const small = { ...COMPACTED, maxMessageBytes: 100_000 };
    expect(codeOf(zeros(1_000_000), { ...COMPACTED, maxMessageBytes: 10_000 })).toBe(ErrorCode.NONE);
    expect(codeOf(zeros(3_000_000), small)).toBe(ErrorCode.NONE);
    expect(codeOf(zeros(3_300_000), small)).toBe(ErrorCode.MESSAGE_TOO_LARGE);
    expect(codeOf(zeros(3_300_000), { maxMessageBytes: 100_000 })).toBe(ErrorCode.NONE);
  });
});

describe('validateBatch: re-encoding', () => {
  const options = { producerId: 7, producerEpoch: 1, baseSequence: 40 };
  it.each([[null, 'gzip'], ['gzip', null]] as const)('stores %s as %s with the same records and sequence', (from, to) => {
    const records = [record('a', { headers: [{ key: 'h', value: null }], timestamp: NOW - 5 }), record('b', { timestamp: NOW })];
    const before = good({ codec: from, ...options }, records);
    const verdict = validateBatch(before, context({ compression: to }));
    if (!verdict.ok) throw new Error(verdict.message);
    expect(compressionOf(verdict.header.attributes)).toBe(to);
    expect(verdict.header).toMatchObject({ ...options, count: 2, maxTimestamp: NOW, baseTimestamp: NOW - 5 });
    expect([...readRecords(verdict.batch, cpu, 1e6)]).toEqual([...readRecords(before, cpu, 1e6)]);
    expect(validateBatch(verdict.batch, context()).ok).toBe(true);
  });
  it('leaves a batch alone that has the codec already', () => {
    const batch = good({ codec: 'gzip' });
    const verdict = validateBatch(batch, context({ compression: 'gzip' }));
    expect(verdict.ok && verdict.batch).toBe(batch);
  });
  it('holds the result to max.message.bytes', () => {
    const batch = good({ codec: 'gzip' }, [record('x'.repeat(5000))]);
    expect(codeOf(batch, { compression: null, maxMessageBytes: 1000 })).toBe(ErrorCode.MESSAGE_TOO_LARGE);
  });
});
