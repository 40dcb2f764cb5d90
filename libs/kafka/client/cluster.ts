/**
 * A cluster seen from outside: where its brokers are, who leads and who coordinates. Connections are opened when they are needed and kept.
 * One principal per instance: whatever is sent goes as the credential that the instance was made with.
 *
 * What a call throws inside `use` decides: a code that says "moved" or "not yet" is looked up anew and tried again until `callTimeoutMs`; a broken
 * connection only where asking twice does no harm (`repeatable`) or the request never left. Everything else goes to the caller as it is.
 */
import type { ClientTls, Env } from '#libs/kernel';
import { ErrorCode, FindCoordinatorRequest, FindCoordinatorResponse, KafkaError } from '#libs/kafka/protocol';
import { describeBrokers, partitionLeaders, type ClusterDescription } from './cluster-metadata.js';
import { clientLimits } from './client.limits.js';
import { connectBroker, type BrokerConnection } from './connection.js';
import { addressKey, createConnectionCache, type Address } from './connection-cache.js';
import { ClusterUnreachableError } from './errors.js';
import { raise } from './raise.js';
import { createBackoff, deadlineIn, hasCode, isBroken, MOVED, retrying, type Deadline } from './retry.js';
import type { Credential } from './sasl.js';

export interface ClusterOptions {
  bootstrap: readonly Address[];
  tls: ClientTls | null;
  sasl: Credential | null;
  clientId: string;
  requestTimeoutMs?: number;
  connectTimeoutMs?: number;
  /** For all tries of one call together; `clientLimits.callTimeoutMs` by default. */
  callTimeoutMs?: number;
  /** Where a broker is reached from here, when that isn't its advertised address. */
  addressOf?: (nodeId: number) => Address | null;
}

export type Use<T> = (connection: BrokerConnection) => Promise<T>;
export interface CallOptions {
  /** Asking twice does no harm. */
  repeatable?: boolean;
  /** For all tries together, instead of the cluster's `callTimeoutMs`. */
  timeoutMs?: number;
}
export interface PartitionName { topic: string; partition: number }
export type BrokerAnswer<T> = { nodeId: number; answered: true; value: T } | { nodeId: number; answered: false; error: Error };

export interface Cluster {
  /** Any broker that can be reached: the one that served last, then the bootstrap addresses in their order, then the brokers known from before. Repeatable by default. */
  any<T>(use: Use<T>, options?: CallOptions): Promise<T>;
  /**
   * What only the controller does: topics, partitions, elections, reassignments, features, SCRAM users. In KRaft every broker forwards it (KIP-590), so any
   * will do; in ZooKeeper mode one that isn't the controller says NOT_CONTROLLER, and the call goes to the one that is. Not repeatable by default.
   */
  controller<T>(use: Use<T>, options?: CallOptions): Promise<T>;
  /** Throws BROKER_NOT_AVAILABLE for a broker that the cluster doesn't list, ClusterUnreachableError for one that doesn't answer. Repeatable by default, once. */
  node<T>(nodeId: number, use: Use<T>, options?: CallOptions): Promise<T>;
  /** Of every broker that the cluster lists; the first failure is thrown. */
  every<T>(use: Use<T>): Promise<T[]>;
  /** The same, telling which brokers did not answer. Still throws what they refuse. */
  survey<T>(use: Use<T>): Promise<BrokerAnswer<T>[]>;
  /** Of a group's coordinator; with another key type (1: a transactional id) of that. Repeatable by default. */
  coordinator<T>(groupId: string, use: Use<T>, options?: CallOptions & { keyType?: number }): Promise<{ nodeId: number; result: T }>;
  /** On the partition's leader. Repeatable by default. Throws UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE. */
  leader<T>(partition: PartitionName, use: (connection: BrokerConnection, topicId: string) => Promise<T>, options?: CallOptions): Promise<T>;
  describe(): Promise<ClusterDescription>;
  /** Tries until it works, fails for another reason, or the time of a call (or this one) is over. */
  retry<T>(isTransient: (error: unknown) => boolean, attempt: () => Promise<T>, timeoutMs?: number): Promise<T>;
  close(): void;
}

export type ClusterEnv = Pick<Env, 'net' | 'timers' | 'clock' | 'random'>;

/** Where calls go: addresses that served, brokers by id, the controller when it matters. */
interface Routes { preferred: Address | null; brokers: Map<number, Address>; controllerId: number | null }

