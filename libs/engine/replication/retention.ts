/**
 * Every log.retention.check.interval.ms, over all partitions that are led here: what retention takes goes. One timer a broker, one write of
 * the checkpoint file a pass. Kafka looks for the first time half a minute after the start.
 */
import type { Env, TimerHandle } from '#libs/kernel';
import { KafkaError } from '#libs/kafka/protocol';
import { isDiskFull } from '../log/index.js';
import type { OwnedPartition } from './partition.js';
import { replicationLimits } from './replication.limits.js';

export interface RetentionOptions {
  partitions: () => Iterable<OwnedPartition>;
  /** A pass of the cleaner rewrites this log: it is left alone until the next check. */
  isBeingCleaned: (partition: OwnedPartition) => boolean;
  saveLogStartOffsets: () => Promise<void>;
  checkIntervalMs: number;
  onFailure: (error: unknown) => void;
}

export interface Retention {
  start(): void;
  stop(): void;
  /** One pass; calls while one runs share it. */
  run(): Promise<void>;
}

interface Raised { partition: OwnedPartition; offset: number }

/** What is refused was told where it happened; the partition's turn comes again. */
function skippingRefusals<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof KafkaError) return null;
    throw error;
  }
}

async function pass(options: RetentionOptions): Promise<void> {
  const raised: Raised[] = [];
  for (const partition of options.partitions()) {
    const offset = options.isBeingCleaned(partition) ? null : skippingRefusals(() => partition.raiseByRetention());
    if (offset !== null) raised.push({ partition, offset });
  }
  if (raised.length === 0) return;
  try {
    await options.saveLogStartOffsets();
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    for (const { partition, offset } of raised) await partition.dropInOrder(offset).catch(() => false);
    return;
  }
  for (const { partition, offset } of raised) skippingRefusals(() => { partition.dropBelow(offset); });
}

export function createRetention(env: Env, options: RetentionOptions): Retention {
  let timer: TimerHandle | null = null;
  let running: Promise<void> | null = null;
  const run = (): Promise<void> => {
    running ??= pass(options).catch(options.onFailure).finally(() => { running = null; });
    return running;
  };
  const schedule = (delayMs: number): void => {
    timer = env.timers.set(delayMs, () => {
      schedule(options.checkIntervalMs);
      void run();
    });
  };
  return {
    run,
    start() { schedule(replicationLimits.firstRetentionCheckMs); },
    stop() {
      if (timer !== null) env.timers.cancel(timer);
      timer = null;
    },
  };
}
