/** The KRaft quorum: what `kafka-metadata-quorum` does. In ZooKeeper mode every call here is UNSUPPORTED_VERSION. */
import {
  AddRaftVoterRequest, AddRaftVoterResponse, DescribeQuorumRequest, DescribeQuorumResponse, ErrorCode, KafkaError, RemoveRaftVoterRequest, RemoveRaftVoterResponse, ZERO_UUID,
} from '#libs/kafka/protocol';
import type { Cluster } from './cluster.js';
import { raise } from './raise.js';

export interface QuorumReplica {
  nodeId: number;
  /** null: the cluster does not tell (before Kafka 3.9, or voters that are configured statically). */
  directoryId: string | null;
  logEndOffset: number;
  /** Records behind the leader's end; −1: unknown. */
  lag: number;
  /** Milliseconds of the epoch; −1: unknown. */
  lastFetchTimestamp: number;
  lastCaughtUpTimestamp: number;
}
export interface QuorumEndpoint { name: string; host: string; port: number }
export interface QuorumDescription {
  leaderId: number;
  leaderEpoch: number;
  highWatermark: number;
  voters: QuorumReplica[];
  /** Brokers without a vote, and controllers that are not voters yet. */
  observers: QuorumReplica[];
  /** Where voters are reached; empty before Kafka 3.9. */
  nodes: { nodeId: number; listeners: QuorumEndpoint[] }[];
}

const METADATA_TOPIC = '__cluster_metadata';
const ADMIN_TIMEOUT_MS = 30_000;

type ReplicaState = DescribeQuorumResponse['topics'][number]['partitions'][number]['observers'][number];

function presentReplica(replica: ReplicaState, leaderEnd: number): QuorumReplica {
  const { replicaId, replicaDirectoryId, logEndOffset, lastFetchTimestamp, lastCaughtUpTimestamp } = replica;
  const lag = leaderEnd < 0 || logEndOffset < 0 ? -1 : Math.max(0, leaderEnd - logEndOffset);
  return { nodeId: replicaId, directoryId: replicaDirectoryId === ZERO_UUID ? null : replicaDirectoryId, logEndOffset, lag, lastFetchTimestamp, lastCaughtUpTimestamp };
}
const byNodeId = (a: QuorumReplica, b: QuorumReplica): number => a.nodeId - b.nodeId;

/** Throws UNSUPPORTED_VERSION without KRaft, CLUSTER_AUTHORIZATION_FAILED, LEADER_NOT_AVAILABLE while the quorum elects (after trying for a call's time). */
export async function describeQuorum(cluster: Cluster): Promise<QuorumDescription> {
  const draft = { topics: [{ topicName: METADATA_TOPIC, partitions: [{ partitionIndex: 0 }] }] };
  return cluster.any(async (c) => {
    const answer = await c.send(DescribeQuorumRequest, DescribeQuorumResponse, draft);
    raise(answer.errorCode, answer.errorMessage);
    const partition = answer.topics[0]?.partitions[0];
    if (!partition) throw new KafkaError(ErrorCode.LEADER_NOT_AVAILABLE, 'the cluster tells nothing of its quorum');
    // Asked of a controller that has just lost its lead: "any" tries again for LEADER_NOT_AVAILABLE.
    if (partition.errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER) throw new KafkaError(ErrorCode.LEADER_NOT_AVAILABLE, 'the quorum elects a leader');
    raise(partition.errorCode, partition.errorMessage);
    const leaderEnd = partition.currentVoters.find(({ replicaId }) => replicaId === partition.leaderId)?.logEndOffset ?? -1;
    return {
      leaderId: partition.leaderId, leaderEpoch: partition.leaderEpoch, highWatermark: partition.highWatermark,
      voters: partition.currentVoters.map((each) => presentReplica(each, leaderEnd)).sort(byNodeId),
      observers: partition.observers.map((each) => presentReplica(each, leaderEnd)).sort(byNodeId),
      nodes: answer.nodes.map(({ nodeId, listeners }) => ({ nodeId, listeners: listeners.map(({ name, host, port }) => ({ name, host, port })) })),
    };
  });
}

export interface NewVoter { nodeId: number; directoryId: string; /** Its controller listeners. */ listeners: readonly QuorumEndpoint[] }

/**
 * Makes a controller that already fetches the metadata log a voter (KIP-853). Throws DUPLICATE_VOTER when it is one, REQUEST_TIMED_OUT when it does not catch
 * up or another change of voters is under way, INVALID_REQUEST, UNSUPPORTED_VERSION when `kraft.version` is 0, INCONSISTENT_CLUSTER_ID, CLUSTER_AUTHORIZATION_FAILED.
 */
export async function addVoter(cluster: Cluster, voter: NewVoter, options: { clusterId?: string; timeoutMs?: number } = {}): Promise<void> {
  const timeoutMs = options.timeoutMs ?? ADMIN_TIMEOUT_MS;
  const draft = { clusterId: options.clusterId ?? null, timeoutMs, voterId: voter.nodeId, voterDirectoryId: voter.directoryId, listeners: voter.listeners };
  await cluster.any(async (c) => {
    const answer = await c.send(AddRaftVoterRequest, AddRaftVoterResponse, draft, { timeoutMs: timeoutMs + ANSWER_SLACK_MS });
    raise(answer.errorCode, answer.errorMessage);
  }, { repeatable: false });
}

/** Takes a voter's vote away; its process may go on as an observer. Throws VOTER_NOT_FOUND, and what `addVoter` does. */
export async function removeVoter(cluster: Cluster, voter: { nodeId: number; directoryId: string }, options: { clusterId?: string } = {}): Promise<void> {
  const draft = { clusterId: options.clusterId ?? null, voterId: voter.nodeId, voterDirectoryId: voter.directoryId };
  await cluster.any(async (c) => {
    const answer = await c.send(RemoveRaftVoterRequest, RemoveRaftVoterResponse, draft);
    raise(answer.errorCode, answer.errorMessage);
  }, { repeatable: false });
}

/** The broker answers when its own time is over: so much later than asked. */
const ANSWER_SLACK_MS = 5_000;
