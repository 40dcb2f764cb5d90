/** Topics and partitions over the Kafka protocol: what `kafka-topics` does. */
import {
  CreatePartitionsRequest, CreatePartitionsResponse, CreateTopicsRequest, CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse, ErrorCode,
  KafkaError, MetadataRequest, MetadataResponse, ZERO_UUID,
} from '#libs/kafka/protocol';
import type { Cluster } from './cluster.js';
import { only, raise } from './raise.js';
import { settle } from './settle.js';

export interface PartitionDescription { partition: number; leader: number | null; replicas: number[]; isr: number[] }
export interface TopicDescription {
  name: string;
  topicId: string;
  isInternal: boolean;
  partitions: PartitionDescription[];
  /** Bit field, null when not asked for. */
  authorizedOperations: number | null;
}
export interface NewTopicSpec { name: string; numPartitions: number | null; replicationFactor: number | null; configs: readonly { name: string; value: string | null }[] }

const NOT_ASKED = -2147483648;
const ADMIN_TIMEOUT_MS = 30_000;

function present(topic: MetadataResponse['topics'][number]): TopicDescription {
  const partitions = topic.partitions.map((p) => ({ partition: p.partitionIndex, leader: p.leaderId < 0 ? null : p.leaderId, replicas: p.replicaNodes, isr: p.isrNodes }));
  partitions.sort((a, b) => a.partition - b.partition);
  return {
    name: topic.name ?? '', topicId: topic.topicId === ZERO_UUID ? '' : topic.topicId, isInternal: topic.isInternal, partitions,
    authorizedOperations: topic.topicAuthorizedOperations === NOT_ASKED ? null : topic.topicAuthorizedOperations,
  };
}

/** All topics that the principal may describe. */
export async function listTopics(cluster: Cluster): Promise<TopicDescription[]> {
  const answer = await cluster.any((c) => c.send(MetadataRequest, MetadataResponse, { topics: null, allowAutoTopicCreation: false }));
  return answer.topics.filter((t) => t.errorCode === ErrorCode.NONE).map(present).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Throws KafkaError: UNKNOWN_TOPIC_OR_PARTITION, TOPIC_AUTHORIZATION_FAILED, INVALID_TOPIC_EXCEPTION. */
export async function describeTopic(cluster: Cluster, name: string, options: { authorizedOperations?: boolean } = {}): Promise<TopicDescription> {
  const draft = { topics: [{ name, topicId: ZERO_UUID }], allowAutoTopicCreation: false, includeTopicAuthorizedOperations: options.authorizedOperations ?? false };
  return cluster.any(async (c) => {
    const topic = (await c.send(MetadataRequest, MetadataResponse, draft)).topics[0];
    if (!topic) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    raise(topic.errorCode, null);
    return present(topic);
  });
}

/** null: there is none. */
async function findTopic(cluster: Cluster, name: string): Promise<TopicDescription | null> {
  try {
    return await describeTopic(cluster, name);
  } catch (error) {
    if (error instanceof KafkaError && error.code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) return null;
    throw error;
  }
}

export interface CreatedTopicView { topicId: string; numPartitions: number; replicationFactor: number }

/**
 * Returns once the topic is seen; its leaders may need a moment more. Numbers are −1 for whoever may not describe the topic's configs.
 * Throws TOPIC_ALREADY_EXISTS, INVALID_REPLICATION_FACTOR, INVALID_PARTITIONS, INVALID_CONFIG, POLICY_VIOLATION, TOPIC_AUTHORIZATION_FAILED; ClusterUnreachableError
 * with `mayBeDone` when the controller went away over it.
 */
export async function createTopic(cluster: Cluster, topic: NewTopicSpec, options: { validateOnly: boolean }): Promise<CreatedTopicView> {
  const draft = {
    topics: [{ name: topic.name, numPartitions: topic.numPartitions ?? -1, replicationFactor: topic.replicationFactor ?? -1, assignments: [], configs: topic.configs }],
    timeoutMs: ADMIN_TIMEOUT_MS, validateOnly: options.validateOnly,
  };
  const { topicId, numPartitions, replicationFactor } = await cluster.controller(async (c) => {
    const result = only((await c.send(CreateTopicsRequest, CreateTopicsResponse, draft)).topics);
    raise(result.errorCode, result.errorMessage);
    return result;
  });
  if (!options.validateOnly) await settle(cluster, async () => ((await findTopic(cluster, topic.name))?.partitions.length ?? 0) >= Math.max(numPartitions, 1));
  return {
    topicId, numPartitions: numPartitions === -1 ? topic.numPartitions ?? -1 : numPartitions,
    replicationFactor: replicationFactor === -1 ? topic.replicationFactor ?? -1 : replicationFactor,
  };
}

/** Throws UNKNOWN_TOPIC_OR_PARTITION, TOPIC_DELETION_DISABLED, TOPIC_AUTHORIZATION_FAILED. */
export async function deleteTopic(cluster: Cluster, name: string): Promise<void> {
  const draft = { topics: [{ name, topicId: ZERO_UUID }], topicNames: [] as string[], timeoutMs: ADMIN_TIMEOUT_MS };
  const gone = await cluster.controller(async (c) => {
    const byName = (c.version(DeleteTopicsRequest) ?? 0) < 6;
    const result = only((await c.send(DeleteTopicsRequest, DeleteTopicsResponse, byName ? { topicNames: [name], timeoutMs: ADMIN_TIMEOUT_MS } : draft)).responses);
    raise(result.errorCode, result.errorMessage);
    return result.topicId;
  });
  // Somebody may have made it anew at once: that is another topic.
  await settle(cluster, async () => {
    const topic = await findTopic(cluster, name);
    return topic === null || (topic.topicId !== '' && gone !== ZERO_UUID && topic.topicId !== gone);
  });
}

/** Grows a topic to this many partitions. Throws INVALID_PARTITIONS when it has as many or more, REASSIGNMENT_IN_PROGRESS. */
export async function createPartitions(cluster: Cluster, name: string, count: number, options: { validateOnly: boolean }): Promise<void> {
  const draft = { topics: [{ name, count, assignments: null }], timeoutMs: ADMIN_TIMEOUT_MS, validateOnly: options.validateOnly };
  await cluster.controller(async (c) => {
    const result = only((await c.send(CreatePartitionsRequest, CreatePartitionsResponse, draft)).results);
    raise(result.errorCode, result.errorMessage);
  });
  if (!options.validateOnly) await settle(cluster, async () => ((await findTopic(cluster, name))?.partitions.length ?? 0) >= count);
}

