import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { CompressionCodec } from '../ports.js';
import { lz4Decompress } from './codec-lz4.js';
import { snappyCompress, snappyDecompress } from './codec-snappy.js';
import { createNodeCpu } from './cpu.js';
import { xxh32 } from './xxh32.js';

const cpu = createNodeCpu();
const CODECS: CompressionCodec[] = ['gzip', 'snappy', 'lz4', 'zstd'];
const MIB = 1024 * 1024;
/** Beyond what native decoders are given; so small that nothing is collected before it was measured. */
const LARGE_BYTES = 9 * MIB + 777;
interface FrameOptions { contentChecksum?: boolean; blockChecksums?: boolean }
const { compressFrameSync } = createRequire(import.meta.url)('lz4-napi') as { compressFrameSync: (bytes: Buffer, options?: FrameOptions) => Buffer };

/** Words, runs of every short period, and noise: literals and copies of all lengths and distances. */
function mixture(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  let seed = 11;
  const next = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let at = 0, kind = 0; at < sizeBytes; kind++) {
    const end = Math.min(sizeBytes, at + 1 + next(3000));
    const period = 1 + next(70);
    for (const start = at; at < end; at++) {
      if (kind % 3 === 0) bytes[at] = next(256);
      else if (kind % 3 === 1 && at - start >= period) bytes[at] = bytes[at - period]!;
      else bytes[at] = 'etaoin shrdlu'.charCodeAt(next(13));
    }
  }
  return bytes;
}

