import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createClusterAdministration } from '#libs/control/application/data-plane';
import { createControlServices, createDrivers } from '#libs/control/application';
import { ensureDatabase } from '#libs/database';
import { OperationalError } from '#libs/kernel';
import { createStore, migrate, openDatabase } from '#libs/persistence';
import { readAdminFile, writeAdminFile, type AdminFile } from './admin-file.js';

export interface RotateAdminKeyOptions {
  /** Absolute path of $SLUICE_HOME. */
  home: string;
  databaseUrl?: string | undefined;
  /** Then the database server is the platform's, and stays; one that had to be started for this is stopped again. */
  platformRuns: boolean;
}

/** Ends the first administrator's key and writes a new one to admin.json. A platform that runs takes it up by itself. */
export async function rotateAdminKey(options: RotateAdminKeyOptions): Promise<AdminFile> {
  const path = join(options.home, 'admin.json');
  const present = readAdminFile(path);
  if (!present) throw new OperationalError('admin_file_broken', `${path} is not whole: start the platform, which makes it again`, false);
  if (!options.databaseUrl && !existsSync(join(options.home, 'postgres.json'))) {
    throw new OperationalError('database_unknown', `${options.home} holds no database: set DATABASE_URL as for the platform`, false);
  }
  const server = await ensureDatabase({ home: options.home, databaseUrl: options.databaseUrl });
  try {
    const { appUrl } = await migrate({ ownerUrl: server.ownerUrl });
    const database = await openDatabase({ url: appUrl });
    try {
      const { administration } = createControlServices({
        store: createStore(database, { advertisedHost: 'localhost' }),
        // No broker knows a cloud key: nobody has to be told.
        drivers: createDrivers([]), administration: createClusterAdministration(() => { throw new Error('no cluster is asked'); }), signal: { wake: () => undefined }, log: { write: () => undefined }, regions: { regions: [], aliases: true },
      });
      return writeAdminFile({ path, baseUrl: present.baseUrl, caFile: present.caFile }, await administration.rotateAdministratorKey());
    } finally {
      await database.close();
    }
  } finally {
    if (!options.platformRuns) await server.stop();
  }
}
