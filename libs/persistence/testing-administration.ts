import { OperationalError } from '#libs/kernel';
import type { ClusterAdministration, ClusterHealth, PartitionHealth, ReachableCluster } from '#libs/control/domain';
import type { FakeDriver } from './testing-driver.js';

interface Partition { topic: string; partition: number; replicas: number[]; /** Questions until a move is done. */ movesFor: number }
interface World { partitions: Partition[]; voters: Set<number> | null; leader: number | null; configs: Record<string, string>; features: number; registered: Set<number> }

/** For tests only: what the clusters of the machine in memory say of themselves. It outlives reconcilers, as the clusters do. */
export interface FakeAdministration extends ClusterAdministration {
  readonly calls: string[];
  addTopic(clusterId: string, topic: string, assignments: readonly (readonly number[])[]): void;
  removeTopic(clusterId: string, topic: string): void;
  partitions(clusterId: string): readonly Readonly<Partition>[];
  voters(clusterId: string): number[];
  /** From now on this voter leads, as long as it is up. */
  lead(clusterId: string, nodeId: number): void;
  /** Nodes that had a vote while their process was started as something else. */
  readonly voteless: string[];
  configs(clusterId: string): Readonly<Record<string, string>>;
  /** Replicas of this node stay out of sync until it is called again with false. */
  lag(clusterId: string, nodeId: number, lags: boolean): void;
  /** The most partitions that were under way at once. */
  mostMoving(): number;
  /** The next call of this method fails once, before its effect. */
  failOnce(method: keyof ClusterAdministration, error?: OperationalError): void;
}

