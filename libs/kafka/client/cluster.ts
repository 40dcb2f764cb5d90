/**
 * A cluster seen from outside: who leads, who coordinates, who controls. Connections are opened when they are needed and kept. One principal per instance:
 * whatever is sent goes as the credential that the instance was made with. What moved is looked up anew and tried again until `callTimeoutMs`.
 */
import { ErrorCode, FindCoordinatorRequest, FindCoordinatorResponse, KafkaError } from '#libs/kafka/protocol';
import { partitionLeaders, type ClusterDescription } from './cluster-metadata.js';
import { clientLimits } from './client.limits.js';
import type { BrokerConnection } from './connection.js';
import { ClusterUnreachableError } from './errors.js';
import { raise } from './raise.js';
import { createBackoff, hasCode, isBroken, MOVED, patiently, retrying, type Deadline } from './retry.js';
import { createRouter, READ, type CallOptions, type ClusterEnv, type ClusterOptions, type Router, type Use } from './router.js';

export type { CallOptions, ClusterEnv, ClusterOptions, Use } from './router.js';

export interface PartitionName { topic: string; partition: number }
export type BrokerAnswer<T> = { nodeId: number; answered: true; value: T } | { nodeId: number; answered: false; error: Error };

export interface Cluster {
  /** Any broker that can be reached: the one that served last, then the bootstrap addresses in their order, then the brokers known from before. Repeatable by default. */
  any<T>(use: Use<T>, options?: CallOptions): Promise<T>;
  /**
   * What only the controller does: topics, partitions, elections, reassignments, features, SCRAM users. In KRaft every broker forwards it (KIP-590), so any
   * will do; in ZooKeeper mode one that isn't the controller says NOT_CONTROLLER, and the call goes to the one that is. A change by default, and not repeatable.
   */
  controller<T>(use: Use<T>, options?: CallOptions): Promise<T>;
  /** Throws BROKER_NOT_AVAILABLE for a broker that the cluster doesn't list, ClusterUnreachableError for one that doesn't answer. Repeatable by default, once. */
  node<T>(nodeId: number, use: Use<T>, options?: CallOptions): Promise<T>;
  /** Of every broker that the cluster lists; the first failure is thrown, as is the silence of one for `surveyMs`. */
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

interface ControllerRoute { /** null: any broker does. */ nodeId: number | null }

async function askController<T>(router: Router, route: ControllerRoute, use: Use<T>, { repeatable = false, isChange = true, timeoutMs }: CallOptions): Promise<T> {
  const deadline = router.deadline(timeoutMs);
  const backoff = createBackoff(router.env, deadline);
  for (;;) {
    const routed = route.nodeId;
    try {
      return await (routed === null ? router.any(use, { repeatable, isChange }, deadline) : router.node(routed, use, repeatable, deadline));
    } catch (error) {
      const moved = hasCode(error, MOVED.controller);
      const gone = routed !== null && (isBroken(error, repeatable) || hasCode(error, MOVED.broker));
      if (!(moved || gone)) throw error;
      route.nodeId = null;
      if (!(await backoff())) throw error;
    }
    const { controllerId } = await router.describe(deadline);
    route.nodeId = controllerId >= 0 ? controllerId : null;
  }
}

async function survey<T>(router: Router, use: Use<T>): Promise<BrokerAnswer<T>[]> {
  const { brokers } = await router.describe(router.deadline());
  return Promise.all(brokers.map(async ({ nodeId }): Promise<BrokerAnswer<T>> => {
    try {
      return { nodeId, answered: true, value: await patiently(router.env, clientLimits.surveyMs, `broker ${nodeId}`, router.once(nodeId, use)) };
    } catch (error) {
      if (error instanceof ClusterUnreachableError) return { nodeId, answered: false, error };
      throw error;
    }
  }));
}

async function findCoordinator(router: Router, key: string, keyType: number, deadline: Deadline): Promise<number> {
  const { nodeId, host, port } = await router.any(async (c) => {
    const batched = (c.version(FindCoordinatorRequest) ?? 0) >= 4;
    const answer = await c.send(FindCoordinatorRequest, FindCoordinatorResponse, batched ? { keyType, coordinatorKeys: [key] } : { keyType, key });
    const row = answer.coordinators[0] ?? answer;
    raise(row.errorCode, row.errorMessage);
    return row;
  }, READ, deadline);
  router.learn(nodeId, { host, port });
  return nodeId;
}

async function askCoordinator<T>(router: Router, key: string, use: Use<T>, options: CallOptions & { keyType?: number }): Promise<{ nodeId: number; result: T }> {
  const { repeatable = true, keyType = 0, timeoutMs } = options;
  const deadline = router.deadline(timeoutMs);
  const isTransient = (error: unknown): boolean => hasCode(error, MOVED.coordinator) || hasCode(error, MOVED.leader) || isBroken(error, repeatable);
  return retrying(router.env, deadline, isTransient, async () => {
    const nodeId = await findCoordinator(router, key, keyType, deadline);
    return { nodeId, result: await router.node(nodeId, use, repeatable, deadline) };
  });
}

async function askLeader<T>(router: Router, { topic, partition }: PartitionName, use: (connection: BrokerConnection, topicId: string) => Promise<T>, options: CallOptions): Promise<T> {
  const { repeatable = true, timeoutMs } = options;
  const deadline = router.deadline(timeoutMs);
  const isTransient = (error: unknown): boolean => hasCode(error, MOVED.leader) || isBroken(error, repeatable);
  return retrying(router.env, deadline, isTransient, async () => {
    const found = (await router.any((c) => partitionLeaders(c, [topic]), READ, deadline)).get(topic);
    const leader = found?.leaders.get(partition);
    if (found === undefined || leader === undefined) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no partition ${topic}-${partition}`);
    if (leader < 0) throw new KafkaError(ErrorCode.LEADER_NOT_AVAILABLE, `${topic}-${partition} has no leader`);
    return router.node(leader, (c) => use(c, found.topicId), repeatable, deadline);
  });
}

export function createCluster(env: ClusterEnv, options: ClusterOptions): Cluster {
  const router = createRouter(env, options);
  const route: ControllerRoute = { nodeId: null };
  return {
    any: (use, { repeatable = true, isChange = false, timeoutMs } = {}) => router.any(use, { repeatable, isChange }, router.deadline(timeoutMs)),
    controller: (use, callOptions = {}) => askController(router, route, use, callOptions),
    node: (nodeId, use, { repeatable = true, timeoutMs } = {}) => router.node(nodeId, use, repeatable, router.deadline(timeoutMs)),
    survey: (use) => survey(router, use),
    async every(use) {
      const answers = await survey(router, use);
      return answers.map((answer) => { if (!answer.answered) throw answer.error; return answer.value; });
    },
    coordinator: (groupId, use, callOptions = {}) => askCoordinator(router, groupId, use, callOptions),
    leader: (partition, use, callOptions = {}) => askLeader(router, partition, use, callOptions),
    describe: () => router.describe(router.deadline()),
    retry: (isTransient, attempt, timeoutMs) => retrying(env, router.deadline(timeoutMs), isTransient, attempt),
    close: () => router.close(),
  };
}
