/** flush.messages and flush.ms: when logs are synced in flush mode `os`, and who waits for it. */
import { ErrorCode } from '#libs/kafka/protocol';
import { createTestEnv } from '#libs/kernel/testing';
import { produced, startTestBroker, testImage, type TestTopic } from './replication.testing.js';

const MINUTE_MS = 60_000;
type Configs = Record<string, string>;

async function setup(topics: readonly TestTopic[], options: { flushMode?: 'ack' | 'os'; properties?: Configs } = {}) {
  const env = createTestEnv();
  const broker = await startTestBroker(env, testImage(topics), options);
  const leaderOf = (topic: string) => {
    const leader = broker.replicas.leader(topic, 0);
    if (typeof leader === 'number') throw new Error(`error ${leader}`);
    return leader;
  };
  const append = (topic = 't', values = ['v'], requiredAcks = 1) => leaderOf(topic).appendAsLeader(produced(values), { requiredAcks, origin: 'client', apiVersion: 9 });
  const durable = (topic = 't'): number => leaderOf(topic).log.recoveryPoint;
  const highWatermark = (topic = 't'): number => leaderOf(topic).offsets().highWatermark;
  return { env, broker, leaderOf, append, durable, highWatermark };
}
const one = (configs: Configs): TestTopic[] => [{ name: 't', configs }];

describe('flush.messages', () => {
  it('syncs with the append that reaches it, counted from the last flush, and commits nothing of it before', async () => {
    const { env, append, durable, highWatermark, leaderOf } = await setup(one({ 'flush.messages': '3' }));
    const committed: string[] = [];
    expect([append().awaitsFlush, append().awaitsFlush]).toEqual([undefined, undefined]);
    expect([highWatermark(), durable(), env.disk.counts().syncs]).toEqual([2, 0, 0]);
    const reached = append();
    expect([reached.awaitsFlush, highWatermark()]).toEqual([true, 2]);
    leaderOf('t').onCommitted(reached.requiredOffset, (error) => { committed.push(String(error)); });
    // Stands behind what waits, and does not overtake it.
    expect([append().awaitsFlush, highWatermark(), committed]).toEqual([undefined, 2, []]);
    await env.advance(100);
    expect([highWatermark(), committed]).toEqual([4, ['null']]);
    expect(durable()).toBeGreaterThanOrEqual(3);
  });

  it('does not go on syncing what it has not reached yet', async () => {
    const { env, append, durable, highWatermark } = await setup(one({ 'flush.messages': '2' }));
    append('t', ['a', 'b']);
    await env.advance(100);
    const { syncs } = env.disk.counts();
    append();
    await env.advance(100);
    expect([highWatermark(), durable(), env.disk.counts().syncs]).toEqual([3, 2, syncs]);
  });

  it('of 1 is a sync for every answer', async () => {
    const { env, append, durable, highWatermark } = await setup(one({ 'flush.messages': '1' }));
    for (let count = 1; count <= 3; count++) {
      expect(append()).toMatchObject({ awaitsFlush: true });
      expect(highWatermark()).toBe(count - 1);
      await env.advance(100);
      expect([highWatermark(), durable()]).toEqual([count, count]);
    }
  });

  it('counts from when it is set, and no more when it is taken back; the broker\'s is every topic\'s', async () => {
    const { env, broker, append } = await setup([{ name: 't' }, { name: 'own', configs: { 'flush.messages': '100' } }]);
    append();
    broker.controller.publish(testImage([{ name: 't' }, { name: 'own', configs: { 'flush.messages': '100' } }], { 'log.flush.interval.messages': '2' }));
    expect([append().awaitsFlush, append('own').awaitsFlush, append('own').awaitsFlush]).toEqual([true, undefined, undefined]);
    await env.advance(100);
    broker.controller.publish(testImage([{ name: 't' }, { name: 'own' }]));
    expect([append(), append(), append()].map((each) => each.awaitsFlush)).toEqual([undefined, undefined, undefined]);
  });

  it('ends the partition when the disk refuses the sync: nobody is told that it was written', async () => {
    const { env, broker, append, leaderOf } = await setup(one({ 'flush.messages': '1' }));
    env.disk.failNextSync();
    const { requiredOffset } = append();
    await expect(leaderOf('t').whenCommitted(requiredOffset)).rejects.toMatchObject({ code: ErrorCode.KAFKA_STORAGE_ERROR });
    expect(broker.failures).toHaveLength(1);
  });

  it('says nothing in flush mode ack, where every answer awaits a sync', async () => {
    const { env, append, durable } = await setup(one({ 'flush.messages': '2', 'flush.ms': '10' }), { flushMode: 'ack' });
    expect([append().awaitsFlush, append().awaitsFlush]).toEqual([undefined, undefined]);
    const timers = env.time.pendingTimers();
    await env.advance(100);
    expect([durable(), env.time.pendingTimers()]).toEqual([2, timers]);
  });
});

