/** Consumer groups over the Kafka protocol: what `kafka-consumer-groups` does. */
import {
  ConsumerProtocolAssignment, DescribeGroupsRequest, DescribeGroupsResponse, ErrorCode, KafkaError, ListGroupsRequest, ListGroupsResponse, OffsetFetchRequest,
  OffsetFetchResponse, ProtocolError, Reader,
} from '#libs/kafka/protocol';
import type { Cluster } from './cluster.js';
import { raise } from './raise.js';

export interface GroupListing { groupId: string; protocolType: string; state: string; type: string }
export interface MemberDescription { memberId: string; instanceId: string | null; clientId: string; clientHost: string; assignment: { topic: string; partition: number }[] }
export interface GroupDescription { groupId: string; state: string; protocolType: string; assignor: string; coordinator: number; members: MemberDescription[] }
export interface CommittedOffset { topic: string; partition: number; offset: number; metadata: string | null }

export async function listGroups(cluster: Cluster): Promise<GroupListing[]> {
  const answers = await cluster.every((c) => c.send(ListGroupsRequest, ListGroupsResponse, {}));
  return answers.flatMap((answer) => {
    raise(answer.errorCode, null);
    return answer.groups.map((g) => ({ groupId: g.groupId, protocolType: g.protocolType, state: g.groupState, type: g.groupType }));
  }).sort((a, b) => (a.groupId < b.groupId ? -1 : 1));
}

function readAssignment(bytes: Buffer): { topic: string; partition: number }[] {
  if (bytes.length < 2) return [];
  try {
    const reader = new Reader(bytes);
    const version = Math.min(reader.int16(), ConsumerProtocolAssignment.maxVersion);
    return ConsumerProtocolAssignment.read(reader, version).assignedPartitions.flatMap((t) => t.partitions.map((partition) => ({ topic: t.topic, partition })));
  } catch (error) {
    // A client's own bytes: what can't be read is shown as no assignment.
    if (error instanceof ProtocolError) return [];
    throw error;
  }
}

/** Throws GROUP_ID_NOT_FOUND, GROUP_AUTHORIZATION_FAILED. */
export async function describeGroup(cluster: Cluster, groupId: string): Promise<GroupDescription> {
  const { nodeId, result: answer } = await cluster.coordinator(groupId, (c) => c.send(DescribeGroupsRequest, DescribeGroupsResponse, { groups: [groupId] }));
  const group = answer.groups[0]!;
  raise(group.errorCode, group.errorMessage);
  if (group.groupState === 'Dead') throw new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, `Group ${groupId} not found.`);
  return {
    groupId, state: group.groupState, protocolType: group.protocolType, assignor: group.protocolData, coordinator: nodeId,
    members: group.members.map((m) => ({ memberId: m.memberId, instanceId: m.groupInstanceId, clientId: m.clientId, clientHost: m.clientHost, assignment: group.protocolType === 'consumer' ? readAssignment(m.memberAssignment) : [] })),
  };
}

/** All offsets that the group has committed. */
export async function committedOffsets(cluster: Cluster, groupId: string): Promise<CommittedOffset[]> {
  const { result } = await cluster.coordinator(groupId, async (c) => {
    const version = c.version(OffsetFetchRequest) ?? 0;
    // From version 10 topics come with ids only; names are what callers want, and version 9 has everything that is needed.
    if (version < 8) return c.send(OffsetFetchRequest, OffsetFetchResponse, { groupId, topics: null, requireStable: false });
    return c.send({ ...OffsetFetchRequest, maxVersion: 9 }, OffsetFetchResponse, { groups: [{ groupId, topics: null }], requireStable: false });
  });
  const grouped = result.groups[0];
  if (grouped) raise(grouped.errorCode, null);
  else raise(result.errorCode, null);
  const topics = grouped ? grouped.topics : result.topics;
  return topics.flatMap((t) => t.partitions.filter((p) => p.errorCode === ErrorCode.NONE && p.committedOffset >= 0)
    .map((p) => ({ topic: t.name, partition: p.partitionIndex, offset: p.committedOffset, metadata: p.metadata })));
}
