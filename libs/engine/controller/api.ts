/**
 * What the cluster knows of itself. The image is an immutable view of committed `__cluster_metadata` records; a new one replaces it after
 * every committed batch. The controller decides: it turns a request into records, waits until they are durable and applied, then answers.
 */
import type { ErrorCode } from '#libs/kafka/protocol';

export interface PartitionImage {
  partition: number;
  replicas: readonly number[];
  isr: readonly number[];
  /** −1: none. */
  leader: number;
  leaderEpoch: number;
  partitionEpoch: number;
  directories: readonly string[];
  /** KIP-966; left out where there are none. */
  eligibleLeaderReplicas?: readonly number[];
  lastKnownElr?: readonly number[];
}

export interface TopicImage { name: string; topicId: string; isInternal: boolean; partitions: readonly PartitionImage[] }

export interface EndpointImage { listener: string; host: string; port: number; securityProtocol: string }
export interface BrokerImage { nodeId: number; rack: string | null; epoch: number; incarnationId: string; fenced: boolean; endpoints: readonly EndpointImage[] }

export const ResourceType = { any: 1, topic: 2, group: 3, cluster: 4, transactionalId: 5, delegationToken: 6, user: 7 } as const;
export const PatternType = { any: 1, match: 2, literal: 3, prefixed: 4 } as const;
export const AclOperation = { any: 1, all: 2, read: 3, write: 4, create: 5, delete: 6, alter: 7, describe: 8, clusterAction: 9, describeConfigs: 10, alterConfigs: 11, idempotentWrite: 12, createTokens: 13, describeTokens: 14, twoPhaseCommit: 15 } as const;
export const AclPermission = { any: 1, deny: 2, allow: 3 } as const;

export interface AclBinding {
  resourceType: number; resourceName: string; patternType: number;
  principal: string; host: string; operation: number; permissionType: number;
}
export interface AclImage extends AclBinding { id: string }
/** Null matches everything. */
export interface AclFilter {
  resourceType: number; resourceName: string | null; patternType: number;
  principal: string | null; host: string | null; operation: number; permissionType: number;
}

/** ConfigResource types of the protocol: 2 topic, 4 broker ('' is the cluster-wide default), 32 group. */
export type ConfigMap = ReadonlyMap<string, string>;

export interface MetadataImage {
  /** Offset of the last applied metadata record and its epoch. */
  readonly offset: number;
  readonly epoch: number;
  readonly clusterId: string;
  readonly topics: ReadonlyMap<string, TopicImage>;
  readonly topicNames: ReadonlyMap<string, string>;
  readonly brokers: ReadonlyMap<number, BrokerImage>;
  readonly features: ReadonlyMap<string, number>;
  readonly acls: ReadonlyMap<string, AclImage>;
  configs(resourceType: number, name: string): ConfigMap;
  /** Names of resources of this type that have dynamic configs. */
  configResources(resourceType: number): readonly string[];
}

/** Answer to one item of a batched request. */
export interface ItemResult { errorCode: ErrorCode; errorMessage: string | null }

export interface NewTopic {
  name: string;
  /** −1: the broker's default. */
  numPartitions: number;
  replicationFactor: number;
  /** Empty: placed by the controller. */
  assignments: readonly { partition: number; brokerIds: readonly number[] }[];
  configs: readonly { name: string; value: string | null }[];
}
export interface CreatedTopic extends ItemResult { name: string; topicId: string; numPartitions: number; replicationFactor: number }

export type ConfigOperation = { op: 'set' | 'delete' | 'append' | 'subtract'; name: string; value: string | null };

/** Every method answers after its records are durable and applied to the image; `validateOnly` writes nothing. */
export interface Controller {
  /** The committed view; never older than any answer given. */
  readonly image: MetadataImage;
  readonly nodeId: number;
  readonly leaderEpoch: number;
  /** Called after each committed change, in order, with the view before and after. */
  onImage(listener: (next: MetadataImage, previous: MetadataImage) => void): void;
  createTopics(topics: readonly NewTopic[], options: { validateOnly: boolean }): Promise<CreatedTopic[]>;
  deleteTopics(topicIds: readonly string[]): Promise<Map<string, ItemResult>>;
  createPartitions(topics: readonly { name: string; count: number; assignments: readonly (readonly number[])[] | null }[], options: { validateOnly: boolean }): Promise<Map<string, ItemResult>>;
  /** Incremental; the legacy full replacement is expressed by the handler as deletes and sets. */
  alterConfigs(resources: readonly { resourceType: number; resourceName: string; operations: readonly ConfigOperation[] }[], options: { validateOnly: boolean }): Promise<ItemResult[]>;
  createAcls(bindings: readonly AclBinding[]): Promise<ItemResult[]>;
  deleteAcls(filters: readonly AclFilter[]): Promise<{ result: ItemResult; deleted: AclImage[] }[]>;
  /** First id of a block of 1,000 producer ids. */
  allocateProducerIds(): Promise<{ first: number; length: number }>;
  /** Clean stop: controlled shutdown records, then closes the metadata log. Returns the broker epoch for `.kafka_cleanshutdown`. */
  shutdown(): Promise<{ brokerEpoch: number }>;
}
