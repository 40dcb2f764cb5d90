/** The batches of one segment, one at a time, for work that spans turns: an own handle, so that neither readers nor a removal disturb it. */
import type { Disk } from '#libs/kernel';
import { BATCH_OVERHEAD } from '#libs/kafka/protocol';
import { plausibleHeader, type BatchAt } from './batch-walk.js';
import { corruptSegment } from './log.errors.js';
import { CLEAN_READ_BYTES } from './log.limits.js';
import type { Segment } from './segment.js';

export interface BatchSource {
  /** Null at the end. Throws CORRUPT_SEGMENT where no whole batch follows. The bytes stay as they are. */
  next(): BatchAt | null;
  close(): void;
}

/** The file is opened now: the segment must still be the log's. */
export function openBatchSource(disk: Disk, segment: Segment, from: number): BatchSource {
  const file = disk.open(segment.path, 'read');
  const { path, sizeBytes } = segment;
  let position = from;
  let chunk: Buffer = Buffer.alloc(0);
  let chunkStart = from;
  const need = (size: number): boolean => {
    if (position - chunkStart + size <= chunk.length) return true;
    chunk = file.read(position, Math.min(Math.max(size, CLEAN_READ_BYTES), sizeBytes - position));
    chunkStart = position;
    return chunk.length >= size;
  };
  return {
    next() {
      if (position >= sizeBytes) return null;
      const header = need(Math.min(BATCH_OVERHEAD, sizeBytes - position)) ? plausibleHeader(chunk, position - chunkStart, sizeBytes - position) : null;
      if (header === null || !need(header.sizeBytes)) throw corruptSegment(path, position);
      const at = position - chunkStart;
      const batch = { header, position, bytes: chunk.subarray(at, at + header.sizeBytes) };
      position += header.sizeBytes;
      return batch;
    },
    close() { file.close(); },
  };
}
