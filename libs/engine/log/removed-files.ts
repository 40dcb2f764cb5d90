/**
 * Files and directories that are gone for readers already, under a name that says so (`.deleted`, `-delete`), and whose bytes are given back
 * later: after Kafka's file.delete.delay.ms, one file after another and off the event loop, so that dropping a large topic holds nobody up. One
 * timer for all of a broker's. What is left at a stop is removed by the next start, by its name.
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

interface Waiting {
  path: string;
  dueMs: number;
  /** A directory whose content stood before it: what is still in there could not be removed. */
  emptied?: true;
}

class Removals implements RemovedFiles {
  /** In order of when they are due. */
  private queue: Waiting[] = [];
  private timer: { handle: TimerHandle; dueMs: number } | null = null;
  /** One removal at a time: a disk that gives back many bytes at once has none left for anybody else. */
  private removing = false;
  private stopped = false;

  constructor(private readonly env: Pick<Env, 'disk' | 'timers' | 'clock' | 'log'>) {}

  get waiting(): number { return this.queue.length; }

  later(path: string, delayMs: number): void {
    const { queue } = this;
    const dueMs = this.env.clock.monotonic() + Math.max(0, delayMs);
    let at = queue.length;
    while (at > 0 && queue[at - 1]!.dueMs > dueMs) at -= 1;
    queue.splice(at, 0, { path, dueMs });
    this.schedule();
  }

  hurry(): void {
    const nowMs = this.env.clock.monotonic();
    this.queue = this.queue.map((each) => ({ ...each, dueMs: Math.min(each.dueMs, nowMs) }));
    this.schedule();
  }

  stop(): void {
    this.stopped = true;
    if (this.timer !== null) this.env.timers.cancel(this.timer.handle);
    this.timer = null;
  }

  private schedule(): void {
    const { env, timer } = this;
    const first = this.queue[0];
    if (this.stopped || this.removing || first === undefined || (timer !== null && timer.dueMs <= first.dueMs)) return;
    if (timer !== null) env.timers.cancel(timer.handle);
    const handle = env.timers.set(Math.max(0, first.dueMs - env.clock.monotonic()), () => { void this.turn(); });
    this.timer = { handle, dueMs: first.dueMs };
  }

  private async turn(): Promise<void> {
    this.timer = null;
    this.removing = true;
    await this.removeFirst();
    this.removing = false;
    this.schedule();
  }

  /** One file, or what a directory holds put in its place. Never rejects. */
  private async removeFirst(): Promise<void> {
    const { disk, log } = this.env;
    const { path, dueMs, emptied } = this.queue.shift()!;
    try {
      const inside = emptied !== true && disk.stat(path)?.isDirectory === true ? disk.list(path) : [];
      if (inside.length > 0) this.queue.unshift(...inside.map((name) => ({ path: join(path, name), dueMs })), { path, dueMs, emptied: true });
      else await disk.unlink(path);
    } catch (error) {
      log.write('warn', 'log.remove.failed', { path, error: (error as Error).message });
    }
  }
}

export function createRemovedFiles(env: Pick<Env, 'disk' | 'timers' | 'clock' | 'log'>): RemovedFiles {
  return new Removals(env);
}
