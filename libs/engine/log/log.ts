/**
 * The log of one partition. Everything but `flush` and `close` runs to its end in one turn, so no two changes overlap; a sync under way
 * only ever reads. Invariants: log start ≤ log end; recovery point ≤ log end; segments in order, the last one alone takes appends.
 */
import type { Env } from '#libs/kernel';
import type { OpenLogOptions, PartitionLog } from './api.js';
import { createGroupCommit } from './group-commit.js';
import { append, appendAsFollower } from './log-append.js';
import { close, releaseAll, syncOnce } from './log-flush.js';
import { loadProducers, read, searchContext } from './log-read.js';
import { endOf, type Log, type LogParts } from './log-state.js';
import { dropSegmentsBelow, increaseLogStartOffset, truncateTo } from './log-truncate.js';
import { createReadHints } from './read-hints.js';
import { createSealedFiles } from './sealed-files.js';
import { findByTimestamp, findLargestTimestamp } from './time-search.js';

export function createPartitionLog(env: Env, options: OpenLogOptions, parts: LogParts): PartitionLog {
  const log: Log = {
    env, options, parts, hints: createReadHints(), sealedFiles: createSealedFiles(),
    state: {
      config: options.config, logStartOffset: parts.logStartOffset, recoveryPoint: parts.recoveryPoint, syncedEnd: 0,
      namesDirty: true, parentDirty: true, failed: null, closing: false, closed: false,
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
    get latestEpoch() { return parts.epochs.latestEpoch; },
    get sizeBytes() { return parts.segments.reduce((sum, segment) => sum + segment.sizeBytes, 0); },
    get failed() { return state.failed; },
    segments: () => parts.segments.map(({ baseOffset, nextOffset, sizeBytes, largestTimestamp }, index) => ({ baseOffset, nextOffset, sizeBytes, largestTimestamp, active: index === parts.segments.length - 1 })),
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
    dropSegmentsBelow: (offset) => dropSegmentsBelow(log, offset),
    truncateTo: (offset) => truncateTo(log, offset),
    updateConfig(config) { state.config = config; },
    close: () => close(log, commit),
    discard() {
      state.closed = true;
      releaseAll(log);
    },
  };
}
