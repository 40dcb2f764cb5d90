import type { Log } from '#libs/kernel';
import { createCrashPoints, crashProcess, type ClusterDriver, type CrashPoints } from '#libs/control/domain';
import type { DesiredOptions } from './execute.js';
import { createPortAllocator } from './port-allocator.js';
import { createPortProbe, type PortProbe } from './port-probe.js';
import { reconcileCluster, type Interruption, type Reconciled, type ReconcileDeps } from './reconcile-cluster.js';
import { backoffMs, reconcilerLimits, type ReconcilerLimits } from './reconciler.limits.js';
import { createSemaphore } from './semaphore.js';
import type { Lease, ReconcilerStore } from './store.js';
import { createSweeper } from './sweeper.js';

export interface ReconcilerOptions {
  store: ReconcilerStore;
  driver: ClusterDriver;
  log: Log;
  /** Tells this process from others that share the database. */
  owner: string;
  brokerPorts: { first: number; last: number };
  desired: DesiredOptions;
  limits?: Partial<ReconcilerLimits>;
  probe?: PortProbe;
  crash?: CrashPoints;
  now?: () => number;
}

export interface Reconciler {
  /** Something about this cluster has changed: look at it now. Never throws, never waits. */
  wake(clusterId: string): void;
  start(): void;
  /** Lets the steps in work end, gives the leases back and leaves every broker running. */
  stop(): Promise<void>;
}

interface Work { signalled: boolean; notify: () => void; done: Promise<void> }

export function createReconciler(options: ReconcilerOptions): Reconciler {
  const limits: ReconcilerLimits = { ...reconcilerLimits, ...options.limits };
  const { store, driver, log, owner } = options;
  const crash = options.crash ?? createCrashPoints(process.env.CRASH_AT, crashProcess);
  const deps: ReconcileDeps = {
    store, driver, log, crash, limits, desired: options.desired, now: options.now ?? Date.now, starts: createSemaphore(limits.startsAtOnceMax),
    ports: createPortAllocator(store, options.probe ?? createPortProbe(options.desired.bindHost), options.brokerPorts, limits),
  };
  const sweeper = createSweeper({ store, driver, log });
  const working = new Map<string, Work>();
  const watched = new Set<string>();
  const failures = new Map<string, number>();
  const timers = new Set<NodeJS.Timeout>();
  let stopping = false;
  let ticking: Promise<void> = Promise.resolve();

  const errorFields = (error: unknown): Record<string, unknown> => ({ reason: error instanceof Error ? error.message : String(error) });

  const watch = (clusterId: string): void => {
    if (watched.has(clusterId) || stopping) return;
    watched.add(clusterId);
    driver.waitForChange(clusterId, limits.watchMs).catch((error: unknown) => log.write('warn', 'cluster.watch.failed', { clusterId, ...errorFields(error) })).finally(() => {
      watched.delete(clusterId);
      wake(clusterId);
    });
  };

  const finish = async (lease: Lease, result: Reconciled): Promise<void> => {
    failures.delete(lease.clusterId);
    if (result.end === 'settled') {
      await store.release(lease, limits.resyncMs);
      if (result.state.phase === 'PROVISIONED') watch(lease.clusterId);
    } else if (result.end === 'stopped') {
      await store.release(lease, 0);
    }
  };

  const run = async (lease: Lease, interruption: Interruption): Promise<void> => {
    const { clusterId } = lease;
    try {
      await finish(lease, await reconcileCluster(deps, lease, interruption));
    } catch (error) {
      const count = (failures.get(clusterId) ?? 0) + 1;
      failures.set(clusterId, count);
      log.write('error', 'cluster.reconcile.failed', { clusterId, attempt: count, ...errorFields(error) });
      // If even this fails, the lease ends by itself.
      await store.release(lease, backoffMs(count, limits)).catch(() => undefined);
      if (!stopping) later(backoffMs(count, limits), () => wake(clusterId));
    }
  };

  const begin = (lease: Lease): void => {
    const { clusterId } = lease;
    const work: Work = { signalled: false, notify: () => undefined, done: Promise.resolve() };
    working.set(clusterId, work);
    work.done = run(lease, {
      stopping: () => stopping,
      // Called before the state is read: a signal from before that is seen in what is read.
      signalled: () => {
        work.signalled = false;
        return new Promise((resolve) => { work.notify = resolve; });
      },
    }).finally(() => {
      working.delete(clusterId);
      if (work.signalled) wake(clusterId);
    });
  };

  const claim = async (only?: string): Promise<void> => {
    const limit = limits.concurrencyMax - working.size;
    if (stopping || limit <= 0) return;
    for (const lease of await store.claim({ owner, leaseMs: limits.leaseMs, limit, only })) {
      if (!working.has(lease.clusterId)) begin(lease);
    }
  };

  function wake(clusterId: string): void {
    if (stopping) return;
    const work = working.get(clusterId);
    if (work) {
      work.signalled = true;
      work.notify();
      return;
    }
    claim(clusterId).catch((error: unknown) => log.write('warn', 'reconciler.claim.failed', { clusterId, ...errorFields(error) }));
  }

  function later(delayMs: number, callback: () => void): void {
    const timer = setTimeout(() => { timers.delete(timer); callback(); }, delayMs);
    timers.add(timer);
  }

  const every = (periodMs: number, name: string, task: () => Promise<void>): void => {
    const round = (): void => {
      if (stopping) return;
      ticking = task().catch((error: unknown) => log.write('warn', `reconciler.${name}.failed`, errorFields(error)));
      void ticking.finally(() => { if (!stopping) later(periodMs, round); });
    };
    round();
  };

  return {
    wake,
    start: () => {
      every(limits.tickMs, 'tick', () => claim());
      every(limits.sweepMs, 'sweep', () => sweeper.sweep());
    },
    stop: async () => {
      stopping = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      for (const work of working.values()) work.notify();
      await Promise.allSettled([ticking, ...[...working.values()].map((work) => work.done)]);
    },
  };
}
