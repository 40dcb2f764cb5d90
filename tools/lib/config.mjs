// Where things are, and what the environment asks for. The names are documented in the README and stable.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem } from './terminal.mjs';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const DIST = join(ROOT, 'dist');
export const VERSION = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version;

/** A relative path is the caller's: npm itself changes into the project's directory. */
export function sluiceHome() {
  const given = process.env.SLUICE_HOME;
  return given ? resolve(process.env.INIT_CWD ?? process.cwd(), given) : join(ROOT, '.sluice');
}

export function platformAddress() {
  const host = process.env.SLUICE_HOST || '127.0.0.1';
  const text = process.env.SLUICE_PORT || '8080';
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw new Problem(`SLUICE_PORT is "${text}", not a port from 1 to 65535`);
  const range = process.env.SLUICE_BROKER_PORTS;
  if (range && !validRange(range)) throw new Problem(`SLUICE_BROKER_PORTS is "${range}", not a range of ports like 20000-29999`);
  return { host, port };
}

function validRange(text) {
  const match = /^(\d+)-(\d+)$/.exec(text);
  return match !== null && Number(match[1]) >= 1 && Number(match[1]) < Number(match[2]) && Number(match[2]) <= 65_535;
}

export const urlHost = (host) => (isIP(host) === 6 ? `[${host}]` : host);

/** Makes the home and shows that it can be written. Root's is passable (0711), as its database runs as another user. */
export function ensureHome(home) {
  const probe = join(home, 'run', `.probe-${process.pid}`);
  try {
    makeDirectory(home, process.getuid?.() === 0 ? 0o711 : 0o700);
    for (const name of ['run', 'logs']) makeDirectory(join(home, name), 0o700);
    writeFileSync(probe, '', { mode: 0o600 });
  } catch (error) {
    throw new Problem(`can't write to ${home} (SLUICE_HOME): ${reason(error)}`);
  } finally {
    removeQuietly(probe);
  }
}

function removeQuietly(path) {
  try {
    rmSync(path, { force: true });
  } catch {
    // The reason that it couldn't be written is the one to tell.
  }
}

/** With its parents. Node's own `recursive` never returns where a parent exists and yet takes no children (/proc). */
function makeDirectory(path, mode) {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeDirectory(dirname(path), 0o755);
  mkdirSync(path, { mode });
}

export function readJson(path) {
  try {
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error.code === 'EACCES' ? new Problem(`can't read ${path}: ${reason(error)}`) : error;
  }
}

export function reason(error) {
  const texts = { EACCES: 'permission denied', EPERM: 'operation not permitted', EROFS: 'the file system is read-only', ENOSPC: 'no space left', ENOTDIR: 'a part of the path is no directory', ENOENT: 'no directory can be made there', EEXIST: 'something else is in its place' };
  return texts[error.code] ?? error.message;
}
