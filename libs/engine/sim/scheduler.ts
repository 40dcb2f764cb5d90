/**
 * The heart of the simulation: one queue of events on virtual time. Events that are due at the same time run in an order drawn from the
 * seed, so that hidden assumptions about order break. After each event promises are drained before the next one runs.
 */
import { invariant, type Clock, type Random, type TimerHandle, type Timers } from '#libs/kernel';

interface Event { dueMs: number; tie: number; run: (() => void) | null }

/** Timers of one process: they end with it. */
export interface ProcessTimers extends Timers {
  kill(): void;
}

export interface Scheduler {
  readonly clock: Clock;
  readonly eventCount: number;
  /** At this many milliseconds from now; answers what cancels it. */
  at(delayMs: number, run: () => void): { cancel(): void };
  processTimers(): ProcessTimers;
  /** Runs events until the time has passed or `until` says enough. After each event `afterEvent` is called. */
  run(durationMs: number, options?: { until?: () => boolean; afterEvent?: () => void }): Promise<boolean>;
  /** Moves the wall clock alone. */
  jumpWallClock(ms: number): void;
}

export function createScheduler(random: Random, startMs = 1_700_000_000_000): Scheduler {
  const heap: Event[] = [];
  let nowMs = 0;
  let wallOffsetMs = startMs;
  let eventCount = 0;

  const before = (a: Event, b: Event): boolean => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.tie < b.tie);
  function push(event: Event): void {
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(heap[at]!, heap[parent]!)) break;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }
  function pop(): Event {
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    heap[0] = last;
    let at = 0;
    for (;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < heap.length && before(heap[child]!, heap[least]!)) least = child;
      if (least === at) return top;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  }
  const drain = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

  function at(delayMs: number, run: () => void): { cancel(): void } {
    const event: Event = { dueMs: nowMs + Math.max(0, delayMs), tie: random.int(0x1_0000_0000), run };
    push(event);
    return { cancel() { event.run = null; } };
  }

  return {
    clock: { now: () => Math.floor(wallOffsetMs + nowMs), monotonic: () => nowMs },
    get eventCount() { return eventCount; },
    at,
    processTimers() {
      let alive = true;
      return {
        set: (delayMs, callback) => at(delayMs, () => { if (alive) callback(); }) as unknown as TimerHandle,
        cancel: (handle) => (handle as unknown as { cancel(): void }).cancel(),
        kill() { alive = false; },
      };
    },
    async run(durationMs, { until, afterEvent } = {}) {
      const endMs = nowMs + durationMs;
      await drain();
      while (!until?.()) {
        if (heap.length === 0 || heap[0]!.dueMs > endMs) { nowMs = endMs; return false; }
        const event = pop();
        if (event.run === null) continue;
        invariant(event.dueMs >= nowMs, 'virtual time goes forward');
        nowMs = event.dueMs;
        eventCount++;
        event.run();
        await drain();
        afterEvent?.();
      }
      return true;
    },
    jumpWallClock(ms) { wallOffsetMs += ms; },
  };
}
