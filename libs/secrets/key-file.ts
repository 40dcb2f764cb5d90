/** `secrets.key`: one key a line in base64, the present one first. Made once, 0600; a file that others may read is refused, as ssh does. */
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, statSync } from 'node:fs';
import { replaceFileSync, syncDirectory } from '#libs/host';
import { dirname } from 'node:path';
import { keyFileBroken } from './secrets.errors.js';
import { secretsLimits } from './secrets.limits.js';
import { KEY_BYTES, toSecretKey, type SecretKey } from './sealed-text.js';

const MODE = 0o600;
const write = (path: string, keys: readonly Buffer[]): void => replaceFileSync(path, keys.map((key) => `${key.toString('base64')}\n`).join(''), MODE);

export function readKeys(path: string): SecretKey[] {
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) throw keyFileBroken(path, 'may be read or written by others than its owner (chmod 600 makes it right; the keys may be known by now)');
  const keys = readFileSync(path, 'utf8').split('\n').filter((line) => line !== '').map((line) => Buffer.from(line, 'base64'));
  if (keys.length === 0 || keys.length > secretsLimits.keysMax || keys.some((key) => key.length !== KEY_BYTES)) throw keyFileBroken(path, 'isn\'t a file of keys');
  return keys.map(toSecretKey);
}

/** The present one first. */
export const secretsKeyIds = (path: string): string[] => readKeys(path).map(({ id }) => id);

/** Of two processes that start at once, one makes it and both read that one. */
export function readOrMakeKeys(path: string): SecretKey[] {
  if (!existsSync(path)) {
    const made = `${path}.${randomBytes(6).toString('hex')}`;
    write(made, [randomBytes(KEY_BYTES)]);
    try {
      linkSync(made, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(made, { force: true });
    }
    syncDirectory(dirname(path));
  }
  return readKeys(path);
}

/**
 * A new key for what is sealed from now on, before the earlier ones; `keep` names those that are still needed, and the others go. In two steps, so that
 * a crash between them loses nothing: add a key, seal everything anew, then drop what nothing needs.
 */
export function rotateSecretsKey(path: string, keep: ReadonlySet<string>, options: { add: boolean }): void {
  const present = readKeys(path);
  const kept = present.filter((key, index) => (index === 0 && !options.add) || keep.has(key.id)).map(({ bytes }) => bytes);
  write(path, options.add ? [randomBytes(KEY_BYTES), ...kept] : kept);
}