export function createCluster(env: ClusterEnv, options: ClusterOptions): Cluster {
  const { tls, sasl, clientId, requestTimeoutMs, connectTimeoutMs } = options;
  const connections = createConnectionCache(({ host, port }) => connectBroker(env, { host, port, tls, sasl, clientId, requestTimeoutMs, connectTimeoutMs }));
  const routes: Routes = { preferred: null, brokers: new Map(), controllerId: null };
  const newDeadline = (ms = options.callTimeoutMs ?? clientLimits.callTimeoutMs): Deadline => deadlineIn(env, ms);

  const addressOf = (nodeId: number): Address | null => options.addressOf?.(nodeId) ?? routes.brokers.get(nodeId) ?? null;
  function candidates(): Address[] {
    const known = [...routes.brokers.keys()].map((nodeId) => addressOf(nodeId)!);
    const all = [...(routes.preferred ? [routes.preferred] : []), ...options.bootstrap, ...known];
    return [...new Map(all.map((address) => [addressKey(address), address])).values()];
  }

  /** One round over the addresses. */
  async function anyOnce<T>(use: Use<T>, repeatable: boolean, deadline: Deadline): Promise<T> {
    let failure: unknown = new ClusterUnreachableError('the cluster has no bootstrap address');
    for (const address of candidates()) {
      try {
        const connection = await connections.get(address);
        routes.preferred = address;
        return await use(connection);
      } catch (error) {
        if (!isBroken(error, repeatable)) throw error;
        failure = error;
        if (routes.preferred !== null && addressKey(routes.preferred) === addressKey(address)) routes.preferred = null;
        if (deadline.leftMs() <= 0) break;
      }
    }
    throw failure;
  }
  // A cluster of which no address answers is down: that is told at once, not after the time of a call.
  const any = <T>(use: Use<T>, { repeatable = true, timeoutMs }: CallOptions = {}, deadline = newDeadline(timeoutMs)): Promise<T> =>
    retrying(env, deadline, (error) => hasCode(error, MOVED.any), () => anyOnce(use, repeatable, deadline));

  async function describe(deadline = newDeadline()): Promise<ClusterDescription> {
    const description = await any(describeBrokers, {}, deadline);
    routes.brokers = new Map(description.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
    return description;
  }

  async function node<T>(nodeId: number, use: Use<T>, { repeatable = true, timeoutMs }: CallOptions = {}, deadline = newDeadline(timeoutMs)): Promise<T> {
    const known = addressOf(nodeId);
    try {
      if (known && routes.brokers.has(nodeId)) return await use(await connections.get(known));
    } catch (error) {
      if (!isBroken(error, repeatable) || deadline.leftMs() <= 0) throw error;
    }
    // Unknown, or gone: perhaps it has come back elsewhere, or its connection was an old one.
    await describe(deadline);
    const address = addressOf(nodeId);
    if (!address || !routes.brokers.has(nodeId)) throw new KafkaError(ErrorCode.BROKER_NOT_AVAILABLE, `broker ${nodeId} is not available`);
    return use(await connections.get(address));
  }

  async function controller<T>(use: Use<T>, { repeatable = false, timeoutMs }: CallOptions = {}): Promise<T> {
    const deadline = newDeadline(timeoutMs);
    const backoff = createBackoff(env, deadline);
    for (;;) {
      const routed = routes.controllerId;
      try {
        return await (routed === null ? any(use, { repeatable }, deadline) : node(routed, use, { repeatable }, deadline));
      } catch (error) {
        const moved = hasCode(error, MOVED.controller);
        const gone = routed !== null && (isBroken(error, repeatable) || hasCode(error, MOVED.broker));
        if (!(moved || gone)) throw error;
        routes.controllerId = null;
        if (!(await backoff())) throw error;
      }
      const { controllerId } = await describe(deadline);
      routes.controllerId = controllerId >= 0 ? controllerId : null;
    }
  }

  async function survey<T>(use: Use<T>): Promise<BrokerAnswer<T>[]> {
    const { brokers } = await describe();
    return Promise.all(brokers.map(async ({ nodeId }): Promise<BrokerAnswer<T>> => {
      try {
        return { nodeId, answered: true, value: await use(await connections.get(addressOf(nodeId)!)) };
      } catch (error) {
        if (error instanceof ClusterUnreachableError) return { nodeId, answered: false, error };
        throw error;
      }
    }));
  }

  async function findCoordinator(key: string, keyType: number, deadline: Deadline): Promise<number> {
    const found = await any(async (c) => {
      const batched = (c.version(FindCoordinatorRequest) ?? 0) >= 4;
      const answer = await c.send(FindCoordinatorRequest, FindCoordinatorResponse, batched ? { keyType, coordinatorKeys: [key] } : { keyType, key });
      const row = answer.coordinators[0] ?? answer;
      raise(row.errorCode, row.errorMessage);
      return row;
    }, {}, deadline);
    if (!options.addressOf?.(found.nodeId)) routes.brokers.set(found.nodeId, { host: found.host, port: found.port });
    return found.nodeId;
  }

  return {
    any: (use, callOptions) => any(use, callOptions),
    controller,
    node: (nodeId, use, callOptions) => node(nodeId, use, callOptions),
    survey,
    describe: () => describe(),
    async every(use) {
      const answers = await survey(use);
      return answers.map((answer) => { if (!answer.answered) throw answer.error; return answer.value; });
    },
    async coordinator(groupId, use, { repeatable = true, keyType = 0, timeoutMs } = {}) {
      const deadline = newDeadline(timeoutMs);
      const isTransient = (error: unknown): boolean => hasCode(error, MOVED.coordinator) || hasCode(error, MOVED.leader) || isBroken(error, repeatable);
      let nodeId = await findCoordinator(groupId, keyType, deadline);
      let again = false;
      return retrying(env, deadline, isTransient, async () => {
        if (again) nodeId = await findCoordinator(groupId, keyType, deadline);
        again = true;
        return { nodeId, result: await node(nodeId, use, { repeatable }, deadline) };
      });
    },
    leader({ topic, partition }, use, { repeatable = true, timeoutMs } = {}) {
      const deadline = newDeadline(timeoutMs);
      const isTransient = (error: unknown): boolean => hasCode(error, MOVED.leader) || isBroken(error, repeatable);
      return retrying(env, deadline, isTransient, async () => {
        const found = (await any((c) => partitionLeaders(c, [topic]), {}, deadline)).get(topic);
        const leader = found?.leaders.get(partition);
        if (found === undefined || leader === undefined) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no partition ${topic}-${partition}`);
        if (leader < 0) throw new KafkaError(ErrorCode.LEADER_NOT_AVAILABLE, `${topic}-${partition} has no leader`);
        return node(leader, (c) => use(c, found.topicId), { repeatable }, deadline);
      });
    },
    retry: (isTransient, attempt, timeoutMs) => retrying(env, newDeadline(timeoutMs), isTransient, attempt),
    close: () => connections.close(),
  };
}
