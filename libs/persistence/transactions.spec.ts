import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newOrganizationId } from '#libs/control/domain';
import type { Sql, Transaction } from './connection.js';
import { startTestDatabase, type TestDatabase } from './testing.js';

describe('transactions on lent connections', () => {
  let test: TestDatabase;
  const [one, other] = [newOrganizationId(), newOrganizationId()];
  const tenantOf = (sql: Sql) => sql<{ tenant: string }>('tenant', 'SELECT current_setting(\'sluice.organization_id\', true) AS tenant', []);

  beforeAll(async () => { test = await startTestDatabase(); }, 60_000);
  afterAll(async () => { await test?.stop(); }, 30_000);

  /** What is left of a transaction's work after it has failed: the slower half of a Promise.all, say. */
  async function leftOf(use: (tx: Transaction, sql: Sql) => Promise<unknown>): Promise<{ tx: Transaction; sql: Sql }> {
    let left: { tx: Transaction; sql: Sql } | undefined;
    await expect(test.database.tenant(one, async (tx, sql) => {
      await use(tx, sql);
      left = { tx, sql };
      throw new Error('the faster half failed');
    })).rejects.toThrow('the faster half failed');
    return left!;
  }

  it('run nothing of an earlier one in the next, which may be another tenant\'s', async () => {
    const ended = [await leftOf(() => Promise.resolve()), await leftOf((_tx, sql) => tenantOf(sql)), await leftOf((tx) => tx.organization.findMany())];
    await test.database.tenant(other, async (tx, sql) => {
      expect(await tenantOf(sql)).toEqual([{ tenant: other }]);
      for (const left of ended) {
        await expect(tenantOf(left.sql)).rejects.toThrow('has ended');
        await expect(left.tx.organization.findMany()).rejects.toThrow();
        await expect(left.tx.$queryRaw`SELECT 1`).rejects.toThrow();
      }
      expect(await tx.organization.findMany()).toEqual([]);
    });
  });

  it('are not taken for done when a statement failed and its error was lost on the way', async () => {
    await expect(test.database.tenant(one, async (tx, sql) => {
      await tx.organization.create({ data: { id: one, displayName: 'one' } });
      await sql('broken', 'SELECT 1 / 0', []).catch(() => undefined);
      return 'done';
    })).rejects.toThrow('was rolled back');
    expect(await test.database.tenant(one, (tx) => tx.organization.findMany())).toEqual([]);
  });

  it('carry no tenant over, and leave nothing behind when they fail', async () => {
    await leftOf((tx) => tx.organization.create({ data: { id: one, displayName: 'one' } }));
    expect(await test.database.system((tx) => tx.organization.findMany())).toEqual([]);
    expect(await test.database.systemRow('SELECT current_setting(\'sluice.organization_id\', true) AS tenant WHERE \'x\' =', 'x')).toEqual({ tenant: '' });
  });
});
