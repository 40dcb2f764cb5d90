/**
 * The log of one partition. Everything but `flush` and `close` runs to its end in one turn, so no two changes overlap; a sync under way
 * only ever reads. Invariants: log start ≤ log end; recovery point ≤ log end; segments in order, the last one alone takes appends.
 */
import { join } from 'node:path';
import { invariant, OperationalError, replaceFile, type DiskFile, type Env } from '#libs/kernel';
import { crcMatches, lastOffset, readBatchHeader, stampLogAppendTime, stampOffsets, type BatchHeader } from '#libs/kafka/protocol';
import type { AppendInfo, LogConfig, LogSlice, OpenLogOptions, PartitionLog } from './api.js';
import { plausibleHeader, walkBatches } from './batch-walk.js';
import { createGroupCommit } from './group-commit.js';
import { encodeEpochs, type LeaderEpochCache } from './leader-epoch-cache.js';
import { corruptBatch, logClosed, logFailed, offsetOutOfRange, writeRefused } from './log.errors.js';
import { MAX_RELATIVE_OFFSET } from './log.limits.js';
import type { ProducerSnapshots } from './producer-snapshots.js';
import type { ProducerStates } from './producer-state.js';
import { createReadHints } from './read-hints.js';
import { rebuildSegment } from './recovery.js';
import { readSegment } from './segment-read.js';
import { openSegment, type Segment } from './segment.js';
import { createSealedFiles } from './sealed-files.js';
import { findByTimestamp, findLargestTimestamp, positionOf, type SearchContext } from './time-search.js';

export interface LogParts {
  segments: Segment[];
  logStartOffset: number;
  recoveryPoint: number;
  epochs: LeaderEpochCache;
  producers: ProducerStates;
  snapshots: ProducerSnapshots;
  /** Written, to be synced and closed by the next flush. */
  pendingFiles: DiskFile[];
  parentDirectory: string;
}

interface State {
  config: LogConfig;
  logStartOffset: number;
  recoveryPoint: number;
  /** End of what the sync under way will have covered. */
  syncedEnd: number;
  namesDirty: boolean;
  parentDirty: boolean;
  failed: Error | null;
  /** The last flush: indexes of the active segment too. */
  closing: boolean;
  closed: boolean;
}

interface Log { env: Env; options: OpenLogOptions; parts: LogParts; state: State; hints: ReturnType<typeof createReadHints>; sealedFiles: ReturnType<typeof createSealedFiles> }

const activeOf = (log: Log): Segment => log.parts.segments.at(-1)!;
const endOf = (log: Log): number => activeOf(log).nextOffset;

function checkUsable(log: Log): void {
  if (log.state.failed !== null) throw log.state.failed;
  if (log.state.closed) throw logClosed(log.options.directory);
}

function fail(log: Log, cause: unknown): Error {
  if (log.state.failed === null) {
    log.state.failed = logFailed(log.options.directory, cause);
    log.env.log.write('error', 'log.failed', { directory: log.options.directory, reason: (cause as Error).message });
  }
  return log.state.failed;
}

/** Starts a segment at this offset. The old one is sealed only when everything that can be refused has been done. */
function roll(log: Log, baseOffset: number): void {
  const { env, parts, options, state } = log;
  const previous = activeOf(log);
  const segment = openFresh(log, baseOffset);
  try {
    previous.writeIndexes();
    parts.pendingFiles.push(parts.snapshots.write(baseOffset, parts.producers));
  } catch (error) {
    segment.remove();
    throw writeRefused(segment.path, error);
  }
  if (previous.sizeBytes === 0) parts.segments.pop()!.remove();
  else {
    previous.seal();
    previous.markDirty();
  }
  parts.segments.push(segment);
  state.namesDirty = true;
  parts.snapshots.prune(parts.segments.map((each) => each.baseOffset));
  env.log.write('debug', 'log.rolled', { directory: options.directory, baseOffset });
}

function openFresh(log: Log, baseOffset: number): Segment {
  const { env, options } = log;
  try {
    return openSegment(env.disk, options.directory, { baseOffset, createdMs: env.clock.now(), sealed: false, fresh: true });
  } catch (error) {
    throw writeRefused(options.directory, error);
  }
}

