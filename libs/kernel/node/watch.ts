/** Watches one path by watching its directory: files are replaced by rename, and a watch on the file itself would follow the old one. */
import { unwatchFile, watch, watchFile as pollFile, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import { NODE_LIMITS } from './node.limits.js';

export function watchFile(path: string, onChange: () => void): { close(): void } {
  const name = basename(path);
  let watcher: FSWatcher | null = null;
  let polling = false;
  let closed = false;
  const poll = (): void => {
    watcher?.close();
    watcher = null;
    if (closed || polling) return;
    polling = true;
    pollFile(path, { interval: NODE_LIMITS.watchPollMs, persistent: false }, onChange);
  };
  try {
    watcher = watch(dirname(path), { persistent: false }, (_event, changed) => { if (changed === null || changed === name) onChange(); });
    watcher.on('error', poll);
  } catch {
    poll();
  }
  return {
    close() {
      closed = true;
      watcher?.close();
      if (polling) unwatchFile(path, onChange);
    },
  };
}
