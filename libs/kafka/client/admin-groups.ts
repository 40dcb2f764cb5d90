/** Consumer groups over the Kafka protocol: what `kafka-consumer-groups` does. */
import {
  ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, ConsumerProtocolAssignment, DescribeGroupsRequest, DescribeGroupsResponse, ErrorCode, KafkaError, ListGroupsRequest,
  ListGroupsResponse, OffsetFetchRequest, OffsetFetchResponse, ProtocolError, Reader, type MessageCodec,
} from '#libs/kafka/protocol';
import type { Cluster } from './cluster.js';
import type { BrokerConnection } from './connection.js';
import { only, raise } from './raise.js';
import { hasCode } from './retry.js';

export interface GroupListing { groupId: string; protocolType: string; state: string; type: string }
export interface MemberDescription { memberId: string; instanceId: string | null; clientId: string; clientHost: string; assignment: { topic: string; partition: number }[] }
/** `type`: by which of Kafka's protocols its members join. */
export interface GroupDescription { groupId: string; type: 'classic' | 'consumer'; state: string; protocolType: string; assignor: string; coordinator: number; members: MemberDescription[] }
export interface CommittedOffset { topic: string; partition: number; offset: number; metadata: string | null }

/** Those that consume: share and streams groups have calls of their own, and are no consumer groups. Empty: brokers before Kafka 3.8, which have no other. */
const CONSUMING_TYPES: readonly string[] = ['', 'classic', 'consumer'];
const LOADING = new Set<number>([ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, ErrorCode.COORDINATOR_NOT_AVAILABLE]);

export interface GroupsSurvey { groups: GroupListing[]; /** Groups that these coordinate are missing, until others take them over. */ silentBrokers: number[] }

/** Of every broker that answers. Throws ClusterUnreachableError when none does. */
export async function surveyGroups(cluster: Cluster): Promise<GroupsSurvey> {
  const answers = await cluster.survey((c) => cluster.retry((error) => hasCode(error, LOADING), async () => {
    const answer = await c.send(ListGroupsRequest, ListGroupsResponse, {});
    raise(answer.errorCode, null);
    return answer.groups;
  }));
  const silent = answers.flatMap((answer) => (answer.answered ? [] : [answer]));
  if (silent.length > 0 && silent.length === answers.length) throw silent[0]!.error;
  // While a coordinator moves, two brokers may know a group.
  const groups = new Map<string, GroupListing>();
  for (const answer of answers) {
    for (const g of answer.answered ? answer.value : []) {
      if (CONSUMING_TYPES.includes(g.groupType.toLowerCase())) groups.set(g.groupId, { groupId: g.groupId, protocolType: g.protocolType, state: g.groupState, type: g.groupType });
    }
  }
  return { groups: [...groups.values()].sort((a, b) => (a.groupId < b.groupId ? -1 : 1)), silentBrokers: silent.map(({ nodeId }) => nodeId) };
}

/** What `surveyGroups` finds: without the groups of brokers that do not answer. */
export const listGroups = async (cluster: Cluster): Promise<GroupListing[]> => (await surveyGroups(cluster)).groups;

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

type Described = Omit<GroupDescription, 'coordinator'>;

/** Groups of the classic protocol; null: there is none, or it is one of another protocol. */
async function describeClassic(c: BrokerConnection, groupId: string): Promise<Described | null> {
  const group = only((await c.send(DescribeGroupsRequest, DescribeGroupsResponse, { groups: [groupId] })).groups);
  if (group.errorCode === ErrorCode.GROUP_ID_NOT_FOUND || (group.errorCode === ErrorCode.NONE && group.groupState === 'Dead')) return null;
  raise(group.errorCode, group.errorMessage);
  return {
    groupId, type: 'classic', state: group.groupState, protocolType: group.protocolType, assignor: group.protocolData,
    members: group.members.map((m) => ({ memberId: m.memberId, instanceId: m.groupInstanceId, clientId: m.clientId, clientHost: m.clientHost, assignment: group.protocolType === 'consumer' ? readAssignment(m.memberAssignment) : [] })),
  };
}

/** Groups of the consumer protocol (KIP-848). */
async function describeConsumer(c: BrokerConnection, groupId: string): Promise<Described | null> {
  if (c.version(ConsumerGroupDescribeRequest as MessageCodec<unknown>) === null) return null;
  const group = only((await c.send(ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, { groupIds: [groupId] })).groups);
  // UNSUPPORTED_VERSION: a cluster that knows the call and has the protocol switched off.
  if (group.errorCode === ErrorCode.GROUP_ID_NOT_FOUND || group.errorCode === ErrorCode.UNSUPPORTED_VERSION) return null;
  raise(group.errorCode, group.errorMessage);
  return {
    groupId, type: 'consumer', state: group.groupState, protocolType: 'consumer', assignor: group.assignorName,
    members: group.members.map((m) => ({
      memberId: m.memberId, instanceId: m.instanceId, clientId: m.clientId, clientHost: m.clientHost,
      assignment: m.assignment.topicPartitions.flatMap(({ topicName, partitions }) => partitions.map((partition) => ({ topic: topicName, partition }))),
    })),
  };
}

/** Throws GROUP_ID_NOT_FOUND, GROUP_AUTHORIZATION_FAILED. */
export async function describeGroup(cluster: Cluster, groupId: string): Promise<GroupDescription> {
  const { nodeId, result } = await cluster.coordinator(groupId, async (c) => (await describeClassic(c, groupId)) ?? describeConsumer(c, groupId));
  if (result === null) throw new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, `Group ${groupId} not found.`);
  return { ...result, coordinator: nodeId };
}

const CONCURRENT_DESCRIPTIONS = 20;

/** In the order of the ids; those that are gone by now are left out. */
export async function describeGroups(cluster: Cluster, groupIds: readonly string[]): Promise<GroupDescription[]> {
  const found: GroupDescription[] = [];
  const describe = (groupId: string): Promise<GroupDescription[]> => describeGroup(cluster, groupId).then((group) => [group], (error: unknown) => {
    if (error instanceof KafkaError && error.code === ErrorCode.GROUP_ID_NOT_FOUND) return [];
    throw error;
  });
  for (let from = 0; from < groupIds.length; from += CONCURRENT_DESCRIPTIONS) found.push(...(await Promise.all(groupIds.slice(from, from + CONCURRENT_DESCRIPTIONS).map(describe))).flat());
  return found;
}

/** All offsets that the group has committed. */
export async function committedOffsets(cluster: Cluster, groupId: string): Promise<CommittedOffset[]> {
  const { result } = await cluster.coordinator(groupId, async (c) => {
    const version = c.version(OffsetFetchRequest as MessageCodec<unknown>) ?? 0;
    // From version 10 topics come with ids only; names are what callers want, and version 9 has everything that is needed.
    const answer = version < 8
      ? await c.send(OffsetFetchRequest, OffsetFetchResponse, { groupId, topics: null, requireStable: false })
      : await c.send({ ...OffsetFetchRequest, maxVersion: 9 }, OffsetFetchResponse, { groups: [{ groupId, topics: null }], requireStable: false });
    raise(answer.groups[0]?.errorCode ?? answer.errorCode, null);
    return answer;
  });
  const grouped = result.groups[0];
  const topics = grouped ? grouped.topics : result.topics;
  return topics.flatMap((t) => t.partitions.filter((p) => p.errorCode === ErrorCode.NONE && p.committedOffset >= 0)
    .map((p) => ({ topic: t.name, partition: p.partitionIndex, offset: p.committedOffset, metadata: p.metadata })));
}
