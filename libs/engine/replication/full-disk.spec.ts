import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import { ErrorCode } from '#libs/kafka/protocol';
import type { LeaderPartition } from './api.js';
import { LOG_DIR, produced, startTestBroker, testImage, type TestBroker, type TestTopic } from './replication.testing.js';

const SMALL = { 'segment.bytes': '300' };
const PLENTY = 1 << 20;

function leaderOf(broker: TestBroker, topic = 't'): LeaderPartition {
  const leader = broker.replicas.leader(topic, 0);
  if (typeof leader === 'number') throw new Error(`error ${leader}`);
  return leader;
}
const write = (env: TestEnv, leader: LeaderPartition, value = 'v'.repeat(20), sequence?: number): ErrorCode => leader.appendAsLeader(
  produced([value], { timestampMs: env.clock.now(), ...(sequence === undefined ? {} : { producerId: 7, producerEpoch: 0, baseSequence: sequence }) }),
  { requiredAcks: -1, origin: 'client', apiVersion: 9 },
).errorCode;
function fill(env: TestEnv, leader: LeaderPartition): number {
  for (let count = 0; ; count++) if (write(env, leader) !== ErrorCode.NONE) return count;
}
function valuesOf(leader: LeaderPartition): number {
  let offset = leader.offsets().logStartOffset;
  let batches = 0;
  for (let slice = leader.read(offset, { maxBytes: 1, minOneBatch: true, readCommitted: false }); slice !== null; batches++) {
    offset = slice.nextOffset;
    slice = leader.read(offset, { maxBytes: 1, minOneBatch: true, readCommitted: false });
  }
  return batches;
}
async function started(env: TestEnv, topics: TestTopic[], flushMode: 'ack' | 'os' = 'ack'): Promise<TestBroker> {
  const broker = await startTestBroker(env, testImage(topics), { flushMode, properties: { 'sluice.disk.free.min.bytes': '0' } });
  await env.advance(10);
  return broker;
}

describe.each(['ack', 'os'] as const)('a full disk, flush mode %s', (flushMode) => {
  it('refuses producers, serves consumers, and takes records again when there is room', async () => {
    const env = createTestEnv();
    const broker = await started(env, [{ name: 't', configs: SMALL }], flushMode);
    env.disk.setCapacity(env.disk.usedBytes() + 2_000);
    let sequence = 0;
    while (write(env, leaderOf(broker), 'v', sequence) === ErrorCode.NONE) sequence++;
    expect(sequence).toBeGreaterThan(10);
    // Checkpoints, retention and producer expiry have their turns on the full disk.
    await env.advance(700_000);
    expect([valuesOf(leaderOf(broker)), leaderOf(broker).offsets().highWatermark, broker.failures]).toEqual([sequence, sequence, []]);
    expect(write(env, leaderOf(broker), 'v', sequence)).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
    env.disk.setCapacity(PLENTY);
    expect(write(env, leaderOf(broker), 'v', sequence)).toBe(ErrorCode.NONE);
    await env.advance(10);
    await expect(leaderOf(broker).whenCommitted(sequence + 1)).resolves.toBeUndefined();
    await env.advance(60_000);
    expect(String(env.disk.readFile(`${LOG_DIR}/replication-offset-checkpoint`))).toContain(`t 0 ${sequence + 1}`);
    expect(broker.failures).toEqual([]);
  });
});

