/**
 * The one owner of a partition's offsets: logStartOffset ≤ highWatermark ≤ logEndOffset holds after every step, and the high watermark
 * never goes back. Without transactions the last stable offset is the high watermark.
 */
import { invariant } from '#libs/kernel';
import { KafkaError } from '#libs/kafka/protocol';
import type { PartitionLog } from '../log/index.js';
import type { PartitionOffsets } from './api.js';
import { createCommitWaiters, type CommitWaiters } from './commit-waiters.js';
import type { CommitPoint } from './group-commit.js';

export interface HighWatermark {
  readonly value: number;
  readonly committedBytes: number;
  readonly waiters: CommitWaiters;
  offsets(): PartitionOffsets;
  /** Raises the high watermark and tells those who wait. A point that is already behind changes nothing. */
  advance(point: CommitPoint): void;
  onAdvance(listener: () => void): () => void;
  /** Wakes and forgets everybody: the partition is no longer a leader. */
  end(error: KafkaError): void;
}

export function createHighWatermark(log: PartitionLog, name: string): HighWatermark {
  let value = log.logStartOffset;
  let committedBytes = 0;
  const waiters = createCommitWaiters();
  const listeners = new Set<() => void>();
  const check = (): void => {
    invariant(log.logStartOffset <= value && value <= log.logEndOffset,
      `${name}: log start ${log.logStartOffset} ≤ high watermark ${value} ≤ log end ${log.logEndOffset}`);
  };
  return {
    get value() { return value; },
    get committedBytes() { return committedBytes; },
    waiters,
    offsets() {
      check();
      return { logStartOffset: log.logStartOffset, highWatermark: value, lastStableOffset: value, logEndOffset: log.logEndOffset };
    },
    advance(point) {
      if (point.offset <= value) return;
      value = point.offset;
      committedBytes = point.bytes;
      check();
      waiters.release(value);
      if (listeners.size > 0) for (const listener of [...listeners]) listener();
    },
    onAdvance(listener) {
      listeners.add(listener);
      return () => { listeners.delete(listener); };
    },
    end(error) {
      waiters.failAll(error);
      const woken = [...listeners];
      listeners.clear();
      for (const listener of woken) listener();
    },
  };
}
