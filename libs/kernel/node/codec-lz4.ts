/**
 * LZ4 frames. The native decoder has no limit of its own, so the size is bounded before: by the frame's block count first (cheap), and where
 * that isn't enough by walking the sequences, which tells the exact size without decoding a byte. What is large is decoded here, into one buffer of
 * that size: the native decoder's grows as it goes, and is not given back before the event loop turns.
 */
import { copyLiterals, repeatBytes } from './codec-copies.js';
import { corrupt, tooLarge } from './codec-errors.js';
import { lazily, load } from './natives.js';
import { NODE_LIMITS } from './node.limits.js';
import { xxh32 } from './xxh32.js';

interface Lz4 { compressFrameSync(data: Buffer): Buffer; decompressFrameSync(data: Buffer): Buffer }

const lz4 = lazily(() => load('lz4-napi') as Lz4);
const MAGIC = 0x184d_2204;
const Flag = { independent: 0x20, blockChecksums: 0x10, contentSize: 0x08, contentChecksum: 0x04, dictionary: 0x01 } as const;
const UNCOMPRESSED_BIT = 0x8000_0000;
const EXPANSION_MAX = 255;

interface Block { from: number; size: number; compressed: boolean }
interface Frame {
  flags: number;
  headerEnd: number;
  blocks: readonly Block[];
  blockBytesMax: number;
  /** After the end mark. */
  end: number;
}

function openFrame(bytes: Buffer): Frame {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== MAGIC) throw corrupt('lz4', 'no frame header');
  const flags = bytes[4]!;
  const sizeCode = (bytes[5]! >> 4) & 7;
  if (flags >> 6 !== 1 || sizeCode < 4) throw corrupt('lz4', 'unknown frame version or block size');
  const blockBytesMax = 1 << (8 + 2 * sizeCode);
  const checksumBytes = flags & Flag.blockChecksums ? 4 : 0;
  const headerEnd = 6 + (flags & Flag.contentSize ? 8 : 0) + (flags & Flag.dictionary ? 4 : 0) + 1;
  const blocks: Block[] = [];
  for (let at = headerEnd; ;) {
    if (bytes.length - at < 4) throw corrupt('lz4', 'no end mark');
    const word = bytes.readUInt32LE(at);
    at += 4;
    if (word === 0) return { flags, headerEnd, blocks, blockBytesMax, end: at };
    const size = word & 0x7fff_ffff;
    if (size + checksumBytes > bytes.length - at || size > blockBytesMax) throw corrupt('lz4', 'a block is cut off or too long');
    blocks.push({ from: at, size, compressed: (word & UNCOMPRESSED_BIT) === 0 });
    at += size + checksumBytes;
  }
}

/** Size that a block decodes to: literals and matches of its sequences added up. */
function exactSize(bytes: Buffer, block: Block): number {
  const end = block.from + block.size;
  let at = block.from;
  let total = 0;
  const extended = (nibble: number): number => {
    let length = nibble;
    if (nibble !== 15) return length;
    for (;;) {
      if (at >= end) throw corrupt('lz4', 'a length is cut off');
      const byte = bytes[at++]!;
      length += byte;
      if (byte !== 255) return length;
    }
  };
  while (at < end) {
    const token = bytes[at++]!;
    const literals = extended(token >> 4);
    total += literals;
    at += literals;
    if (at >= end) break;
    at += 2;
    total += extended(token & 15) + 4;
  }
  return total;
}

/** An upper bound where that is at most `boundMax`, else the exact size. */
function sizeOf(bytes: Buffer, { blocks, blockBytesMax }: Frame, maxBytes: number, boundMax: number): number {
  let bound = 0;
  for (const block of blocks) bound += block.compressed ? Math.min(blockBytesMax, block.size * EXPANSION_MAX) : block.size;
  if (bound <= Math.min(maxBytes, boundMax)) return bound;
  let exact = 0;
  for (const block of blocks) {
    exact += block.compressed ? exactSize(bytes, block) : block.size;
    if (exact > maxBytes) throw tooLarge('lz4', maxBytes);
  }
  return exact;
}

