/**
 * DeleteTopics 1-6. Needs DELETE on the topic. v4: flexible. v5: error messages, THROTTLING_QUOTA_EXCEEDED. v6: by id, or by name; the answer holds the id. Who may not
 * describe a topic isn't told its name, nor whether it exists. With delete.topic.enable=false nothing is deleted (v3+: 73).
 */
import { DeleteTopicsRequest, DeleteTopicsResponse, ErrorCode, KafkaError, ZERO_UUID, type Draft } from '#libs/kafka/protocol';
import { AclOperation } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type RequestContext, type ServerDeps } from '../api.js';
import { mutationCharge } from './mutation-charge.js';
import { mayTopic } from './metadata-view.js';

const STRICT_QUOTA_FROM = 5;
type Result = Draft<DeleteTopicsResponse['responses'][number]>;
interface Asked { name: string | null; topicId: string }

const key = (asked: Asked): string => `${asked.name === null ? 'id' : 'name'}:${asked.topicId}:${asked.name ?? ''}`;

/** Either the id of a topic that the caller may delete, or the refusal. */
function examine(deps: ServerDeps, context: RequestContext, asked: Asked): { accepted: { topicId: string; name: string } } | { refused: Result } {
  const refuse = (errorCode: ErrorCode, errorMessage: string, name = asked.name, topicId = asked.topicId) => ({ refused: { name, topicId, errorCode, errorMessage } });
  const byId = asked.topicId !== ZERO_UUID;
  if (asked.name === null && !byId) return refuse(ErrorCode.INVALID_REQUEST, 'Neither topic name nor id were specified.');
  if (asked.name !== null && byId) return refuse(ErrorCode.INVALID_REQUEST, 'You may not specify both topic name and topic id.');
  const { image } = deps.controller;
  const name = byId ? image.topicNames.get(asked.topicId) : asked.name!;
  if (name === undefined) return refuse(ErrorCode.UNKNOWN_TOPIC_ID, 'This server does not host this topic ID.');
  if (!mayTopic(deps, context, AclOperation.describe, name)) return refuse(ErrorCode.TOPIC_AUTHORIZATION_FAILED, 'Topic authorization failed.');
  const topic = image.topics.get(name);
  if (topic !== undefined && !mayTopic(deps, context, AclOperation.delete, name)) return refuse(ErrorCode.TOPIC_AUTHORIZATION_FAILED, 'Topic authorization failed.', name, topic.topicId);
  return topic === undefined ? refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 'This server does not host this topic-partition.') : { accepted: { topicId: topic.topicId, name } };
}

export function createDeleteTopicsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<DeleteTopicsRequest, DeleteTopicsResponse>({
    apiKey: 20, request: DeleteTopicsRequest, response: DeleteTopicsResponse, minVersion: 1, maxVersion: 6,
    async handle(context, request): Promise<Draft<DeleteTopicsResponse>> {
      const asked: Asked[] = context.apiVersion >= 6 ? request.topics : request.topicNames.map((name) => ({ name, topicId: ZERO_UUID }));
      if (deps.config.properties.get('delete.topic.enable')?.trim().toLowerCase() === 'false') {
        const errorCode = context.apiVersion < 3 ? ErrorCode.INVALID_REQUEST : ErrorCode.TOPIC_DELETION_DISABLED;
        return { responses: asked.map(({ name, topicId }) => ({ name, topicId, errorCode, errorMessage: 'Topic deletion is disabled.' })) };
      }
      const responses: Result[] = [];
      const accepted = new Map<string, string>();
      const mentions = new Map<string, number>();
      for (const topic of asked) mentions.set(key(topic), (mentions.get(key(topic)) ?? 0) + 1);
      for (const topic of new Map(asked.map((each) => [key(each), each])).values()) {
        // Whatever is named twice is refused once and stays, as in Kafka.
        if (mentions.get(key(topic))! > 1) {
          responses.push({ ...topic, errorCode: ErrorCode.INVALID_REQUEST, errorMessage: topic.name === null ? 'Duplicate topic id.' : 'Duplicate topic name.' });
          continue;
        }
        const examined = examine(deps, context, topic);
        if ('refused' in examined) responses.push(examined.refused);
        else if (accepted.has(examined.accepted.topicId)) {
          responses.push({ ...topic, errorCode: ErrorCode.INVALID_REQUEST, errorMessage: 'The provided topic name maps to an ID that was already supplied.' });
        } else accepted.set(examined.accepted.topicId, examined.accepted.name);
      }
      if (accepted.size > 0) responses.push(...await remove(deps, context, accepted));
      return { responses };
    },
  });
}

async function remove(deps: ServerDeps, context: RequestContext, accepted: ReadonlyMap<string, string>): Promise<Result[]> {
  try {
    const results = await deps.controller.deleteTopics([...accepted.keys()], mutationCharge(context, STRICT_QUOTA_FROM));
    return [...accepted].map(([topicId, name]) => ({ name, topicId, ...results.get(topicId)! }));
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    return [...accepted].map(([topicId, name]) => ({ name, topicId, errorCode: error.code, errorMessage: error.message }));
  }
}
