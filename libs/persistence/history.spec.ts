import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { HistoryKind } from '#libs/control/reconciler';
import { forgetHistory, HISTORY_STATEMENTS } from './history.sql.js';
import { startTestPlatform, type TestPlatform } from './testing-platform.js';

/** A day more and a day less than this. */
const DAYS = 30;

describe('what is long over', () => {
  let platform: TestPlatform;
  let ours: string;
  const theirs = '8bf8d29b-3e2b-407f-b405-46577ec130b6';
  const sql = <T extends object>(text: string, values: unknown[] = []): Promise<T[]> => platform.test.asOwner(text, values);
  const forget = (kind: HistoryKind, limit = 100): Promise<number> => platform.reconcilerStore.forgetHistory(kind, DAYS, limit);

  /** `ended`: so many days ago; null: it runs. Begun long before. */
  const operation = (organizationId: string, id: string, ended: number | null): Promise<unknown> => sql(`
    INSERT INTO operation (organization_id, id, resource_id, kind, phase, requested_by, generation, created_at, finished_at)
    VALUES ($1, $2, 'lkc-gone', 'cluster.create', $3, 'u-1', 1, now() - interval '1000 days', now() - make_interval(hours => $4))`,
    [organizationId, id, ended === null ? 'RUNNING' : 'SUCCEEDED', ended === null ? null : ended * 24]);
  const audit = (organizationId: string, action: string, daysAgo: number): Promise<unknown> => sql(`
    INSERT INTO audit_event (organization_id, at, principal_id, key_id, action, resource_id, request_id) VALUES ($1, now() - make_interval(hours => $2), 'u-1', 'k', $3, 'lkc-gone', 'r')`,
    [organizationId, daysAgo * 24, action]);
  const operations = async (): Promise<string[]> => (await sql<{ id: string }>(`SELECT id FROM operation WHERE resource_id = 'lkc-gone' ORDER BY id`)).map(({ id }) => id);
  const audited = async (): Promise<string[]> => (await sql<{ action: string }>(`SELECT action FROM audit_event WHERE resource_id = 'lkc-gone' ORDER BY action`)).map(({ action }) => action);

  beforeAll(async () => {
    platform = await startTestPlatform({ history: { operationsKeepDays: 0, auditKeepDays: 0 } });
    ours = platform.admin.organizationId;
    await sql(`INSERT INTO organization (id, display_name) VALUES ($1, 'theirs')`, [theirs]);
  }, 60_000);
  afterEach(async () => { for (const table of ['operation', 'audit_event']) await sql(`DELETE FROM ${table} WHERE resource_id = 'lkc-gone'`); });
  afterAll(() => platform?.stop(), 30_000);

  it('goes, whoever\'s it is; what ended lately or runs stays, however long ago it began', async () => {
    await operation(ours, 'op-old', DAYS + 1);
    await operation(theirs, 'op-old-too', DAYS + 500);
    await operation(ours, 'op-young', DAYS - 1);
    await operation(theirs, 'op-running', null);
    expect(await forget('operations')).toBe(2);
    expect(await operations()).toEqual(['op-running', 'op-young']);
    expect(await forget('operations')).toBe(0);
    await audit(ours, 'old', DAYS + 1);
    await audit(theirs, 'old too', DAYS + 500);
    await audit(ours, 'young', DAYS - 1);
    expect(await forget('audit')).toBe(2);
    expect(await audited()).toEqual(['young']);
  });

  it('goes a few rows at a time, the oldest first', async () => {
    for (let day = 1; day <= 5; day += 1) await operation(day % 2 === 0 ? ours : theirs, `op-${day}`, DAYS + day);
    expect(await forget('operations', 2)).toBe(2);
    expect(await operations()).toEqual(['op-1', 'op-2', 'op-3']);
    expect([await forget('operations', 2), await forget('operations', 2)]).toEqual([2, 1]);
  });

  it('of another tenant is out of reach in a tenant\'s transaction', async () => {
    await operation(ours, 'op-ours', DAYS + 1);
    await operation(theirs, 'op-theirs', DAYS + 1);
    expect(await platform.test.database.tenant(ours, (_tx, ask) => forgetHistory(ask, 'operations', DAYS, 100))).toBe(1);
    expect(await operations()).toEqual(['op-theirs']);
  });

  it.each([['operations', 'finished_at', 'operation_finished_at_idx'], ['audit', 'at', 'audit_event_at_idx']] as const)('is found and deleted along indexes, row-level security or not: %s', async (kind, time, index) => {
    const plan = await platform.test.database.system(async (_tx, ask) => {
      await ask('no-seqscan', `SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true)`, []);
      return ask<{ 'QUERY PLAN': string }>(`explain-${kind}`, `EXPLAIN ${HISTORY_STATEMENTS[kind].text}`, [DAYS, 10]);
    });
    const text = plan.map((row) => row['QUERY PLAN']).join('\n');
    expect(text).toContain(`Index Scan using ${index}`);
    expect(text).toMatch(new RegExp(`Index Cond: \\(+"?${time}"? <`));
    expect(text).toMatch(/Index Cond: .*\bid = old\.id/);
    expect(text).not.toContain('Seq Scan');
  });

  it('is forgotten by the sweeper after 90 and 400 days where nobody said otherwise', async () => {
    await operation(ours, 'op-old', 91);
    await operation(ours, 'op-young', 89);
    await audit(ours, 'old', 401);
    await audit(ours, 'young', 399);
    await platform.restart({ limits: { sweepMs: 10 }, history: {} });
    await platform.eventually('only the young ones are there', async () => JSON.stringify([await operations(), await audited()]) === '[["op-young"],["young"]]');
  });
});
