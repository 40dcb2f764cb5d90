/**
 * Keeps clients of recently used clusters and credentials open, so that a request does not pay for a TLS handshake and a login each time. Whoever got a client may use it as
 * long as it likes: one that was closed meanwhile, for want of use, is opened anew, and none is closed while a call is under way on it.
 */
import type { TimerHandle } from '#libs/kernel';
import { clientLimits } from './client.limits.js';
import { createCluster, type Cluster, type ClusterEnv, type ClusterOptions } from './cluster.js';
import { ClusterUnreachableError } from './errors.js';

export interface ClusterPool {
  /** The client of this identity; `key` names cluster, address and credential together. Its `close` is nothing: others use it too. */
  get(key: string, options: () => ClusterOptions): Cluster;
  /** Ends all clients whose key begins so (a deleted cluster, a revoked key), and what is under way on them. */
  drop(keyPrefix: string): void;
  close(): void;
}

interface Entry { cluster: Cluster; calls: number; usedMs: number }

export function createClusterPool(env: ClusterEnv): ClusterPool {
  // In the order of use: re-inserted at each.
  const entries = new Map<string, Entry>();
  let sweeping: TimerHandle | null = null;
  let isClosed = false;

  function close(key: string, { cluster }: Entry): void {
    entries.delete(key);
    cluster.close();
  }
  function sweep(): void {
    sweeping = null;
    const before = env.clock.monotonic() - clientLimits.pooledIdleMs;
    for (const [key, entry] of entries) if (entry.calls === 0 && entry.usedMs <= before) close(key, entry);
    scheduleSweep();
  }
  function scheduleSweep(): void {
    if (sweeping === null && entries.size > 0) sweeping = env.timers.set(clientLimits.pooledIdleMs, sweep);
  }
  /** Those in use stay, whatever their number: requests bound it. */
  function makeRoom(): void {
    if (entries.size < clientLimits.pooledClientsMax) return;
    for (const [key, entry] of entries) if (entry.calls === 0) return close(key, entry);
  }
  function touch(key: string, options: () => ClusterOptions): Entry {
    if (isClosed) throw new ClusterUnreachableError('the platform is stopping');
    const known = entries.get(key);
    if (known) entries.delete(key);
    else makeRoom();
    const entry = known ?? { cluster: createCluster(env, options()), calls: 0, usedMs: 0 };
    entry.usedMs = env.clock.monotonic();
    entries.set(key, entry);
    scheduleSweep();
    return entry;
  }
  async function during<T>(key: string, options: () => ClusterOptions, call: (cluster: Cluster) => Promise<T>): Promise<T> {
    const entry = touch(key, options);
    entry.calls++;
    try {
      return await call(entry.cluster);
    } finally {
      entry.calls--;
      entry.usedMs = env.clock.monotonic();
    }
  }

  return {
    get(key, options) {
      // Now: what is wrong with the options is told to the one who asks.
      touch(key, options);
      const use = <T>(call: (cluster: Cluster) => Promise<T>): Promise<T> => during(key, options, call);
      return {
        any: (work, given) => use((cluster) => cluster.any(work, given)),
        controller: (work, given) => use((cluster) => cluster.controller(work, given)),
        node: (nodeId, work, given) => use((cluster) => cluster.node(nodeId, work, given)),
        every: (work) => use((cluster) => cluster.every(work)),
        survey: (work) => use((cluster) => cluster.survey(work)),
        coordinator: (groupId, work, given) => use((cluster) => cluster.coordinator(groupId, work, given)),
        leader: (partition, work, given) => use((cluster) => cluster.leader(partition, work, given)),
        describe: () => use((cluster) => cluster.describe()),
        retry: (isTransient, attempt, timeoutMs) => use((cluster) => cluster.retry(isTransient, attempt, timeoutMs)),
        close: () => undefined,
      };
    },
    drop(keyPrefix) {
      for (const [key, entry] of [...entries]) if (key.startsWith(keyPrefix)) close(key, entry);
    },
    close() {
      isClosed = true;
      if (sweeping !== null) env.timers.cancel(sweeping);
      sweeping = null;
      for (const [key, entry] of [...entries]) close(key, entry);
    },
  };
}
