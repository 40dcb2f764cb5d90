import type { Clock, TimerHandle, Timers } from '../ports.js';

export function createNodeClock(): Clock {
  return { now: () => Date.now(), monotonic: () => performance.now() };
}

/** setTimeout fires at once for delays beyond 2^31 − 1 ms; such a timer is set again on its way. */
const DELAY_MAX_MS = 0x7fff_ffff;

interface NodeTimer { handle: NodeJS.Timeout }

export function createNodeTimers(): Timers {
  const arm = (timer: NodeTimer, delayMs: number, callback: () => void): void => {
    timer.handle = delayMs > DELAY_MAX_MS
      ? setTimeout(() => arm(timer, delayMs - DELAY_MAX_MS, callback), DELAY_MAX_MS)
      : setTimeout(callback, Math.max(0, delayMs));
  };
  return {
    set(delayMs, callback) {
      const timer = {} as NodeTimer;
      arm(timer, delayMs, callback);
      return timer as unknown as TimerHandle;
    },
    cancel(handle) { clearTimeout((handle as unknown as NodeTimer).handle); },
  };
}
