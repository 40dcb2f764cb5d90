/** Topics and partitions over the Kafka protocol: what `kafka-topics` does. */
import {
  CreatePartitionsRequest, CreatePartitionsResponse, CreateTopicsRequest, CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse, ErrorCode,
  KafkaError, ListOffsetsRequest, ListOffsetsResponse, MetadataRequest, MetadataResponse, ZERO_UUID,
} from '#libs/kafka/protocol';
import type { Cluster } from './cluster.js';
import { raise } from './raise.js';

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
  const answer = await cluster.any((c) => c.send(MetadataRequest, MetadataResponse, draft));
  const topic = answer.topics[0];
  if (!topic) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  raise(topic.errorCode, null);
  return present(topic);
}

export interface CreatedTopicView { topicId: string; numPartitions: number; replicationFactor: number }

export async function createTopic(cluster: Cluster, topic: NewTopicSpec, options: { validateOnly: boolean }): Promise<CreatedTopicView> {
  const answer = await cluster.controller((c) => c.send(CreateTopicsRequest, CreateTopicsResponse, {
    topics: [{ name: topic.name, numPartitions: topic.numPartitions ?? -1, replicationFactor: topic.replicationFactor ?? -1, assignments: [], configs: topic.configs }],
    timeoutMs: ADMIN_TIMEOUT_MS, validateOnly: options.validateOnly,
  }));
  const result = answer.topics[0]!;
  raise(result.errorCode, result.errorMessage);
  return { topicId: result.topicId, numPartitions: result.numPartitions, replicationFactor: result.replicationFactor };
}

export async function deleteTopic(cluster: Cluster, name: string): Promise<void> {
  const draft = { topics: [{ name, topicId: ZERO_UUID }], topicNames: [] as string[], timeoutMs: ADMIN_TIMEOUT_MS };
  const answer = await cluster.controller((c) => {
    const byName = (c.version(DeleteTopicsRequest) ?? 0) < 6;
    return c.send(DeleteTopicsRequest, DeleteTopicsResponse, byName ? { topicNames: [name], timeoutMs: ADMIN_TIMEOUT_MS } : draft);
  });
  const result = answer.responses[0]!;
  raise(result.errorCode, result.errorMessage);
}

/** Grows a topic to this many partitions. Throws INVALID_PARTITIONS when it has as many or more. */
export async function createPartitions(cluster: Cluster, name: string, count: number, options: { validateOnly: boolean }): Promise<void> {
  const draft = { topics: [{ name, count, assignments: null }], timeoutMs: ADMIN_TIMEOUT_MS, validateOnly: options.validateOnly };
  const answer = await cluster.controller((c) => c.send(CreatePartitionsRequest, CreatePartitionsResponse, draft));
  const result = answer.results[0]!;
  raise(result.errorCode, result.errorMessage);
}

export const OffsetSpec = { latest: -1, earliest: -2 } as const;

/** Offsets by `topic-partition`. Partitions that answer with an error are left out. */
export async function listOffsets(cluster: Cluster, partitions: readonly { topic: string; partition: number }[], timestamp: number): Promise<Map<string, number>> {
  const offsets = new Map<string, number>();
  for (const [nodeId, owned] of await cluster.byLeader(partitions)) {
    const topics = new Map<string, number[]>();
    for (const { topic, partition } of owned) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
    const draft = {
      replicaId: -1, isolationLevel: 0,
      topics: [...topics].map(([name, indexes]) => ({ name, partitions: indexes.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp })) })),
    };
    const answer = await cluster.node(nodeId, (c) => c.send(ListOffsetsRequest, ListOffsetsResponse, draft));
    for (const topic of answer.topics) {
      for (const p of topic.partitions) if (p.errorCode === ErrorCode.NONE) offsets.set(`${topic.name}-${p.partitionIndex}`, p.offset);
    }
  }
  return offsets;
}
