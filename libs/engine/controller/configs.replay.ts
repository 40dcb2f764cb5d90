/** ConfigRecord: null removes. */
import type { ConfigRecord } from '#libs/kafka/protocol';
import type { DeltaState } from './image-delta.js';
import { configKey } from './image.js';

export function replayConfig(state: DeltaState, record: ConfigRecord): void {
  const key = configKey(record.resourceType, record.resourceName);
  const values = new Map(state.configMaps.get(key)?.values);
  if (record.value === null) values.delete(record.name);
  else values.set(record.name, record.value);
  if (values.size === 0) state.configMaps.delete(key);
  else state.configMaps.set(key, { resourceType: record.resourceType, name: record.resourceName, values });
}
