import { ErrorCode, ProduceRequest, ProduceResponse, type Draft } from '#libs/kafka/protocol';
import { AclOperation } from '../../controller/index.js';
import { produced, testImage } from '../../replication/replication.testing.js';
import { CLOSE_CONNECTION, NO_RESPONSE } from '../api.js';
import { createProduceHandler } from './00-produce.handlers.js';
import { createDataPath, denial, topicIdOf, type DataPath } from './data-path.testing.js';

type Partition = ProduceResponse['responses'][number]['partitionResponses'][number];
const request = (version: number, topic: string, records: (Buffer | null)[], more: Draft<ProduceRequest> = {}): Draft<ProduceRequest> => ({
  acks: -1, timeoutMs: 1000, ...more,
  topicData: [{ ...(version >= 13 ? { topicId: topicIdOf(topic) } : { name: topic }), partitionData: records.map((batch, index) => ({ index, records: batch })) }],
});
async function produce(path: DataPath, version: number, draft: Draft<ProduceRequest>): Promise<Partition[]> {
  const answer = await path.call(createProduceHandler(path.deps), ProduceRequest, ProduceResponse, version, draft);
  return answer.responses.flatMap(({ partitionResponses }) => partitionResponses);
}

describe('Produce', () => {
  it('advertises 0 to 13', async () => {
    expect(createProduceHandler((await createDataPath([])).deps)).toMatchObject({ minVersion: 0, maxVersion: 13 });
  });

  it.each([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])('appends and answers in version %i', async (version) => {
    const path = await createDataPath([{ name: 't', partitions: 2 }]);
    const answers = await produce(path, version, request(version, 't', [produced(['a', 'b']), produced(['c'])]));
    expect(answers).toMatchObject([{ index: 0, errorCode: 0, baseOffset: 0, logAppendTimeMs: -1 }, { index: 1, errorCode: 0, baseOffset: 0 }]);
    expect(await produce(path, version, request(version, 't', [produced(['c'])]))).toMatchObject([{ baseOffset: 2, logStartOffset: version >= 5 ? 0 : -1 }]);
    expect(await produce(path, version, request(version, 'unknown', [produced(['a'])]))).toMatchObject([{ errorCode: version >= 13 ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, baseOffset: -1 }]);
    expect(await produce(path, version, request(version, 't', [null]))).toMatchObject([{ errorCode: ErrorCode.INVALID_RECORD, baseOffset: -1, logStartOffset: -1 }]);
    const nothing = await path.call(createProduceHandler(path.deps), ProduceRequest, ProduceResponse, version, request(version, 't', []));
    expect(nothing.responses).toEqual([]);
  });

  it('answers nothing to acks=0 and closes the connection when it failed', async () => {
    const path = await createDataPath([{ name: 't' }]);
    const handler = createProduceHandler(path.deps);
    expect(await path.raw(handler, ProduceRequest, 9, request(9, 't', [produced(['a'])], { acks: 0 }))).toBe(NO_RESPONSE);
    expect(await path.raw(handler, ProduceRequest, 9, request(9, 't', [produced(['a']), produced(['b'])], { acks: 0 }))).toBe(CLOSE_CONNECTION);
    expect(path.broker.replicas.leader('t', 0)).toMatchObject({ log: expect.objectContaining({ logEndOffset: 2 }) });
  });

  it('refuses other acks without appending', async () => {
    const path = await createDataPath([{ name: 't' }]);
    expect(await produce(path, 9, request(9, 't', [produced(['a'])], { acks: 2 }))).toMatchObject([{ errorCode: ErrorCode.INVALID_REQUIRED_ACKS, baseOffset: -1 }]);
    expect(await produce(path, 9, request(9, 't', [produced(['a'])]))).toMatchObject([{ baseOffset: 0 }]);
  });

  it('asks for WRITE, and hides whether an unauthorised topic exists', async () => {
    const path = await createDataPath([{ name: 't' }]);
    for (const topic of ['t', 'unknown']) {
      path.denied.add(denial(AclOperation.write, topic));
      expect(await produce(path, 9, request(9, topic, [produced(['a'])]))).toMatchObject([{ errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED }]);
    }
    expect(await produce(path, 13, request(13, 't', [produced(['a'])]))).toMatchObject([{ errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED }]);
  });

  it('lists the records that were refused from version 8 on', async () => {
    const path = await createDataPath([{ name: 't', configs: { 'cleanup.policy': 'compact' } }]);
    const [answer] = await produce(path, 8, request(8, 't', [produced(['a'], { key: null })]));
    expect(answer).toMatchObject({ errorCode: ErrorCode.INVALID_RECORD, recordErrors: [{ batchIndex: 0, batchIndexErrorMessage: expect.stringContaining('t-0') }] });
    expect(await produce(path, 7, request(7, 't', [produced(['a'], { key: null })]))).toMatchObject([{ errorCode: ErrorCode.INVALID_RECORD, recordErrors: [] }]);
  });

  it.each([[1, 1], [1, -1], [2, 1], [2, -1]])('with flush.messages=%i, answers acks=%i once it is flushed where that wants it', async (messages, acks) => {
    const path = await createDataPath([{ name: 't', configs: { 'flush.messages': String(messages) } }]);
    const leader = path.broker.replicas.leader('t', 0);
    if (typeof leader === 'number') throw new Error(`error ${leader}`);
    for (let count = 1; count <= 4; count++) {
      expect(await produce(path, 9, request(9, 't', [produced(['a'])], { acks }))).toMatchObject([{ errorCode: 0, baseOffset: count - 1 }]);
      expect(leader.log.recoveryPoint).toBe(count - count % messages);
    }
  });

  it('names the leader from version 10 on', async () => {
    const path = await createDataPath([{ name: 't', replicas: [1, 2], leader: 2, leaderEpoch: 5 }]);
    const answer = await path.call(createProduceHandler(path.deps), ProduceRequest, ProduceResponse, 10, request(10, 't', [produced(['a'])]));
    expect(answer.responses[0]!.partitionResponses[0]).toMatchObject({ errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, currentLeader: { leaderId: 2, leaderEpoch: 5 } });
    expect(await produce(path, 9, request(9, 't', [produced(['a'])]))).toMatchObject([{ errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER }]);
  });
});

