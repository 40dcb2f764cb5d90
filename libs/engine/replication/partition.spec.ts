import { ErrorCode, readRecords } from '#libs/kafka/protocol';
import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import type { AppendResult, LeaderPartition } from './api.js';
import { LOG_DIR, produced, startTestBroker, testImage, type TestBroker, type TestTopic } from './replication.testing.js';
import { replicationLimits } from './replication.limits.js';

const CLIENT = { requiredAcks: -1, origin: 'client', apiVersion: 9 } as const;

async function setup(topic: Partial<TestTopic> = {}, flushMode: 'ack' | 'os' = 'os', env: TestEnv = createTestEnv()) {
  const broker: TestBroker = await startTestBroker(env, testImage([{ name: 't', ...topic }]), { flushMode });
  const leader = broker.replicas.leader('t', 0);
  if (typeof leader === 'number') throw new Error(`error ${leader}`);
  const append = (values: string[], options: Parameters<typeof produced>[1] = {}): AppendResult => leader.appendAsLeader(produced(values, options), CLIENT);
  return { env, broker, leader, append };
}
function valuesFrom(env: TestEnv, leader: LeaderPartition, offset: number): string[] {
  const slice = leader.read(offset, { maxBytes: 1e6, minOneBatch: true, readCommitted: false });
  const values: string[] = [];
  for (let at = 0; slice !== null && at < slice.bytes.length;) {
    const batch = slice.bytes.subarray(at, at + 12 + slice.bytes.readInt32BE(at + 8));
    for (const record of readRecords(batch, env.cpu, 1e6)) values.push(String(record.value));
    at += batch.length;
  }
  return values;
}
const codeOf = async (promise: Promise<unknown>): Promise<unknown> => promise.then(() => 'resolved', (error: { code?: unknown }) => error.code);

describe('a led partition, flush mode os', () => {
  it('commits what it appends', async () => {
    const { env, leader, append } = await setup({ leaderEpoch: 4 });
    expect(append(['a', 'b'])).toEqual({ errorCode: 0, errorMessage: null, baseOffset: 0, logAppendTimeMs: -1, logStartOffset: 0, recordErrors: [], requiredOffset: 2 });
    expect(append(['c'])).toMatchObject({ baseOffset: 2, requiredOffset: 3 });
    expect(leader.offsets()).toEqual({ logStartOffset: 0, highWatermark: 3, lastStableOffset: 3, logEndOffset: 3 });
    expect(valuesFrom(env, leader, 0)).toEqual(['a', 'b', 'c']);
    expect(leader.log.epochForOffset(2)).toBe(4);
    await leader.whenCommitted(3);
    expect(env.disk.counts().syncs).toBe(0);
  });

  it('counts committed bytes and calls listeners until they unsubscribe', async () => {
    const { leader, append } = await setup();
    let calls = 0;
    const undo = leader.onAdvance(() => { calls += 1; });
    append(['a']);
    expect(leader.committedBytes).toBe(produced(['a']).length);
    undo();
    append(['b']);
    expect(calls).toBe(1);
  });

  it('counts what goes through it, duplicates and refusals apart', async () => {
    const { env, leader, append } = await setup();
    const batch = { producerId: 9, producerEpoch: 0, baseSequence: 0 };
    append(['a', 'b'], batch);
    append(['a', 'b'], batch);
    append(['c'], { ...batch, baseSequence: 7 });
    const bytes = produced(['a', 'b'], batch).length;
    expect(leader.traffic).toEqual({ bytesIn: bytes, recordsIn: 2, bytesOut: 0, recordsOut: 0 });
    valuesFrom(env, leader, 1);
    valuesFrom(env, leader, 2);
    expect(leader.traffic).toEqual({ bytesIn: bytes, recordsIn: 2, bytesOut: bytes, recordsOut: 1 });
  });

  it('writes LogAppendTime', async () => {
    const { env, leader, append } = await setup({ configs: { 'message.timestamp.type': 'LogAppendTime' } });
    expect(append(['a'])).toMatchObject({ errorCode: 0, logAppendTimeMs: env.clock.now() });
    expect(leader.offsetForTimestamp(env.clock.now())).toEqual({ timestamp: env.clock.now(), offset: 0, leaderEpoch: 0 });
  });

  it('refuses client writes to internal topics and takes our own', async () => {
    const { leader } = await setup({ isInternal: true });
    expect(leader.appendAsLeader(produced(['a']), CLIENT)).toMatchObject({ errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION, baseOffset: -1 });
    expect(leader.appendAsLeader(produced(['a']), { ...CLIENT, origin: 'internal' })).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(leader.appendAsLeader(Buffer.alloc(2_000_000), { ...CLIENT, origin: 'internal' })).toMatchObject({ errorCode: ErrorCode.MESSAGE_TOO_LARGE });
  });

  it('wants enough in-sync replicas for acks=all, at most as many as there are', async () => {
    const one = await setup({ configs: { 'min.insync.replicas': '2' } });
    expect(one.append(['a'])).toMatchObject({ errorCode: 0 });
    const two = await setup({ replicas: [1, 2], isr: [1], configs: { 'min.insync.replicas': '2' } });
    expect(two.append(['a'])).toMatchObject({ errorCode: ErrorCode.NOT_ENOUGH_REPLICAS });
    expect(two.leader.appendAsLeader(produced(['a']), { ...CLIENT, requiredAcks: 1 })).toMatchObject({ errorCode: 0 });
  });

  it('takes a refused write as an answer, not as the end', async () => {
    const { env, leader, append, broker } = await setup();
    append(['a']);
    env.disk.failWrite(1, { code: 'ENOSPC' });
    expect(append(['b'])).toMatchObject({ errorCode: ErrorCode.KAFKA_STORAGE_ERROR, baseOffset: -1 });
    expect(append(['c'])).toMatchObject({ errorCode: 0, baseOffset: 1 });
    expect(valuesFrom(env, leader, 0)).toEqual(['a', 'c']);
    expect(broker.failures).toEqual([]);
  });
});

