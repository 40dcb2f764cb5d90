import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { OperationalError } from '#libs/kernel';

/**
 * Applies the committed migrations at start and keeps the application's role. It writes the rows that `prisma migrate deploy` writes and
 * takes its advisory lock, so either may follow the other, and several starters wait for one another.
 */
export interface MigrateOptions {
  /** The owner of the schema; allowed to create the application's role. */
  ownerUrl: string;
  /** Default: prisma/migrations of the program's root. */
  directory?: string;
  appRole?: string;
  /** Default: derived from the owner's password, so that every process with the same owner comes to the same. */
  appPassword?: string;
}

export interface Migrated {
  /** For openDatabase. Holds a password. */
  appUrl: string;
  applied: string[];
}

const PRISMA_ADVISORY_LOCK = 72_707_369;
const DEFAULT_ROLE = 'sluice_app';

export async function migrate(options: MigrateOptions): Promise<Migrated> {
  const directory = options.directory ?? findMigrations();
  const role = options.appRole ?? DEFAULT_ROLE;
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(role)) throw new OperationalError('database_role_invalid', `"${role}" can't be the name of a database role`, false);
  const password = options.appPassword ?? derivePassword(options.ownerUrl, role);
  const client = new pg.Client({ connectionString: options.ownerUrl, connectionTimeoutMillis: 10_000, application_name: 'sluice-migrate' });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw new OperationalError('database_unavailable', `the database can't be reached: ${(error as Error).message || String((error as { code?: string }).code)}`, true, { cause: error });
  }
  try {
    await client.query('SELECT pg_advisory_lock($1)', [PRISMA_ADVISORY_LOCK]);
    const applied = await applyMigrations(client, directory);
    await keepRole(client, role, password);
    return { appUrl: appUrl(options.ownerUrl, role, password), applied };
  } finally {
    await client.end().catch(() => undefined);
  }
}

interface Row { migration_name: string; checksum: string; finished_at: Date | null }

async function applyMigrations(client: pg.Client, directory: string): Promise<string[]> {
  await client.query(`CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL,
    logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`);
  const { rows } = await client.query<Row>('SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at');
  const known = readdirSync(directory).filter((name) => existsSync(join(directory, name, 'migration.sql'))).sort();
  refuseUnfit(rows, known, directory);
  const done = new Set(rows.map((row) => row.migration_name));
  const applied: string[] = [];
  for (const name of known) {
    if (done.has(name)) continue;
    await applyOne(client, name, readFileSync(join(directory, name, 'migration.sql'), 'utf8'));
    applied.push(name);
  }
  return applied;
}

const checksumOf = (sql: string): string => createHash('sha256').update(sql).digest('hex');

function refuseUnfit(rows: readonly Row[], known: readonly string[], directory: string): void {
  const failed = rows.find((row) => row.finished_at === null);
  if (failed) throw new OperationalError('schema_migration_failed', `the database's migration ${failed.migration_name} failed earlier; see its row in _prisma_migrations and resolve it first`, false);
  const newer = rows.find((row) => !known.includes(row.migration_name));
  if (newer) throw new OperationalError('schema_newer', `the database's schema is newer than this program: it has the migration ${newer.migration_name}, which this program doesn't know; start the newer program`, false);
  const edited = rows.find((row) => row.checksum !== checksumOf(readFileSync(join(directory, row.migration_name, 'migration.sql'), 'utf8')));
  if (edited) throw new OperationalError('schema_migration_edited', `the migration ${edited.migration_name} isn't the one that was applied to the database`, false);
}

async function applyOne(client: pg.Client, name: string, sql: string): Promise<void> {
  const id = randomUUID();
  await client.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', [id, checksumOf(sql), name]);
  try {
    await client.query(sql); // One message of several statements is one transaction.
  } catch (error) {
    await client.query('UPDATE _prisma_migrations SET logs = $2 WHERE id = $1', [id, String(error)]).catch(() => undefined);
    throw new OperationalError('schema_migration_failed', `the migration ${name} failed: ${(error as Error).message}`, false, { cause: error });
  }
  await client.query('UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1 WHERE id = $1', [id]);
}

/** Roles belong to the whole server: a second lock, the same in each of its databases, keeps two starters apart. */
async function keepRole(client: pg.Client, role: string, password: string): Promise<void> {
  const name = pg.escapeIdentifier(role);
  try {
    await client.query('BEGIN');
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('sluice-role'))`);
    const exists = (await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role])).rowCount === 1;
    const attributes = `LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD ${pg.escapeLiteral(password)}`;
    if (!exists) await client.query(`CREATE ROLE ${name} ${attributes}`);
    else if (!(await logsIn(client, role, password))) await client.query(`ALTER ROLE ${name} LOGIN NOBYPASSRLS PASSWORD ${pg.escapeLiteral(password)}`);
    await client.query(`GRANT USAGE ON SCHEMA public TO ${name}`);
    await client.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${name}`);
    await client.query(`REVOKE ALL ON _prisma_migrations FROM ${name}`);
    await client.query(`GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${name}`);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new OperationalError('database_role_failed', `the application's database role ${role} can't be kept: ${(error as Error).message}`, false, { cause: error });
  }
}

async function logsIn(owner: pg.Client, role: string, password: string): Promise<boolean> {
  const probe = new pg.Client({ host: owner.host, port: owner.port, database: owner.database, user: role, password, connectionTimeoutMillis: 5_000 });
  probe.on('error', () => undefined);
  try {
    await probe.connect();
    return true;
  } catch {
    return false;
  } finally {
    await probe.end().catch(() => undefined);
  }
}

function derivePassword(ownerUrl: string, role: string): string {
  const secret = decodeURIComponent(new URL(ownerUrl).password);
  // An owner that needs no password here (trust, peer, certificate): one for this process.
  return secret === '' ? randomBytes(32).toString('hex') : createHmac('sha256', secret).update(`sluice database role ${role}`).digest('hex');
}

function appUrl(ownerUrl: string, role: string, password: string): string {
  const url = new URL(ownerUrl);
  url.username = role;
  url.password = password;
  return url.toString();
}

/** prisma/migrations of the program's root. */
export function findMigrations(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const candidate = join(at, 'prisma', 'migrations');
    if (existsSync(candidate)) return candidate;
    if (at === dirname(at)) throw new OperationalError('schema_migrations_absent', 'the directory prisma/migrations isn\'t there', false);
  }
}
