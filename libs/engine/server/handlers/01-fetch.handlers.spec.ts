import { ErrorCode, FetchRequest, FetchResponse, type Draft } from '#libs/kafka/protocol';
import { AclOperation } from '../../controller/index.js';
import { replicationLimits } from '../../replication/index.js';
import { produced, testImage } from '../../replication/replication.testing.js';
import { NO_RESPONSE, type ApiHandler } from '../api.js';
import { createFetchHandler } from './01-fetch.handlers.js';
import { createDataPath, denial, topicIdOf, type DataPath } from './data-path.testing.js';

const BATCH_BYTES = produced(['a']).length;
interface Wish { topic?: string; partition?: number; offset?: number; maxBytes?: number; currentLeaderEpoch?: number; lastFetchedEpoch?: number }

function request(version: number, wishes: Wish[], more: Draft<FetchRequest> = {}): Draft<FetchRequest> {
  const topics = [...new Set(wishes.map(({ topic }) => topic ?? 't'))].map((topic) => ({
    ...(version >= 13 ? { topicId: topicIdOf(topic) } : { topic }),
    partitions: wishes.filter((wish) => (wish.topic ?? 't') === topic).map((wish) => ({
      partition: wish.partition ?? 0, fetchOffset: wish.offset ?? 0, partitionMaxBytes: wish.maxBytes ?? 1_000_000, currentLeaderEpoch: wish.currentLeaderEpoch ?? -1,
      ...(version >= 12 ? { lastFetchedEpoch: wish.lastFetchedEpoch ?? -1 } : {}),
    })),
  }));
  return { maxWaitMs: 0, minBytes: 1, maxBytes: 10_000_000, ...(version <= 14 ? { replicaId: -1 } : {}), topics, ...more };
}
function append(path: DataPath, partition: number, ...batches: string[][]): void {
  const leader = path.broker.replicas.leader('t', partition);
  if (typeof leader === 'number') throw new Error(`error ${leader}`);
  for (const values of batches) leader.appendAsLeader(produced(values), { requiredAcks: 1, origin: 'client', apiVersion: 9 });
}
const setup = async (options: Parameters<typeof createDataPath>[1] = {}, topics = [{ name: 't', partitions: 3, leaderEpoch: 2 }]) => {
  const path = await createDataPath(topics, options);
  const handler = createFetchHandler(path.deps);
  const fetch = (version: number, draft: Draft<FetchRequest>): Promise<FetchResponse> => path.call(handler, FetchRequest, FetchResponse, version, draft);
  return { path, handler, fetch };
};
const only = (response: FetchResponse) => {
  expect(response.responses.flatMap(({ partitions }) => partitions)).toHaveLength(1);
  return response.responses[0]!.partitions[0]!;
};
const sizes = (response: FetchResponse): [number, number][] => response.responses.flatMap(({ partitions }) => partitions.map(({ partitionIndex, records }): [number, number] => [partitionIndex, records?.length ?? -1]));

