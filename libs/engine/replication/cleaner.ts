/**
 * Which log is cleaned next, and when: Kafka's LogCleaner with one thread, whatever log.cleaner.threads says. The dirtiest log whose ratio
 * is beyond min.cleanable.dirty.ratio, or that holds a record for longer than max.compaction.lag.ms, until there is none; then a look every
 * log.cleaner.backoff.ms, but only after something was appended or a time came that matters: an idle broker sleeps.
 */
import { OperationalError, type Env, type TimerHandle } from '#libs/kernel';
import { ErrorCode } from '#libs/kafka/protocol';
import type { BrokerConfigLookup } from '../controller/index.js';
import { isDiskFull, type CleaningView, type PartitionLog } from '../log/index.js';
import { CheckpointFile, type Checkpoints } from './checkpoints.js';
import { createCleanerPace, type StoppablePace } from './cleaner-pace.js';
import type { OwnedPartition } from './partition.js';

export interface CleanerOptions {
  partitions: () => Iterable<OwnedPartition>;
  /** In force now. Asked whenever a value is needed, so that all of them can change at run time; log.cleaner.enable as Kafka has it at the start. */
  settings: () => BrokerConfigLookup;
  /** What the broker's memory is planned with. A map that is full ends the pass; the next one goes on from there. */
  bufferBytesMax: number;
  checkpoints: Pick<Checkpoints, 'save'>;
  /** The disk failed. */
  onFailure: (error: unknown) => void;
}

export interface Cleaner {
  start(): void;
  /** Partitions came or settings changed: something may be dirty by now. */
  poke(): void;
  isCleaning(log: PartitionLog): boolean;
  /** Resolves when the pass under way has ended; it gives up at its next rest. */
  stop(): Promise<void>;
}

interface Candidate { partition: OwnedPartition; view: CleaningView }

interface State {
  readonly env: Env;
  readonly options: CleanerOptions;
  readonly pace: StoppablePace;
  timer: { handle: TimerHandle; dueMs: number } | null;
  /** Ends the watch for appends. */
  unwatch: (() => void) | null;
  current: PartitionLog | null;
  running: Promise<void> | null;
  phase: 'new' | 'running' | 'stopped';
}

function* compacted(state: State): Generator<Candidate> {
  for (const partition of state.options.partitions()) {
    const { log, view: { settings } } = partition;
    if (!settings.log.compacted || partition.endedWith !== ErrorCode.NONE || log.failed !== null) continue;
    const view = log.cleaning(partition.offsets().highWatermark);
    if (view.failure === null) yield { partition, view };
  }
}

function hasCompacted(state: State): boolean {
  for (const { view } of state.options.partitions()) if (view.settings.log.compacted) return true;
  return false;
}

function isDue({ partition, view }: Candidate): boolean {
  return view.cleanableBytes > 0 && (view.isOverdue || view.dirtyRatio > partition.view.settings.log.minCleanableDirtyRatio);
}

function dirtiest(state: State): OwnedPartition | null {
  let found: Candidate | null = null;
  for (const candidate of compacted(state)) if (isDue(candidate) && (found === null || candidate.view.dirtyRatio > found.view.dirtyRatio)) found = candidate;
  return found?.partition ?? null;
}

function arm(state: State, delayMs: number): void {
  const dueMs = state.env.clock.monotonic() + delayMs;
  if (state.phase !== 'running' || (state.timer !== null && state.timer.dueMs <= dueMs)) return;
  if (state.timer !== null) state.env.timers.cancel(state.timer.handle);
  const handle = state.env.timers.set(delayMs, () => {
    state.timer = null;
    state.unwatch?.();
    state.running ??= run(state).catch(state.options.onFailure).finally(() => { state.running = null; });
  });
  state.timer = { handle, dueMs };
}

const backoffMs = (state: State): number => state.options.settings().number('log.cleaner.backoff.ms');

