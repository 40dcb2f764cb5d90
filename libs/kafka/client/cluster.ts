/**
 * A cluster seen from outside: where its brokers are, who leads and who coordinates. Connections are opened when they are needed and kept.
 * One principal per instance: whatever is sent goes as the credential that the instance was made with.
 */
import type { ClientTls } from '#libs/kernel';
import { DescribeClusterRequest, DescribeClusterResponse, ErrorCode, FindCoordinatorRequest, FindCoordinatorResponse, KafkaError, MetadataRequest, MetadataResponse, ZERO_UUID } from '#libs/kafka/protocol';
import { connectBroker, type BrokerConnection, type ClientEnv, type Credential } from './connection.js';
import { ClusterUnreachableError } from './errors.js';
import { raise } from './raise.js';

export interface ClusterOptions {
  bootstrap: readonly { host: string; port: number }[];
  tls: ClientTls | null;
  sasl: Credential | null;
  clientId: string;
  requestTimeoutMs?: number;
  /** Where a broker is reached from here, when that isn't its advertised address. */
  addressOf?: (nodeId: number) => { host: string; port: number } | null;
}

export interface BrokerDescription { nodeId: number; host: string; port: number; rack: string | null }
export interface ClusterDescription { clusterId: string; controllerId: number; brokers: BrokerDescription[]; authorizedOperations: number }

type Use<T> = (connection: BrokerConnection) => Promise<T>;

export interface Cluster {
  any<T>(use: Use<T>): Promise<T>;
  controller<T>(use: Use<T>): Promise<T>;
  node<T>(nodeId: number, use: Use<T>): Promise<T>;
  every<T>(use: Use<T>): Promise<T[]>;
  coordinator<T>(groupId: string, use: Use<T>): Promise<{ nodeId: number; result: T }>;
  /** Partitions by the broker that leads them; leaderless ones are left out. */
  byLeader(partitions: readonly { topic: string; partition: number }[]): Promise<Map<number, { topic: string; partition: number }[]>>;
  describe(): Promise<ClusterDescription>;
  close(): void;
}

export function createCluster(env: ClientEnv, options: ClusterOptions): Cluster {
  const open = new Map<string, Promise<BrokerConnection>>();
  let closed = false;

  function connect(host: string, port: number): Promise<BrokerConnection> {
    if (closed) return Promise.reject(new ClusterUnreachableError('this client is closed'));
    const address = `${host}:${port}`;
    const known = open.get(address);
    if (known) return known.then((connection) => (connection.open ? connection : reconnect(address, host, port, known)));
    const opening = connectBroker(env, { host, port, tls: options.tls, sasl: options.sasl, clientId: options.clientId, requestTimeoutMs: options.requestTimeoutMs });
    open.set(address, opening);
    opening.catch(() => { if (open.get(address) === opening) open.delete(address); });
    return opening;
  }
  function reconnect(address: string, host: string, port: number, stale: Promise<BrokerConnection>): Promise<BrokerConnection> {
    if (open.get(address) === stale) open.delete(address);
    return connect(host, port);
  }

  const connectNode = (nodeId: number, host: string, port: number): Promise<BrokerConnection> => {
    const here = options.addressOf?.(nodeId) ?? { host, port };
    return connect(here.host, here.port);
  };

  async function any<T>(use: Use<T>): Promise<T> {
    let failure: unknown = new ClusterUnreachableError('the cluster has no bootstrap address');
    for (const { host, port } of options.bootstrap) {
      let connection: BrokerConnection;
      try { connection = await connect(host, port); } catch (error) {
        if (!(error instanceof ClusterUnreachableError)) throw error;
        failure = error;
        continue;
      }
      return use(connection);
    }
    throw failure;
  }

  async function describe(): Promise<ClusterDescription> {
    const answer = await any((c) => c.send(DescribeClusterRequest, DescribeClusterResponse, { includeClusterAuthorizedOperations: false }));
    raise(answer.errorCode, answer.errorMessage);
    return {
      clusterId: answer.clusterId, controllerId: answer.controllerId, authorizedOperations: answer.clusterAuthorizedOperations,
      brokers: answer.brokers.map((b) => ({ nodeId: b.brokerId, host: b.host, port: b.port, rack: b.rack })).sort((a, b) => a.nodeId - b.nodeId),
    };
  }

  async function node<T>(nodeId: number, use: Use<T>): Promise<T> {
    const { brokers } = await describe();
    const broker = brokers.find((b) => b.nodeId === nodeId);
    if (!broker) throw new KafkaError(ErrorCode.BROKER_NOT_AVAILABLE, `broker ${nodeId} is not available`);
    return use(await connectNode(nodeId, broker.host, broker.port));
  }

  return {
    any,
    describe,
    node,
    // KRaft brokers forward to the active controller, so any broker will do (KIP-590).
    controller: any,
    async every(use) {
      const { brokers } = await describe();
      return Promise.all(brokers.map(async (b) => use(await connectNode(b.nodeId, b.host, b.port))));
    },
    async coordinator(groupId, use) {
      const found = await any((c) => {
        const batched = (c.version(FindCoordinatorRequest) ?? 0) >= 4;
        return c.send(FindCoordinatorRequest, FindCoordinatorResponse, batched ? { keyType: 0, coordinatorKeys: [groupId] } : { keyType: 0, key: groupId });
      });
      const row = found.coordinators[0] ?? found;
      raise(row.errorCode, row.errorMessage);
      return { nodeId: row.nodeId, result: await use(await connectNode(row.nodeId, row.host, row.port)) };
    },
    async byLeader(partitions) {
      const names = [...new Set(partitions.map((p) => p.topic))];
      const answer = await any((c) => c.send(MetadataRequest, MetadataResponse, { topics: names.map((name) => ({ name, topicId: ZERO_UUID })), allowAutoTopicCreation: false }));
      const leaders = new Map(answer.topics.flatMap((t) => t.partitions.map((p) => [`${t.name}-${p.partitionIndex}`, p.leaderId] as const)));
      const owned = new Map<number, { topic: string; partition: number }[]>();
      for (const p of partitions) {
        const leader = leaders.get(`${p.topic}-${p.partition}`) ?? -1;
        if (leader >= 0) owned.set(leader, [...(owned.get(leader) ?? []), p]);
      }
      return owned;
    },
    close() {
      closed = true;
      for (const opening of open.values()) opening.then((connection) => connection.close(), () => undefined);
      open.clear();
    },
  };
}
