/** One pass of the cleaner over one log, as Apache Kafka's LogCleaner makes it: a map of the dirty part's keys, then every segment up to the map's end written anew. */
import { Failure, OperationalError } from '#libs/kernel';
import type { CleanedInfo, CleanOptions } from './api.js';
import { fillOffsetMap } from './clean-map.js';
import { createOffsetMap, type OffsetMap } from './clean-offset-map.js';
import { cleaningView } from './clean-range.js';
import { groupSegments, rewriteGroup, type Rewriting } from './clean-segments.js';
import { swapIn } from './clean-swap.js';
import { createTransactionTracker, readTransactionIndex, type AbortedTransaction } from './clean-transactions.js';
import { checkUsable, type Log } from './log-state.js';
import { isDiskFull } from './log.errors.js';
import type { Segment } from './segment.js';

/** Retention, DeleteRecords or a truncation were faster: what was rewritten so far is of no use. */
function overtaken(directory: string): OperationalError {
  return new OperationalError('CLEANING_OVERTAKEN', `${directory} has lost segments while they were cleaned`, true);
}

/** Throws unless these segments stand in the log in this order, as they were when this was called. */
function stillThere(log: Log, segments: readonly Segment[]): () => void {
  const sizes = segments.map((segment) => segment.sizeBytes);
  return () => {
    checkUsable(log);
    const at = log.parts.segments.indexOf(segments[0]!);
    const same = at >= 0 && segments.every((segment, index) => log.parts.segments[at + index] === segment && segment.sizeBytes === sizes[index]);
    if (!same) throw overtaken(log.options.directory);
  };
}

function abortedTransactions(log: Log, from: number, to: number): AbortedTransaction[] {
  const { env, options, parts } = log;
  return parts.segments.flatMap((segment) => readTransactionIndex(env.disk, options.directory, segment.baseOffset))
    .filter(({ firstOffset, lastOffset }) => lastOffset >= from && firstOffset < to);
}

async function makeDurable(log: Log, endOffset: number, options: CleanOptions, flush: () => Promise<void>): Promise<void> {
  // Recovery looks for lost ends beyond the recovery point alone; what is cleaned lies below it.
  if (log.state.recoveryPoint < endOffset) await flush();
  await options.saveRecoveryPoint();
  checkUsable(log);
}

async function rewriteAll(log: Log, upTo: number, map: OffsetMap, options: CleanOptions): Promise<{ bytesBefore: number; bytesAfter: number }> {
  const { parts, state } = log;
  const endOffset = map.latestOffset + 1;
  const sources = parts.segments.filter((segment, index) => segment.baseOffset < endOffset && index < parts.segments.length - 1);
  const transactions = createTransactionTracker(abortedTransactions(log, parts.segments[0]!.baseOffset, upTo), log.env.cpu);
  const rewriting: Omit<Rewriting, 'check'> = { log, map, transactions, nowMs: log.env.clock.now(), pace: options.pace };
  let bytesAfter = 0;
  for (const group of groupSegments(sources, state.config, upTo)) {
    const check = stillThere(log, group);
    check();
    bytesAfter += await rewriteGroup({ ...rewriting, check }, group);
    await swapIn(log, group, check);
  }
  return { bytesBefore: sources.reduce((sum, segment) => sum + segment.sizeBytes, 0), bytesAfter };
}

async function pass(log: Log, options: CleanOptions, flush: () => Promise<void>): Promise<CleanedInfo | null> {
  const { firstDirtyOffset, firstUncleanableOffset } = cleaningView(log, options.highWatermark);
  const { parts, state } = log;
  const dirty = parts.segments.filter((segment, index) => segment.baseOffset < firstUncleanableOffset && (parts.segments[index + 1]?.baseOffset ?? 0) > firstDirtyOffset);
  if (dirty.length === 0) return null;
  const map = createOffsetMap(options);
  const aborted = abortedTransactions(log, firstDirtyOffset, firstUncleanableOffset);
  await fillOffsetMap(log, { segments: dirty, firstDirtyOffset, endOffset: firstUncleanableOffset, aborted }, map, options.pace, stillThere(log, dirty));
  const endOffset = map.latestOffset + 1;
  if (endOffset <= firstDirtyOffset) return null;
  await makeDurable(log, endOffset, options, flush);
  const { bytesBefore, bytesAfter } = await rewriteAll(log, firstUncleanableOffset, map, options);
  state.cleanedTo = endOffset;
  state.lastCleanedMs = log.env.clock.now();
  return { firstDirtyOffset, endOffset, bytesBefore, bytesAfter, keys: map.size };
}

/** What trying again may mend: a full disk, a pass that was stopped or overtaken. */
function isTransient(error: unknown): boolean {
  return isDiskFull(error) || error instanceof Failure || (error instanceof OperationalError && error.retryable);
}

export async function cleanLog(log: Log, options: CleanOptions, flush: () => Promise<void>): Promise<CleanedInfo | null> {
  checkUsable(log);
  try {
    return await pass(log, options, flush);
  } catch (error) {
    if (!log.state.closed && log.state.failed === null && !isTransient(error)) log.state.cleaningFailure = (error as Error).message;
    throw error;
  }
}
