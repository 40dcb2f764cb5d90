import type { Log } from '#libs/kernel';
import type { ClusterDriver, Drivers } from '#libs/control/domain';
import { forgetHistory } from './history.js';
import type { HistoryLimits } from './history.limits.js';
import type { ReconcilerStore } from './store.js';

export interface Sweeper { sweep(): Promise<void> }

/**
 * Removes what clusters that are gone have left on this machine. A directory that this database has never heard of is only reported: the
 * database may be the wrong one, and data can't be brought back. Directories are listed before rows are read, and a row is there before its
 * directory and goes after it, so a cluster that is being made is never taken for a leftover. Where nothing is left, what is long over is forgotten.
 */
export function createSweeper({ store, drivers, history, log }: { store: ReconcilerStore; drivers: Drivers; history: HistoryLimits; log: Log }): Sweeper {
  const reported = new Set<string>();
  const sweepOf = async (driver: ClusterDriver): Promise<void> => {
    const owned = await driver.listOwned();
    if (owned.length === 0) return;
    const { leftovers, unknown } = await store.strays(owned);
    for (const clusterId of leftovers) {
      log.write('warn', 'sweep.remove', { clusterId });
      await driver.remove(clusterId);
    }
    for (const clusterId of unknown.filter((id) => !reported.has(id))) {
      reported.add(clusterId);
      log.write('warn', 'sweep.unknown', { clusterId, detail: 'this database knows nothing of the cluster; its directory and processes are left alone' });
    }
  };
  return {
    sweep: async () => {
      for (const driver of drivers.all) await sweepOf(driver);
      await forgetHistory({ store, limits: history, log });
    },
  };
}
