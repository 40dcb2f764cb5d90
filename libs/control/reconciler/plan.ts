import { nodeIdsOf, type BrokerProcessState, type ObservedBroker, type ObservedCluster } from '#libs/control/domain';
import type { ReconcilerLimits } from './reconciler.limits.js';
import type { BrokerState, ClusterState } from './store.js';

/** One idempotent step each. The executor has one function per kind. */
export type Step =
  | { kind: 'allocate-ports'; nodeIds: number[] }
  /** `anew`: the directory isn't there, whatever the database says was in it. */
  | { kind: 'prepare'; generation: number; anew: boolean }
  | { kind: 'apply-principals' }
  | { kind: 'start-broker'; nodeId: number; attempt: number }
  | { kind: 'stop-broker'; nodeId: number; mode: 'graceful' | 'kill' }
  | { kind: 'mark-restarted'; restartGeneration: number }
  | { kind: 'mark-provisioned'; generation: number }
  | { kind: 'mark-failed'; reason: string }
  | { kind: 'retry-provisioning'; restartGeneration: number }
  | { kind: 'remove' }
  | { kind: 'forget' };

/** Steps are done in their order, then the world is looked at again. `wait`: nothing to do until something changes. `settled`: what is, is what is wanted. */
export type Plan = { kind: 'steps'; steps: Step[] } | { kind: 'wait'; upToMs: number } | { kind: 'settled' };

const steps = (...list: Step[]): Plan => ({ kind: 'steps', steps: list });
const aliveStates: ReadonlySet<BrokerProcessState> = new Set<BrokerProcessState>(['starting', 'recovering', 'ready', 'stopping']);
/** A process that has said that it can't go on, and hasn't ended yet, still holds its ports and its files. */
const isAlive = (broker: ObservedBroker | undefined): boolean => broker !== undefined && (aliveStates.has(broker.process) || (broker.process === 'failed' && broker.pid !== null));

/** Pure: desired × observed → what to do next. Earlier rules come before later ones; the order is the order of a cluster's life. */
export function plan(desired: ClusterState, observed: ObservedCluster, nowMs: number, limits: ReconcilerLimits): Plan {
  if (desired.phase === 'DELETING') return steps({ kind: 'remove' }, { kind: 'forget' });
  const restartWanted = desired.restartGeneration > desired.restartedGeneration;
  const gaveUp = desired.phase === 'FAILED' && !desired.everProvisioned;
  if (gaveUp) return restartWanted ? steps({ kind: 'retry-provisioning', restartGeneration: desired.restartGeneration }) : planGivenUp(observed);
  const present = new Set(desired.brokers.map((broker) => broker.nodeId));
  const missing = nodeIdsOf(desired.engine).filter((nodeId) => !present.has(nodeId));
  if (missing.length > 0) return steps({ kind: 'allocate-ports', nodeIds: missing });
  const files = planFiles(desired, observed);
  if (files.length > 0) return { kind: 'steps', steps: files };
  if (restartWanted) return planRestart(desired, observed);
  return planBrokers(desired, observed, nowMs, limits);
}

/** A cluster that never came up keeps its ports and directory for whoever looks for the reason, but no process. */
function planGivenUp(observed: ObservedCluster): Plan {
  const running = observed.brokers.filter(isAlive);
  return running.length === 0 ? { kind: 'settled' } : { kind: 'steps', steps: running.map((broker) => ({ kind: 'stop-broker', nodeId: broker.nodeId, mode: 'kill' })) };
}

function planFiles(desired: ClusterState, observed: ObservedCluster): Step[] {
  const list: Step[] = [];
  if (!observed.directoryExists || desired.preparedGeneration < desired.generation) list.push({ kind: 'prepare', generation: desired.generation, anew: !observed.directoryExists });
  if (!observed.directoryExists || desired.principalsApplied < desired.principalsSequence) list.push({ kind: 'apply-principals' });
  return list;
}

/** Stop, note it, and let the ordinary rule start what isn't running: a crash anywhere in between does no more than one stop too many. */
function planRestart(desired: ClusterState, observed: ObservedCluster): Plan {
  const running = observed.brokers.filter(isAlive);
  return { kind: 'steps', steps: [
    ...running.map((broker): Step => ({ kind: 'stop-broker', nodeId: broker.nodeId, mode: 'graceful' })),
    { kind: 'mark-restarted', restartGeneration: desired.restartGeneration },
  ] };
}

function planBrokers(desired: ClusterState, observed: ObservedCluster, nowMs: number, limits: ReconcilerLimits): Plan {
  const list: Step[] = [];
  let waitMs: number | null = null;
  const waitFor = (ms: number): void => { waitMs = Math.min(waitMs ?? limits.waitMs, Math.max(ms, 0)); };
  for (const broker of desired.brokers) {
    const seen = observed.brokers.find((each) => each.nodeId === broker.nodeId);
    const state = seen?.process ?? 'absent';
    if (state === 'ready') {
      if (desired.generation > desired.observedGeneration && seen?.configMatches === false) list.push({ kind: 'stop-broker', nodeId: broker.nodeId, mode: 'graceful' });
    } else if (isAlive(seen)) {
      waitFor(limits.waitMs);
    } else {
      const delayMs = startDelayMs(broker, seen, nowMs);
      if (delayMs <= 0) list.push({ kind: 'start-broker', nodeId: broker.nodeId, attempt: broker.startAttempts + 1 });
      else waitFor(delayMs);
    }
  }
  const failure = failureOf(desired, observed, nowMs, limits);
  if (failure !== null) return steps({ kind: 'mark-failed', reason: failure });
  if (list.length > 0) return { kind: 'steps', steps: list };
  if (waitMs !== null) return { kind: 'wait', upToMs: desired.phaseDeadlineAtMs === null || desired.phase !== 'PROVISIONING' ? waitMs : Math.min(waitMs, Math.max(desired.phaseDeadlineAtMs - nowMs, 0)) };
  const done = desired.phase === 'PROVISIONED' && desired.observedGeneration >= desired.generation;
  return done ? { kind: 'settled' } : steps({ kind: 'mark-provisioned', generation: desired.generation });
}

/** A broker that had been ready starts again at once; one that never was, with a growing delay. */
function startDelayMs(broker: BrokerState, seen: ObservedBroker | undefined, nowMs: number): number {
  if (seen === undefined || seen.process === 'absent' || seen.everReady) return 0;
  return broker.nextStartAtMs === null ? 0 : broker.nextStartAtMs - nowMs;
}

function failureOf(desired: ClusterState, observed: ObservedCluster, nowMs: number, limits: ReconcilerLimits): string | null {
  const down = observed.brokers.filter((broker) => broker.process !== 'ready');
  const describe = (broker: ObservedBroker | undefined): string => `broker ${broker?.nodeId ?? 1} ${broker?.exitReason ? `does not start: ${broker.exitReason}` : 'did not become ready in time'}`;
  if (desired.phase === 'PROVISIONING') {
    const late = desired.phaseDeadlineAtMs !== null && nowMs >= desired.phaseDeadlineAtMs;
    return late && (down.length > 0 || observed.brokers.length < desired.brokers.length) ? describe(down[0]) : null;
  }
  if (desired.phase !== 'PROVISIONED') return null;
  const exhausted = desired.brokers.find((broker) => {
    const seen = observed.brokers.find((each) => each.nodeId === broker.nodeId);
    return broker.startAttempts >= limits.startAttemptsMax && seen?.process === 'failed' && !seen.everReady;
  });
  return exhausted ? describe(observed.brokers.find((broker) => broker.nodeId === exhausted.nodeId)) : null;
}
