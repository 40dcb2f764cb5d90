import { dirname } from 'node:path';
import type { Disk } from './ports.js';

/** Creates a directory and those above it, so that they are there after a power cut: each new name is synced in its parent. */
export async function makeDirectory(disk: Disk, directory: string): Promise<void> {
  const missing: string[] = [];
  for (let at = directory; disk.stat(at) === null && dirname(at) !== at; at = dirname(at)) missing.push(at);
  disk.mkdir(directory);
  for (const created of missing.reverse()) await disk.syncDir(dirname(created));
}
