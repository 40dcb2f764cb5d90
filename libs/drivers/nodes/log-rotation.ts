import { copyFileSync, existsSync, renameSync, statSync, truncateSync } from 'node:fs';
import { LOG_BYTES_MAX, LOG_FILES_MAX } from './node.limits.js';

/**
 * Keeps a log and up to `LOG_FILES_MAX - 1` older ones. The process holds the file open for appending and outlives the platform,
 * so the file is copied and cut, not renamed: what it writes next lands at the beginning.
 */
export function rotateLog(path: string, bytesMax = LOG_BYTES_MAX): boolean {
  if (!existsSync(path) || statSync(path).size <= bytesMax) return false;
  for (let index = LOG_FILES_MAX - 2; index >= 1; index -= 1) {
    if (existsSync(`${path}.${index}`)) renameSync(`${path}.${index}`, `${path}.${index + 1}`);
  }
  copyFileSync(path, `${path}.1`);
  truncateSync(path, 0);
  return true;
}
