/**
 * Opening a directory: which segments there are, what of them can be believed, where the log ends. After a clean stop sizes are trusted
 * and indexes looked at; otherwise everything from the recovery point's segment on is read again and cut at the first bad batch. Nothing
 * found in a file makes this throw: damage costs at most what the last flush did not promise, and indexes are made again.
 */
import { join } from 'node:path';
import type { Env } from '#libs/kernel';
import { crcMatches, lastOffset, type BatchHeader } from '#libs/kafka/protocol';
import type { LogConfig } from './api.js';
import { walkBatches } from './batch-walk.js';
import { isLeftover, parseOffsetFile } from './file-names.js';
import type { EpochEntry } from './leader-epoch-cache.js';
import { MAX_RELATIVE_OFFSET, REWRITE_CHUNK_BYTES } from './log.limits.js';
import { findBatch, openSegment, type Segment } from './segment.js';

export interface RebuildOptions {
  indexIntervalBytes: number;
  /** Batches that reach it are not this segment's. */
  limitOffset: number;
  checkCrc: boolean;
  /** From here on offsets leave no gap. Of the last segment alone: compaction may have been over every other one. */
  contiguousFrom: number;
}

/**
 * Makes indexes and state from the batches; the file's valid end is then `sizeBytes`. Base offset and epoch lie outside the CRC, so a gap
 * is believed only when the next batch confirms it. Answers whether compaction has been here: offsets or records are missing inside.
 */
export function rebuildSegment(env: Env, segment: Segment, options: RebuildOptions, onBatch: (header: BatchHeader) => void = () => undefined): boolean {
  const file = segment.file();
  segment.beginRebuild();
  let expected = segment.baseOffset;
  let compacted = false;
  let held: { header: BatchHeader; position: number; afterGap: boolean } | null = null;
  const accept = (): void => {
    if (held === null) return;
    compacted ||= held.afterGap || held.header.count !== held.header.lastOffsetDelta + 1;
    segment.observe(held.header, held.position, options.indexIntervalBytes);
    onBatch(held.header);
    held = null;
  };
  walkBatches(file, { from: 0, to: file.sizeBytes(), bodies: options.checkCrc }, ({ header, position, bytes }) => {
    const last = lastOffset(header);
    if (options.checkCrc && !crcMatches(bytes, header, env.cpu)) return false;
    if (header.baseOffset < expected) {
      if (held?.afterGap) held = null;
      return false;
    }
    if (last >= options.limitOffset || last - segment.baseOffset > MAX_RELATIVE_OFFSET) return false;
    const afterGap = header.baseOffset > expected;
    if (afterGap && header.baseOffset >= options.contiguousFrom) return false;
    accept();
    held = { header, position, afterGap };
    expected = last + 1;
    return true;
  });
  accept();
  return compacted;
}

export interface LoadOptions { recoveryPoint: number; logStartOffset: number; cleanShutdown: boolean; config: LogConfig }

export interface LoadedSegments {
  /** In order; the last one takes appends. Empty when there is none. */
  segments: Segment[];
  /** Epoch starts met in what was read again. */
  epochStarts: EpochEntry[];
}

function baseOffsetsIn(env: Env, directory: string): number[] {
  const bases: number[] = [];
  const names = env.disk.list(directory);
  for (const name of names) {
    if (isLeftover(name)) env.disk.remove(join(directory, name));
    else if (name.endsWith('.swap')) env.log.write('warn', 'log.swap.ignored', { directory, name });
    const parsed = parseOffsetFile(name);
    if (parsed?.suffix === '.log') bases.push(parsed.offset);
  }
  const known = new Set(bases);
  for (const name of names) {
    const parsed = parseOffsetFile(name);
    if (parsed !== null && parsed.suffix !== '.log' && parsed.suffix !== '.snapshot' && !known.has(parsed.offset)) env.disk.remove(join(directory, name));
  }
  return bases.sort((a, b) => a - b);
}

function loadTrusted(segment: Segment, limitOffset: number): boolean {
  const thorough = !segment.sealed;
  return segment.offsetIndex.isSane(segment.file().sizeBytes(), thorough) && segment.timeIndex.isSane(thorough) && segment.loadTail() && segment.nextOffset <= limitOffset;
}

/**
 * A failed sync may have dropped pages that can still be read: they would pass for written until the power goes, and the next sync would
 * have nothing to do. What lies beyond the last promise is therefore written once more, byte for byte.
 */
