/**
 * Metadata 0-13. Brokers at the advertised address of the listener that was asked; topics by name, by id, or all. v0: an empty list is all
 * topics; v1: null is all, rack, controller, is_internal. v2: cluster id. v4: allowAutoTopicCreation. v5: offline replicas. v7: leader
 * epochs. v8: authorized operations (of the cluster until v10). v9: flexible. v10: topic ids; v12: asking by id. v13: top-level error.
 * A topic made by asking for it must bear a name that the naming policy takes, else POLICY_VIOLATION; it counts for its maker's quota of mutations, which
 * holds back afterwards: no version of this request knows THROTTLING_QUOTA_EXCEEDED.
 * A topic that may not be described: refused when named, left out of "all"; whether it exists isn't told.
 */
import { ErrorCode, KafkaError, MetadataRequest, MetadataResponse, ZERO_UUID, type Draft } from '#libs/kafka/protocol';
import { AclOperation, checkTopicName, ensureInternalTopic, isInternalTopic, OFFSETS_TOPIC, type TopicImage } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type RequestContext, type ServerDeps } from '../api.js';
import { brokersOf, clusterOperations, mayCluster, mayTopic, NOT_ASKED, partitionView, topicOperations } from './metadata-view.js';
import { mutationCharge } from './mutation-charge.js';

type TopicView = Draft<MetadataResponse['topics'][number]>;
type Asked = NonNullable<MetadataRequest['topics']>[number];

function failedTopic(errorCode: number, name: string | null, topicId = ZERO_UUID): TopicView {
  return { errorCode, name, topicId, isInternal: name !== null && isInternalTopic(name), partitions: [] };
}

function topicView(deps: ServerDeps, context: RequestContext, topic: TopicImage, withOperations: boolean): TopicView {
  const { image } = deps.controller;
  return {
    errorCode: ErrorCode.NONE, name: topic.name, topicId: topic.topicId, isInternal: topic.isInternal,
    partitions: topic.partitions.map((partition) => partitionView(image, partition)),
    topicAuthorizedOperations: withOperations ? topicOperations(deps, context, topic.name) : NOT_ASKED,
  };
}

function missingTopicError(name: string): number {
  try {
    checkTopicName(name);
    return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  } catch (error) {
    if (error instanceof KafkaError) return error.code;
    throw error;
  }
}

async function createMissing(deps: ServerDeps, context: RequestContext, name: string): Promise<TopicImage | number> {
  if (!mayCluster(deps, context, AclOperation.create) && !mayTopic(deps, context, AclOperation.create, name)) return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
  const { controller, config } = deps;
  try {
    if (name === OFFSETS_TOPIC) return await ensureInternalTopic(controller, config, name);
    if (isInternalTopic(name)) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    const [decision] = deps.naming.judge(context.principal, [name]);
    if (decision!.outcome === 'refused') return missingTopicError(name) === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION ? ErrorCode.POLICY_VIOLATION : missingTopicError(name);
    const [created] = await controller.createTopics([{ name, numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] }], { validateOnly: false, ...mutationCharge(context, Infinity) });
    const topic = controller.image.topics.get(name);
    if (topic !== undefined && decision!.outcome === 'warned') deps.naming.noteWarned(context.principal, name, decision!.message);
    return topic ?? created!.errorCode;
  } catch (error) {
    if (error instanceof KafkaError) return error.code;
    throw error;
  }
}

async function namedTopic(deps: ServerDeps, context: RequestContext, name: string, request: MetadataRequest): Promise<TopicView> {
  if (!mayTopic(deps, context, AclOperation.describe, name)) return failedTopic(ErrorCode.TOPIC_AUTHORIZATION_FAILED, name);
  const topic = deps.controller.image.topics.get(name);
  if (topic !== undefined) return topicView(deps, context, topic, request.includeTopicAuthorizedOperations);
  if (!request.allowAutoTopicCreation || !deps.config.autoCreateTopicsEnable) return failedTopic(missingTopicError(name), name);
  const created = await createMissing(deps, context, name);
  return typeof created === 'number' ? failedTopic(created, name) : topicView(deps, context, created, request.includeTopicAuthorizedOperations);
}

function topicById(deps: ServerDeps, context: RequestContext, topicId: string, withOperations: boolean): TopicView {
  const { image } = deps.controller;
  const name = image.topicNames.get(topicId);
  if (name === undefined) return failedTopic(ErrorCode.UNKNOWN_TOPIC_ID, null, topicId);
  if (!mayTopic(deps, context, AclOperation.describe, name)) return failedTopic(ErrorCode.TOPIC_AUTHORIZATION_FAILED, null, topicId);
  return topicView(deps, context, image.topics.get(name)!, withOperations);
}

function allTopics(deps: ServerDeps, context: RequestContext, withOperations: boolean): TopicView[] {
  return [...deps.controller.image.topics.values()].filter((topic) => mayTopic(deps, context, AclOperation.describe, topic.name))
    .map((topic) => topicView(deps, context, topic, withOperations));
}

async function askedTopic(deps: ServerDeps, context: RequestContext, asked: Asked, request: MetadataRequest): Promise<TopicView> {
  const byId = asked.topicId !== ZERO_UUID;
  if (byId && context.apiVersion >= 12) return topicById(deps, context, asked.topicId, request.includeTopicAuthorizedOperations);
  if (byId || asked.name === null) return failedTopic(ErrorCode.INVALID_REQUEST, asked.name ?? '');
  return namedTopic(deps, context, asked.name, request);
}

/** Each topic once, as Kafka answers: a short request that repeats a wide topic would ask for gigabytes. */
function distinct(asked: readonly Asked[]): Iterable<Asked> {
  return new Map(asked.map((topic) => [`${topic.topicId}:${topic.name ?? ''}`, topic])).values();
}

export function createMetadataHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<MetadataRequest, MetadataResponse>({
    apiKey: 3, request: MetadataRequest, response: MetadataResponse, minVersion: 0, maxVersion: 13,
    async handle(context, request): Promise<Draft<MetadataResponse>> {
      const { apiVersion } = context;
      const everything = request.topics === null || (apiVersion === 0 && request.topics.length === 0);
      const topics: TopicView[] = [];
      if (everything) topics.push(...allTopics(deps, context, request.includeTopicAuthorizedOperations));
      else for (const asked of distinct(request.topics ?? [])) topics.push(await askedTopic(deps, context, asked, request));
      const { image, nodeId } = deps.controller;
      return {
        brokers: brokersOf(image, context.listenerName, { fenced: false }).map(({ nodeId: id, host, port, rack }) => ({ nodeId: id, host, port, rack: apiVersion >= 1 ? rack : null })),
        clusterId: image.clusterId, controllerId: nodeId, topics,
        clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? clusterOperations(deps, context) : NOT_ASKED,
      };
    },
  });
}
