import type { ClusterDescription, ReassignmentDescription, TopicDescription } from '#libs/control/application/data-plane';
import type { BrokerDto, ReassignmentDto, ReplicaDto } from './broker.dto.js';
import type { Links } from './envelope.presenter.js';

export function presentBroker({ nodeId, host, port, rack }: ClusterDescription['brokers'][number], links: Links): BrokerDto {
  const at = ['brokers', nodeId];
  return {
    kind: 'KafkaBroker', metadata: links.metadata(...at), cluster_id: links.clusterId, broker_id: nodeId, host, port, rack, configs: links.link(...at, 'configs'),
    partition_replicas: links.link(...at, 'partition-replicas'),
  };
}

export function presentReplica(topic: string, { partition, leader, isr }: TopicDescription['partitions'][number], brokerId: number, links: Links): ReplicaDto {
  return {
    kind: 'KafkaReplica', metadata: links.metadata('topics', topic, 'partitions', partition, 'replicas', brokerId), cluster_id: links.clusterId, topic_name: topic, partition_id: partition,
    broker_id: brokerId, is_leader: leader === brokerId, is_in_sync: isr.includes(brokerId), broker: links.link('brokers', brokerId),
  };
}

export function presentReassignment({ topic, partition, addingReplicas, removingReplicas }: ReassignmentDescription, links: Links): ReassignmentDto {
  const at = ['topics', topic, 'partitions', partition];
  return {
    kind: 'KafkaReassignment', metadata: links.metadata(...at, 'reassignment'), cluster_id: links.clusterId, topic_name: topic, partition_id: partition,
    adding_replicas: addingReplicas, removing_replicas: removingReplicas, replicas: links.link(...at, 'replicas'),
  };
}
