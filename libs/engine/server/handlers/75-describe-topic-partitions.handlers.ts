/**
 * DescribeTopicPartitions 0 (KIP-966). Topics in order of their names, at most so many partitions an answer (the request's limit,
 * max.request.partition.size.limit); the cursor says where the next answer begins. No topic named: all that the caller may describe.
 * Always with authorized operations.
 */
import { DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, ErrorCode, KafkaError, ZERO_UUID, type Draft } from '#libs/kafka/protocol';
import { AclOperation, brokerConfig, checkTopicName, isInternalTopic, type TopicImage } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type RequestContext, type ServerDeps } from '../api.js';
import { mayTopic, partitionView, topicOperations } from './metadata-view.js';

type TopicView = Draft<DescribeTopicPartitionsResponse['topics'][number]>;

function topicView(deps: ServerDeps, context: RequestContext, topic: TopicImage, from: number, to: number): TopicView {
  const { image } = deps.controller;
  return {
    errorCode: ErrorCode.NONE, name: topic.name, topicId: topic.topicId, isInternal: topic.isInternal,
    partitions: topic.partitions.slice(from, to).map((partition) => ({
      ...partitionView(image, partition), eligibleLeaderReplicas: partition.eligibleLeaderReplicas ?? [], lastKnownElr: partition.lastKnownElr ?? [],
    })),
    topicAuthorizedOperations: topicOperations(deps, context, topic.name),
  };
}

function missingTopic(deps: ServerDeps, context: RequestContext, name: string): TopicView {
  const errorCode = isTopicName(name) ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION;
  return { errorCode, name, topicId: ZERO_UUID, isInternal: isInternalTopic(name), partitions: [], topicAuthorizedOperations: topicOperations(deps, context, name) };
}

function isTopicName(name: string): boolean {
  try {
    checkTopicName(name);
    return true;
  } catch (error) {
    if (error instanceof KafkaError) return false;
    throw error;
  }
}

/** Names in order, from the cursor's topic on. */
function namesFrom(deps: ServerDeps, context: RequestContext, request: DescribeTopicPartitionsRequest): string[] {
  const from = request.cursor?.topicName ?? '';
  const all = request.topics.length === 0
    ? [...deps.controller.image.topics.keys()].filter((name) => mayTopic(deps, context, AclOperation.describe, name))
    : [...new Set(request.topics.map((topic) => topic.name))];
  return all.filter((name) => name >= from).sort();
}

function describe(deps: ServerDeps, context: RequestContext, request: DescribeTopicPartitionsRequest): Draft<DescribeTopicPartitionsResponse> {
  const most = brokerConfig(deps.controller.image, deps.config).number('max.request.partition.size.limit');
  const topics: TopicView[] = [];
  let left = Math.max(1, Math.min(request.responsePartitionLimit, most));
  for (const name of namesFrom(deps, context, request)) {
    const from = request.cursor?.topicName === name ? request.cursor.partitionIndex : 0;
    const topic = deps.controller.image.topics.get(name);
    if (!mayTopic(deps, context, AclOperation.describe, name)) topics.push({ errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, name, topicId: ZERO_UUID, isInternal: isInternalTopic(name), partitions: [] });
    else if (topic === undefined) topics.push(missingTopic(deps, context, name));
    else {
      if (left === 0) return { topics, nextCursor: { topicName: name, partitionIndex: 0 } };
      const to = Math.min(topic.partitions.length, from + left);
      topics.push(topicView(deps, context, topic, from, to));
      left -= Math.max(0, to - from);
      if (to < topic.partitions.length) return { topics, nextCursor: { topicName: name, partitionIndex: to } };
    }
  }
  return { topics, nextCursor: null };
}

export function createDescribeTopicPartitionsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>({
    apiKey: 75, request: DescribeTopicPartitionsRequest, response: DescribeTopicPartitionsResponse, minVersion: 0, maxVersion: 0,
    handle(context, request): Draft<DescribeTopicPartitionsResponse> {
      // The answer has no error of its own: each topic carries it.
      if (request.cursor !== null && request.cursor.partitionIndex < 0) return { topics: request.topics.map(({ name }) => ({ errorCode: ErrorCode.INVALID_REQUEST, name, partitions: [] })), nextCursor: null };
      return describe(deps, context, request);
    },
  });
}
