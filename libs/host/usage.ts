/** What processes and directories take of this machine. */
import { readFileSync } from 'node:fs';
import { lstat, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ps } from './process-identity.js';

/** Resident bytes; null when there is no such process. */
export function processMemoryBytes(pid: number): number | null {
  try {
    const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match ? Number(match[1]) * 1024 : null;
  } catch {
    const kib = Number(ps(pid, 'rss=') ?? Number.NaN);
    return Number.isFinite(kib) ? kib * 1024 : null;
  }
}

export interface DiskUsage { diskBytes: number | null; diskFreeBytes: number | null }

/** What the files below a directory take of the disk, and what is left of that; nulls when it isn't there. Files that go meanwhile don't count. */
export async function diskUsage(directory: string): Promise<DiskUsage> {
  const [diskBytes, free] = await Promise.all([
    bytesBelow(directory), statfs(directory).then(({ bavail, bsize }) => bavail * bsize, () => null),
  ]);
  return { diskBytes: free === null ? null : diskBytes, diskFreeBytes: free };
}

/** Of `st_blocks`, whatever the file system's own are. */
const BLOCK_BYTES = 512;

async function bytesBelow(directory: string): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  let total = 0;
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) total += await bytesBelow(path);
    else total += ((await lstat(path).catch(() => null))?.blocks ?? 0) * BLOCK_BYTES;
  }
  return total;
}
