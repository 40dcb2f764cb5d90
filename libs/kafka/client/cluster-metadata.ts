/** Who is there: brokers and leaders, from whichever call the cluster has. */
import { DescribeClusterRequest, DescribeClusterResponse, MetadataRequest, MetadataResponse, ZERO_UUID, type MessageCodec } from '#libs/kafka/protocol';
import { clientLimits } from './client.limits.js';
import type { BrokerConnection } from './connection.js';
import { ClusterUnreachableError } from './errors.js';
import { raise } from './raise.js';

export interface BrokerDescription { nodeId: number; host: string; port: number; rack: string | null }
/** Brokers are those alive. `controllerId`: in KRaft any broker, since each forwards to the controller; in ZooKeeper mode the controller, −1 while there is none. */
export interface ClusterDescription { clusterId: string; controllerId: number; brokers: BrokerDescription[]; authorizedOperations: number }

const NOT_ASKED = -2147483648;
const byNodeId = (a: BrokerDescription, b: BrokerDescription): number => a.nodeId - b.nodeId;

/** Each is asked by itself: a crowd that a cluster only claims to have would be work for whoever it names. */
function bounded<T>(brokers: readonly T[]): readonly T[] {
  const { connectionsMax } = clientLimits;
  if (brokers.length > connectionsMax) throw new ClusterUnreachableError(`the cluster lists ${brokers.length} brokers; at most ${connectionsMax} are taken`);
  return brokers;
}

export async function describeBrokers(connection: BrokerConnection): Promise<ClusterDescription> {
  if (connection.version(DescribeClusterRequest as MessageCodec<unknown>) === null) {
    // Before Kafka 2.8: Metadata of no topic.
    const answer = await connection.send(MetadataRequest, MetadataResponse, { topics: [] });
    return { clusterId: answer.clusterId ?? '', controllerId: answer.controllerId, authorizedOperations: NOT_ASKED, brokers: bounded(answer.brokers).map(({ nodeId, host, port, rack }) => ({ nodeId, host, port, rack })).sort(byNodeId) };
  }
  const answer = await connection.send(DescribeClusterRequest, DescribeClusterResponse, { includeClusterAuthorizedOperations: false });
  raise(answer.errorCode, answer.errorMessage);
  return {
    clusterId: answer.clusterId, controllerId: answer.controllerId, authorizedOperations: answer.clusterAuthorizedOperations,
    brokers: bounded(answer.brokers).map((b) => ({ nodeId: b.brokerId, host: b.host, port: b.port, rack: b.rack })).sort(byNodeId),
  };
}

export interface TopicLeaders { topicId: string; /** By partition; −1: none. */ leaders: Map<number, number> }

/** By topic; those that there aren't, or that the principal may not describe, are left out. */
export async function partitionLeaders(connection: BrokerConnection, topics: readonly string[]): Promise<Map<string, TopicLeaders>> {
  if (topics.length === 0) return new Map();
  const draft = { topics: topics.map((name) => ({ name, topicId: ZERO_UUID })), allowAutoTopicCreation: false };
  const answer = await connection.send(MetadataRequest, MetadataResponse, draft);
  return new Map(answer.topics.filter((t) => t.errorCode === 0).map((t) => [t.name ?? '', { topicId: t.topicId, leaders: new Map(t.partitions.map((p) => [p.partitionIndex, p.leaderId])) }]));
}
