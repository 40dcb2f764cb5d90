/**
 * The cleaner shares one event loop with every client: it works in turns of a few milliseconds and rests between them, longer where
 * log.cleaner.io.max.bytes.per.second says so.
 */
import { OperationalError, type Env, type TimerHandle } from '#libs/kernel';
import type { CleaningPace } from '../log/index.js';
import { replicationLimits } from './replication.limits.js';

export interface StoppablePace extends CleaningPace {
  /** Whoever rests, and rests from now on, is told to stop. */
  stop(): void;
}

function stopped(): OperationalError { return new OperationalError('CLEANING_STOPPED', 'the broker stops', true); }

export function createCleanerPace(env: Pick<Env, 'clock' | 'timers'>, bytesPerSecond: () => number): StoppablePace {
  let turn = { startMs: env.clock.monotonic(), bytes: 0 };
  /** What the rate is counted over. */
  let stretch = { startMs: turn.startMs, bytes: 0 };
  let resting: { timer: TimerHandle; reject: (error: Error) => void } | null = null;
  let isStopped = false;

  const restMs = (nowMs: number): number => {
    const elapsedMs = nowMs - stretch.startMs;
    const aheadMs = (stretch.bytes / Math.max(1, bytesPerSecond())) * 1_000 - elapsedMs;
    if (elapsedMs > replicationLimits.cleanerRateStretchMs && aheadMs <= 0) stretch = { startMs: nowMs, bytes: 0 };
    return Math.max(0, aheadMs);
  };
  return {
    spend(bytes) {
      turn.bytes += bytes;
      stretch.bytes += bytes;
      return turn.bytes >= replicationLimits.cleanerTurnBytes || env.clock.monotonic() - turn.startMs >= replicationLimits.cleanerTurnMs;
    },
    rest() {
      if (isStopped) return Promise.reject(stopped());
      return new Promise((resolve, reject) => {
        const timer = env.timers.set(restMs(env.clock.monotonic()), () => {
          resting = null;
          turn = { startMs: env.clock.monotonic(), bytes: 0 };
          resolve();
        });
        resting = { timer, reject };
      });
    },
    stop() {
      isStopped = true;
      if (resting === null) return;
      env.timers.cancel(resting.timer);
      resting.reject(stopped());
      resting = null;
    },
  };
}
