/**
 * Tells of nodes' news: a new status, an exit. Status files are watched by the file system (looked at now and then where it can't);
 * the exit of a process that this one started is an event, that of an adopted one is found by looking.
 */
import { watch, type FSWatcher } from 'node:fs';
import { isRunning, type ProcessIdentity } from '#libs/host';
import type { NodeLayout } from './node-layout.js';
import type { NodeKey, NodeProgram, NodeStatus } from './node-program.js';
import { ADOPTED_POLL_MS, STATUS_POLL_MS } from './node.limits.js';

export interface NodeNews {
  onStatus(key: NodeKey, status: NodeStatus): void;
  onExit(key: NodeKey, identity: ProcessIdentity, code: number | null, signal: string | null): void;
}

export interface NodeWatcher {
  /** Begins, or goes on with another process. `adopted`: somebody else's child, whose exit has to be looked for. */
  watch(key: NodeKey, layout: NodeLayout, identity: ProcessIdentity, adopted: boolean): void;
  unwatch(key: NodeKey): void;
  watched(): { key: NodeKey; layout: NodeLayout }[];
  close(): void;
}

interface Watched {
  key: NodeKey;
  layout: NodeLayout;
  identity: ProcessIdentity;
  adopted: boolean;
  files: FSWatcher | null;
  lastStatus: string;
}

export function createNodeWatcher(program: Pick<NodeProgram, 'status' | 'statusFile'>, news: NodeNews): NodeWatcher {
  const all = new Map<string, Watched>();
  const nameOf = (key: NodeKey): string => `${key.clusterId}/${key.nodeId}`;

  const look = (entry: Watched): void => {
    const status = program.status(entry.layout, entry.identity.pid);
    const text = JSON.stringify(status);
    if (!status || text === entry.lastStatus) return;
    entry.lastStatus = text;
    news.onStatus(entry.key, status);
  };
  const unwatch = (key: NodeKey): void => {
    all.get(nameOf(key))?.files?.close();
    all.delete(nameOf(key));
  };
  const exits = ticker(ADOPTED_POLL_MS, () => [...all.values()].filter((entry) => entry.adopted), (entry) => {
    if (isRunning(entry.identity)) return;
    unwatch(entry.key);
    news.onExit(entry.key, entry.identity, null, null);
  });
  const statuses = ticker(STATUS_POLL_MS, () => [...all.values()].filter((entry) => !entry.files), look);

  return {
    watch(key, layout, identity, adopted) {
      unwatch(key);
      const entry: Watched = { key, layout, identity, adopted, files: null, lastStatus: '' };
      all.set(nameOf(key), entry);
      entry.files = watchDirectory(layout.run, program.statusFile, () => { if (all.get(nameOf(key)) === entry) look(entry); }, () => {
        entry.files = null;
        statuses.wake();
      });
      exits.wake();
      statuses.wake();
      look(entry);
    },
    unwatch,
    watched: () => [...all.values()].map(({ key, layout }) => ({ key, layout })),
    close() {
      exits.stop();
      statuses.stop();
      for (const { key } of [...all.values()]) unwatch(key);
    },
  };
}

interface Ticker { wake(): void; stop(): void }

/** Runs only while there is something to look at: who has no such process pays nothing. */
function ticker(intervalMs: number, entries: () => Watched[], look: (entry: Watched) => void): Ticker {
  let timer: NodeJS.Timeout | null = null;
  const stop = (): void => {
    if (timer) clearInterval(timer);
    timer = null;
  };
  const tick = (): void => {
    const present = entries();
    if (present.length === 0) stop();
    present.forEach(look);
  };
  return {
    wake() { if (!timer && entries().length > 0) timer = setInterval(tick, intervalMs).unref(); },
    stop,
  };
}

/** Null where the system has no more watches to give. The watch alone doesn't keep the program running. */
function watchDirectory(directory: string, statusFile: string, onChange: () => void, onLost: () => void): FSWatcher | null {
  try {
    const watcher = watch(directory, { persistent: false }, (_event, file) => { if (file === null || file === statusFile) onChange(); });
    watcher.on('error', () => { watcher.close(); onLost(); });
    return watcher;
  } catch {
    return null;
  }
}
