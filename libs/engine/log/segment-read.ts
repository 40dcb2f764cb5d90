/** One contiguous read of whole batches from one segment. Headers are looked at in place: no object per batch, no CRC (clients check it). */
import { baseOffsetAt, BATCH_OVERHEAD, batchSizeAt, EMPTY, lastOffsetAt, ProtocolError } from '#libs/kafka/protocol';
import type { LogSlice } from './api.js';
import { corruptSegment } from './log.errors.js';
import { READ_BYTES_MIN } from './log.limits.js';
import type { Segment } from './segment.js';

export interface SegmentReadOptions { maxBytes: number; minOneBatch: boolean; upperOffset: number; lent?: boolean }

/** `endPosition` is where the next batch starts. `bytes` may be empty when one batch exceeds `maxBytes`. */
export interface SegmentSlice extends LogSlice { endPosition: number }

function sizeAt(segment: Segment, bytes: Buffer, at: number, position: number): number {
  const size = batchSizeAt(bytes, at);
  if (size < BATCH_OVERHEAD || size > segment.sizeBytes - position) throw corruptSegment(segment.path, position);
  return size;
}

/** Whole batches from `at` on within the bounds: how many bytes, and the offset after them. */
function gather(segment: Segment, bytes: Buffer, at: number, start: number, options: SegmentReadOptions): { length: number; nextOffset: number } {
  let end = at;
  let nextOffset = -1;
  while (end + BATCH_OVERHEAD <= bytes.length && baseOffsetAt(bytes, end) < options.upperOffset) {
    const size = sizeAt(segment, bytes, end, start + end);
    if (end + size > bytes.length || end + size - at > options.maxBytes) break;
    nextOffset = lastOffsetAt(bytes, end) + 1;
    end += size;
  }
  return { length: end - at, nextOffset };
}

/** Null when the segment has no batch that reaches `offset` and begins below the bound. `start` is the position of that batch, or of one before. */
function readFrom(segment: Segment, offset: number, start: number, options: SegmentReadOptions): SegmentSlice | null {
  const file = segment.file();
  const readAt = (position: number, length: number): Buffer => (options.lent === true ? file.readLent(position, length) : file.read(position, length));
  let from = start;
  let at = 0;
  let bytes: Buffer = EMPTY;
  for (;;) {
    if (from + at >= segment.sizeBytes) return null;
    if (at + BATCH_OVERHEAD > bytes.length) {
      from += at;
      at = 0;
      bytes = readAt(from, Math.min(segment.sizeBytes - from, Math.max(options.maxBytes, READ_BYTES_MIN)));
      if (bytes.length < BATCH_OVERHEAD) throw corruptSegment(segment.path, from);
    }
    const size = sizeAt(segment, bytes, at, from + at);
    if (lastOffsetAt(bytes, at) >= offset) break;
    at += size;
  }
  if (baseOffsetAt(bytes, at) >= options.upperOffset) return null;
  const first = batchSizeAt(bytes, at);
  if (first > options.maxBytes) {
    if (!options.minOneBatch) return { bytes: EMPTY, nextOffset: offset, endPosition: from + at };
    const whole = at + first <= bytes.length ? bytes.subarray(at, at + first) : readAt(from + at, first);
    if (whole.length < first) throw corruptSegment(segment.path, from + at);
    return { bytes: whole, nextOffset: lastOffsetAt(whole, 0) + 1, endPosition: from + at + first };
  }
  if (at + first > bytes.length) {
    from += at;
    at = 0;
    bytes = readAt(from, Math.min(segment.sizeBytes - from, options.maxBytes));
    if (bytes.length < first) throw corruptSegment(segment.path, from);
  }
  const { length, nextOffset } = gather(segment, bytes, at, from, options);
  return { bytes: bytes.subarray(at, at + length), nextOffset, endPosition: from + at + length };
}

export function readSegment(segment: Segment, offset: number, start: number, options: SegmentReadOptions): SegmentSlice | null {
  try {
    return readFrom(segment, offset, start, options);
  } catch (error) {
    if (error instanceof ProtocolError) throw corruptSegment(segment.path, start);
    throw error;
  }
}
