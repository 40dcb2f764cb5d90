/** Work that a full disk refused, tried again until there is room. One timer for all, and none while nothing waits. */
import type { Env, TimerHandle } from '#libs/kernel';
import { isDiskFull } from '../log/index.js';
import { replicationLimits } from './replication.limits.js';

export interface FullDiskRetries {
  /** Runs the work now; later again, as long as the disk is too full for it. Resolves after the first try; rejects with any other error of it. */
  run(what: string, work: () => Promise<void>): Promise<void>;
  stop(): void;
}

export function createFullDiskRetries(env: Pick<Env, 'timers' | 'log'>, onFailure: (error: unknown) => void): FullDiskRetries {
  let waiting: { what: string; work: () => Promise<void> }[] = [];
  let timer: TimerHandle | null = null;
  let stopped = false;
  const schedule = (): void => {
    if (stopped || timer !== null || waiting.length === 0) return;
    timer = env.timers.set(replicationLimits.fullDiskRetryMs, () => {
      timer = null;
      const due = waiting;
      waiting = [];
      for (const { what, work } of due) run(what, work).catch(onFailure);
    });
  };
  const run = async (what: string, work: () => Promise<void>): Promise<void> => {
    if (stopped) return;
    try {
      await work();
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      env.log.write('warn', 'disk.full.postponed', { what, error: (error as Error).message });
      waiting.push({ what, work });
      schedule();
    }
  };
  return {
    run,
    stop() {
      stopped = true;
      if (timer !== null) env.timers.cancel(timer);
    },
  };
}
