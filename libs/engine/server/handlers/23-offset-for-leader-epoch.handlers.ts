/**
 * OffsetForLeaderEpoch 2-4 (KIP-101, KIP-320). The largest epoch that is not above the asked one, and where it ended: consumers learn with it
 * whether what they read was truncated. Unknown epochs answer (−1, −1). v3: replica id. v4: flexible.
 */
import { ApiKey, ErrorCode, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, type Draft } from '#libs/kafka/protocol';
import { checkLeaderEpoch } from '../../replication/index.js';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { AclOperation, createTopicAccess } from './topic-access.js';

type Wanted = OffsetForLeaderEpochRequest['topics'][number]['partitions'][number];
type PartitionAnswer = Draft<OffsetForLeaderEpochResponse['topics'][number]['partitions'][number]>;

function answerPartition(deps: ServerDeps, topic: string, { partition, currentLeaderEpoch, leaderEpoch }: Wanted): PartitionAnswer {
  const leader = deps.replicas.leader(topic, partition);
  if (typeof leader === 'number') return { partition, errorCode: leader };
  const fenced = checkLeaderEpoch(currentLeaderEpoch, leader.leaderEpoch);
  if (fenced !== ErrorCode.NONE) return { partition, errorCode: fenced };
  const end = leader.log.endOffsetForEpoch(leaderEpoch);
  return { partition, errorCode: ErrorCode.NONE, leaderEpoch: end?.leaderEpoch ?? -1, endOffset: end?.endOffset ?? -1 };
}

export function createOffsetForLeaderEpochHandler(deps: ServerDeps): ApiHandler {
  return defineHandler({
    apiKey: ApiKey.OffsetForLeaderEpoch, request: OffsetForLeaderEpochRequest, response: OffsetForLeaderEpochResponse, minVersion: 2, maxVersion: 4,
    handle(context, request): Draft<OffsetForLeaderEpochResponse> {
      const mayDescribe = createTopicAccess(deps, context, AclOperation.describe);
      const topics = request.topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map((wanted): PartitionAnswer => {
          if (!mayDescribe(topic)) return { partition: wanted.partition, errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED };
          return answerPartition(deps, topic, wanted);
        }),
      }));
      return { topics };
    },
  });
}
