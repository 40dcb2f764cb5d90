import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { databaseError } from './database.errors.js';
import { canEnter, type DatabaseUser } from './database-user.js';

/** Where databases go whose home their user can't enter. */
const MOVED_ROOT = '/var/lib/sluice';

export interface DatabaseLocation {
  /** Owned by the database's user, 0700: `data`, `start.log`, copies of programs. */
  directory: string;
  dataDirectory: string;
  moved: boolean;
}

export function homeHash(home: string): string {
  return createHash('sha256').update(home).digest('hex').slice(0, 16);
}

/**
 * `<home>/postgres`, unless the database's user can't enter the home: then only this directory moves. The decision is made once, a
 * database that exists is never looked for elsewhere.
 */
export function prepareLocation(home: string, user: DatabaseUser): DatabaseLocation {
  const ownDirectory = join(home, 'postgres');
  const movedDirectory = join(MOVED_ROOT, homeHash(home));
  const exists = (directory: string): boolean => existsSync(join(directory, 'data', 'PG_VERSION'));
  const enters = canEnter(home, user);
  if (!enters && exists(ownDirectory) && !exists(movedDirectory)) {
    throw databaseError('DATABASE_DIRECTORY', `the database in ${ownDirectory} can't be reached by its system user any more: let it enter ${home} (chmod o+x), or move the directory to ${movedDirectory}`);
  }
  const moved = exists(movedDirectory) || (!enters && !exists(ownDirectory));
  const directory = moved ? movedDirectory : ownDirectory;
  try {
    if (moved) mkdirSync(MOVED_ROOT, { recursive: true, mode: 0o755 });
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    chmodSync(directory, 0o700);
    if (user.uid !== null && user.gid !== null) chownSync(directory, user.uid, user.gid);
  } catch (error) {
    throw databaseError('DATABASE_DIRECTORY', `can't prepare the database's directory ${directory}: ${(error as Error).message}`, error);
  }
  return { directory, dataDirectory: join(directory, 'data'), moved };
}

/**
 * Makes the home when it is missing. Where the database runs as another user, that user must be able to pass through it: 0711 then
 * (names inside stay hidden; files inside are 0600, directories 0700). A home that exists keeps its mode: it is the operator's.
 */
export function ensureHome(home: string): void {
  mkdirSync(home, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
}
