/** Tables out of and into PostgreSQL, as its own JSON, by the owner's connection. Row-level security binds the owner too: `sluice.system` lets it see every tenant's rows. */
import { createHash } from 'node:crypto';
import pg, { type Client } from 'pg';
import { archiveError, type BackupLine, type MigrationMark } from './backup-archive.js';

const MIGRATIONS_TABLE = '_prisma_migrations';
const ROWS_AT_ONCE = 500;
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export async function openOwner(ownerUrl: string): Promise<Client> {
  const client = new pg.Client({ connectionString: ownerUrl, connectionTimeoutMillis: 10_000, application_name: 'sluice-backup' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** The same words for the same row, whatever the server's own settings are. */
async function settle(client: Client): Promise<void> {
  await client.query(`SELECT set_config('sluice.system', 'on', true), set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO', true), set_config('extra_float_digits', '1', true), set_config('bytea_output', 'hex', true)`);
}

/** Those that others refer to first. */
export async function listTables(client: Client): Promise<string[]> {
  const { rows: tables } = await client.query<{ name: string }>(`SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> $1 ORDER BY 1`, [MIGRATIONS_TABLE]);
  const { rows: references } = await client.query<{ child: string; parent: string }>(
    `SELECT DISTINCT c.relname AS child, p.relname AS parent FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid WHERE k.contype = 'f' AND c.oid <> p.oid AND c.relnamespace = 'public'::regnamespace`);
  const ordered: string[] = [];
  for (let left = tables.map(({ name }) => name); left.length > 0;) {
    const ready = left.filter((name) => !references.some(({ child, parent }) => child === name && left.includes(parent)));
    if (ready.length === 0) throw archiveError(`tables refer to each other in a circle: ${left.join(', ')}`);
    ordered.push(...ready);
    left = left.filter((name) => !ready.includes(name));
  }
  return ordered;
}

export async function listMigrations(client: Client): Promise<MigrationMark[]> {
  const { rows: [found] } = await client.query<{ present: boolean }>(`SELECT to_regclass('public.${MIGRATIONS_TABLE}') IS NOT NULL AS present`);
  if (!found?.present) return [];
  const { rows } = await client.query<MigrationMark>(`SELECT migration_name AS name, checksum FROM ${MIGRATIONS_TABLE} WHERE rolled_back_at IS NULL AND finished_at IS NOT NULL ORDER BY migration_name`);
  return rows;
}

/** A few at a time, each on one line: where JSON has a line's end, it is white space. */
async function* rowsOf(client: Client, table: string): AsyncGenerator<string> {
  await client.query(`DECLARE backup_rows NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS row FROM ${quoted(table)} t`);
  for (;;) {
    const { rows } = await client.query<{ row: string }>(`FETCH ${ROWS_AT_ONCE} FROM backup_rows`);
    for (const { row } of rows) yield row.replaceAll('\n', ' ');
    if (rows.length < ROWS_AT_ONCE) break;
  }
  await client.query('CLOSE backup_rows');
}

/** What all rows come to, in whatever order they are read. No two are the same: each table has a primary key. */
class RowSum {
  rows = 0;
  private readonly sum = Buffer.alloc(32);
  add(row: string): void {
    this.rows += 1;
    const digest = createHash('sha256').update(row).digest();
    for (let at = 0; at < this.sum.length; at += 1) this.sum[at] = (this.sum[at] as number) ^ (digest[at] as number);
  }

  hex(): string { return createHash('sha256').update(this.sum).update(String(this.rows)).digest('hex'); }
}

/** All tables as they were at one moment, whoever writes meanwhile. `work` comes between the moment and the tables. */
export async function exportTables(client: Client, begin: (migrations: MigrationMark[]) => Promise<void>, write: (line: BackupLine & { kind: 'table' | 'row' | 'table-end' }) => Promise<void>): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    await settle(client);
    await begin(await listMigrations(client));
    for (const table of await listTables(client)) {
      const sum = new RowSum();
      await write({ kind: 'table', name: table });
      for await (const row of rowsOf(client, table)) {
        sum.add(row);
        await write({ kind: 'row', json: row });
      }
      await write({ kind: 'table-end', rows: sum.rows, sha256: sum.hex() });
      counts.set(table, sum.rows);
    }
  } finally {
    await client.query('ROLLBACK').catch(() => undefined);
  }
  return counts;
}

/** Tables that have rows. A schema that isn't there yet has none. */
export async function tablesInUse(client: Client): Promise<string[]> {
  await client.query('BEGIN READ ONLY');
  try {
    await settle(client);
    const used: string[] = [];
    for (const table of await listTables(client)) {
      const { rowCount } = await client.query(`SELECT 1 FROM ${quoted(table)} LIMIT 1`);
      if ((rowCount ?? 0) > 0) used.push(table);
    }
    return used;
  } finally {
    await client.query('ROLLBACK').catch(() => undefined);
  }
}

/** All or nothing. What arrived is read again and compared with what was written. `finish` is part of it. */
export async function importTables(client: Client, lines: AsyncIterable<BackupLine>, finish: () => Promise<void>): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  await client.query('BEGIN');
  try {
    await settle(client);
    let table = '';
    let waiting: string[] = [];
    const flush = async (): Promise<void> => {
      if (waiting.length > 0) await client.query(`INSERT INTO ${quoted(table)} SELECT * FROM json_populate_recordset(NULL::${quoted(table)}, $1::json)`, [`[${waiting.join(',')}]`]);
      waiting = [];
    };
    const known = new Set(await listTables(client));
    for await (const line of lines) {
      if (line.kind === 'table') {
        table = line.name;
        if (!known.has(table)) throw archiveError(`it has a table ${table}, which its migrations don't make`);
      } else if (line.kind === 'row') {
        waiting.push(line.json);
        if (waiting.length >= ROWS_AT_ONCE) await flush();
      } else if (line.kind === 'table-end') {
        await flush();
        await compare(client, table, line);
        counts.set(table, line.rows);
      }
    }
    await advanceSequences(client);
    await finish();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
  return counts;
}

async function compare(client: Client, table: string, expected: { rows: number; sha256: string }): Promise<void> {
  const sum = new RowSum();
  for await (const row of rowsOf(client, table)) sum.add(row);
  if (sum.rows !== expected.rows || sum.hex() !== expected.sha256) throw archiveError(`the rows of ${table} did not arrive as they were: ${sum.rows} of ${expected.rows}`);
}

/** Rows came with their numbers: the next one is behind them. */
async function advanceSequences(client: Client): Promise<void> {
  const { rows } = await client.query<{ sequence: string; table: string; column: string }>(
    `SELECT s.oid::regclass::text AS sequence, t.relname AS table, a.attname AS column FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i') JOIN pg_class t ON t.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid WHERE s.relkind = 'S' AND t.relnamespace = 'public'::regnamespace`);
  for (const { sequence, table, column } of rows) await client.query(`SELECT setval($1::regclass, COALESCE((SELECT max(${quoted(column)}) FROM ${quoted(table)}), 0) + 1, false)`, [sequence]);
}
