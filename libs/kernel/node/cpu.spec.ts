import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { CompressionCodec } from '../ports.js';
import { createNodeCpu } from './cpu.js';
import { crc32cTable } from '../crc32c.js';

const cpu = createNodeCpu();
const CODECS: CompressionCodec[] = ['gzip', 'snappy', 'lz4', 'zstd'];
const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'NONE';
};

describe('crc32c', () => {
  it('has the check value, and continues', () => {
    expect(cpu.crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(cpu.crc32c(Buffer.from('6789'), cpu.crc32c(Buffer.from('12345')))).toBe(0xe3069283);
  });
  it('is the same without the addon', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ maxLength: 20 }), (first, second) => {
      const [a, b] = [Buffer.from(first), Buffer.from(second)];
      expect(crc32cTable(b, crc32cTable(a))).toBe(cpu.crc32c(Buffer.concat([a, b])));
    }));
  });
});

describe.each(CODECS)('%s', (codec) => {
  it('returns what went in', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 5000 }), fc.integer({ min: 1, max: 60 }), (bytes, times) => {
      const plain = Buffer.concat(Array.from({ length: times }, () => Buffer.from(bytes)));
      expect(cpu.decompress(codec, cpu.compress(codec, plain), plain.length).equals(plain)).toBe(true);
    }), { numRuns: 40 });
  });
  it('refuses what would grow beyond the limit, and takes what just fits', () => {
    const plain = Buffer.alloc(3_000_000, 'a');
    const packed = cpu.compress(codec, plain);
    expect(cpu.decompress(codec, packed, plain.length).length).toBe(plain.length);
    expect(codeOf(() => cpu.decompress(codec, packed, plain.length - 1))).toBe('TOO_LARGE');
    expect(codeOf(() => cpu.decompress(codec, packed, 1000))).toBe('TOO_LARGE');
  });
  it('answers hostile bytes with a coded error', () => {
    const packed = cpu.compress(codec, Buffer.from('some text, some more text, some text'));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), (noise, at, flip) => {
      const mutated = Buffer.from(packed);
      mutated[at]! ^= flip;
      for (const bytes of [Buffer.from(noise), mutated, packed.subarray(0, at)]) {
        expect(['NONE', 'CORRUPT', 'TOO_LARGE']).toContain(codeOf(() => cpu.decompress(codec, bytes, 10_000)));
      }
    }), { numRuns: 200 });
  });
});

describe('levels', () => {
  // Text of few words: enough for a search that takes longer to find more.
  let seed = 7;
  const word = (): string => ['alpha', 'beta', 'gamma-ray', 'delta', 'epsilon', '{"id":', '"name":'][(seed = (seed * 48_271) % 2_147_483_647) % 7]!;
  const plain = Buffer.from(Array.from({ length: 20_000 }, word).join(''));
  it.each([['gzip', 1, 9], ['zstd', -50, 19]] as const)('of %s: %d is larger than %d, and both come back', (codec, low, high) => {
    const [fast, small] = [cpu.compress(codec, plain, low), cpu.compress(codec, plain, high)];
    expect(small.length).toBeLessThan(fast.length);
    for (const packed of [fast, small]) expect(cpu.decompress(codec, packed, plain.length).equals(plain)).toBe(true);
  });
  it.each([['gzip', -1], ['zstd', 3]] as const)('of %s: %d is the default', (codec, level) => {
    expect(cpu.compress(codec, plain, level).equals(cpu.compress(codec, plain))).toBe(true);
  });
  it.each([['zstd', -131_072], ['zstd', 22]] as const)('%s takes %d', (codec, level) => {
    expect(cpu.decompress(codec, cpu.compress(codec, plain, level), plain.length).equals(plain)).toBe(true);
  });
});

describe('frames of other writers', () => {
  it('takes raw snappy without xerial framing', () => {
    const xerial = cpu.compress('snappy', Buffer.from('hello hello hello'));
    expect(cpu.decompress('snappy', xerial.subarray(20), 100).toString()).toBe('hello hello hello');
  });
  it('bounds a zstd frame that declares no size by its blocks', () => {
    // Magic, descriptor without size, window 1 KiB, one raw last block 'abc'; then the same with an RLE block of 128 KiB.
    const raw = Buffer.from('28b52ffd0000190000616263', 'hex');
    expect(cpu.decompress('zstd', raw, 3).toString()).toBe('abc');
    expect(codeOf(() => cpu.decompress('zstd', raw, 2))).toBe('TOO_LARGE');
    const bomb = Buffer.from('28b52ffd0058' + '02001061'.repeat(200) + '03001061', 'hex');
    expect(codeOf(() => cpu.decompress('zstd', bomb, 1_000_000))).toBe('TOO_LARGE');
  });
  it('stops a gzip bomb', () => {
    expect(codeOf(() => cpu.decompress('gzip', gzipSync(Buffer.alloc(50_000_000)), 1_000_000))).toBe('TOO_LARGE');
  });
});
