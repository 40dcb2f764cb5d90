// Locks that a dead holder doesn't keep: a file with the holder's pid and start time, put in place by a link, which is atomic.
import { linkSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { processStartTime, isRunning } from './process-identity.mjs';

/** Null when taken; else what the living holder wrote. */
export function tryLock(path, details = {}) {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, `${JSON.stringify({ pid: process.pid, startTime: processStartTime(process.pid), ...details })}\n`, { mode: 0o600 });
  try {
    for (;;) {
      try {
        linkSync(mine, path);
        return null;
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const found = readHolder(path);
      if (found.holder && isRunning(found.holder)) return found.holder;
      removeStale(path, found.text);
    }
  } finally {
    unlinkSync(mine);
  }
}

/** The living holder, or null. */
export function heldBy(path) {
  const { holder } = readHolder(path);
  return holder && isRunning(holder) ? holder : null;
}

/** Only the holder's own file goes. */
export function unlock(path) {
  if (readHolder(path).holder?.pid === process.pid) rmSync(path, { force: true });
}

export async function withLock(path, onWait, work) {
  for (let told = false; ;) {
    const holder = tryLock(path);
    if (!holder) break;
    if (!told) onWait(holder);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const release = () => unlock(path);
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function readHolder(path) {
  try {
    const text = readFileSync(path, 'utf8');
    try {
      return { text, holder: JSON.parse(text) };
    } catch {
      return { text, holder: null };
    }
  } catch {
    return { text: null, holder: null };
  }
}

/** Somebody else may have replaced the stale file meanwhile: then it is put back. */
function removeStale(path, staleText) {
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (readFileSync(aside, 'utf8') !== staleText) {
    try {
      linkSync(aside, path);
    } catch {
      // A third one has it now.
    }
  }
  rmSync(aside, { force: true });
}
