/**
 * Pure: desired × observed × what the cluster says of itself → what to do next. Earlier rules come before later ones; the order is the order of a
 * cluster's life. Nothing is remembered from one plan to the next but what stands in the rows: a process that takes over after a crash goes on.
 */
import { nodeIdsOf, type BrokerProcessState, type ObservedBroker, type ObservedCluster } from '#libs/control/domain';
import { planChanges } from './plan-changes.js';
import { planForeign } from './plan-foreign.js';
import { planProcesses } from './plan-processes.js';
import type { ReconcilerLimits } from './reconciler.limits.js';
import { steps, type KeepUpStep, type Plan, type Step, type Told } from './steps.js';
import type { BrokerState, ClusterState } from './store.js';

export interface World {
  observed: ObservedCluster;
  nowMs: number;
  /** Processes are the platform's; else the cluster is somebody else's. */
  isOurs: boolean;
  /** Of the tenant's settings those that are set over the Kafka protocol; null: not known before the files are there. */
  dynamicConfigs: Readonly<Record<string, string>> | null;
  /** Undefined: it hasn't been asked in this round. */
  told?: Told;
}

/** A node as it is wanted and as it is. */
export interface Node { wanted: BrokerState; seen: ObservedBroker | undefined; isAlive: boolean; isReady: boolean; /** Nobody wants it any more. */ isLeaving: boolean; /** Its data isn't there any more. */ isLost: boolean }

const aliveStates: ReadonlySet<BrokerProcessState> = new Set<BrokerProcessState>(['starting', 'recovering', 'ready', 'stopping']);
/** A process that has said that it can't go on, and hasn't ended yet, still holds its ports and its files. */
const isAlive = (broker: ObservedBroker | undefined): boolean => broker !== undefined && (aliveStates.has(broker.process) || (broker.process === 'failed' && broker.pid !== null));

export function plan(desired: ClusterState, world: World, limits: ReconcilerLimits): Plan {
  const { observed } = world;
  if (desired.phase === 'DELETING') return steps({ kind: 'remove' }, { kind: 'forget' });
  if (!world.isOurs) return planForeign(desired, world, limits, planFiles(desired, observed));
  const gaveUp = desired.phase === 'FAILED' && !desired.everProvisioned;
  if (gaveUp) return desired.restartGeneration > desired.restartedGeneration ? steps({ kind: 'retry-provisioning', restartGeneration: desired.restartGeneration }) : planGivenUp(observed);
  const present = new Set(desired.brokers.map((broker) => broker.nodeId));
  const missing = nodeIdsOf(desired.engine).filter((nodeId) => !present.has(nodeId));
  if (missing.length > 0) return steps({ kind: 'allocate-ports', nodeIds: missing });
  const nodes = nodesOf(desired, observed);
  const files = planFiles(desired, observed, nodes);
  if (files.length > 0) return { kind: 'steps', steps: files };
  if (desired.isPaused) return planPaused(desired, nodes);
  const loss = metadataLoss(desired, nodes);
  if (loss !== null) return steps({ kind: 'mark-failed', reason: loss });
  return planProcesses(desired, nodes, world, limits) ?? planChanges(desired, nodes, world, limits);
}

/** While files can't be made: keys are told to those that have files, and nodes that neither join nor leave the cluster are started again with theirs. */
export function planUnprepared(desired: ClusterState, world: World, limits: ReconcilerLimits): KeepUpStep[] {
  if (desired.phase === 'DELETING' || !world.isOurs || !desired.everProvisioned || !world.observed.directoryExists) return [];
  const nodes = nodesOf(desired, world.observed).filter(({ wanted, seen, isLeaving }) => seen !== undefined && seen.isDataLost !== true && !isLeaving && !wanted.isJoining && isSettled(desired, wanted));
  const principals: KeepUpStep[] = nodes.length > 0 && isBehind(desired) ? [{ kind: 'apply-principals' }] : [];
  const next = desired.isPaused ? null : planProcesses(desired, nodes, world, limits);
  return next?.kind === 'steps' ? [...principals, ...next.steps.filter((step) => step.kind === 'start-broker')] : principals;
}

/** Partitions were spread over it already. */
const isSettled = ({ balancedBrokers }: ClusterState, { roles, nodeId }: BrokerState): boolean => !roles.includes('broker') || nodeId <= balancedBrokers;

function nodesOf(desired: ClusterState, observed: ObservedCluster): Node[] {
  const wantedIds = new Set(nodeIdsOf(desired.engine));
  return desired.brokers.map((wanted) => {
    const seen = observed.brokers.find((each) => each.nodeId === wanted.nodeId);
    return { wanted, seen, isAlive: isAlive(seen), isReady: seen?.process === 'ready', isLeaving: !wantedIds.has(wanted.nodeId), isLost: isLost(desired, observed, wanted, seen) };
  });
}

