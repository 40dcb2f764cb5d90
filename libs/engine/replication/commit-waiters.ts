/** Who waits for the high watermark of one partition to reach an offset, in order of offset. */
import type { KafkaError } from '#libs/kafka/protocol';

/** Called once: with null when the offset is reached, else with what keeps it from being reached here. Must not throw. */
export type Committed = (error: KafkaError | null) => void;

interface Waiter { offset: number; done: Committed }

export interface CommitWaiters {
  readonly size: number;
  wait(offset: number, done: Committed): void;
  /** Lets go of everybody whose offset is reached. */
  release(highWatermark: number): void;
  failAll(error: KafkaError): void;
}

export function createCommitWaiters(): CommitWaiters {
  let waiting: Waiter[] = [];
  return {
    get size() { return waiting.length; },
    wait(offset, done) {
      // Appends come in order of offset; only the retry of a duplicate may ask for an earlier one.
      let at = waiting.length;
      while (at > 0 && waiting[at - 1]!.offset > offset) at -= 1;
      if (at === waiting.length) waiting.push({ offset, done });
      else waiting.splice(at, 0, { offset, done });
    },
    release(highWatermark) {
      let reached = 0;
      while (reached < waiting.length && waiting[reached]!.offset <= highWatermark) reached += 1;
      if (reached === 0) return;
      for (const waiter of waiting.splice(0, reached)) waiter.done(null);
    },
    failAll(error) {
      const failed = waiting;
      waiting = [];
      for (const waiter of failed) waiter.done(error);
    },
  };
}
