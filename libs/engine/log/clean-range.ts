/**
 * What of a compacted log may be cleaned now, and how dirty it is: Kafka's arithmetic. Clean is what lies before the first dirty offset;
 * cleanable what follows up to the active segment, the high watermark, an open transaction, and the first segment that is too young.
 */
import type { CleaningView } from './api.js';
import { activeOf, endOf, type Log } from './log-state.js';
import type { Segment } from './segment.js';

/** Where cleaning goes on. An offset that can't be this log's means that nothing is known to be clean. */
export function firstDirtyOffset(log: Log): number {
  const { logStartOffset, cleanedTo } = log.state;
  return cleanedTo === null || cleanedTo > endOf(log) ? logStartOffset : Math.max(cleanedTo, logStartOffset);
}

const youngest = (segment: Segment): number => (segment.largestTimestamp >= 0 ? segment.largestTimestamp : segment.firstTimestamp ?? segment.createdMs);

function firstOpenTransaction(log: Log): number {
  let first = Number.MAX_SAFE_INTEGER;
  for (const { transactionFirstOffset } of log.parts.producers.all()) if (transactionFirstOffset >= 0) first = Math.min(first, transactionFirstOffset);
  return first;
}

/** Segments that hold this offset or later ones, the active one excluded. */
function sealedFrom(log: Log, offset: number): Segment[] {
  const { segments } = log.parts;
  return segments.filter((segment, index) => index < segments.length - 1 && segments[index + 1]!.baseOffset > offset);
}

const sum = (segments: readonly Segment[]): number => segments.reduce((bytes, segment) => bytes + segment.sizeBytes, 0);

export function cleaningView(log: Log, highWatermark: number): CleaningView {
  const { config, lastCleanedMs } = log.state;
  const { segments } = log.parts;
  const nowMs = log.env.clock.now();
  const active = activeOf(log);
  const dirty = firstDirtyOffset(log);
  const sealed = sealedFrom(log, dirty);
  const tooYoung = config.minCompactionLagMs > 0 ? sealed.find((segment) => youngest(segment) > nowMs - config.minCompactionLagMs) : undefined;
  const bound = Math.max(dirty, Math.min(highWatermark, firstOpenTransaction(log), active.baseOffset, tooYoung?.baseOffset ?? active.baseOffset));
  // Segments are cleaned whole.
  const firstUncleanableOffset = sealedFrom(log, bound)[0]?.baseOffset ?? active.baseOffset;
  const cleanBytes = sum(segments.filter((segment) => segment.baseOffset < dirty && segment !== active));
  const cleanableBytes = sum(sealed.filter((segment) => segment.baseOffset < firstUncleanableOffset));
  const oldestDirtyMs = Math.min(...sealed.map((segment) => segment.firstTimestamp ?? 0).filter((timestamp) => timestamp > 0));
  const totalBytes = cleanBytes + cleanableBytes;
  return {
    firstDirtyOffset: dirty, firstUncleanableOffset, cleanBytes, cleanableBytes,
    dirtyBytes: sum(segments.filter((segment) => segment.nextOffset > dirty)),
    dirtyRatio: totalBytes === 0 ? 0 : cleanableBytes / totalBytes,
    isOverdue: cleanableBytes > 0 && oldestDirtyMs < nowMs - Math.max(0, config.maxCompactionLagMs),
    dueMs: dueMs(log, tooYoung, oldestDirtyMs, nowMs),
    lastCleanedMs, failure: log.state.cleaningFailure,
  };
}

/** When waiting alone may make the log cleanable: the youngest segment in the way gets old enough, or the oldest record too old. */
function dueMs(log: Log, tooYoung: Segment | undefined, oldestDirtyMs: number, nowMs: number): number | null {
  const { minCompactionLagMs, maxCompactionLagMs } = log.state.config;
  const due = [
    ...(tooYoung === undefined ? [] : [youngest(tooYoung) + minCompactionLagMs]),
    ...(Number.isFinite(oldestDirtyMs) && maxCompactionLagMs < Number.MAX_SAFE_INTEGER ? [oldestDirtyMs + maxCompactionLagMs + 1] : []),
  ].filter((time) => time > nowMs);
  return due.length === 0 ? null : Math.min(...due);
}
