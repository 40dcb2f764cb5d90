/**
 * Decides AlterPartitionReassignments (KIP-455). With one broker there is nothing to copy: what it leads already is true at once, and what would need
 * another broker is refused. Reassignments under way are found only in a directory that came from a larger Apache Kafka cluster.
 */
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { metadataRecord, type MetadataRecord } from '../quorum/index.js';
import type { ItemResult } from './api.js';
import { itemError, OK, type Decision } from './control-result.js';
import { controllerLimits } from './controller.limits.js';
import type { ControllerImage, PartitionState } from './image.js';
import { checkAssignment } from './placement.js';

export interface Reassignment {
  topic: string;
  partition: number;
  /** Null cancels. */
  replicas: readonly number[] | null;
}

const isUnderWay = ({ addingReplicas, removingReplicas }: PartitionState): boolean => addingReplicas.length + removingReplicas.length > 0;

function find(image: ControllerImage, { topic, partition }: Reassignment): PartitionState {
  const found = image.topics.get(topic);
  if (found === undefined) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `Unable to find a topic named ${topic}.`);
  const state = found.partitions[partition];
  if (state === undefined) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `Unable to find partition ${topic}:${partition}.`);
  return state;
}

/** Leaves the partition with these replicas, this broker among them and in sync. */
function settle(partition: PartitionState, replicas: readonly number[], nodeId: number): MetadataRecord {
  const isr = partition.isr.filter((id) => replicas.includes(id));
  return metadataRecord('PartitionChangeRecord', {
    partitionId: partition.partition, topicId: partition.topicId, replicas: [...replicas], isr: isr.length > 0 ? isr : [nodeId], addingReplicas: [], removingReplicas: [],
    directories: replicas.map((id) => partition.directories[partition.replicas.indexOf(id)]!),
    eligibleLeaderReplicas: partition.eligibleLeaderReplicas.length > 0 ? [] : null, lastKnownElr: partition.lastKnownElr.length > 0 ? [] : null,
  });
}

function cancel(partition: PartitionState, nodeId: number): MetadataRecord {
  if (!isUnderWay(partition)) throw new KafkaError(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, 'No partition reassignment is in progress.');
  const before = partition.replicas.filter((id) => !partition.addingReplicas.includes(id));
  if (!before.includes(nodeId)) throw new KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, `Without the reassignment no replica of the partition is on broker ${nodeId}, the only one.`);
  return settle(partition, before, nodeId);
}

function change(image: ControllerImage, nodeId: number, partition: PartitionState, target: readonly number[], allowFactorChange: boolean): MetadataRecord | null {
  checkAssignment(image, target, null);
  const current = partition.replicas.filter((id) => !partition.addingReplicas.includes(id));
  if (!allowFactorChange && current.length !== target.length) {
    throw new KafkaError(ErrorCode.INVALID_REPLICATION_FACTOR, `The replication factor is changed from ${current.length} to ${target.length}`);
  }
  const same = target.length === partition.replicas.length && target.every((id, index) => id === partition.replicas[index]);
  if (same && !isUnderWay(partition)) return null;
  const away = target.find((id) => id !== nodeId);
  if (away !== undefined) throw new KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, `Broker ${away} does not run: nothing can be moved to it.`);
  if (partition.leader !== nodeId) throw new KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, `Broker ${nodeId} holds no replica that is in sync.`);
  return settle(partition, target, nodeId);
}

export function decideReassignments(
  image: ControllerImage, nodeId: number, asked: readonly Reassignment[], options: { allowFactorChange: boolean },
): Decision<ItemResult[]> {
  const records: MetadataRecord[] = [];
  const settled = new Set<PartitionState>();
  const result = asked.map((each): ItemResult => {
    try {
      const partition = find(image, each);
      const record = each.replicas === null ? cancel(partition, nodeId) : change(image, nodeId, partition, each.replicas, options.allowFactorChange);
      if (record === null) return OK;
      if (settled.has(partition)) throw new KafkaError(ErrorCode.INVALID_REQUEST, `Partition ${each.topic}:${each.partition} is named twice.`);
      if (records.length >= controllerLimits.recordsPerOperationMax) throw new KafkaError(ErrorCode.POLICY_VIOLATION, 'Excessively large number of partitions per request.');
      settled.add(partition);
      records.push(record);
      return OK;
    } catch (error) {
      return itemError(error);
    }
  });
  return { records, result };
}
