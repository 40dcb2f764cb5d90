/**
 * The files of $SLUICE_HOME that are state: everything but what is made again (builds, installations, logs, processes) and what isn't the platform's to
 * copy (records of brokers, the embedded database's own files). By exception, so that a secret that is added to the home later is in the backup.
 */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { replaceFileSync } from '#libs/host';
import { archiveError, type BackupFile } from './backup-archive.js';

/** `database.json` says which kind of database a home has, which may be another one where the backup goes. */
const NOT_STATE: ReadonlySet<string> = new Set(['postgres', 'postgres.json', 'database.json', 'run', 'logs', 'engine', 'kafka']);
/** Of brokers and ensembles: below `clusters` and `zookeeper`. */
const NODES: ReadonlySet<string> = new Set(['clusters', 'zookeeper']);
const NOT_STATE_OF_NODES: ReadonlySet<string> = new Set(['data', 'logs', 'run']);
const FILE_BYTES_MAX = 16 * 1024 * 1024;
const DEPTH_MAX = 16;

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** Links are followed: what a directory was moved to is state as well. What a deletion takes away meanwhile isn't in the list. */
export function listStateFiles(home: string): string[] {
  const found: string[] = [];
  const visit = (folder: string, depth: number): void => {
    if (depth > DEPTH_MAX) throw archiveError(`${join(home, folder)} goes deeper than the platform's state does: is it a link to itself?`);
    for (const name of present(() => readdirSync(join(home, folder))) ?? []) {
      const path = folder === '' ? name : `${folder}/${name}`;
      const isSkipped = folder === '' ? NOT_STATE.has(name) : NODES.has(path.split('/')[0] as string) && NOT_STATE_OF_NODES.has(name);
      if (isSkipped || name.endsWith('.tmp')) continue;
      const status = present(() => statSync(join(home, path)));
      if (status?.isDirectory()) visit(path, depth + 1);
      else if (status?.isFile()) found.push(path);
    }
  };
  visit('', 0);
  return found.sort();
}

/** Null for what has gone. */
function present<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Null for one that has gone. */
export function readStateFile(home: string, path: string): BackupFile | null {
  return present(() => {
    const { size, mode } = statSync(join(home, path));
    if (size > FILE_BYTES_MAX) throw archiveError(`${join(home, path)} has ${size} bytes, which no file of the platform's state has: move it away`);
    const content = readFileSync(join(home, path));
    return { kind: 'file', path, mode: mode & 0o777, sha256: sha256(content), content: content.toString('base64') };
  });
}

export interface FilePlan { write: BackupFile[]; /** Of brokers, newer or the same: theirs stay. */ keep: string[] }

/** What restoring would do; refuses where it would change a file that is there. Files of brokers stay: the platform writes them again. */
export function planFiles(home: string, files: readonly BackupFile[]): FilePlan {
  const plan: FilePlan = { write: [], keep: [] };
  const seen = new Set<string>();
  for (const file of files) {
    checkFile(file);
    if (seen.has(file.path)) throw archiveError(`it holds the file ${file.path} twice`);
    seen.add(file.path);
    const target = join(home, file.path);
    if (!existsSync(target)) plan.write.push(file);
    else if (NODES.has(file.path.split('/')[0] as string) || sha256(readFileSync(target)) === file.sha256) plan.keep.push(file.path);
    else throw archiveError(`${target} is there already, with another content: restore into a home without one`);
  }
  return plan;
}

/** The checksum of the whole says that it is as it was written, not that whoever wrote it meant well. */
function checkFile({ path, mode, content, sha256: expected }: BackupFile): void {
  const isInside = path !== '' && !path.startsWith('/') && normalize(path) === path && !path.split('/').includes('..') && !path.includes('\0');
  const isPlain = Number.isInteger(mode) && mode >= 0 && mode <= 0o777;
  if (!isInside || !isPlain || NOT_STATE.has(path.split('/')[0] as string)) throw archiveError(`it holds a file ${JSON.stringify(path)}, which is none of the platform's state`);
  if (sha256(Buffer.from(content, 'base64')) !== expected) throw archiveError(`the checksum of its file ${path} is wrong`);
}

/** Each complete or not there. Directories that are missing are the owner's only. */
export function writeFiles(home: string, files: readonly BackupFile[]): void {
  for (const { path, mode, content } of files) {
    const target = join(home, path);
    makeDirectories(dirname(target));
    replaceFileSync(target, Buffer.from(content, 'base64'), mode);
    chmodSync(target, mode);
  }
}

function makeDirectories(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
}
