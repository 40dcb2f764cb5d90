import type { Log } from '#libs/kernel';
import type { ClusterDriver, Drivers } from '#libs/control/domain';
import { forgetHistory } from './history.js';
import type { HistoryLimits } from './history.limits.js';
import { reasonOf } from './schedule.js';
import type { ReconcilerStore } from './store.js';

export interface Sweeper { sweep(): Promise<void> }

/**
 * Removes what clusters that are gone have left on this machine. A directory that this database has never heard of is only reported: the
 * database may be the wrong one, and data can't be brought back. Directories are listed before rows are read, and a row is there before its
 * directory and goes after it, so a cluster that is being made is never taken for a leftover. What is long over is forgotten; but operations tell which clusters this database
 * once knew, so they stay as long as something is left on a machine.
 */
export function createSweeper({ store, drivers, history, log }: { store: ReconcilerStore; drivers: Drivers; history: HistoryLimits; log: Log }): Sweeper {
  const reported = new Set<string>();
  /** Resolves to whether none of them is left. One that can't be removed holds up no other. */
  const removeAll = async (driver: ClusterDriver, leftovers: readonly string[]): Promise<boolean> => {
    let isClean = true;
    for (const clusterId of leftovers) {
      log.write('warn', 'sweep.remove', { clusterId });
      await driver.remove(clusterId).catch((error: unknown) => {
        isClean = false;
        log.write('warn', 'sweep.remove.failed', { clusterId, reason: reasonOf(error) });
      });
    }
    return isClean;
  };
  const sweepOf = async (driver: ClusterDriver): Promise<boolean> => {
    const owned = await driver.listOwned();
    if (owned.length === 0) return true;
    const { leftovers, unknown } = await store.strays(owned);
    for (const clusterId of unknown.filter((id) => !reported.has(id))) {
      reported.add(clusterId);
      log.write('warn', 'sweep.unknown', { clusterId, detail: 'this database knows nothing of the cluster; its directory and processes are left alone' });
    }
    return removeAll(driver, leftovers);
  };
  return {
    sweep: async () => {
      let isClean = true;
      for (const driver of drivers.all) isClean = await sweepOf(driver) && isClean;
      await forgetHistory('audit', { store, limits: history, log });
      if (isClean) await forgetHistory('operations', { store, limits: history, log });
    },
  };
}
