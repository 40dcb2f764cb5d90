/** Decides CreatePartitions: partitions only grow. */
import type { Random } from '#libs/kernel';
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import type { MetadataRecord } from '../quorum/index.js';
import type { Controller, ItemResult } from './api.js';
import { itemError, OK, type Decision } from './control-result.js';
import { controllerLimits } from './controller.limits.js';
import type { ControllerImage, TopicState } from './image.js';
import { checkAssignment, placeReplicas } from './placement.js';
import { newPartitionRecord } from './topic-partitions.control.js';
import { tooMany } from './topics.control.js';

export type NewPartitions = Parameters<Controller['createPartitions']>[0][number];

function additionalReplicas(image: ControllerImage, topic: TopicState, request: NewPartitions, random: Random): number[][] {
  const current = topic.partitions.length;
  if (request.count === current) throw new KafkaError(ErrorCode.INVALID_PARTITIONS, `Topic already has ${current} partition(s).`);
  if (request.count < current) {
    throw new KafkaError(ErrorCode.INVALID_PARTITIONS, `The topic ${topic.name} currently has ${current} partition(s); ${request.count} would not be an increase.`);
  }
  const additional = request.count - current;
  if (request.count > controllerLimits.partitionsPerTopicMax) throw tooMany(request.count, `${controllerLimits.partitionsPerTopicMax} of a topic`);
  const replicationFactor = topic.partitions[0]!.replicas.length;
  if (request.assignments === null) return placeReplicas(image, random, { firstPartition: current, count: additional, replicationFactor });
  if (request.assignments.length !== additional) {
    throw new KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, `Attempted to add ${additional} additional partition(s), but only ${request.assignments.length} assignment(s) were specified.`);
  }
  return request.assignments.map((brokers) => {
    checkAssignment(image, brokers, replicationFactor);
    return [...brokers];
  });
}

export function decideCreatePartitions(image: ControllerImage, topics: readonly NewPartitions[], random: Random, charge: (partitions: number) => void = () => undefined): Decision<Map<string, ItemResult>> {
  const records: MetadataRecord[] = [];
  const result = new Map<string, ItemResult>();
  for (const request of topics) {
    try {
      const topic = image.topics.get(request.name);
      if (topic === undefined) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 'This server does not host this topic-partition.');
      const replicas = additionalReplicas(image, topic, request, random);
      if (image.partitionCount + records.length + replicas.length > controllerLimits.partitionsPerClusterMax) {
        throw tooMany(image.partitionCount + records.length + replicas.length, `${controllerLimits.partitionsPerClusterMax} of the cluster`);
      }
      if (records.length + replicas.length > controllerLimits.recordsPerOperationMax) {
        throw new KafkaError(ErrorCode.POLICY_VIOLATION, 'Excessively large number of partitions per request.');
      }
      charge(replicas.length);
      records.push(...replicas.map((brokers, index) => newPartitionRecord(image, topic.topicId, topic.partitions.length + index, brokers)));
      result.set(request.name, OK);
    } catch (error) {
      result.set(request.name, itemError(error));
    }
  }
  return { records, result };
}