const cutOff = (): Error => corrupt('lz4', 'a sequence is cut off');

/**
 * Decodes into `to` from `start` on, looking back to `floor`; answers where the block ends there. Never writes past `to`: sequences are checked one
 * by one. Lengths are read in place, twice: a function that moved `from` would cost a third of the time.
 */
function decodeBlock(bytes: Buffer, block: Block, to: Buffer, start: number, floor: number): number {
  const end = block.from + block.size;
  let from = block.from;
  let at = start;
  while (from < end) {
    const token = bytes[from++]!;
    let literals = token >> 4;
    for (let more = literals === 15; more; from++) {
      if (from >= end) throw cutOff();
      literals += bytes[from]!;
      more = bytes[from] === 255;
    }
    if (literals > end - from || literals > to.length - at) throw corrupt('lz4', 'literals beyond the end');
    at = copyLiterals(bytes, from, literals, to, at);
    from += literals;
    if (from === end) return at;
    if (end - from < 2) throw cutOff();
    const distance = bytes[from]! | (bytes[from + 1]! << 8);
    from += 2;
    let length = (token & 15) + 4;
    for (let more = length === 19; more; from++) {
      if (from >= end) throw cutOff();
      length += bytes[from]!;
      more = bytes[from] === 255;
    }
    if (distance === 0 || distance > at - floor || length > to.length - at) throw corrupt('lz4', 'a match of what is not there');
    at = repeatBytes(to, at, distance, length);
  }
  throw cutOff();
}

function assertChecksum(expected: number, actual: number, what: string): void {
  if (expected !== actual) throw corrupt('lz4', `the checksum of ${what} does not match`);
}

function decodeFrame(bytes: Buffer, frame: Frame, size: number): Buffer {
  const { flags, headerEnd, blocks, blockBytesMax, end } = frame;
  if (flags & Flag.dictionary) throw corrupt('lz4', 'a dictionary that nobody has');
  assertChecksum(bytes[headerEnd - 1]!, (xxh32(bytes, 4, headerEnd - 1) >>> 8) & 0xff, 'its header');
  const plain = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const block of blocks) {
    const blockEnd = block.from + block.size;
    if (flags & Flag.blockChecksums) assertChecksum(bytes.readUInt32LE(blockEnd), xxh32(bytes, block.from, blockEnd), 'a block');
    const start = at;
    at = block.compressed ? decodeBlock(bytes, block, plain, at, flags & Flag.independent ? start : 0) : copyLiterals(bytes, block.from, block.size, plain, at);
    if (at - start > blockBytesMax) throw corrupt('lz4', 'a block is larger than declared');
  }
  if (at !== size || (flags & Flag.contentSize && bytes.readBigUInt64LE(6) !== BigInt(size))) throw corrupt('lz4', 'another size than declared');
  if (flags & Flag.contentChecksum) {
    if (bytes.length - end < 4) throw corrupt('lz4', 'no checksum at the end');
    assertChecksum(bytes.readUInt32LE(end), xxh32(plain), 'its content');
  }
  return plain;
}

export function lz4Decompress(bytes: Buffer, maxBytes: number, nativeBytesMax: number = NODE_LIMITS.decodedNativelyBytesMax): Buffer {
  const frame = openFrame(bytes);
  const size = sizeOf(bytes, frame, maxBytes, nativeBytesMax);
  if (size > nativeBytesMax) return decodeFrame(bytes, frame, size);
  try {
    return lz4().decompressFrameSync(bytes);
  } catch (error) {
    throw corrupt('lz4', 'the frame does not decode', error);
  }
}

export function lz4Compress(bytes: Buffer): Buffer {
  return lz4().compressFrameSync(bytes);
}
