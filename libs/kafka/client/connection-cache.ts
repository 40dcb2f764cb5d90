/** Connections of one identity by address: opened when needed, shared, opened anew once they are broken or retired. */
import { clientLimits } from './client.limits.js';
import type { BrokerConnection } from './connection.js';
import { ClusterUnreachableError } from './errors.js';

export interface Address { host: string; port: number }

export interface ConnectionCache {
  get(address: Address): Promise<BrokerConnection>;
  close(): void;
}

interface Entry { opening: Promise<BrokerConnection>; connection: BrokerConnection | null }

export const addressKey = ({ host, port }: Address): string => `${host}:${port}`;

export function createConnectionCache(open: (address: Address) => Promise<BrokerConnection>): ConnectionCache {
  const entries = new Map<string, Entry>();
  let closed = false;

  /** Retired connections are left to end by themselves: somebody may still wait for their answers. */
  function forgetEnded(): void {
    for (const [key, { connection }] of entries) if (connection !== null && !connection.open) entries.delete(key);
  }
  return {
    get(address) {
      if (closed) return Promise.reject(new ClusterUnreachableError('this client is closed'));
      const key = addressKey(address);
      const known = entries.get(key);
      if (known && (known.connection === null || known.connection.open)) return known.opening;
      forgetEnded();
      if (entries.size >= clientLimits.connectionsMax) return Promise.reject(new ClusterUnreachableError(`more than ${clientLimits.connectionsMax} brokers of one cluster`));
      const entry: Entry = { opening: open(address), connection: null };
      entries.set(key, entry);
      entry.opening.then((connection) => {
        entry.connection = connection;
        if (closed) connection.close();
      }, () => { if (entries.get(key) === entry) entries.delete(key); });
      return entry.opening;
    },
    close() {
      closed = true;
      for (const { connection } of entries.values()) connection?.close();
      entries.clear();
    },
  };
}
