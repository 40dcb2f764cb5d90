/** Reads by offset and by time, and the replay of producers. An index that proves wrong is made anew on the way. */
import { walkBatches } from './batch-walk.js';
import type { LogSlice } from './api.js';
import { isDiskFull, offsetOutOfRange } from './log.errors.js';
import { checkUsable, endOf, type Log } from './log-state.js';
import { rebuildSegment } from './recovery.js';
import { readSegment, type SegmentReadOptions } from './segment-read.js';
import type { Segment } from './segment.js';
import { positionOf, type SearchContext } from './time-search.js';

function segmentIndex(segments: readonly Segment[], offset: number): number {
  let low = 0;
  let high = segments.length - 1;
  if (segments[high]!.baseOffset <= offset) return high;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (segments[middle]!.baseOffset <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function rebuildIndexes(log: Log, segment: Segment): void {
  log.env.log.write('warn', 'log.index.rebuilt', { segment: segment.path });
  const { sealed } = segment;
  rebuildSegment(log.env, segment, { indexIntervalBytes: log.state.config.indexIntervalBytes, limitOffset: Number.MAX_SAFE_INTEGER, checkCrc: false, contiguousFrom: Number.MAX_SAFE_INTEGER });
  if (!sealed) return;
  try {
    segment.seal();
  } catch (error) {
    // On a full disk they stay in memory, which serves readers as well; the next start makes them once more.
    if (!isDiskFull(error)) throw error;
  }
}

export function read(log: Log, offset: number, options: SegmentReadOptions): LogSlice | null {
  checkUsable(log);
  const { segments } = log.parts;
  const end = endOf(log);
  if (offset < log.state.logStartOffset || offset > end) throw offsetOutOfRange(offset, log.state.logStartOffset, end);
  if (offset >= Math.min(options.upperOffset, end)) return null;
  for (let index = segmentIndex(segments, offset); index < segments.length; index++) {
    const segment = segments[index]!;
    if (segment.baseOffset >= options.upperOffset) return null;
    if (segment.nextOffset <= offset) continue;
    log.sealedFiles.touched(segment);
    const start = log.hints.find(segment, offset) ?? positionOf({ rebuild: (damaged) => rebuildIndexes(log, damaged) }, segment, offset);
    const slice = readSegment(segment, offset, start, options);
    if (slice === null) continue;
    if (slice.bytes.length > 0) log.hints.remember(segment, slice.nextOffset, slice.endPosition);
    return slice;
  }
  return null;
}

/** Producer state as of the log's end: the newest valid snapshot, then the batches after it. */
export function loadProducers(log: Log): void {
  const { producers, snapshots, segments } = log.parts;
  const end = endOf(log);
  snapshots.removeBeyond(end);
  const from = snapshots.loadNewest(end, producers) ?? segments[0]!.baseOffset;
  if (from >= end) return;
  for (const segment of segments) {
    if (segment.nextOffset <= from) continue;
    const position = from <= segment.baseOffset ? 0 : positionOf({ rebuild: (damaged) => rebuildIndexes(log, damaged) }, segment, from);
    walkBatches(segment.file(), { from: position, to: segment.sizeBytes, bodies: true }, ({ header, bytes }) => {
      if (header.baseOffset >= from) producers.apply(header, bytes);
    });
    log.sealedFiles.touched(segment);
  }
}

export function searchContext(log: Log, upperOffset: number): SearchContext {
  checkUsable(log);
  return {
    env: log.env, maxDecompressedBytes: log.options.maxDecompressedBytes, logStartOffset: log.state.logStartOffset,
    upperOffset: Math.min(upperOffset, endOf(log)), rebuild: (segment) => rebuildIndexes(log, segment),
  };
}
