/**
 * The operating-system user that the embedded server runs as. PostgreSQL refuses to run as root, so root uses the user `postgres`
 * (made when it is missing); everybody else runs it as themselves.
 */
import { spawnSync } from 'node:child_process';
import { childEnvironment } from '#libs/host';
import { databaseError } from './database.errors.js';

/** Null ids: the current user. */
export interface DatabaseUser {
  uid: number | null;
  gid: number | null;
}

const NAME = 'postgres';

export function resolveDatabaseUser(log: (line: string) => void): DatabaseUser {
  if (process.getuid?.() !== 0) return { uid: null, gid: null };
  let ids = lookUp();
  if (!ids) {
    createUser();
    ids = lookUp();
    if (ids) log(`database: made the system user "${NAME}", PostgreSQL does not run as root`);
  }
  if (!ids) throw databaseError('DATABASE_USER_MISSING', `PostgreSQL does not run as root, and the system user "${NAME}" could not be made: make it, run as an ordinary user, or set DATABASE_URL`);
  return ids;
}

/** Spawn options that give a child this user's ids. */
export function asUser(user: DatabaseUser): { uid?: number; gid?: number } {
  return user.uid === null || user.gid === null ? {} : { uid: user.uid, gid: user.gid };
}

export function canExecute(file: string, user: DatabaseUser): boolean {
  return runTest('test -x "$1"', file, user);
}

/** Whether the user can enter the directory: all of its parents as well. */
export function canEnter(directory: string, user: DatabaseUser): boolean {
  return runTest('cd "$1"', directory, user);
}

function runTest(script: string, path: string, user: DatabaseUser): boolean {
  if (user.uid === null) return true;
  return spawnSync('/bin/sh', ['-c', script, 'sh', path], { ...asUser(user), env: childEnvironment(), stdio: 'ignore', cwd: '/' }).status === 0;
}

function lookUp(): DatabaseUser | null {
  const id = (flag: string): number => {
    const result = spawnSync('id', [flag, NAME], { encoding: 'utf8', env: childEnvironment() });
    return result.status === 0 ? Number.parseInt(result.stdout, 10) : Number.NaN;
  };
  const [uid, gid] = [id('-u'), id('-g')];
  return Number.isNaN(uid) || Number.isNaN(gid) || uid === 0 ? null : { uid, gid };
}

function createUser(): void {
  const attempts: [string, string[]][] = [
    ['useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', NAME]],
    ['adduser', ['-S', '-D', '-H', NAME]],
  ];
  for (const [command, args] of attempts) if (spawnSync(command, args, { env: childEnvironment(), stdio: 'ignore' }).status === 0) return;
}
