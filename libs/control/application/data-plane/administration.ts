/** What the platform asks of a cluster for its own purposes, with the platform's own principal. What is refused tells whether trying again can help. */
import type { ClusterAdministration, ClusterHealth, PartitionName, ReachableCluster, Voter } from '#libs/control/domain';
import {
  addVoter, alterConfigs, alterReassignments, ConfigResourceType, describeFeatures, describeQuorum, electLeaders, listReassignments, listTopics, minInsyncReplicas, removeVoter, unregisterBroker, updateFeatures,
  type Cluster, type ConfigChange, type FeaturesDescription, type PartitionOutcome, type QuorumDescription, type QuorumEndpoint,
} from '#libs/kafka/client';
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { OperationalError } from '#libs/kernel';
import { bounded } from './answer-time.js';

/** How far apart static voters and their configuration are is no feature of a version: it stays as the cluster was made. */
const FEATURES_LEFT_ALONE: ReadonlySet<string> = new Set(['kraft.version']);
const CONTROLLER_LISTENER = 'CONTROLLER';
/** Voters fetch without a pause; one that hasn't caught up for so long is down or cut off. */
const VOTER_SILENCE_MAX_MS = 10_000;
/** Less than a node takes to stop and start again. */
const OBSERVERS_APART_MS = 2_000;

export type Connect = (cluster: ReachableCluster) => Cluster | Promise<Cluster>;

export function createClusterAdministration(connect: Connect): ClusterAdministration {
  const on = <T>(cluster: ReachableCluster, work: (client: Cluster) => Promise<T>): Promise<T> => told(Promise.resolve(connect(cluster)).then(work));
  return {
    // Of these two whoever asks over HTTP waits for the answer.
    health: (cluster) => on(cluster, (client) => readHealth(bounded(client, {}))),
    alterConfigs: (cluster, { set, remove }) => on(cluster, async (client) => {
      const changes: ConfigChange[] = [
        ...Object.entries(set).map(([name, value]) => ({ name, value, operation: 'SET' as const })), ...remove.map((name) => ({ name, value: null, operation: 'DELETE' as const })),
      ];
      await alterConfigs(client, ConfigResourceType.broker, '', changes, { validateOnly: false });
    }),
    reassign: (cluster, moves) => on(cluster, async (client) => judge(await alterReassignments(client, moves))),
    electPreferred: (cluster, partitions) => on(cluster, async (client) => {
      // One that isn't in sync yet gets its turn by Kafka's own balancing.
      if (partitions.length > 0) await electLeaders(client, 'preferred', partitions);
    }),
    featuresProblem: (cluster) => on(cluster, async (client) => mixProblem(await featuresOfAll(bounded(client, {})))),
    updateFeatures: (cluster) => on(cluster, raiseFeatures),
    unregisterBroker: (cluster, nodeId) => on(cluster, async (client) => {
      // Where brokers have no registry that outlives them there is nothing to do, and twice is as good as once.
      await unlessCode(unregisterBroker(client, nodeId), [ErrorCode.BROKER_ID_NOT_REGISTERED, ErrorCode.UNSUPPORTED_VERSION]);
    }),
    removeVoter: (cluster, nodeId) => on(cluster, async (client) => {
      for (const { directoryId } of (await describeQuorum(client)).voters.filter((voter) => voter.nodeId === nodeId)) {
        if (directoryId !== null) await unlessCode(removeVoter(client, { nodeId, directoryId }), [ErrorCode.VOTER_NOT_FOUND]);
      }
    }),
    addVoter: (cluster, nodeId) => on(cluster, async (client) => {
      const quorum = await describeQuorum(client);
      if (quorum.voters.some((voter) => voter.nodeId === nodeId)) return;
      await unlessCode(addVoter(client, { nodeId, ...observerOf(quorum, cluster, nodeId) }), [ErrorCode.DUPLICATE_VOTER]);
    }),
  };
}

/** The world that the reconciler knows has errors that pass and errors that stay. */
async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof KafkaError) throw new OperationalError('cluster_refused', `the cluster refuses it: ${error.message}`, error.retriable, { cause: error });
    throw error;
  }
}

async function unlessCode(work: Promise<void>, codes: readonly ErrorCode[]): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof KafkaError && codes.includes(error.code))) throw error;
  });
}

