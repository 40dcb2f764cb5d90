/**
 * Registration of this broker with itself as controller, and the leadership that follows it. A registration that a crash left unfenced is
 * fenced first, as Kafka does when a session times out: leaders go to none, then come back, so that every restart raises leader epochs.
 */
import type { Random } from '#libs/kernel';
import type { RegisterBrokerRecord } from '#libs/kafka/protocol';
import { metadataRecord, newUuid, type MetadataRecord, type VoterEndpoint } from '../quorum/index.js';
import { SUPPORTED_FEATURES } from './features.control.js';
import { LeaderRecoveryState, NO_LEADER, securityProtocolId, type ControllerImage, type PartitionState } from './image.js';

export interface SelfDescription {
  nodeId: number;
  rack: string | null;
  directoryId: string;
  endpoints: readonly { listener: string; host: string; port: number; securityProtocol: string }[];
  controllerEndpoint: VoterEndpoint & { securityProtocol: string };
}

const ELR_FEATURE = 'eligible.leader.replicas.version';
const FENCE = 1;
const UNFENCE = -1;

/** Features in a registration: the ranges that this software can run at. */
const features = () => SUPPORTED_FEATURES.map(({ name, minVersion, maxVersion }) => ({ name, minSupportedVersion: minVersion, maxSupportedVersion: maxVersion }));

function* partitionsOf(image: ControllerImage): Generator<PartitionState> {
  for (const topic of image.topics.values()) yield* topic.partitions;
}

/**
 * Takes this broker's leaderships away. Where Apache Kafka finalized ELR (KIP-966), the only replica also moves from the ISR to the eligible
 * and last known leaders, as Kafka's own controlled shutdown writes it: with an ISR alone Kafka would find nobody to elect after a start
 * without its clean-shutdown file.
 */
function resignLeaders(image: ControllerImage, nodeId: number): MetadataRecord[] {
  const elr = (image.features.get(ELR_FEATURE) ?? 0) > 0;
  const records: MetadataRecord[] = [];
  for (const partition of partitionsOf(image)) {
    if (partition.leader !== nodeId) continue;
    const eligible = elr && partition.replicas.length === 1 ? { isr: [], eligibleLeaderReplicas: [nodeId], lastKnownElr: [nodeId] } : {};
    records.push(metadataRecord('PartitionChangeRecord', { partitionId: partition.partition, topicId: partition.topicId, leader: NO_LEADER, ...eligible }));
  }
  return records;
}

/** Registers the controller; fences an earlier registration of this broker that is still up. */
export function decideTakeOver(image: ControllerImage, self: SelfDescription, random: Random): MetadataRecord[] {
  const { name, host, port, securityProtocol } = self.controllerEndpoint;
  const controller = metadataRecord('RegisterControllerRecord', {
    controllerId: self.nodeId, incarnationId: newUuid(random), features: features(), endPoints: [{ name, host, port, securityProtocol: securityProtocolId(securityProtocol) }],
  });
  const previous = image.brokers.get(self.nodeId);
  const records: MetadataRecord[] = [controller, ...resignLeaders(image, self.nodeId)];
  if (previous !== undefined && !previous.fenced) {
    records.push(metadataRecord('BrokerRegistrationChangeRecord', { brokerId: self.nodeId, brokerEpoch: previous.epoch, fenced: FENCE }));
  }
  return records;
}

/** The broker's epoch is the offset at which it registers. */
export function decideRegister(self: SelfDescription, brokerEpoch: number, random: Random): MetadataRecord {
  const registration: Partial<RegisterBrokerRecord> = {
    brokerId: self.nodeId, incarnationId: newUuid(random), brokerEpoch, rack: self.rack, fenced: true, features: features(), logDirs: [self.directoryId],
    endPoints: self.endpoints.map(({ listener, host, port, securityProtocol }) => ({ name: listener, host, port, securityProtocol: securityProtocolId(securityProtocol) })),
  };
  return metadataRecord('RegisterBrokerRecord', registration);
}

/**
 * The change that makes this broker lead a partition again; null when it may not or needn't. The only replica leads whatever the ISR says:
 * there is nobody else to ask, so what it holds is the partition. Also names this directory where another or none was noted.
 */
function electSelf(partition: PartitionState, self: SelfDescription): MetadataRecord | null {
  const { nodeId, directoryId } = self;
  const index = partition.replicas.indexOf(nodeId);
  if (index < 0 || partition.leader !== NO_LEADER) return null;
  const inSync = partition.isr.includes(nodeId);
  if (!inSync && !partition.eligibleLeaderReplicas.includes(nodeId) && partition.replicas.length > 1) return null;
  const directories = partition.directories.map((directory, at) => (at === index ? directoryId : directory));
  return metadataRecord('PartitionChangeRecord', {
    partitionId: partition.partition, topicId: partition.topicId, leader: nodeId,
    isr: inSync ? null : [nodeId],
    leaderRecoveryState: partition.leaderRecoveryState === LeaderRecoveryState.recovered ? -1 : LeaderRecoveryState.recovered,
    directories: partition.directories[index] === directoryId ? null : directories,
    eligibleLeaderReplicas: partition.eligibleLeaderReplicas.includes(nodeId) ? partition.eligibleLeaderReplicas.filter((id) => id !== nodeId) : null,
    lastKnownElr: partition.lastKnownElr.length > 0 ? [] : null,
  });
}

export function decideUnfence(image: ControllerImage, self: SelfDescription): MetadataRecord[] {
  const broker = image.brokers.get(self.nodeId)!;
  const records: MetadataRecord[] = [metadataRecord('BrokerRegistrationChangeRecord', { brokerId: self.nodeId, brokerEpoch: broker.epoch, fenced: UNFENCE })];
  for (const partition of partitionsOf(image)) {
    const change = electSelf(partition, self);
    if (change !== null) records.push(change);
  }
  return records;
}

export function decideShutdown(image: ControllerImage, nodeId: number): MetadataRecord[] {
  const { epoch: brokerEpoch } = image.brokers.get(nodeId)!;
  return [
    metadataRecord('BrokerRegistrationChangeRecord', { brokerId: nodeId, brokerEpoch, inControlledShutdown: 1 }), ...resignLeaders(image, nodeId),
    metadataRecord('BrokerRegistrationChangeRecord', { brokerId: nodeId, brokerEpoch, fenced: FENCE }),
  ];
}
