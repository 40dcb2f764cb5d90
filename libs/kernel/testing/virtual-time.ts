/** Clock and timers that stand still until a test advances them. Timers due at the same time run in the order they were set. */
import type { Clock, TimerHandle, Timers } from '../ports.js';

export interface VirtualTime {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Runs every timer that falls due within, each as an event of its own with its promises drained before the next. */
  advance(ms: number): Promise<void>;
  /** Lets promises that are ready settle; no time passes. */
  settle(): Promise<void>;
  pendingTimers(): number;
  /** Moves the wall clock alone, as an operator or NTP would. */
  jumpWallClock(ms: number): void;
}

interface Entry { dueMs: number; sequence: number; callback: () => void }

export function createVirtualTime(startMs = 1_700_000_000_000): VirtualTime {
  const entries = new Map<TimerHandle, Entry>();
  let elapsedMs = 0;
  let wallOffsetMs = startMs;
  let sequence = 0;
  const settle = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });
  const next = (untilMs: number): [TimerHandle, Entry] | null => {
    let found: [TimerHandle, Entry] | null = null;
    for (const candidate of entries) {
      const [, entry] = candidate;
      if (entry.dueMs > untilMs) continue;
      if (found === null || entry.dueMs < found[1].dueMs || (entry.dueMs === found[1].dueMs && entry.sequence < found[1].sequence)) found = candidate;
    }
    return found;
  };
  return {
    clock: { now: () => Math.floor(wallOffsetMs + elapsedMs), monotonic: () => elapsedMs },
    timers: {
      set(delayMs, callback) {
        const entry: Entry = { dueMs: elapsedMs + Math.max(0, delayMs), sequence: sequence++, callback };
        const handle = entry as unknown as TimerHandle;
        entries.set(handle, entry);
        return handle;
      },
      cancel(handle) { entries.delete(handle); },
    },
    async advance(ms) {
      const untilMs = elapsedMs + ms;
      await settle();
      for (let due = next(untilMs); due !== null; due = next(untilMs)) {
        const [handle, entry] = due;
        entries.delete(handle);
        elapsedMs = Math.max(elapsedMs, entry.dueMs);
        entry.callback();
        await settle();
      }
      elapsedMs = untilMs;
    },
    settle,
    pendingTimers: () => entries.size,
    jumpWallClock(ms) { wallOffsetMs += ms; },
  };
}
