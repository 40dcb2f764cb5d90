/** Lookups by timestamp (ListOffsets): time index, then offset index, then headers, and records of the one batch that matters. */
import type { Env } from '#libs/kernel';
import { Attribute, lastOffset, readRecords, type BatchHeader } from '#libs/kafka/protocol';
import type { TimestampAndOffset } from './api.js';
import { walkBatches } from './batch-walk.js';
import { findBatch, type Segment } from './segment.js';

export interface SearchContext {
  env: Env;
  maxDecompressedBytes: number;
  logStartOffset: number;
  /** Exclusive. */
  upperOffset: number;
  /** Makes the indexes of a segment anew. */
  rebuild(segment: Segment): void;
}

const SEARCH_BODY_BYTES = 64 << 10;

/**
 * First record of the batch that satisfies the timestamp and is not before the log start. A batch whose records can't be read (the broker
 * does not look inside what producers compress) answers as a whole: reading from its start misses nothing.
 */
function recordIn(context: SearchContext, header: BatchHeader, batch: Buffer, timestampMs: number): TimestampAndOffset | null {
  const from = Math.max(header.baseOffset, context.logStartOffset);
  if ((header.attributes & Attribute.logAppendTime) !== 0) return { timestamp: header.maxTimestamp, offset: from, leaderEpoch: header.partitionLeaderEpoch };
  try {
    for (const record of readRecords(batch, context.env.cpu, context.maxDecompressedBytes)) {
      if (record.timestamp >= timestampMs && record.offset >= from) return { timestamp: record.timestamp, offset: record.offset, leaderEpoch: header.partitionLeaderEpoch };
    }
    return null;
  } catch {
    return { timestamp: header.maxTimestamp, offset: from, leaderEpoch: header.partitionLeaderEpoch };
  }
}

/** Position of the first batch that reaches this offset; the index is made anew when it proves wrong. */
export function positionOf(context: Pick<SearchContext, 'rebuild'>, segment: Segment, offset: number): number {
  const found = findBatch(segment, offset);
  if (found !== null) return found.position;
  context.rebuild(segment);
  return findBatch(segment, offset)?.position ?? segment.sizeBytes;
}

function startOf(context: SearchContext, segment: Segment, timestampMs: number): number {
  const entry = segment.timeIndex.lookup(timestampMs);
  const from = Math.max(entry?.offset ?? segment.baseOffset, context.logStartOffset);
  if (entry === null || from !== entry.offset) return positionOf(context, segment, from);
  const found = findBatch(segment, from);
  const agrees = found?.header !== undefined && found.header !== null && lastOffset(found.header) === entry.offset && found.header.maxTimestamp === entry.timestamp;
  if (agrees) return found.position;
  context.rebuild(segment);
  return positionOf(context, segment, Math.max(segment.baseOffset, context.logStartOffset));
}

function searchSegment(context: SearchContext, segment: Segment, timestampMs: number): TimestampAndOffset | null {
  let found: TimestampAndOffset | null = null;
  const from = startOf(context, segment, timestampMs);
  walkBatches(segment.file(), { from, to: segment.sizeBytes, bodies: true, chunkBytes: SEARCH_BODY_BYTES }, ({ header, bytes }) => {
    if (header.baseOffset >= context.upperOffset) return false;
    if (header.maxTimestamp >= timestampMs && lastOffset(header) >= context.logStartOffset) found = recordIn(context, header, bytes, timestampMs);
    return found === null;
  });
  return found;
}

export function findByTimestamp(context: SearchContext, segments: readonly Segment[], timestampMs: number): TimestampAndOffset | null {
  for (const segment of segments) {
    if (segment.baseOffset >= context.upperOffset) return null;
    if (segment.nextOffset <= context.logStartOffset || segment.largestTimestamp < timestampMs) continue;
    const found = searchSegment(context, segment, timestampMs);
    if (found !== null) return found.offset < context.upperOffset ? found : null;
  }
  return null;
}

/** Largest timestamp of a batch's records from the log start on; the header's unless the log begins inside the batch. */
function largestIn(context: SearchContext, header: BatchHeader, batch: Buffer): number {
  if (header.baseOffset >= context.logStartOffset || (header.attributes & Attribute.logAppendTime) !== 0) return header.maxTimestamp;
  let largest = -1;
  try {
    for (const record of readRecords(batch, context.env.cpu, context.maxDecompressedBytes)) if (record.offset >= context.logStartOffset) largest = Math.max(largest, record.timestamp);
    return largest;
  } catch {
    return header.maxTimestamp;
  }
}

/** Largest timestamp between log start and bound. */
function scanLargest(context: SearchContext, segment: Segment): { timestamp: number; offset: number } | null {
  let largest: { timestamp: number; offset: number } | null = null;
  const from = positionOf(context, segment, Math.max(segment.baseOffset, context.logStartOffset));
  walkBatches(segment.file(), { from, to: segment.sizeBytes, bodies: true }, ({ header, bytes }) => {
    if (header.baseOffset >= context.upperOffset) return false;
    if (header.count === 0 || header.maxTimestamp <= (largest?.timestamp ?? -1)) return true;
    const timestamp = largestIn(context, header, bytes);
    if (timestamp > (largest?.timestamp ?? -1)) largest = { timestamp, offset: lastOffset(header) };
    return true;
  });
  return largest;
}

export function findLargestTimestamp(context: SearchContext, segments: readonly Segment[]): TimestampAndOffset | null {
  let largest: { timestamp: number; offset: number } | null = null;
  let holder: Segment | null = null;
  for (const segment of segments) {
    if (segment.baseOffset >= context.upperOffset || segment.nextOffset <= context.logStartOffset || segment.largestTimestamp <= (largest?.timestamp ?? -1)) continue;
    const whole = segment.nextOffset <= context.upperOffset && segment.baseOffset >= context.logStartOffset;
    const candidate = whole ? { timestamp: segment.largestTimestamp, offset: segment.offsetOfLargestTimestamp } : scanLargest(context, segment);
    if (candidate === null || candidate.timestamp <= (largest?.timestamp ?? -1)) continue;
    largest = candidate;
    holder = segment;
  }
  if (largest === null || holder === null) return null;
  const { timestamp, offset } = largest;
  let found: TimestampAndOffset | null = null;
  walkBatches(holder.file(), { from: positionOf(context, holder, offset), to: holder.sizeBytes, bodies: true, chunkBytes: SEARCH_BODY_BYTES }, ({ header, bytes }) => {
    found = recordIn(context, header, bytes, timestamp);
    return false;
  });
  return found;
}