describe('flush.ms', () => {
  it('syncs what is dirty for so long, one timer for all, none while nothing is dirty', async () => {
    const { env, append, durable } = await setup([{ name: 't', configs: { 'flush.ms': '1000' } }, { name: 'slow', configs: { 'flush.ms': '3000' } }, { name: 'never' }]);
    const idle = env.time.pendingTimers();
    append('never');
    expect(env.time.pendingTimers()).toBe(idle);
    append('slow');
    append();
    expect(env.time.pendingTimers()).toBe(idle + 1);
    await env.advance(999);
    expect([durable(), durable('slow')]).toEqual([0, 0]);
    append();
    await env.advance(1);
    expect([durable(), durable('slow'), env.time.pendingTimers()]).toEqual([2, 0, idle + 1]);
    await env.advance(2_000);
    expect([durable('slow'), durable('never'), env.time.pendingTimers()]).toEqual([1, 0, idle]);
    append();
    await env.advance(1_000);
    expect(durable()).toBe(3);
  });

  it('is taken up while it runs: set, shortened, for what was dirty before', async () => {
    const { env, broker, append, durable } = await setup([{ name: 't' }]);
    append();
    broker.controller.publish(testImage([{ name: 't' }], { 'log.flush.interval.ms': String(5 * MINUTE_MS) }));
    await env.advance(100);
    broker.controller.publish(testImage(one({ 'flush.ms': '200' })));
    await env.advance(99);
    expect(durable()).toBe(0);
    await env.advance(1);
    expect(durable()).toBe(1);
  });

  it('is looked for no more often than log.flush.scheduler.interval.ms, which is the time itself without another', async () => {
    const { env, append, durable } = await setup([{ name: 't', configs: { 'flush.ms': '10' } }, { name: 'other' }], { properties: { 'log.flush.scheduler.interval.ms': '1000' } });
    append();
    append('other');
    await env.advance(10);
    expect([durable(), durable('other')]).toEqual([1, 0]);
    append();
    await env.advance(999);
    expect([durable(), durable('other')]).toEqual([1, 0]);
    await env.advance(1);
    expect(durable()).toBe(2);
    await env.advance(1_000);
    expect(durable('other')).toBe(1);
  });

  it('goes with the topic and with the broker', async () => {
    const { env, broker, append } = await setup([{ name: 't', configs: { 'flush.ms': '90000' } }, { name: 'kept', configs: { 'flush.ms': '90000' } }]);
    const idle = env.time.pendingTimers();
    append();
    broker.controller.publish(testImage([{ name: 'kept', configs: { 'flush.ms': '90000' } }]));
    append('kept');
    await broker.replicas.shutdown();
    expect(env.time.pendingTimers()).toBeLessThanOrEqual(idle);
    await env.advance(90_000);
    expect(broker.failures).toEqual([]);
  });
});
