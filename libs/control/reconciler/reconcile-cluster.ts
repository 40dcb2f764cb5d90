import { invariant, type Log } from '#libs/kernel';
import type { ObservedCluster } from '#libs/control/domain';
import { describe, execute, type ExecutorDeps } from './execute.js';
import { plan } from './plan.js';
import type { Semaphore } from './semaphore.js';
import type { ClusterState, Lease } from './store.js';

export interface ReconcileDeps extends ExecutorDeps {
  starts: Semaphore;
  now(): number;
  log: Log;
}

/** `settled`: nothing is wanted that isn't. `gone`: the cluster has been taken away. `lost`: another holder has the lease, or there is nothing to hold any more. `stopped`: this process ends. */
export type Reconciled = { end: 'settled'; state: ClusterState } | { end: 'gone' | 'lost' | 'stopped' };

/** Interrupts waiting: something about this cluster has been signalled, or the process wants to end. */
export interface Interruption { signalled(): Promise<void>; stopping(): boolean }

/**
 * Observe, plan, do, and again until settled. Nothing is remembered from one round to the next but a place in the queue of starts: a process
 * that takes over after a crash goes on from what it sees.
 */
export async function reconcileCluster(deps: ReconcileDeps, lease: Lease, interruption: Interruption): Promise<Reconciled> {
  let place: StartPlace | null = null;
  try {
    for (let rounds = 1; ; rounds += 1) {
      invariant(rounds <= deps.limits.roundsMax, `the plan of ${lease.clusterId} settles or waits`);
      if (interruption.stopping()) return { end: 'stopped' };
      // Asked for before the world is read: what is signalled from here on ends the wait below.
      const signalled = interruption.signalled();
      const state = await deps.store.load(lease, deps.limits.leaseMs);
      if (state === null) return { end: 'lost' };
      const driver = deps.drivers.of(state.engine.engine);
      const observed = await driver.observe(lease.clusterId);
      await note(deps, lease, state, observed);
      // Recovery of a long log and the wait between two attempts hold up nobody else's start.
      if (place?.used && !observed.brokers.some((broker) => broker.process === 'starting')) place = leave(place);
      const next = plan(state, observed, deps.now(), deps.limits);
      if (next.kind === 'settled') return { end: 'settled', state };
      if (next.kind === 'wait') {
        await Promise.race([driver.waitForChange(lease.clusterId, next.upToMs), signalled]);
        rounds = 0;
        continue;
      }
      const starts = next.steps.some((step) => step.kind === 'start-broker');
      if (starts && place === null) {
        const release = deps.starts.tryAcquire();
        place = { release: release ?? await withLeaseKept(deps, lease, deps.starts.acquire()), used: false };
        if (release === null) continue; // Time has passed in the queue: look again before anything is started.
      }
      if (starts && place) place.used = true;
      for (const step of next.steps) {
        deps.log.write('info', 'cluster.step', { clusterId: lease.clusterId, step: describe(step) });
        const done = await withLeaseKept(deps, lease, execute(deps, lease, state, step));
        if (step.kind === 'forget' && done) return { end: 'gone' };
        if (!done) break;
      }
    }
  } finally {
    place?.release();
  }
}

/** A place among those that start brokers at once; used up by the first start. */
interface StartPlace { release: () => void; used: boolean }

function leave(place: StartPlace): null {
  place.release();
  return null;
}

/** What long work does meanwhile. A lease that is lost is noticed at the next step. */
async function withLeaseKept<T>({ store, limits }: ReconcileDeps, lease: Lease, work: Promise<T>): Promise<T> {
  const timer = setInterval(() => { store.renew(lease, limits.leaseMs).catch(() => undefined); }, limits.leaseMs / 3);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

/** Writes what was seen to the rows that answers are made of, where it differs. */
async function note({ store }: ReconcileDeps, lease: Lease, state: ClusterState, observed: ObservedCluster): Promise<void> {
  for (const recorded of state.brokers) {
    const broker = observed.brokers.find((each) => each.nodeId === recorded.nodeId);
    if (!broker) continue;
    const { process, pid, bundle, everReady, exitReason } = broker;
    const seen = { process, pid, bundle, everReady, exitReason, restartNeeded: process !== 'absent' && !broker.configMatches };
    const differs = Object.entries(seen).some(([name, value]) => recorded.noted[name as keyof typeof seen] !== value);
    if (differs) await store.saveObserved(lease, broker.nodeId, seen);
    if (process === 'ready' && recorded.startAttempts > 0) await store.recordReady(lease, broker.nodeId);
  }
}
