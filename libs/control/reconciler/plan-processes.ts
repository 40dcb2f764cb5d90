/** Processes that should run and don't, and how long that is borne. */
import type { ObservedBroker } from '#libs/control/domain';
import type { Node, World } from './plan.js';
import type { ReconcilerLimits } from './reconciler.limits.js';
import { steps, type Plan, type Step } from './steps.js';
import type { BrokerState, ClusterState } from './store.js';

/** What is missing starts all at once: the first nodes of a quorum wait for each other. Null: every node that should run is ready. */
export function planProcesses(desired: ClusterState, nodes: readonly Node[], world: World, limits: ReconcilerLimits): Plan | null {
  const { nowMs } = world;
  // A broker that leaves is started as long as it has something to hand over; only the cluster knows.
  if (nodes.some(({ isLeaving, isAlive }) => isLeaving && !isAlive) && world.told === undefined) return { kind: 'ask' };
  const supervised = nodes.filter((node) => !node.isLost && !node.wanted.isReplaced && !(node.isLeaving && !node.isAlive && isDrained(node, world)));
  const starts: Step[] = [];
  const waited: Node[] = [];
  let waitMs = limits.waitMs;
  for (const node of supervised.filter(({ isReady }) => !isReady)) {
    const delayMs = node.isAlive ? null : startDelayMs(desired, node, nowMs);
    if (delayMs !== null && delayMs <= 0) starts.push({ kind: 'start-broker', nodeId: node.wanted.nodeId, attempt: node.wanted.startAttempts + 1 });
    else waited.push(node);
    if (delayMs !== null) waitMs = Math.min(waitMs, Math.max(delayMs, 0));
  }
  const hung = waited.find((node) => node.isAlive && node.seen?.process !== 'stopping' && isRestartWanted(desired, node.wanted));
  if (hung) return steps({ kind: 'stop-broker', nodeId: hung.wanted.nodeId, mode: 'graceful' });
  const failure = failureOf(desired, supervised, nowMs, limits);
  if (failure !== null) return steps({ kind: 'mark-failed', reason: failure });
  if (starts.length > 0) return { kind: 'steps', steps: starts };
  if (waited.length === 0) return null;
  const progress = `waiting for ${waited.map(({ wanted, seen }) => `node ${wanted.nodeId} (${seen?.process ?? 'absent'})`).join(', ')}`;
  return { kind: 'wait', upToMs: withinDeadline(desired, nowMs, waitMs), progress };
}

/** Asked for since the node was started last. */
export const isRestartWanted = (desired: ClusterState, wanted: BrokerState): boolean => wanted.restartedGeneration < desired.restartGeneration;

export const isDrained = ({ wanted }: Node, { told }: World): boolean => told?.told === true && !told.health.partitions.some(({ replicas }) => replicas.includes(wanted.nodeId));

export const isLate = ({ phase, phaseDeadlineAtMs }: ClusterState, nowMs: number): boolean => phase === 'PROVISIONING' && phaseDeadlineAtMs !== null && nowMs >= phaseDeadlineAtMs;

export const withinDeadline = ({ phase, phaseDeadlineAtMs }: ClusterState, nowMs: number, waitMs: number): number =>
  (phase !== 'PROVISIONING' || phaseDeadlineAtMs === null ? waitMs : Math.min(waitMs, Math.max(phaseDeadlineAtMs - nowMs, 0)));

/** A broker that had been ready, or whose restart was asked for, starts again at once; one that never was, with a growing delay. */
function startDelayMs(desired: ClusterState, { wanted, seen }: Node, nowMs: number): number {
  if (seen === undefined || seen.process === 'absent' || seen.everReady || isRestartWanted(desired, wanted)) return 0;
  return wanted.nextStartAtMs === null ? 0 : wanted.nextStartAtMs - nowMs;
}

const describe = (nodeId: number, seen: ObservedBroker | undefined): string => `broker ${nodeId} ${seen?.exitReason ? `does not start: ${seen.exitReason}` : 'did not become ready in time'}`;

function failureOf(desired: ClusterState, nodes: readonly Node[], nowMs: number, limits: ReconcilerLimits): string | null {
  if (desired.phase === 'PROVISIONING') {
    // The first of those that say why.
    const down = nodes.filter(({ isReady }) => !isReady);
    const first = down.find(({ seen }) => seen?.exitReason) ?? down[0];
    return first && isLate(desired, nowMs) ? describe(first.wanted.nodeId, first.seen) : null;
  }
  if (desired.phase !== 'PROVISIONED') return null;
  const exhausted = nodes.find(({ wanted, seen }) => wanted.startAttempts >= limits.startAttemptsMax && seen?.process === 'failed' && !seen.everReady);
  return exhausted ? describe(exhausted.wanted.nodeId, exhausted.seen) : null;
}