function mustRoll(log: Log, header: BatchHeader, pendingBytes: number): boolean {
  const active = activeOf(log);
  const { config } = log.state;
  const last = lastOffset(header);
  if (active.sizeBytes + pendingBytes === 0) return last - active.baseOffset > MAX_RELATIVE_OFFSET;
  if (active.sizeBytes + pendingBytes + header.sizeBytes > config.segmentBytes) return true;
  if (!active.hasRoomFor(pendingBytes + header.sizeBytes, last, config.segmentIndexBytes)) return true;
  const ageMs = active.firstTimestamp !== null && header.maxTimestamp >= 0 ? header.maxTimestamp - active.firstTimestamp : log.env.clock.now() - active.createdMs;
  return ageMs > config.segmentMs;
}

/** Whole, valid batches whose headers carry their final offsets, into the active segment. */
function appendRun(log: Log, bytes: Buffer, headers: readonly BatchHeader[]): void {
  const { parts, state } = log;
  try {
    activeOf(log).append(bytes, headers, state.config.indexIntervalBytes);
  } catch (error) {
    if (error instanceof OperationalError && error.code === 'WRITE_REFUSED') throw error;
    throw fail(log, error);
  }
  let at = 0;
  for (const header of headers) {
    parts.epochs.assign(header.partitionLeaderEpoch, header.baseOffset);
    parts.producers.apply(header, bytes.subarray(at, at + header.sizeBytes));
    at += header.sizeBytes;
  }
}

function append(log: Log, batch: Buffer, leaderEpoch: number, logAppendTimeMs: number | null): AppendInfo {
  checkUsable(log);
  const given = plausibleHeader(batch, 0, batch.length);
  if (given === null || given.sizeBytes !== batch.length) throw corruptBatch(`not one whole batch in ${batch.length} bytes`);
  const firstOffset = endOf(log);
  stampOffsets(batch, 0, firstOffset, leaderEpoch);
  if (logAppendTimeMs !== null) stampLogAppendTime(batch, logAppendTimeMs, (bytes) => log.env.cpu.crc32c(bytes));
  const header = readBatchHeader(batch);
  if (mustRoll(log, header, 0)) roll(log, firstOffset);
  appendRun(log, batch, [header]);
  return { firstOffset, lastOffset: lastOffset(header), logAppendTimeMs: logAppendTimeMs ?? -1, maxTimestamp: header.maxTimestamp };
}

/** Headers of bytes that must be whole batches, in order, beyond the log's end. */
function parseBatches(log: Log, bytes: Buffer): BatchHeader[] {
  const headers: BatchHeader[] = [];
  let expected = endOf(log);
  for (let at = 0; at < bytes.length;) {
    const header = plausibleHeader(bytes, at, bytes.length - at);
    if (header === null) throw corruptBatch(`no whole batch at byte ${at} of ${bytes.length}`);
    if (header.baseOffset < expected) throw corruptBatch(`batch at ${header.baseOffset}, expected ${expected} or later`);
    if (!crcMatches(bytes.subarray(at, at + header.sizeBytes), header, log.env.cpu)) throw corruptBatch(`CRC of the batch at ${header.baseOffset}`);
    headers.push(header);
    expected = lastOffset(header) + 1;
    at += header.sizeBytes;
  }
  if (headers.length === 0) throw corruptBatch('no batch');
  return headers;
}

function appendAsFollower(log: Log, bytes: Buffer): AppendInfo {
  checkUsable(log);
  const headers = parseBatches(log, bytes);
  let from = 0;
  let to = 0;
  let run: BatchHeader[] = [];
  const write = (): void => {
    if (run.length > 0) appendRun(log, bytes.subarray(from, to), run);
    from = to;
    run = [];
  };
  for (const header of headers) {
    if (mustRoll(log, header, to - from)) {
      write();
      // Without a hole between segments, unless the offsets would not fit.
      roll(log, lastOffset(header) - endOf(log) > MAX_RELATIVE_OFFSET ? header.baseOffset : endOf(log));
    }
    run.push(header);
    to += header.sizeBytes;
  }
  write();
  const maxTimestamp = headers.reduce((largest, header) => Math.max(largest, header.maxTimestamp), -1);
  return { firstOffset: headers[0]!.baseOffset, lastOffset: lastOffset(headers.at(-1)!), logAppendTimeMs: -1, maxTimestamp };
}

