/** What one round of group commit makes durable, and the last one at a clean stop. */
import { join } from 'node:path';
import { invariant, replaceFile } from '#libs/kernel';
import type { GroupCommit } from './group-commit.js';
import { encodeEpochs, EPOCH_FILE } from './leader-epoch-cache.js';
import { isDiskFull, logClosed, writeRefused } from './log.errors.js';
import { activeOf, checkUsable, endOf, fail, type Log } from './log-state.js';

/**
 * Writes the leader epochs. On a full disk they wait for the next flush: recovery finds an epoch in the batches too, as long as it reads them
 * again, so where a recovery begins waits with them.
 */
async function saveEpochs(log: Log): Promise<void> {
  const { env, options, parts, state } = log;
  parts.epochs.takeDirty();
  try {
    await replaceFile(env.disk, join(options.directory, EPOCH_FILE), encodeEpochs(parts.epochs.entries()), () => !state.closed);
    state.epochsHeldAt = null;
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    parts.epochs.markDirty();
    state.epochsHeldAt ??= state.recoveryPoint;
    env.log.write('warn', 'log.epochs.postponed', { directory: options.directory, reason: (error as Error).message });
  }
}

/** One round of group commit. All that was appended when it began is durable when it ends. */
export async function syncOnce(log: Log): Promise<void> {
  const { env, options, parts, state } = log;
  checkUsable(log);
  if (parts.isUnmade) return;
  state.syncedEnd = endOf(log);
  const work: Promise<void>[] = [];
  if (state.parentDirty) work.push(env.disk.syncDir(parts.parentDirectory));
  if (state.namesDirty) work.push(env.disk.syncDir(options.directory));
  state.parentDirty = false;
  state.namesDirty = false;
  for (const file of parts.pendingFiles.splice(0)) work.push(file.sync().finally(() => file.close()));
  if (parts.epochs.dirty) work.push(saveEpochs(log));
  const dirty = parts.segments.filter((segment) => segment.dirty);
  for (const segment of dirty) work.push(segment.sync(segment.sealed || state.closing));
  try {
    await Promise.all(work);
  } catch (error) {
    throw state.closed ? logClosed(options.directory) : fail(log, error);
  }
  if (state.closed) throw logClosed(options.directory);
  state.recoveryPoint = Math.max(state.recoveryPoint, Math.min(state.syncedEnd, endOf(log)));
  for (const segment of dirty) if (segment.sealed && !segment.dirty) log.sealedFiles.touched(segment);
}

export function releaseAll(log: Log): void {
  for (const segment of log.parts.segments) segment.release();
  for (const file of log.parts.pendingFiles.splice(0)) file.close();
}

/** What a start after a clean stop goes by. Answers what a full disk says to it: the records are flushed all the same, and the next start recovers. */
function writeSideFiles(log: Log): Error | null {
  const { parts, state } = log;
  const active = activeOf(log);
  active.timeIndex.maybeAppend(active.largestTimestamp, active.offsetOfLargestTimestamp);
  active.markDirty();
  try {
    active.writeIndexes();
    parts.pendingFiles.push(parts.snapshots.write(endOf(log), parts.producers));
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    return writeRefused(log.options.directory, error);
  }
  state.closing = true;
  parts.snapshots.prune(parts.segments.map((segment) => segment.baseOffset));
  state.namesDirty = true;
  return null;
}

export async function close(log: Log, commit: GroupCommit): Promise<void> {
  const { parts, state } = log;
  if (state.closed || state.closing) return;
  try {
    checkUsable(log);
    await commit.idle();
    if (parts.isUnmade) return;
    const refused = writeSideFiles(log);
    await commit.flush();
    invariant(state.recoveryPoint === endOf(log), `${log.options.directory}: appended to while closing`);
    if (refused !== null) throw refused;
    if (state.epochsHeldAt !== null) throw writeRefused(log.options.directory, new Error('no room for the leader epochs'));
  } finally {
    state.closed = true;
    await commit.idle();
    releaseAll(log);
  }
}
