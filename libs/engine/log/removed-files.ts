/**
 * Files and directories that are gone for readers already, under a name that says so (`.deleted`, `-delete`), and whose bytes are given back
 * later: after Kafka's file.delete.delay.ms, one file in a turn of its own, so that dropping a large topic holds nobody up. One timer for all
 * of a broker's. What is left at a stop is removed by the next start, by its name.
 */
import { join } from 'node:path';
import type { Disk, Env, TimerHandle } from '#libs/kernel';

const SUFFIX = '.deleted';

export interface RemovedFiles {
  /** Takes this from the disk when the delay is over. A path that is gone by then is no error. */
  later(path: string, delayMs: number): void;
  /** The disk needs the room: nothing waits for its delay any more. */
  hurry(): void;
  readonly waiting: number;
  /** Removes nothing more. */
  stop(): void;
}

/** Renames a file out of the way; answers its new path, or null where there is none. On a disk that can't even rename, the file goes at once. */
export function setFileAside(disk: Disk, path: string): string | null {
  if (disk.stat(path) === null) return null;
  try {
    disk.rename(path, `${path}${SUFFIX}`);
    return `${path}${SUFFIX}`;
  } catch {
    disk.remove(path);
    return null;
  }
}

interface Waiting { path: string; dueMs: number }

export function createRemovedFiles(env: Pick<Env, 'disk' | 'timers' | 'clock' | 'log'>): RemovedFiles {
  /** In order of when they are due. */
  let waiting: Waiting[] = [];
  let timer: { handle: TimerHandle; dueMs: number } | null = null;
  let stopped = false;

  /** One file, or what a directory holds put in its place. */
  const removeFirst = (): void => {
    const { path, dueMs } = waiting.shift()!;
    try {
      const inside = env.disk.stat(path)?.isDirectory === true ? env.disk.list(path) : [];
      if (inside.length === 0) env.disk.remove(path);
      else waiting.unshift(...inside.map((name) => ({ path: join(path, name), dueMs })), { path, dueMs });
    } catch (error) {
      env.log.write('warn', 'log.remove.failed', { path, error: (error as Error).message });
    }
  };
  const schedule = (): void => {
    const first = waiting[0];
    if (stopped || first === undefined || (timer !== null && timer.dueMs <= first.dueMs)) return;
    if (timer !== null) env.timers.cancel(timer.handle);
    const handle = env.timers.set(Math.max(0, first.dueMs - env.clock.monotonic()), () => {
      timer = null;
      removeFirst();
      schedule();
    });
    timer = { handle, dueMs: first.dueMs };
  };
  return {
    get waiting() { return waiting.length; },
    later(path, delayMs) {
      const dueMs = env.clock.monotonic() + Math.max(0, delayMs);
      let at = waiting.length;
      while (at > 0 && waiting[at - 1]!.dueMs > dueMs) at -= 1;
      waiting.splice(at, 0, { path, dueMs });
      schedule();
    },
    hurry() {
      const nowMs = env.clock.monotonic();
      waiting = waiting.map((each) => ({ ...each, dueMs: Math.min(each.dueMs, nowMs) }));
      schedule();
    },
    stop() {
      stopped = true;
      if (timer !== null) env.timers.cancel(timer.handle);
      timer = null;
    },
  };
}
