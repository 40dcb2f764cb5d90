/**
 * Builds of the broker below `$SLUICE_HOME/engine/<hash>`. One is copied there whole when the platform starts with a build that isn't
 * there yet, and never touched again: a rebuild or upgrade of the platform leaves running brokers alone.
 */
import { chmodSync, closeSync, cpSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonFile, syncDirectory } from '#libs/host';
import { embeddedError } from './embedded.errors.js';

export interface BrokerBundle {
  hash: string;
  /** Absolute path of `broker.mjs`. */
  entry: string;
}

const HASH = /^[0-9a-f]{12,64}$/;
const ENTRY = 'broker.mjs';

/** The build in `directory` (`broker.mjs`, what it loads, and `bundle.json` with its hash). */
export function readBundle(directory: string): BrokerBundle {
  const hash = (readJsonFile(join(directory, 'bundle.json')) as { hash?: unknown } | null)?.hash;
  const entry = join(directory, ENTRY);
  if (typeof hash !== 'string' || !HASH.test(hash) || !existsSync(entry)) throw embeddedError('BUNDLE_MISSING', `there is no broker build in ${directory}: run npm run build`);
  return { hash, entry };
}

export interface BundleStore {
  /** The platform's own build. */
  readonly current: BrokerBundle;
  /** A build that is still there. */
  find(hash: string): BrokerBundle | null;
  /** Removes builds that nobody uses; the current one stays. */
  collect(used: ReadonlySet<string>): string[];
}

export function openBundleStore(home: string, sourceDirectory: string): BundleStore {
  const root = join(home, 'engine');
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const find = (hash: string): BrokerBundle | null => {
    const entry = join(root, hash, ENTRY);
    return HASH.test(hash) && existsSync(entry) ? { hash, entry } : null;
  };
  const source = readBundle(sourceDirectory);
  if (!find(source.hash)) install(root, sourceDirectory, source.hash);
  const current = { hash: source.hash, entry: join(root, source.hash, ENTRY) };
  return { current, find, collect: (used) => collect(root, new Set([...used, current.hash])) };
}

function install(root: string, sourceDirectory: string, hash: string): void {
  const partial = join(root, `${hash}.tmp`);
  rmSync(partial, { recursive: true, force: true });
  cpSync(sourceDirectory, partial, { recursive: true, dereference: true });
  seal(partial);
  renameSync(partial, join(root, hash));
  syncDirectory(root);
}

/** On disk before its name is, and read-only. */
function seal(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      seal(path);
      continue;
    }
    const descriptor = openSync(path, 'r');
    fsyncSync(descriptor);
    closeSync(descriptor);
    chmodSync(path, 0o400);
  }
  chmodSync(directory, 0o700);
  syncDirectory(directory);
}

function collect(root: string, used: ReadonlySet<string>): string[] {
  const removed = readdirSync(root).filter((name) => !used.has(name));
  for (const name of removed) rmSync(join(root, name), { recursive: true, force: true });
  return removed;
}
