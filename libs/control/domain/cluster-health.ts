/**
 * What a cluster says of itself over the Kafka protocol, whichever engine it is, and what the platform asks it to do while it changes its
 * nodes. Rules on it are pure and stand here, so that requests are refused for the same reasons for which the work would wait.
 */
import type { DesiredBroker } from './cluster-driver.js';

export interface PartitionName { topic: string; partition: number }

export interface PartitionHealth extends PartitionName {
  /** Null: offline. */
  leader: number | null;
  /** The first is the preferred leader. While it is being moved: what it is to be. */
  replicas: readonly number[];
  isr: readonly number[];
  isMoving: boolean;
  /** Of a topic of Kafka's own: as many replicas as the cluster's size allows are the platform's concern. Left out: of somebody's. */
  isInternal?: boolean;
}

export interface Voter {
  nodeId: number;
  /** It follows the quorum at present, or leads it: its vote can be had. */
  isCurrent: boolean;
}

export interface ClusterHealth {
  /** Registered, and not fenced. */
  brokers: readonly { nodeId: number; rack: string | null }[];
  /** The active controller; null when the cluster doesn't tell. */
  controllerId: number | null;
  /** Of the metadata quorum; null for a cluster that has none, or doesn't tell. */
  voters: readonly Voter[] | null;
  partitions: readonly PartitionHealth[];
  /** Partitions with fewer replicas in sync than they must have: `acks=all` is refused. Null, or left out: the cluster doesn't tell. */
  underMinIsr?: number | null;
}

export interface HealthSummary {
  brokers: number[];
  controllerId: number | null;
  voters: number[] | null;
  partitions: number;
  underReplicated: number;
  /** Null: the cluster doesn't tell. */
  underMinIsr: number | null;
  offline: number;
  moving: number;
  /** The first of those that aren't well. */
  examples: { topic: string; partition: number; leader: number | null; replicas: readonly number[]; isr: readonly number[] }[];
}

/** Which replicas a partition is to have, in this order. */
export interface PartitionMove extends PartitionName { replicas: readonly number[] }

/** What it takes to reach a cluster as the platform. */
export interface ReachableCluster { clusterId: string; /** Name of the driver. */ engine: string; version: string | null; brokers: readonly Pick<DesiredBroker, 'nodeId' | 'ports' | 'roles'>[] }

/** Calls of the platform's own, for the life of a cluster. Each may be repeated. What can't be reached is thrown as OperationalError. */
export interface ClusterAdministration {
  health(cluster: ReachableCluster): Promise<ClusterHealth>;
  /** Defaults of the whole cluster. */
  alterConfigs(cluster: ReachableCluster, change: { set: Readonly<Record<string, string>>; remove: readonly string[] }): Promise<void>;
  /** Begins to move; a move that is under way already goes on. */
  reassign(cluster: ReachableCluster, moves: readonly PartitionMove[]): Promise<void>;
  /** Makes the first replica of each the leader, where it is in sync. */
  electPreferred(cluster: ReachableCluster, partitions: readonly PartitionName[]): Promise<void>;
  /** Why another version can't come now: its brokers don't agree on what they know; null when it can. */
  featuresProblem(cluster: ReachableCluster): Promise<string | null>;
  /** Enables what the version that all nodes run brings. */
  updateFeatures(cluster: ReachableCluster): Promise<void>;
  unregisterBroker(cluster: ReachableCluster, nodeId: number): Promise<void>;
  /** Takes the node's vote away, whichever directory it had. Not a voter: nothing to do. */
  removeVoter(cluster: ReachableCluster, nodeId: number): Promise<void>;
  /** Gives a vote to the node as it runs now, once it has caught up. */
  addVoter(cluster: ReachableCluster, nodeId: number): Promise<void>;
}

const EXAMPLES_MAX = 20;

export const isUnderReplicated = ({ isr, replicas }: Pick<PartitionHealth, 'isr' | 'replicas'>): boolean => replicas.some((nodeId) => !isr.includes(nodeId));

