import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import { ErrorCode } from '#libs/kafka/protocol';
import type { AppendResult, LeaderPartition } from './api.js';
import { produced, startTestBroker, testImage, type TestBroker } from './replication.testing.js';

const HOUR = 3_600_000;
const imageWith = (configs: Record<string, string>) => testImage([{ name: 't', configs }]);

async function started(env: TestEnv, configs: Record<string, string> = {}): Promise<{ broker: TestBroker; leader: LeaderPartition }> {
  const broker = await startTestBroker(env, imageWith(configs));
  const leader = broker.replicas.leader('t', 0);
  if (typeof leader === 'number') throw new Error(`error ${leader}`);
  return { broker, leader };
}
const write = (leader: LeaderPartition, timestampMs: number, value = 'v'): AppendResult => leader.appendAsLeader(produced([value], { timestampMs }), { requiredAcks: 1, origin: 'client', apiVersion: 9 });

describe('timestamps', () => {
  it('are the producer\'s or the broker\'s, from one record to the next, and found by either', async () => {
    const env = createTestEnv();
    const { broker, leader } = await started(env);
    const startMs = env.clock.now();
    expect(write(leader, startMs - 5 * HOUR)).toMatchObject({ errorCode: ErrorCode.NONE, logAppendTimeMs: -1 });
    broker.controller.publish(imageWith({ 'message.timestamp.type': 'LogAppendTime' }));
    await env.advance(1_000);
    expect(write(leader, startMs - 9 * HOUR)).toMatchObject({ errorCode: ErrorCode.NONE, logAppendTimeMs: startMs + 1_000 });
    // Whatever the producer says of the time: it is not kept.
    expect(write(leader, startMs + 90 * HOUR).errorCode).toBe(ErrorCode.NONE);
    broker.controller.publish(imageWith({}));
    await env.advance(1_000);
    expect(write(leader, startMs + 1_500)).toMatchObject({ errorCode: ErrorCode.NONE, logAppendTimeMs: -1 });
    expect([startMs - 6 * HOUR, startMs - 5 * HOUR + 1, startMs + 1_001, startMs + 1_501].map((timestampMs) => leader.offsetForTimestamp(timestampMs)))
      .toEqual([{ timestamp: startMs - 5 * HOUR, offset: 0, leaderEpoch: 0 }, { timestamp: startMs + 1_000, offset: 1, leaderEpoch: 0 }, { timestamp: startMs + 1_500, offset: 3, leaderEpoch: 0 }, null]);
    expect(leader.offsetOfMaxTimestamp()).toMatchObject({ timestamp: startMs + 1_500, offset: 3 });
  });

  it('must lie within bounds, which change at run time', async () => {
    const env = createTestEnv();
    const { broker, leader } = await started(env);
    const nowMs = env.clock.now();
    const verdicts = (): ErrorCode[] => [nowMs - 2 * HOUR, nowMs, nowMs + HOUR, nowMs + HOUR + 1].map((timestampMs) => write(leader, timestampMs).errorCode);
    expect(verdicts()).toEqual([ErrorCode.NONE, ErrorCode.NONE, ErrorCode.NONE, ErrorCode.INVALID_TIMESTAMP]);
    broker.controller.publish(imageWith({ 'message.timestamp.before.max.ms': String(HOUR), 'message.timestamp.after.max.ms': '0' }));
    expect(verdicts()).toEqual([ErrorCode.INVALID_TIMESTAMP, ErrorCode.NONE, ErrorCode.INVALID_TIMESTAMP, ErrorCode.INVALID_TIMESTAMP]);
    expect(write(leader, nowMs + 1).recordErrors).toEqual([{ batchIndex: 0, message: `Timestamp ${nowMs + 1} of message with offset 0 is out of range. The timestamp should be within [${nowMs - HOUR}, ${nowMs}]` }]);
    broker.controller.publish(testImage([{ name: 't' }], { 'log.message.timestamp.after.max.ms': String(2 * HOUR) }));
    expect(verdicts()).toEqual([ErrorCode.NONE, ErrorCode.NONE, ErrorCode.NONE, ErrorCode.NONE]);
  });

  it('roll a segment by the records\' age, less a jitter', async () => {
    const env = createTestEnv();
    const { broker, leader } = await started(env, { 'segment.ms': '1000' });
    const nowMs = env.clock.now();
    for (const timestampMs of [nowMs, nowMs + 1_000, nowMs + 1_001, nowMs + 500]) write(leader, timestampMs);
    expect(leader.log.segments().map(({ baseOffset }) => baseOffset)).toEqual([0, 2]);
    // Drawn for the next segment, of up to half a minute.
    broker.controller.publish(imageWith({ 'segment.ms': '60000', 'segment.jitter.ms': '30000' }));
    write(leader, nowMs + 61_002);
    const first = nowMs + 61_002;
    for (let step = 0; leader.log.segments().at(-1)!.baseOffset === 4; step += 1_000) write(leader, first + step);
    const lastAge = leader.log.segments().at(-2)!.largestTimestamp - first;
    expect([lastAge >= 29_000, lastAge <= 60_000]).toEqual([true, true]);
  });
});

describe('max.message.bytes', () => {
  it('counts the batch as it came and as it is stored', async () => {
    const env = createTestEnv();
    const value = 'x'.repeat(2_000);
    const { broker, leader } = await started(env, { 'max.message.bytes': '500', 'compression.type': 'gzip' });
    // 2 kB of one letter would compress to less, but came as 2 kB.
    expect(write(leader, env.clock.now(), value).errorCode).toBe(ErrorCode.MESSAGE_TOO_LARGE);
    broker.controller.publish(imageWith({ 'max.message.bytes': '500', 'compression.type': 'uncompressed' }));
    const compressed = produced([value], { timestampMs: env.clock.now(), codec: 'gzip' });
    expect(compressed.length).toBeLessThan(500);
    expect(leader.appendAsLeader(compressed, { requiredAcks: 1, origin: 'client', apiVersion: 9 }).errorCode).toBe(ErrorCode.MESSAGE_TOO_LARGE);
    broker.controller.publish(testImage([{ name: 't', configs: { 'compression.type': 'uncompressed' } }], { 'message.max.bytes': '3000' }));
    expect(leader.appendAsLeader(produced([value], { timestampMs: env.clock.now(), codec: 'gzip' }), { requiredAcks: 1, origin: 'client', apiVersion: 9 }).errorCode).toBe(ErrorCode.NONE);
    expect(leader.log.sizeBytes).toBeGreaterThan(2_000);
  });
});
