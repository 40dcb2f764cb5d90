/** ClientQuotaRecord: one key of one entity, set or removed. */
import type { ClientQuotaRecord } from '#libs/kafka/protocol';
import type { DeltaState } from './image-delta.js';

/** The same for the same entity and key, in whatever order its parts stand. */
export function quotaKey(entity: readonly { entityType: string; entityName: string | null }[], key: string): string {
  return JSON.stringify([entity.map((part) => [part.entityType, part.entityName]).sort((a, b) => (a[0]! < b[0]! ? -1 : 1)), key]);
}

export function replayQuota(state: DeltaState, record: ClientQuotaRecord): void {
  const key = quotaKey(record.entity, record.key);
  if (record.remove) state.quotas.delete(key);
  else state.quotas.set(key, record);
}
