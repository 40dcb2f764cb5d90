/** Decides AllocateProducerIds: blocks of 1,000. */
import { metadataRecord } from '../quorum/index.js';
import type { Decision } from './control-result.js';
import { controllerLimits } from './controller.limits.js';
import type { ControllerImage } from './image.js';

export function decideAllocateProducerIds(image: ControllerImage, nodeId: number): Decision<{ first: number; length: number }> {
  const first = image.nextProducerId;
  const length = controllerLimits.producerIdBlock;
  const brokerEpoch = image.brokers.get(nodeId)?.epoch ?? -1;
  return { records: [metadataRecord('ProducerIdsRecord', { brokerId: nodeId, brokerEpoch, nextProducerId: first + length })], result: { first, length } };
}
