/** Keeps clients of recently used clusters and credentials open, so that a request does not pay for a TLS handshake and a login each time. */
import type { TimerHandle } from '#libs/kernel';
import { clientLimits } from './client.limits.js';
import { createCluster, type Cluster, type ClusterEnv, type ClusterOptions } from './cluster.js';

export interface ClusterPool {
  /** The client of this identity; `key` names cluster, address and credential together. Do not close it. */
  get(key: string, options: () => ClusterOptions): Cluster;
  /** Forgets and closes all clients whose key begins so (a deleted cluster, a revoked key). */
  drop(keyPrefix: string): void;
  close(): void;
}

export function createClusterPool(env: ClusterEnv): ClusterPool {
  const clients = new Map<string, { cluster: Cluster; usedMs: number }>();
  let sweeping: TimerHandle | null = null;

  function sweep(): void {
    sweeping = null;
    const before = env.clock.monotonic() - clientLimits.pooledIdleMs;
    for (const [key, entry] of clients) if (entry.usedMs <= before) { entry.cluster.close(); clients.delete(key); }
    scheduleSweep();
  }
  function scheduleSweep(): void {
    if (sweeping === null && clients.size > 0) sweeping = env.timers.set(clientLimits.pooledIdleMs, sweep);
  }
  function evictOldest(): void {
    const oldest = clients.entries().next().value;
    if (oldest) { oldest[1].cluster.close(); clients.delete(oldest[0]); }
  }

  return {
    get(key, options) {
      const known = clients.get(key);
      // Re-inserted at each use: the map's order is that of use.
      if (known) clients.delete(key);
      else if (clients.size >= clientLimits.pooledClientsMax) evictOldest();
      const cluster = known?.cluster ?? createCluster(env, options());
      clients.set(key, { cluster, usedMs: env.clock.monotonic() });
      scheduleSweep();
      return cluster;
    },
    drop(keyPrefix) {
      for (const [key, entry] of clients) if (key.startsWith(keyPrefix)) { entry.cluster.close(); clients.delete(key); }
    },
    close() {
      if (sweeping !== null) env.timers.cancel(sweeping);
      sweeping = null;
      for (const entry of clients.values()) entry.cluster.close();
      clients.clear();
    },
  };
}
