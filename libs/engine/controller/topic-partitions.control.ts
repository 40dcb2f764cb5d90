/** Records of new partitions: replicas that are up begin in sync, the first of them leads, each in its broker's log directory. */
import { ErrorCode, KafkaError, ZERO_UUID } from '#libs/kafka/protocol';
import { metadataRecord, type MetadataRecord } from '../quorum/index.js';
import type { ControllerImage } from './image.js';
import { usableBrokers } from './placement.js';

export function newPartitionRecord(image: ControllerImage, topicId: string, partitionId: number, replicas: readonly number[]): MetadataRecord {
  const up = new Set(usableBrokers(image));
  const isr = replicas.filter((broker) => up.has(broker));
  if (isr.length === 0) {
    throw new KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, `All brokers specified in the manual partition assignment for partition ${partitionId} are fenced or in controlled shutdown.`);
  }
  const directories = replicas.map((broker) => {
    const logDirs = image.brokers.get(broker)?.registration.logDirs ?? [];
    return logDirs.length === 1 ? logDirs[0]! : ZERO_UUID;
  });
  return metadataRecord('PartitionRecord', { partitionId, topicId, replicas: [...replicas], isr, leader: isr[0]!, leaderEpoch: 0, partitionEpoch: 0, directories });
}
