/**
 * Files through synchronous calls: they reach the page cache only, cost microseconds and keep the order of effects plain. fsync waits for the
 * device and `unlink` for the file system's bookkeeping (tens of milliseconds for hundreds of MiB), so these two run on libuv's pool.
 */
import {
  close, closeSync, constants, fstatSync, fsync, ftruncateSync, mkdirSync, open, openSync, readdirSync, readFileSync, readSync, renameSync, rmdir, rmSync, statfsSync, statSync, unlink, writevSync,
} from 'node:fs';
import type { Disk, DiskFile, FileStat } from '../ports.js';
import { lentMemory } from './lent-memory.js';
import { watchFile } from './watch.js';

const READ_WRITE_CREATE = constants.O_RDWR | constants.O_CREAT;
/** Below this a read isn't worth asking for the file's size first. */
const SMALL_READ_BYTES = 4096;

const isAbsent = (error: unknown): boolean => {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
};

function writeFully(fd: number, position: number, buffers: readonly Buffer[], path: string): void {
  let rest: readonly Buffer[] = buffers.filter((buffer) => buffer.length > 0);
  let at = position;
  while (rest.length > 0) {
    const written = writevSync(fd, rest, at);
    if (written <= 0) throw Object.assign(new Error(`nothing written to ${path}`), { code: 'EIO' });
    at += written;
    rest = dropBytes(rest, written);
  }
}

function dropBytes(buffers: readonly Buffer[], count: number): readonly Buffer[] {
  let left = count;
  let index = 0;
  while (index < buffers.length && left >= buffers[index]!.length) left -= buffers[index++]!.length;
  if (index === buffers.length) return [];
  return left === 0 ? buffers.slice(index) : [buffers[index]!.subarray(left), ...buffers.slice(index + 1)];
}

function readFully(fd: number, position: number, length: number): Buffer {
  const wanted = length <= SMALL_READ_BYTES ? length : Math.min(length, Math.max(0, fstatSync(fd).size - position));
  return fill(fd, position, Buffer.allocUnsafe(wanted));
}

function fill(fd: number, position: number, buffer: Buffer): Buffer {
  const wanted = buffer.length;
  let filled = 0;
  while (filled < wanted) {
    const count = readSync(fd, buffer, filled, wanted - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled === wanted ? buffer : buffer.subarray(0, filled);
}

function syncDescriptor(fd: number): Promise<void> {
  return new Promise((resolve, reject) => { fsync(fd, (error) => { if (error) reject(error); else resolve(); }); });
}

function openFile(path: string, mode: 'read' | 'readwrite'): DiskFile {
  const fd = openSync(path, mode === 'read' ? constants.O_RDONLY : READ_WRITE_CREATE, 0o600);
  let closed = false;
  return {
    path,
    sizeBytes: () => fstatSync(fd).size,
    write: (position, buffers) => writeFully(fd, position, buffers, path),
    read: (position, length) => readFully(fd, position, length),
    readLent: (position, length) => fill(fd, position, lentMemory.take(length)),
    truncate: (sizeBytes) => ftruncateSync(fd, sizeBytes),
    sync: () => syncDescriptor(fd),
    close() {
      if (closed) return;
      closed = true;
      closeSync(fd);
    },
  };
}

function syncDirectory(directory: string): Promise<void> {
  return new Promise((resolve, reject) => {
    open(directory, 'r', (openError, fd) => {
      if (openError) { reject(openError); return; }
      fsync(fd, (syncError) => close(fd, () => { if (syncError) reject(syncError); else resolve(); }));
    });
  });
}

function unlinkPath(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error: NodeJS.ErrnoException | null): void => { if (error === null || isAbsent(error)) resolve(); else reject(error); };
    unlink(path, (error) => {
      // Of a directory Linux says the one, other systems the other.
      if (error?.code === 'EISDIR' || error?.code === 'EPERM') rmdir(path, (failed) => settle(failed?.code === 'ENOTDIR' ? error : failed));
      else settle(error);
    });
  });
}

function statOf(path: string): FileStat | null {
  try {
    // Most that isn't there is asked for on purpose: an error with its stack costs more than the call.
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? null : {
      sizeBytes: Number(stat.size), modifiedMs: Number(stat.mtimeMs), isDirectory: stat.isDirectory(),
      version: `${stat.ino}-${stat.mtimeNs}-${stat.size}`,
    };
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

function absentAs<T>(absent: T, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (isAbsent(error)) return absent;
    throw error;
  }
}

export function createNodeDisk(): Disk {
  return {
    open: openFile,
    stat: statOf,
    readFile: (path) => absentAs<Buffer | null>(null, () => readFileSync(path)),
    list: (directory) => absentAs<string[]>([], () => readdirSync(directory)),
    mkdir(directory) { mkdirSync(directory, { recursive: true, mode: 0o700 }); },
    rename: renameSync,
    remove(path) { rmSync(path, { recursive: true, force: true }); },
    unlink: unlinkPath,
    syncDir: syncDirectory,
    space(directory) {
      const { bsize, blocks, bavail } = statfsSync(directory);
      return { totalBytes: bsize * blocks, usableBytes: bsize * bavail };
    },
    watch: (path, onChange) => watchFile(path, onChange),
  };
}

