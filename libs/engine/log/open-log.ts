/** Brings one partition's directory to a state that takes appends: segments, log start, leader epochs, producers. */
import { dirname, join } from 'node:path';
import type { DiskFile, Env } from '#libs/kernel';
import type { OpenLogOptions, PartitionLog } from './api.js';
import { walkBatches } from './batch-walk.js';
import { createLeaderEpochCache, decodeEpochs, EPOCH_FILE, type EpochEntry, type LeaderEpochCache } from './leader-epoch-cache.js';
import { SIDE_FILE_BYTES_MAX } from './log.limits.js';
import { createPartitionLog } from './log.js';
import { ensureTopicId } from './partition-metadata.js';
import { createProducerSnapshots } from './producer-snapshots.js';
import { createProducerStates } from './producer-state.js';
import { loadSegments, type LoadedSegments } from './recovery.js';
import { openSegment, type Segment } from './segment.js';

function epochsFromBatches(segments: readonly Segment[]): LeaderEpochCache {
  const epochs = createLeaderEpochCache([]);
  for (const segment of segments) {
    walkBatches(segment.file(), { from: 0, to: segment.sizeBytes, bodies: false }, ({ header }) => epochs.assign(header.partitionLeaderEpoch, header.baseOffset));
  }
  return epochs;
}

/** From the checkpoint and what recovery met; from the batches alone when those two contradict each other. */
function loadEpochs(env: Env, directory: string, segments: readonly Segment[], epochStarts: readonly EpochEntry[], logEndOffset: number): LeaderEpochCache {
  const bytes = env.disk.readFile(join(directory, EPOCH_FILE));
  const stored = bytes === null || bytes.length > SIDE_FILE_BYTES_MAX ? null : decodeEpochs(bytes);
  if (stored === null) {
    if (bytes !== null) env.log.write('warn', 'log.epochs.damaged', { directory });
    return epochsFromBatches(segments);
  }
  const epochs = createLeaderEpochCache(stored);
  // One that begins just at the end stays: a leader that has not written yet.
  epochs.truncateFromEnd(logEndOffset + 1);
  for (const { epoch, startOffset } of epochStarts) {
    const last = epochs.entries().at(-1);
    if (last !== undefined && epoch > last.epoch && startOffset < last.startOffset) return epochsFromBatches(segments);
    epochs.assign(epoch, startOffset);
  }
  return epochs;
}

/** The log start lies beyond everything that is left: all of it is gone for readers, and the log begins anew there. `isNew`: in an empty directory. */
function startAnew(env: Env, options: OpenLogOptions, segments: Segment[], logStartOffset: number, isNew: boolean): void {
  if (segments.length > 0) env.log.write('warn', 'log.start.beyond.end', { directory: options.directory, logStartOffset, logEndOffset: segments.at(-1)!.nextOffset });
  for (const segment of segments.splice(0)) segment.remove();
  segments.push(openSegment(env.disk, options.directory, { baseOffset: logStartOffset, createdMs: env.clock.now(), sealed: false, fresh: true, isNew }));
}

/**
 * Opens or creates. Damage never makes this throw; another topic's directory (INCONSISTENT_TOPIC_ID) and a refusing disk do. A new
 * partition is on the disk from its first batch on.
 */
export function openLog(env: Env, options: OpenLogOptions): PartitionLog {
  const { directory, config } = options;
  const isNew = env.disk.stat(directory) === null;
  const pendingFiles: DiskFile[] = [];
  const metadata = isNew ? null : ensureTopicId(env.disk, env.log, directory, options.topicId);
  if (metadata !== null) pendingFiles.push(metadata);
  const wantedStart = options.logStartOffset ?? 0;
  const { segments, epochStarts }: LoadedSegments = isNew ? { segments: [], epochStarts: [] } : loadSegments(env, directory, { recoveryPoint: options.recoveryPoint, cleanShutdown: options.cleanShutdown, logStartOffset: wantedStart, config });
  if (segments.length === 0 || segments.at(-1)!.nextOffset < wantedStart) startAnew(env, options, segments, wantedStart, isNew);
  const logStartOffset = Math.max(wantedStart, segments[0]!.baseOffset);
  const logEndOffset = segments.at(-1)!.nextOffset;
  const epochs = isNew ? createLeaderEpochCache([]) : loadEpochs(env, directory, segments, epochStarts, logEndOffset);
  epochs.truncateFromStart(logStartOffset);
  return createPartitionLog(env, options, {
    segments, logStartOffset, epochs, pendingFiles, recoveryPoint: Math.max(0, Math.min(options.recoveryPoint, logEndOffset)),
    producers: createProducerStates(options.producerBudget), snapshots: createProducerSnapshots(env.disk, env.log, (bytes) => env.cpu.crc32c(bytes), directory, isNew ? [] : undefined),
    parentDirectory: dirname(directory), isUnmade: isNew,
  });
}
