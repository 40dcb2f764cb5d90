/** The two ends move: truncation takes from the end, DeleteRecords and retention from the start. */
import { invariant } from '#libs/kernel';
import { offsetOutOfRange } from './log.errors.js';
import { loadProducers, rebuildIndexes } from './log-read.js';
import { checkUsable, endOf, fail, openFresh, type Log } from './log-state.js';
import type { Segment } from './segment.js';

export function truncateTo(log: Log, offset: number): void {
  checkUsable(log);
  const { parts, state } = log;
  if (offset >= endOf(log)) return;
  const target = Math.max(offset, parts.segments[0]!.baseOffset);
  log.hints.clear();
  try {
    while (parts.segments.length > 0 && parts.segments.at(-1)!.baseOffset >= target) parts.segments.pop()!.remove();
    const last = parts.segments.at(-1);
    if (last !== undefined && last.nextOffset > target && !last.truncateTo(target)) {
      rebuildIndexes(log, last);
      invariant(last.truncateTo(target), `${last.path} cannot be truncated to ${target}`);
    }
    if (last?.sizeBytes === 0) parts.segments.pop()!.remove();
    const end = last?.nextOffset ?? target;
    // A file of its own for what comes: old and new bytes never share pages, so a power cut cannot mix them.
    if (last !== undefined && parts.segments.includes(last)) last.seal();
    parts.segments.push(openFresh(log, end));
    state.namesDirty = true;
    state.logStartOffset = Math.min(state.logStartOffset, end);
    state.recoveryPoint = Math.min(state.recoveryPoint, end);
    state.syncedEnd = Math.min(state.syncedEnd, end);
    if (state.cleanedTo !== null) state.cleanedTo = Math.min(state.cleanedTo, end);
    parts.epochs.truncateFromEnd(end);
    loadProducers(log);
    parts.pendingFiles.push(parts.snapshots.write(end, parts.producers));
  } catch (error) {
    throw fail(log, error);
  }
}

export function increaseLogStartOffset(log: Log, offset: number): void {
  checkUsable(log);
  const { parts, state } = log;
  if (offset <= state.logStartOffset) return;
  if (offset > endOf(log)) throw offsetOutOfRange(offset, state.logStartOffset, endOf(log));
  state.logStartOffset = offset;
  parts.epochs.truncateFromStart(offset);
}

function drop(log: Log, segment: Segment, atOnce: boolean): void {
  const { removed } = log.options;
  if (removed === undefined || atOnce) return segment.remove();
  for (const path of segment.setAside()) removed.later(path, log.state.config.fileDeleteDelayMs);
}

export function dropSegmentsBelow(log: Log, offset: number, atOnce: boolean): void {
  checkUsable(log);
  const { parts, state } = log;
  invariant(offset <= state.logStartOffset, `${log.options.directory}: segments below ${offset} are dropped, the log starts at ${state.logStartOffset}`);
  while (parts.segments.length > 1 && parts.segments[1]!.baseOffset <= offset) {
    const dropped = parts.segments.shift()!;
    log.hints.forget(dropped);
    log.sealedFiles.forget(dropped);
    // Content before indexes: a crash leaves index files without a segment, which recovery takes away.
    drop(log, dropped, atOnce);
    state.namesDirty = true;
  }
  parts.snapshots.prune(parts.segments.map((segment) => segment.baseOffset));
}
