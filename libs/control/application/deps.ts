import type { ClusterAdministration, CrashPoints, Drivers, RegionRule, RemoteClusters } from '#libs/control/domain';
import type { Log } from '#libs/kernel';
import type { Store } from './store.js';

/** Wakes the reconciler for a cluster. A lost signal makes it slower, never wrong. */
export interface ReconcilerSignal { wake(clusterId: string): void }

export interface ControlDeps {
  store: Store;
  drivers: Drivers;
  /** What is asked of clusters for the life of their nodes. */
  administration: ClusterAdministration;
  /** None: clusters that run elsewhere can't be attached. */
  remotes?: RemoteClusters;
  signal: ReconcilerSignal;
  log: Log;
  regions: RegionRule;
  /** Default: what CRASH_AT says. */
  crash?: CrashPoints;
}
