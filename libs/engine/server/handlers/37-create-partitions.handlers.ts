/** CreatePartitions 0-3. Needs ALTER on the topic. Partitions only grow. v2: flexible. v3: THROTTLING_QUOTA_EXCEEDED. Answered when the partitions are served. */
import { CreatePartitionsRequest, CreatePartitionsResponse, ErrorCode, KafkaError, type Draft } from '#libs/kafka/protocol';
import { AclOperation } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type RequestContext, type ServerDeps } from '../api.js';
import { mutationCharge } from './mutation-charge.js';
import { mayTopic } from './metadata-view.js';

const STRICT_QUOTA_FROM = 3;
type Result = Draft<CreatePartitionsResponse['results'][number]>;
type Asked = CreatePartitionsRequest['topics'][number];

async function create(deps: ServerDeps, context: RequestContext, asked: readonly Asked[], validateOnly: boolean): Promise<Result[]> {
  try {
    const results = await deps.controller.createPartitions(asked.map(({ name, count, assignments }) => ({
      name, count, assignments: assignments === null ? null : assignments.map((assignment) => assignment.brokerIds),
    })), { validateOnly, ...mutationCharge(context, STRICT_QUOTA_FROM) });
    return asked.map(({ name }) => ({ name, ...results.get(name)! }));
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    return asked.map(({ name }) => ({ name, errorCode: error.code, errorMessage: error.message }));
  }
}

export function createCreatePartitionsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<CreatePartitionsRequest, CreatePartitionsResponse>({
    apiKey: 37, request: CreatePartitionsRequest, response: CreatePartitionsResponse, minVersion: 0, maxVersion: 3,
    async handle(context, request): Promise<Draft<CreatePartitionsResponse>> {
      const counts = new Map<string, number>();
      for (const { name } of request.topics) counts.set(name, (counts.get(name) ?? 0) + 1);
      const results: Result[] = [];
      const allowed: Asked[] = [];
      for (const topic of request.topics) {
        if (counts.get(topic.name)! > 1) continue;
        if (mayTopic(deps, context, AclOperation.alter, topic.name)) allowed.push(topic);
        else results.push({ name: topic.name, errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, errorMessage: null });
      }
      for (const [name, count] of counts) if (count > 1) results.push({ name, errorCode: ErrorCode.INVALID_REQUEST, errorMessage: 'Duplicate topic name.' });
      if (allowed.length > 0) results.push(...await create(deps, context, allowed, request.validateOnly));
      return { results };
    },
  });
}
