import { ErrorCode, FetchRequest, type ErrorCode as Code } from '#libs/kafka/protocol';
import { createSeededRandom, createVirtualTime } from '#libs/kernel/testing';
import { createFetchSessionCache, type FetchContext, type FetchSessionCache } from './fetch-session-cache.js';
import { fetchSessionRequest, nextSessionEpoch } from './fetch-session.states.js';
import type { FetchAnswer } from './fetch-session.js';

interface Wish { topic: string; partition: number; fetchOffset?: number }
function fetch(sessionId: number, sessionEpoch: number, wishes: Wish[] = [], forgotten: Wish[] = []): FetchRequest {
  const topics = new Map<string, Wish[]>();
  for (const wish of wishes) topics.set(wish.topic, [...topics.get(wish.topic) ?? [], wish]);
  const partitionDefaults = { currentLeaderEpoch: -1, lastFetchedEpoch: -1, logStartOffset: -1, partitionMaxBytes: 1000, replicaDirectoryId: '', highWatermark: 0 };
  return {
    ...FetchRequest.defaults(), sessionId, sessionEpoch,
    topics: [...topics].map(([topic, list]) => ({ topic, topicId: `id-${topic}`, partitions: list.map(({ partition, fetchOffset }) => ({ ...partitionDefaults, partition, fetchOffset: fetchOffset ?? 0 })) })),
    forgottenTopicsData: forgotten.map(({ topic, partition }) => ({ topic, topicId: `id-${topic}`, partitions: [partition] })),
  };
}
const A0 = { topic: 'a', partition: 0 };
const A1 = { topic: 'a', partition: 1 };
const B0 = { topic: 'b', partition: 0 };

function setup(options: { slots?: number; perSession?: number; total?: number } = {}) {
  const time = createVirtualTime();
  const cache = createFetchSessionCache({
    clock: time.clock, random: createSeededRandom(1), slots: options.slots ?? 10,
    limits: { fetchSessionPartitionsMax: options.perSession ?? 10, fetchSessionPartitionsTotalMax: options.total ?? 100, fetchSessionEvictionMs: 120_000 },
  });
  return { time, cache };
}
type Told = Partial<Pick<FetchAnswer, 'highWatermark' | 'logStartOffset' | 'recordBytes' | 'diverging'>> & { errorCode?: Code };
function finish(context: ReturnType<FetchSessionCache['begin']>, told: Record<string, Told> = {}) {
  if ('errorCode' in context) throw new Error(`error ${context.errorCode}`);
  const answers = context.wanted.map((wanted): FetchAnswer => ({
    wanted, errorCode: ErrorCode.NONE, highWatermark: 5, logStartOffset: 0, recordBytes: 0, diverging: false, ...told[`${wanted.topic}${wanted.partition}`],
  }));
  const result = context.finish(answers);
  return { sessionId: result.sessionId, sent: result.answers.map(({ wanted }) => `${wanted.topic}${wanted.partition}`) };
}
const wanted = (context: ReturnType<FetchSessionCache['begin']>): string[] => (context as FetchContext).wanted.map(({ topic, partition }) => `${topic}${partition}`);

