/**
 * The ways into a cluster: any of its addresses, or one broker by its id. What a call throws decides: "not yet" is tried again until the deadline, a broken link
 * only where asking twice does no harm (`repeatable`) or the request never left. Everything else goes to the caller as it is.
 */
import type { ClientTls, Env } from '#libs/kernel';
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { clientLimits } from './client.limits.js';
import { describeBrokers, type ClusterDescription } from './cluster-metadata.js';
import { connectBroker, type BrokerConnection } from './connection.js';
import { addressKey, createConnectionCache, type Address } from './connection-cache.js';
import { ClusterUnreachableError } from './errors.js';
import { askInTurn } from './ask-in-turn.js';
import { deadlineIn, hasCode, isBroken, MOVED, retrying, type Deadline } from './retry.js';
import type { Credential } from './sasl.js';

export interface ClusterOptions {
  bootstrap: readonly Address[];
  tls: ClientTls | null;
  sasl: Credential | null;
  clientId: string;
  requestTimeoutMs?: number;
  connectTimeoutMs?: number;
  responseBytesMax?: number;
  /** For all tries of one call together; `clientLimits.callTimeoutMs` by default. */
  callTimeoutMs?: number;
  /** Where a broker is reached from here, when that isn't its advertised address. */
  addressOf?: (nodeId: number) => Address | null;
}

export type Use<T> = (connection: BrokerConnection) => Promise<T>;
export interface CallOptions {
  /** Asking twice does no harm, once the first try has failed. */
  repeatable?: boolean;
  /** Others are not asked because one is silent: it may carry the change out yet, and undo by that what was changed since. */
  isChange?: boolean;
  /** For all tries together, instead of the cluster's `callTimeoutMs`. */
  timeoutMs?: number;
}

export type How = Required<Pick<CallOptions, 'repeatable' | 'isChange'>>;
export const READ: How = { repeatable: true, isChange: false };

export type ClusterEnv = Pick<Env, 'net' | 'timers' | 'clock' | 'random'>;

export interface Router {
  readonly env: ClusterEnv;
  deadline(timeoutMs?: number): Deadline;
  any<T>(use: Use<T>, how: How, deadline: Deadline): Promise<T>;
  describe(deadline: Deadline): Promise<ClusterDescription>;
  node<T>(nodeId: number, use: Use<T>, repeatable: boolean, deadline: Deadline): Promise<T>;
  /** Of a broker that `describe` has told of; no second try. */
  once<T>(nodeId: number, use: Use<T>): Promise<T>;
  /** What a broker told of another one's address. */
  learn(nodeId: number, address: Address): void;
  close(): void;
}

export function createRouter(env: ClusterEnv, options: ClusterOptions): Router {
  const { tls, sasl, clientId, requestTimeoutMs, connectTimeoutMs, responseBytesMax } = options;
  const connections = createConnectionCache(({ host, port }) => connectBroker(env, { host, port, tls, sasl, clientId, requestTimeoutMs, connectTimeoutMs, responseBytesMax }));
  let preferred: Address | null = null;
  let brokers = new Map<number, Address>();

  const addressOf = (nodeId: number): Address | null => (brokers.has(nodeId) ? options.addressOf?.(nodeId) ?? brokers.get(nodeId)! : null);
  function candidates(): Address[] {
    const all = [...(preferred ? [preferred] : []), ...options.bootstrap, ...[...brokers.keys()].map((nodeId) => addressOf(nodeId)!)];
    return [...new Map(all.map((address) => [addressKey(address), address])).values()];
  }
  function round<T>(use: Use<T>, { repeatable, isChange }: How, deadline: Deadline): Promise<T> {
    const ask = async (address: Address): Promise<T> => {
      const connection = await connections.get(address);
      const answer = use(connection);
      preferred = address;
      return answer;
    };
    const mayGoOn = (error: unknown, address: Address): boolean => {
      if (!isBroken(error, repeatable)) return false;
      if (preferred !== null && addressKey(preferred) === addressKey(address)) preferred = null;
      return deadline.leftMs() > 0;
    };
    return askInTurn(env, candidates(), ask, { mayGoOn, patienceMs: repeatable && !isChange ? clientLimits.patienceMs : null });
  }
  // A cluster of which no address answers is down: that is told at once, not after the time of a call.
  const any = <T>(use: Use<T>, how: How, deadline: Deadline): Promise<T> =>
    retrying(env, deadline, (error) => hasCode(error, MOVED.any), () => round(use, how, deadline));
  async function describe(deadline: Deadline): Promise<ClusterDescription> {
    const description = await any(describeBrokers, READ, deadline);
    brokers = new Map(description.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
    return description;
  }
  async function once<T>(nodeId: number, use: Use<T>): Promise<T> {
    const address = addressOf(nodeId);
    if (!address) throw new KafkaError(ErrorCode.BROKER_NOT_AVAILABLE, `broker ${nodeId} is not available`);
    return use(await connections.get(address));
  }
  return {
    env, any, describe, once,
    deadline: (timeoutMs = options.callTimeoutMs ?? clientLimits.callTimeoutMs) => deadlineIn(env, timeoutMs),
    async node(nodeId, use, repeatable, deadline) {
      try {
        return await once(nodeId, use);
      } catch (error) {
        const unknown = addressOf(nodeId) === null && hasCode(error, MOVED.broker);
        if (!(unknown || isBroken(error, repeatable)) || deadline.leftMs() <= 0) throw error;
      }
      // Unknown, or gone: perhaps it has come back elsewhere, or its connection was an old one.
      await describe(deadline);
      return once(nodeId, use);
    },
    learn(nodeId, address) { brokers.set(nodeId, address); },
    close: () => connections.close(),
  };
}
