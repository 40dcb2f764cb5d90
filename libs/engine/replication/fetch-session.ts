/**
 * What a fetch session remembers of its partitions (KIP-227): the client sends only what changed, and gets only partitions with something
 * new. Partitions that returned records go to the end of the order, so that none starves behind a busy one.
 */
import { ErrorCode, type FetchRequest } from '#libs/kafka/protocol';

/** One partition as the client wants it. Below version 13 `topic` names it and `topicId` is zero; from 13 on it is the other way round. */
export interface WantedPartition {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  fetchOffset: number;
  currentLeaderEpoch: number;
  lastFetchedEpoch: number;
  partitionMaxBytes: number;
}

/** What decides whether an incremental answer holds the partition. */
export interface FetchAnswer {
  readonly wanted: WantedPartition;
  readonly errorCode: ErrorCode;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly recordBytes: number;
  readonly diverging: boolean;
}

interface RememberedPartition { wanted: WantedPartition; highWatermark: number; logStartOffset: number }

export interface FetchSession {
  readonly id: number;
  readonly usesTopicIds: boolean;
  /** Of the next request. */
  epoch: number;
  lastUsedMs: number;
  readonly partitions: Map<string, RememberedPartition>;
}

function keyOf(topic: string, topicId: string, partition: number, usesTopicIds: boolean): string {
  return `${usesTopicIds ? topicId : topic}:${partition}`;
}

/** Each partition once, at its first place and as it was last asked for, like Kafka's linked map. */
export function wantedPartitions(request: FetchRequest): Iterable<WantedPartition> {
  const wanted = new Map<string, WantedPartition>();
  for (const { topic, topicId, partitions } of request.topics) {
    for (const { partition, fetchOffset, currentLeaderEpoch, lastFetchedEpoch, partitionMaxBytes } of partitions) {
      wanted.set(`${topicId}:${topic}:${partition}`, { topic, topicId, partition, fetchOffset, currentLeaderEpoch, lastFetchedEpoch, partitionMaxBytes });
    }
  }
  return wanted.values();
}

export function createFetchSession(id: number, usesTopicIds: boolean, nowMs: number, answers: readonly FetchAnswer[]): FetchSession {
  const session: FetchSession = { id, usesTopicIds, epoch: 1, lastUsedMs: nowMs, partitions: new Map() };
  for (const answer of answers) {
    const remembered: RememberedPartition = { wanted: answer.wanted, highWatermark: -1, logStartOffset: -1 };
    session.partitions.set(keyOf(answer.wanted.topic, answer.wanted.topicId, answer.wanted.partition, usesTopicIds), remembered);
    remember(remembered, answer);
  }
  return session;
}

/** Adds and changes what the request lists, then drops what it forgets. */
export function updateFetchSession(session: FetchSession, request: FetchRequest): void {
  const { usesTopicIds, partitions } = session;
  for (const wanted of wantedPartitions(request)) {
    const key = keyOf(wanted.topic, wanted.topicId, wanted.partition, usesTopicIds);
    const known = partitions.get(key);
    if (known === undefined) partitions.set(key, { wanted, highWatermark: -1, logStartOffset: -1 });
    else known.wanted = wanted;
  }
  for (const forgotten of request.forgottenTopicsData) {
    for (const partition of forgotten.partitions) partitions.delete(keyOf(forgotten.topic, forgotten.topicId, partition, usesTopicIds));
  }
}

/** An error is told again each time, so what was sent before it does not count. */
function remember(known: RememberedPartition, answer: FetchAnswer): void {
  known.highWatermark = answer.errorCode === ErrorCode.NONE ? answer.highWatermark : -1;
  known.logStartOffset = answer.logStartOffset;
}

function isNews(known: RememberedPartition, answer: FetchAnswer): boolean {
  return answer.recordBytes > 0 || answer.errorCode !== ErrorCode.NONE || answer.diverging
    || answer.highWatermark !== known.highWatermark || answer.logStartOffset !== known.logStartOffset;
}

/** Which answers an incremental response holds; remembers them as sent. */
export function selectNews<A extends FetchAnswer>(session: FetchSession, answers: readonly A[]): A[] {
  const news: A[] = [];
  for (const answer of answers) {
    const key = keyOf(answer.wanted.topic, answer.wanted.topicId, answer.wanted.partition, session.usesTopicIds);
    const known = session.partitions.get(key);
    if (known === undefined || !isNews(known, answer)) continue;
    remember(known, answer);
    news.push(answer);
    if (answer.recordBytes > 0) {
      session.partitions.delete(key);
      session.partitions.set(key, known);
    }
  }
  return news;
}