export function createFakeAdministration(driver: FakeDriver): FakeAdministration {
  const worlds = new Map<string, World>();
  const lagging = new Set<string>();
  const failing = new Map<string, OperationalError>();
  let most = 0;
  const worldOf = ({ clusterId, brokers }: Pick<ReachableCluster, 'clusterId' | 'brokers'>): World => {
    const found = worlds.get(clusterId) ?? { partitions: [], voters: new Set(brokers.filter(({ roles }) => roles.includes('controller')).map(({ nodeId }) => nodeId)), leader: null, configs: {}, features: 0, registered: new Set<number>() };
    worlds.set(clusterId, found);
    return found;
  };
  const ready = (clusterId: string): Set<number> => new Set([...driver.clusters.get(clusterId)?.brokers.values() ?? []].filter(({ process }) => process === 'ready').map(({ nodeId }) => nodeId));
  const isController = (clusterId: string, nodeId: number): boolean => driver.clusters.get(clusterId)?.brokers.get(nodeId)?.roles.includes('controller') ?? false;
  const enter = (method: keyof ClusterAdministration, cluster: ReachableCluster, detail: string | number = ''): World => {
    if (method !== 'health') administration.calls.push(`${method} ${cluster.clusterId} ${detail}`.trim());
    const error = failing.get(method);
    failing.delete(method);
    if (error) throw error;
    const world = worldOf(cluster);
    const up = ready(cluster.clusterId);
    const voters = [...world.voters ?? []].filter((nodeId) => up.has(nodeId));
    const alive = voters.filter((nodeId) => isController(cluster.clusterId, nodeId));
    administration.voteless.push(...voters.filter((nodeId) => !alive.includes(nodeId)).map((nodeId) => `${cluster.clusterId} ${nodeId}`));
    if (up.size === 0 || (world.voters && alive.length * 2 <= world.voters.size)) throw new OperationalError('unreachable', 'no quorum answers', true);
    return world;
  };
  const healthOf = (cluster: ReachableCluster, world: World): ClusterHealth => {
    const up = ready(cluster.clusterId);
    const nodes = cluster.brokers.filter(({ nodeId, roles }) => roles.includes('broker') && up.has(nodeId));
    const inSync = (nodeId: number): boolean => up.has(nodeId) && !lagging.has(`${cluster.clusterId}/${nodeId}`);
    const partitions = world.partitions.map((each): PartitionHealth => {
      const isr = each.replicas.filter(inSync);
      const isMoving = each.movesFor > 0;
      if (isMoving) each.movesFor -= 1;
      return { topic: each.topic, partition: each.partition, replicas: each.replicas, isr: isMoving ? isr.slice(0, 1) : isr, leader: isr[0] ?? null, isMoving, isInternal: each.topic.startsWith('__') };
    });
    const leads = (nodeId: number): boolean => up.has(nodeId) && (world.voters?.has(nodeId) ?? false);
    most = Math.max(most, partitions.filter(({ isMoving }) => isMoving).length);
    return { brokers: nodes.map(({ nodeId }) => ({ nodeId, rack: null })), controllerId: [world.leader ?? 0, ...world.voters ?? []].find(leads) ?? null, voters: world.voters && [...world.voters].map((nodeId) => ({ nodeId, isCurrent: up.has(nodeId) })), partitions };
  };
  const administration: FakeAdministration = {
    calls: [],
    voteless: [],
    lead: (clusterId, nodeId) => { worlds.get(clusterId)!.leader = nodeId; },
    addTopic: (clusterId, topic, assignments) => { worlds.get(clusterId)!.partitions.push(...assignments.map((replicas, partition) => ({ topic, partition, replicas: [...replicas], movesFor: 0 }))); },
    removeTopic: (clusterId, topic) => { const world = worlds.get(clusterId)!; world.partitions = world.partitions.filter((each) => each.topic !== topic); },
    partitions: (clusterId) => worlds.get(clusterId)?.partitions ?? [],
    voters: (clusterId) => [...worlds.get(clusterId)?.voters ?? []].sort((a, b) => a - b),
    configs: (clusterId) => worlds.get(clusterId)?.configs ?? {},
    lag: (clusterId, nodeId, lags) => { if (lags) lagging.add(`${clusterId}/${nodeId}`); else lagging.delete(`${clusterId}/${nodeId}`); },
    mostMoving: () => most,
    failOnce: (method, error = new OperationalError('cluster_failed', `${method} failed`, true)) => { failing.set(method, error); },
    health: async (cluster) => healthOf(cluster, enter('health', cluster)),
    alterConfigs: async (cluster, { set, remove }) => {
      const world = enter('alterConfigs', cluster);
      Object.assign(world.configs, set);
      for (const key of remove) delete world.configs[key];
    },
    reassign: async (cluster, moves) => {
      const world = enter('reassign', cluster, moves.length);
      for (const move of moves) {
        const found = world.partitions.find((each) => each.topic === move.topic && each.partition === move.partition);
        if (found) Object.assign(found, { replicas: [...move.replicas], movesFor: 2 });
      }
    },
    electPreferred: async (cluster, partitions) => { enter('electPreferred', cluster, partitions.length); },
    featuresProblem: async (cluster) => { enter('featuresProblem', cluster); return null; },
    updateFeatures: async (cluster) => { enter('updateFeatures', cluster).features += 1; },
    unregisterBroker: async (cluster, nodeId) => {
      const world = enter('unregisterBroker', cluster, nodeId);
      if (world.partitions.some(({ replicas }) => replicas.includes(nodeId))) throw new OperationalError('not_empty', `broker ${nodeId} has replicas`, false);
    },
    removeVoter: async (cluster, nodeId) => { enter('removeVoter', cluster, nodeId).voters?.delete(nodeId); },
    addVoter: async (cluster, nodeId) => {
      const world = enter('addVoter', cluster, nodeId);
      if (!ready(cluster.clusterId).has(nodeId) || !isController(cluster.clusterId, nodeId)) throw new OperationalError('not_ready', `node ${nodeId} doesn't run as a controller`, true);
      world.voters?.add(nodeId);
    },
  };
  return administration;
}