/**
 * A node of several that had data and hasn't any more. It must not be started over an empty directory as if nothing had happened: the partitions whose
 * leader it became would be cut to nothing, and a controller would vote without remembering what it voted for.
 */
function isLost(desired: ClusterState, observed: ObservedCluster, wanted: BrokerState, seen: ObservedBroker | undefined): boolean {
  if (!desired.everProvisioned || !observed.directoryExists || desired.brokers.length === 1 || wanted.isReplaced || wanted.isJoining) return false;
  if (seen !== undefined) return seen.isDataLost === true;
  // What it was last is not enough: one that had data may have failed to start before it vanished.
  return wanted.noted.everReady || isSettled(desired, wanted);
}

/** No majority remembers what was voted for: no node can be given back what it had, and nobody will answer any more. One that leaves may have gone on purpose. */
function metadataLoss({ phase }: ClusterState, nodes: readonly Node[]): string | null {
  const controllers = nodes.filter(({ wanted }) => wanted.roles.includes('controller'));
  const lost = controllers.filter(({ isLost: gone, isLeaving }) => gone && !isLeaving).map(({ wanted }) => wanted.nodeId);
  if (phase !== 'PROVISIONED' || lost.length === 0 || lost.length * 2 < controllers.length) return null;
  return `the data of the controllers ${lost.join(', ')} is gone, and with it the majority that keeps the cluster's metadata; bring a directory back, or delete the cluster`;
}

/** A cluster that never came up keeps its ports and directory for whoever looks for the reason, but no process. */
function planGivenUp(observed: ObservedCluster): Plan {
  const running = observed.brokers.filter(isAlive);
  return running.length === 0 ? { kind: 'settled' } : { kind: 'steps', steps: running.map((broker) => ({ kind: 'stop-broker', nodeId: broker.nodeId, mode: 'kill' })) };
}

/**
 * While a node's data is lost nothing is prepared: its directory would be made anew, and look as if it had never had any. Those that run are told of keys, and of the
 * end of keys, before another version is installed, which takes minutes or fails; a node that has no directory yet is told when it has one, and the others with it.
 */
function planFiles(desired: ClusterState, observed: ObservedCluster, nodes: readonly Node[] = []): Step[] {
  const canPrepare = nodes.every(({ wanted, isLost: lost }) => !lost && !wanted.isReplaced);
  const isUnprepared = canPrepare && (!observed.directoryExists || desired.preparedGeneration < desired.generation);
  const hasNewNode = isUnprepared && nodes.some(({ seen }) => seen === undefined);
  const isNew = !observed.directoryExists || hasNewNode;
  const prepare: Step[] = isUnprepared ? [{ kind: 'prepare', generation: desired.generation, anew: !observed.directoryExists }] : [];
  const principals: Step[] = isNew || isBehind(desired) ? [{ kind: 'apply-principals' }] : [];
  return !isNew && nodes.some((node) => node.isAlive) ? [...principals, ...prepare] : [...prepare, ...principals];
}

const isBehind = ({ principalsApplied, principalsSequence }: ClusterState): boolean => principalsApplied < principalsSequence;

/** Brokers first: as long as there are controllers they hand their leaderships over. Where they are the same processes, the last ones that can do so go together. */
function planPaused(desired: ClusterState, nodes: readonly Node[]): Plan {
  const rank = ({ wanted: { roles } }: Node): number => (roles.includes('broker') ? 0 : 2) + (roles.includes('controller') ? 1 : 0);
  const running = nodes.filter((node) => node.isAlive).sort((a, b) => rank(a) - rank(b) || b.wanted.nodeId - a.wanted.nodeId);
  const voters = nodes.filter(({ wanted: { roles } }) => roles.includes('controller')).length;
  const majority = Math.floor(voters / 2) + 1;
  const last = running.filter(({ wanted: { roles } }) => roles.length === 2).slice(-majority);
  const together: Step[] = last.length > 1 ? [{ kind: 'stop-together', nodeIds: last.map(({ wanted }) => wanted.nodeId) }] : [];
  const oneByOne = running.filter((node) => together.length === 0 || !last.includes(node)).map(({ wanted: { nodeId } }): Step => ({ kind: 'stop-broker', nodeId, mode: 'graceful' }));
  // Nodes of both roles are all of the controllers: nothing of those that go one by one comes after them.
  if (running.length > 0) return { kind: 'steps', steps: [...oneByOne, ...together] };
  if (desired.observedGeneration >= desired.generation) return { kind: 'settled' };
  return steps({ kind: 'mark-paused', generation: desired.generation, restartGeneration: desired.restartGeneration });
}
