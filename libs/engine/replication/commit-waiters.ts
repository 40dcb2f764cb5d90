/** Who waits for the high watermark of one partition to reach an offset, in order of offset. */
import { KafkaError } from '#libs/kafka/protocol';

interface Waiter { offset: number; resolve: () => void; reject: (error: KafkaError) => void }

export interface CommitWaiters {
  readonly size: number;
  wait(offset: number): Promise<void>;
  /** Lets go of everybody whose offset is reached. */
  release(highWatermark: number): void;
  failAll(error: KafkaError): void;
}

export function createCommitWaiters(): CommitWaiters {
  let waiting: Waiter[] = [];
  return {
    get size() { return waiting.length; },
    wait(offset) {
      return new Promise((resolve, reject) => {
        // Appends come in order of offset; only the retry of a duplicate may ask for an earlier one.
        let at = waiting.length;
        while (at > 0 && waiting[at - 1]!.offset > offset) at -= 1;
        waiting.splice(at, 0, { offset, resolve, reject });
      });
    },
    release(highWatermark) {
      let reached = 0;
      while (reached < waiting.length && waiting[reached]!.offset <= highWatermark) reached += 1;
      if (reached === 0) return;
      for (const waiter of waiting.splice(0, reached)) waiter.resolve();
    },
    failAll(error) {
      const failed = waiting;
      waiting = [];
      for (const waiter of failed) waiter.reject(error);
    },
  };
}