describe('Produce with acks=all in flush mode ack', () => {
  const slow = async () => {
    const path = await createDataPath([{ name: 't', partitions: 2 }], { flushMode: 'ack' });
    await produce(path, 9, request(9, 't', [produced(['first']), produced(['first'])]));
    path.env.disk.setSyncLatency(50);
    let answer: Partition[] | null = null;
    const start = (more: Draft<ProduceRequest> = {}): void => { void produce(path, 9, request(9, 't', [produced(['a']), produced(['b'])], more)).then((answers) => { answer = answers; }); };
    return { path, start, answer: () => answer };
  };
  it('answers when all partitions are flushed', async () => {
    const { path, start, answer } = await slow();
    const timers = path.env.time.pendingTimers();
    start();
    await path.env.advance(49);
    expect(answer()).toBeNull();
    await path.env.advance(1);
    expect(answer()).toMatchObject([{ errorCode: 0, baseOffset: 1 }, { errorCode: 0, baseOffset: 1 }]);
    expect(path.env.time.pendingTimers()).toBe(timers);
  });
  it('answers acks=1 at once', async () => {
    const { path, start, answer } = await slow();
    start({ acks: 1 });
    await path.env.settle();
    expect(answer()).toMatchObject([{ errorCode: 0, baseOffset: 1 }, { errorCode: 0 }]);
  });
  it('answers REQUEST_TIMED_OUT when it takes longer; the data stays', async () => {
    const { path, start, answer } = await slow();
    start({ timeoutMs: 20 });
    await path.env.advance(20);
    expect(answer()).toMatchObject([{ errorCode: ErrorCode.REQUEST_TIMED_OUT, baseOffset: -1 }, { errorCode: ErrorCode.REQUEST_TIMED_OUT }]);
    await path.env.advance(30);
    expect(path.broker.replicas.leader('t', 0)).toMatchObject({ endedWith: 0, log: expect.objectContaining({ logEndOffset: 2 }) });
  });
  it('answers KAFKA_STORAGE_ERROR for the partition whose flush failed', async () => {
    const { path, start, answer } = await slow();
    path.env.disk.failNextSync((file) => file.includes('t-1/'));
    start();
    await path.env.advance(60);
    expect(answer()).toMatchObject([{ errorCode: 0, baseOffset: 1 }, { errorCode: ErrorCode.KAFKA_STORAGE_ERROR, baseOffset: -1 }]);
    expect(path.broker.failures).toHaveLength(1);
  });
  it('takes no bug for an acknowledgement', async () => {
    const { path } = await slow();
    Object.assign(path.broker.replicas.leader('t', 1), { onCommitted: () => { throw new Error('a bug'); } });
    const timers = path.env.time.pendingTimers();
    const answered = produce(path, 9, request(9, 't', [produced(['a']), produced(['b'])])).catch((error: Error) => error.message);
    await path.env.advance(60);
    expect(await answered).toBe('a bug');
    expect(path.env.time.pendingTimers()).toBe(timers);
  });
  it('answers UNKNOWN_TOPIC_OR_PARTITION when the topic goes meanwhile', async () => {
    const { path, start, answer } = await slow();
    start();
    await path.env.settle();
    path.broker.controller.publish(testImage([]));
    await path.env.settle();
    expect(answer()).toMatchObject([{ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }, { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }]);
  });
});
