/**
 * The image inside: what the contract shows plus what has to survive in snapshots because Apache Kafka may have written it (tokens,
 * registrations). Immutable; each batch of records makes the next one (`image-delta.ts`).
 */
import type {
  ClientQuotaRecord, DelegationTokenRecord, RegisterBrokerRecord, RegisterControllerRecord, UserScramCredentialRecord,
} from '#libs/kafka/protocol';
import type { AclImage, BrokerImage, ConfigMap, EndpointImage, MetadataImage, PartitionImage, TopicImage } from './api.js';
import { emptyMap, type PersistentMap } from './persistent-map.js';

export const NO_LEADER = -1;
export const LeaderRecoveryState = { recovered: 0, recovering: 1 } as const;

export interface PartitionState extends PartitionImage {
  topicId: string;
  removingReplicas: readonly number[];
  addingReplicas: readonly number[];
  leaderRecoveryState: number;
  eligibleLeaderReplicas: readonly number[];
  lastKnownElr: readonly number[];
}
export interface TopicState extends TopicImage { partitions: readonly PartitionState[] }

export interface BrokerState extends BrokerImage {
  inControlledShutdown: boolean;
  registration: RegisterBrokerRecord;
}

export interface ConfigResourceState { resourceType: number; name: string; values: ConfigMap }

export interface ControllerImage extends MetadataImage {
  readonly topics: PersistentMap<string, TopicState>;
  readonly topicNames: PersistentMap<string, string>;
  /** Names that hold '.' or '_', by the name with '.' written as '_': those may collide in metrics. */
  readonly collisions: PersistentMap<string, readonly string[]>;
  readonly partitionCount: number;
  readonly brokers: PersistentMap<number, BrokerState>;
  readonly controllers: PersistentMap<number, RegisterControllerRecord>;
  readonly features: PersistentMap<string, number>;
  readonly acls: PersistentMap<string, AclImage>;
  readonly configMaps: PersistentMap<string, ConfigResourceState>;
  readonly quotas: PersistentMap<string, ClientQuotaRecord>;
  readonly scramUsers: PersistentMap<string, UserScramCredentialRecord>;
  readonly tokens: PersistentMap<string, DelegationTokenRecord>;
  /** First id of the next block to give. */
  readonly nextProducerId: number;
}

export type ImageParts = Omit<ControllerImage, 'configs' | 'configResources'>;

const NO_CONFIGS: ConfigMap = new Map();

export const configKey = (resourceType: number, name: string): string => `${resourceType}:${name}`;

export function imageOf(parts: ImageParts): ControllerImage {
  return {
    ...parts,
    configs: (resourceType, name) => parts.configMaps.get(configKey(resourceType, name))?.values ?? NO_CONFIGS,
    configResources: (resourceType) => [...parts.configMaps.values()].filter((resource) => resource.resourceType === resourceType).map((resource) => resource.name).sort(),
  };
}

export function emptyImage(clusterId: string): ControllerImage {
  return imageOf({
    offset: -1, epoch: 0, clusterId, topics: emptyMap(), topicNames: emptyMap(), collisions: emptyMap(), partitionCount: 0, brokers: emptyMap(),
    controllers: emptyMap(), features: emptyMap(), acls: emptyMap(), configMaps: emptyMap(), quotas: emptyMap(), scramUsers: emptyMap(),
    tokens: emptyMap(), nextProducerId: 0,
  });
}

const INTERNAL_TOPICS: ReadonlySet<string> = new Set(['__consumer_offsets', '__transaction_state', '__share_group_state']);
export const isInternalTopic = (name: string): boolean => INTERNAL_TOPICS.has(name);
export const collisionKey = (name: string): string | null => (/[._]/.test(name) ? name.replaceAll('.', '_') : null);

/** Kafka's ids of security protocols. */
const SECURITY_PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
export const securityProtocolName = (id: number): string => SECURITY_PROTOCOLS[id] ?? `UNKNOWN(${id})`;
export const securityProtocolId = (name: string): number => (SECURITY_PROTOCOLS as readonly string[]).indexOf(name);

export function endpointsOf(registration: RegisterBrokerRecord): EndpointImage[] {
  return registration.endPoints.map((endpoint) => ({ listener: endpoint.name, host: endpoint.host, port: endpoint.port, securityProtocol: securityProtocolName(endpoint.securityProtocol) }));
}
