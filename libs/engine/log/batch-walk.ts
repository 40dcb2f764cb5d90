/**
 * Walks the batches of a file in order, in chunks, with bounds on everything a damaged header could claim. Stops where no whole batch of
 * magic 2 follows.
 */
import type { DiskFile } from '#libs/kernel';
import { BATCH_OVERHEAD, batchSizeAt, LOG_OVERHEAD, magicAt, readBatchHeader, type BatchHeader } from '#libs/kafka/protocol';
import { BATCH_BYTES_MAX, SCAN_CHUNK_BYTES } from './log.limits.js';

export interface BatchAt {
  header: BatchHeader;
  /** In the file. */
  position: number;
  /** The whole batch, a view; only valid during the visit. Header alone when bodies were not asked for. */
  bytes: Buffer;
}

export interface WalkOptions { from: number; to: number; bodies: boolean; chunkBytes?: number }

/** The header of a plausible batch, or null. `left` is what the file has from here. */
export function plausibleHeader(bytes: Buffer, at: number, left: number): BatchHeader | null {
  if (left < BATCH_OVERHEAD || bytes.length - at < BATCH_OVERHEAD) return null;
  const sizeBytes = batchSizeAt(bytes, at);
  if (sizeBytes < BATCH_OVERHEAD || sizeBytes > left || sizeBytes > BATCH_BYTES_MAX || magicAt(bytes, at) !== 2) return null;
  try {
    const header = readBatchHeader(bytes, at);
    return header.baseOffset >= 0 && header.lastOffsetDelta >= 0 && header.count >= 0 ? header : null;
  } catch {
    // Numbers beyond 2^53: nothing that a writer of ours or Kafka's made.
    return null;
  }
}

/** Visits until the end, a bad batch, or `false` from the visitor (that batch then counts as not walked). Answers where it stopped. */
export function walkBatches(file: DiskFile, options: WalkOptions, visit: (batch: BatchAt) => boolean | void): { position: number; complete: boolean } {
  const chunkBytes = options.chunkBytes ?? SCAN_CHUNK_BYTES;
  let position = options.from;
  let chunk: Buffer = Buffer.alloc(0);
  let chunkStart = position;
  const need = (size: number): boolean => {
    const at = position - chunkStart;
    if (at >= 0 && at + size <= chunk.length) return true;
    chunk = file.read(position, Math.min(Math.max(size, chunkBytes), options.to - position));
    chunkStart = position;
    return chunk.length >= size;
  };
  while (position < options.to) {
    const left = options.to - position;
    if (left < LOG_OVERHEAD || !need(Math.min(BATCH_OVERHEAD, left))) break;
    const header = plausibleHeader(chunk, position - chunkStart, left);
    if (header === null || (options.bodies && !need(header.sizeBytes))) break;
    const at = position - chunkStart;
    const bytes = chunk.subarray(at, at + (options.bodies ? header.sizeBytes : BATCH_OVERHEAD));
    if (visit({ header, position, bytes }) === false) return { position, complete: false };
    position += header.sizeBytes;
  }
  return { position, complete: position >= options.to };
}
