/** How a cluster is, from what it tells of its partitions: one pass over them in pages, and a config only of topics that have something wrong. */
import {
  DescribeClusterRequest, DescribeConfigsRequest, DescribeConfigsResponse, DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, ErrorCode, MetadataRequest,
  MetadataResponse, DescribeClusterResponse, type MessageCodec,
} from '#libs/kafka/protocol';
import { listReassignments, type ReassignmentDescription } from './admin-reassignments.js';
import { ConfigResourceType } from './admin-configs.js';
import { clientLimits } from './client.limits.js';
import type { BrokerDescription } from './cluster-metadata.js';
import type { Cluster, PartitionName } from './cluster.js';
import type { BrokerConnection } from './connection.js';
import { ClusterUnreachableError } from './errors.js';
import { raise } from './raise.js';
import { hasCode } from './retry.js';

/** All are counted, the first `healthNamedMax` are named. */
export interface PartitionSet { count: number; named: PartitionName[] }
export interface BrokerShare { nodeId: number; /** It is among those alive. */ alive: boolean; replicas: number; leaders: number; /** Replicas of it that are not in sync. */ outOfSync: number }

export interface ClusterHealth {
  clusterId: string;
  /** In ZooKeeper mode the controller, null while there is none. In KRaft any broker: `describeQuorum` tells the active one. */
  controllerId: number | null;
  brokers: BrokerDescription[];
  /** Registered and not alive; null where the cluster does not tell (before Kafka 4.0, ZooKeeper mode). */
  fencedBrokers: number[] | null;
  topics: number;
  partitions: number;
  /** Fewer in sync than replicas (replicas that a reassignment adds aside). */
  underReplicated: PartitionSet;
  /** Fewer in sync than `min.insync.replicas`: acks=all is refused. null: this principal may not see the configs. */
  underMinIsr: PartitionSet | null;
  /** Without a leader: neither read nor written. */
  offline: PartitionSet;
  /** Led by another than the first of their replicas. */
  notPreferred: number;
  /** Under way; null: not told to this principal, or by a cluster that is without a controller at the moment. */
  reassignments: ReassignmentDescription[] | null;
  /** By node id: brokers alive, and those that have replicas. */
  shares: BrokerShare[];
}

interface PartitionState { topic: string; partition: number; leader: number; replicas: readonly number[]; isr: readonly number[] }

const PAGE_PARTITIONS = 2_000;
const PAGES_MAX = 10_000;

async function* pagesOf(cluster: Cluster): AsyncGenerator<PartitionState[]> {
  const has = await cluster.any(async (c) => c.version(DescribeTopicPartitionsRequest as MessageCodec<unknown>) !== null);
  if (!has) {
    // ZooKeeper mode, and KRaft before 3.8: all in one answer.
    const { topics } = await cluster.any((c) => c.send(MetadataRequest, MetadataResponse, { topics: null, allowAutoTopicCreation: false }));
    yield topics.flatMap((t) => t.partitions.map((p) => ({ topic: t.name ?? '', partition: p.partitionIndex, leader: p.leaderId, replicas: p.replicaNodes, isr: p.isrNodes })));
    return;
  }
  let cursor: DescribeTopicPartitionsResponse['nextCursor'] = null;
  for (let page = 0; page < PAGES_MAX; page++) {
    const draft: Parameters<typeof DescribeTopicPartitionsRequest.write>[2] = { topics: [], responsePartitionLimit: PAGE_PARTITIONS, cursor };
    const answer: DescribeTopicPartitionsResponse = await cluster.any((c) => c.send(DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, draft));
    yield answer.topics.flatMap((t) => t.partitions.map((p) => ({ topic: t.name ?? '', partition: p.partitionIndex, leader: p.leaderId, replicas: p.replicaNodes, isr: p.isrNodes })));
    const next = answer.nextCursor;
    if (next === null || (cursor !== null && next.topicName === cursor.topicName && next.partitionIndex === cursor.partitionIndex)) return;
    cursor = next;
  }
}

const nameOf = ({ topic, partition }: PartitionName): string => `${topic}-${partition}`;
const setOf = (partitions: readonly PartitionName[]): PartitionSet => ({ count: partitions.length, named: partitions.slice(0, clientLimits.healthNamedMax).map(({ topic, partition }) => ({ topic, partition })) });

const NOT_TOLD = new Set<number>([ErrorCode.CLUSTER_AUTHORIZATION_FAILED, ErrorCode.TOPIC_AUTHORIZATION_FAILED, ErrorCode.UNSUPPORTED_VERSION, ErrorCode.NOT_CONTROLLER, ErrorCode.BROKER_NOT_AVAILABLE]);

async function toldOrNull<T>(work: Promise<T>): Promise<T | null> {
  return work.catch((error: unknown) => {
    if (hasCode(error, NOT_TOLD) || error instanceof ClusterUnreachableError) return null;
    throw error;
  });
}

