import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { newEnvironmentId, newOrganizationId } from '#libs/control/domain';
import { createStore } from './store.js';
import { startTestDatabase, type TestDatabase } from './testing.js';

const tenantTables = ['organization', 'environment', 'user_account', 'service_account', 'api_key', 'role_binding', 'cluster', 'broker', 'port_allocation', 'operation', 'audit_event', 'naming_policy', 'remote_cluster'];

describe('row-level security', () => {
  let test: TestDatabase;
  const ours = newOrganizationId();
  const theirs = newOrganizationId();
  const ourEnvironment = newEnvironmentId();

  beforeAll(async () => {
    test = await startTestDatabase();
    const store = createStore(test.database, { advertisedHost: 'localhost' });
    await store.tenant(ours, async (tx) => {
      await tx.organizations.insert({ displayName: 'ours', isOperator: false });
      await tx.environments.insert({ id: ourEnvironment, displayName: 'one' });
    });
    await store.tenant(theirs, (tx) => tx.organizations.insert({ displayName: 'theirs', isOperator: false }));
  }, 60_000);
  afterAll(() => test?.stop(), 30_000);

  /** As the application's role, without any help of the repositories. */
  const asApp = async (settings: Record<string, string>, sql: string): Promise<pg.QueryResult> => {
    const client = new pg.Client({ connectionString: test.appUrl });
    await client.connect();
    try {
      await client.query('BEGIN');
      for (const [name, value] of Object.entries(settings)) await client.query('SELECT set_config($1, $2, true)', [name, value]);
      return await client.query(sql);
    } finally {
      await client.end();
    }
  };

  it('is enabled, forced and has a policy on every table but the migrations\'', async () => {
    const rows = await test.asOwner<{ name: string; on: boolean; policies: string }>(`
      SELECT relname AS name, relrowsecurity AND relforcerowsecurity AS on, (SELECT count(*) FROM pg_policy WHERE polrelid = pg_class.oid) AS policies
      FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> '_prisma_migrations'`);
    expect(rows.map((row) => row.name).sort()).toEqual([...tenantTables].sort());
    expect(rows.filter((row) => !row.on || row.policies !== '1')).toEqual([]);
  });

  it('has the tenant in every primary key and in every foreign key between tenants\' tables', async () => {
    const rows = await test.asOwner<{ name: string; columns: string[] }>(`
      SELECT conrelid::regclass || '.' || conname AS name, (SELECT array_agg(attname::text) FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY (conkey)) AS columns
      FROM pg_constraint WHERE contype IN ('p', 'f') AND connamespace = 'public'::regnamespace AND conrelid NOT IN ('_prisma_migrations'::regclass, 'organization'::regclass)`);
    expect(rows.length).toBeGreaterThan(15);
    expect(rows.filter((row) => !row.columns.includes('organization_id'))).toEqual([]);
  });

  it('shows nothing without a tenant, nothing to the wrong one, and the right rows to the right one', async () => {
    for (const table of tenantTables) expect((await asApp({}, `SELECT * FROM ${table}`)).rows).toEqual([]);
    expect((await asApp({ 'sluice.organization_id': '' }, 'SELECT * FROM environment')).rows).toEqual([]);
    expect((await asApp({ 'sluice.organization_id': theirs }, `SELECT * FROM environment WHERE organization_id = '${ours}'`)).rows).toEqual([]);
    expect((await asApp({ 'sluice.organization_id': theirs }, 'SELECT id FROM organization')).rows).toEqual([{ id: theirs }]);
    expect((await asApp({ 'sluice.organization_id': ours }, 'SELECT id FROM environment')).rows).toEqual([{ id: ourEnvironment }]);
  });

  it('lets nobody write, move or remove a row of another tenant', async () => {
    const change = { 'sluice.organization_id': theirs };
    expect((await asApp(change, `UPDATE environment SET display_name = 'stolen'`)).rowCount).toBe(0);
    expect((await asApp(change, `DELETE FROM environment`)).rowCount).toBe(0);
    await expect(asApp(change, `INSERT INTO environment (organization_id, id, display_name) VALUES ('${ours}', 'env-x', 'x')`)).rejects.toMatchObject({ code: '42501' });
    await expect(asApp({ 'sluice.organization_id': ours }, `UPDATE environment SET organization_id = '${theirs}'`)).rejects.toMatchObject({ code: '42501' });
  });

  it('binds a role that can\'t go round it, and the setting ends with the transaction', async () => {
    const [role] = (await asApp({}, 'SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user')).rows;
    expect(role).toEqual({ rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false });
    await expect(asApp({}, 'SET row_security = off; SELECT * FROM environment')).rejects.toMatchObject({ code: '42501' });
    await expect(asApp({}, 'SELECT * FROM _prisma_migrations')).rejects.toMatchObject({ code: '42501' });
    const client = new pg.Client({ connectionString: test.appUrl });
    await client.connect();
    await client.query('BEGIN');
    await client.query('SELECT set_config($1, $2, true)', ['sluice.organization_id', ours]);
    await client.query('COMMIT');
    expect((await client.query('SELECT * FROM environment')).rows).toEqual([]);
    await client.end();
  });

  it('answers a repository of another tenant as if there were nothing', async () => {
    const store = createStore(test.database, { advertisedHost: 'localhost' });
    expect(await store.tenant(theirs, (tx) => tx.environments.get(ourEnvironment))).toBeNull();
    expect(await store.tenant(ours, (tx) => tx.environments.get(ourEnvironment))).toMatchObject({ displayName: 'one' });
  });
});
