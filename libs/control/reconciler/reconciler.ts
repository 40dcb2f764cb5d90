import type { Log } from '#libs/kernel';
import { createCrashPoints, crashProcess, type ClusterAdministration, type CrashPoints, type Drivers } from '#libs/control/domain';
import type { DesiredOptions } from './execute.js';
import { createClusterWorkers } from './cluster-workers.js';
import { historyLimits, type HistoryLimits } from './history.limits.js';
import { createPortAllocator } from './port-allocator.js';
import { createPortProbe, type PortProbe } from './port-probe.js';
import { reconcilerLimits, type ReconcilerLimits } from './reconciler.limits.js';
import { createSchedule } from './schedule.js';
import { createSemaphore } from './semaphore.js';
import type { ReconcilerStore } from './store.js';
import { createSweeper } from './sweeper.js';

export interface ReconcilerOptions {
  store: ReconcilerStore;
  drivers: Drivers;
  /** What is asked of clusters over the Kafka protocol. */
  administration: ClusterAdministration;
  log: Log;
  /** Tells this process from others that share the database. */
  owner: string;
  /** How the names of processes began that can't be running any more beside this one: their leases aren't waited for. */
  earlierOwners?: string;
  brokerPorts: { first: number; last: number };
  desired: DesiredOptions;
  limits?: Partial<ReconcilerLimits>;
  /** How long what is over is kept. */
  history?: Partial<HistoryLimits>;
  probe?: PortProbe;
  crash?: CrashPoints;
  now?: () => number;
}

/** `failing`: clusters whose last attempt failed and comes again. */
export interface ReconcilerFigures { working: number; failing: number }

export interface Reconciler {
  /** Something about this cluster has changed: look at it now. Never throws, never waits. */
  wake(clusterId: string): void;
  figures(): ReconcilerFigures;
  start(): void;
  /** Lets the steps in work end, gives the leases back and leaves every broker running. */
  stop(): Promise<void>;
}

export function createReconciler(options: ReconcilerOptions): Reconciler {
  const limits: ReconcilerLimits = { ...reconcilerLimits, ...options.limits };
  const { store, drivers, administration, log } = options;
  const schedule = createSchedule(log);
  const sweeper = createSweeper({ store, drivers, history: { ...historyLimits, ...options.history }, log });
  const workers = createClusterWorkers({
    store, drivers, administration, log, limits, desired: options.desired, now: options.now ?? Date.now,
    crash: options.crash ?? createCrashPoints(process.env.CRASH_AT, crashProcess),
    starts: createSemaphore(limits.startsAtOnceMax),
    ports: createPortAllocator(store, options.probe ?? createPortProbe(options.desired.bindHost), options.brokerPorts, limits),
  }, options.owner, schedule);
  return {
    figures: () => workers.figures(),
    wake: (clusterId) => { if (!schedule.stopping) workers.wake(clusterId); },
    start: () => {
      let roused = false;
      schedule.every(limits.tickMs, 'tick', async () => {
        // Whatever happened to brokers while nobody watched; and from its first round on a settled cluster is watched.
        if (!roused) await store.rouse(options.earlierOwners ?? null);
        roused = true;
        await workers.claimDue();
      });
      schedule.every(limits.sweepMs, 'sweep', () => sweeper.sweep());
    },
    stop: async () => {
      await Promise.all([schedule.stop(), workers.drain()]);
      // A claim that was under way may have begun one more.
      await workers.drain();
    },
  };
}