const codeOf = (action: () => unknown): string => {
  try {
    action();
    return 'NONE';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

/** Memory outside the heap that was taken meanwhile, dead or alive. */
function takenBytes(action: () => unknown): number {
  const before = process.memoryUsage().external;
  action();
  return process.memoryUsage().external - before;
}

describe.each(CODECS)('much %s', (codec) => {
  const plain = mixture(LARGE_BYTES);
  const packed = cpu.compress(codec, plain);
  it('comes back as it was', () => {
    expect(cpu.decompress(codec, packed, plain.length).equals(plain)).toBe(true);
    expect(codeOf(() => cpu.decompress(codec, packed, plain.length - 1))).toBe('TOO_LARGE');
  });
  it('stands in memory once', () => {
    cpu.decompress(codec, packed, plain.length);
    expect(takenBytes(() => cpu.decompress(codec, packed, plain.length))).toBeLessThan(LARGE_BYTES + MIB / 2);
  });
  it('takes no memory where it is refused', () => {
    const bomb = cpu.compress(codec, Buffer.alloc(20 * MIB));
    cpu.decompress(codec, cpu.compress(codec, Buffer.alloc(100)), 100);
    expect(takenBytes(() => codeOf(() => cpu.decompress(codec, bomb, 8 * MIB)))).toBeLessThan(MIB / 2);
    expect(codeOf(() => cpu.decompress(codec, bomb, 8 * MIB))).toBe('TOO_LARGE');
  });
  it('that is damaged is refused with a code, or stays within its bound', () => {
    for (let step = 1; step <= 12; step++) {
      const damaged = Buffer.from(packed);
      damaged[Math.floor((step * packed.length) / 13)]! ^= 1 << (step % 8);
      let size = 0;
      const code = codeOf(() => { size = cpu.decompress(codec, damaged, LARGE_BYTES + MIB).length; });
      expect(['NONE', 'CORRUPT', 'TOO_LARGE']).toContain(code);
      expect(size).toBeLessThanOrEqual(LARGE_BYTES + MIB);
    }
  });
});

describe('gzip', () => {
  const plain = mixture(LARGE_BYTES);
  const understated = Buffer.from(gzipSync(Buffer.alloc(20 * MIB)));
  understated.writeUInt32LE(10, understated.length - 4);
  it('of several members is all of them, whatever the last says', () => {
    const members = Buffer.concat([gzipSync(plain.subarray(0, MIB)), gzipSync(plain.subarray(MIB)), gzipSync(Buffer.alloc(0))]);
    expect(cpu.decompress('gzip', members, plain.length).equals(plain)).toBe(true);
    expect(codeOf(() => cpu.decompress('gzip', members, plain.length - 1))).toBe('TOO_LARGE');
    expect(cpu.decompress('gzip', Buffer.concat([gzipSync(plain), Buffer.alloc(9)]), plain.length).equals(plain)).toBe(true);
  });
  it('that claims less than it holds is refused, and bounded before', () => {
    expect(codeOf(() => cpu.decompress('gzip', understated, 64 * MIB))).toBe('CORRUPT');
    expect(takenBytes(() => codeOf(() => cpu.decompress('gzip', understated, 8 * MIB)))).toBeLessThan(8 * MIB + MIB / 2);
    expect(codeOf(() => cpu.decompress('gzip', understated, 8 * MIB))).toBe('TOO_LARGE');
  });
  it('that claims more than it holds is refused', () => {
    const overstated = Buffer.from(gzipSync(Buffer.alloc(20_000)));
    overstated.writeUInt32LE(20_001, overstated.length - 4);
    expect(codeOf(() => cpu.decompress('gzip', overstated, 64 * MIB))).toBe('CORRUPT');
    overstated.writeUInt32LE(0xffff_ffff, overstated.length - 4);
    expect(codeOf(() => cpu.decompress('gzip', overstated, 64 * MIB))).toBe('CORRUPT');
  });
  it('grows no further than noise needs', () => {
    const noise = Buffer.from(Uint32Array.from({ length: MIB }, (_, index) => Math.imul(index, 2_654_435_761) ^ (index * 40_503)).buffer);
    expect(cpu.decompress('gzip', cpu.compress('gzip', noise, 1), noise.length).equals(noise)).toBe(true);
  });
});

describe('xxh32', () => {
  it.each([['', 0x02cc_5d05], ['abc', 0x32d1_53ff], ['Nobody inspects the spammish repetition', 0xe229_3b2f]])('of %j', (text, expected) => {
    expect(xxh32(Buffer.from(text))).toBe(expected);
  });
});

/** One decoder of two for whatever comes: small pieces of everything to both. */
function expectSame(native: () => Buffer, ours: () => Buffer): void {
  const [first, second] = [native, ours].map((decode) => {
    try { return decode().toString('hex'); } catch (error) { return (error as { code: string }).code; }
  });
  expect(second).toBe(first);
}

describe('what is decoded here', () => {
  const pieces = fc.tuple(fc.nat(8 * MIB), fc.nat(5000));
  const source = mixture(9 * MIB);
  const damage = fc.option(fc.tuple(fc.nat(10_000), fc.integer({ min: 1, max: 255 })));
  const damaged = (packed: Buffer, how: [at: number, flip: number] | null): Buffer => {
    if (how !== null) packed[how[0] % packed.length]! ^= how[1];
    return packed;
  };
  it('of LZ4 is what the native decoder makes of it', () => {
    fc.assert(fc.property(pieces, damage, fc.boolean(), fc.boolean(), ([start, size], how, contentChecksum, blockChecksums) => {
      const packed = damaged(compressFrameSync(source.subarray(start, start + size), { contentChecksum, blockChecksums }), how);
      expectSame(() => lz4Decompress(packed, 100_000, 1 << 30), () => lz4Decompress(packed, 100_000, -1));
    }), { numRuns: 400 });
  });
  it('of Snappy is what the native decoder makes of it', () => {
    fc.assert(fc.property(pieces, damage, ([start, size], how) => {
      const packed = damaged(snappyCompress(source.subarray(start, start + size)), how);
      expectSame(() => snappyDecompress(packed, 100_000, 1 << 30), () => snappyDecompress(packed, 100_000, -1));
    }), { numRuns: 400 });
  });
});

describe('LZ4 frames by hand', () => {
  /** Blocks of at most 4 MiB: plain ones that make it large, then `last`. */
  function frame({ flags, last, between = [] }: { flags: number; last: Buffer; between?: Buffer[] }): Buffer {
    const header = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x40 | flags, 0x70, 0]);
    header[6] = (xxh32(header, 4, 6) >>> 8) & 0xff;
    const word = (value: number): Buffer => { const bytes = Buffer.alloc(4); bytes.writeUInt32LE(value >>> 0); return bytes; };
    const stored = Buffer.alloc(4 * MIB, 'abcdefgh');
    return Buffer.concat([header, word(0x8000_0000 + stored.length), stored, word(last.length), last, word(0), ...between]);
  }
  // No literals, a match of 4 + 8 bytes at a distance of 8, then one literal.
  const lookingBack = Buffer.from([0x08, 0x08, 0x00, 0x10, 0x21]);
  it('may look back into the block before where they are linked, and only there', () => {
    const plain = cpu.decompress('lz4', frame({ flags: 0, last: lookingBack }), 5 * MIB);
    expect(plain.subarray(4 * MIB - 8).toString()).toBe('abcdefghabcdefghabcd!');
    expect(plain.length).toBe(4 * MIB + 13);
    expect(codeOf(() => cpu.decompress('lz4', frame({ flags: 0x20, last: lookingBack }), 5 * MIB))).toBe('CORRUPT');
  });
  it.each([
    ['a distance of nothing', '080000 1021'], ['a match before the beginning', '08ffff 1021'], ['a match cut off', '0808'], ['no literals at the end', '080800'], ['literals cut off', '501122'],
    ['a length cut off', 'f0ffff'],
  ])('are refused with %s', (what, hex) => {
    const last = Buffer.from(hex.replace(' ', ''), 'hex');
    const flags = what === 'a match before the beginning' ? 0x20 : 0;
    expect(codeOf(() => cpu.decompress('lz4', frame({ flags, last }), 6 * MIB))).toBe('CORRUPT');
  });
  it('end at their end mark: another frame behind it is nobody\'s', () => {
    const bomb = compressFrameSync(Buffer.alloc(20 * MIB));
    const small = compressFrameSync(Buffer.from('small'));
    expect(cpu.decompress('lz4', Buffer.concat([small, bomb]), 1000).toString()).toBe('small');
    expect(cpu.decompress('lz4', frame({ flags: 0, last: lookingBack, between: [bomb] }), 5 * MIB).length).toBe(4 * MIB + 13);
  });
});

describe('Zstandard', () => {
  it('holds a frame to the size that it declares', () => {
    const packed = cpu.compress('zstd', Buffer.alloc(300, 'a'));
    // Single segment, a size of two bytes that count from 256.
    expect([packed[4]! >> 6, packed.readUInt16LE(5)]).toEqual([1, 44]);
    for (const [declared, code] of [[43, 'CORRUPT'], [45, 'CORRUPT'], [1000, 'TOO_LARGE'], [65_535, 'TOO_LARGE']] as const) {
      packed.writeUInt16LE(declared, 5);
      expect(codeOf(() => cpu.decompress('zstd', packed, 1000))).toBe(code);
    }
    packed.writeUInt16LE(44, 5);
    expect(cpu.decompress('zstd', packed, 300).length).toBe(300);
  });
});
