import { invariant, OperationalError } from '#libs/kernel';
import type { ClusterDriver, ObservedCluster } from '#libs/control/domain';
import { describe, execute, toReachable } from './execute.js';
import { keepUp, type KeepUpDeps } from './keep-up.js';
import { plan, type World } from './plan.js';
import { isLate } from './plan-processes.js';
import { reasonOf } from './schedule.js';
import type { Semaphore } from './semaphore.js';
import type { Plan, Step, Told } from './steps.js';
import type { ClusterState, Lease } from './store.js';

export interface ReconcileDeps extends KeepUpDeps { starts: Semaphore }

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
  let progress: string | null = null;
  try {
    for (let rounds = 1; ; rounds += 1) {
      invariant(rounds <= deps.limits.roundsMax, `the plan of ${lease.clusterId} settles or waits`);
      if (interruption.stopping()) return { end: 'stopped' };
      // Asked for before the world is read: what is signalled from here on ends the wait below.
      const signalled = interruption.signalled();
      const state = await deps.store.load(lease, deps.limits.leaseMs);
      if (state === null) return { end: 'lost' };
      const driver = deps.drivers.of(state.engine.engine);
      const world = await lookAt(deps, lease, state, driver);
      // Recovery of a long log and the wait between two attempts hold up nobody else's start.
      if (place?.used && !world.observed.brokers.some((broker) => broker.process === 'starting')) place = leave(place);
      const next = await planWith(deps, lease, state, world);
      if (next.kind === 'settled') return { end: 'settled', state };
      if (next.kind === 'wait') {
        if (next.progress !== null && next.progress !== progress) await deps.store.noteProgress(lease, next.progress);
        progress = next.progress;
        await Promise.race([driver.waitForChange(lease.clusterId, next.upToMs), signalled]);
        rounds = 0;
        continue;
      }
      progress = null;
      const starts = next.steps.filter((step) => step.kind === 'start-broker').length;
      if (starts > 0 && place === null) {
        const release = deps.starts.tryAcquire(starts);
        place = { release: release ?? await withLeaseKept(deps, lease, deps.starts.acquire(starts)), used: false };
        if (release === null) continue; // Time has passed in the queue: look again before anything is started.
      }
      if (starts > 0 && place) place.used = true;
      for (const step of next.steps) {
        deps.log.write('info', 'cluster.step', { clusterId: lease.clusterId, step: describe(step) });
        const done = await withLeaseKept(deps, lease, step.kind === 'prepare' ? attemptWhileWanted(deps, lease, state, step, interruption) : attempt(deps, lease, state, step));
        if (step.kind === 'forget' && done) return { end: 'gone' };
        if (!done) break;
      }
    }
  } finally {
    place?.release();
  }
}

async function lookAt(deps: ReconcileDeps, lease: Lease, state: ClusterState, driver: ClusterDriver): Promise<World> {
  const observed = await driver.observe(lease.clusterId);
  await note(deps, lease, state, observed);
  const { version, configs } = state.engine;
  const hasConfigs = Object.keys(configs).length > 0;
  // Before its files are there a version may not be known here.
  const dynamicConfigs = !hasConfigs ? {} : state.preparedGeneration < state.generation ? null : await driver.dynamicConfigs(version, configs);
  return { observed, nowMs: deps.now(), isOurs: driver.capabilities.lifeCycle, dynamicConfigs };
}

/** The cluster is asked only when its word decides. */
async function planWith(deps: ReconcileDeps, lease: Lease, state: ClusterState, world: World): Promise<Exclude<Plan, { kind: 'ask' }>> {
  const first = plan(state, world, deps.limits);
  if (first.kind !== 'ask') return first;
  const told = await withLeaseKept(deps, lease, ask(deps, state));
  const second = plan(state, { ...world, told, nowMs: deps.now() }, deps.limits);
  invariant(second.kind !== 'ask', 'an answer is an answer, whatever it says');
  return second;
}

async function ask({ administration, limits }: ReconcileDeps, state: ClusterState): Promise<Told> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<Told>((resolve) => {
    timer = setTimeout(() => resolve({ told: false, reason: `the cluster does not answer within ${limits.answerMs} ms` }), limits.answerMs);
  });
  const answer = administration.health(toReachable(state)).then(
    (health): Told => ({ told: true, health }),
    (error: unknown): Told => ({ told: false, reason: `the cluster does not answer: ${reasonOf(error)}` }),
  );
  return Promise.race([answer, silence]).finally(() => clearTimeout(timer));
}

/**
 * What can't be put right by trying again ends a creation at once, and what can when its time is over; a cluster that has been up goes on as it was,
 * only what was asked of it fails. Each tells the reason, and is tried again.
 */
async function attempt(deps: ReconcileDeps, lease: Lease, state: ClusterState, step: Step, givenUp?: AbortSignal): Promise<boolean> {
  try {
    return await execute(deps, lease, state, step, givenUp);
  } catch (error) {
    if (givenUp?.aborted) return false;
    if (!(error instanceof OperationalError)) throw error;
    const end = async (): Promise<false> => {
      await execute(deps, lease, state, { kind: 'mark-failed', reason: error.message });
      // What was planned beyond it would fail for want of it, and be told as the reason.
      return false;
    };
    if (state.phase === 'PROVISIONING' && !state.everProvisioned && (!error.retryable || isLate(state, deps.now()))) {
      deps.log.write('warn', 'cluster.provisioning.failed', { clusterId: lease.clusterId, step: describe(step), reason: error.message });
      return end();
    }
    if (step.kind === 'prepare') await keepUp(deps, lease);
    if (!error.retryable && await isDown(deps, state)) return end();
    const told = error.retryable || state.phase === 'DELETING' ? deps.store.failStep(lease, error.message) : deps.store.failOperations(lease, state.generation, error.message);
    // What went wrong may be the database itself.
    await told.catch(() => undefined);
    throw error;
  }
}

/** It has been up, should be, and none of its nodes runs: nothing of it goes on as it was. */
async function isDown({ drivers }: ReconcileDeps, { clusterId, phase, isPaused, engine }: ClusterState): Promise<boolean> {
  const driver = drivers.of(engine.engine);
  if (phase !== 'PROVISIONED' || isPaused || !driver.capabilities.lifeCycle) return false;
  return (await driver.observe(clusterId)).brokers.every(({ pid }) => pid === null);
}

/** An installation may take minutes: it isn't waited for by a cluster that is deleted meanwhile, nor by a process that ends, and the nodes that there are are looked after. */
async function attemptWhileWanted(deps: ReconcileDeps, lease: Lease, state: ClusterState, step: Step, interruption: Interruption): Promise<boolean> {
  const givenUp = new AbortController();
  let isOver = false;
  let looking: Promise<void> | null = null;
  const look = (): void => {
    if (!isOver) looking ??= keepUp(deps, lease).finally(() => { looking = null; });
  };
  const watch = async (): Promise<void> => {
    while (!isOver) {
      const signalled = interruption.signalled();
      const present = interruption.stopping() ? null : await deps.store.load(lease, deps.limits.leaseMs);
      if (present === null || present.phase === 'DELETING') return givenUp.abort();
      await signalled;
      look();
    }
  };
  watch().catch(() => givenUp.abort());
  const timer = setInterval(look, deps.limits.waitMs);
  try {
    return await attempt(deps, lease, state, step, givenUp.signal);
  } finally {
    isOver = true;
    clearInterval(timer);
    await looking;
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
