/** FeatureLevelRecord: level 0 is no level. */
import type { FeatureLevelRecord } from '#libs/kafka/protocol';
import type { DeltaState } from './image-delta.js';

export function replayFeatureLevel(state: DeltaState, record: FeatureLevelRecord): void {
  if (record.featureLevel === 0) state.features.delete(record.name);
  else state.features.set(record.name, record.featureLevel);
}
