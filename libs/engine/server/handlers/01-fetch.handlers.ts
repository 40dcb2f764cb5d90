/**
 * Fetch 4-18, for consumers. Reads whole batches below the high watermark (without transactions also the last stable offset) and waits
 * up to `maxWaitMs` for `minBytes`. v5: log start offset. v7: fetch sessions (KIP-227). v9: leader epochs (KIP-320). v11: rack, closest
 * replica (KIP-392; always the leader here). v12: flexible, diverging epoch. v13: topic ids (KIP-516). v15: replica state. v16: current
 * leader's endpoint (KIP-951). v17: directory ids. v18: the follower's high watermark. Followers are not served: a cluster of one has none.
 */
import { ApiKey, ErrorCode, FetchRequest, FetchResponse, type Draft } from '#libs/kafka/protocol';
import {
  createFetchPurgatory, createFetchSessionCache, readPartitions, replicationLimits, type FetchContext, type FetchPurgatory, type FetchTarget, type PartitionRead, type ReadPass, type WantedPartition,
} from '../../replication/index.js';
import { NO_RESPONSE, defineHandler, type ApiHandler, type RequestContext, type ServerDeps } from '../api.js';
import { createLeaderHints, type LeaderHints } from './leader-hint.js';
import { AclOperation, createTopicAccess } from './topic-access.js';

const FIRST_VERSION_WITH_TOPIC_IDS = 13;
const FIRST_VERSION_WITH_LEADER_HINTS = 16;
const READ_COMMITTED = 1;

type Answer = Draft<FetchResponse> | typeof NO_RESPONSE;
type PartitionData = Draft<FetchResponse['responses'][number]['partitions'][number]>;

interface Fetch {
  deps: ServerDeps;
  context: RequestContext;
  request: FetchRequest;
  session: FetchContext;
  mayRead: (topic: string) => boolean;
  maxBytes: number;
}

function isFollower(request: FetchRequest, apiVersion: number): boolean {
  return (apiVersion >= 15 ? request.replicaState.replicaId : request.replicaId) >= 0;
}

function targetOf(fetch: Fetch, wanted: WantedPartition): FetchTarget {
  const { deps, context } = fetch;
  const topic = context.apiVersion >= FIRST_VERSION_WITH_TOPIC_IDS ? deps.replicas.topicName(wanted.topicId) : wanted.topic;
  if (topic === null) return { wanted, topic, leader: ErrorCode.UNKNOWN_TOPIC_ID };
  if (!fetch.mayRead(topic)) return { wanted, topic, leader: ErrorCode.TOPIC_AUTHORIZATION_FAILED };
  if (isFollower(fetch.request, context.apiVersion)) return { wanted, topic, leader: ErrorCode.NOT_LEADER_OR_FOLLOWER };
  return { wanted, topic, leader: deps.replicas.leader(topic, wanted.partition) };
}

function readOnce(fetch: Fetch): { targets: FetchTarget[]; pass: ReadPass } {
  const targets = fetch.session.wanted.map((wanted) => targetOf(fetch, wanted));
  const maxBytes = Math.min(fetch.maxBytes, fetch.context.answerBytesMax?.() ?? Infinity);
  return { targets, pass: readPartitions(targets, { maxBytes, readCommitted: fetch.request.isolationLevel === READ_COMMITTED }) };
}

function partitionData(fetch: Fetch, read: PartitionRead, hints: LeaderHints): PartitionData {
  const currentLeader = hints.of(read.errorCode, read.topic, read.wanted.partition);
  return {
    partitionIndex: read.wanted.partition, errorCode: read.errorCode, highWatermark: read.highWatermark, lastStableOffset: read.lastStableOffset,
    logStartOffset: read.logStartOffset, abortedTransactions: fetch.request.isolationLevel === READ_COMMITTED && read.errorCode === ErrorCode.NONE ? [] : null,
    preferredReadReplica: -1, records: read.records,
    ...(read.divergingEpoch === null ? {} : { divergingEpoch: read.divergingEpoch }),
    ...(currentLeader === undefined ? {} : { currentLeader }),
  };
}

