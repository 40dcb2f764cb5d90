import type { Log } from '#libs/kernel';
import type { HistoryLimits } from './history.limits.js';
import type { ReconcilerStore } from './store.js';

export type HistoryKind = 'operations' | 'audit';

/**
 * Takes away what is older than it is kept for, a few rows at a time. Operations tell which clusters this database once knew, so those of a cluster that has
 * something left on a machine must stay: the sweeper calls this when nothing is left.
 */
export async function forgetHistory({ store, limits, log }: { store: Pick<ReconcilerStore, 'forgetHistory'>; limits: HistoryLimits; log: Log }): Promise<void> {
  for (const [kind, keepDays] of [['operations', limits.operationsKeepDays], ['audit', limits.auditKeepDays]] as const satisfies readonly (readonly [HistoryKind, number])[]) {
    if (keepDays === 0) continue;
    let rows = 0;
    for (let batch = 0; batch < limits.historyBatchesMax; batch += 1) {
      const gone = await store.forgetHistory(kind, keepDays, limits.historyRowsMax);
      rows += gone;
      if (gone < limits.historyRowsMax) break;
    }
    if (rows > 0) log.write('info', 'sweep.history', { kind, rows, keepDays });
  }
}
