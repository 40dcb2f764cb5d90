import type { Log } from '#libs/kernel';
import type { HistoryLimits } from './history.limits.js';
import type { ReconcilerStore } from './store.js';

export type HistoryKind = 'operations' | 'audit';

/** Takes away what is older than it is kept for, a few rows at a time. */
export async function forgetHistory(kind: HistoryKind, { store, limits, log }: { store: Pick<ReconcilerStore, 'forgetHistory'>; limits: HistoryLimits; log: Log }): Promise<void> {
  const keepDays = { operations: limits.operationsKeepDays, audit: limits.auditKeepDays }[kind];
  if (keepDays === 0) return;
  let rows = 0;
  for (let batch = 0; batch < limits.historyBatchesMax; batch += 1) {
    const gone = await store.forgetHistory(kind, keepDays, limits.historyRowsMax);
    rows += gone;
    if (gone < limits.historyRowsMax) break;
  }
  if (rows > 0) log.write('info', 'sweep.history', { kind, rows, keepDays });
}