/** What a partition and its topic's share take in an answer beside the records. */
const PARTITION_BYTES = 64;

/** Over quota nothing is answered, and the session stays where it was: it asks for the same again (KIP-219). */
function answer(fetch: Fetch, pass: ReadPass): Draft<FetchResponse> {
  const news = pass.reads.filter((read) => read.recordBytes > 0 || read.errorCode !== ErrorCode.NONE).length;
  if (fetch.context.quota?.fetched(pass.bytes + news * PARTITION_BYTES) === false) return { errorCode: ErrorCode.NONE, sessionId: fetch.session.incremental ? fetch.request.sessionId : 0, responses: [] };
  const hints = createLeaderHints(fetch.deps, fetch.context, FIRST_VERSION_WITH_LEADER_HINTS);
  const { sessionId, answers } = fetch.session.finish(pass.reads);
  const byTopic = new Map<string, { topic: string; topicId: string; partitions: PartitionData[] }>();
  for (const read of answers) {
    const { topic, topicId } = read.wanted;
    const key = fetch.context.apiVersion >= FIRST_VERSION_WITH_TOPIC_IDS ? topicId : topic;
    let entry = byTopic.get(key);
    if (entry === undefined) byTopic.set(key, entry = { topic, topicId, partitions: [] });
    entry.partitions.push(partitionData(fetch, read, hints));
  }
  const nodeEndpoints = hints.endpoints();
  return { errorCode: ErrorCode.NONE, sessionId, responses: [...byTopic.values()], ...(nodeEndpoints.length === 0 ? {} : { nodeEndpoints }) };
}

/** Reads; when there is too little, waits once and reads again. */
function serve(fetch: Fetch, purgatory: FetchPurgatory): Answer | Promise<Answer> {
  const { request, context } = fetch;
  const { targets, pass } = readOnce(fetch);
  const minBytes = Math.min(request.minBytes, fetch.maxBytes);
  if (request.maxWaitMs <= 0 || targets.length === 0 || pass.urgent || pass.bytes >= minBytes) return answer(fetch, pass);
  const partitions = targets.flatMap(({ leader, wanted }) => (typeof leader === 'number' ? [] : [{ leader, maxBytes: wanted.partitionMaxBytes }]));
  const parked = purgatory.park({
    partitions, minBytes, bytes: pass.bytes, maxWaitMs: request.maxWaitMs, onClose: context.onClose === undefined ? undefined : (listener) => context.onClose!(listener),
  });
  if (parked === null) return answer(fetch, pass);
  return parked.then((result) => {
    if (result === 'closed') return NO_RESPONSE;
    context.quota?.resumes();
    return answer(fetch, readOnce(fetch).pass);
  });
}

export function createFetchHandler(deps: ServerDeps): ApiHandler {
  const { env, config } = deps;
  const sessions = createFetchSessionCache({ clock: env.clock, random: env.random, slots: config.maxIncrementalFetchSessionCacheSlots });
  const purgatory = createFetchPurgatory(env);
  return defineHandler({
    apiKey: ApiKey.Fetch, request: FetchRequest, response: FetchResponse, minVersion: 4, maxVersion: 18,
    handle(context, request): Answer | Promise<Answer> {
      const session = sessions.begin(request, context.apiVersion);
      if ('errorCode' in session) return { errorCode: session.errorCode };
      const atOnce = Math.max(replicationLimits.fetchAnswerBytes, request.minBytes);
      const maxBytes = Math.max(0, Math.min(request.maxBytes, config.fetchMaxBytes, atOnce, context.quota?.fetchBytesMax() ?? Infinity));
      return serve({ deps, context, request, session, mayRead: createTopicAccess(deps, context, AclOperation.read), maxBytes }, purgatory);
    },
  });
}
