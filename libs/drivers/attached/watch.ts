/** What is known of each attached cluster from looking at it again and again: it may vanish, come back, or be another one. */
import type { RemoteBrokerState, RemoteCluster, RemoteLogin } from '#libs/control/domain';
import { createCluster, type Cluster, type ClusterEnv } from '#libs/kafka/client';
import { OperationalError, type Log } from '#libs/kernel';
import { attachedLimits } from './attached.limits.js';
import { clipped, reasonOf } from './reasons.js';
import { CLIENT_ID, bounds } from './remote-login.js';

export interface Seen { problem: string | null; brokers: readonly RemoteBrokerState[] }

export interface RemoteWatch {
  /** As it is now, or was a moment ago. */
  look(clusterId: string): Promise<Seen>;
  /** As it was seen last. */
  last(clusterId: string): Seen | null;
  /** Resolves when it is seen otherwise than the last `look` told, or when the time is up. */
  waitForChange(clusterId: string, timeoutMs: number): Promise<void>;
  /** The client that the looks go by, as the platform's principal. Null: it isn't attached any more. */
  client(clusterId: string): Promise<{ remote: RemoteCluster; cluster: Cluster } | null>;
  forget(clusterId: string): void;
  close(): void;
}

export interface RemoteWatchOptions {
  env: ClusterEnv;
  log: Log;
  find(clusterId: string): Promise<RemoteCluster | null>;
  loginOf(remote: RemoteCluster): RemoteLogin;
  /** After each look that found the cluster well. Its failure is none of the look's. */
  onReached(remote: RemoteCluster, cluster: Cluster): Promise<void>;
}

interface Entry { version: string; cluster: Cluster; seen: Seen | null; atMs: number; told: string | null; looking: Promise<Seen> | null }

const printOf = ({ problem, brokers }: Seen): string => JSON.stringify([problem, brokers]);
const lost = (problem: string, brokers: readonly RemoteBrokerState[] = []): Seen => ({ problem, brokers });

export function createRemoteWatch({ env, log, find, loginOf, onReached }: RemoteWatchOptions): RemoteWatch {
  const entries = new Map<string, Entry>();
  const waiting = new Set<() => void>();
  let isClosed = false;

  const pause = (ms: number): Promise<void> => new Promise((resolve) => {
    const end = (): void => { env.timers.cancel(timer); waiting.delete(end); resolve(); };
    const timer = env.timers.set(ms, end);
    waiting.add(end);
  });

  /** Made anew when somebody has changed how the cluster is reached. */
  function entryOf(remote: RemoteCluster): Entry {
    const known = entries.get(remote.clusterId);
    const version = String(remote.testedAt.getTime());
    if (known?.version === version) return known;
    known?.cluster.close();
    const cluster = createCluster(env, { bootstrap: remote.connection.bootstrap, clientId: CLIENT_ID, ...bounds, ...loginOf(remote) });
    const entry: Entry = { version, cluster, seen: null, atMs: 0, told: known?.told ?? null, looking: null };
    entries.set(remote.clusterId, entry);
    return entry;
  }

  async function ask(remote: RemoteCluster, cluster: Cluster): Promise<Seen> {
    const { clusterId, brokers } = await cluster.describe();
    const pinned = remote.findings.kafkaClusterId;
    if (clusterId !== pinned) return lost(`is another cluster than before: its id is ${clipped(clusterId)}, and ${pinned} was attached; detach it and attach the other one, or mend its addresses`);
    const states: RemoteBrokerState[] = await Promise.all(brokers.slice(0, attachedLimits.brokersMax).map(async (broker) => {
      try {
        await cluster.node(broker.nodeId, async () => undefined);
        return { ...broker, isReachable: true, reason: null };
      } catch (error) {
        const reason = reasonOf(error);
        return { ...broker, isReachable: false, reason: reason?.text ?? 'it does not answer', isForbidden: reason?.code === 'remote_address_refused' };
      }
    }));
    const plain = states.map(({ nodeId, host, port, rack, isReachable, reason }) => ({ nodeId, host, port, rack, isReachable, reason }));
    const forbidden = states.find((state) => 'isForbidden' in state && state.isForbidden === true);
    if (forbidden) return lost(`broker ${forbidden.nodeId} advertises ${clipped(forbidden.host)}:${forbidden.port} now: ${forbidden.reason}`, plain);
    const isDead = plain.length === 0 || plain.every(({ isReachable }) => !isReachable);
    return isDead ? lost(`none of its brokers can be reached: ${plain[0]?.reason ?? 'it lists none'}`, plain) : { problem: null, brokers: plain };
  }

  async function lookAt(remote: RemoteCluster, { cluster }: Entry): Promise<Seen> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await ask(remote, cluster);
      } catch (error) {
        const reason = reasonOf(error);
        const isFinal = reason?.code === 'remote_login_refused' || reason?.code === 'remote_address_refused';
        if (isFinal || attempt === 2 || isClosed) {
          const text = reason?.text ?? 'it does not answer';
          const brokers = remote.findings.brokers.map((broker) => ({ ...broker, isReachable: false, reason: text }));
          return lost(reason?.code === 'remote_login_refused' ? `${text}: update its credentials` : `can't be reached: ${text}`, brokers);
        }
        await pause(attachedLimits.retryMs);
      }
    }
  }

  async function fresh(clusterId: string, maxAgeMs: number): Promise<Seen> {
    const remote = await find(clusterId);
    if (remote === null) return lost('isn\'t attached any more');
    const entry = entryOf(remote);
    if (entry.seen !== null && env.clock.monotonic() - entry.atMs <= maxAgeMs) return entry.seen;
    entry.looking ??= lookAt(remote, entry).then((seen) => {
      Object.assign(entry, { seen, atMs: env.clock.monotonic(), looking: null });
      if (seen.problem === null) onReached(remote, entry.cluster).catch((error: unknown) => log.write('warn', 'attached.follow-up.failed', { clusterId, reason: error instanceof Error ? error.message : String(error) }));
      return seen;
    }, (error: unknown) => { entry.looking = null; throw error; });
    return entry.looking;
  }

  return {
    async look(clusterId) {
      const seen = await fresh(clusterId, attachedLimits.freshMs);
      const entry = entries.get(clusterId);
      if (entry) entry.told = printOf(seen);
      return seen;
    },
    last: (clusterId) => entries.get(clusterId)?.seen ?? null,
    async waitForChange(clusterId, timeoutMs) {
      const endsMs = env.clock.monotonic() + timeoutMs;
      for (;;) {
        const leftMs = endsMs - env.clock.monotonic();
        if (leftMs <= 0 || isClosed) return;
        await pause(Math.min(attachedLimits.pollMs, leftMs));
        if (isClosed) return;
        const seen = await fresh(clusterId, attachedLimits.freshMs);
        if (printOf(seen) !== entries.get(clusterId)?.told) return;
      }
    },
    async client(clusterId) {
      const remote = await find(clusterId);
      return remote && { remote, cluster: entryOf(remote).cluster };
    },
    forget(clusterId) {
      entries.get(clusterId)?.cluster.close();
      entries.delete(clusterId);
    },
    close() {
      isClosed = true;
      for (const end of [...waiting]) end();
      for (const { cluster } of entries.values()) cluster.close();
      entries.clear();
    },
  };
}