describe('a full disk', () => {
  it('loses nothing over a power cut and a start that finds it full still', async () => {
    const env = createTestEnv();
    const broker = await started(env, [{ name: 't', configs: SMALL }]);
    env.disk.setCapacity(env.disk.usedBytes() + 1_500);
    const written = fill(env, leaderOf(broker));
    await env.advance(10);
    expect(leaderOf(broker).offsets().highWatermark).toBe(written);
    env.disk.powerCut(env.random);
    const again = createTestEnv({ disk: env.disk });
    const second = await started(again, [{ name: 't', configs: SMALL }]);
    env.disk.setCapacity(PLENTY);
    await again.advance(10_000);
    expect([valuesOf(leaderOf(second)), write(again, leaderOf(second)), second.failures]).toEqual([written, ErrorCode.NONE, []]);
  });

  it('gives space back by retention and by DeleteRecords, at once', async () => {
    const env = createTestEnv();
    const broker = await started(env, [{ name: 't', configs: { ...SMALL, 'retention.ms': '60000' } }, { name: 'd', configs: SMALL }]);
    for (let index = 0; index < 8; index++) write(env, leaderOf(broker, 'd'));
    await env.advance(10);
    env.disk.setCapacity(env.disk.usedBytes() + 1_500);
    fill(env, leaderOf(broker));
    // What is left to the last byte goes too, so that no checkpoint can be written.
    env.disk.setCapacity(env.disk.usedBytes());
    await env.advance(10);
    const { highWatermark } = leaderOf(broker, 'd').offsets();
    await expect(leaderOf(broker, 'd').deleteRecordsBefore(highWatermark - 1)).resolves.toEqual({ lowWatermark: highWatermark - 1 });
    expect(leaderOf(broker, 'd').log.segments().length).toBe(1);
    env.disk.setCapacity(env.disk.usedBytes());
    const before = leaderOf(broker).log.segments().length;
    await env.advance(340_000);
    expect(leaderOf(broker).log.segments().length).toBeLessThan(before);
    expect(env.disk.usedBytes()).toBeLessThan(env.disk.space(LOG_DIR).totalBytes);
    expect([write(env, leaderOf(broker)), broker.failures]).toEqual([ErrorCode.NONE, []]);
  });

  it('opens a topic that it had no room for once there is some, or forgets it when it is deleted', async () => {
    const env = createTestEnv();
    const broker = await started(env, [{ name: 't' }]);
    // What a crash has left of them: their logs are opened, which needs room.
    for (const name of ['late-0', 'gone-0']) env.disk.mkdir(`${LOG_DIR}/${name}`);
    env.disk.setCapacity(env.disk.usedBytes());
    broker.controller.publish(testImage([{ name: 't' }, { name: 'late' }, { name: 'gone' }]));
    await env.advance(10);
    expect([broker.replicas.leader('late', 0), broker.failures]).toEqual([ErrorCode.KAFKA_STORAGE_ERROR, []]);
    broker.controller.publish(testImage([{ name: 't' }, { name: 'late' }]));
    env.disk.setCapacity(PLENTY);
    await env.advance(5_000);
    expect([write(env, leaderOf(broker, 'late')), broker.replicas.leader('gone', 0), broker.failures]).toEqual([ErrorCode.NONE, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, []]);
    await env.advance(70_000);
    expect(env.disk.list(LOG_DIR).filter((name) => name.startsWith('gone'))).toEqual([]);
  });

  it.each(['ack', 'os'] as const)('makes topics that take their first record once there is room, flush mode %s', async (flushMode) => {
    const env = createTestEnv();
    const broker = await started(env, [{ name: 't' }], flushMode);
    env.disk.setCapacity(env.disk.usedBytes());
    broker.controller.publish(testImage([{ name: 't' }, { name: 'late' }]));
    await env.advance(10);
    for (let index = 0; index < 3; index++) expect(write(env, leaderOf(broker, 'late'), 'v', 0)).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
    env.disk.setCapacity(PLENTY);
    expect(write(env, leaderOf(broker, 'late'), 'v', 0)).toBe(ErrorCode.NONE);
    await env.advance(10);
    expect([valuesOf(leaderOf(broker, 'late')), leaderOf(broker, 'late').offsets().highWatermark, broker.failures]).toEqual([1, 1, []]);
  });

  it('makes a stop unclean, not a loss', async () => {
    const env = createTestEnv();
    const broker = await started(env, [{ name: 't', configs: SMALL }], 'os');
    for (let index = 0; index < 5; index++) write(env, leaderOf(broker));
    env.disk.setCapacity(env.disk.usedBytes());
    const stopped = broker.replicas.shutdown().then(() => 'clean', (error: { code: string }) => error.code);
    await env.advance(10);
    expect(await stopped).toBe('WRITE_REFUSED');
    env.disk.setCapacity(PLENTY);
    env.disk.powerCut(env.random);
    const again = createTestEnv({ disk: env.disk });
    expect(valuesOf(leaderOf(await started(again, [{ name: 't', configs: SMALL }])))).toBe(5);
  });
});
