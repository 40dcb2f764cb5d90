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
  const kinds = ['operations', 'audit'] as const;
  const limits: HistoryLimits = { operationsKeepDays: 90, auditKeepDays: 400, historyRowsMax: 10, historyBatchesMax: 3 };
  it('goes a few rows at a time, and the rest in later rounds', async () => {
    const { store, asked, rows } = history({ operations: 35, audit: 4 });
    const lines: unknown[] = [];
    const log = { write: (_level: string, event: string, fields?: object) => { lines.push({ event, ...fields }); } };
    const forget = async (): Promise<void> => { for (const kind of kinds) await forgetHistory(kind, { store, limits, log }); };
    await forget();
    expect(rows).toEqual({ operations: 5, audit: 0 });
    expect(asked).toEqual(['operations 90 10', 'operations 90 10', 'operations 90 10', 'audit 400 10']);
    expect(lines).toEqual([{ event: 'sweep.history', kind: 'operations', rows: 30, keepDays: 90 }, { event: 'sweep.history', kind: 'audit', rows: 4, keepDays: 400 }]);
    await forget();
    await forget();
    expect([rows.operations, lines.length]).toEqual([0, 3]);
  });
  it('is asked once more where exactly a batch went', async () => {
    const { store, asked } = history({ operations: 10, audit: 0 });
    await forgetHistory('operations', { store, limits, log: silent });
    expect(asked).toEqual(['operations 90 10', 'operations 90 10']);
  });
  it('stays where days are 0', async () => {
    const { store, asked } = history({ operations: 10, audit: 10 });
    for (const kind of kinds) await forgetHistory(kind, { store, limits: { ...limits, auditKeepDays: 0 }, log: silent });
    expect(asked).toEqual(['operations 90 10', 'operations 90 10']);
    for (const kind of kinds) await forgetHistory(kind, { store, limits: { ...limits, operationsKeepDays: 0, auditKeepDays: 0 }, log: silent });
    expect(asked).toHaveLength(2);
  });
});

/** The operation's row is what tells a leftover from a cluster of another database's. */
it('forgets no operations while something is left that their rows tell of, and who did what all the same', async () => {
  const { store: past, asked } = history({ operations: 1, audit: 1 });
  const left = new Map([['one', ['lkc-stuck', 'lkc-left']], ['other', ['lkc-far']]]);
  let isStuck = true;
  const drivers = [...left.keys()].map((name) => ({
    name, listOwned: async () => left.get(name)!,
    remove: async (clusterId: string) => {
      if (isStuck && clusterId === 'lkc-stuck') throw new Error('busy');
      left.set(name, left.get(name)!.filter((each) => each !== clusterId));
    },
  }) as unknown as ClusterDriver);
  const lines: unknown[] = [];
  const log = { write: (_level: string, event: string, fields?: object) => { lines.push({ event, ...fields }); } };
  const store = { ...past, strays: async (ids: readonly string[]) => ({ leftovers: [...ids], unknown: [] }) } as unknown as ReconcilerStore;
  const sweeper = createSweeper({ store, drivers: { all: drivers } as unknown as Drivers, history: historyLimits, log });
  await sweeper.sweep();
  expect([asked, [...left.values()]]).toEqual([['audit 400 1000'], [['lkc-stuck'], []]]);
  expect(lines).toContainEqual({ event: 'sweep.remove.failed', clusterId: 'lkc-stuck', reason: 'busy' });
  isStuck = false;
  await sweeper.sweep();
  expect([asked, [...left.values()]]).toEqual([['audit 400 1000', 'audit 400 1000', 'operations 90 1000'], [[], []]]);
});
