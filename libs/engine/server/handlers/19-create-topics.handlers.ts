/**
 * CreateTopics 2-7. Needs CREATE on the cluster or on the topic. v4: −1 partitions or replicas are the broker's defaults. v5: flexible; the
 * answer holds counts and configs for who may describe them (else topicConfigErrorCode). v6: THROTTLING_QUOTA_EXCEEDED (KIP-599).
 * v7: topic id. Answered when the topics are served;
 * one made again under its name may answer NOT_LEADER_OR_FOLLOWER for as long as a checkpoint takes. A name that the environment's naming policy
 * refuses is POLICY_VIOLATION, after all that Kafka itself would refuse the topic for.
 */
import { CreateTopicsRequest, CreateTopicsResponse, ErrorCode, KafkaError, type Draft } from '#libs/kafka/protocol';
import { AclOperation, describeTopicConfigs, type CreatedTopic } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type RequestContext, type ServerDeps } from '../api.js';
import { mutationCharge } from './mutation-charge.js';
import { mayCluster, mayTopic } from './metadata-view.js';

type Result = Draft<CreateTopicsResponse['topics'][number]> & { name: string; errorCode: number };
type Asked = CreateTopicsRequest['topics'][number];
const STRICT_QUOTA_FROM = 6;
const CLUSTER_METADATA = '__cluster_metadata';

const refused = (name: string, errorCode: ErrorCode, errorMessage: string): Result => ({ name, errorCode, errorMessage });

type ConfigsOf = (asked: Asked) => NonNullable<Result['configs']>;

/** Those of the topics of one request: what names no settings has them all alike. */
function describedConfigs({ controller, config: context }: ServerDeps): ConfigsOf {
  const describe = (asked: Asked): NonNullable<Result['configs']> => {
    const overrides = new Map(asked.configs.map((config) => [config.name, config.value ?? '']));
    return describeTopicConfigs(controller.image, context, overrides)
      .map((config) => ({ name: config.name, value: config.value, readOnly: config.readOnly, configSource: config.source, isSensitive: config.sensitive }));
  };
  let plain: NonNullable<Result['configs']> | null = null;
  return (asked) => (asked.configs.length > 0 ? describe(asked) : plain ??= describe(asked));
}

function createdResult(deps: ServerDeps, context: RequestContext, asked: Asked, created: CreatedTopic, configsOf: ConfigsOf): Result {
  const { name, errorCode, errorMessage } = created;
  if (errorCode !== ErrorCode.NONE) return { name, errorCode, errorMessage };
  if (!mayTopic(deps, context, AclOperation.describeConfigs, name)) {
    return { name, topicId: created.topicId, errorCode, errorMessage: null, topicConfigErrorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED };
  }
  const { topicId, numPartitions, replicationFactor } = created;
  return { name, topicId, errorCode, errorMessage: null, numPartitions, replicationFactor, configs: configsOf(asked) };
}

async function create(deps: ServerDeps, context: RequestContext, asked: readonly Asked[], validateOnly: boolean): Promise<Result[]> {
  if (asked.length === 0) return [];
  try {
    const created = await deps.controller.createTopics(asked.map((topic) => ({
      name: topic.name, numPartitions: topic.numPartitions, replicationFactor: topic.replicationFactor, configs: topic.configs,
      assignments: topic.assignments.map((assignment) => ({ partition: assignment.partitionIndex, brokerIds: assignment.brokerIds })),
    })), { validateOnly, ...mutationCharge(context, STRICT_QUOTA_FROM) });
    const configsOf = describedConfigs(deps);
    return created.map((topic, index) => createdResult(deps, context, asked[index]!, topic, configsOf));
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    return asked.map((topic) => refused(topic.name, error.code, error.message));
  }
}

/** Kafka's own refusals come first, as they do before Apache Kafka's topic policies: many clients take TOPIC_ALREADY_EXISTS for success. */
async function createNamed(deps: ServerDeps, context: RequestContext, asked: readonly Asked[], validateOnly: boolean): Promise<Result[]> {
  const decisions = deps.naming.judge(context.principal, asked.map((topic) => topic.name));
  const ofOutcome = (...outcomes: string[]): Asked[] => asked.filter((_topic, index) => outcomes.includes(decisions[index]!.outcome));
  const messages = new Map(asked.map(({ name }, index) => [name, decisions[index]!.outcome === 'allowed' ? null : decisions[index]!.message]));
  const created = await create(deps, context, ofOutcome('allowed', 'warned'), validateOnly);
  for (const { name, errorCode } of created) {
    const message = messages.get(name) ?? null;
    if (message !== null && errorCode === ErrorCode.NONE && !validateOnly) deps.naming.noteWarned(context.principal, name, message);
  }
  const judged = await create(deps, context, ofOutcome('refused'), true);
  return [...created, ...judged.map((result) => (result.errorCode === ErrorCode.NONE ? refused(result.name, ErrorCode.POLICY_VIOLATION, messages.get(result.name)!) : result))];
}

export function createCreateTopicsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<CreateTopicsRequest, CreateTopicsResponse>({
    apiKey: 19, request: CreateTopicsRequest, response: CreateTopicsResponse, minVersion: 2, maxVersion: 7,
    async handle(context, request): Promise<Draft<CreateTopicsResponse>> {
      const everywhere = mayCluster(deps, context, AclOperation.create);
      const counts = new Map<string, number>();
      for (const { name } of request.topics) counts.set(name, (counts.get(name) ?? 0) + 1);
      const topics: Result[] = [];
      const allowed: Asked[] = [];
      for (const topic of request.topics) {
        if (counts.get(topic.name)! > 1) continue;
        if (topic.name === CLUSTER_METADATA) topics.push(refused(topic.name, ErrorCode.INVALID_REQUEST, `Creation of internal topic ${CLUSTER_METADATA} is prohibited.`));
        else if (everywhere || mayTopic(deps, context, AclOperation.create, topic.name)) allowed.push(topic);
        else topics.push(refused(topic.name, ErrorCode.TOPIC_AUTHORIZATION_FAILED, 'Authorization failed.'));
      }
      for (const [name, count] of counts) if (count > 1) topics.push(refused(name, ErrorCode.INVALID_REQUEST, 'Duplicate topic name.'));
      if (allowed.length > 0) topics.push(...await createNamed(deps, context, allowed, request.validateOnly));
      return { topics };
    },
  });
}
