import type { GroupDescription, MemberDescription, PartitionLag } from '#libs/control/application/data-plane';
import { HttpFailure } from '#libs/http';
import type { Links } from './envelope.presenter.js';
import type { ConsumerAssignmentDto, ConsumerDto, ConsumerGroupDto, ConsumerGroupLagSummaryDto, ConsumerLagDto } from './group.dto.js';

/** `PreparingRebalance` → `PREPARING_REBALANCE`. */
const stateOf = (state: string): string => state.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();

export function presentGroup(group: GroupDescription, links: Links): ConsumerGroupDto {
  const at = ['consumer-groups', group.groupId];
  return {
    kind: 'KafkaConsumerGroup', metadata: links.metadata(...at), cluster_id: links.clusterId, consumer_group_id: group.groupId,
    is_simple: group.protocolType === '', partition_assignor: group.assignor, state: stateOf(group.state), type: group.type.toUpperCase(), is_mixed_consumer_group: false,
    coordinator: links.link('brokers', group.coordinator), consumers: links.link(...at, 'consumers'), lag_summary: links.link(...at, 'lag-summary'),
  };
}

export function presentConsumer(groupId: string, member: MemberDescription, links: Links): ConsumerDto {
  const at = ['consumer-groups', groupId, 'consumers', member.memberId];
  return {
    kind: 'KafkaConsumer', metadata: links.metadata(...at), cluster_id: links.clusterId, consumer_group_id: groupId, consumer_id: member.memberId,
    instance_id: member.instanceId, client_id: member.clientId, assignments: links.link(...at, 'assignments'),
  };
}

export function presentAssignments(groupId: string, member: MemberDescription, links: Links): ConsumerAssignmentDto[] {
  return member.assignment.map(({ topic, partition }) => ({
    kind: 'KafkaConsumerAssignment', metadata: links.metadata('consumer-groups', groupId, 'consumers', member.memberId, 'assignments', topic, 'partitions', partition),
    cluster_id: links.clusterId, consumer_group_id: groupId, consumer_id: member.memberId, topic_name: topic, partition_id: partition,
    partition: links.link('topics', topic, 'partitions', partition), lag: links.link('consumer-groups', groupId, 'lags', topic, 'partitions', partition),
  }));
}

export function presentLag(groupId: string, row: PartitionLag, links: Links): ConsumerLagDto {
  return {
    kind: 'KafkaConsumerLag', metadata: links.metadata('consumer-groups', groupId, 'lags', row.topic, 'partitions', row.partition), cluster_id: links.clusterId,
    consumer_group_id: groupId, topic_name: row.topic, partition_id: row.partition, consumer_id: row.member?.memberId ?? '', instance_id: row.member?.instanceId ?? null,
    client_id: row.member?.clientId ?? '', current_offset: row.currentOffset, log_end_offset: row.logEndOffset, lag: row.lag,
  };
}

/** Of a group that has committed nothing there is nothing to sum up: not found, as the vendor has it. */
export function presentLagSummary(groupId: string, rows: readonly PartitionLag[], links: Links): ConsumerGroupLagSummaryDto {
  const worst = rows.reduce<PartitionLag | null>((max, row) => (max === null || row.lag > max.lag ? row : max), null);
  if (worst === null) throw new HttpFailure(404, 'kafka_40403', [{ detail: `The consumer group "${groupId}" has committed no offsets.` }]);
  return {
    kind: 'KafkaConsumerGroupLagSummary', metadata: links.metadata('consumer-groups', groupId, 'lag-summary'), cluster_id: links.clusterId, consumer_group_id: groupId,
    max_lag_consumer_id: worst.member?.memberId ?? '', max_lag_instance_id: worst.member?.instanceId ?? null, max_lag_client_id: worst.member?.clientId ?? '',
    max_lag_topic_name: worst.topic, max_lag_partition_id: worst.partition, max_lag: worst.lag, total_lag: rows.reduce((sum, row) => sum + row.lag, 0),
    // Of a partition that nobody owns: where its owner would be.
    max_lag_consumer: links.link('consumer-groups', groupId, 'consumers', ...(worst.member === null ? [] : [worst.member.memberId])), max_lag_partition: links.link('topics', worst.topic, 'partitions', worst.partition),
  };
}
