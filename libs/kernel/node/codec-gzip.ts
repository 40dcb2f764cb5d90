/**
 * Gzip into one buffer of the size that the data declares at its end (RFC 1952). Decoded in pieces it would stand in memory twice, and pieces that
 * outlived a young collection stay until a full one. Several members, or one that lies, are decoded again with room for all that they may become.
 */
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { corrupt, tooLarge } from './codec-errors.js';

const HEADER_AND_TRAILER_BYTES = 18;
/** The first three bytes: magic, and deflate. */
const MAGIC = 0x1f8b08;
/** Deflate's best: two bits for 258 bytes. */
const EXPANSION_MAX = 1032;
/** The smallest piece that zlib takes. */
const PIECE_BYTES_MIN = 64;

/** What the last member says that it holds; null where these can't be the words of a member. */
function declaredSize(bytes: Buffer): number | null {
  if (bytes.length < HEADER_AND_TRAILER_BYTES || bytes.readUIntBE(0, 3) !== MAGIC) return null;
  const size = bytes.readUInt32LE(bytes.length - 4);
  return size <= bytes.length * EXPANSION_MAX ? size : null;
}

/** Null if it is more than `sizeMax` bytes: memory is touched for no more. */
function inflate(bytes: Buffer, sizeMax: number): Buffer | null {
  try {
    // One byte of room beyond it: a buffer that is full makes zlib take another.
    const chunkSize = Math.max(PIECE_BYTES_MIN, sizeMax + 1);
    const plain = gunzipSync(bytes, { chunkSize, maxOutputLength: Math.max(1, sizeMax), finishFlush: constants.Z_FINISH });
    return plain.length <= sizeMax ? plain : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return null;
    throw corrupt('gzip', (error as Error).message, error);
  }
}

export function gzipDecompress(bytes: Buffer, maxBytes: number): Buffer {
  const declared = declaredSize(bytes);
  if (declared !== null && declared > maxBytes) throw tooLarge('gzip', maxBytes);
  const plain = (declared === null ? null : inflate(bytes, declared)) ?? inflate(bytes, Math.min(maxBytes, bytes.length * EXPANSION_MAX));
  if (plain === null) throw tooLarge('gzip', maxBytes);
  return plain;
}

/** Input from which on the result is made in one piece too, with room for what doesn't get smaller. */
const ONE_PIECE_BYTES_MIN = 1024 * 1024;

export function gzipCompress(bytes: Buffer, level?: number): Buffer {
  const options = level === undefined ? {} : { level };
  return gzipSync(bytes, bytes.length < ONE_PIECE_BYTES_MIN ? options : { ...options, chunkSize: bytes.length + (bytes.length >> 8) });
}