/** One of the compacted partitions gets something, and all of them are looked at. */
function watchAppends(state: State, partitions: readonly OwnedPartition[]): void {
  const ends: (() => void)[] = [];
  state.unwatch = () => {
    state.unwatch = null;
    for (const end of ends) end();
  };
  for (const partition of partitions) {
    ends.push(partition.onAdvance(() => {
      state.unwatch?.();
      arm(state, backoffMs(state));
    }));
  }
}

function rest(state: State): void {
  if (state.phase !== 'running') return;
  const nowMs = state.env.clock.now();
  let waitMs = Number.POSITIVE_INFINITY;
  const watched: OwnedPartition[] = [];
  for (const { partition, view } of compacted(state)) {
    watched.push(partition);
    if (view.dueMs !== null) waitMs = Math.min(waitMs, view.dueMs - nowMs);
  }
  watchAppends(state, watched);
  if (waitMs !== Number.POSITIVE_INFINITY) arm(state, Math.max(backoffMs(state), waitMs));
}

async function saveCleaned(state: State): Promise<void> {
  try {
    await state.options.checkpoints.save(CheckpointFile.cleaner);
  } catch (error) {
    // Written with the next pass; until then a restart cleans once more.
    if (!isDiskFull(error)) throw error;
  }
}

/** Whether there is sense in going on at once. */
async function cleanOne(state: State, partition: OwnedPartition): Promise<boolean> {
  const { env, options, pace } = state;
  const { log, topic } = partition;
  const startMs = env.clock.monotonic();
  const settings = options.settings();
  state.current = log;
  try {
    const info = await log.clean({
      highWatermark: partition.offsets().highWatermark, bufferBytes: Math.min(settings.number('log.cleaner.dedupe.buffer.size'), options.bufferBytesMax),
      loadFactor: settings.number('log.cleaner.io.buffer.load.factor'), pace, saveRecoveryPoint: () => options.checkpoints.save(CheckpointFile.recoveryPoint),
    });
    if (info === null) return false;
    env.log.write('info', 'cleaner.cleaned', { topic, partition: partition.partition, ...info, durationMs: Math.round(env.clock.monotonic() - startMs) });
    await saveCleaned(state);
    return true;
  } catch (error) {
    if (partition.endedWith !== ErrorCode.NONE || state.phase === 'stopped') return true;
    if (log.failed !== null) throw error;
    const isTransient = log.cleaning().failure === null;
    env.log.write(isTransient ? 'warn' : 'error', isTransient ? 'cleaner.postponed' : 'cleaner.uncleanable', {
      topic, partition: partition.partition, error: error instanceof Error ? error.message : String(error),
    });
    // One that can't be cleaned is not asked again; the others are.
    return !isTransient || (error instanceof OperationalError && error.code === 'CLEANING_OVERTAKEN');
  } finally {
    state.current = null;
  }
}

async function run(state: State): Promise<void> {
  for (let next = dirtiest(state); next !== null && state.phase === 'running'; next = dirtiest(state)) {
    if (await cleanOne(state, next)) continue;
    arm(state, backoffMs(state));
    return;
  }
  rest(state);
}

export function createCleaner(env: Env, options: CleanerOptions): Cleaner {
  const state: State = {
    env, options, pace: createCleanerPace(env, () => options.settings().number('log.cleaner.io.max.bytes.per.second')),
    timer: null, unwatch: null, current: null, running: null, phase: 'new',
  };
  const poke = (): void => { if (state.phase === 'running' && state.running === null && hasCompacted(state)) arm(state, backoffMs(state)); };
  return {
    start() {
      if (!options.settings().boolean('log.cleaner.enable')) return;
      state.phase = 'running';
      poke();
    },
    poke,
    isCleaning: (log) => state.current === log,
    async stop() {
      state.phase = 'stopped';
      if (state.timer !== null) env.timers.cancel(state.timer.handle);
      state.timer = null;
      state.unwatch?.();
      state.pace.stop();
      await state.running;
    },
  };
}
