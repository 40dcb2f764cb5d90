/**
 * Decides ElectLeaders. The one broker leads whatever it may lead since its start, so that a preferred election finds nothing to do; an unclean one
 * takes a partition whose in-sync replicas are gone for good (a directory that came from a larger Apache Kafka cluster).
 */
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { metadataRecord, type MetadataRecord } from '../quorum/index.js';
import { ElectionType, type ItemResult } from './api.js';
import { itemError, OK, type Decision } from './control-result.js';
import { controllerLimits } from './controller.limits.js';
import { LeaderRecoveryState, NO_LEADER, type ControllerImage, type PartitionState } from './image.js';

export interface AskedPartition { topic: string; partition: number }
export interface ElectionResult extends ItemResult, AskedPartition {}

function find(image: ControllerImage, { topic, partition }: AskedPartition): PartitionState {
  const found = image.topics.get(topic);
  if (found === undefined) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `No such topic as ${topic}`);
  const state = found.partitions[partition];
  if (state === undefined) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `No such partition as ${topic}-${partition}`);
  return state;
}

function elect(image: ControllerImage, nodeId: number, electionType: number, asked: AskedPartition): MetadataRecord {
  const partition = find(image, asked);
  const needless = electionType === ElectionType.preferred ? partition.leader === (partition.replicas[0] ?? NO_LEADER) : partition.leader !== NO_LEADER;
  if (needless) throw new KafkaError(ErrorCode.ELECTION_NOT_NEEDED, 'Leader election not needed for topic partition.');
  const { replicas, isr, leaderRecoveryState } = partition;
  const usable = partition.leader === NO_LEADER && image.brokers.get(nodeId)?.fenced === false && replicas.includes(nodeId);
  if (electionType === ElectionType.preferred && !(usable && isr.includes(nodeId))) {
    throw new KafkaError(ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE, 'The preferred leader was not available.');
  }
  if (!usable) throw new KafkaError(ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE, 'Eligible topic partition leaders are not available.');
  return metadataRecord('PartitionChangeRecord', {
    partitionId: partition.partition, topicId: partition.topicId, leader: nodeId, isr: isr.includes(nodeId) ? null : [nodeId],
    leaderRecoveryState: leaderRecoveryState === LeaderRecoveryState.recovered ? -1 : LeaderRecoveryState.recovered,
    eligibleLeaderReplicas: partition.eligibleLeaderReplicas.length > 0 ? [] : null, lastKnownElr: partition.lastKnownElr.length > 0 ? [] : null,
  });
}

/** `partitions` null: all, and those that need no election are left out of the answer. Nothing asked for is nothing refused, whatever the type. */
export function decideElectLeaders(image: ControllerImage, nodeId: number, electionType: number, partitions: readonly AskedPartition[] | null): Decision<ElectionResult[]> {
  if (partitions?.length === 0) return { records: [], result: [] };
  if (electionType !== ElectionType.preferred && electionType !== ElectionType.unclean) throw new KafkaError(ErrorCode.INVALID_REQUEST, `Unknown election type ${electionType}`);
  const records: MetadataRecord[] = [];
  const result: ElectionResult[] = [];
  const elected = new Set<string>();
  const asked = partitions ?? [...image.topics.values()].flatMap((topic) => topic.partitions.map(({ partition }) => ({ topic: topic.name, partition })));
  for (const each of asked) {
    const { topic, partition } = each;
    try {
      const record = elect(image, nodeId, electionType, each);
      if (records.length >= controllerLimits.recordsPerOperationMax) throw new KafkaError(ErrorCode.POLICY_VIOLATION, 'Excessively large number of partitions per request.');
      // One asked for twice is elected once.
      if (!elected.has(`${topic}:${partition}`)) records.push(record);
      elected.add(`${topic}:${partition}`);
      result.push({ topic, partition, ...OK });
    } catch (error) {
      const answer = itemError(error);
      if (partitions !== null || answer.errorCode !== ErrorCode.ELECTION_NOT_NEEDED) result.push({ topic, partition, ...answer });
    }
  }
  return { records, result };
}
