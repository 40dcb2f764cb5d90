/**
 * Produce 3-13, advertised from 0 (KAFKA-18659: older librdkafka decides from version 0 whether it may compress). Appends one batch per
 * partition and answers by acks: 0 not at all (a failure closes the connection), 1 after the append (and the flush that flush.messages may
 * want with it), −1 when the high watermark has passed the batch or `timeoutMs` is over (the data stays). v5: log start offset. v7: zstd.
 * v8: record errors (KIP-467). v9: flexible. v10: current leader (KIP-951). v13: topics by id (KIP-516). Batches are stamped in place and
 * passed on by reference.
 */
import type { TimerHandle } from '#libs/kernel';
import { ApiKey, ErrorCode, KafkaError, ProduceRequest, ProduceResponse, type Draft } from '#libs/kafka/protocol';
import type { AppendResult, LeaderPartition } from '../../replication/index.js';
import { CLOSE_CONNECTION, NO_RESPONSE, defineHandler, type ApiHandler, type RequestContext, type ServerDeps } from '../api.js';
import { createLeaderHints, type LeaderHints } from './leader-hint.js';
import { AclOperation, createTopicAccess } from './topic-access.js';

const FIRST_VERSION_WITH_TOPIC_IDS = 13;
const FIRST_VERSION_WITH_LEADER_HINTS = 10;

interface Item {
  topic: string | null;
  topicId: string;
  partition: number;
  errorCode: ErrorCode;
  errorMessage: string | null;
  leader: LeaderPartition | null;
  appended: AppendResult | null;
  /** Waits for no commit any more. */
  settled: boolean;
}
type Wanted = ProduceRequest['topicData'][number];
type Answer = Draft<ProduceResponse> | typeof NO_RESPONSE | typeof CLOSE_CONNECTION;

/** Why nothing of this topic can be written by the caller, or NONE. */
function topicError(topic: string | null, mayWrite: (topic: string) => boolean): ErrorCode {
  if (topic === null) return ErrorCode.UNKNOWN_TOPIC_ID;
  return mayWrite(topic) ? ErrorCode.NONE : ErrorCode.TOPIC_AUTHORIZATION_FAILED;
}

function append(deps: ServerDeps, apiVersion: number, acks: number, item: Item, records: Buffer | null): void {
  const leader = deps.replicas.leader(item.topic!, item.partition);
  if (typeof leader === 'number') {
    item.errorCode = leader;
    return;
  }
  const appended = leader.appendAsLeader(records ?? Buffer.alloc(0), { requiredAcks: acks, origin: 'client', apiVersion });
  item.leader = leader;
  item.appended = appended;
  item.errorCode = appended.errorCode;
  item.errorMessage = appended.errorMessage;
}

function appendTopic(deps: ServerDeps, context: RequestContext, acks: number, wanted: Wanted, mayWrite: (topic: string) => boolean): Item[] {
  const topic = context.apiVersion >= FIRST_VERSION_WITH_TOPIC_IDS ? deps.replicas.topicName(wanted.topicId) : wanted.name;
  const refused = topicError(topic, mayWrite);
  return wanted.partitionData.map(({ index, records }) => {
    const item: Item = { topic, topicId: wanted.topicId, partition: index, errorCode: refused, errorMessage: null, leader: null, appended: null, settled: false };
    if (refused === ErrorCode.NONE) append(deps, context.apiVersion, acks, item, records);
    return item;
  });
}

/** Waits for what was appended to be committed; what isn't when the time is up keeps its data and is answered REQUEST_TIMED_OUT. */
function awaitCommits(deps: ServerDeps, items: readonly Item[], timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    let open = items.length;
    let timer: TimerHandle | null = null;
    const close = (item: Item, error: KafkaError | null): void => {
      if (item.settled) return;
      item.settled = true;
      if (error !== null) {
        item.errorCode = error.code;
        item.errorMessage = error.message;
      }
      open -= 1;
      if (open > 0) return;
      if (timer !== null) deps.env.timers.cancel(timer);
      resolve();
    };
    for (const item of items) item.leader!.onCommitted(item.appended!.requiredOffset, (error) => { close(item, error); });
    if (open === 0) return;
    timer = deps.env.timers.set(Math.max(0, timeoutMs), () => {
      timer = null;
      for (const item of items) close(item, new KafkaError(ErrorCode.REQUEST_TIMED_OUT, 'the high watermark did not reach the batch in time'));
    });
  });
}

function isCommitted(item: Item): boolean {
  return item.leader === null || item.appended === null || item.errorCode !== ErrorCode.NONE || item.leader.offsets().highWatermark >= item.appended.requiredOffset;
}

function partitionResponse(item: Item, hints: LeaderHints): Draft<ProduceResponse['responses'][number]['partitionResponses'][number]> {
  const { appended, errorCode } = item;
  const currentLeader = hints.of(errorCode, item.topic, item.partition);
  const ok = errorCode === ErrorCode.NONE && appended !== null;
  return {
    index: item.partition, errorCode, errorMessage: item.errorMessage,
    baseOffset: ok ? appended.baseOffset : -1, logAppendTimeMs: ok ? appended.logAppendTimeMs : -1, logStartOffset: appended?.logStartOffset ?? -1,
    recordErrors: (appended?.recordErrors ?? []).map(({ batchIndex, message }) => ({ batchIndex, batchIndexErrorMessage: message })),
    ...(currentLeader === undefined ? {} : { currentLeader }),
  };
}

function answer(deps: ServerDeps, context: RequestContext, topics: readonly (readonly [Wanted, readonly Item[]])[]): Draft<ProduceResponse> {
  const hints = createLeaderHints(deps, context, FIRST_VERSION_WITH_LEADER_HINTS);
  const responses = topics.filter(([, items]) => items.length > 0).map(([wanted, items]) => ({
    name: wanted.name, topicId: wanted.topicId, partitionResponses: items.map((item) => partitionResponse(item, hints)),
  }));
  const nodeEndpoints = hints.endpoints();
  return { responses, ...(nodeEndpoints.length === 0 ? {} : { nodeEndpoints }) };
}

function invalidAcks(request: ProduceRequest): Draft<ProduceResponse> {
  return {
    responses: request.topicData.map(({ name, topicId, partitionData }) => ({
      name, topicId, partitionResponses: partitionData.map(({ index }) => ({ index, errorCode: ErrorCode.INVALID_REQUIRED_ACKS, baseOffset: -1 })),
    })),
  };
}

export function createProduceHandler(deps: ServerDeps): ApiHandler {
  return defineHandler({
    apiKey: ApiKey.Produce, request: ProduceRequest, response: ProduceResponse, minVersion: 0, maxVersion: 13,
    handle(context, request): Answer | Promise<Answer> {
      const { acks } = request;
      if (acks !== 0 && acks !== 1 && acks !== -1) return invalidAcks(request);
      const mayWrite = createTopicAccess(deps, context, AclOperation.write);
      const topics = request.topicData.map((wanted) => [wanted, appendTopic(deps, context, acks, wanted, mayWrite)] as const);
      if (acks === 0) return topics.some(([, items]) => items.some((item) => item.errorCode !== ErrorCode.NONE)) ? CLOSE_CONNECTION : NO_RESPONSE;
      const waiting = topics.flatMap(([, items]) => items.filter((item) => (acks === -1 || item.appended?.awaitsFlush === true) && !isCommitted(item)));
      if (waiting.length === 0) return answer(deps, context, topics);
      return awaitCommits(deps, waiting, request.timeoutMs).then(() => answer(deps, context, topics));
    },
  });
}
