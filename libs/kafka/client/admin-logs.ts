/** Logs of partitions and what brokers count of themselves: the embedded engine's own calls. UNSUPPORTED_VERSION (KafkaError) where an engine lacks them. */
import {
  SluiceDescribeLogsRequest, SluiceDescribeLogsResponse, SluiceDescribeMetricsRequest, SluiceDescribeMetricsResponse,
} from '#libs/kafka/protocol';
import type { Cluster } from './cluster.js';
import { only, raise } from './raise.js';

export interface SegmentDescription {
  baseOffset: number;
  nextOffset: number;
  sizeBytes: number;
  /** Milliseconds of the epoch, or −1. */
  firstTimestamp: number;
  largestTimestamp: number;
  active: boolean;
  /** When retention takes it by time, as things stand; −1: not by time. */
  retentionAtMs: number;
  /** After how many more bytes retention takes it by size; −1: not by size, or a broker of an older build. */
  retentionAfterBytes: number;
}
export interface PartitionLogDescription {
  partition: number;
  leaderEpoch: number;
  logStartOffset: number;
  highWatermark: number;
  logEndOffset: number;
  sizeBytes: number;
  /** Of compacted topics; −1 of others. */
  firstDirtyOffset: number;
  cleanBytes: number;
  dirtyBytes: number;
  lastCleanedMs: number;
  segments: SegmentDescription[];
}
export interface TopicLogDescription { topic: string; cleanupPolicy: string; partitions: PartitionLogDescription[] }

/** Answered by each broker for what it leads; partitions null are all. Throws KafkaError for a topic or a partition that isn't there. */
export async function describeLogs(cluster: Cluster, asked: { topic: string; partitions: readonly number[] | null; segments: boolean }): Promise<TopicLogDescription> {
  const draft = { topics: [{ name: asked.topic, partitions: asked.partitions }], includeSegments: asked.segments };
  // All of them: one that is silent may lead what was asked for.
  const answers = await cluster.every((c) => c.send(SluiceDescribeLogsRequest, SluiceDescribeLogsResponse, draft));
  const described: TopicLogDescription = { topic: asked.topic, cleanupPolicy: '', partitions: [] };
  const refused = new Map<number, number>();
  for (const answer of answers) {
    raise(answer.errorCode, answer.errorMessage);
    const topic = only(answer.topics);
    raise(topic.errorCode, null);
    described.cleanupPolicy ||= topic.cleanupPolicy;
    for (const { errorCode, partitionIndex, ...log } of topic.partitions) {
      if (errorCode === 0) described.partitions.push({ partition: partitionIndex, ...log });
      else refused.set(partitionIndex, errorCode);
    }
  }
  for (const { partition } of described.partitions) refused.delete(partition);
  for (const errorCode of refused.values()) raise(errorCode, null);
  described.partitions.sort((a, b) => a.partition - b.partition);
  return described;
}

export type BrokerMetrics = SluiceDescribeMetricsResponse['metrics'];

/** Of every broker that answers, by its node id. Throws ClusterUnreachableError when none does. */
export async function describeMetrics(cluster: Cluster, options: { timeoutMs: number }): Promise<BrokerMetrics[]> {
  const answers = await cluster.survey(async (c) => {
    const { errorCode, errorMessage, metrics } = await c.send(SluiceDescribeMetricsRequest, SluiceDescribeMetricsResponse, {}, options);
    raise(errorCode, errorMessage);
    return metrics;
  });
  const silent = answers.find((answer) => !answer.answered);
  if (silent && answers.every(({ answered }) => !answered)) throw silent.error;
  return answers.flatMap((answer) => (answer.answered ? [answer.value] : []));
}
