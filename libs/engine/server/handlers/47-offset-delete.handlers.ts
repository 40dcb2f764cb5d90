/**
 * OffsetDelete, key 47, version 0 (KIP-496). Offsets of topics that a consumer group doesn't read now. Needs DELETE on the group and READ
 * on each topic.
 */
import { ApiKey, ErrorCode, OffsetDeleteRequest, OffsetDeleteResponse } from '#libs/kafka/protocol';
import { defineHandler, type ApiHandler, type RequestContext, type ServerDeps } from '../api.js';
import { codesByPartition, groupContext, mayUseGroup, mayUseTopic, memoize, partitionCount } from './group-request.js';

type Topic = OffsetDeleteRequest['topics'][number];

/** A code for every partition that the coordinator isn't asked about; null for the others. */
function createRefusal(deps: ServerDeps, context: RequestContext): (topic: string, partition: number) => ErrorCode | null {
  const readable = memoize((topic) => mayUseTopic(deps, context, 'read', topic));
  const counts = memoize((topic) => partitionCount(deps.controller.image, topic));
  return (topic, partition) => {
    if (!readable(topic)) return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
    return partition >= 0 && partition < counts(topic) ? null : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  };
}

export function createOffsetDeleteHandler(deps: ServerDeps): ApiHandler {
  return defineHandler({
    apiKey: ApiKey.OffsetDelete, request: OffsetDeleteRequest, response: OffsetDeleteResponse, minVersion: 0, maxVersion: 0,
    async handle(context, request) {
      if (!mayUseGroup(deps, context, 'delete', request.groupId)) return { errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED };
      const refusal = createRefusal(deps, context);
      const accepted = request.topics.map((topic): Topic => ({
        ...topic, partitions: topic.partitions.filter(({ partitionIndex }) => refusal(topic.name, partitionIndex) === null),
      })).filter(({ partitions }) => partitions.length > 0);
      const answer = await deps.groups.offsetDelete(groupContext(context), { ...request, topics: accepted });
      if (answer.errorCode !== ErrorCode.NONE) return answer;
      const codeOf = codesByPartition(answer.topics ?? []);
      return {
        errorCode: ErrorCode.NONE,
        topics: request.topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex }) => ({
            partitionIndex, errorCode: refusal(name, partitionIndex) ?? codeOf(name, partitionIndex) ?? ErrorCode.NONE,
          })),
        })),
      };
    },
  });
}