describe('idempotence', () => {
  const from = (baseSequence: number, producerEpoch = 0) => ({ producerId: 7, producerEpoch, baseSequence });
  it('answers a duplicate with its original offset and appends nothing', async () => {
    const { append, leader } = await setup();
    expect(append(['a', 'b'], from(0))).toMatchObject({ baseOffset: 0 });
    expect(append(['c'], from(2))).toMatchObject({ baseOffset: 2 });
    expect(append(['a', 'b'], from(0))).toMatchObject({ errorCode: 0, baseOffset: 0, requiredOffset: 2 });
    expect(append(['a', 'b'], from(0)).logAppendTimeMs).toBeGreaterThan(0);
    expect(leader.log.logEndOffset).toBe(3);
  });
  it('refuses gaps and old epochs', async () => {
    const { append } = await setup();
    append(['a'], from(0));
    expect(append(['b'], from(2))).toMatchObject({ errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER });
    expect(append(['b'], from(0, 1))).toMatchObject({ errorCode: 0, baseOffset: 1 });
    expect(append(['c'], from(1))).toMatchObject({ errorCode: ErrorCode.INVALID_PRODUCER_EPOCH });
  });
  it('survives a restart', async () => {
    const env = createTestEnv();
    const first = await setup({}, 'ack', env);
    first.append(['a'], from(0));
    await env.settle();
    env.disk.crash();
    const second = await setup({}, 'ack', env);
    expect(second.append(['a'], from(0))).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(second.append(['b'], from(1))).toMatchObject({ errorCode: 0, baseOffset: 1 });
  });
});

describe('a led partition, flush mode ack', () => {
  it('commits what was flushed, many appends with one more flush', async () => {
    const env = createTestEnv();
    const { leader, append } = await setup({}, 'ack', env);
    // The first flush also makes the new directory's names durable.
    await leader.whenCommitted(append(['first']).requiredOffset);
    const bytesBefore = leader.committedBytes;
    env.disk.setSyncLatency(10);
    const committed: number[] = [];
    const write = (value: string): void => {
      const { requiredOffset } = append([value]);
      void leader.whenCommitted(requiredOffset).then(() => { committed.push(requiredOffset); });
    };
    const { syncs } = env.disk.counts();
    write('a');
    write('b');
    await env.advance(9);
    write('c');
    expect([leader.offsets().highWatermark, committed]).toEqual([1, []]);
    expect(leader.read(1, { maxBytes: 1e6, minOneBatch: true, readCommitted: false })).toBeNull();
    await env.advance(1);
    expect([leader.offsets().highWatermark, committed]).toEqual([3, [2, 3]]);
    // Two were let go and one waits: the next flush is held back for more.
    await env.advance(replicationLimits.gatherMs + 10);
    expect([leader.offsets().highWatermark, committed]).toEqual([4, [2, 3, 4]]);
    expect(env.disk.counts().syncs - syncs).toBe(2);
    expect(valuesFrom(env, leader, 2)).toEqual(['b', 'c']);
    expect(leader.committedBytes - bytesBefore).toBe(3 * produced(['a']).length);
  });

  it('acknowledges nothing after a failed flush, and tells the broker to exit', async () => {
    const env = createTestEnv();
    const { leader, append, broker } = await setup({}, 'ack', env);
    await leader.whenCommitted(append(['a']).requiredOffset);
    env.disk.failNextSync((path) => path.endsWith('.log'));
    const waits = ['b', 'c'].map((value) => codeOf(leader.whenCommitted(append([value]).requiredOffset)));
    expect(await Promise.all(waits)).toEqual([ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.KAFKA_STORAGE_ERROR]);
    expect(leader.offsets().highWatermark).toBe(1);
    expect(append(['d'])).toMatchObject({ errorCode: ErrorCode.KAFKA_STORAGE_ERROR });
    expect(broker.replicas.leader('t', 0)).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
    expect(broker.failures).toHaveLength(1);
  });

  it('shows recovered data only after it was flushed', async () => {
    const env = createTestEnv();
    const first = await setup({}, 'os', env);
    first.append(['a', 'b']);
    env.disk.crash();
    env.disk.setSyncLatency(10);
    const starting = setup({}, 'ack', env);
    await env.advance(1000);
    const { leader } = await starting;
    expect(leader.offsets()).toMatchObject({ highWatermark: 2, logEndOffset: 2 });
    expect(leader.log.recoveryPoint).toBe(2);
  });

  it('keeps over a power cut what it acknowledged', async () => {
    const env = createTestEnv();
    const first = await setup({}, 'ack', env);
    await first.leader.whenCommitted(first.append(['a', 'b']).requiredOffset);
    env.disk.powerCut(env.random);
    const second = await setup({}, 'ack', env);
    expect(valuesFrom(env, second.leader, 0)).toEqual(['a', 'b']);
  });
});

