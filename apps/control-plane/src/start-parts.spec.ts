import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AdministrationService, AdministratorKey } from '#libs/control/application';
import { ensureAdminFile, readAdminFile } from './admin-file.js';
import { createClosers } from './closers.js';
import { createReadiness } from './readiness.js';
import { rotateAdminKey } from './rotate-admin-key.js';

const silent = { write: (): void => undefined };

describe('admin.json', () => {
  let directory: string;
  let keys: string[];
  let target: { path: string; baseUrl: string; caFile: string };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-admin-'));
    keys = [];
    target = { path: join(directory, 'admin.json'), baseUrl: 'http://127.0.0.1:8080', caFile: '/ca.pem' };
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const make = (): AdministratorKey => {
    keys.push(`KEY${keys.length}`);
    return { organizationId: 'o', userId: 'u-1', apiKey: keys[keys.length - 1], apiSecret: 's' };
  };
  const administration: AdministrationService = {
    bootstrapAdministrator: async () => (keys.length === 0 ? make() : null),
    rotateAdministratorKey: async () => make(),
    isAdministratorKey: async (id) => id === keys[keys.length - 1],
  };

  it('is made at the first start, readable by its owner alone, and kept by the next', async () => {
    const first = await ensureAdminFile(target, administration);
    expect(first).toEqual({ isNew: true, admin: { baseUrl: target.baseUrl, swaggerUrl: `${target.baseUrl}/docs`, apiKey: 'KEY0', apiSecret: 's', organizationId: 'o', userId: 'u-1', caFile: '/ca.pem' } });
    expect(statSync(target.path).mode & 0o777).toBe(0o600);
    expect(await ensureAdminFile(target, administration)).toEqual({ isNew: false, admin: first.admin });
    expect(readAdminFile(target.path)).toEqual(first.admin);
  });
  it('follows the platform to another port with the same key', async () => {
    await ensureAdminFile(target, administration);
    const moved = await ensureAdminFile({ ...target, baseUrl: 'http://127.0.0.1:9090' }, administration);
    expect([moved.isNew, moved.admin.apiKey, readAdminFile(target.path)?.swaggerUrl]).toEqual([false, 'KEY0', 'http://127.0.0.1:9090/docs']);
  });
  it.each(['lost', 'broken', 'stale'])('is made again with a new key when it is %s', async (how) => {
    const { admin } = await ensureAdminFile(target, administration);
    if (how === 'lost') rmSync(target.path);
    else writeFileSync(target.path, how === 'broken' ? '{"baseUrl":' : JSON.stringify({ ...admin, apiKey: 'OLD' }));
    expect(await ensureAdminFile(target, administration)).toMatchObject({ isNew: true, admin: { apiKey: 'KEY1' } });
    expect(JSON.parse(readFileSync(target.path, 'utf8'))).toMatchObject({ apiKey: 'KEY1' });
  });
});

describe('the rotation of the administrator\'s key', () => {
  it('makes no database of its own where the platform uses the operator\'s', async () => {
    const home = mkdtempSync(join(tmpdir(), 'sluice-rotate-'));
    const admin = { baseUrl: 'b', swaggerUrl: 's', apiKey: 'k', apiSecret: 's', organizationId: 'o', userId: 'u', caFile: 'c' };
    writeFileSync(join(home, 'admin.json'), JSON.stringify(admin));
    await expect(rotateAdminKey({ home, platformRuns: false })).rejects.toMatchObject({ name: 'OperationalError', code: 'database_unknown' });
    expect([existsSync(join(home, 'postgres')), existsSync(join(home, 'postgres.json'))]).toEqual([false, false]);
    rmSync(home, { recursive: true });
  });
});

describe('closers', () => {
  it('close in reverse, all of them even when one fails, and once', async () => {
    const closed: string[] = [];
    const closers = createClosers(silent);
    closers.add('first', () => { closed.push('first'); });
    closers.add('second', async () => { throw new Error('no'); });
    closers.add('third', async () => { closed.push('third'); });
    await Promise.all([closers.closeAll(), closers.closeAll()]);
    expect(closed).toEqual(['third', 'first']);
  });
});

describe('readiness', () => {
  it('names what isn\'t ready and why, and doesn\'t pass on what an error says', async () => {
    const readiness = createReadiness([
      { name: 'migrations', problem: async () => null }, { name: 'database', problem: async () => { throw new Error('10.0.0.1 refused'); } }, { name: 'reconciler', problem: async () => 'it has stood still' },
    ]);
    expect(await readiness.report()).toEqual({
      ready: false, checks: [{ name: 'migrations', ready: true }, { name: 'database', ready: false, reason: 'it can\'t be reached' }, { name: 'reconciler', ready: false, reason: 'it has stood still' }],
    });
  });
  it('asks once for many who ask at the same moment, and again later', async () => {
    let now = 0;
    let asked = 0;
    const readiness = createReadiness([{ name: 'database', problem: async () => { asked += 1; return null; } }], () => now);
    await Promise.all([readiness.report(), readiness.report()]);
    expect(asked).toBe(1);
    now = 300;
    await readiness.report();
    expect(asked).toBe(2);
  });
});
