/**
 * Snappy as Java clients frame it (xerial: magic, two versions, then length-prefixed raw blocks), and raw blocks as others send them. What is small
 * is decoded by native code, block by block; what is large, here, into one buffer: the blocks' memory is not given back before the event loop turns.
 */
import { copyLiterals, repeatBytes } from './codec-copies.js';
import { corrupt, tooLarge } from './codec-errors.js';
import { lazily, load } from './natives.js';
import { NODE_LIMITS } from './node.limits.js';

interface Snappy { compressSync(input: Buffer): Buffer; uncompressSync(input: Buffer, options: { asBuffer: true }): Buffer }

const snappy = lazily(() => load('snappy') as Snappy);
const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const HEADER_BYTES = 16;
const BLOCK_BYTES = 32 * 1024;
/** Three bytes copy 64. */
const EXPANSION_MAX = 22;

interface Block { bytes: Buffer; size: number; bodyStart: number }

/** With the size that it declares in its first varint. */
function openBlock(bytes: Buffer): Block {
  let size = 0;
  for (let index = 0; index < 5; index++) {
    const byte = bytes[index];
    if (byte === undefined) break;
    size += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { bytes, size, bodyStart: index + 1 };
  }
  throw corrupt('snappy', 'no declared size');
}

function blocksOf(bytes: Buffer): Block[] {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return [openBlock(bytes)];
  const blocks: Block[] = [];
  for (let at = HEADER_BYTES; at < bytes.length;) {
    const size = bytes.length - at < 4 ? -1 : bytes.readInt32BE(at);
    if (size < 0 || size > bytes.length - at - 4) throw corrupt('snappy', 'a block is cut off');
    blocks.push(openBlock(bytes.subarray(at + 4, at + 4 + size)));
    at += 4 + size;
  }
  return blocks;
}

/** Bytes after a tag: those of the length of long literals, and of the distance of the three kinds of copies. */
const lengthBytes = (tag: number): number => Math.max(0, (tag >> 2) - 59);
const DISTANCE_BYTES = [0, 1, 2, 4] as const;

/** Decodes into `to` from `start` on; answers where the block ends there. */
function decodeBlock({ bytes, size, bodyStart }: Block, to: Buffer, start: number): number {
  const end = start + size;
  let from = bodyStart;
  let at = start;
  while (from < bytes.length) {
    const tag = bytes[from++]!;
    const kind = (tag & 3) as 0 | 1 | 2 | 3;
    const more = kind === 0 ? lengthBytes(tag) : DISTANCE_BYTES[kind];
    if (more > bytes.length - from) throw corrupt('snappy', 'a tag is cut off');
    if (kind === 0) {
      const length = 1 + (more === 0 ? tag >> 2 : bytes.readUIntLE(from, more));
      from += more;
      if (length > bytes.length - from || length > end - at) throw corrupt('snappy', 'literals beyond the end');
      at = copyLiterals(bytes, from, length, to, at);
      from += length;
      continue;
    }
    const length = kind === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
    const near = kind === 1 ? ((tag >> 5) << 8) | bytes[from]! : bytes[from]! | (bytes[from + 1]! << 8);
    const distance = kind === 3 ? bytes.readUInt32LE(from) : near;
    from += more;
    if (distance === 0 || distance > at - start || length > end - at) throw corrupt('snappy', 'a copy of what is not there');
    at = repeatBytes(to, at, distance, length);
  }
  if (at !== end) throw corrupt('snappy', 'less than declared');
  return end;
}

function decodeNatively(blocks: readonly Block[]): Buffer {
  try {
    const parts = blocks.map(({ bytes }) => snappy().uncompressSync(bytes, { asBuffer: true }));
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  } catch (error) {
    throw corrupt('snappy', 'a block does not decode', error);
  }
}

export function snappyDecompress(bytes: Buffer, maxBytes: number, nativeBytesMax: number = NODE_LIMITS.decodedNativelyBytesMax): Buffer {
  const blocks = blocksOf(bytes);
  const total = blocks.reduce((sum, { size }) => sum + size, 0);
  if (total > bytes.length * EXPANSION_MAX) throw corrupt('snappy', 'more declared than its bytes can hold');
  if (total > maxBytes) throw tooLarge('snappy', maxBytes);
  if (total <= nativeBytesMax) return decodeNatively(blocks);
  const plain = Buffer.allocUnsafeSlow(total);
  let at = 0;
  for (const block of blocks) at = decodeBlock(block, plain, at);
  return plain;
}

export function snappyCompress(bytes: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeInt32BE(1, 8);
  header.writeInt32BE(1, 12);
  const parts: Buffer[] = [header];
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = snappy().compressSync(bytes.subarray(at, at + BLOCK_BYTES));
    const size = Buffer.alloc(4);
    size.writeInt32BE(block.length);
    parts.push(size, block);
  }
  return Buffer.concat(parts);
}
