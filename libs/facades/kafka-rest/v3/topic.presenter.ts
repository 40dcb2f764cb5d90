import type { TopicDescription } from '#libs/control/application/data-plane';
import type { Links } from './envelope.presenter.js';
import { operationNames } from './acl.mapper.js';
import type { PartitionDto, TopicDto } from './topic.dto.js';

export function presentTopic(topic: TopicDescription, links: Links, warnings: readonly string[] = []): TopicDto {
  const at = ['topics', topic.name];
  return {
    kind: 'KafkaTopic', metadata: links.metadata(...at), cluster_id: links.clusterId, topic_name: topic.name, is_internal: topic.isInternal,
    replication_factor: topic.partitions[0]?.replicas.length ?? 0, partitions_count: topic.partitions.length, partitions: links.link(...at, 'partitions'),
    configs: links.link(...at, 'configs'), partition_reassignments: links.link(...at, 'partitions', '-', 'reassignment'),
    ...(topic.authorizedOperations === null ? {} : { authorized_operations: operationNames(topic.authorizedOperations) }),
    ...(warnings.length ? { warnings: [...warnings] } : {}),
  };
}

export function presentPartition(topic: string, partition: TopicDescription['partitions'][number], links: Links): PartitionDto {
  const at = ['topics', topic, 'partitions', partition.partition];
  return {
    kind: 'KafkaPartition', metadata: links.metadata(...at), cluster_id: links.clusterId, topic_name: topic, partition_id: partition.partition,
    leader: partition.leader === null ? null : links.link(...at, 'replicas', partition.leader), replicas: links.link(...at, 'replicas'), reassignment: links.link(...at, 'reassignment'),
  };
}
