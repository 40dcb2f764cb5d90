import { reconcileCluster, type Reconciled, type ReconcileDeps } from './reconcile-cluster.js';
import { backoffMs } from './reconciler.limits.js';
import { reasonOf, type Schedule } from './schedule.js';
import type { Lease } from './store.js';

/** At most one piece of work per cluster in this process; a signal that comes during it makes it look again, one after it begins the next. */
export interface ClusterWorkers {
  wake(clusterId: string): void;
  /** Takes up what is due. */
  claimDue(): Promise<void>;
  /** Resolves when no work is left; to be called once the schedule is stopping. */
  drain(): Promise<void>;
  figures(): { working: number; failing: number };
}

interface Work { signalled: boolean; notify: () => void; done: Promise<void> }

export function createClusterWorkers(deps: ReconcileDeps, owner: string, schedule: Schedule): ClusterWorkers {
  const { store, drivers, log, limits } = deps;
  const working = new Map<string, Work>();
  const failures = new Map<string, number>();
  const postponed = new Set<string>();
  const watch = createWatch(deps, schedule, (clusterId) => wake(clusterId));

  const finish = async (lease: Lease, result: Reconciled): Promise<void> => {
    failures.delete(lease.clusterId);
    if (result.end === 'settled') {
      await store.release(lease, limits.resyncMs);
      // A paused cluster has nobody to watch; one that has failed may return by itself, if it has ever been up.
      if ((result.state.phase === 'PROVISIONED' || (result.state.phase === 'FAILED' && result.state.everProvisioned)) && !result.state.isPaused) watch(lease.clusterId, result.state.engine.engine);
    } else if (result.end === 'stopped') {
      await store.release(lease, 0);
    }
  };

  const run = async (lease: Lease, work: Work): Promise<void> => {
    const { clusterId } = lease;
    try {
      await finish(lease, await reconcileCluster(deps, lease, {
        stopping: () => schedule.stopping,
        // Asked for before the state is read: a signal from before that is seen in what is read.
        signalled: () => {
          work.signalled = false;
          return new Promise((resolve) => { work.notify = resolve; });
        },
      }));
    } catch (error) {
      const count = (failures.get(clusterId) ?? 0) + 1;
      failures.set(clusterId, count);
      log.write('error', 'cluster.reconcile.failed', { clusterId, attempt: count, reason: reasonOf(error) });
      // If even this fails, the lease ends by itself.
      await store.release(lease, backoffMs(count, limits), true).catch(() => undefined);
      schedule.later(backoffMs(count, limits), () => wake(clusterId));
    }
  };

  const begin = (lease: Lease): void => {
    const { clusterId } = lease;
    const work: Work = { signalled: false, notify: () => undefined, done: Promise.resolve() };
    working.set(clusterId, work);
    work.done = run(lease, work).finally(() => {
      working.delete(clusterId);
      if (work.signalled) wake(clusterId);
    });
  };

  /** False: there is no place for more work. */
  const claim = async (only?: string): Promise<boolean> => {
    const limit = limits.concurrencyMax - working.size;
    if (schedule.stopping) return true;
    if (limit <= 0) return false;
    for (const lease of await store.claim({ owner, leaseMs: limits.leaseMs, limit, only })) {
      if (!working.has(lease.clusterId)) begin(lease);
    }
    return true;
  };

  /** A signal comes once: what can't be taken up now (no place, no database) is tried again, or a dead broker would lie there until the next resync. */
  const takeUp = async (clusterId: string): Promise<void> => {
    const taken = await claim(clusterId).catch((error: unknown) => {
      log.write('warn', 'reconciler.claim.failed', { clusterId, reason: reasonOf(error) });
      return false;
    });
    if (taken || postponed.has(clusterId)) return;
    postponed.add(clusterId);
    schedule.later(limits.tickMs, () => {
      postponed.delete(clusterId);
      wake(clusterId);
    });
  };

  function wake(clusterId: string): void {
    const work = working.get(clusterId);
    if (work) {
      work.signalled = true;
      work.notify();
    } else {
      void takeUp(clusterId);
    }
  }

  return {
    wake,
    claimDue: async () => { await claim(); },
    figures: () => ({ working: working.size, failing: failures.size }),
    drain: async () => {
      for (const work of working.values()) work.notify();
      await Promise.allSettled([...working.values()].map((work) => work.done));
    },
  };
}

/** Looks after the brokers of settled clusters: what changes there, and the end of the wait, is a reason to look at the cluster. */
function createWatch({ drivers, limits, log }: ReconcileDeps, schedule: Schedule, onChange: (clusterId: string) => void): (clusterId: string, engine: string) => void {
  const watched = new Set<string>();
  return (clusterId, engine) => {
    if (watched.has(clusterId) || schedule.stopping) return;
    watched.add(clusterId);
    drivers.of(engine).waitForChange(clusterId, limits.watchMs)
      .catch((error: unknown) => log.write('warn', 'cluster.watch.failed', { clusterId, reason: reasonOf(error) }))
      .finally(() => {
        watched.delete(clusterId);
        if (!schedule.stopping) onChange(clusterId);
      });
  };
}
