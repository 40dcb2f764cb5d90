import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { OrganizationId } from '#libs/control/domain';
import { sealAnew } from '#libs/drivers/attached';
import { openSecrets, rotateSecretsKey, sealedBy, secretsKeyIds, type Secrets } from '#libs/secrets';
import { startTestDatabase, type TestDatabase } from '../../../libs/persistence/testing.js';
import { writeAdminFile } from './admin-file.js';
import { restore } from './restore.js';
import { backup } from './backup.js';
import { finishRotation, rotateSecrets, type RotationPoint } from './rotate-secrets-key.js';

const silent = { write: () => undefined };

describe('a new key for credentials', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-rotation-'));
  let test: TestDatabase;
  let home: string;
  let path: string;
  let homes = 0;
  /** Of two organizations. */
  const clusters = { 'lkc-1': '8bf8d29b-3e2b-407f-b405-46577ec130b6', 'lkc-2': '8bf8d29b-3e2b-407f-b405-46577ec130b6', 'lkc-3': '9bf8d29b-3e2b-407f-b405-46577ec130b6' };
  const ids = Object.keys(clusters);
  const operator = clusters['lkc-1'];
  const credentialsOf = (id: string): string => JSON.stringify({ password: `password of ${id}`, keyPem: null });
  const seal = (secrets: Secrets, id: string): string => secrets.seal(credentialsOf(id), [id, 'remote cluster credentials']);
  const open = (secrets: Secrets, id: string, sealed: string): string => secrets.open(sealed, [id, 'remote cluster credentials']);

  const rows = async (): Promise<Record<string, string>> => Object.fromEntries((await test.asOwner<{ id: string; sealed: string }>('SELECT cluster_id AS id, sealed FROM remote_cluster ORDER BY 1')).map(({ id, sealed }) => [id, sealed]));
  const put = async (id: string, sealed: string): Promise<void> => { await test.asOwner('UPDATE remote_cluster SET sealed = $2 WHERE cluster_id = $1', [id, sealed]); };
  /** As the platform would, with the keys that the file has at this moment. */
  const opened = async (): Promise<string[]> => {
    const secrets = openSecrets(path);
    return Object.entries(await rows()).map(([id, sealed]) => open(secrets, id, sealed));
  };
  const keysOfRows = async (): Promise<Set<string | null>> => new Set(Object.values(await rows()).map(sealedBy));
  const rotate = (reached?: (point: RotationPoint) => void): ReturnType<typeof rotateSecrets> => rotateSecrets({ home, databaseUrl: test.ownerUrl, reached });

  beforeAll(async () => {
    test = await startTestDatabase();
    for (const organizationId of new Set(Object.values(clusters))) {
      await test.asOwner(`INSERT INTO organization (id, display_name) VALUES ($1, 'one')`, [organizationId]);
      await test.asOwner(`INSERT INTO environment (organization_id, id, display_name) VALUES ($1, $2, 'prod')`, [organizationId, `env-${organizationId[0]}`]);
    }
    await test.asOwner('UPDATE organization SET is_operator = true WHERE id = $1', [operator]);
    for (const [id, organizationId] of Object.entries(clusters)) {
      await test.asOwner(`INSERT INTO cluster (organization_id, id, environment_id, display_name, kind, availability, cloud, region, config, engine, engine_spec, flush_mode, kafka_cluster_id, phase)
        VALUES ($1, $2, $3, $2, 'Basic', 'SINGLE_ZONE', 'AWS', 'r', '{}', 'attached', '{}', 'os', $2, 'PROVISIONED')`, [organizationId, id, `env-${organizationId[0]}`]);
      await test.asOwner(`INSERT INTO remote_cluster (organization_id, cluster_id, connection, sealed, findings) VALUES ($1, $2, '{}', $3, '{}')`, [organizationId, id, seal(openSecrets(join(scratch, 'first.key')), id)]);
    }
  }, 120_000);
  afterAll(async () => {
    await test?.stop();
    rmSync(scratch, { recursive: true });
  }, 60_000);
  beforeEach(async () => {
    homes += 1;
    home = join(scratch, `home-${homes}`);
    path = join(home, 'secrets.key');
    mkdirSync(join(home, 'pki'), { recursive: true });
    writeAdminFile({ path: join(home, 'admin.json'), baseUrl: 'http://127.0.0.1:8080', caFile: join(home, 'pki', 'ca.pem') }, { organizationId: operator as OrganizationId, userId: 'u-1', apiKey: 'KEY', apiSecret: 'secret' });
    const secrets = openSecrets(path);
    for (const id of ids) await put(id, seal(secrets, id));
  });

  it('opens what was sealed before, and the earlier key opens nothing any more', async () => {
    const [before] = secretsKeyIds(path);
    copyFileSync(path, join(home, 'stolen.key'));
    const { keyId, credentials, unreadable } = await rotate();
    expect([credentials, unreadable, secretsKeyIds(path)]).toEqual([3, [], [keyId]]);
    expect(keyId).not.toBe(before);
    expect(await keysOfRows()).toEqual(new Set([keyId]));
    expect(await opened()).toEqual(ids.map(credentialsOf));
    const stolen = openSecrets(join(home, 'stolen.key'));
    for (const [id, sealed] of Object.entries(await rows())) expect(() => open(stolen, id, sealed)).toThrow(expect.objectContaining({ code: 'secrets_key_missing' }));
  }, 60_000);

  /** A process that ends between two steps: nothing of what would have come after it happens. */
  const cutOffAt = async (point: RotationPoint, times = 1): Promise<void> => {
    let left = times;
    await expect(rotate((at) => {
      if (at === point && (left -= 1) === 0) throw new Error('killed');
    })).rejects.toThrow('killed');
  };

  describe.each<[RotationPoint, number]>([['key-added', 1], ['sealed-anew', 1], ['sealed-anew', 3], ['committed', 1]])('cut off at %s (%i)', (point, times) => {
    it('leaves every credential readable; the next start finishes it', async () => {
      const [before] = secretsKeyIds(path);
      await cutOffAt(point, times);
      expect(secretsKeyIds(path)).toHaveLength(2);
      expect(await opened()).toEqual(ids.map(credentialsOf));
      // All or none.
      expect((await keysOfRows()).size).toBe(1);
      await finishRotation(home, test.database, silent);
      expect(secretsKeyIds(path)).toHaveLength(1);
      expect(await keysOfRows()).toEqual(new Set(secretsKeyIds(path)));
      expect(secretsKeyIds(path)).not.toContain(before);
      expect(await opened()).toEqual(ids.map(credentialsOf));
    }, 60_000);
    it('can be begun again, however often: one key is left', async () => {
      for (let round = 0; round < 12; round += 1) {
        await cutOffAt(point, times);
        expect(await opened()).toEqual(ids.map(credentialsOf));
      }
      const seen = secretsKeyIds(path);
      const { keyId } = await rotate();
      expect(seen).not.toContain(keyId);
      expect(secretsKeyIds(path)).toEqual([keyId]);
      expect(await opened()).toEqual(ids.map(credentialsOf));
    }, 120_000);
  });

  it('does nothing at a start where none was cut off', async () => {
    const before = await rows();
    await finishRotation(home, test.database, silent);
    await finishRotation(join(scratch, 'nowhere'), test.database, silent);
    expect(await rows()).toEqual(before);
  });

  it('is made past credentials that nobody can open, which it names', async () => {
    const foreign = openSecrets(join(home, 'foreign.key'));
    await put('lkc-2', seal(foreign, 'lkc-2'));
    await put('lkc-3', (await rows())['lkc-1'] as string);
    const { credentials, unreadable } = await rotate();
    expect([credentials, unreadable]).toEqual([1, ['lkc-2', 'lkc-3']]);
    const found = await rows();
    expect(sealedBy(found['lkc-2'] as string)).toBe(foreign.keyId);
    expect(open(openSecrets(path), 'lkc-1', found['lkc-1'] as string)).toBe(credentialsOf('lkc-1'));
  }, 60_000);

  it('is refused where there is no key, or one that can\'t be', async () => {
    const before = await rows();
    writeFileSync(path, 'not a key\n', { mode: 0o600 });
    await expect(rotate()).rejects.toMatchObject({ code: 'secrets_key_broken' });
    expect(readFileSync(path, 'utf8')).toBe('not a key\n');
    rmSync(path);
    await expect(rotate()).rejects.toMatchObject({ code: 'secrets_key_absent' });
    await expect(rotateSecrets({ home: join(scratch, 'absent') })).rejects.toMatchObject({ code: 'secrets_key_absent' });
    expect(await rows()).toEqual(before);
  }, 60_000);

  it('is neither begun nor finished with another database: its rows say nothing of the keys that are needed', async () => {
    const other = await startTestDatabase();
    try {
      await other.asOwner(`INSERT INTO organization (id, display_name, is_operator) VALUES ('7bf8d29b-3e2b-407f-b405-46577ec130b6', 'other', true)`);
      const before = secretsKeyIds(path);
      await expect(rotateSecrets({ home, databaseUrl: other.ownerUrl })).rejects.toMatchObject({ code: 'database_unknown' });
      expect(secretsKeyIds(path)).toEqual(before);
      await cutOffAt('key-added');
      await finishRotation(home, other.database, silent);
      expect(await opened()).toEqual(ids.map(credentialsOf));
      rmSync(join(home, 'admin.json'));
      await expect(rotate()).rejects.toMatchObject({ code: 'database_unknown' });
      expect(await opened()).toEqual(ids.map(credentialsOf));
    } finally {
      await other.stop();
    }
  }, 120_000);

  describe('and a backup', () => {
    it('made between two steps has both keys, and what is restored opens', async () => {
      await cutOffAt('committed');
      const file = join(scratch, 'between.backup');
      await backup({ home, databaseUrl: test.ownerUrl, platformRuns: false, to: file });
      const other = await startTestDatabase({ migrated: false });
      try {
        const restored = join(scratch, 'restored');
        await restore({ home: restored, databaseUrl: other.ownerUrl, from: file });
        expect(secretsKeyIds(join(restored, 'secrets.key'))).toEqual(secretsKeyIds(path));
        const secrets = openSecrets(join(restored, 'secrets.key'));
        for (const { id, sealed } of await other.asOwner<{ id: string; sealed: string }>('SELECT cluster_id AS id, sealed FROM remote_cluster')) {
          expect(open(secrets, id, sealAnew(secrets, id, sealed))).toBe(credentialsOf(id));
        }
      } finally {
        await other.stop();
      }
    }, 120_000);
    it('leaves no part of it where the file of keys can\'t be read', async () => {
      const file = join(scratch, 'unread.backup');
      rmSync(path);
      mkdirSync(path);
      await expect(backup({ home, databaseUrl: test.ownerUrl, platformRuns: false, to: file })).rejects.toThrow();
      expect([existsSync(file), existsSync(`${file}.partial`)]).toEqual([false, false]);
    }, 60_000);
    it('made while the key is replaced is refused: rows and file would not belong together', async () => {
      const file = join(scratch, 'across.backup');
      const holder = new pg.Client({ connectionString: test.ownerUrl });
      await holder.connect();
      try {
        await holder.query('BEGIN; LOCK TABLE _prisma_migrations IN ACCESS EXCLUSIVE MODE');
        const made = backup({ home, databaseUrl: test.ownerUrl, platformRuns: false, to: file }).then(() => 'made', (error: Error) => error.message);
        const isWaiting = async (): Promise<boolean> => (await test.asOwner(`SELECT 1 FROM pg_locks WHERE NOT granted AND relation = '_prisma_migrations'::regclass`)).length > 0;
        for (const end = performance.now() + 10_000; !await isWaiting();) if (performance.now() > end) throw new Error('the backup has not begun to read');
        rotateSecretsKey(path, new Set(), { add: true });
        await holder.query('COMMIT');
        expect(await made).toMatch(/secrets\.key was replaced while the backup was made/);
      } finally {
        await holder.end();
      }
      expect([existsSync(file), existsSync(`${file}.partial`)]).toEqual([false, false]);
    }, 60_000);
  });
});
