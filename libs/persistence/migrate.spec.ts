import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDatabase } from './connection.js';
import { migrate } from './migrate.js';
import { startTestDatabase, type TestDatabase } from './testing.js';

describe('migrate', () => {
  let test: TestDatabase;
  const directory = mkdtempSync(join(tmpdir(), 'sluice-migrations-'));
  const add = (name: string, sql: string): void => {
    mkdirSync(join(directory, name), { recursive: true });
    writeFileSync(join(directory, name, 'migration.sql'), sql);
  };
  beforeAll(async () => { test = await startTestDatabase({ migrated: false }); }, 60_000);
  afterAll(async () => {
    await test?.stop();
    rmSync(directory, { recursive: true });
  }, 30_000);

  it('applies each migration once, in order, with Prisma\'s own rows; starters at the same time wait for one another', async () => {
    add('1_first', 'CREATE TABLE one (id INT); CREATE TABLE two (id INT);');
    add('2_second', 'ALTER TABLE one ADD COLUMN name TEXT;');
    const outcomes = await Promise.all([1, 2, 3].map(() => migrate({ ownerUrl: test.ownerUrl, directory })));
    expect(outcomes.map((outcome) => outcome.applied).sort()).toEqual([[], [], ['1_first', '2_second']]);
    expect(await test.asOwner('SELECT migration_name, applied_steps_count, finished_at IS NOT NULL AS finished, length(checksum) AS length FROM _prisma_migrations ORDER BY 1')).toEqual([
      { migration_name: '1_first', applied_steps_count: 1, finished: true, length: 64 }, { migration_name: '2_second', applied_steps_count: 1, finished: true, length: 64 },
    ]);
  });

  it('gives the application a plain role that owns nothing, and refuses to work as a privileged one', async () => {
    const { appUrl } = await migrate({ ownerUrl: test.ownerUrl, directory });
    expect(new URL(appUrl).username).toBe('sluice_app');
    const database = await openDatabase({ url: appUrl });
    await database.ping();
    await expect(database.system((tx) => tx.$executeRaw`CREATE TABLE three (id INT)`)).rejects.toThrow();
    await database.close();
    await expect(openDatabase({ url: test.ownerUrl })).rejects.toMatchObject({ code: 'database_role_privileged', retryable: false });
  });

  it('refuses a failed migration, an edited one and a schema newer than the program', async () => {
    add('3_broken', 'CREATE TABLE half (id INT); SELECT nothing_like_this();');
    await expect(migrate({ ownerUrl: test.ownerUrl, directory })).rejects.toMatchObject({ code: 'schema_migration_failed' });
    expect(await test.asOwner(`SELECT 1 FROM pg_class WHERE relname = 'half'`)).toEqual([]);
    await expect(migrate({ ownerUrl: test.ownerUrl, directory })).rejects.toMatchObject({ code: 'schema_migration_failed', message: expect.stringContaining('3_broken') });
    await test.asOwner(`DELETE FROM _prisma_migrations WHERE migration_name = '3_broken'`);
    rmSync(join(directory, '3_broken'), { recursive: true });
    add('2_second', 'ALTER TABLE one ADD COLUMN other TEXT;');
    await expect(migrate({ ownerUrl: test.ownerUrl, directory })).rejects.toMatchObject({ code: 'schema_migration_edited' });
    rmSync(join(directory, '2_second'), { recursive: true });
    await expect(migrate({ ownerUrl: test.ownerUrl, directory })).rejects.toMatchObject({ code: 'schema_newer', message: expect.stringContaining('newer than this program') });
  });

  it('says that the database can\'t be reached', async () => {
    const url = new URL(test.ownerUrl);
    url.port = '1';
    await expect(migrate({ ownerUrl: url.toString(), directory })).rejects.toMatchObject({ name: 'OperationalError', code: 'database_unavailable', retryable: true });
    await expect(openDatabase({ url: url.toString() })).rejects.toMatchObject({ name: 'OperationalError', code: 'database_unavailable', retryable: true });
  });
});
