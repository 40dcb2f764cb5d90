/** What one round of group commit makes durable, and the last one at a clean stop. */
import { join } from 'node:path';
import { invariant, replaceFile } from '#libs/kernel';
import type { GroupCommit } from './group-commit.js';
import { encodeEpochs, EPOCH_FILE } from './leader-epoch-cache.js';
import { logClosed } from './log.errors.js';
import { activeOf, checkUsable, endOf, fail, type Log } from './log-state.js';

/** One round of group commit. All that was appended when it began is durable when it ends. */
export async function syncOnce(log: Log): Promise<void> {
  const { env, options, parts, state } = log;
  checkUsable(log);
  state.syncedEnd = endOf(log);
  const work: Promise<void>[] = [];
  if (state.parentDirty) work.push(env.disk.syncDir(parts.parentDirectory));
  if (state.namesDirty) work.push(env.disk.syncDir(options.directory));
  state.parentDirty = false;
  state.namesDirty = false;
  for (const file of parts.pendingFiles.splice(0)) work.push(file.sync().finally(() => file.close()));
  if (parts.epochs.takeDirty()) work.push(replaceFile(env.disk, join(options.directory, EPOCH_FILE), encodeEpochs(parts.epochs.entries()), () => !state.closed));
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

export async function close(log: Log, commit: GroupCommit): Promise<void> {
  const { parts, state } = log;
  if (state.closed || state.closing) return;
  try {
    checkUsable(log);
    await commit.idle();
    const active = activeOf(log);
    active.timeIndex.maybeAppend(active.largestTimestamp, active.offsetOfLargestTimestamp);
    active.writeIndexes();
    active.markDirty();
    state.closing = true;
    parts.pendingFiles.push(parts.snapshots.write(endOf(log), parts.producers));
    parts.snapshots.prune(parts.segments.map((segment) => segment.baseOffset));
    state.namesDirty = true;
    await commit.flush();
    invariant(state.recoveryPoint === endOf(log), `${log.options.directory}: appended to while closing`);
  } finally {
    state.closed = true;
    await commit.idle();
    releaseAll(log);
  }
}
