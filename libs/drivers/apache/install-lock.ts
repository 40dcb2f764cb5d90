/**
 * One installation at a time across processes: a file with the holder's pid and start time, put in place by a link, which is atomic. A
 * dead holder's lock is taken over.
 */
import { linkSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { identify, isRunning, type ProcessIdentity } from '#libs/host';
import { installError } from './install.errors.js';
import { INSTALL_WAIT_MAX_MS, INSTALL_WAIT_POLL_MS } from './install.limits.js';

/** Within this process: the lock's file can't tell two calls of the same process apart. */
const held = new Set<string>();
let attempts = 0;

/** Null when it is ours now; else the living holder. */
export function tryLock(path: string): ProcessIdentity | null {
  const self = identify(process.pid)!;
  if (held.has(path)) return self;
  const mine = `${path}.${process.pid}.${++attempts}`;
  writeFileSync(mine, JSON.stringify(self), { mode: 0o600 });
  try {
    for (;;) {
      try {
        linkSync(mine, path);
        held.add(path);
        return null;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const { text, holder } = readHolder(path);
      if (holder && isRunning(holder) && !isOwnLeftover(holder)) return holder;
      removeStale(path, text);
    }
  } finally {
    unlinkSync(mine);
  }
}

export function unlock(path: string): void {
  if (held.delete(path)) rmSync(path, { force: true });
}

/** Waits for a living holder as long as an installation may take, and tells once whom it waits for. */
export async function withLock<T>(path: string, onWait: (holder: ProcessIdentity) => void, work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + INSTALL_WAIT_MAX_MS;
  for (let told = false; ;) {
    const holder = tryLock(path);
    if (!holder) break;
    if (!told) onWait(holder);
    told = true;
    if (performance.now() >= deadline) throw installError('INSTALL_BUSY', `process ${holder.pid} has been installing for ${INSTALL_WAIT_MAX_MS / 60_000} minutes; if it stands still, end it and try again`);
    await new Promise((resolve) => setTimeout(resolve, INSTALL_WAIT_POLL_MS));
  }
  try {
    return await work();
  } finally {
    unlock(path);
  }
}

/** A process of the same identity that doesn't hold it: only this one, after it failed to remove the file. */
const isOwnLeftover = (holder: ProcessIdentity): boolean => holder.pid === process.pid;

function readHolder(path: string): { text: string | null; holder: ProcessIdentity | null } {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return { text: null, holder: null };
  }
  try {
    return { text, holder: JSON.parse(text) as ProcessIdentity };
  } catch {
    return { text, holder: null };
  }
}

/** Somebody else may have replaced the stale file meanwhile: then it is put back. */
function removeStale(path: string, staleText: string | null): void {
  const aside = `${path}.stale.${process.pid}.${++attempts}`;
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
