import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './config.mjs';

export const sha256 = (content) => createHash('sha256').update(content).digest('hex');

/** Files below these folders of the project that `accept` wants, sorted, as paths from its root. */
export function listFiles(folders, accept = () => true) {
  const found = [];
  const visit = (folder) => {
    let entries;
    try {
      entries = readdirSync(join(ROOT, folder), { withFileTypes: true });
    } catch (error) {
      if (error.code === 'ENOENT') return;
      throw error;
    }
    for (const entry of entries) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) visit(path);
      else if (accept(path)) found.push(path);
    }
  };
  folders.forEach(visit);
  return found.sort();
}

/**
 * SHA-256 per file. A file whose size and times are as they were isn't read again (`known`: an earlier answer); size and change time both
 * have to agree, and the change time can't be set by a program.
 */
export function hashFiles(paths, known = {}) {
  const result = {};
  for (const path of paths) {
    const { size, ctimeMs, mtimeMs } = statSync(join(ROOT, path));
    const version = `${size}:${ctimeMs}:${mtimeMs}`;
    result[path] = known[path]?.version === version ? known[path] : { version, hash: sha256(readFileSync(join(ROOT, path))) };
  }
  return result;
}
