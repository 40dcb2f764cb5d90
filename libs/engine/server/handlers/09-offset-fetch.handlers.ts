/**
 * OffsetFetch, key 9, versions 1-10. Needs DESCRIBE on each group and topic; of "all topics" those without it are left out.
 * v2 null asks for all topics; an error of the group's own · v3 throttle time · v5 leader epoch (KIP-320) · v6 flexible ·
 * v7 requireStable (KIP-447) · v8 several groups (KIP-709) · v9 member and epoch (KIP-848) · v10 topic ids instead of names
 */
import { ApiKey, ErrorCode, OffsetFetchRequest, OffsetFetchResponse, type Draft } from '#libs/kafka/protocol';
import { defineHandler, type ApiHandler, type RequestContext, type ServerDeps } from '../api.js';
import { groupContext, mayUseGroup, mayUseTopic, memoize } from './group-request.js';

const GROUP_ERROR_FROM = 2;
const BATCHED_FROM = 8;
const TOPIC_IDS_FROM = 10;
type Group = OffsetFetchRequest['groups'][number];
type Topic = NonNullable<Group['topics']>[number];
type FetchedGroup = Draft<OffsetFetchResponse['groups'][number]>;
type FetchedTopic = Draft<OffsetFetchResponse['groups'][number]['topics'][number]>;

function refusedTopic({ name, topicId, partitionIndexes }: Topic, errorCode: ErrorCode): FetchedTopic {
  return {
    name, topicId,
    partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode })),
  };
}

/** All of a group's offsets, as far as the caller may see their topics and, from v10, the topics still have an id. */
function visibleTopics(deps: ServerDeps, context: RequestContext, topics: readonly FetchedTopic[]): FetchedTopic[] {
  return topics.flatMap((topic) => {
    if (!mayUseTopic(deps, context, 'describe', topic.name!)) return [];
    if (context.apiVersion < TOPIC_IDS_FROM) return [topic];
    const topicId = deps.controller.image.topics.get(topic.name!)?.topicId;
    return topicId === undefined ? [] : [{ ...topic, topicId }];
  });
}

/** The group with only those topics that the coordinator is asked about, and the answers for the others. */
function sortTopics(deps: ServerDeps, context: RequestContext, topics: readonly Topic[]): { asked: Topic[]; refused: FetchedTopic[] } {
  const visible = memoize((name) => mayUseTopic(deps, context, 'describe', name));
  const asked: Topic[] = [];
  const refused: FetchedTopic[] = [];
  for (const topic of topics) {
    const name = context.apiVersion >= TOPIC_IDS_FROM ? deps.replicas.topicName(topic.topicId) : topic.name;
    if (name === null) refused.push(refusedTopic(topic, ErrorCode.UNKNOWN_TOPIC_ID));
    else if (!visible(name)) refused.push(refusedTopic(topic, ErrorCode.TOPIC_AUTHORIZATION_FAILED));
    else asked.push({ ...topic, name });
  }
  return { asked, refused };
}

async function fetchGroup(deps: ServerDeps, context: RequestContext, group: Group, requireStable: boolean): Promise<FetchedGroup> {
  const { groupId } = group;
  if (!mayUseGroup(deps, context, 'describe', groupId)) return { groupId, errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED };
  if (group.topics === null) {
    const answer = await deps.groups.offsetFetch(groupContext(context), group, requireStable);
    return { ...answer, topics: visibleTopics(deps, context, answer.topics ?? []) };
  }
  const { asked, refused } = sortTopics(deps, context, group.topics);
  const answer = await deps.groups.offsetFetch(groupContext(context), { ...group, topics: asked }, requireStable);
  return answer.errorCode === ErrorCode.NONE ? { ...answer, topics: [...answer.topics ?? [], ...refused] } : answer;
}

/** v1-7: one group at the top; v1 has no place for the group's error but each partition. */
async function fetchSingle(deps: ServerDeps, context: RequestContext, request: OffsetFetchRequest): Promise<Draft<OffsetFetchResponse>> {
  const topics = request.topics?.map(({ name, partitionIndexes }): Topic => ({ name, partitionIndexes, topicId: '' })) ?? null;
  const answer = await fetchGroup(deps, context, { groupId: request.groupId, memberId: null, memberEpoch: -1, topics }, request.requireStable);
  const errorCode = (answer.errorCode ?? ErrorCode.NONE) as ErrorCode;
  if (errorCode !== ErrorCode.NONE && context.apiVersion < GROUP_ERROR_FROM) {
    return { topics: (topics ?? []).map((topic) => withoutId(refusedTopic(topic, errorCode))) };
  }
  return { errorCode, topics: (answer.topics ?? []).map(withoutId) };
}

function withoutId({ name, partitions }: FetchedTopic): Draft<OffsetFetchResponse['topics'][number]> {
  return { name, partitions };
}

/** All offsets of a group are told once, however often they are asked for. */
function withoutRepeats(groups: readonly Group[]): Group[] {
  const whole = new Set<string>();
  return groups.filter(({ groupId, topics }) => {
    if (topics !== null) return true;
    const isFirst = !whole.has(groupId);
    whole.add(groupId);
    return isFirst;
  });
}

export function createOffsetFetchHandler(deps: ServerDeps): ApiHandler {
  return defineHandler({
    apiKey: ApiKey.OffsetFetch, request: OffsetFetchRequest, response: OffsetFetchResponse, minVersion: 1, maxVersion: 10,
    async handle(context, request) {
      if (context.apiVersion < BATCHED_FROM) return fetchSingle(deps, context, request);
      return { groups: await Promise.all(withoutRepeats(request.groups).map((group) => fetchGroup(deps, context, group, request.requireStable))) };
    },
  });
}
