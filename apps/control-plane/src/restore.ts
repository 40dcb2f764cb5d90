import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { ensureDatabase } from '#libs/database';
import { readJsonFile } from '#libs/host';
import { findMigrations, migrate } from '#libs/persistence';
import { archiveError, readArchive, verifyArchive, type MigrationMark } from './backup-archive.js';
import { planFiles, writeFiles } from './backup-files.js';
import { importTables, listMigrations, openOwner, tablesInUse } from './backup-tables.js';

export interface RestoreOptions {
  /** Absolute path of $SLUICE_HOME. No platform runs on it. */
  home: string;
  databaseUrl?: string | undefined;
  from: string;
}

export interface Restored {
  createdAt: string;
  files: number;
  /** Files of brokers that stayed as they are. */
  kept: number;
  tables: ReadonlyMap<string, number>;
  /** Clusters of the backup whose brokers have no data on this machine: they would begin empty. */
  withoutData: readonly string[];
  /** Clusters on this machine that the backup knows nothing of: left alone. */
  unknown: readonly string[];
}

/**
 * Into a home without state and a database without rows; anything else is refused before anything is changed. Files are written before the transaction of
 * the rows ends: cut off in the middle, the same call does it again.
 */
export async function restore({ home, databaseUrl, from }: RestoreOptions): Promise<Restored> {
  const { header, files } = await verifyArchive(from);
  const plan = planFiles(home, files);
  const migrations = stageMigrations(header.migrations);
  try {
    const server = await ensureDatabase({ home, databaseUrl });
    try {
      await refuseUsed(server.ownerUrl, header.migrations);
      await migrate({ ownerUrl: server.ownerUrl, directory: migrations });
      const client = await openOwner(server.ownerUrl);
      try {
        let clusters: string[] = [];
        const tables = await importTables(client, readArchive(from), async () => {
          clusters = await catchUpPrincipals(client, home);
          writeFiles(home, plan.write);
        });
        const present = clustersOnDisk(home);
        return {
          createdAt: header.createdAt, files: plan.write.length, kept: plan.keep.length, tables,
          withoutData: clusters.filter((id) => !hasData(home, id)), unknown: present.filter((id) => !clusters.includes(id) && hasData(home, id)),
        };
      } finally {
        await client.end();
      }
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(migrations, { recursive: true, force: true });
  }
}

/** The schema as the backup has it, by this program's own migrations; the next start brings it to the present. */
function stageMigrations(marks: readonly MigrationMark[]): string {
  const known = findMigrations();
  const staged = mkdtempSync(join(tmpdir(), 'sluice-restore-'));
  for (const { name, checksum } of marks) {
    const source = join(known, name, 'migration.sql');
    if (!/^[\w-]+$/.test(name) || !existsSync(source)) throw archiveError(`the backup has the migration ${name}, which this program doesn't know: restore it with the program that made it, or a newer one`);
    if (createHash('sha256').update(readFileSync(source, 'utf8')).digest('hex') !== checksum) throw archiveError(`the backup was made with another migration ${name} than this program has`);
    mkdirSync(join(staged, name));
    copyFileSync(source, join(staged, name, 'migration.sql'));
  }
  return staged;
}

/** Tables without a row are what a restore that was cut off leaves. */
async function refuseUsed(ownerUrl: string, marks: readonly MigrationMark[]): Promise<void> {
  const client = await openOwner(ownerUrl);
  try {
    const used = await tablesInUse(client);
    if (used.length > 0) throw archiveError(`the database isn't empty (${used.slice(0, 5).join(', ')}): a backup is restored into an empty one only`);
    const other = (await listMigrations(client)).find(({ name }) => !marks.some((mark) => mark.name === name));
    if (other) throw archiveError(`the database has the migration ${other.name}, which the backup hasn't: restore into an empty database`);
  } finally {
    await client.end();
  }
}

/**
 * Brokers drop a file of principals that is older than theirs, and theirs may be newer than the backup: the database goes on from the later of the two,
 * and what it says counts from then on. Answers all clusters of the backup.
 */
async function catchUpPrincipals(client: pg.Client, home: string): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>('SELECT id FROM cluster ORDER BY id');
  for (const { id } of rows) {
    const sequences = nodesOf(home, id).map((node) => (readJsonFile(join(node, 'principals.json')) as { sequence?: unknown } | null)?.sequence).filter((each): each is number => typeof each === 'number');
    await client.query('UPDATE cluster SET principals_sequence = GREATEST(principals_sequence, $2) + 1, due_at = now() WHERE id = $1', [id, Math.max(0, ...sequences)]);
  }
  return rows.map(({ id }) => id);
}

const entries = (directory: string, pattern: RegExp): string[] => (existsSync(directory) ? readdirSync(directory).filter((name) => pattern.test(name)).sort() : []);
const clustersOnDisk = (home: string): string[] => entries(join(home, 'clusters'), /^lkc-/);
const nodesOf = (home: string, id: string): string[] => entries(join(home, 'clusters', id), /^node-\d+$/).map((node) => join(home, 'clusters', id, node));
const hasData = (home: string, id: string): boolean => nodesOf(home, id).some((node) => entries(join(node, 'data'), /./).length > 0);
