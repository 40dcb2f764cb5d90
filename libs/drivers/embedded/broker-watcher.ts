/**
 * Tells of brokers' news: a new status, an exit. Status files are watched by the file system (looked at now and then where it can't);
 * the exit of a process that this one started is an event, that of an adopted one is found by looking.
 */
import { watch, type FSWatcher } from 'node:fs';
import { isRunning, type ProcessIdentity } from '#libs/host';
import { readStatus, type BrokerStatus } from './broker-status.js';
import type { NodeLayout } from './cluster-layout.js';
import { ADOPTED_POLL_MS, STATUS_POLL_MS } from './embedded.limits.js';

export interface BrokerKey { clusterId: string; nodeId: number }

export interface BrokerNews {
  onStatus(key: BrokerKey, status: BrokerStatus): void;
  onExit(key: BrokerKey, identity: ProcessIdentity, code: number | null, signal: string | null): void;
}

export interface BrokerWatcher {
  /** Begins, or goes on with another process. `adopted`: somebody else's child, whose exit has to be looked for. */
  watch(key: BrokerKey, layout: NodeLayout, identity: ProcessIdentity, adopted: boolean): void;
  unwatch(key: BrokerKey): void;
  watched(): { key: BrokerKey; layout: NodeLayout }[];
  close(): void;
}

interface Watched {
  key: BrokerKey;
  layout: NodeLayout;
  identity: ProcessIdentity;
  adopted: boolean;
  files: FSWatcher | null;
  lastStatus: string;
}

export function createBrokerWatcher(news: BrokerNews): BrokerWatcher {
  const all = new Map<string, Watched>();
  const nameOf = (key: BrokerKey): string => `${key.clusterId}/${key.nodeId}`;

  const look = (entry: Watched): void => {
    const status = readStatus(entry.layout.status);
    const text = JSON.stringify(status);
    if (!status || text === entry.lastStatus || status.pid !== entry.identity.pid) return;
    entry.lastStatus = text;
    news.onStatus(entry.key, status);
  };
  const unwatch = (key: BrokerKey): void => {
    all.get(nameOf(key))?.files?.close();
    all.delete(nameOf(key));
  };
  const exits = setInterval(() => {
    for (const entry of all.values()) {
      if (!entry.adopted || isRunning(entry.identity)) continue;
      unwatch(entry.key);
      news.onExit(entry.key, entry.identity, null, null);
    }
  }, ADOPTED_POLL_MS).unref();
  const statuses = setInterval(() => {
    for (const entry of all.values()) if (!entry.files) look(entry);
  }, STATUS_POLL_MS).unref();

  return {
    watch(key, layout, identity, adopted) {
      unwatch(key);
      const entry: Watched = { key, layout, identity, adopted, files: null, lastStatus: '' };
      all.set(nameOf(key), entry);
      entry.files = watchDirectory(layout.run, () => { if (all.get(nameOf(key)) === entry) look(entry); }, () => { entry.files = null; });
      look(entry);
    },
    unwatch,
    watched: () => [...all.values()].map(({ key, layout }) => ({ key, layout })),
    close() {
      clearInterval(exits);
      clearInterval(statuses);
      for (const { key } of [...all.values()]) unwatch(key);
    },
  };
}

/** Null where the system has no more watches to give. The watch alone doesn't keep the program running. */
function watchDirectory(directory: string, onChange: () => void, onLost: () => void): FSWatcher | null {
  try {
    const watcher = watch(directory, { persistent: false }, (_event, file) => { if (file === null || file === 'status.json') onChange(); });
    watcher.on('error', () => { watcher.close(); onLost(); });
    return watcher;
  } catch {
    return null;
  }
}
