/** ClientQuotaRecord. Kept for Apache Kafka, which may have written it; no quota is enforced from it. */
import type { ClientQuotaRecord } from '#libs/kafka/protocol';
import type { DeltaState } from './image-delta.js';

export function replayQuota(state: DeltaState, record: ClientQuotaRecord): void {
  const entity = record.entity.map((part) => [part.entityType, part.entityName]).sort((a, b) => (a[0]! < b[0]! ? -1 : 1));
  const key = JSON.stringify([entity, record.key]);
  if (record.remove) state.quotas.delete(key);
  else state.quotas.set(key, record);
}
