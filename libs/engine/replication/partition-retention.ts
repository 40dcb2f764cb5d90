/**
 * The start of a partition's log moves: by retention, by DeleteRecords. The new log start is durable before segments below it go
 * (PartitionLog.dropSegmentsBelow says why). A disk that is so full that the checkpoint can't be written gives back whole segments all
 * the same: one by one from the oldest, each removal durable before the next, which leaves no hole for recovery to misread.
 */
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { isDiskFull } from '../log/index.js';
import { failPartition, guarded, type PartitionState } from './partition-state.js';
import { planRetention, type RetentionInput } from './retention-plan.js';

export function retentionInput(state: PartitionState): RetentionInput {
  const { log } = state;
  return {
    segments: log.segments(), logStartOffset: log.logStartOffset, highWatermark: state.highWatermark.value, config: state.view.settings.log, nowMs: state.env.clock.now(),
  };
}

/** Decides what goes and raises the log start, in memory; answers below which offset segments may be dropped once that is durable, or null. */
export function raiseByRetention(state: PartitionState): number | null {
  return guarded(state, () => {
    const plan = planRetention(retentionInput(state));
    if (plan.count === 0) return null;
    if (plan.rolls) state.log.roll();
    state.log.increaseLogStartOffset(plan.logStartOffset);
    const { topic, partition } = state.options;
    state.env.log.write('info', 'log.retention', { topic, partition, segments: plan.reasons, logStartOffset: plan.logStartOffset });
    return plan.logStartOffset;
  });
}

export function dropBelow(state: PartitionState, offset: number): void {
  guarded(state, () => { state.log.dropSegmentsBelow(offset); });
}

/** Without a durable log start. Answers whether anything went. */
export async function dropInOrder(state: PartitionState, offset: number): Promise<boolean> {
  const bases = state.log.segments().map(({ baseOffset }) => baseOffset).filter((base, index) => index > 0 && base <= offset);
  for (const base of bases) {
    guarded(state, () => { state.log.dropSegmentsBelow(base, { atOnce: true }); });
    try {
      await state.env.disk.syncDir(state.log.directory);
    } catch (error) {
      // Renamed or removed meanwhile, with its topic.
      if (state.endedWith === ErrorCode.NONE) failPartition(state, error);
    }
  }
  return bases.length > 0;
}

function raiseByRequest(state: PartitionState, offset: number): void {
  const { log, highWatermark, name } = state;
  const { topic, isInternal } = state.options;
  if (isInternal) throw new KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION, `records of the internal topic ${topic} cannot be deleted`);
  const { compacted, deletable } = state.view.settings.log;
  if (compacted && !deletable) throw new KafkaError(ErrorCode.POLICY_VIOLATION, `${topic} is compacted only: its records cannot be deleted`);
  const target = offset === -1 ? highWatermark.value : offset;
  if (target < 0 || target > highWatermark.value) {
    throw new KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE, `offset ${target} of ${name} is not within its high watermark ${highWatermark.value}`);
  }
  if (target > log.logStartOffset) log.increaseLogStartOffset(target);
}

/** Saves the log start; on a full disk gives back what can go without, and tries once more. */
async function saveLogStart(state: PartitionState, logStartOffset: number): Promise<void> {
  try {
    return await state.options.saveLogStartOffset();
  } catch (error) {
    if (!isDiskFull(error) || !(await dropInOrder(state, logStartOffset))) throw error;
  }
  return state.options.saveLogStartOffset();
}

export async function deleteRecordsBefore(state: PartitionState, offset: number): Promise<{ lowWatermark: number }> {
  guarded(state, () => { raiseByRequest(state, offset); });
  const { logStartOffset } = state.log;
  try {
    await saveLogStart(state, logStartOffset);
  } catch (error) {
    if (error instanceof KafkaError) throw error;
    // Raised in memory alone, it is saved with the next call or checkpoint.
    if (!isDiskFull(error)) failPartition(state, error);
    throw new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, `the log start offset of ${state.name} cannot be saved`);
  }
  dropBelow(state, logStartOffset);
  return { lowWatermark: state.log.logStartOffset };
}
