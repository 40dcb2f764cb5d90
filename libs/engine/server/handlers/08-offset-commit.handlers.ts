/**
 * OffsetCommit, key 8, versions 2-10. Needs READ on the group and on each topic; what is refused for its topic doesn't hold up the rest.
 * v2-4 a retention of the commit's own · v3 throttle time · v6 leader epoch (KIP-320) · v7 group instance id (KIP-345) · v8 flexible ·
 * v9 member epoch, GROUP_ID_NOT_FOUND (KIP-848) · v10 topic ids instead of names
 */
import { ApiKey, ErrorCode, OffsetCommitRequest, OffsetCommitResponse, type Draft } from '#libs/kafka/protocol';
import { defineHandler, type ApiHandler, type RequestContext, type ServerDeps } from '../api.js';
import { codesByPartition, groupContext, mayUseGroup, mayUseTopic, memoize, partitionCount } from './group-request.js';

const TOPIC_IDS_FROM = 10;
type Topic = OffsetCommitRequest['topics'][number];
type Answer = Draft<OffsetCommitResponse>;

/** Names of topics asked for by id; without one: an unknown id. */
function resolveTopics(deps: ServerDeps, context: RequestContext, request: OffsetCommitRequest): { topic: Topic; name: string | null }[] {
  return request.topics.map((topic) => ({ topic, name: context.apiVersion >= TOPIC_IDS_FROM ? deps.replicas.topicName(topic.topicId) : topic.name }));
}

/** Why the coordinator isn't asked about this partition; null when it is. */
function createRefusal(deps: ServerDeps, context: RequestContext): (name: string | null, partition: number) => ErrorCode | null {
  const readable = memoize((name) => mayUseTopic(deps, context, 'read', name));
  return (name, partition) => {
    if (name === null) return ErrorCode.UNKNOWN_TOPIC_ID;
    if (!readable(name)) return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
    return partition >= 0 && partition < partitionCount(deps.controller.image, name) ? null : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  };
}

function everyPartition(request: OffsetCommitRequest, errorCode: ErrorCode): Answer {
  return {
    topics: request.topics.map(({ name, topicId, partitions }) => ({
      name, topicId, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  };
}

export function createOffsetCommitHandler(deps: ServerDeps): ApiHandler {
  return defineHandler({
    apiKey: ApiKey.OffsetCommit, request: OffsetCommitRequest, response: OffsetCommitResponse, minVersion: 2, maxVersion: 10,
    async handle(context, request) {
      if (!mayUseGroup(deps, context, 'read', request.groupId)) return everyPartition(request, ErrorCode.GROUP_AUTHORIZATION_FAILED);
      const refusal = createRefusal(deps, context);
      const resolved = resolveTopics(deps, context, request).map(({ topic, name }) => ({
        topic, name, partitions: topic.partitions.map((partition) => ({ partition, refused: refusal(name, partition.partitionIndex) })),
      }));
      const accepted = resolved.map(({ topic, name, partitions }): Topic => ({
        name: name ?? '', topicId: topic.topicId, partitions: partitions.filter(({ refused }) => refused === null).map(({ partition }) => partition),
      })).filter(({ partitions }) => partitions.length > 0);
      // With nothing left there is nothing to ask: also no group comes to be.
      const answer: Answer = accepted.length === 0 && request.topics.length > 0 ? {}
        : await deps.groups.offsetCommit(groupContext(context), { ...request, topics: accepted });
      const codeOf = codesByPartition(answer.topics ?? []);
      return {
        topics: resolved.map(({ topic, name, partitions }) => ({
          name: topic.name, topicId: topic.topicId,
          partitions: partitions.map(({ partition: { partitionIndex }, refused }) => ({
            partitionIndex, errorCode: refused ?? codeOf(name ?? '', partitionIndex) ?? ErrorCode.UNKNOWN_SERVER_ERROR,
          })),
        })),
      };
    },
  });
}
