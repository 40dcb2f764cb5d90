import { spawn } from 'node:child_process';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { DATABASE_CONNECT_TIMEOUT_MS } from './database.limits.js';
import { databaseError } from './database.errors.js';
import { asUser, type DatabaseUser } from './database-user.js';
import { DATABASE_NAME, OWNER_ROLE, SUPERUSER, type DatabaseSettings } from './database-settings.js';
import type { DatabaseLocation } from './database-location.js';
import type { PostgresBinaries } from './postgres-binaries.js';

/** Makes the server's directory beside its place and moves it there whole: one that was interrupted is begun anew. */
export async function initialise(binaries: PostgresBinaries, location: DatabaseLocation, user: DatabaseUser, settings: DatabaseSettings): Promise<void> {
  const partial = join(location.directory, 'data.tmp');
  const passwordFile = join(location.directory, 'password.tmp');
  rmSync(partial, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  writeFileSync(passwordFile, `${settings.superuserPassword}\n`, { mode: 0o600, flag: 'wx' });
  if (user.uid !== null && user.gid !== null) chownSync(passwordFile, user.uid, user.gid);
  try {
    await runInitdb(binaries, partial, passwordFile, user);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  rmSync(location.dataDirectory, { recursive: true, force: true });
  renameSync(partial, location.dataDirectory);
}

function runInitdb(binaries: PostgresBinaries, directory: string, passwordFile: string, user: DatabaseUser): Promise<void> {
  const args = ['-D', directory, '-U', SUPERUSER, '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8', '--locale=C', '--no-instructions'];
  return new Promise((resolve, reject) => {
    const child = spawn(binaries.initdb, args, { ...asUser(user), cwd: '/', env: { LC_ALL: 'C', PATH: process.env['PATH'] ?? '' }, stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => { errors = (errors + chunk.toString()).slice(-4_000); });
    child.on('error', (error) => reject(databaseError('DATABASE_INIT_FAILED', `can't run ${binaries.initdb}: ${error.message}`, error)));
    child.on('close', (code) => {
      if (code === 0) return resolve();
      const line = errors.split('\n').find((text) => /error|fatal|could not/i.test(text)) ?? errors.trim();
      reject(databaseError('DATABASE_INIT_FAILED', `the embedded PostgreSQL could not be initialised in ${directory}: ${line.trim()}`));
    });
  });
}

/** A directory of another major version needs a dump and restore by hand; say so before the server says it in its log. */
export function checkVersion(location: DatabaseLocation, version: string): void {
  const file = join(location.dataDirectory, 'PG_VERSION');
  if (!existsSync(file)) return;
  const found = readFileSync(file, 'utf8').trim();
  const major = version.split('.')[0];
  if (found !== major) {
    throw databaseError('DATABASE_VERSION', `the database in ${location.dataDirectory} was made by PostgreSQL ${found}, this program brings ${major}: dump it with the old program and restore it, or set DATABASE_URL`);
  }
}

/** The role that owns the schema (no superuser, so that row-level security binds it too) and its database. Safe to repeat. */
export async function prepareOwner(settings: DatabaseSettings): Promise<void> {
  const client = new pg.Client({
    host: '127.0.0.1', port: settings.port, user: SUPERUSER, password: settings.superuserPassword, database: 'postgres', connectionTimeoutMillis: DATABASE_CONNECT_TIMEOUT_MS,
  });
  await client.connect();
  try {
    const role = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [OWNER_ROLE]);
    const verb = role.rowCount === 0 ? 'CREATE' : 'ALTER';
    await client.query(`${verb} ROLE ${OWNER_ROLE} LOGIN CREATEROLE CREATEDB NOSUPERUSER NOBYPASSRLS PASSWORD ${client.escapeLiteral(settings.ownerPassword)}`);
    const database = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE_NAME]);
    if (database.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE_NAME} OWNER ${OWNER_ROLE}`);
  } finally {
    await client.end();
  }
}
