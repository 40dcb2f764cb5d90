/**
 * flush.ms, in flush mode `os`: who appended and was not flushed since is flushed when it has been dirty for so long. One timer a broker,
 * set only while something is dirty that has such a time; logs are flushed one after another, as Kafka does it. With
 * log.flush.scheduler.interval.ms nobody is looked for more often than that.
 */
import type { Clock, TimerHandle, Timers } from '#libs/kernel';

/** Its `flushMs` may change at any time; `changed` says so. */
export interface Flushable {
  readonly flushMs: number;
  flush(): Promise<void>;
}

export interface FlushSchedule {
  /** Holds something since now, at the latest, that no flush has made durable. */
  dirty(log: Flushable): void;
  /** What was known of it counts no more: it is clean, or gone. */
  forget(log: Flushable): void;
  stop(): void;
}

export const NEVER_MS = Number.MAX_SAFE_INTEGER;

class Schedule implements FlushSchedule {
  private readonly dirtySince = new Map<Flushable, number>();
  private timer: { handle: TimerHandle; atMs: number } | null = null;
  private running = false;
  private stopped = false;
  private lookedMs = -Infinity;

  constructor(private readonly env: { clock: Clock; timers: Timers }, private readonly intervalMs: number) {}

  dirty(log: Flushable): void {
    if (this.stopped || log.flushMs >= NEVER_MS) return;
    let sinceMs = this.dirtySince.get(log);
    if (sinceMs === undefined) this.dirtySince.set(log, sinceMs = this.env.clock.monotonic());
    this.wakeAt(sinceMs + log.flushMs);
  }

  forget(log: Flushable): void {
    this.dirtySince.delete(log);
    if (this.dirtySince.size === 0) this.disarm();
  }

  stop(): void {
    this.stopped = true;
    this.dirtySince.clear();
    this.disarm();
  }

  private disarm(): void {
    if (this.timer !== null) this.env.timers.cancel(this.timer.handle);
    this.timer = null;
  }

  private wakeAt(dueMs: number): void {
    const atMs = Math.max(dueMs, this.intervalMs < NEVER_MS ? this.lookedMs + this.intervalMs : dueMs);
    if (this.running || (this.timer !== null && this.timer.atMs <= atMs)) return;
    this.disarm();
    const delayMs = Math.max(0, atMs - this.env.clock.monotonic());
    this.timer = { atMs, handle: this.env.timers.set(delayMs, () => { void this.look(); }) };
  }

  private async look(): Promise<void> {
    this.timer = null;
    this.running = true;
    const nowMs = this.lookedMs = this.env.clock.monotonic();
    for (const [log, sinceMs] of [...this.dirtySince]) {
      if (sinceMs + log.flushMs > nowMs || !this.dirtySince.has(log)) continue;
      // What comes while it is flushed makes it dirty again.
      this.dirtySince.delete(log);
      await log.flush();
    }
    this.running = false;
    let dueMs = Infinity;
    for (const [log, sinceMs] of this.dirtySince) if (log.flushMs < NEVER_MS) dueMs = Math.min(dueMs, sinceMs + log.flushMs);
    if (dueMs < Infinity) this.wakeAt(dueMs);
  }
}

/** `flush` of what is scheduled must not reject. */
export function createFlushSchedule(env: { clock: Clock; timers: Timers }, intervalMs: number): FlushSchedule {
  return new Schedule(env, intervalMs);
}
