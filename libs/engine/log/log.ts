/**
 * The log of one partition. Everything but `flush` and `close` runs to its end in one turn, so no two changes overlap; a sync under way
 * only ever reads. Invariants: log start ≤ log end; recovery point ≤ log end; segments in order, the last one alone takes appends.
 */
import type { Env } from '#libs/kernel';
import type { OpenLogOptions, PartitionLog } from './api.js';
import { cleanLog } from './clean-log.js';
import { cleaningView, firstDirtyOffset } from './clean-range.js';
import { createGroupCommit } from './group-commit.js';
import { append, appendAsFollower } from './log-append.js';
import { close, releaseAll, syncOnce } from './log-flush.js';
import { loadProducers, read, searchContext } from './log-read.js';
import { activeOf, checkUsable, drawRollJitter, endOf, roll, type Log, type LogParts } from './log-state.js';
import { dropSegmentsBelow, increaseLogStartOffset, truncateTo } from './log-truncate.js';
import { createReadHints } from './read-hints.js';
import { createSealedFiles } from './sealed-files.js';
import type { Segment } from './segment.js';
import { findByTimestamp, findLargestTimestamp } from './time-search.js';

function ageFrom(env: Env, segment: Segment): number {
  if (segment.largestTimestamp >= 0) return segment.largestTimestamp;
  // Emptied by the cleaner.
  if (segment.firstTimestamp !== null) return segment.firstTimestamp;
  return segment.sizeBytes === 0 ? segment.createdMs : env.disk.stat(segment.path)?.modifiedMs ?? segment.createdMs;
}

export function createPartitionLog(env: Env, options: OpenLogOptions, parts: LogParts): PartitionLog {
  const log: Log = {
    env, options, parts, hints: createReadHints(), sealedFiles: createSealedFiles(),
    state: {
      config: options.config, logStartOffset: parts.logStartOffset, recoveryPoint: parts.recoveryPoint, syncedEnd: 0,
      namesDirty: true, parentDirty: true, failed: null, closing: false, closed: false, epochsHeldAt: null, rollJitterMs: drawRollJitter(env, options.config),
      cleanedTo: options.firstDirtyOffset ?? null, lastCleanedMs: null, cleaningFailure: null,
    },
  };
  const { state } = log;
  const commit = createGroupCommit(() => syncOnce(log));
  const flush = (): Promise<void> => (state.failed === null ? commit.flush() : Promise.reject(state.failed));
  loadProducers(log);
  return {
    topicPartition: options.topicPartition, directory: options.directory, topicId: options.topicId,
    get logStartOffset() { return state.logStartOffset; },
    get logEndOffset() { return endOf(log); },
    get recoveryPoint() { return state.recoveryPoint; },
    get recoverFrom() { return Math.min(state.recoveryPoint, state.epochsHeldAt ?? state.recoveryPoint); },
    get latestEpoch() { return parts.epochs.latestEpoch; },
    get sizeBytes() { return parts.segments.reduce((sum, segment) => sum + segment.sizeBytes, 0); },
    get failed() { return state.failed; },
    segments: () => parts.segments.map((segment, index) => ({
      baseOffset: segment.baseOffset, nextOffset: segment.nextOffset, sizeBytes: segment.sizeBytes, largestTimestamp: segment.largestTimestamp,
      ageFromMs: ageFrom(env, segment), firstTimestamp: segment.firstTimestamp, active: index === parts.segments.length - 1,
    })),
    append: (batch, { leaderEpoch, logAppendTimeMs }) => append(log, batch, leaderEpoch, logAppendTimeMs),
    appendAsFollower: (batches) => appendAsFollower(log, batches),
    flush,
    read: (offset, readOptions) => read(log, offset, readOptions),
    offsetForTimestamp: (timestampMs, upperOffset) => findByTimestamp(searchContext(log, upperOffset), parts.segments, timestampMs),
    offsetOfMaxTimestamp: (upperOffset) => findLargestTimestamp(searchContext(log, upperOffset), parts.segments),
    endOffsetForEpoch: (epoch) => parts.epochs.endOffsetFor(epoch, endOf(log)),
    epochForOffset: (offset) => parts.epochs.epochFor(offset),
    assignEpochStart: (epoch) => parts.epochs.assign(epoch, endOf(log)),
    producer: (producerId) => parts.producers.get(producerId),
    producers: () => parts.producers.all(),
    expireProducers: (nowMs, expirationMs) => parts.producers.expire(nowMs, expirationMs),
    increaseLogStartOffset: (offset) => increaseLogStartOffset(log, offset),
    dropSegmentsBelow: (offset, how) => dropSegmentsBelow(log, offset, how?.atOnce === true),
    roll() {
      checkUsable(log);
      if (activeOf(log).sizeBytes > 0) roll(log, endOf(log));
    },
    truncateTo: (offset) => truncateTo(log, offset),
    get cleanedTo() { return state.cleanedTo === null ? null : firstDirtyOffset(log); },
    cleaning: (highWatermark = endOf(log)) => cleaningView(log, highWatermark),
    clean: (how) => cleanLog(log, how, flush),
    updateConfig(config) { state.config = config; },
    close: () => close(log, commit),
    discard() {
      state.closed = true;
      releaseAll(log);
      parts.producers.clear();
    },
  };
}
