/**
 * Cuts a byte stream into frames: int32 length, then that many bytes. A frame inside one chunk is a view; a longer one is put together with one
 * copy once it is complete. The length is judged as soon as its four bytes are there, so nothing is kept for a frame that won't be taken.
 */
import { createFrameBuffers, type FrameBuffers } from './frame-buffers.js';
import { serverErrors } from './server.errors.js';

const LENGTH_BYTES = 4;

export interface FrameReader {
  push(chunk: Buffer): void;
  /** Length of the frame at the front once it is known, else null. Throws ConnectionRefused for a negative one or one above the limit. */
  nextSize(maxBytes: number): number | null;
  /** The frame at the front, without its length; null while it isn't complete. */
  next(maxBytes: number): Buffer | null;
  readonly bufferedBytes: number;
  clear(): void;
}

export function createFrameReader(buffers: FrameBuffers = createFrameBuffers()): FrameReader {
  let chunks: Buffer[] = [];
  let bufferedBytes = 0;
  let size: number | null = null;

  /** The first `count` bytes; there must be that many. */
  const take = (count: number): Buffer => {
    const first = chunks[0]!;
    bufferedBytes -= count;
    if (first.length > count) {
      chunks[0] = first.subarray(count);
      return first.subarray(0, count);
    }
    if (first.length === count) {
      chunks.shift();
      return first;
    }
    const whole = buffers.take(count);
    let filled = 0;
    let used = 0;
    while (filled < count) {
      const chunk = chunks[used]!;
      const part = Math.min(chunk.length, count - filled);
      chunk.copy(whole, filled, 0, part);
      filled += part;
      if (part < chunk.length) chunks[used] = chunk.subarray(part);
      else used++;
    }
    chunks = chunks.slice(used);
    return whole;
  };

  const nextSize = (maxBytes: number): number | null => {
    if (size === null && bufferedBytes >= LENGTH_BYTES) size = take(LENGTH_BYTES).readInt32BE(0);
    if (size === null) return null;
    if (size < 0) throw serverErrors.negativeFrame(size);
    if (size > maxBytes) throw serverErrors.oversizeFrame(size, maxBytes);
    return size;
  };

  return {
    push(chunk) {
      if (chunk.length === 0) return;
      chunks.push(chunk);
      bufferedBytes += chunk.length;
    },
    nextSize,
    next(maxBytes) {
      const wanted = nextSize(maxBytes);
      if (wanted === null || bufferedBytes < wanted) return null;
      size = null;
      return wanted === 0 ? Buffer.alloc(0) : take(wanted);
    },
    get bufferedBytes() { return bufferedBytes; },
    clear() {
      chunks = [];
      bufferedBytes = 0;
      size = null;
    },
  };
}