describe('fetch sessions (KIP-227)', () => {
  it('knows what an epoch asks for, and its wrap', () => {
    expect([-1, 0, 1, 0x7fff_ffff].map(fetchSessionRequest)).toEqual(['final', 'initial', 'incremental', 'incremental']);
    expect([1, 0x7fff_fffe, 0x7fff_ffff].map(nextSessionEpoch)).toEqual([2, 0x7fff_ffff, 1]);
  });

  it('serves without a session, in full', () => {
    const { cache } = setup();
    expect(finish(cache.begin(fetch(0, -1, [A0, A1]), 12))).toEqual({ sessionId: 0, sent: ['a0', 'a1'] });
    expect(cache.sessions).toBe(0);
  });

  it('sends only what is new', () => {
    const { cache } = setup();
    const { sessionId } = finish(cache.begin(fetch(0, 0, [A0, A1, B0]), 12));
    expect(sessionId).toBeGreaterThan(0);
    expect(finish(cache.begin(fetch(sessionId, 1), 12))).toEqual({ sessionId, sent: [] });
    expect(finish(cache.begin(fetch(sessionId, 2), 12), { a1: { highWatermark: 6 } }).sent).toEqual(['a1']);
    expect(finish(cache.begin(fetch(sessionId, 3), 12), { a1: { highWatermark: 6 }, b0: { logStartOffset: 2 } }).sent).toEqual(['b0']);
    expect(finish(cache.begin(fetch(sessionId, 4), 12), { a1: { highWatermark: 6 }, b0: { logStartOffset: 2 }, a0: { diverging: true } }).sent).toEqual(['a0']);
  });

  it('tells an error each time, and the partition again when it is over', () => {
    const { cache } = setup();
    const { sessionId } = finish(cache.begin(fetch(0, 0, [A0, A1]), 12));
    const broken = { a0: { errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER } };
    expect(finish(cache.begin(fetch(sessionId, 1), 12), broken).sent).toEqual(['a0']);
    expect(finish(cache.begin(fetch(sessionId, 2), 12), broken).sent).toEqual(['a0']);
    expect(finish(cache.begin(fetch(sessionId, 3), 12)).sent).toEqual(['a0']);
    expect(finish(cache.begin(fetch(sessionId, 4), 12)).sent).toEqual([]);
  });

  it('puts partitions that returned records at the end', () => {
    const { cache } = setup();
    const { sessionId } = finish(cache.begin(fetch(0, 0, [A0, A1, B0]), 12));
    finish(cache.begin(fetch(sessionId, 1), 12), { a0: { recordBytes: 10 } });
    expect(wanted(cache.begin(fetch(sessionId, 2), 12))).toEqual(['a1', 'b0', 'a0']);
  });

  it('adds, changes and forgets partitions', () => {
    const { cache } = setup();
    const { sessionId } = finish(cache.begin(fetch(0, 0, [A0, A1]), 12));
    const context = cache.begin(fetch(sessionId, 1, [B0, { ...A1, fetchOffset: 9 }], [A0]), 12) as FetchContext;
    expect(context.wanted.map(({ topic, partition, fetchOffset }) => [topic, partition, fetchOffset])).toEqual([['a', 1, 9], ['b', 0, 0]]);
    expect(finish(context).sent).toEqual(['b0']);
    expect(cache.partitions).toBe(2);
    const emptied = cache.begin(fetch(sessionId, 2, [], [A1, B0]), 12);
    expect(finish(emptied)).toEqual({ sessionId: 0, sent: [] });
    expect([cache.sessions, cache.partitions]).toEqual([0, 0]);
  });

  it('refuses an unknown session, a wrong epoch, a change between names and ids', () => {
    const { cache } = setup();
    const { sessionId } = finish(cache.begin(fetch(0, 0, [A0]), 12));
    expect(cache.begin(fetch(sessionId + 1, 1), 12)).toEqual({ errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND });
    expect(cache.begin(fetch(sessionId, 2), 12)).toEqual({ errorCode: ErrorCode.INVALID_FETCH_SESSION_EPOCH });
    expect(cache.begin(fetch(sessionId, 1), 13)).toEqual({ errorCode: ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR });
    expect(finish(cache.begin(fetch(sessionId, 1), 12)).sessionId).toBe(sessionId);
    expect(cache.begin(fetch(sessionId, 1), 12)).toEqual({ errorCode: ErrorCode.INVALID_FETCH_SESSION_EPOCH });
  });

  it('closes a session with −1 and replaces it with 0', () => {
    const { cache } = setup();
    const first = finish(cache.begin(fetch(0, 0, [A0]), 12)).sessionId;
    const second = finish(cache.begin(fetch(first, 0, [A0]), 12)).sessionId;
    expect(second).not.toBe(first);
    expect(cache.sessions).toBe(1);
    expect(finish(cache.begin(fetch(second, -1, [A0]), 12))).toEqual({ sessionId: 0, sent: ['a0'] });
    expect(cache.sessions).toBe(0);
  });

  it('gives a slot away only when its session was idle for two minutes', async () => {
    const { cache, time } = setup({ slots: 2 });
    const first = finish(cache.begin(fetch(0, 0, [A0]), 12)).sessionId;
    const second = finish(cache.begin(fetch(0, 0, [A0]), 12)).sessionId;
    await time.advance(120_000);
    expect(finish(cache.begin(fetch(0, 0, [A0]), 12)).sessionId).toBe(0);
    finish(cache.begin(fetch(first, 1), 12));
    await time.advance(1);
    expect(finish(cache.begin(fetch(0, 0, [A0]), 12)).sessionId).toBeGreaterThan(0);
    expect(cache.begin(fetch(second, 1), 12)).toEqual({ errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND });
    expect(finish(cache.begin(fetch(first, 2), 12)).sessionId).toBe(first);
  });

  it('bounds partitions of one session and of all', () => {
    const { cache } = setup({ perSession: 2, total: 3 });
    expect(finish(cache.begin(fetch(0, 0, [A0, A1, B0]), 12)).sessionId).toBe(0);
    const { sessionId } = finish(cache.begin(fetch(0, 0, [A0, A1]), 12));
    expect(sessionId).toBeGreaterThan(0);
    expect(finish(cache.begin(fetch(0, 0, [A0, A1]), 12)).sessionId).toBe(0);
    expect(finish(cache.begin(fetch(0, 0, [A0]), 12)).sessionId).toBeGreaterThan(0);
    expect(cache.begin(fetch(sessionId, 1, [B0]), 12)).toEqual({ errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND });
    expect(cache.partitions).toBe(1);
  });
});

it('sessions that grow stay within what all of them may hold', () => {
  const { cache } = setup({ total: 4 });
  const first = finish(cache.begin(fetch(0, 0, [A0, A1]), 12)).sessionId;
  const second = finish(cache.begin(fetch(0, 0, [A0]), 12)).sessionId;
  finish(cache.begin(fetch(second, 1, [A1]), 12));
  expect([cache.sessions, cache.partitions]).toEqual([2, 4]);
  expect(cache.begin(fetch(second, 2, [B0]), 12)).toEqual({ errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND });
  expect([cache.sessions, cache.partitions]).toEqual([1, 2]);
  expect(finish(cache.begin(fetch(first, 1, [B0]), 12)).sessionId).toBe(first);
});
