/** ProducerIdsRecord: the first id not yet given. */
import { invariant } from '#libs/kernel';
import type { ProducerIdsRecord } from '#libs/kafka/protocol';
import type { DeltaState } from './image-delta.js';

export function replayProducerIds(state: DeltaState, record: ProducerIdsRecord): void {
  invariant(record.nextProducerId >= state.nextProducerId, `producer ids go back from ${state.nextProducerId} to ${record.nextProducerId}`);
  state.nextProducerId = record.nextProducerId;
}