async function readHealth(client: Cluster): Promise<ClusterHealth> {
  // What moves is asked before what is: a move that ends in between counts as one that goes on, not as one that hasn't begun.
  const [description, quorum, moves] = await Promise.all([client.describe(), quorumOf(client), listReassignments(client, null)]);
  const topics = await listTopics(client);
  const moving = new Map(moves.map((each) => [keyOf(each), each]));
  const short = topics.flatMap(({ name, partitions }) => partitions.filter(({ isr, replicas }) => isr.length < replicas.length).map(({ isr, replicas }) => ({ name, isr, replicas })));
  const least = await minInsyncReplicas(client, [...new Set(short.map(({ name }) => name))]);
  return {
    // A topic of fewer replicas than it must have in sync is held to as many as it has.
    underMinIsr: least && short.filter(({ name, isr, replicas }) => isr.length < Math.min(least.get(name) ?? 0, replicas.length)).length,
    brokers: description.brokers.map(({ nodeId, rack }) => ({ nodeId, rack })),
    controllerId: quorum === null ? description.controllerId : quorum.leaderId,
    voters: quorum && votersOf(quorum),
    partitions: topics.flatMap(({ name, isInternal, partitions }) => partitions.map(({ partition, leader, replicas, isr }) => {
      const move = moving.get(keyOf({ topic: name, partition }));
      return { topic: name, partition, leader, isr, replicas: move ? replicas.filter((nodeId) => !move.removingReplicas.includes(nodeId)) : replicas, isMoving: move !== undefined, isInternal };
    })),
  };
}

/** The leader tells its own times as now; one that has just lost its vote leads until that is certain. */
function votersOf({ leaderId, voters, observers }: QuorumDescription): Voter[] {
  const nowMs = [...voters, ...observers].find(({ nodeId }) => nodeId === leaderId)?.lastCaughtUpTimestamp ?? 0;
  return voters.map(({ nodeId, lastCaughtUpTimestamp }) => ({ nodeId, isCurrent: nodeId === leaderId || nowMs - lastCaughtUpTimestamp <= VOTER_SILENCE_MAX_MS }));
}

const keyOf = ({ topic, partition }: PartitionName): string => `${topic}/${partition}`;

/** Null: the cluster has no metadata quorum, or tells nobody of it. */
async function quorumOf(client: Cluster): Promise<QuorumDescription | null> {
  try {
    return await describeQuorum(client);
  } catch (error) {
    if (error instanceof KafkaError && (error.code === ErrorCode.UNSUPPORTED_VERSION || error.code === ErrorCode.CLUSTER_AUTHORIZATION_FAILED)) return null;
    throw error;
  }
}

/** A topic that is gone needs no place. */
function judge(outcomes: readonly PartitionOutcome[]): void {
  const refused = outcomes.find(({ error }) => error !== null && error.code !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  if (refused?.error) throw new OperationalError('move_refused', `${refused.topic}-${refused.partition} can't be moved: ${refused.error.message}`, true, { cause: refused.error });
}

async function featuresOfAll(client: Cluster): Promise<FeaturesDescription[]> {
  const { brokers } = await client.describe();
  return Promise.all(brokers.map(({ nodeId }) => describeFeatures(client, nodeId)));
}

/** Brokers of one version know the same features. */
function mixProblem(features: readonly FeaturesDescription[]): string | null {
  const known = new Set(features.map(({ supported }) => JSON.stringify([...supported].sort((a, b) => (a.name < b.name ? -1 : 1)))));
  return known.size <= 1 ? null : 'its brokers know different features: not all of them run the same version';
}

/** Each feature to the highest level that every broker has: what a version has by default, since what isn't ready a broker doesn't tell of. */
async function raiseFeatures(client: Cluster): Promise<void> {
  const all = await featuresOfAll(client);
  const problem = mixProblem(all);
  if (problem !== null) throw new OperationalError('versions_differ', problem, true);
  const [first] = all;
  if (!first || first.finalized.size === 0) return;
  const updates = first.supported.filter(({ name, max }) => !FEATURES_LEFT_ALONE.has(name) && (first.finalized.get(name) ?? 0) < max).map(({ name, max }) => ({ feature: name, level: max }));
  if (updates.length > 0) await updateFeatures(client, updates, { validateOnly: false });
}

/**
 * The quorum remembers for minutes a node whose vote was taken away, under the directory that is gone: of several with one id the one that fetches now is meant.
 * A vote for the other could never be had.
 */
function observerOf({ observers, nodes }: QuorumDescription, { brokers }: ReachableCluster, nodeId: number): { directoryId: string; listeners: QuorumEndpoint[] } {
  const [newest, older] = observers.filter((observer) => observer.nodeId === nodeId).sort((a, b) => b.lastFetchTimestamp - a.lastFetchTimestamp);
  const isCertain = older === undefined || (newest !== undefined && newest.lastFetchTimestamp - older.lastFetchTimestamp >= OBSERVERS_APART_MS);
  const directoryId = isCertain ? newest?.directoryId : null;
  if (!directoryId) throw new OperationalError('voter_not_ready', `node ${nodeId} doesn't follow the metadata quorum yet`, true);
  const port = brokers.find((broker) => broker.nodeId === nodeId)?.ports.controller;
  // As the others are reached, on the node's own port.
  const like = nodes.flatMap(({ listeners }) => listeners)[0];
  if (port === undefined) throw new OperationalError('voter_unknown', `node ${nodeId} is none of the cluster's`, false);
  return { directoryId, listeners: [{ name: like?.name ?? CONTROLLER_LISTENER, host: like?.host ?? '127.0.0.1', port }] };
}
