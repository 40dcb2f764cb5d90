/** A cluster of somebody else's: nothing is started, and what it is seen to be decides. It comes back by itself, also when it has never been reached. */
import type { ReconcilerLimits } from './reconciler.limits.js';
import type { World } from './plan.js';
import { steps, type Plan, type Step } from './steps.js';
import type { ClusterState } from './store.js';

export function planForeign(desired: ClusterState, { observed, nowMs }: World, limits: ReconcilerLimits, files: Step[]): Plan {
  if (files.length > 0) return { kind: 'steps', steps: files };
  const failed = observed.brokers.find(({ process }) => process === 'failed');
  if (failed) {
    const reason = failed.exitReason ?? 'the cluster does not answer';
    return desired.phase === 'FAILED' && desired.failureReason === reason ? { kind: 'settled' } : steps({ kind: 'mark-failed', reason });
  }
  const isReached = observed.brokers.length > 0 && observed.brokers.every(({ process }) => process === 'ready');
  if (isReached) {
    const done = desired.phase === 'PROVISIONED' && desired.observedGeneration >= desired.generation;
    return done ? { kind: 'settled' } : steps({ kind: 'mark-provisioned', generation: desired.generation, restartGeneration: desired.restartGeneration });
  }
  if (desired.phase !== 'PROVISIONING') return { kind: 'settled' };
  const leftMs = desired.phaseDeadlineAtMs === null ? limits.waitMs : desired.phaseDeadlineAtMs - nowMs;
  return leftMs <= 0 ? steps({ kind: 'mark-failed', reason: 'the cluster could not be reached in time' }) : { kind: 'wait', upToMs: Math.min(limits.waitMs, leftMs), progress: null };
}
