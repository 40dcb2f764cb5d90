/** What a request handler is and what it may use. One file per API key in `handlers/`; each opens with its contract. */
import type { Env } from '#libs/kernel';
import type { Draft, MessageCodec } from '#libs/kafka/protocol';
import type { Controller } from '../controller/index.js';
import type { GroupCoordinator } from '../coordinator/index.js';
import type { Metrics } from '../metrics/index.js';
import type { ReplicaManager } from '../replication/index.js';
import type { Authorizer, NamingGuard, Principal, PrincipalStore } from '../security/index.js';
import type { RequestQuota } from './quotas/index.js';
import type { SaslSession } from './sasl-session.js';

export interface RequestContext {
  apiKey: number;
  apiVersion: number;
  correlationId: number;
  clientId: string | null;
  /** Identity of the connection: sessions and quotas hang on it. */
  connectionId: string;
  clientHost: string;
  /** Listener that the request came in on: advertised addresses are those of this listener. */
  listenerName: string;
  principal: Principal;
  /** Calls back once when the connection has closed, so that a parked request is dropped; returns an unsubscribe. */
  onClose?(listener: () => void): () => void;
  /** Bytes that the answer may have while clients take none of theirs; absent: any number. Asked when the answer is made. */
  answerBytesMax?(): number;
  /** The request's account; absent while the cluster has no quotas of clients. */
  quota?: RequestQuota;
  /** The connection's authentication; absent on listeners without SASL. */
  sasl?: SaslSession;
}

/** acks=0: no frame at all. */
export const NO_RESPONSE: unique symbol = Symbol('no response');
/** acks=0 that failed: the connection is closed, Kafka's only way to say so. */
export const CLOSE_CONNECTION: unique symbol = Symbol('close connection');

export interface ApiHandler<Req = unknown, Res = unknown> {
  readonly apiKey: number;
  readonly request: MessageCodec<Req>;
  readonly response: MessageCodec<Res>;
  /** Advertised range; within the codec's, but for Produce, which advertises 0 (KAFKA-18659). */
  readonly minVersion: number;
  readonly maxVersion: number;
  /** The only listener that has this API: on others its key isn't known. Absent: all. */
  readonly listener?: string;
  /**
   * Runs up to its first wait in the order of arrival. A thrown KafkaError that a handler lets pass closes the connection: answer with codes.
   * The bytes of a Produce request are this call's only until it returns or waits: their memory then takes another frame.
   */
  handle(context: RequestContext, request: Req): Draft<Res> | typeof NO_RESPONSE | typeof CLOSE_CONNECTION | Promise<Draft<Res> | typeof NO_RESPONSE | typeof CLOSE_CONNECTION>;
}

/** Lets handlers of different messages stand in one list. */
export function defineHandler<Req, Res>(handler: ApiHandler<Req, Res>): ApiHandler {
  return handler as ApiHandler;
}

/** Static settings of this broker, from server.properties. Kafka's names; parsed and checked in `engine/broker`. */
export interface BrokerConfig {
  nodeId: number;
  clusterId: string;
  rack: string | null;
  advertisedListeners: readonly { listener: string; host: string; port: number; securityProtocol: string }[];
  autoCreateTopicsEnable: boolean;
  numPartitions: number;
  defaultReplicationFactor: number;
  minInsyncReplicas: number;
  offsetsTopicNumPartitions: number;
  offsetsTopicReplicationFactor: number;
  offsetsTopicSegmentBytes: number;
  offsetsRetentionMinutes: number;
  offsetsRetentionCheckIntervalMs: number;
  offsetMetadataMaxBytes: number;
  groupMinSessionTimeoutMs: number;
  groupMaxSessionTimeoutMs: number;
  groupInitialRebalanceDelayMs: number;
  groupMaxSize: number;
  fetchMaxBytes: number;
  maxIncrementalFetchSessionCacheSlots: number;
  flushMode: 'ack' | 'os';
  /** All of server.properties, for DescribeConfigs. */
  properties: ReadonlyMap<string, string>;
}

export interface ServerDeps {
  env: Env;
  config: BrokerConfig;
  controller: Controller;
  replicas: ReplicaManager;
  groups: GroupCoordinator;
  authorizer: Authorizer;
  principals: PrincipalStore;
  metrics: Pick<Metrics, 'gather'>;
  naming: NamingGuard;
}
