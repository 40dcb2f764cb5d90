/**
 * One batch through the cleaner. Offsets, epochs, sequences and codec stay; records that go leave a gap. A batch of which everything stays
 * keeps its bytes. The first time that a batch keeps tombstones it is told until when (KIP-534): attribute bit 6, and a base timestamp that
 * is this horizon, with the records' deltas counted from there.
 */
import {
  Attribute, BATCH_OVERHEAD, compressionOf, crcMatches, plainSection, readBatchHeader, sealBatch, Writer, type BatchHeader,
} from '#libs/kafka/protocol';
import { OperationalError, type Cpu } from '#libs/kernel';
import { createRecordCursor, type RecordCursor } from './clean-records.js';
import { corruptBatch } from './log.errors.js';

export interface BatchFilter {
  cpu: Cpu;
  maxDecompressedBytes: number;
  /** When tombstones go that are kept now for the first time. */
  horizonMs: number;
  keep: (record: RecordCursor, section: Buffer) => boolean;
}

export interface BatchFate {
  /** Stays without records: it tells its producer's last sequence, or where the segment ends. */
  keepEmpty: boolean;
  /** A marker whose transaction has no data left: it goes at its horizon like a tombstone. */
  expires: boolean;
}

export interface KeptBatch { bytes: Buffer; header: BatchHeader }

export const hasHorizon = (header: BatchHeader): boolean => (header.attributes & Attribute.deleteHorizon) !== 0;
/** Until when its tombstones stay; null while nobody has said. */
export const horizonOf = (header: BatchHeader): number | null => (hasHorizon(header) ? header.baseTimestamp : null);

function sealed(bytes: Buffer, header: Omit<BatchHeader, 'sizeBytes' | 'magic' | 'crc'>, cpu: Cpu): KeptBatch {
  sealBatch(bytes, header, (covered) => cpu.crc32c(covered));
  return { bytes, header: readBatchHeader(bytes) };
}

/** What is left of a batch when its records are gone: Kafka's empty header. */
export function emptied(header: BatchHeader, cpu: Cpu): KeptBatch {
  const attributes = header.attributes & ~(Attribute.codecMask | Attribute.deleteHorizon);
  return sealed(Buffer.alloc(BATCH_OVERHEAD), { ...header, attributes, baseTimestamp: -1, count: 0 }, cpu);
}

interface Kept { count: number; tombstones: boolean; largestTimestampDelta: number; spans: [start: number, end: number][] }

function select(section: Buffer, header: BatchHeader, filter: BatchFilter): Kept {
  const cursor = createRecordCursor(section);
  const kept: Kept = { count: 0, tombstones: false, largestTimestampDelta: Number.NEGATIVE_INFINITY, spans: [] };
  for (let i = 0; i < header.count; i++) {
    cursor.next();
    if (!filter.keep(cursor, section)) continue;
    kept.count++;
    kept.tombstones ||= !cursor.hasValue;
    kept.largestTimestampDelta = Math.max(kept.largestTimestampDelta, cursor.timestampDelta);
    const last = kept.spans.at(-1);
    if (last !== undefined && last[1] === cursor.start) last[1] = cursor.end;
    else kept.spans.push([cursor.start, cursor.end]);
  }
  return kept;
}

/** The kept records with timestamps counted from another base. */
function rebased(section: Buffer, spans: Kept['spans'], shift: number): Buffer[] {
  const writer = new Writer(section.length + 64);
  for (const [from, to] of spans) {
    const span = section.subarray(from, to);
    const cursor = createRecordCursor(span);
    do {
      cursor.next();
      const delta = new Writer(16);
      delta.varlong(cursor.timestampDelta + shift);
      writer.varint(1 + delta.sizeBytes + cursor.end - cursor.afterTimestamp);
      writer.raw(span.subarray(cursor.bodyStart, cursor.bodyStart + 1));
      for (const chunk of delta.finish()) writer.raw(chunk);
      writer.raw(span.subarray(cursor.afterTimestamp, cursor.end));
    } while (cursor.end < span.length);
  }
  return writer.finish();
}

function rewritten(batch: Buffer, header: BatchHeader, section: Buffer, kept: Kept, horizonMs: number | null, cpu: Cpu): KeptBatch {
  // A CRC of ours over bytes that had rotted would vouch for them.
  if (!crcMatches(batch, header, cpu)) throw corruptBatch(`CRC of the batch at ${header.baseOffset}`);
  const plain = Buffer.concat(horizonMs === null ? kept.spans.map(([from, to]) => section.subarray(from, to)) : rebased(section, kept.spans, header.baseTimestamp - horizonMs));
  const codec = compressionOf(header.attributes);
  const appendTime = (header.attributes & Attribute.logAppendTime) !== 0;
  return sealed(Buffer.concat([Buffer.alloc(BATCH_OVERHEAD), codec === null ? plain : cpu.compress(codec, plain)]), {
    ...header, count: kept.count,
    attributes: horizonMs === null ? header.attributes : header.attributes | Attribute.deleteHorizon,
    baseTimestamp: horizonMs ?? header.baseTimestamp,
    maxTimestamp: appendTime ? header.maxTimestamp : header.baseTimestamp + kept.largestTimestampDelta,
  }, cpu);
}

/** Null: nothing of it stays. Throws where the batch can't be read. */
export function filterBatch(batch: Buffer, header: BatchHeader, fate: BatchFate, filter: BatchFilter): KeptBatch | null {
  if (header.count === 0) return fate.keepEmpty ? { bytes: batch, header } : null;
  const section = plainSection(batch, header, filter.cpu, filter.maxDecompressedBytes);
  const kept = select(section, header, filter);
  if (kept.count === 0) return fate.keepEmpty ? emptied(header, filter.cpu) : null;
  const stamps = (kept.tombstones || fate.expires) && !hasHorizon(header);
  if (kept.count === header.count && !stamps) return { bytes: batch, header };
  return rewritten(batch, header, section, kept, stamps ? filter.horizonMs : null, filter.cpu);
}

/** A batch that can't be read is the log's, not the pass's: trying again can't help. */
export function unreadable(path: string, position: number, cause: unknown): OperationalError {
  return new OperationalError('CORRUPT_SEGMENT', `${path} at ${position}: ${(cause as Error).message}`, false, { cause });
}