export function summarize({ brokers, controllerId, voters, partitions, underMinIsr }: ClusterHealth): HealthSummary {
  const [underReplicated, offline, moving] = [partitions.filter(isUnderReplicated), partitions.filter(({ leader }) => leader === null), partitions.filter(({ isMoving }) => isMoving)];
  const unwell = new Set([...offline, ...underReplicated]);
  return {
    brokers: brokers.map(({ nodeId }) => nodeId), controllerId, voters: voters?.map(({ nodeId }) => nodeId) ?? null,
    partitions: partitions.length, underReplicated: underReplicated.length, underMinIsr: underMinIsr ?? null, offline: offline.length, moving: moving.length,
    examples: [...unwell].slice(0, EXAMPLES_MAX).map(({ topic, partition, leader, replicas, isr }) => ({ topic, partition, leader, replicas, isr })),
  };
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** Why no node may be taken down at present; null: one may. */
export function unrestProblem(health: ClusterHealth, wanted: readonly number[]): string | null {
  const missing = wanted.filter((nodeId) => !health.brokers.some((broker) => broker.nodeId === nodeId));
  if (missing.length > 0) return `${missing.length === 1 ? 'broker' : 'brokers'} ${missing.join(', ')} not registered`;
  const silent = (health.voters ?? []).filter(({ isCurrent }) => !isCurrent).map(({ nodeId }) => nodeId);
  if (silent.length > 0) return `${silent.length === 1 ? 'controller' : 'controllers'} ${silent.join(', ')} not up to date`;
  const offline = health.partitions.filter(({ leader }) => leader === null).length;
  if (offline > 0) return `${count(offline, 'partition')} offline`;
  const behind = health.partitions.filter(isUnderReplicated).length;
  return behind > 0 ? `${count(behind, 'partition')} under-replicated` : null;
}

/** Why the quorum can't do without the node's vote; null: those that remain are a majority of their own, and at hand. */
export function quorumProblem({ voters }: Pick<ClusterHealth, 'voters'>, nodeId: number): string | null {
  const rest = (voters ?? []).filter((voter) => voter.nodeId !== nodeId);
  const current = rest.filter(({ isCurrent }) => isCurrent).length;
  return voters === null || current * 2 > rest.length ? null : `${current} of the ${rest.length} other controllers up to date: no majority`;
}

/** Why the set of voters that is told may not be the one that counts yet; null: it is led by one of them, and most of them follow. */
export function voterSetProblem({ voters, controllerId }: Pick<ClusterHealth, 'voters' | 'controllerId'>): string | null {
  if (voters === null) return null;
  if (!voters.some(({ nodeId }) => nodeId === controllerId)) return 'the controllers elect another leader';
  const current = voters.filter(({ isCurrent }) => isCurrent).length;
  return current * 2 > voters.length ? null : `${current} of ${voters.length} controllers up to date: no majority`;
}

/** Partitions that nobody else has a copy of that counts. */
export const onlyCopies = ({ partitions }: ClusterHealth, nodeId: number): PartitionHealth[] =>
  partitions.filter(({ isr, replicas }) => (isr.length === 0 ? replicas.includes(nodeId) : isr.every((each) => each === nodeId)));

/** What a lost or wished-away broker takes with it; null: nothing that isn't elsewhere. */
export function lossProblem(health: ClusterHealth, nodeId: number): string | null {
  if (health.voters?.length === 1 && health.voters[0]!.nodeId === nodeId) return `node ${nodeId} is the only one that keeps the cluster's metadata`;
  const lost = onlyCopies(health, nodeId);
  const [first] = lost;
  return first ? `${count(lost.length, 'partition')} would be lost with it, ${first.topic}-${first.partition} among them` : null;
}

/** Why these many brokers are too few; null: they aren't. Kafka's own topics give up the replicas for which there is no broker left. */
export function tooFewProblem({ partitions }: Pick<ClusterHealth, 'partitions'>, brokers: number): string | null {
  const largest = partitions.filter(({ isInternal }) => !isInternal).reduce<PartitionHealth | null>((most, each) => (each.replicas.length > (most?.replicas.length ?? 0) ? each : most), null);
  return largest && largest.replicas.length > brokers ? `topic ${largest.topic} has ${count(largest.replicas.length, 'replica')}: it needs as many brokers` : null;
}
