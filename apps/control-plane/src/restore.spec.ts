import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findMigrations, migrate } from '#libs/persistence';
import { startTestDatabase, type TestDatabase } from '../../../libs/persistence/testing.js';
import { createArchive } from './backup-archive.js';
import { backup, restore } from './backup.js';

/** The walk with a platform, its brokers and an embedded database is `npm run drill:restore`. */
describe('backup and restore with a database of the operator\'s own', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-restore-spec-'));
  const [source, older] = [join(scratch, 'source'), join(scratch, 'older')];
  const all = readdirSync(findMigrations()).filter((name) => existsSync(join(findMigrations(), name, 'migration.sql'))).sort();
  let databases: TestDatabase[] = [];
  const database = (index: number): TestDatabase => databases[index] as TestDatabase;
  const migrationsOf = async (index: number): Promise<string[]> => (await database(index).asOwner<{ name: string }>('SELECT migration_name AS name FROM _prisma_migrations ORDER BY 1')).map(({ name }) => name);
  const file = join(scratch, 'state.backup');

  beforeAll(async () => {
    databases = await Promise.all([1, 2, 3].map(() => startTestDatabase({ migrated: false })));
    // As the first release had it.
    mkdirSync(older);
    cpSync(join(findMigrations(), all[0] as string), join(older, all[0] as string), { recursive: true });
    await migrate({ ownerUrl: database(0).ownerUrl, directory: older });
    await database(0).asOwner(`INSERT INTO organization (id, display_name) VALUES ('8bf8d29b-3e2b-407f-b405-46577ec130b6', 'Ours')`);
    await database(0).asOwner(`INSERT INTO environment (organization_id, id, display_name) VALUES ('8bf8d29b-3e2b-407f-b405-46577ec130b6', 'env-abc', 'prod')`);
    await database(0).asOwner(`INSERT INTO cluster (organization_id, id, environment_id, display_name, kind, availability, cloud, region, config, flush_mode, kafka_cluster_id, phase, principals_sequence)
      SELECT '8bf8d29b-3e2b-407f-b405-46577ec130b6', id, 'env-abc', id, 'Basic', 'SINGLE_ZONE', 'AWS', 'r', '{}', 'ack', id, 'PROVISIONED', sequence FROM (VALUES ('lkc-1', 5), ('lkc-2', 7)) AS c (id, sequence)`);
    for (const [path, content] of [['pki/ca.key', 'key'], ['admin.json', '{}'], ['clusters/lkc-1/node-1/principals.json', '{"sequence":5}'], ['clusters/lkc-1/node-1/data/x', 'data']] as const) {
      mkdirSync(join(source, path, '..'), { recursive: true });
      writeFileSync(join(source, path), content, { mode: 0o600 });
    }
    await backup({ home: source, databaseUrl: database(0).ownerUrl, platformRuns: false, to: file });
  }, 120_000);
  afterAll(async () => {
    await Promise.all(databases.map((each) => each.stop()));
    rmSync(scratch, { recursive: true });
  }, 60_000);

  it('brings an older schema back as it was, which the next start brings to the present', async () => {
    const home = join(scratch, 'target');
    mkdirSync(join(home, 'clusters/lkc-1/node-1/data'), { recursive: true });
    writeFileSync(join(home, 'clusters/lkc-1/node-1/data/x'), 'data');
    writeFileSync(join(home, 'clusters/lkc-1/node-1/principals.json'), '{"sequence":12}');
    mkdirSync(join(home, 'clusters/lkc-9/node-1/data/orders-0'), { recursive: true });
    const restored = await restore({ home, databaseUrl: database(1).ownerUrl, from: file });
    expect(restored).toMatchObject({ files: 2, kept: 1, withoutData: ['lkc-2'], unknown: ['lkc-9'] });
    expect(await migrationsOf(1)).toEqual([all[0]]);
    // The broker's file is newer than the backup: what is published next must be newer still.
    expect(await database(1).asOwner('SELECT id, principals_sequence::int AS sequence FROM cluster ORDER BY id')).toEqual([{ id: 'lkc-1', sequence: 13 }, { id: 'lkc-2', sequence: 8 }]);
    expect(readFileSync(join(home, 'pki/ca.key'), 'utf8')).toBe('key');
    expect((await migrate({ ownerUrl: database(1).ownerUrl })).applied).toEqual(all.slice(1));
    await expect(restore({ home, databaseUrl: database(1).ownerUrl, from: file })).rejects.toMatchObject({ code: 'backup_unusable', message: expect.stringContaining('isn\'t empty') });
  }, 60_000);

  it('refuses what this program doesn\'t know, before anything is made', async () => {
    const home = join(scratch, 'untouched');
    for (const [name, checksum, message] of [['99990101000000_later', 'x', /doesn't know/], [all[0] as string, 'x', /another migration/], ['../evil', 'x', /doesn't know/]] as const) {
      const path = join(scratch, `strange-${name.replaceAll('/', '')}-${checksum}`);
      const archive = await createArchive(path);
      await archive.write({ kind: 'header', format: 'sluice-backup', version: 1, program: '9', createdAt: '', home: '', migrations: [{ name, checksum }] });
      await archive.finish();
      await expect(restore({ home, databaseUrl: database(2).ownerUrl, from: path })).rejects.toThrow(message);
    }
    expect(existsSync(home)).toBe(false);
    expect(await database(2).asOwner(`SELECT 1 FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
  }, 60_000);

  it('refuses a home that has no platform, and leaves no file', async () => {
    const to = join(scratch, 'nothing.backup');
    await expect(backup({ home: join(scratch, 'absent'), databaseUrl: database(2).ownerUrl, platformRuns: false, to })).rejects.toThrow(/no platform's state/);
    await expect(backup({ home: source, databaseUrl: database(2).ownerUrl, platformRuns: false, to })).rejects.toThrow(/no schema/);
    await expect(backup({ home: source, databaseUrl: database(0).ownerUrl, platformRuns: false, to: join(source, 'own.backup') })).rejects.toThrow(/lies in/);
    expect([existsSync(to), existsSync(`${to}.partial`)]).toEqual([false, false]);
  }, 60_000);
});
