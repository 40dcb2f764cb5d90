/**
 * LZ4 frames. The decoder has no limit of its own, so the size is bounded before: by the frame's block count first (cheap), and where
 * that isn't enough by walking the sequences, which tells the exact size without decoding a byte.
 */
import { corrupt, tooLarge } from './codec-errors.js';
import { lazily, load } from './natives.js';

interface Lz4 { compressFrameSync(data: Buffer): Buffer; decompressFrameSync(data: Buffer): Buffer }

const lz4 = lazily(() => load('lz4-napi') as Lz4);
const MAGIC = 0x184d_2204;
const UNCOMPRESSED_BIT = 0x8000_0000;
const EXPANSION_MAX = 255;

interface Block { from: number; size: number; compressed: boolean }

function blocksOf(bytes: Buffer): { blocks: Block[]; blockBytesMax: number } {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== MAGIC) throw corrupt('lz4', 'no frame header');
  const flags = bytes[4]!;
  const sizeCode = (bytes[5]! >> 4) & 7;
  if (flags >> 6 !== 1 || sizeCode < 4) throw corrupt('lz4', 'unknown frame version or block size');
  const blockBytesMax = 1 << (8 + 2 * sizeCode);
  const checksumBytes = flags & 0x10 ? 4 : 0;
  const blocks: Block[] = [];
  let at = 6 + (flags & 0x08 ? 8 : 0) + (flags & 0x01 ? 4 : 0) + 1;
  for (;;) {
    if (bytes.length - at < 4) throw corrupt('lz4', 'no end mark');
    const word = bytes.readUInt32LE(at);
    at += 4;
    if (word === 0) return { blocks, blockBytesMax };
    const size = word & 0x7fff_ffff;
    if (size > bytes.length - at || size > blockBytesMax) throw corrupt('lz4', 'a block is cut off or too long');
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

function assertBounded(bytes: Buffer, maxBytes: number): void {
  const { blocks, blockBytesMax } = blocksOf(bytes);
  let bound = 0;
  for (const block of blocks) bound += block.compressed ? Math.min(blockBytesMax, block.size * EXPANSION_MAX) : block.size;
  if (bound <= maxBytes) return;
  let exact = 0;
  for (const block of blocks) {
    exact += block.compressed ? exactSize(bytes, block) : block.size;
    if (exact > maxBytes) throw tooLarge('lz4', maxBytes);
  }
}

export function lz4Decompress(bytes: Buffer, maxBytes: number): Buffer {
  assertBounded(bytes, maxBytes);
  try {
    return lz4().decompressFrameSync(bytes);
  } catch (error) {
    throw corrupt('lz4', 'the frame does not decode', error);
  }
}

export function lz4Compress(bytes: Buffer): Buffer {
  return lz4().compressFrameSync(bytes);
}
