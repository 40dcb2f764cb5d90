/**
 * Applies records to an image: the only place where metadata changes, for recovery and live traffic alike. A delta collects the changes of
 * a batch (or of a whole log at start) and builds the next image; the image that it began with stays as it was.
 */
import { invariant } from '#libs/kernel';
import type { MetadataRecord } from '../quorum/index.js';
import { replayAcl, replayRemoveAcl } from './acls.replay.js';
import { replayBrokerRegistrationChange, replayFence, replayRegisterBroker, replayRegisterController, replayUnregisterBroker } from './brokers.replay.js';
import { replayConfig } from './configs.replay.js';
import { replayFeatureLevel } from './features.replay.js';
import { imageOf, type ControllerImage, type TopicState, type PartitionState } from './image.js';
import { replayClearElr, replayPartition, replayPartitionChange } from './partitions.replay.js';
import type { MapEditor, PersistentMap } from './persistent-map.js';
import { replayProducerIds } from './producer-ids.replay.js';
import { replayRemoveScramUser, replayRemoveToken, replayScramUser, replayToken } from './credentials.replay.js';
import { replayQuota } from './quotas.replay.js';
import { replayRemoveTopic, replayTopic } from './topics.replay.js';

type Edited<T> = T extends PersistentMap<infer K, infer V> ? MapEditor<K, V> : never;

/** What the replay functions change. */
export interface DeltaState {
  topicNames: Edited<ControllerImage['topicNames']>;
  collisions: Edited<ControllerImage['collisions']>;
  brokers: Edited<ControllerImage['brokers']>;
  controllers: Edited<ControllerImage['controllers']>;
  features: Edited<ControllerImage['features']>;
  acls: Edited<ControllerImage['acls']>;
  configMaps: Edited<ControllerImage['configMaps']>;
  quotas: Edited<ControllerImage['quotas']>;
  scramUsers: Edited<ControllerImage['scramUsers']>;
  tokens: Edited<ControllerImage['tokens']>;
  nextProducerId: number;
  partitionCount: number;
  topicByName(name: string): TopicState | undefined;
  topicIds(): string[];
  /** The topic with partitions that may be changed in place; undefined when no topic has this id. */
  editTopic(topicId: string): { topic: TopicState; partitions: PartitionState[] } | undefined;
  putTopic(topic: TopicState): void;
  removeTopic(name: string): void;
}

export interface ImageDelta {
  replay(record: MetadataRecord, offset: number, epoch: number): void;
  build(): ControllerImage;
}

function createDeltaState(base: ControllerImage): { state: DeltaState; topics: MapEditor<string, TopicState> } {
  const topics = base.topics.edit();
  /** Topics whose list of partitions is this delta's own. */
  const owned = new Map<string, PartitionState[]>();
  const topicNames = base.topicNames.edit();
  const state: DeltaState = {
    topicNames, collisions: base.collisions.edit(), brokers: base.brokers.edit(), controllers: base.controllers.edit(), features: base.features.edit(),
    acls: base.acls.edit(), configMaps: base.configMaps.edit(), quotas: base.quotas.edit(), scramUsers: base.scramUsers.edit(), tokens: base.tokens.edit(),
    nextProducerId: base.nextProducerId, partitionCount: base.partitionCount,
    topicByName: (name) => topics.get(name),
    topicIds: () => [...topicNames.build().keys()],
    editTopic(topicId) {
      const name = topicNames.get(topicId);
      const topic = name === undefined ? undefined : topics.get(name);
      if (topic === undefined) return undefined;
      let partitions = owned.get(topicId);
      if (partitions === undefined) {
        partitions = [...topic.partitions];
        owned.set(topicId, partitions);
        topics.set(topic.name, { ...topic, partitions });
      }
      return { topic: topics.get(topic.name)!, partitions };
    },
    putTopic: (topic) => topics.set(topic.name, topic),
    removeTopic: (name) => topics.delete(name),
  };
  return { state, topics };
}

function applyRecord(state: DeltaState, record: MetadataRecord): void {
  switch (record.type) {
    case 'TopicRecord': replayTopic(state, record.value); break;
    case 'RemoveTopicRecord': replayRemoveTopic(state, record.value); break;
    case 'PartitionRecord': replayPartition(state, record.value); break;
    case 'PartitionChangeRecord': replayPartitionChange(state, record.value); break;
    case 'ClearElrRecord': replayClearElr(state, record.value); break;
    case 'ConfigRecord': replayConfig(state, record.value); break;
    case 'RegisterBrokerRecord': replayRegisterBroker(state, record.value); break;
    case 'UnregisterBrokerRecord': replayUnregisterBroker(state, record.value); break;
    case 'BrokerRegistrationChangeRecord': replayBrokerRegistrationChange(state, record.value); break;
    case 'FenceBrokerRecord': replayFence(state, record.value, true); break;
    case 'UnfenceBrokerRecord': replayFence(state, record.value, false); break;
    case 'RegisterControllerRecord': replayRegisterController(state, record.value); break;
    case 'FeatureLevelRecord': replayFeatureLevel(state, record.value); break;
    case 'AccessControlEntryRecord': replayAcl(state, record.value); break;
    case 'RemoveAccessControlEntryRecord': replayRemoveAcl(state, record.value); break;
    case 'ProducerIdsRecord': replayProducerIds(state, record.value); break;
    case 'ClientQuotaRecord': replayQuota(state, record.value); break;
    case 'UserScramCredentialRecord': replayScramUser(state, record.value); break;
    case 'RemoveUserScramCredentialRecord': replayRemoveScramUser(state, record.value); break;
    case 'DelegationTokenRecord': replayToken(state, record.value); break;
    case 'RemoveDelegationTokenRecord': replayRemoveToken(state, record.value); break;
    case 'NoOpRecord': case 'ZkMigrationStateRecord': break;
    case 'BeginTransactionRecord': case 'EndTransactionRecord': case 'AbortTransactionRecord': invariant(false, `${record.type} is the transactions' to handle`);
  }
}

export function beginDelta(base: ControllerImage): ImageDelta {
  const { state, topics } = createDeltaState(base);
  let { offset, epoch } = base;
  return {
    replay(record, recordOffset, recordEpoch) {
      applyRecord(state, record);
      offset = recordOffset;
      epoch = recordEpoch;
    },
    build: () => imageOf({
      offset, epoch, clusterId: base.clusterId, topics: topics.build() as ControllerImage['topics'], topicNames: state.topicNames.build(), collisions: state.collisions.build(),
      partitionCount: state.partitionCount, brokers: state.brokers.build(), controllers: state.controllers.build(), features: state.features.build(),
      acls: state.acls.build(), configMaps: state.configMaps.build(), quotas: state.quotas.build(), scramUsers: state.scramUsers.build(),
      tokens: state.tokens.build(), nextProducerId: state.nextProducerId,
    }),
  };
}