/** One round of group commit. All that was appended when it began is durable when it ends. */
async function syncOnce(log: Log): Promise<void> {
  const { env, options, parts, state } = log;
  checkUsable(log);
  state.syncedEnd = endOf(log);
  const work: Promise<void>[] = [];
  if (state.parentDirty) work.push(env.disk.syncDir(parts.parentDirectory));
  if (state.namesDirty) work.push(env.disk.syncDir(options.directory));
  state.parentDirty = false;
  state.namesDirty = false;
  for (const file of parts.pendingFiles.splice(0)) work.push(file.sync().finally(() => file.close()));
  if (parts.epochs.takeDirty()) work.push(replaceFile(env.disk, join(options.directory, 'leader-epoch-checkpoint'), encodeEpochs(parts.epochs.entries())));
  const dirty = parts.segments.filter((segment) => segment.dirty);
  for (const segment of dirty) work.push(segment.sync(segment.sealed || state.closing));
  try {
    await Promise.all(work);
  } catch (error) {
    throw state.closed ? logClosed(options.directory) : fail(log, error);
  }
  state.recoveryPoint = Math.max(state.recoveryPoint, Math.min(state.syncedEnd, endOf(log)));
  for (const segment of dirty) if (segment.sealed && !segment.dirty) log.sealedFiles.touched(segment);
}

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

function rebuildIndexes(log: Log, segment: Segment): void {
  log.env.log.write('warn', 'log.index.rebuilt', { segment: segment.path });
  const { sealed } = segment;
  rebuildSegment(log.env, segment, { indexIntervalBytes: log.state.config.indexIntervalBytes, limitOffset: Number.MAX_SAFE_INTEGER, checkCrc: false, contiguousFrom: Number.MAX_SAFE_INTEGER });
  if (sealed) segment.seal();
}

function read(log: Log, offset: number, options: { maxBytes: number; minOneBatch: boolean; upperOffset: number }): LogSlice | null {
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
function loadProducers(log: Log): void {
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

function truncateTo(log: Log, offset: number): void {
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
    parts.epochs.truncateFromEnd(end);
    loadProducers(log);
    parts.pendingFiles.push(parts.snapshots.write(end, parts.producers));
  } catch (error) {
    throw fail(log, error);
  }
}

function increaseLogStartOffset(log: Log, offset: number): void {
  checkUsable(log);
  const { parts, state } = log;
  if (offset <= state.logStartOffset) return;
  if (offset > endOf(log)) throw offsetOutOfRange(offset, state.logStartOffset, endOf(log));
  state.logStartOffset = offset;
  parts.epochs.truncateFromStart(offset);
  while (parts.segments.length > 1 && parts.segments[1]!.baseOffset <= offset) {
    const dropped = parts.segments.shift()!;
    log.hints.forget(dropped);
    log.sealedFiles.forget(dropped);
    // Oldest first, content before indexes: whatever a crash leaves is a log that begins later, or index files without one.
    dropped.remove();
    state.namesDirty = true;
  }
  parts.snapshots.prune(parts.segments.map((segment) => segment.baseOffset));
}

function releaseAll(log: Log): void {
  for (const segment of log.parts.segments) segment.release();
  for (const file of log.parts.pendingFiles.splice(0)) file.close();
}

async function close(log: Log, flush: () => Promise<void>, idle: () => Promise<void>): Promise<void> {
  const { parts, state } = log;
  if (state.closed || state.closing) return;
  try {
    checkUsable(log);
    await idle();
    const active = activeOf(log);
    active.timeIndex.maybeAppend(active.largestTimestamp, active.offsetOfLargestTimestamp);
    active.writeIndexes();
    active.markDirty();
    state.closing = true;
    parts.pendingFiles.push(parts.snapshots.write(endOf(log), parts.producers));
    parts.snapshots.prune(parts.segments.map((segment) => segment.baseOffset));
    state.namesDirty = true;
    await flush();
    invariant(state.recoveryPoint === endOf(log), `${log.options.directory}: appended to while closing`);
  } finally {
    state.closed = true;
    await idle();
    releaseAll(log);
  }
}

function searchContext(log: Log, upperOffset: number): SearchContext {
  checkUsable(log);
  return {
    env: log.env, maxDecompressedBytes: log.options.maxDecompressedBytes, logStartOffset: log.state.logStartOffset,
    upperOffset: Math.min(upperOffset, endOf(log)), rebuild: (segment) => rebuildIndexes(log, segment),
  };
}

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
    truncateTo: (offset) => truncateTo(log, offset),
    updateConfig(config) { state.config = config; },
    close: () => close(log, flush, () => commit.idle()),
    discard() {
      state.closed = true;
      releaseAll(log);
    },
  };
}
