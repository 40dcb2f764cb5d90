import { describe, expect, it } from '@jest/globals';
import type { ClusterDriver, Drivers } from '#libs/control/domain';
import { forgetHistory, type HistoryKind } from './history.js';
import { historyLimits, type HistoryLimits } from './history.limits.js';
import type { ReconcilerStore } from './store.js';
import { createSweeper } from './sweeper.js';

const silent = { write: () => undefined };

/** A store with so many rows that are too old. */
function history(rows: Record<HistoryKind, number>) {
  const asked: string[] = [];
  const store: Pick<ReconcilerStore, 'forgetHistory'> = {
    forgetHistory: async (kind, keepDays, limit) => {
      asked.push(`${kind} ${keepDays} ${limit}`);
      const gone = Math.min(limit, rows[kind]);
      rows[kind] -= gone;
      return gone;
    },
  };
  return { store, asked, rows };
}

describe('what is long over', () => {
  const limits: HistoryLimits = { operationsKeepDays: 90, auditKeepDays: 400, historyRowsMax: 10, historyBatchesMax: 3 };
  it('goes a few rows at a time, and the rest in later rounds', async () => {
    const { store, asked, rows } = history({ operations: 35, audit: 4 });
    const lines: unknown[] = [];
    const log = { write: (_level: string, event: string, fields?: object) => { lines.push({ event, ...fields }); } };
    await forgetHistory({ store, limits, log });
    expect(rows).toEqual({ operations: 5, audit: 0 });
    expect(asked).toEqual(['operations 90 10', 'operations 90 10', 'operations 90 10', 'audit 400 10']);
    expect(lines).toEqual([{ event: 'sweep.history', kind: 'operations', rows: 30, keepDays: 90 }, { event: 'sweep.history', kind: 'audit', rows: 4, keepDays: 400 }]);
    await forgetHistory({ store, limits, log });
    await forgetHistory({ store, limits, log });
    expect([rows.operations, lines.length]).toEqual([0, 3]);
  });
  it('is asked once more where exactly a batch went', async () => {
    const { store, asked } = history({ operations: 10, audit: 0 });
    await forgetHistory({ store, limits, log: silent });
    expect(asked).toEqual(['operations 90 10', 'operations 90 10', 'audit 400 10']);
  });
  it('stays where days are 0', async () => {
    const { store, asked } = history({ operations: 10, audit: 10 });
    await forgetHistory({ store, limits: { ...limits, auditKeepDays: 0 }, log: silent });
    expect(asked.some((each) => each.startsWith('audit'))).toBe(false);
    await forgetHistory({ store, limits: { ...limits, operationsKeepDays: 0, auditKeepDays: 0 }, log: silent });
    expect(asked).toHaveLength(2);
  });
});

/** The operation's row is what tells a leftover from a cluster of another database's. */
it('forgets nothing while something is left that its rows tell of', async () => {
  const { store: past, asked } = history({ operations: 1, audit: 1 });
  let left = ['lkc-left'];
  let isStuck = true;
  const driver = {
    name: 'fake', listOwned: async () => left,
    remove: async (clusterId: string) => {
      if (isStuck) throw new Error('busy');
      left = left.filter((each) => each !== clusterId);
    },
  } as unknown as ClusterDriver;
  const store = { ...past, strays: async (ids: readonly string[]) => ({ leftovers: [...ids], unknown: [] }) } as unknown as ReconcilerStore;
  const sweeper = createSweeper({ store, drivers: { all: [driver] } as unknown as Drivers, history: historyLimits, log: silent });
  await expect(sweeper.sweep()).rejects.toThrow('busy');
  expect(asked).toEqual([]);
  isStuck = false;
  await sweeper.sweep();
  expect([left, asked.length]).toEqual([[], 2]);
});
