import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import { ErrorCode } from '#libs/kafka/protocol';
import type { LeaderPartition } from './api.js';
import { LOG_DIR, produced, startTestBroker, testImage, type TestBroker } from './replication.testing.js';

const CHECK_MS = 300_000;
const WITHIN_CHECK_MS = CHECK_MS + 30_000;
/** Two batches fill a segment. */
const SMALL = { 'segment.bytes': '200', 'message.timestamp.after.max.ms': '9223372036854775807' };

function leaderOf(broker: TestBroker, topic = 't'): LeaderPartition {
  const leader = broker.replicas.leader(topic, 0);
  if (typeof leader === 'number') throw new Error(`error ${leader}`);
  return leader;
}
function write(env: TestEnv, leader: LeaderPartition, timestampMs = env.clock.now()): void {
  const { errorCode, errorMessage } = leader.appendAsLeader(produced(['v'.repeat(20)], { timestampMs }), { requiredAcks: 1, origin: 'client', apiVersion: 9 });
  expect([errorCode, errorMessage]).toEqual([ErrorCode.NONE, null]);
}
const bases = (leader: LeaderPartition): number[] => leader.log.segments().map(({ baseOffset }) => baseOffset);
const files = (env: TestEnv, topic = 't'): string[] => env.disk.list(`${LOG_DIR}/${topic}-0`).filter((name) => name.includes('.log')).sort();

describe('retention', () => {
  it('looks half a minute after the start, then every five minutes, with one timer', async () => {
    const env = createTestEnv();
    const broker = await startTestBroker(env, testImage(['a', 'b', 'c'].map((name) => ({ name, configs: { ...SMALL, 'retention.ms': '1000' } }))));
    const timers = env.time.pendingTimers();
    for (const topic of ['a', 'b', 'c']) write(env, leaderOf(broker, topic));
    await env.advance(29_999);
    expect(bases(leaderOf(broker, 'a'))).toEqual([0]);
    await env.advance(1);
    expect(['a', 'b', 'c'].map((topic) => bases(leaderOf(broker, topic)))).toEqual([[1], [1], [1]]);
    expect(env.time.pendingTimers()).toBe(timers + 1);
    write(env, leaderOf(broker, 'a'));
    await env.advance(CHECK_MS - 1);
    expect(leaderOf(broker, 'a').offsets().logStartOffset).toBe(1);
    await env.advance(1);
    expect(leaderOf(broker, 'a').offsets()).toMatchObject({ logStartOffset: 2, logEndOffset: 2 });
  });

  it('takes segments by time, sets their files aside, and gives the bytes back a minute later', async () => {
    const env = createTestEnv();
    const broker = await startTestBroker(env, testImage([{ name: 't', configs: { ...SMALL, 'retention.ms': '200000' } }]));
    const leader = leaderOf(broker);
    for (let index = 0; index < 4; index++) write(env, leader);
    await env.advance(150_000);
    for (let index = 0; index < 2; index++) write(env, leader);
    await env.advance(WITHIN_CHECK_MS - 150_000);
    expect([bases(leader), leader.offsets().logStartOffset]).toEqual([[4], 4]);
    expect(files(env)).toEqual(['00000000000000000000.log.deleted', '00000000000000000002.log.deleted', '00000000000000000004.log']);
    await env.advance(60_000);
    expect(files(env)).toEqual(['00000000000000000004.log']);
    expect(() => leader.read(3, { maxBytes: 1000, minOneBatch: true, readCommitted: false })).toThrow('outside');
  });

  it('keeps what the size allows, in the changed configuration too', async () => {
    const env = createTestEnv();
    const image = (retentionBytes: string) => testImage([{ name: 't', configs: { ...SMALL, 'retention.ms': '-1', 'retention.bytes': retentionBytes } }]);
    const broker = await startTestBroker(env, image('-1'));
    const leader = leaderOf(broker);
    for (let index = 0; index < 6; index++) write(env, leader);
    await env.advance(WITHIN_CHECK_MS);
    expect(bases(leader)).toEqual([0, 2, 4]);
    broker.controller.publish(image(String(leader.log.sizeBytes - 1)));
    await env.advance(CHECK_MS);
    expect(bases(leader)).toEqual([0, 2, 4]);
    broker.controller.publish(image(String(Math.ceil(leader.log.sizeBytes / 2))));
    await env.advance(CHECK_MS);
    expect(bases(leader)).toEqual([2, 4]);
  });

  it('leaves compacted topics alone, and everything beyond the high watermark', async () => {
    const env = createTestEnv();
    const broker = await startTestBroker(env, testImage([
      { name: 't', configs: { ...SMALL, 'retention.ms': '1' } }, { name: 'c', configs: { ...SMALL, 'retention.ms': '1', 'cleanup.policy': 'compact' } },
    ]), { flushMode: 'ack' });
    env.disk.setSyncLatency(WITHIN_CHECK_MS);
    for (const topic of ['t', 'c']) for (let index = 0; index < 4; index++) write(env, leaderOf(broker, topic));
    await env.advance(40_000);
    expect([bases(leaderOf(broker)), bases(leaderOf(broker, 'c'))]).toEqual([[0, 2], [0, 2]]);
    env.disk.setSyncLatency(1);
    await env.advance(2 * WITHIN_CHECK_MS);
    expect([bases(leaderOf(broker)), bases(leaderOf(broker, 'c'))]).toEqual([[4], [0, 2]]);
  });

  it('counts from the file where no record has a time', async () => {
    const env = createTestEnv();
    const broker = await startTestBroker(env, testImage([{ name: 't', configs: { ...SMALL, 'retention.ms': '100000' } }]));
    write(env, leaderOf(broker), -1);
    await env.advance(30_000);
    expect(bases(leaderOf(broker))).toEqual([0]);
    await env.advance(CHECK_MS);
    expect(bases(leaderOf(broker))).toEqual([1]);
  });

  it('makes the log start durable before a segment goes', async () => {
    const env = createTestEnv();
    const broker = await startTestBroker(env, testImage([{ name: 't', configs: { ...SMALL, 'retention.ms': '1' } }]));
    for (let index = 0; index < 6; index++) write(env, leaderOf(broker));
    let checkpointed: string | null = null;
    env.disk.onOperation(({ kind, path }) => {
      if (kind === 'rename' && path.endsWith('.log')) checkpointed ??= String(env.disk.readFile(`${LOG_DIR}/log-start-offset-checkpoint`));
    });
    await env.advance(30_000);
    expect(checkpointed).toBe('0\n1\nt 0 6\n');
  });
});
