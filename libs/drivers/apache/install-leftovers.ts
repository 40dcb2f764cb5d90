/**
 * What earlier builds of the platform and attempts that were killed have left among the installations: plugins that nobody runs any more with what was asked by them, half-made
 * directories, locks of the dead. A version that somebody is installing right now is left alone.
 */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { identify, removeAbandonedTemporaries } from '#libs/host';
import type { CatalogueVersion } from './catalogue/catalogue.js';
import { PLUGIN_UNUSED_MS } from './install.limits.js';
import { tryLock, unlock } from './install-lock.js';

export interface LeftoverOptions {
  /** Where versions are installed. */
  root: string;
  versions: readonly Pick<CatalogueVersion, 'version'>[];
  /** Of the present build, by what stands in names of files. */
  currentHashes(): ReadonlySet<string>;
  /** Whether any process on this machine runs from the file: installations may be shared. */
  isUsed(path: string): boolean;
}

const HASHED = /^(?:plugin-[a-z]+|configs)-([0-9a-f]+)\.(?:jar|json)$/;

/** Answers what it has taken away. */
export function removeLeftovers({ root, versions, currentHashes, isUsed }: LeftoverOptions): string[] {
  if (!existsSync(root)) return [];
  return versions.flatMap(({ version }) => {
    const names = readdirSync(root);
    if (!names.some((name) => name === version || name.startsWith(`${version}.`))) return [];
    const lock = join(root, `${version}.lock`);
    if (tryLock(lock) !== null) return [];
    try {
      const leftovers = [
        ...names.filter((name) => name.startsWith(`${version}.partial-`) || isDeadLock(name, version)),
        ...leftoversOf(join(root, version), currentHashes(), isUsed).map((name) => join(version, name)),
      ];
      for (const name of leftovers) rmSync(join(root, name), { recursive: true, force: true });
      removeAbandonedTemporaries(join(root, version));
      return leftovers;
    } finally {
      unlock(lock);
    }
  });
}

const isNew = (path: string): boolean => Date.now() - statSync(path).mtimeMs < PLUGIN_UNUSED_MS;

/** One that was being put in place, or aside, when its process ended. */
function isDeadLock(name: string, version: string): boolean {
  const rest = name.startsWith(`${version}.lock.`) ? name.slice(`${version}.lock.`.length) : '';
  const pid = /^(?:stale\.)?(\d+)\.\d+$/.exec(rest)?.[1];
  return pid !== undefined && identify(Number(pid)) === null;
}

/** A plugin that is used, or that somebody has compiled just now, keeps what was asked by its build: another platform of that build may read it. */
function leftoversOf(directory: string, current: ReadonlySet<string>, isUsed: (path: string) => boolean): string[] {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const hashOf = (name: string): string | undefined => HASHED.exec(name)?.[1];
  const kept = new Set([...current, ...names.filter((name) => name.endsWith('.jar') && (isNew(join(directory, name)) || isUsed(join(directory, name)))).map(hashOf)]);
  return names.filter((name) => name.startsWith('.plugin-') || /^plugin-.*\.partial$/.test(name) || (hashOf(name) !== undefined && !kept.has(hashOf(name)!)));
}
