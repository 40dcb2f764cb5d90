/** What the parts of a log share, and the two ways in which it changes as a whole: a roll, and failing for good. */
import type { DiskFile, Env } from '#libs/kernel';
import type { LogConfig, OpenLogOptions } from './api.js';
import type { LeaderEpochCache } from './leader-epoch-cache.js';
import { isDiskFull, isNoRoomForFile, logClosed, logFailed, writeRefused } from './log.errors.js';
import type { ProducerSnapshots } from './producer-snapshots.js';
import type { ProducerStates } from './producer-state.js';
import type { ReadHints } from './read-hints.js';
import type { SealedFiles } from './sealed-files.js';
import { hasName, writeTopicId } from './partition-metadata.js';
import { openSegment, type Segment } from './segment.js';

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
  /** Nothing of it is on the disk: see `makeOnDisk`. */
  isUnmade: boolean;
}

export interface LogState {
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
  /** Below it every key stands once; null: nothing is known to be clean. */
  cleanedTo: number | null;
  lastCleanedMs: number | null;
  cleaningFailure: string | null;
  /** While leader epochs wait for room: the recovery point as it was when they last were written. */
  epochsHeldAt: number | null;
  /** Taken off segment.ms for the active segment. */
  rollJitterMs: number;
}

export interface Log { env: Env; options: OpenLogOptions; parts: LogParts; state: LogState; hints: ReadHints; sealedFiles: SealedFiles }

export const activeOf = (log: Log): Segment => log.parts.segments.at(-1)!;
export const endOf = (log: Log): number => activeOf(log).nextOffset;

export function checkUsable(log: Log): void {
  if (log.state.failed !== null) throw log.state.failed;
  if (log.state.closed) throw logClosed(log.options.directory);
}

export function fail(log: Log, cause: unknown): Error {
  if (log.state.failed === null) {
    log.state.failed = logFailed(log.options.directory, cause);
    log.env.log.write('error', 'log.failed', { directory: log.options.directory, reason: (cause as Error).message });
  }
  return log.state.failed;
}

/**
 * Makes the directory of a new partition, and writes which topic it belongs to. That comes with the first batch: nearly all that a topic costs is
 * directories and files, most topics of many are empty, and a start makes up for what isn't there, as Kafka's does.
 */
export function makeOnDisk({ env, options, parts }: Log): void {
  if (!parts.isUnmade) return;
  try {
    env.disk.mkdir(options.directory);
    if (hasName(options.topicId)) parts.pendingFiles.push(writeTopicId(env.disk, options.directory, options.topicId));
  } catch (error) {
    throw isNoRoomForFile(error) ? writeRefused(options.directory, error) : error;
  }
  parts.isUnmade = false;
}

export function openFresh(log: Log, baseOffset: number): Segment {
  const { env, options } = log;
  try {
    return openSegment(env.disk, options.directory, { baseOffset, createdMs: env.clock.now(), sealed: false, fresh: true });
  } catch (error) {
    if (!isNoRoomForFile(error)) throw fail(log, error);
    throw writeRefused(options.directory, error);
  }
}

/** Kafka draws 31 bits. */
const JITTER_MAX = 0x7fff_ffff;

export function drawRollJitter(env: Pick<Env, 'random'>, { segmentJitterMs, segmentMs }: LogConfig): number {
  const below = Math.min(segmentJitterMs, segmentMs, JITTER_MAX);
  return below > 0 ? env.random.int(below) : 0;
}

/** Starts a segment at this offset. The old one is sealed only when everything that can be refused has been done. */
export function roll(log: Log, baseOffset: number): void {
  const { env, parts, options, state } = log;
  const previous = activeOf(log);
  makeOnDisk(log);
  const segment = openFresh(log, baseOffset);
  try {
    previous.writeIndexes();
    parts.pendingFiles.push(parts.snapshots.write(baseOffset, parts.producers));
  } catch (error) {
    if (!isDiskFull(error)) throw fail(log, error);
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
  state.rollJitterMs = drawRollJitter(env, state.config);
  parts.snapshots.prune(parts.segments.map((each) => each.baseOffset));
  env.log.write('debug', 'log.rolled', { directory: options.directory, baseOffset });
}
