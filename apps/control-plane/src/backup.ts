/** The platform's state into one file, and back: see docs/guides/backup.md. The tool is tools/backup.mjs. */
import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { ensureDatabase } from '#libs/database';
import { archiveError, BACKUP_FORMAT, BACKUP_VERSION, createArchive, verifyArchive } from './backup-archive.js';
import { secretsFile } from './attached.js';
import { listStateFiles, readStateFile } from './backup-files.js';
import { exportTables, openOwner } from './backup-tables.js';
import { programVersion } from './version.js';

export { restore, type RestoreOptions, type Restored } from './restore.js';

export interface BackupOptions {
  /** Absolute path of $SLUICE_HOME. */
  home: string;
  databaseUrl?: string | undefined;
  /** Then the database server is the platform's, and stays; one that had to be started for this is stopped again. */
  platformRuns: boolean;
  /** Absolute; nothing may be there. */
  to: string;
}

export interface BackedUp { files: number; tables: ReadonlyMap<string, number> }

/**
 * The database first, at one moment, then the files: what was made in between is in the files alone, and the platform removes nothing that its
 * database has never heard of. The file is read again to its end before this resolves.
 */
export async function backup({ home, databaseUrl, platformRuns, to }: BackupOptions): Promise<BackedUp> {
  if (!existsSync(join(home, 'pki')) || (!databaseUrl && !existsSync(join(home, 'postgres.json')))) throw archiveError(`${home} has no platform's state${databaseUrl ? '' : ', or its database is another one: set DATABASE_URL as for the platform'}`);
  if (to.startsWith(`${home}${sep}`)) throw archiveError(`${to} lies in ${home}: a backup of a directory doesn't belong in it`);
  const secretsPath = relative(home, secretsFile(home));
  const server = await ensureDatabase({ home, databaseUrl });
  try {
    const client = await openOwner(server.ownerUrl);
    const archive = await createArchive(to).catch(async (error: unknown) => {
      await client.end();
      throw error;
    });
    let files = 0;
    try {
      const secretsBefore = readStateFile(home, secretsPath);
      const tables = await exportTables(client, async (migrations) => {
        if (migrations.length === 0) throw archiveError('the database has no schema of the platform\'s');
        await archive.write({ kind: 'header', format: BACKUP_FORMAT, version: BACKUP_VERSION, program: programVersion(), createdAt: new Date().toISOString(), home, migrations });
        for (const path of listStateFiles(home)) {
          const file = readStateFile(home, path);
          if (!file) continue;
          // Rows were sealed with what there was at their moment.
          if (path === secretsPath && secretsBefore !== null && secretsBefore.sha256 !== file.sha256) throw archiveError(`${path} was replaced while the backup was made (npm run secrets:rotate): make it again`);
          await archive.write(file);
          files += 1;
        }
      }, (line) => archive.write(line));
      await archive.finish();
      await verifyArchive(to);
      return { files, tables };
    } catch (error) {
      await archive.abandon();
      throw error;
    } finally {
      await client.end();
    }
  } finally {
    if (!platformRuns) await server.stop();
  }
}
