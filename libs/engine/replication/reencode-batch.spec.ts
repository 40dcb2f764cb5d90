import { BATCH_OVERHEAD, buildBatch, compressionOf, plainSection, readBatchHeader, readRecords } from '#libs/kafka/protocol';
import type { CompressionCodec } from '#libs/kernel';
import { createNodeCpu } from '#libs/kernel/node';
import { reencode } from './reencode-batch.js';

const cpu = createNodeCpu();
const CODECS: readonly (CompressionCodec | null)[] = [null, 'gzip', 'snappy', 'lz4', 'zstd'];
const records = [{ key: Buffer.from('k'), value: Buffer.from('v'.repeat(500)), timestamp: 5 }, { key: null, value: null, timestamp: 9, headers: [{ key: 'h', value: Buffer.from('x') }] }];

describe('re-encoding', () => {
  it.each(CODECS.flatMap((from) => CODECS.map((to) => [from, to] as const)))('keeps records and header from %s to %s', (from, to) => {
    const before = buildBatch(records, cpu, { timestampMs: 1, codec: from, producerId: 3, producerEpoch: 1, baseSequence: 8 });
    const written = readBatchHeader(before);
    const after = reencode(written, plainSection(before, written, cpu, 10_000), to, cpu);
    const header = readBatchHeader(after);
    expect(compressionOf(header.attributes)).toBe(to);
    expect(cpu.crc32c(after.subarray(21))).toBe(header.crc);
    expect(header).toMatchObject({ count: 2, lastOffsetDelta: 1, baseTimestamp: 5, maxTimestamp: 9, producerId: 3, producerEpoch: 1, baseSequence: 8, sizeBytes: after.length });
    expect([...readRecords(after, cpu, 10_000)]).toEqual([...readRecords(before, cpu, 10_000)]);
  });

  it('compresses at the level that it is told', () => {
    const text = Array.from({ length: 3_000 }, (_, index) => `${(index * 7919) % 1009}:${(index * 31) % 17};`).join('');
    const batch = buildBatch([{ key: null, value: Buffer.from(text) }], cpu, { timestampMs: 1 });
    const sizeAt = (codec: CompressionCodec, level: number): number => reencode(readBatchHeader(batch), batch.subarray(BATCH_OVERHEAD), codec, cpu, level).length;
    for (const [codec, low, high] of [['gzip', 1, 9], ['zstd', -20, 19]] as const) expect(sizeAt(codec, high)).toBeLessThan(sizeAt(codec, low));
  });

  it.each(CODECS.slice(1))('bounds what %s may decompress to', (codec) => {
    const bomb = buildBatch([{ key: null, value: Buffer.alloc(1_000_000) }], cpu, { timestampMs: 1, codec });
    expect(() => plainSection(bomb, readBatchHeader(bomb), cpu, 10_000)).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }));
  });
});
