/** Snappy as Java clients frame it (xerial: magic, two versions, then length-prefixed raw blocks), and raw blocks as others send them. */
import { corrupt, tooLarge } from './codec-errors.js';
import { lazily, load } from './natives.js';

interface Snappy { compressSync(input: Buffer): Buffer; uncompressSync(input: Buffer, options: { asBuffer: true }): Buffer }

const snappy = lazily(() => load('snappy') as Snappy);
const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const HEADER_BYTES = 16;
const BLOCK_BYTES = 32 * 1024;

/** The size that a raw block declares in its first varint. */
function declaredSize(block: Buffer): number {
  let size = 0;
  for (let index = 0; index < 5; index++) {
    const byte = block[index];
    if (byte === undefined) break;
    size += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return size;
  }
  throw corrupt('snappy', 'no declared size');
}

function blocksOf(bytes: Buffer): Buffer[] {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return [bytes];
  const blocks: Buffer[] = [];
  for (let at = HEADER_BYTES; at < bytes.length;) {
    const size = bytes.length - at < 4 ? -1 : bytes.readInt32BE(at);
    if (size < 0 || size > bytes.length - at - 4) throw corrupt('snappy', 'a block is cut off');
    blocks.push(bytes.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return blocks;
}

export function snappyDecompress(bytes: Buffer, maxBytes: number): Buffer {
  const blocks = blocksOf(bytes);
  let total = 0;
  for (const block of blocks) total += declaredSize(block);
  if (total > maxBytes) throw tooLarge('snappy', maxBytes);
  try {
    const parts = blocks.map((block) => snappy().uncompressSync(block, { asBuffer: true }));
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  } catch (error) {
    throw corrupt('snappy', 'a block does not decode', error);
  }
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
