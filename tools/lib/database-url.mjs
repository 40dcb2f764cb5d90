// The operator's own database: named by DATABASE_URL, or, so that no environment holds its password, by the file that DATABASE_URL_FILE names.
import { readFileSync } from 'node:fs';
import { Problem } from './terminal.mjs';

/** Undefined: the embedded one. */
export function databaseUrl() {
  const { DATABASE_URL: url, DATABASE_URL_FILE: file } = process.env;
  if (!file) return url || undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Problem(`can't read ${file} (DATABASE_URL_FILE): ${error.message}`);
  }
}