describe('reading and deleting', () => {
  it('answers nothing at the end and OFFSET_OUT_OF_RANGE beyond both ends', async () => {
    const { leader, append } = await setup();
    append(['a']);
    append(['b']);
    await leader.deleteRecordsBefore(1);
    const read = (offset: number) => () => leader.read(offset, { maxBytes: 1e6, minOneBatch: true, readCommitted: true });
    expect(read(2)()).toBeNull();
    for (const offset of [0, 3, -1]) expect(read(offset)).toThrow(expect.objectContaining({ code: ErrorCode.OFFSET_OUT_OF_RANGE }));
    expect(leader.read(1, { maxBytes: 0, minOneBatch: false, readCommitted: false })).toBeNull();
  });

  it('deletes records up to the high watermark, durably', async () => {
    const env = createTestEnv();
    const { leader, append } = await setup({}, 'ack', env);
    await leader.whenCommitted(append(['a', 'b', 'c']).requiredOffset);
    expect(await leader.deleteRecordsBefore(2)).toEqual({ lowWatermark: 2 });
    expect(await leader.deleteRecordsBefore(1)).toEqual({ lowWatermark: 2 });
    env.disk.powerCut(env.random);
    const second = await setup({}, 'ack', env);
    expect(second.leader.offsets()).toMatchObject({ logStartOffset: 2, highWatermark: 3 });
    expect(await second.leader.deleteRecordsBefore(-1)).toEqual({ lowWatermark: 3 });
    expect(await codeOf(second.leader.deleteRecordsBefore(4))).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
    expect(await codeOf(second.leader.deleteRecordsBefore(-2))).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
    expect(String(env.disk.readFile(`${LOG_DIR}/log-start-offset-checkpoint`))).toBe('0\n1\nt 0 3\n');
  });

  it('answers a full disk when a deletion cannot be saved, and saves it with the next one', async () => {
    const env = createTestEnv();
    const { leader, append } = await setup({}, 'ack', env);
    await leader.whenCommitted(append(['a', 'b', 'c']).requiredOffset);
    env.disk.failWrite(1, { code: 'ENOSPC', matches: (path) => path.includes('log-start-offset-checkpoint') });
    expect(await codeOf(leader.deleteRecordsBefore(2))).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
    expect(leader.endedWith).toBe(ErrorCode.NONE);
    expect(await leader.deleteRecordsBefore(2)).toEqual({ lowWatermark: 2 });
    env.disk.powerCut(env.random);
    expect((await setup({}, 'ack', env)).leader.offsets()).toMatchObject({ logStartOffset: 2, highWatermark: 3 });
  });

  it('does not delete from topics that are compacted only', async () => {
    const compact = await setup({ configs: { 'cleanup.policy': 'compact' } });
    expect(await codeOf(compact.leader.deleteRecordsBefore(-1))).toBe(ErrorCode.POLICY_VIOLATION);
    const both = await setup({ configs: { 'cleanup.policy': 'compact,delete' } });
    expect(await both.leader.deleteRecordsBefore(-1)).toEqual({ lowWatermark: 0 });
  });
});
