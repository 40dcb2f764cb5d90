/**
 * Flush mode `ack`: one flush at a time, and each makes durable all that was appended before it began. What is appended meanwhile is
 * committed by the next. A failed flush is final: nothing is committed after it, whatever a later flush would say.
 *
 * A flush costs the same for one batch as for ten, and a producer with several requests in flight sends the next ones when it has been
 * answered. Begun with the first of them, every second flush would carry a single batch; so a flush is held back until as many batches
 * have come as were let go by the one before or waited beside it, at most `gatherMs`. Who writes one at a time never waits, and nobody
 * does while the disk is so fast that waiting would cost more than it saves.
 */
import type { Clock, TimerHandle, Timers } from '#libs/kernel';
import { replicationLimits } from './replication.limits.js';

export interface CommitPoint { offset: number; bytes: number }

export interface GroupCommitOptions {
  clock: Clock;
  timers: Timers;
  /** The end of what was appended so far. */
  appended(): CommitPoint;
  /** What has to be flushed; all that was appended where nothing is said. */
  required?(): number;
  flush(): Promise<void>;
  committed(point: CommitPoint): void;
  failed(error: unknown): void;
}

export interface GroupCommit {
  /** Commits what was appended, soon. Called once for each batch. */
  request(): void;
  stop(): void;
}

class Rounds implements GroupCommit {
  private running = false;
  private stopped = false;
  private committedOffset = -1;
  /** Batches that no flush has begun for. */
  private waiting = 0;
  /** Batches that the next flush had better carry. */
  private expected = 0;
  private flushMs = 0;
  private gathering: { timer: TimerHandle; begin: () => void } | null = null;

  constructor(private readonly options: GroupCommitOptions) {}

  request(): void {
    this.waiting += 1;
    if (this.stopped) return;
    if (!this.running) void this.run();
    else if (this.waiting >= this.expected) this.gathered();
  }

  stop(): void {
    this.stopped = true;
    this.gathered();
  }

  private async run(): Promise<void> {
    this.running = true;
    try {
      // Appends of the same turn (all partitions and batches of one read from a socket) share the flush.
      await Promise.resolve();
      while (!this.stopped && this.required() > this.committedOffset) {
        if (this.waiting < this.expected && this.flushMs >= replicationLimits.gatherFromFlushMs) await this.gather();
        if (!this.stopped) await this.round();
      }
    } catch (error) {
      this.stopped = true;
      this.options.failed(error);
    } finally {
      this.running = false;
    }
  }

  private required(): number {
    return this.options.required?.() ?? this.options.appended().offset;
  }

  private async round(): Promise<void> {
    const point = this.options.appended();
    const carried = this.waiting;
    this.waiting = 0;
    const beganMs = this.options.clock.monotonic();
    await this.options.flush();
    if (this.stopped) return;
    this.flushMs = this.options.clock.monotonic() - beganMs;
    this.committedOffset = point.offset;
    this.expected = carried + this.waiting;
    this.options.committed(point);
  }

  private gather(): Promise<void> {
    return new Promise((resolve) => {
      this.gathering = { timer: this.options.timers.set(replicationLimits.gatherMs, () => this.gathered()), begin: resolve };
    });
  }

  private gathered(): void {
    const { gathering } = this;
    if (gathering === null) return;
    this.gathering = null;
    this.options.timers.cancel(gathering.timer);
    gathering.begin();
  }
}

export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  return new Rounds(options);
}
