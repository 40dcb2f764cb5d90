/** When a cluster's nodes may be changed: what is under way, what it is in, and what it says of itself. */
import {
  ControlFailure, lossProblem, tooFewProblem, unrestProblem, type Cluster, type ClusterAdministration, type ClusterHealth, type Drivers, type EngineSpec, type OperationKind, type ReachableCluster,
} from '#libs/control/domain';
import type { TenantTransaction } from './store.js';

export const toReachable = ({ id, engine: { engine, version }, brokers }: Cluster): ReachableCluster =>
  ({ clusterId: id, engine, version, brokers: brokers.map(({ nodeId, ports, roles }) => ({ nodeId, ports, roles })) });

/** Each changes the nodes, or whether there are any: nothing else is begun before it is done. */
const exclusive: ReadonlySet<OperationKind> = new Set<OperationKind>(['cluster.scale', 'cluster.upgrade', 'cluster.pause', 'cluster.resume', 'cluster.replace-broker']);

/** In the transaction that begins `kind`: of two that are asked for at once, one finds the other. */
export async function requireFree(tx: TenantTransaction, cluster: Cluster, kind: OperationKind): Promise<void> {
  const running = await tx.operations.running(cluster.id);
  const inTheWay = running.find((operation) => exclusive.has(operation.kind) || exclusive.has(kind));
  if (inTheWay) {
    throw new ControlFailure('operation_in_progress', `${inTheWay.kind} of the Kafka cluster ${cluster.id} is under way (${inTheWay.id}): wait until it is done`, { conflictingId: inTheWay.id });
  }
}

export function requireLifeCycle(drivers: Drivers, cluster: Cluster): void {
  const driver = drivers.of(cluster.engine.engine);
  if (!driver.capabilities.lifeCycle) throw new ControlFailure('not_supported_by_engine', `the processes of the Kafka cluster ${cluster.id} are not this platform's: it can't start, stop or change them`);
}

/** It has been up, and isn't stopped on somebody's wish. */
export function requireUp(cluster: Cluster): void {
  if (cluster.isPaused) throw new ControlFailure('cluster_paused', `the Kafka cluster ${cluster.id} is paused; resume it first`);
  if (cluster.phase === 'PROVISIONING') throw new ControlFailure('cluster_not_ready', `the Kafka cluster ${cluster.id} is still being provisioned`);
}

const unhealthy = (cluster: Cluster, problem: string, what: string): ControlFailure => new ControlFailure('cluster_unhealthy', `the Kafka cluster ${cluster.id} can't be ${what} now: ${problem}`);

/** Nothing of it runs, and nothing is tried any more before somebody asks for it. */
export const hasNeverBeenUp = ({ phase, observedGeneration }: Cluster): boolean => phase === 'FAILED' && observedGeneration === 0;

async function healthOf(administration: ClusterAdministration, cluster: Cluster, what: string): Promise<ClusterHealth> {
  return administration.health(toReachable(cluster)).catch((error: unknown) => {
    throw unhealthy(cluster, `it does not answer (${error instanceof Error ? error.message : String(error)})`, what);
  });
}

const brokersOf = (cluster: Cluster): number[] => cluster.brokers.filter(({ roles }) => roles.includes('broker')).map(({ nodeId }) => nodeId);

/** Beyond what was asked itself: what the change finds. Asked of the cluster, so outside of any transaction. */
export async function checkChange(administration: ClusterAdministration, present: Cluster, wanted: EngineSpec): Promise<void> {
  const [isUpgrade, isScale] = [wanted.version !== present.engine.version, wanted.brokers !== present.engine.brokers];
  if (!isUpgrade && !isScale) return;
  const pointer = isUpgrade ? '/spec/config/sluice/version' : '/spec/config/sluice/brokers';
  if (isUpgrade && isScale) throw new ControlFailure('invalid_configuration', 'version and brokers can\'t be changed together: one after the other', { source: { pointer } });
  requireUp(present);
  if (isUpgrade) await checkUpgrade(administration, present);
  else await checkScale(administration, present, wanted.brokers, pointer);
}

function requireNotFailed(cluster: Cluster, what: string): void {
  if (cluster.phase === 'FAILED') throw unhealthy(cluster, cluster.failureReason ?? 'it has failed', what);
}

async function checkUpgrade(administration: ClusterAdministration, cluster: Cluster): Promise<void> {
  requireNotFailed(cluster, 'upgraded');
  const health = await healthOf(administration, cluster, 'upgraded');
  const moving = health.partitions.filter(({ isMoving }) => isMoving).length;
  const builds = new Set(cluster.brokers.map(({ bundle }) => bundle));
  const problem = unrestProblem(health, brokersOf(cluster)) ?? (moving > 0 ? `${moving} partitions are being moved` : null)
    ?? (builds.size > 1 ? 'its nodes run different versions' : null) ?? await administration.featuresProblem(toReachable(cluster));
  if (problem !== null) throw unhealthy(cluster, problem, 'upgraded');
}

/** Fewer brokers may be what a cluster needs that has failed because one that came doesn't start. */
async function checkScale(administration: ClusterAdministration, cluster: Cluster, brokers: number, pointer: string): Promise<void> {
  const isGrowing = brokers > cluster.engine.brokers;
  if (isGrowing || hasNeverBeenUp(cluster)) requireNotFailed(cluster, 'scaled');
  const health = await healthOf(administration, cluster, 'scaled');
  if (isGrowing) return;
  const problem = tooFewProblem(health, brokers);
  if (problem !== null) throw new ControlFailure('too_few_brokers', `the Kafka cluster ${cluster.id} can't have ${brokers} ${brokers === 1 ? 'broker' : 'brokers'}: ${problem}`, { source: { pointer } });
}

/** By force what only this node has is given up; the metadata never is, but of a cluster that has no other node. */
export async function checkReplacement(administration: ClusterAdministration, cluster: Cluster, nodeId: number, force: boolean): Promise<void> {
  requireUp(cluster);
  if (cluster.observedGeneration === 0) throw new ControlFailure('cluster_not_ready', `the Kafka cluster ${cluster.id} has never been up: there is nothing to keep; restart it, or delete it`);
  const isOnly = cluster.brokers.length === 1;
  if (force && isOnly) return;
  const health = await administration.health(toReachable(cluster)).catch((error: unknown) => (force ? null : Promise.reject(unhealthy(cluster, `it does not answer (${error instanceof Error ? error.message : String(error)})`, 'changed'))));
  if (health === null) return;
  const problem = lossProblem(force ? { ...health, partitions: [] } : health, nodeId);
  if (problem !== null) throw unhealthy(cluster, force ? problem : `${problem}; with force the broker is replaced all the same`, 'changed');
}
