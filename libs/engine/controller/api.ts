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
  /** Of a reassignment under way. */
  addingReplicas?: readonly number[];
  removingReplicas?: readonly number[];
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

/** What a quota is for: `null` names the default of that type. */
export const QuotaEntity = { user: 'user', clientId: 'client-id', ip: 'ip' } as const;
export interface QuotaEntityPart { entityType: string; entityName: string | null }
export interface QuotaImage { entity: readonly QuotaEntityPart[]; key: string; value: number }
/** A null value removes the key. */
export interface QuotaAlteration { entity: readonly QuotaEntityPart[]; operations: readonly { key: string; value: number | null }[] }

export const ScramMechanismId = { sha256: 1, sha512: 2 } as const;
export interface ScramCredentialImage { name: string; mechanism: number; salt: Buffer; storedKey: Buffer; serverKey: Buffer; iterations: number }
export interface ScramDeletion { name: string; mechanism: number }
export interface ScramUpsertion extends ScramDeletion { iterations: number; salt: Buffer; saltedPassword: Buffer }

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
  readonly quotas: ReadonlyMap<string, QuotaImage>;
  /** By `scramKey(mechanism, name)`. */
  readonly scramUsers: ReadonlyMap<string, ScramCredentialImage>;
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

export const ElectionType = { preferred: 0, unclean: 1 } as const;

/** The quorum of one as it is now; endpoints by the names of controller listeners. */
export interface QuorumView {
  leaderId: number;
  leaderEpoch: number;
  /** Below it everything is on disk. */
  highWatermark: number;
  logEndOffset: number;
  directoryId: string;
  listener: { name: string; host: string; port: number };
}

/** Told the partitions that one topic's change makes or removes, before it is decided; throws when the caller's quota is used up (KIP-599). */
export interface MutationCharge { charge?: (partitions: number) => void }

/** Every method answers after its records are durable and applied to the image; `validateOnly` writes nothing. */
export interface Controller {
  /** The committed view; never older than any answer given. */
  readonly image: MetadataImage;
  readonly nodeId: number;
  readonly leaderEpoch: number;
  /** Called after each committed change, in order, with the view before and after. */
  onImage(listener: (next: MetadataImage, previous: MetadataImage) => void): void;
  createTopics(topics: readonly NewTopic[], options: { validateOnly: boolean } & MutationCharge): Promise<CreatedTopic[]>;
  deleteTopics(topicIds: readonly string[], options?: MutationCharge): Promise<Map<string, ItemResult>>;
  createPartitions(topics: readonly { name: string; count: number; assignments: readonly (readonly number[])[] | null }[], options: { validateOnly: boolean } & MutationCharge): Promise<Map<string, ItemResult>>;
  /** Incremental; the legacy full replacement is expressed by the handler as deletes and sets. */
  alterConfigs(resources: readonly { resourceType: number; resourceName: string; operations: readonly ConfigOperation[] }[], options: { validateOnly: boolean }): Promise<ItemResult[]>;
  createAcls(bindings: readonly AclBinding[]): Promise<ItemResult[]>;
  deleteAcls(filters: readonly AclFilter[]): Promise<{ result: ItemResult; deleted: AclImage[] }[]>;
  alterClientQuotas(alterations: readonly QuotaAlteration[], options: { validateOnly: boolean }): Promise<{ entity: QuotaEntityPart[]; result: ItemResult }[]>;
  /** `isReserved`: names that no user may have. */
  alterScramUsers(deletions: readonly ScramDeletion[], upsertions: readonly ScramUpsertion[], isReserved: (name: string) => boolean): Promise<{ user: string; result: ItemResult }[]>;
  /** `electionType`: see ElectionType, others are INVALID_REQUEST. `partitions` null: all, and those that need no election are left out of the answer. */
  electLeaders(electionType: number, partitions: readonly { topic: string; partition: number }[] | null): Promise<(ItemResult & { topic: string; partition: number })[]>;
  /** `replicas` null cancels. Answers are in the order asked. */
  alterPartitionReassignments(asked: readonly { topic: string; partition: number; replicas: readonly number[] | null }[], options: { allowFactorChange: boolean }): Promise<ItemResult[]>;
  quorum(): QuorumView;
  /** First id of a block of 1,000 producer ids. */
  allocateProducerIds(): Promise<{ first: number; length: number }>;
  /** Clean stop: controlled shutdown records, then closes the metadata log. Returns the broker epoch for `.kafka_cleanshutdown`. */
  shutdown(): Promise<{ brokerEpoch: number }>;
}
