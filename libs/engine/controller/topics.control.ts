/** Decides CreateTopics and DeleteTopics. */
import type { Random } from '#libs/kernel';
import { ErrorCode, KafkaError, ZERO_UUID } from '#libs/kafka/protocol';
import { metadataRecord, newUuid, type MetadataRecord } from '../quorum/index.js';
import { ResourceType, type CreatedTopic, type ItemResult, type NewTopic } from './api.js';
import { checkTopicConfigs } from './configs.control.js';
import type { ConfigContext } from './config-definitions/index.js';
import { itemError, OK, type Decision } from './control-result.js';
import { controllerLimits } from './controller.limits.js';
import { collisionKey, type ControllerImage } from './image.js';
import { checkAssignment, placeReplicas } from './placement.js';
import { newPartitionRecord } from './topic-partitions.control.js';
import { checkCollision, checkTopicName } from './topic-names.js';

export interface TopicDefaults { numPartitions: number; replicationFactor: number }

function manualReplicas(image: ControllerImage, topic: NewTopic): number[][] {
  if (topic.replicationFactor !== -1) throw new KafkaError(ErrorCode.INVALID_REQUEST, 'A manual partition assignment was specified, but replication factor was not set to -1.');
  if (topic.numPartitions !== -1) throw new KafkaError(ErrorCode.INVALID_REQUEST, 'A manual partition assignment was specified, but numPartitions was not set to -1.');
  const replicas: number[][] = [];
  let replicationFactor: number | null = null;
  const seen = new Map<number, readonly number[]>();
  for (const assignment of topic.assignments) {
    if (seen.has(assignment.partition)) {
      throw new KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, `Found multiple manual partition assignments for partition ${assignment.partition}`);
    }
    checkAssignment(image, assignment.brokerIds, replicationFactor);
    replicationFactor = assignment.brokerIds.length;
    seen.set(assignment.partition, assignment.brokerIds);
  }
  for (let i = 0; i < seen.size; i++) {
    const brokers = seen.get(i);
    if (brokers === undefined) throw new KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, 'partitions should be a consecutive 0-based integer sequence');
    replicas.push([...brokers]);
  }
  return replicas;
}

function placedReplicas(image: ControllerImage, topic: NewTopic, defaults: TopicDefaults, random: Random): number[][] {
  if (topic.replicationFactor < -1 || topic.replicationFactor === 0) {
    throw new KafkaError(ErrorCode.INVALID_REPLICATION_FACTOR, 'Replication factor must be larger than 0, or -1 to use the default value.');
  }
  if (topic.numPartitions < -1 || topic.numPartitions === 0) {
    throw new KafkaError(ErrorCode.INVALID_PARTITIONS, 'Number of partitions was set to an invalid non-positive value.');
  }
  const count = topic.numPartitions === -1 ? defaults.numPartitions : topic.numPartitions;
  if (count > controllerLimits.partitionsPerTopicMax) throw tooMany(count, `${controllerLimits.partitionsPerTopicMax} of a topic`);
  return placeReplicas(image, random, { firstPartition: 0, count, replicationFactor: topic.replicationFactor === -1 ? defaults.replicationFactor : topic.replicationFactor });
}

export function tooMany(count: number, limit: string): KafkaError {
  return new KafkaError(ErrorCode.POLICY_VIOLATION, `${count} partitions are more than the limit of ${limit}.`);
}

interface CreateState { names: Set<string>; collisions: Map<string, string>; partitions: number; records: number }

function createTopic(image: ControllerImage, topic: NewTopic, context: ConfigContext, defaults: TopicDefaults, random: Random, state: CreateState, charge: (partitions: number) => void): { records: MetadataRecord[]; created: CreatedTopic } {
  checkTopicName(topic.name);
  if (image.topics.has(topic.name) || state.names.has(topic.name)) throw new KafkaError(ErrorCode.TOPIC_ALREADY_EXISTS, `Topic '${topic.name}' already exists.`);
  checkCollision(image, topic.name, state.collisions);
  const configs = checkTopicConfigs(topic.name, topic.configs, image, context);
  const replicas = topic.assignments.length > 0 ? manualReplicas(image, topic) : placedReplicas(image, topic, defaults, random);
  if (replicas.length > controllerLimits.partitionsPerTopicMax) throw tooMany(replicas.length, `${controllerLimits.partitionsPerTopicMax} of a topic`);
  if (state.partitions + replicas.length > controllerLimits.partitionsPerClusterMax) {
    throw tooMany(state.partitions + replicas.length, `${controllerLimits.partitionsPerClusterMax} of the cluster`);
  }
  const topicId = newUuid(random);
  const records: MetadataRecord[] = [metadataRecord('TopicRecord', { name: topic.name, topicId })];
  for (const [name, value] of configs) records.push(metadataRecord('ConfigRecord', { resourceType: ResourceType.topic, resourceName: topic.name, name, value }));
  replicas.forEach((brokers, partition) => records.push(newPartitionRecord(image, topicId, partition, brokers)));
  if (state.records + records.length > controllerLimits.recordsPerOperationMax) {
    throw new KafkaError(ErrorCode.POLICY_VIOLATION, 'Excessively large number of partitions per request.');
  }
  charge(replicas.length);
  return { records, created: { ...OK, name: topic.name, topicId, numPartitions: replicas.length, replicationFactor: replicas[0]!.length } };
}

const FREE = (): void => undefined;

export function decideCreateTopics(
  image: ControllerImage, topics: readonly NewTopic[], context: ConfigContext, defaults: TopicDefaults, random: Random, charge: (partitions: number) => void = FREE,
): Decision<CreatedTopic[]> {
  const records: MetadataRecord[] = [];
  const state: CreateState = { names: new Set(), collisions: new Map(), partitions: image.partitionCount, records: 0 };
  const result = topics.map((topic): CreatedTopic => {
    try {
      const decided = createTopic(image, topic, context, defaults, random, state, charge);
      state.names.add(topic.name);
      const key = collisionKey(topic.name);
      if (key !== null) state.collisions.set(key, topic.name);
      state.partitions += decided.created.numPartitions;
      state.records += decided.records.length;
      records.push(...decided.records);
      return decided.created;
    } catch (error) {
      return { ...itemError(error), name: topic.name, topicId: ZERO_UUID, numPartitions: -1, replicationFactor: -1 };
    }
  });
  return { records, result };
}

/**
 * Each config is removed by a record of its own before the topic: Apache Kafka, replaying a set, a RemoveTopic and a new topic of the same
 * name at once, would otherwise bring the old configs back.
 */
export function decideDeleteTopics(image: ControllerImage, topicIds: readonly string[], charge: (partitions: number) => void = FREE): Decision<Map<string, ItemResult>> {
  const records: MetadataRecord[] = [];
  const result = new Map<string, ItemResult>();
  for (const topicId of topicIds) {
    if (result.has(topicId)) continue;
    const name = image.topicNames.get(topicId);
    if (name === undefined) {
      result.set(topicId, { errorCode: ErrorCode.UNKNOWN_TOPIC_ID, errorMessage: 'This server does not host this topic ID.' });
      continue;
    }
    try {
      charge(image.topics.get(name)!.partitions.length);
    } catch (error) {
      result.set(topicId, itemError(error));
      continue;
    }
    for (const key of image.configs(ResourceType.topic, name).keys()) {
      records.push(metadataRecord('ConfigRecord', { resourceType: ResourceType.topic, resourceName: name, name: key, value: null }));
    }
    records.push(metadataRecord('RemoveTopicRecord', { topicId }));
    result.set(topicId, OK);
  }
  return { records, result };
}
