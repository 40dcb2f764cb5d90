/**
 * DescribeQuorum 0-2 (KIP-595). Needs DESCRIBE on the cluster. The metadata quorum is this node: leader, only voter, no observers. v1: times of
 * fetches (KIP-836). v2: directory ids, endpoints of the voters, messages (KIP-853).
 */
import { DescribeQuorumRequest, DescribeQuorumResponse, ErrorCode, errorName, type Draft } from '#libs/kafka/protocol';
import { AclOperation } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type RequestContext, type ServerDeps } from '../api.js';
import { mayCluster } from './metadata-view.js';

const METADATA_TOPIC = '__cluster_metadata';

/** Names the metadata partition and nothing else. */
function isTheQuorum({ topics }: DescribeQuorumRequest): boolean {
  const topic = topics[0];
  return topics.length === 1 && topic?.topicName === METADATA_TOPIC && topic.partitions.length === 1 && topic.partitions[0]!.partitionIndex === 0;
}

function refusal({ apiVersion }: RequestContext, { topics }: DescribeQuorumRequest): Draft<DescribeQuorumResponse> {
  const errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  const message = apiVersion >= 2 ? { errorMessage: 'This server does not host this topic-partition.' } : {};
  return {
    errorCode: ErrorCode.NONE,
    topics: topics.map(({ topicName, partitions }) => ({ topicName, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode, ...message })) })),
  };
}

export function createDescribeQuorumHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<DescribeQuorumRequest, DescribeQuorumResponse>({
    apiKey: 55, request: DescribeQuorumRequest, response: DescribeQuorumResponse, minVersion: 0, maxVersion: 2,
    handle(context, request): Draft<DescribeQuorumResponse> {
      const { apiVersion } = context;
      if (!mayCluster(deps, context, AclOperation.describe)) {
        const errorCode = ErrorCode.CLUSTER_AUTHORIZATION_FAILED;
        return { errorCode, ...(apiVersion >= 2 ? { errorMessage: errorName(errorCode) } : {}), topics: [] };
      }
      if (!isTheQuorum(request)) return refusal(context, request);
      const { leaderId, leaderEpoch, highWatermark, logEndOffset, directoryId, listener } = deps.controller.quorum();
      const nowMs = deps.env.clock.now();
      const voter = {
        replicaId: leaderId, logEndOffset, ...(apiVersion >= 1 ? { lastFetchTimestamp: nowMs, lastCaughtUpTimestamp: nowMs } : {}),
        ...(apiVersion >= 2 ? { replicaDirectoryId: directoryId } : {}),
      };
      return {
        errorCode: ErrorCode.NONE,
        topics: [{
          topicName: METADATA_TOPIC,
          partitions: [{ partitionIndex: 0, errorCode: ErrorCode.NONE, leaderId, leaderEpoch, highWatermark, currentVoters: [voter], observers: [] }],
        }],
        ...(apiVersion >= 2 ? { nodes: [{ nodeId: leaderId, listeners: [listener] }] } : {}),
      };
    },
  });
}
