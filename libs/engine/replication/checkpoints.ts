/**
 * Writes the checkpoint files: on a timer, when a log start is raised, and at a clean stop. One write of a file at a time; none when nothing
 * changed. The files know partitions by name alone, so they must forget a deleted topic before another of its name keeps records: recovery
 * would cut or trust the new log by the old one's offsets.
 */
import type { Env, TimerHandle } from '#libs/kernel';
import { encodeOffsetCheckpoint, isDiskFull, topicPartitionKey, writeOffsetCheckpoint, type CheckpointedOffset, type OffsetCheckpointName, type PartitionLog } from '../log/index.js';
import { replicationLimits } from './replication.limits.js';

export const CheckpointFile = {
  recoveryPoint: 'recovery-point-offset-checkpoint', highWatermark: 'replication-offset-checkpoint', logStart: 'log-start-offset-checkpoint',
  cleaner: 'cleaner-offset-checkpoint',
} as const satisfies Record<string, OffsetCheckpointName>;

/** The files that recovery goes by, and the cleaner. */
const BELIEVED = [CheckpointFile.recoveryPoint, CheckpointFile.logStart, CheckpointFile.cleaner] as const;

export interface CheckpointSource { log: PartitionLog; highWatermark: number }

export interface CheckpointIntervals { highWatermarkMs: number; recoveryPointMs: number; logStartMs: number }

export interface Checkpoints {
  /** Resolves when a write that began after this call is durable. */
  save(file: OffsetCheckpointName): Promise<void>;
  saveAll(): Promise<void>;
  /** What recovery would believe of a partition of this name may be on disk. */
  mayDescribe(topic: string, partition: number): boolean;
  /** Resolves when the files say of every partition what its present log says. */
  forgetOthers(): Promise<void>;
  /** What the last run left. */
  found(file: OffsetCheckpointName, offsets: ReadonlyMap<string, number>): void;
  start(intervals: CheckpointIntervals): void;
  stop(): void;
}

/** Calls that come while one runs share the next one. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const begin = (): Promise<void> => {
    const current = work().finally(() => { if (running === current) running = null; });
    running = current;
    return current;
  };
  return () => {
    // One that waits stays the next one also in the turn in which the running one ends.
    if (next !== null) return next;
    if (running === null) return begin();
    next = running.catch(() => undefined).then(() => { next = null; return begin(); });
    return next;
  };
}

/** A log start at its first segment's base is written too: the removal of older segments may not have survived a power cut. */
function entryOf(file: OffsetCheckpointName, source: CheckpointSource): CheckpointedOffset | null {
  const { log } = source;
  const { topic, partition } = log.topicPartition;
  if (file === CheckpointFile.recoveryPoint) return { topic, partition, offset: log.recoverFrom };
  if (file === CheckpointFile.highWatermark) return { topic, partition, offset: source.highWatermark };
  if (file === CheckpointFile.cleaner) return log.cleanedTo === null ? null : { topic, partition, offset: log.cleanedTo };
  return log.logStartOffset > 0 ? { topic, partition, offset: log.logStartOffset } : null;
}

export function createCheckpoints(env: Env, logDir: string, sources: () => Iterable<CheckpointSource>, onFailure: (error: unknown) => void): Checkpoints {
  const written = new Map<OffsetCheckpointName, Buffer>();
  /** By file: partitions that it names, before and after the write under way. The high watermark is never believed. */
  const described = new Map<OffsetCheckpointName, ReadonlySet<string>>();
  const timers = new Set<TimerHandle>();
  const write = async (file: OffsetCheckpointName): Promise<void> => {
    const entries = [...sources()].map((source) => entryOf(file, source)).filter((entry) => entry !== null);
    const content = encodeOffsetCheckpoint(entries);
    if (written.get(file)?.equals(content)) return;
    const names = new Set(entries.filter(({ offset }) => offset > 0).map(({ topic, partition }) => topicPartitionKey(topic, partition)));
    described.set(file, new Set([...described.get(file) ?? [], ...names]));
    await writeOffsetCheckpoint(env.disk, logDir, file, entries);
    described.set(file, names);
    written.set(file, content);
  };
  const writers: Record<OffsetCheckpointName, () => Promise<void>> = {
    [CheckpointFile.recoveryPoint]: oneAtATime(() => write(CheckpointFile.recoveryPoint)),
    [CheckpointFile.highWatermark]: oneAtATime(() => write(CheckpointFile.highWatermark)),
    [CheckpointFile.logStart]: oneAtATime(() => write(CheckpointFile.logStart)),
    [CheckpointFile.cleaner]: oneAtATime(() => write(CheckpointFile.cleaner)),
  };
  const save = (file: OffsetCheckpointName): Promise<void> => writers[file]();
  /** A full disk left the file as it was, which only makes recovery longer, and may be emptied again by those who read and delete; any other refusal says that this disk can't be trusted. */
  const postpone = (file: OffsetCheckpointName, error: unknown): void => {
    if (isDiskFull(error)) env.log.write('warn', 'checkpoint.postponed', { file, error: (error as Error).message });
    else onFailure(error);
  };
  const repeat = (delayMs: number, files: readonly OffsetCheckpointName[]): void => {
    const handle = env.timers.set(delayMs, () => {
      timers.delete(handle);
      repeat(delayMs, files);
      for (const file of files) save(file).catch((error: unknown) => { postpone(file, error); });
    });
    timers.add(handle);
  };
  return {
    save,
    async saveAll() { for (const file of Object.values(CheckpointFile)) await save(file); },
    mayDescribe: (topic, partition) => BELIEVED.some((file) => described.get(file)?.has(topicPartitionKey(topic, partition)) === true),
    async forgetOthers() {
      // Partitions that are opened in this turn are to be in the files.
      await Promise.resolve();
      await Promise.all(BELIEVED.map(save));
    },
    found(file, offsets) { described.set(file, new Set([...offsets].filter(([, offset]) => offset > 0).map(([key]) => key))); },
    start({ highWatermarkMs, recoveryPointMs, logStartMs }) {
      const atLeast = (delayMs: number): number => Math.max(delayMs, replicationLimits.checkpointIntervalMsMin);
      repeat(atLeast(highWatermarkMs), [CheckpointFile.highWatermark]);
      // In one turn where they can, which is one wake-up less.
      if (recoveryPointMs === logStartMs) return repeat(atLeast(logStartMs), [CheckpointFile.recoveryPoint, CheckpointFile.logStart]);
      repeat(atLeast(recoveryPointMs), [CheckpointFile.recoveryPoint]);
      repeat(atLeast(logStartMs), [CheckpointFile.logStart]);
    },
    stop() {
      for (const handle of timers) env.timers.cancel(handle);
      timers.clear();
    },
  };
}
