import { dirname } from 'node:path';
import type { Disk } from './ports.js';

/**
 * Creates a directory and those above it, so that they are there after a power cut: each name is synced in its parent. The directory's own name is
 * synced also when it is there already: who made it may have died before syncing.
 */
export async function makeDirectory(disk: Disk, directory: string): Promise<void> {
  const above = new Set([dirname(directory)]);
  for (let at = directory; disk.stat(at) === null && dirname(at) !== at; at = dirname(at)) above.add(dirname(at));
  disk.mkdir(directory);
  for (const parent of [...above].reverse()) await disk.syncDir(parent);
}
