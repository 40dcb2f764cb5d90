/**
 * An image as the records of a snapshot, in Kafka's order: features (metadata.version first), brokers, controllers, topics with their
 * partitions, configs, quotas, producer ids, ACLs, SCRAM users, tokens. Replayed into nothing they give the same image.
 */
import { metadataRecord, type MetadataRecord } from '../quorum/index.js';
import type { ControllerImage, PartitionState } from './image.js';

export const METADATA_VERSION_FEATURE = 'metadata.version';

function sorted<V>(map: ReadonlyMap<string | number, V>): V[] {
  return [...map.entries()].sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([, value]) => value);
}

export function partitionRecord(partition: PartitionState): MetadataRecord {
  return metadataRecord('PartitionRecord', {
    partitionId: partition.partition, topicId: partition.topicId, replicas: [...partition.replicas], isr: [...partition.isr],
    removingReplicas: [...partition.removingReplicas], addingReplicas: [...partition.addingReplicas], leader: partition.leader,
    leaderRecoveryState: partition.leaderRecoveryState, leaderEpoch: partition.leaderEpoch, partitionEpoch: partition.partitionEpoch,
    directories: [...partition.directories],
    eligibleLeaderReplicas: partition.eligibleLeaderReplicas.length === 0 ? null : [...partition.eligibleLeaderReplicas],
    lastKnownElr: partition.lastKnownElr.length === 0 ? null : [...partition.lastKnownElr],
  });
}

export function* imageRecords(image: ControllerImage): Generator<MetadataRecord> {
  const features = [...image.features].sort(([a], [b]) => (a === METADATA_VERSION_FEATURE ? -1 : b === METADATA_VERSION_FEATURE ? 1 : a < b ? -1 : 1));
  for (const [name, featureLevel] of features) yield metadataRecord('FeatureLevelRecord', { name, featureLevel });
  for (const broker of sorted(image.brokers)) yield metadataRecord('RegisterBrokerRecord', broker.registration);
  for (const controller of sorted(image.controllers)) yield metadataRecord('RegisterControllerRecord', controller);
  for (const topic of sorted(image.topics)) {
    yield metadataRecord('TopicRecord', { name: topic.name, topicId: topic.topicId });
    for (const partition of topic.partitions) yield partitionRecord(partition);
  }
  for (const resource of sorted(image.configMaps)) {
    for (const [name, value] of resource.values) yield metadataRecord('ConfigRecord', { resourceType: resource.resourceType, resourceName: resource.name, name, value });
  }
  for (const quota of sorted(image.quotas)) yield metadataRecord('ClientQuotaRecord', quota);
  if (image.nextProducerId > 0) yield metadataRecord('ProducerIdsRecord', { brokerId: -1, brokerEpoch: -1, nextProducerId: image.nextProducerId });
  for (const acl of sorted(image.acls)) yield metadataRecord('AccessControlEntryRecord', acl);
  for (const user of sorted(image.scramUsers)) yield metadataRecord('UserScramCredentialRecord', user);
  for (const token of sorted(image.tokens)) yield metadataRecord('DelegationTokenRecord', token);
}
