/**
 * The file that a backup is: gzip of lines, each a JSON object with its `kind`, in this order:
 * header · file* · (table · row* · table-end)* · end. `end` counts the lines and has the SHA-256 of all before it, so a file that was cut off,
 * or changed by a byte, is known for that before anything of it is used. Rows are PostgreSQL's own JSON and never read as JavaScript's numbers.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip, type Gzip } from 'node:zlib';
import { OperationalError } from '#libs/kernel';

export const BACKUP_FORMAT = 'sluice-backup';
export const BACKUP_VERSION = 1;
/** A line is a file of the home or a row: neither comes near it, and a gzip bomb stops here. */
export const BACKUP_LINE_BYTES_MAX = 64 * 1024 * 1024;

export interface MigrationMark { name: string; checksum: string }
export interface BackupHeader { kind: 'header'; format: string; version: number; program: string; createdAt: string; home: string; migrations: MigrationMark[] }
export interface BackupFile { kind: 'file'; path: string; mode: number; sha256: string; content: string }
export type BackupLine =
  | BackupHeader | BackupFile
  | { kind: 'table'; name: string }
  /** `json` as PostgreSQL wrote it. */
  | { kind: 'row'; json: string }
  | { kind: 'table-end'; rows: number; sha256: string }
  | { kind: 'end'; lines: number; sha256: string };

export const archiveError = (message: string, cause?: unknown): OperationalError => new OperationalError('backup_unusable', message, false, cause === undefined ? {} : { cause });

const ROW_PREFIX = '{"kind":"row","row":';
const encode = (line: BackupLine): string => (line.kind === 'row' ? `${ROW_PREFIX}${line.json}}` : JSON.stringify(line));
/** The parser's own words would quote the line, which may be a secret's. */
function decode(text: string): BackupLine {
  if (text.startsWith(ROW_PREFIX)) return { kind: 'row', json: text.slice(ROW_PREFIX.length, -1) };
  try {
    return JSON.parse(text) as BackupLine;
  } catch {
    throw archiveError('a line of it can\'t be read');
  }
}

export interface ArchiveWriter {
  write(line: Exclude<BackupLine, { kind: 'end' }>): Promise<void>;
  /** Complete, on disk and under its name when it resolves. */
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

/** Under another name until it is whole; never over a file that is there. Readable by its owner only from the first byte on. */
export async function createArchive(path: string): Promise<ArchiveWriter> {
  const partial = `${path}.partial`;
  await refuseExisting(path);
  const file: WriteStream = createWriteStream(partial, { flags: 'wx', mode: 0o600 });
  await once(file, 'open').catch((error: unknown) => { throw archiveError(`can't write ${partial}: ${(error as Error).message}`, error); });
  const gzip: Gzip = createGzip();
  const written = pipeline(gzip, file);
  written.catch(() => undefined);
  const hash: Hash = createHash('sha256');
  let lines = 0;
  const put = async (text: string): Promise<void> => {
    if (!gzip.write(text)) await Promise.race([once(gzip, 'drain'), written]);
  };
  return {
    write: async (line) => {
      const text = `${encode(line)}\n`;
      hash.update(text);
      lines += 1;
      await put(text);
    },
    finish: async () => {
      await put(`${encode({ kind: 'end', lines, sha256: hash.digest('hex') })}\n`);
      gzip.end();
      await written;
      await sync(partial);
      await refuseExisting(path);
      await rename(partial, path);
      await sync(dirname(path));
    },
    abandon: async () => {
      gzip.destroy();
      await written.catch(() => undefined);
      await rm(partial, { force: true });
    },
  };
}

async function refuseExisting(path: string): Promise<void> {
  const found = await open(path, 'r').catch(() => null);
  await found?.close();
  if (found) throw archiveError(`${path} is there already: name another file`);
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Lines as they stand, checked as they come; throws at the first that is wrong, and at the end if the end is missing. */
export async function* readArchive(path: string): AsyncGenerator<BackupLine> {
  const hash = createHash('sha256');
  let lines = 0;
  let ended = false;
  try {
    for await (const text of linesOf(path)) {
      if (ended) throw archiveError('something stands behind its end');
      const line = decode(text);
      if (lines === 0) checkHeader(line);
      if (line.kind === 'end') {
        if (line.lines !== lines || line.sha256 !== hash.digest('hex')) throw archiveError('its checksum is wrong');
        ended = true;
      } else {
        hash.update(`${text}\n`);
        lines += 1;
      }
      yield line;
    }
    if (!ended) throw archiveError('it is cut off');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw archiveError(`there is no file ${path}`, error);
    throw archiveError(`${path} is no whole backup: ${(error as Error).message}`, error);
  }
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const source = createReadStream(path);
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of source.pipe(gunzip) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      yield Buffer.concat([...rest, chunk.subarray(from, at)]).toString('utf8');
      rest = [];
      restBytes = 0;
      from = at + 1;
    }
    rest.push(chunk.subarray(from));
    restBytes += chunk.length - from;
    if (restBytes > BACKUP_LINE_BYTES_MAX) throw archiveError('it has a line without end');
  }
  if (restBytes > 0) throw archiveError('it is cut off');
}

function checkHeader(line: BackupLine): void {
  if (line.kind !== 'header' || line.format !== BACKUP_FORMAT) throw archiveError('it doesn\'t begin as one');
  if (line.version !== BACKUP_VERSION) throw archiveError(`its format is version ${line.version}, this program reads ${BACKUP_VERSION}`);
}

/** Reads it to its end. What it answers may be used. */
export async function verifyArchive(path: string): Promise<{ header: BackupHeader; files: BackupFile[]; tables: Map<string, number> }> {
  let header: BackupHeader | null = null;
  const files: BackupFile[] = [];
  const tables = new Map<string, number>();
  let table = '';
  for await (const line of readArchive(path)) {
    if (line.kind === 'header') header = line;
    else if (line.kind === 'file') files.push(line);
    else if (line.kind === 'table') table = line.name;
    else if (line.kind === 'table-end') tables.set(table, line.rows);
  }
  return { header: header as BackupHeader, files, tables };
}
