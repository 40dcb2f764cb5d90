import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import { ErrorCode } from '#libs/kafka/protocol';
import type { AppendResult, LeaderPartition } from './api.js';
import { createDiskRoom, readDiskLimits, type DiskLimits } from './disk-room.js';
import { replicationLimits } from './replication.limits.js';
import { LOG_DIR, produced, startTestBroker, testImage, type TestBroker } from './replication.testing.js';

const GIB = 1 << 30;
const NO_LIMITS: DiskLimits = { limitBytes: null, freeBytesMin: null };

function leaderOf(broker: TestBroker, topic = 't'): LeaderPartition {
  const leader = broker.replicas.leader(topic, 0);
  if (typeof leader === 'number') throw new Error(`error ${leader}`);
  return leader;
}
const write = (env: TestEnv, leader: LeaderPartition, origin: 'client' | 'internal' = 'client', sequence?: number): AppendResult => leader.appendAsLeader(
  produced(['v'.repeat(100)], { timestampMs: env.clock.now(), ...(sequence === undefined ? {} : { producerId: 7, producerEpoch: 0, baseSequence: sequence }) }),
  { requiredAcks: 1, origin, apiVersion: 9 },
);

describe('the room that producers have', () => {
  it('is measured by what was appended and by time, not by each batch', () => {
    const env = createTestEnv();
    let measured = 0;
    env.disk.setSpace({ totalBytes: 100 * GIB, usableBytes: 50 * GIB });
    const room = createDiskRoom(env, { directory: '/', usedBytes: () => { measured++; return 0; }, limits: () => NO_LIMITS, onFull: () => undefined });
    for (let index = 0; index < 100; index++) { room.appended(100_000); room.refusal(); }
    expect(measured).toBe(1);
    room.appended(replicationLimits.diskMeasureBytes);
    room.refusal();
    expect(measured).toBe(2);
  });
  it('leaves a share of the disk free, at most a gibibyte, or what is asked for', () => {
    const env = createTestEnv();
    const refusal = (totalBytes: number, usableBytes: number, freeBytesMin: number | null = null): boolean => {
      env.disk.setSpace({ totalBytes, usableBytes });
      return createDiskRoom(env, { directory: '/', usedBytes: () => 0, limits: () => ({ limitBytes: null, freeBytesMin }), onFull: () => undefined }).refusal() !== null;
    };
    expect([refusal(100 * GIB, GIB), refusal(100 * GIB, GIB - 1)]).toEqual([false, true]);
    expect([refusal(1000, 50), refusal(1000, 49)]).toEqual([false, true]);
    expect([refusal(100 * GIB, 0, 0), refusal(1000, 900, 901)]).toEqual([false, true]);
  });
  it('is read from server.properties', () => {
    expect(readDiskLimits(new Map([['sluice.disk.limit.bytes', '5']]))).toEqual({ limitBytes: 5, freeBytesMin: null });
    expect(readDiskLimits(new Map([['sluice.disk.limit.bytes', '-5'], ['sluice.disk.free.min.bytes', '0']]))).toEqual({ limitBytes: null, freeBytesMin: 0 });
  });
});

describe('a cluster at its disk limit', () => {
  it('refuses producers with the reason; retries of what it has, internal writes, consumers and deletions go on', async () => {
    const env = createTestEnv();
    const broker = await startTestBroker(env, testImage([{ name: 't', configs: { 'segment.bytes': '1000' } }, { name: 'u' }]), { properties: { 'sluice.disk.limit.bytes': '5000' } });
    const leader = leaderOf(broker);
    let sequence = 0;
    while (write(env, leader, 'client', sequence).errorCode === ErrorCode.NONE) sequence++;
    expect(write(env, leader)).toMatchObject({ errorCode: ErrorCode.POLICY_VIOLATION, errorMessage: expect.stringMatching(/disk limit is 5000 \(sluice\.disk\.limit\.bytes\)/) });
    expect(write(env, leaderOf(broker, 'u')).errorCode).toBe(ErrorCode.POLICY_VIOLATION);
    expect([leader.log.sizeBytes >= 5000, leader.log.sizeBytes < 5400]).toEqual([true, true]);
    expect(write(env, leader, 'client', sequence - 1)).toMatchObject({ errorCode: ErrorCode.NONE, baseOffset: sequence - 1 });
    expect(write(env, leader, 'internal').errorCode).toBe(ErrorCode.NONE);
    expect(leader.read(0, { maxBytes: 1, minOneBatch: true, readCommitted: false })).not.toBeNull();
    expect(broker.replicas.diskRoom()).toMatchObject({ limitBytes: 5000, usedBytes: 5130, refusal: expect.any(String) });
    await leader.deleteRecordsBefore(sequence / 2);
    await env.advance(1_000);
    expect(write(env, leader, 'client', sequence).errorCode).toBe(ErrorCode.NONE);
    expect(env.lines.map(({ event }) => event).filter((event) => event.startsWith('disk.room'))).toEqual(['disk.room.none', 'disk.room.again']);
  });

  it('lets retention run at once, and files that wait go', async () => {
    const env = createTestEnv();
    env.disk.setSpace({ totalBytes: GIB, usableBytes: GIB });
    const broker = await startTestBroker(env, testImage([{ name: 't', configs: { 'segment.bytes': '1000', 'retention.bytes': '1500' } }]), { properties: { 'sluice.disk.limit.bytes': '5000' } });
    await env.advance(31_000);
    while (write(env, leaderOf(broker)).errorCode === ErrorCode.NONE);
    await env.advance(1_000);
    expect(leaderOf(broker).log.sizeBytes).toBeLessThan(2_600);
    expect(write(env, leaderOf(broker)).errorCode).toBe(ErrorCode.NONE);
    expect(env.disk.list(`${LOG_DIR}/t-0`).filter((name) => name.endsWith('.deleted')).length).toBeGreaterThan(0);
    env.disk.setSpace({ totalBytes: GIB, usableBytes: 1 });
    await env.advance(10_000);
    expect(write(env, leaderOf(broker)).errorMessage).toMatch(/1 bytes left/);
    await env.advance(0);
    expect(env.disk.list(`${LOG_DIR}/t-0`).filter((name) => name.endsWith('.deleted'))).toEqual([]);
  });
});
