/**
 * Who may have how many connections: all together, each listener, each address, each principal. Asked at every connection, so a limit changed at run time
 * holds from the next one on; connections that are open stay. The brokers' own listener, which the platform uses, is past the broker's and the addresses' but for
 * a bound of its own, as in Kafka: whoever fills a cluster doesn't lock out the one who can help.
 */
import { SERVER_LIMITS } from './server.limits.js';

export interface ConnectionLimits {
  /** `max.connections`. */
  readonly total: number;
  /** `listener.name.<name>.max.connections`; endless where there is none. */
  perListener(listener: string): number;
  /** `max.connections.per.ip`. */
  readonly perAddress: number;
  /** `max.connections.per.ip.overrides`. */
  readonly perAddressOverrides: ReadonlyMap<string, number>;
  /** `sluice.max.connections.per.principal`. */
  readonly perPrincipal: number;
  /** What the process can open beside its files, with those that are still to prove who they are. */
  readonly openable: number;
}

export interface ConnectionCounts {
  /** The setting that stands against one more connection; null counts it. */
  enter(listener: string, address: string, privileged: boolean): string | null;
  /** The same at the end of a login. */
  login(principal: string, privileged: boolean): string | null;
  leave(listener: string, address: string, privileged: boolean, principal: string | null): void;
}

function count(counts: Map<string, number>, key: string, by: 1 | -1): void {
  const next = (counts.get(key) ?? 0) + by;
  if (next === 0) counts.delete(key);
  else counts.set(key, next);
}

const listenerSetting = (listener: string): string => `listener.name.${listener.toLowerCase()}.max.connections`;

export function createConnectionCounts(limits: () => ConnectionLimits): ConnectionCounts {
  const addresses = new Map<string, number>();
  const principals = new Map<string, number>();
  const listeners = new Map<string, number>();
  let ordinary = 0;
  let privilegedOnes = 0;
  return {
    enter(listener, address, privileged) {
      const { total, perListener, perAddress, perAddressOverrides } = limits();
      const isListenerFull = (listeners.get(listener) ?? 0) >= perListener(listener);
      if (privileged) {
        if (privilegedOnes >= SERVER_LIMITS.privilegedConnectionsMax) return 'inter.broker.listener.name';
        if (isListenerFull) return listenerSetting(listener);
        privilegedOnes++;
        count(listeners, listener, 1);
        return null;
      }
      if (ordinary >= total) return 'max.connections';
      if (isListenerFull) return listenerSetting(listener);
      if ((addresses.get(address) ?? 0) >= (perAddressOverrides.get(address) ?? perAddress)) return 'max.connections.per.ip';
      ordinary++;
      count(listeners, listener, 1);
      count(addresses, address, 1);
      return null;
    },
    login(principal, privileged) {
      if (!privileged && (principals.get(principal) ?? 0) >= limits().perPrincipal) return 'sluice.max.connections.per.principal';
      count(principals, principal, 1);
      return null;
    },
    leave(listener, address, privileged, principal) {
      count(listeners, listener, -1);
      if (privileged) privilegedOnes--;
      else {
        ordinary--;
        count(addresses, address, -1);
      }
      if (principal !== null) count(principals, principal, -1);
    },
  };
}