function writeAgain(segment: Segment, recoveryPoint: number): void {
  const file = segment.file();
  for (let position = findBatch(segment, recoveryPoint)?.position ?? 0; position < segment.sizeBytes;) {
    const bytes = file.read(position, Math.min(REWRITE_CHUNK_BYTES, segment.sizeBytes - position));
    file.write(position, [bytes]);
    position += bytes.length;
  }
}

/** Reads one segment again. */
function recover(env: Env, segment: Segment, limitOffset: number, options: LoadOptions & { isLast: boolean }, epochStarts: EpochEntry[]): { cut: boolean; compacted: boolean } {
  const contiguousFrom = options.isLast ? options.recoveryPoint : Number.MAX_SAFE_INTEGER;
  const compacted = rebuildSegment(env, segment, { indexIntervalBytes: options.config.indexIntervalBytes, limitOffset, checkCrc: true, contiguousFrom }, (header) => {
    if (header.partitionLeaderEpoch > (epochStarts.at(-1)?.epoch ?? -1)) epochStarts.push({ epoch: header.partitionLeaderEpoch, startOffset: header.baseOffset });
  });
  const cutBytes = segment.file().sizeBytes() - segment.sizeBytes;
  if (cutBytes > 0) {
    env.log.write('warn', 'log.recovery.cut', { segment: segment.path, cutBytes, logEndOffset: segment.nextOffset });
    segment.cutAt(segment.sizeBytes);
  }
  writeAgain(segment, options.recoveryPoint);
  return { cut: cutBytes > 0, compacted };
}

function openExisting(env: Env, directory: string, baseOffset: number): Segment {
  return openSegment(env.disk, directory, { baseOffset, createdMs: 0, sealed: true, fresh: false });
}

function removeFrom(env: Env, directory: string, bases: readonly number[]): void {
  for (const baseOffset of [...bases].reverse()) {
    env.log.write('warn', 'log.recovery.segment.removed', { directory, baseOffset });
    openExisting(env, directory, baseOffset).remove();
  }
}

export function loadSegments(env: Env, directory: string, options: LoadOptions): LoadedSegments {
  const bases = baseOffsetsIn(env, directory);
  // Segments that end below the log start were dropped: a power cut may have brought back some of them, with holes between.
  while (bases.length > 1 && bases[1]! <= options.logStartOffset) openExisting(env, directory, bases.shift()!).remove();
  const segments: Segment[] = [];
  const epochStarts: EpochEntry[] = [];
  let compacted = false;
  for (const [index, baseOffset] of bases.entries()) {
    const previous = segments.at(-1);
    // A hole beyond the recovery point that compaction did not make: the end of the segment before was lost, what follows is no continuation.
    const hole = previous !== undefined && !options.cleanShutdown && !compacted && baseOffset > previous.nextOffset && baseOffset > options.recoveryPoint;
    if (hole) {
      removeFrom(env, directory, bases.slice(index));
      break;
    }
    const isLast = index === bases.length - 1;
    const limitOffset = bases[index + 1] ?? Number.MAX_SAFE_INTEGER;
    const createdMs = env.disk.stat(join(directory, `${String(baseOffset).padStart(20, '0')}.log`))?.modifiedMs ?? env.clock.now();
    const trusted = options.cleanShutdown || (!isLast && limitOffset <= options.recoveryPoint);
    const segment = openSegment(env.disk, directory, { baseOffset, createdMs, sealed: trusted && !isLast, fresh: false });
    segments.push(segment);
    if (trusted && loadTrusted(segment, limitOffset)) continue;
    if (trusted && !isLast) {
      env.log.write('warn', 'log.index.rebuilt', { segment: segment.path });
      rebuildSegment(env, segment, { indexIntervalBytes: options.config.indexIntervalBytes, limitOffset, checkCrc: false, contiguousFrom: Number.MAX_SAFE_INTEGER });
      continue;
    }
    segment.markDirty();
    const recovered = recover(env, segment, limitOffset, { ...options, isLast }, epochStarts);
    compacted = recovered.compacted;
    if (recovered.cut && !isLast && limitOffset > options.recoveryPoint) {
      removeFrom(env, directory, bases.slice(index + 1));
      break;
    }
  }
  for (const segment of segments) {
    if (segment.nextOffset > options.recoveryPoint) segment.markDirty();
    if (segment === segments.at(-1)) continue;
    segment.seal();
    if (!segment.dirty) segment.release();
  }
  return { segments, epochStarts };
}