/** `min.insync.replicas` by topic; a topic that is gone by now has none. */
async function minIsrOf(cluster: Cluster, topics: readonly string[]): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (let from = 0; from < topics.length; from += clientLimits.configTopicsMax) {
    const resources = topics.slice(from, from + clientLimits.configTopicsMax).map((resourceName) => ({ resourceType: ConfigResourceType.topic, resourceName, configurationKeys: ['min.insync.replicas'] }));
    const { results } = await cluster.any((c) => c.send(DescribeConfigsRequest, DescribeConfigsResponse, { resources, includeSynonyms: false, includeDocumentation: false }));
    for (const { errorCode, errorMessage, resourceName, configs } of results) {
      if (errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) continue;
      raise(errorCode, errorMessage);
      found.set(resourceName, Number(configs[0]?.value ?? 1));
    }
  }
  return found;
}

/** The same; null: this principal may not see the configs. */
export const minInsyncReplicas = (cluster: Cluster, topics: readonly string[]): Promise<Map<string, number> | null> => toldOrNull(minIsrOf(cluster, topics));

interface Alive { clusterId: string; controllerId: number; brokers: BrokerDescription[]; fenced: number[] | null }

/** With the fenced ones where the cluster tells them (KIP-1073). */
async function aliveBrokers(cluster: Cluster): Promise<Alive> {
  const withFenced = async (c: BrokerConnection): Promise<Alive | null> => {
    if ((c.version(DescribeClusterRequest as MessageCodec<unknown>) ?? 0) < 2) return null;
    const answer = await c.send(DescribeClusterRequest, DescribeClusterResponse, { includeFencedBrokers: true });
    raise(answer.errorCode, answer.errorMessage);
    const brokers = answer.brokers.filter((b) => !b.isFenced).map((b) => ({ nodeId: b.brokerId, host: b.host, port: b.port, rack: b.rack })).sort((a, b) => a.nodeId - b.nodeId);
    return { clusterId: answer.clusterId, controllerId: answer.controllerId, brokers, fenced: answer.brokers.filter((b) => b.isFenced).map((b) => b.brokerId).sort((a, b) => a - b) };
  };
  return (await cluster.any(withFenced)) ?? { ...(await cluster.describe()), fenced: null };
}

/** Costs a call for each 2,000 partitions, and few more. Throws ClusterUnreachableError when no broker answers, CLUSTER_AUTHORIZATION_FAILED. */
export async function clusterHealth(cluster: Cluster): Promise<ClusterHealth> {
  const [alive, reassignments] = await Promise.all([aliveBrokers(cluster), toldOrNull(listReassignments(cluster, null, { timeoutMs: clientLimits.healthControllerWaitMs }))]);
  const adding = new Map((reassignments ?? []).map((each) => [nameOf(each), new Set(each.addingReplicas)]));
  const shares = new Map<number, BrokerShare>(alive.brokers.map(({ nodeId }) => [nodeId, { nodeId, alive: true, replicas: 0, leaders: 0, outOfSync: 0 }]));
  const shareOf = (nodeId: number): BrokerShare => {
    const share = shares.get(nodeId) ?? { nodeId, alive: false, replicas: 0, leaders: 0, outOfSync: 0 };
    shares.set(nodeId, share);
    return share;
  };
  const topics = new Set<string>();
  const short: (PartitionState & { wanted: number })[] = [];
  const offline: PartitionState[] = [];
  let partitions = 0;
  let notPreferred = 0;
  for await (const page of pagesOf(cluster)) {
    for (const state of page) {
      topics.add(state.topic);
      partitions += 1;
      const added = adding.get(nameOf(state));
      const wanted = added ? state.replicas.filter((nodeId) => !added.has(nodeId)).length : state.replicas.length;
      if (state.isr.length < wanted) short.push({ ...state, wanted });
      if (state.leader < 0) offline.push(state);
      else {
        shareOf(state.leader).leaders += 1;
        if (state.leader !== state.replicas[0]) notPreferred += 1;
      }
      for (const nodeId of state.replicas) {
        const share = shareOf(nodeId);
        share.replicas += 1;
        if (!state.isr.includes(nodeId)) share.outOfSync += 1;
      }
    }
  }
  const minIsr = await minInsyncReplicas(cluster, [...new Set(short.map(({ topic }) => topic))]);
  return {
    clusterId: alive.clusterId, controllerId: alive.controllerId < 0 ? null : alive.controllerId, brokers: alive.brokers, fencedBrokers: alive.fenced,
    topics: topics.size, partitions, underReplicated: setOf(short), offline: setOf(offline), notPreferred, reassignments,
    // A topic of fewer replicas than its `min.insync.replicas` is held to as many as it has.
    underMinIsr: minIsr && setOf(short.filter(({ topic, isr, wanted }) => isr.length < Math.min(minIsr.get(topic) ?? 0, wanted))),
    shares: [...shares.values()].sort((a, b) => a.nodeId - b.nodeId),
  };
}
