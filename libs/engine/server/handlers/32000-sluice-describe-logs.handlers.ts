/**
 * SluiceDescribeLogs 0-1, ours: logs and segments of partitions that this broker leads, for the platform. Served on the inter-broker listener to super
 * users; elsewhere the key isn't there. Topics null: all; partitions null: all of the topic. What isn't there has a code of its own.
 * v1: after how many more bytes retention takes a segment by size.
 */
import { ErrorCode, SluiceDescribeLogsRequest, SluiceDescribeLogsResponse, ZERO_UUID, type Draft } from '#libs/kafka/protocol';
import type { TopicImage } from '../../controller/index.js';
import { segmentRetentionBytes, segmentRetentionTimes, type LeaderPartition } from '../../replication/index.js';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { SERVER_LIMITS } from '../server.limits.js';
import { interBrokerListener } from './inter-broker.js';

type Topic = Draft<SluiceDescribeLogsResponse['topics'][number]>;
type Partition = Draft<SluiceDescribeLogsResponse['topics'][number]['partitions'][number]>;
type Segment = Draft<SluiceDescribeLogsResponse['topics'][number]['partitions'][number]['segments'][number]>;

function segmentsOf(leader: LeaderPartition): Segment[] {
  const input = leader.retentionInput();
  const times = segmentRetentionTimes(input);
  const bytes = segmentRetentionBytes(input);
  return input.segments.map(({ baseOffset, nextOffset, sizeBytes, firstTimestamp, largestTimestamp, active }, index) => ({
    baseOffset, nextOffset, sizeBytes, active, largestTimestamp, firstTimestamp: firstTimestamp ?? -1, retentionAtMs: times[index] ?? -1,
    retentionAfterBytes: bytes[index] ?? -1,
  }));
}

function describe(deps: ServerDeps, topic: string, partitionIndex: number, includeSegments: boolean): Partition {
  const leader = deps.replicas.leader(topic, partitionIndex);
  if (typeof leader === 'number') return { errorCode: leader, partitionIndex, segments: [] };
  const { logStartOffset, highWatermark, logEndOffset } = leader.offsets();
  const cleaning = leader.log.cleaning(highWatermark);
  return {
    errorCode: ErrorCode.NONE, partitionIndex, leaderEpoch: leader.leaderEpoch, logStartOffset, highWatermark, logEndOffset, sizeBytes: leader.log.sizeBytes,
    ...(leader.logConfig.compacted ? { firstDirtyOffset: cleaning.firstDirtyOffset, cleanBytes: cleaning.cleanBytes, dirtyBytes: cleaning.dirtyBytes, lastCleanedMs: cleaning.lastCleanedMs ?? -1 } : {}),
    segments: includeSegments ? segmentsOf(leader) : [],
  };
}

function describeTopic(deps: ServerDeps, image: TopicImage, asked: readonly number[] | null, includeSegments: boolean): Topic {
  const indexes = asked ?? image.partitions.map(({ partition }) => partition);
  const partitions = [...new Set(indexes)].map((index) => describe(deps, image.name, index, includeSegments));
  return { errorCode: ErrorCode.NONE, name: image.name, topicId: image.topicId, cleanupPolicy: policyOf(deps, image.name), partitions };
}

/** As the first partition here has it: all of a topic have the same. */
function policyOf(deps: ServerDeps, topic: string): string {
  const leader = deps.replicas.leader(topic, 0);
  if (typeof leader === 'number') return '';
  const { compacted, deletable } = leader.logConfig;
  return [...(compacted ? ['compact'] : []), ...(deletable ? ['delete'] : [])].join(',');
}

export function createSluiceDescribeLogsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<SluiceDescribeLogsRequest, SluiceDescribeLogsResponse>({
    apiKey: 32000, request: SluiceDescribeLogsRequest, response: SluiceDescribeLogsResponse, minVersion: 0, maxVersion: 1, listener: interBrokerListener(deps.config),
    handle(context, { topics, includeSegments }): Draft<SluiceDescribeLogsResponse> {
      if (!deps.authorizer.isSuperUser(context.principal)) return { errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED, errorMessage: 'Cluster authorization failed.', topics: [] };
      const { image } = deps.controller;
      const asked: readonly { name: string; partitions: readonly number[] | null }[] = topics ?? [...image.topics.keys()].map((name) => ({ name, partitions: null }));
      const count = asked.reduce((sum, { name, partitions }) => sum + (partitions ?? image.topics.get(name)?.partitions ?? []).length, 0);
      if (count > SERVER_LIMITS.describedLogsMax) return { errorCode: ErrorCode.POLICY_VIOLATION, errorMessage: `${count} partitions are more than the ${SERVER_LIMITS.describedLogsMax} of one request.`, topics: [] };
      return {
        errorCode: ErrorCode.NONE, errorMessage: null,
        topics: asked.map(({ name, partitions }): Topic => {
          const topic = image.topics.get(name);
          return topic === undefined ? { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, name, topicId: ZERO_UUID, partitions: [] } : describeTopic(deps, topic, partitions, includeSegments);
        }),
      };
    },
  });
}