describe('Fetch', () => {
  it.each([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18])('reads in version %i', async (version) => {
    const { path, fetch } = await setup();
    append(path, 0, ['a', 'b'], ['c']);
    const response = await fetch(version, request(version, [{ offset: 2 }]));
    expect(response.responses[0]).toMatchObject(version >= 13 ? { topicId: topicIdOf('t') } : { topic: 't' });
    expect(only(response)).toMatchObject({ partitionIndex: 0, errorCode: 0, highWatermark: 3, lastStableOffset: 3, abortedTransactions: null, preferredReadReplica: -1 });
    const records = only(response).records!;
    expect([records.readInt32BE(4), records.readInt32BE(12), records.length]).toEqual([2, 2, BATCH_BYTES]);
    expect(only(await fetch(version, request(version, [{ offset: 3 }])))).toMatchObject({ errorCode: 0, highWatermark: 3, records: Buffer.alloc(0) });
    expect(only(await fetch(version, request(version, [{ offset: 4 }])))).toMatchObject({ errorCode: ErrorCode.OFFSET_OUT_OF_RANGE, highWatermark: -1 });
  });

  it('answers an empty list of aborted transactions to read_committed', async () => {
    const { path, fetch } = await setup();
    append(path, 0, ['a']);
    expect(only(await fetch(11, request(11, [{}], { isolationLevel: 1 })))).toMatchObject({ abortedTransactions: [], lastStableOffset: 1 });
  });

  it('tells unknown, unauthorised and foreign partitions', async () => {
    const { path, fetch } = await setup();
    expect(only(await fetch(12, request(12, [{ topic: 'unknown' }]))).errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(only(await fetch(13, request(13, [{ topic: 'unknown' }]))).errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_ID);
    expect(only(await fetch(13, request(13, [{ partition: 3 }]))).errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(only(await fetch(12, request(12, [{}], { replicaId: 2 }))).errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    for (const topic of ['t', 'unknown']) {
      path.denied.add(denial(AclOperation.read, topic));
      expect(only(await fetch(12, request(12, [{ topic }]))).errorCode).toBe(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
    }
  });

  it('fences leader epochs', async () => {
    const { fetch } = await setup();
    const codes: number[] = [];
    for (const currentLeaderEpoch of [-1, 1, 2, 3]) codes.push(only(await fetch(16, request(16, [{ currentLeaderEpoch }]))).errorCode);
    expect(codes).toEqual([0, ErrorCode.FENCED_LEADER_EPOCH, 0, ErrorCode.UNKNOWN_LEADER_EPOCH]);
    const fenced = await fetch(16, request(16, [{ currentLeaderEpoch: 1 }]));
    expect(only(fenced).currentLeader).toEqual({ leaderId: 1, leaderEpoch: 2 });
    expect(fenced.nodeEndpoints).toEqual([{ nodeId: 1, host: 'broker.test', port: 9092, rack: null }]);
  });

  it('shows where a log parted', async () => {
    const { path, fetch } = await setup();
    append(path, 0, ['a'], ['b']);
    path.broker.controller.publish(testImage([{ name: 't', partitions: 3, leaderEpoch: 5 }]));
    append(path, 0, ['c']);
    expect(only(await fetch(12, request(12, [{ offset: 3, lastFetchedEpoch: 2 }])))).toMatchObject({ errorCode: 0, divergingEpoch: { epoch: 2, endOffset: 2 }, records: Buffer.alloc(0) });
    expect(only(await fetch(12, request(12, [{ offset: 2, lastFetchedEpoch: 4 }])))).toMatchObject({ divergingEpoch: { epoch: 2, endOffset: 2 } });
    expect(only(await fetch(12, request(12, [{ offset: 2, lastFetchedEpoch: 2 }])))).toMatchObject({ divergingEpoch: { epoch: -1, endOffset: -1 } });
  });

  it('holds to the limits, but always gives the first batch whole', async () => {
    const { path, fetch } = await setup();
    for (const partition of [1, 2]) append(path, partition, ['a'], ['b']);
    const all = [{ partition: 0 }, { partition: 1 }, { partition: 2 }];
    expect(sizes(await fetch(11, request(11, all)))).toEqual([[0, 0], [1, 2 * BATCH_BYTES], [2, 2 * BATCH_BYTES]]);
    expect(sizes(await fetch(11, request(11, all, { maxBytes: 1 })))).toEqual([[0, 0], [1, BATCH_BYTES], [2, 0]]);
    expect(sizes(await fetch(11, request(11, all, { maxBytes: 3 * BATCH_BYTES })))).toEqual([[0, 0], [1, 2 * BATCH_BYTES], [2, BATCH_BYTES]]);
    expect(sizes(await fetch(11, request(11, [{ partition: 1, maxBytes: 1 }, { partition: 2, maxBytes: 1 }])))).toEqual([[1, BATCH_BYTES], [2, 0]]);
    const small = await setup({ fetchMaxBytes: BATCH_BYTES });
    append(small.path, 0, ['a'], ['b']);
    expect(sizes(await small.fetch(11, request(11, [{}])))).toEqual([[0, BATCH_BYTES]]);
  });

  it('answers with no more than is read in one turn, unless the client waits for more', async () => {
    const { path, fetch } = await setup();
    const value = 'x'.repeat(900_000);
    for (let round = 0; round < 5; round++) for (const partition of [0, 1, 2]) append(path, partition, [value]);
    const all = [0, 1, 2].map((partition) => ({ partition, maxBytes: 5_000_000 }));
    const total = (response: FetchResponse): number => sizes(response).reduce((sum, [, size]) => sum + size, 0);
    const usual = total(await fetch(11, request(11, all, { maxBytes: 50_000_000 })));
    expect(usual).toBeLessThanOrEqual(replicationLimits.fetchAnswerBytes);
    expect(usual).toBeGreaterThan(replicationLimits.fetchAnswerBytes - 1_000_000);
    expect(total(await fetch(11, request(11, all, { maxBytes: 50_000_000, minBytes: 12_000_000 })))).toBeGreaterThan(11_000_000);
  });

  it('serves sessions', async () => {
    const { path, fetch } = await setup();
    append(path, 0, ['a']);
    const first = await fetch(12, request(12, [{ partition: 0 }, { partition: 1 }], { sessionId: 0, sessionEpoch: 0 }));
    expect(sizes(first)).toEqual([[0, BATCH_BYTES], [1, 0]]);
    const next = await fetch(12, request(12, [{ partition: 0, offset: 1 }], { sessionId: first.sessionId, sessionEpoch: 1 }));
    expect([next.sessionId, next.responses]).toEqual([first.sessionId, []]);
    append(path, 1, ['b']);
    expect(sizes(await fetch(12, request(12, [], { sessionId: first.sessionId, sessionEpoch: 2 })))).toEqual([[1, BATCH_BYTES]]);
    expect(await fetch(12, request(12, [], { sessionId: first.sessionId, sessionEpoch: 2 }))).toMatchObject({ errorCode: ErrorCode.INVALID_FETCH_SESSION_EPOCH, sessionId: 0, responses: [] });
    expect(await fetch(12, request(12, [], { sessionId: 1 + first.sessionId % 1000, sessionEpoch: 2 }))).toMatchObject({ errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND });
  });
});

describe('long poll', () => {
  const parked = async (draft: (path: DataPath) => Draft<FetchRequest>, options: Parameters<typeof createDataPath>[1] = {}) => {
    const { path, handler } = await setup(options);
    let answer: unknown = null;
    const timers = path.env.time.pendingTimers();
    const start = (fetchHandler: ApiHandler = handler): void => { void path.raw(fetchHandler, FetchRequest, 11, draft(path)).then((result) => { answer = result; }); };
    start();
    await path.env.settle();
    return { path, answer: () => answer as Draft<FetchResponse> | typeof NO_RESPONSE | null, extraTimers: () => path.env.time.pendingTimers() - timers };
  };
  const two = (more: Draft<FetchRequest> = {}): Draft<FetchRequest> => request(11, [{ partition: 0 }, { partition: 1 }], { maxWaitMs: 500, ...more });

  it('answers what there is when the time is up', async () => {
    const { path, answer, extraTimers } = await parked(() => two());
    await path.env.advance(499);
    expect(answer()).toBeNull();
    await path.env.advance(1);
    expect(answer()).toMatchObject({ errorCode: 0, responses: [{ partitions: [{ highWatermark: 0 }, { highWatermark: 0 }] }] });
    expect(extraTimers()).toBe(0);
  });

  it('wakes when a partition advances', async () => {
    const { path, answer, extraTimers } = await parked(() => two());
    append(path, 1, ['a']);
    await path.env.settle();
    expect(answer()).toMatchObject({ responses: [{ partitions: [{ highWatermark: 0 }, { highWatermark: 1, records: { length: BATCH_BYTES } }] }] });
    expect(extraTimers()).toBe(0);
  });

  it('waits for minBytes over all partitions, each counted up to its own limit', async () => {
    const { path, answer } = await parked(() => two({ minBytes: 3 * BATCH_BYTES }));
    append(path, 0, ['a'], ['b']);
    await path.env.settle();
    expect(answer()).toBeNull();
    append(path, 1, ['c']);
    await path.env.settle();
    expect(answer()).toMatchObject({ responses: [{ partitions: [{ records: { length: 2 * BATCH_BYTES } }, { records: { length: BATCH_BYTES } }] }] });
    const limited = await parked(() => request(11, [{ maxBytes: BATCH_BYTES }], { maxWaitMs: 500, minBytes: 2 * BATCH_BYTES }));
    append(limited.path, 0, ['a'], ['b'], ['c']);
    await limited.path.env.settle();
    expect(limited.answer()).toBeNull();
  });

  it('wakes by the high watermark, not by the end of the log', async () => {
    const { path, answer } = await parked((found) => { found.env.disk.setSyncLatency(40); return two(); }, { flushMode: 'ack' });
    append(path, 0, ['a']);
    await path.env.settle();
    expect(answer()).toBeNull();
    await path.env.advance(200);
    expect(answer()).toMatchObject({ responses: [{ partitions: [{ highWatermark: 1, records: { length: BATCH_BYTES } }, { highWatermark: 0 }] }] });
  });

  it('answers at once when a topic goes, or a partition has an error', async () => {
    const { path, answer } = await parked(() => two());
    path.broker.controller.publish(testImage([]));
    await path.env.settle();
    expect(answer()).toMatchObject({ responses: [{ partitions: [{ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }, {}] }] });
    const broken = await parked(() => request(11, [{ partition: 0 }, { partition: 9 }], { maxWaitMs: 500 }));
    expect(broken.answer()).toMatchObject({ responses: [{ partitions: [{ errorCode: 0 }, { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }] }] });
  });

  it('ends with its connection', async () => {
    const { path, answer, extraTimers } = await parked(() => two());
    path.close();
    await path.env.settle();
    expect(answer()).toBe(NO_RESPONSE);
    expect(extraTimers()).toBe(0);
  });
});
