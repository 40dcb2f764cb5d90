import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { chmodSync } from 'node:fs';
import { signalProcess, waitUntilGone } from '#libs/host';
import { ensureDatabase, type Database } from './index.js';
import { findServer, type RunningServer } from './postgres-server.js';

let home: string;
let database: Database;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'sluice-database-'));
  chmodSync(home, 0o711);
  database = await ensureDatabase({ home });
}, 60_000);
afterAll(async () => {
  await database.stop();
  rmSync(home, { recursive: true, force: true });
});

async function query<T extends pg.QueryResultRow>(text: string, url = database.ownerUrl): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

function server(): RunningServer {
  const found = findServer(join(home, 'postgres', 'data'));
  if (!found) throw new Error('no server runs');
  return found;
}

test('the owner of the schema is no superuser and can make roles; passwords are private, random and checked', async () => {
  expect(await query('SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user')).toEqual([{ rolsuper: false, rolbypassrls: false, rolcreaterole: true }]);
  expect(statSync(join(home, 'postgres.json')).mode & 0o777).toBe(0o600);
  expect(statSync(join(home, 'postgres')).mode & 0o777).toBe(0o700);
  const wrong = new URL(database.ownerUrl);
  wrong.password = 'wrong';
  await expect(query('SELECT 1', wrong.href)).rejects.toThrow('password authentication failed');
  const { superuserPassword, port } = JSON.parse(readFileSync(join(home, 'postgres.json'), 'utf8')) as { superuserPassword: string; port: number };
  const rules = await query<{ auth_method: string }>('SELECT DISTINCT auth_method FROM pg_hba_file_rules', `postgresql://postgres:${superuserPassword}@127.0.0.1:${port}/postgres`);
  expect(rules).toEqual([{ auth_method: 'scram-sha-256' }]);
});

test('listens on loopback only, without unix sockets', async () => {
  expect(await query('SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
  const { superuserPassword, port } = JSON.parse(readFileSync(join(home, 'postgres.json'), 'utf8')) as { superuserPassword: string; port: number };
  expect(await query('SHOW unix_socket_directories', `postgresql://postgres:${superuserPassword}@127.0.0.1:${port}/postgres`)).toEqual([{ unix_socket_directories: '' }]);
});

test('a server that still runs is taken over', async () => {
  const before = server();
  const again = await ensureDatabase({ home });
  expect(again.adopted).toBe(true);
  expect(server().identity).toEqual(before.identity);
});

test('stops cleanly and starts again with the data, on another port when the old one is taken', async () => {
  await query('CREATE TABLE kept (id int PRIMARY KEY)');
  await query('INSERT INTO kept VALUES (42)');
  const { port } = server();
  await database.stop();
  expect(findServer(join(home, 'postgres', 'data'))).toBeNull();
  const squatter = await occupy(port);
  database = await ensureDatabase({ home });
  expect(server().port).not.toBe(port);
  expect(await query('SELECT id FROM kept')).toEqual([{ id: 42 }]);
  squatter.close();
}, 30_000);

test('starts again after a kill -9 of the server and of everything', async () => {
  await query('INSERT INTO kept VALUES (43)');
  const killed = server();
  signalProcess(killed.identity, 'SIGKILL');
  await waitUntilGone(killed.identity, 5_000);
  database = await ensureDatabase({ home });
  expect(database.adopted).toBe(false);
  expect(await query('SELECT count(*)::int AS count FROM kept')).toEqual([{ count: 2 }]);
}, 30_000);

test('a record whose pid is another program now is no server', async () => {
  await database.stop();
  writeFileSync(join(home, 'postgres', 'data', 'postmaster.pid'), `${process.pid}\n${join(home, 'postgres', 'data')}\n`);
  database = await ensureDatabase({ home });
  expect(server().identity.pid).not.toBe(process.pid);
}, 30_000);

test('an interrupted first start is begun anew', async () => {
  const other = mkdtempSync(join(tmpdir(), 'sluice-database-'));
  chmodSync(other, 0o711);
  writeFileSync(join(other, 'nothing'), '');
  const first = await ensureDatabase({ home: other });
  await first.stop();
  rmSync(join(other, 'postgres', 'data', 'PG_VERSION'));
  const second = await ensureDatabase({ home: other });
  await second.stop();
  expect(existsSync(join(other, 'postgres', 'data', 'PG_VERSION'))).toBe(true);
  rmSync(other, { recursive: true, force: true });
}, 60_000);

describe("the operator's own server", () => {
  test('is only reached', async () => {
    const external = await ensureDatabase({ home: join(home, 'unused'), databaseUrl: database.ownerUrl });
    expect(external).toMatchObject({ kind: 'external', ownerUrl: database.ownerUrl, directory: null });
    await external.stop();
    expect(await query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(readdirSync(join(home, 'unused'))).toEqual(['database.json']);
  });

  test('and the embedded one are not exchanged behind a home\'s back', async () => {
    await expect(ensureDatabase({ home: join(home, 'unused') })).rejects.toThrow(/belongs to the database at 127\.0\.0\.1:\d+\/sluice: set DATABASE_URL again/);
    await expect(ensureDatabase({ home, databaseUrl: database.ownerUrl })).rejects.toThrow('has an embedded database: start without DATABASE_URL');
    expect(readFileSync(join(home, 'unused', 'database.json'), 'utf8')).not.toContain(new URL(database.ownerUrl).password);
  });

  test.each([
    ['postgresql://u:topsecret@127.0.0.1:1/db', "can't reach the database at 127.0.0.1:1/db (DATABASE_URL): connect ECONNREFUSED 127.0.0.1:1"],
    ['mysql://u:topsecret@h/db', 'DATABASE_URL begins with mysql://, not with postgresql://'],
    ['nonsense', 'DATABASE_URL is not a URL; it looks like postgresql://user:password@host:5432/database'],
  ])('one clear line without the password: %s', async (databaseUrl, message) => {
    await expect(ensureDatabase({ home, databaseUrl })).rejects.toThrow(message);
  });

  test('a wrong password says so', async () => {
    const wrong = new URL(database.ownerUrl);
    wrong.password = 'wrong';
    await expect(ensureDatabase({ home, databaseUrl: wrong.href })).rejects.toThrow(/DATABASE_URL\): password authentication failed for user "sluice_owner"/);
  });
});

function occupy(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const squatter = createServer().once('error', reject);
    squatter.listen(port, '127.0.0.1', () => resolve(squatter));
  });
}
