import type { Log } from '#libs/kernel';

/** Timers of one process that all end together. */
export interface Schedule {
  readonly stopping: boolean;
  later(delayMs: number, callback: () => void): void;
  /** Runs the task now and then again and again, each time this long after its end. What it throws is logged. */
  every(periodMs: number, name: string, task: () => Promise<void>): void;
  /** No timer fires any more; resolves when the tasks that run have ended. */
  stop(): Promise<void>;
}

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export function createSchedule(log: Log): Schedule {
  const timers = new Set<NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  let stopping = false;
  const later: Schedule['later'] = (delayMs, callback) => {
    if (stopping) return;
    const timer = setTimeout(() => { timers.delete(timer); callback(); }, delayMs);
    timers.add(timer);
  };
  return {
    get stopping() { return stopping; },
    later,
    every: (periodMs, name, task) => {
      const round = (): void => {
        if (stopping) return;
        const run = task().catch((error: unknown) => log.write('warn', `reconciler.${name}.failed`, { reason: reasonOf(error) })).finally(() => {
          running.delete(run);
          later(periodMs, round);
        });
        running.add(run);
      };
      round();
    },
    stop: async () => {
      stopping = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      await Promise.all(running);
    },
  };
}
