import type { CrashPoints, Drivers, RegionRule } from '#libs/control/domain';
import type { Log } from '#libs/kernel';
import type { Store } from './store.js';

/** Wakes the reconciler for a cluster. A lost signal makes it slower, never wrong. */
export interface ReconcilerSignal { wake(clusterId: string): void }

export interface ControlDeps {
  store: Store;
  drivers: Drivers;
  signal: ReconcilerSignal;
  log: Log;
  regions: RegionRule;
  /** Default: what CRASH_AT says. */
  crash?: CrashPoints;
}
