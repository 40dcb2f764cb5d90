/** Where replicas are, and who of them leads: what `kafka-reassign-partitions` and `kafka-leader-election` do. */
import {
  AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, ElectLeadersRequest, ElectLeadersResponse, ErrorCode, KafkaError, ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse, errorName,
} from '#libs/kafka/protocol';
import type { Cluster, PartitionName } from './cluster.js';
import { raise } from './raise.js';

const ADMIN_TIMEOUT_MS = 30_000;

export interface ReassignmentDescription { topic: string; partition: number; addingReplicas: number[]; removingReplicas: number[] }

/** Those under way, of all topics when `topic` is null. Throws CLUSTER_AUTHORIZATION_FAILED; NOT_CONTROLLER in ZooKeeper mode when there is no controller for so long. */
export async function listReassignments(cluster: Cluster, topic: { name: string; partitions: readonly number[] } | null, options: { timeoutMs?: number } = {}): Promise<ReassignmentDescription[]> {
  const topics = topic === null ? null : [{ name: topic.name, partitionIndexes: [...topic.partitions] }];
  const answer = await cluster.controller(async (c) => {
    const listed = await c.send(ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse, { topics, timeoutMs: ADMIN_TIMEOUT_MS });
    raise(listed.errorCode, listed.errorMessage);
    return listed;
  }, { repeatable: true, isChange: false, ...options });
  return answer.topics.flatMap(({ name, partitions }) => partitions.map(({ partitionIndex, addingReplicas, removingReplicas }) => ({ topic: name, partition: partitionIndex, addingReplicas, removingReplicas })));
}

/** The first replica is the preferred leader. null ends a reassignment under way: the replicas from before stay. */
export interface Reassignment extends PartitionName { replicas: readonly number[] | null }
export interface PartitionOutcome extends PartitionName { error: KafkaError | null }

function byTopic<T extends PartitionName>(partitions: readonly T[]): [string, T[]][] {
  const topics = new Map<string, T[]>();
  for (const each of partitions) topics.set(each.topic, [...(topics.get(each.topic) ?? []), each]);
  return [...topics];
}
const toError = (code: number, message: string | null): KafkaError | null => (code === ErrorCode.NONE ? null : new KafkaError(code as ErrorCode, message ?? errorName(code)));

/**
 * Begins (or with null ends) moving partitions; each partition is judged alone: INVALID_REPLICA_ASSIGNMENT for a broker that there isn't,
 * UNKNOWN_TOPIC_OR_PARTITION, NO_REASSIGNMENT_IN_PROGRESS to end none. Throws CLUSTER_AUTHORIZATION_FAILED.
 */
export async function alterReassignments(cluster: Cluster, reassignments: readonly Reassignment[]): Promise<PartitionOutcome[]> {
  const topics = byTopic(reassignments).map(([name, some]) => ({ name, partitions: some.map(({ partition, replicas }) => ({ partitionIndex: partition, replicas: replicas === null ? null : [...replicas] })) }));
  const answer = await cluster.controller(async (c) => {
    const altered = await c.send(AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, { topics, timeoutMs: ADMIN_TIMEOUT_MS });
    raise(altered.errorCode, altered.errorMessage);
    return altered;
  }, { repeatable: true });
  return answer.responses.flatMap(({ name, partitions }) => partitions.map(({ partitionIndex, errorCode, errorMessage }) => ({ topic: name, partition: partitionIndex, error: toError(errorCode, errorMessage) })));
}

const ELECTION_TYPE = { preferred: 0, unclean: 1 } as const;

/**
 * Elects the preferred replica (if it is in sync) or, unclean, any that lives where none in sync does: records may be lost by that. `partitions` null: all.
 * A partition that needs no election is no error and with null isn't told. Each is judged alone: PREFERRED_LEADER_NOT_AVAILABLE,
 * ELIGIBLE_LEADERS_NOT_AVAILABLE, UNKNOWN_TOPIC_OR_PARTITION. Throws CLUSTER_AUTHORIZATION_FAILED.
 */
export async function electLeaders(cluster: Cluster, type: keyof typeof ELECTION_TYPE, partitions: readonly PartitionName[] | null): Promise<PartitionOutcome[]> {
  const topicPartitions = partitions === null ? null : byTopic(partitions).map(([topic, some]) => ({ topic, partitions: some.map(({ partition }) => partition) }));
  const answer = await cluster.controller(async (c) => {
    const elected = await c.send(ElectLeadersRequest, ElectLeadersResponse, { electionType: ELECTION_TYPE[type], topicPartitions, timeoutMs: ADMIN_TIMEOUT_MS });
    // In ZooKeeper mode each partition says that this isn't the controller.
    if (elected.replicaElectionResults.some(({ partitionResult }) => partitionResult.some(({ errorCode }) => errorCode === ErrorCode.NOT_CONTROLLER))) raise(ErrorCode.NOT_CONTROLLER, null);
    raise(elected.errorCode, null);
    return elected;
  }, { repeatable: true });
  return answer.replicaElectionResults.flatMap(({ topic, partitionResult }) => partitionResult.map(({ partitionId, errorCode, errorMessage }) => (
    { topic, partition: partitionId, error: errorCode === ErrorCode.ELECTION_NOT_NEEDED ? null : toError(errorCode, errorMessage) })));
}
