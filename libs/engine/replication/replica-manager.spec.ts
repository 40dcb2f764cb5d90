import { ErrorCode } from '#libs/kafka/protocol';
import { createSeededRandom, createTestEnv, type MemoryDisk, type TestEnv } from '#libs/kernel/testing';
import { takeCleanShutdownMarker, writeCleanShutdownMarker } from './clean-shutdown.js';
import { LOG_DIR, produced, startTestBroker, testImage, topicIdOf, type TestBroker } from './replication.testing.js';

const CLIENT = { requiredAcks: -1, origin: 'client', apiVersion: 9 } as const;
function append(broker: TestBroker, topic: string, value: string, partition = 0): number {
  const leader = broker.replicas.leader(topic, partition);
  return typeof leader === 'number' ? leader : leader.appendAsLeader(produced([value]), CLIENT).errorCode;
}
const directories = (env: TestEnv): string[] => env.disk.list(LOG_DIR).filter((name) => env.disk.stat(`${LOG_DIR}/${name}`)?.isDirectory).sort();
const text = (env: TestEnv, file: string): string => String(env.disk.readFile(`${LOG_DIR}/${file}`));

describe('the replica manager follows the image', () => {
  it('leads what is assigned, in the turn of the image', async () => {
    const env = createTestEnv();
    const broker = await startTestBroker(env, testImage([]));
    expect(broker.replicas.leader('t', 0)).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    broker.controller.publish(testImage([{ name: 't', partitions: 2 }, { name: 'far', replicas: [2], leader: 2 }, { name: 'off', leader: -1 }]));
    expect(append(broker, 't', 'a')).toBe(ErrorCode.NONE);
    expect(broker.replicas.leader('t', 2)).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(broker.replicas.leader('far', 0)).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    expect(broker.replicas.leader('off', 0)).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    expect(broker.replicas.topicName(topicIdOf('t'))).toBe('t');
    expect([...broker.replicas.partitions()].map(({ topic, partition }) => `${topic}-${partition}`)).toEqual(['t-0', 't-1']);
    // Nothing was written to the others.
    expect(directories(env)).toEqual(['t-0']);
  });

  it('drops a deleted topic: waiters fail, the directory goes, a new one of its name is empty', async () => {
    const env = createTestEnv();
    const broker = await startTestBroker(env, testImage([{ name: 't' }]), { flushMode: 'ack' });
    env.disk.setSyncLatency(50);
    const leader = broker.replicas.leader('t', 0);
    if (typeof leader === 'number') throw new Error();
    const waiting = leader.whenCommitted(leader.appendAsLeader(produced(['a']), CLIENT).requiredOffset).catch((error: { code: number }) => error.code);
    broker.controller.publish(testImage([{ name: 't', topicId: topicIdOf('other') }]));
    expect(await waiting).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(leader.appendAsLeader(produced(['b']), CLIENT).errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    const fresh = broker.replicas.leader('t', 0);
    if (typeof fresh === 'number') throw new Error();
    expect([fresh.topicId, fresh.offsets().logEndOffset]).toEqual([topicIdOf('other'), 0]);
    expect(append(broker, 't', 'c')).toBe(ErrorCode.NONE);
    await env.advance(1000);
    expect(fresh.offsets().highWatermark).toBe(1);
    expect(directories(env)).toEqual(['t-0', expect.stringMatching(/^t-0\..+-delete$/)]);
    broker.controller.publish(testImage([]));
    await env.advance(62_000);
    expect(directories(env)).toEqual([]);
    expect(broker.failures).toEqual([]);
  });

  it('takes a new leader epoch, new partitions and new configs while it runs', async () => {
    const env = createTestEnv();
    const broker = await startTestBroker(env, testImage([{ name: 't' }]));
    const leader = broker.replicas.leader('t', 0);
    if (typeof leader === 'number') throw new Error();
    append(broker, 't', 'a');
    broker.controller.publish(testImage([{ name: 't', leaderEpoch: 3, partitions: 3 }]));
    expect([leader.leaderEpoch, leader.log.latestEpoch]).toEqual([3, 3]);
    expect(leader.log.endOffsetForEpoch(0)).toEqual({ leaderEpoch: 0, endOffset: 1 });
    expect(broker.replicas.leader('t', 2)).toMatchObject({ partition: 2 });
    broker.controller.publish(testImage([{ name: 't', leaderEpoch: 3, partitions: 3, configs: { 'max.message.bytes': '10' } }]));
    expect(append(broker, 't', 'b')).toBe(ErrorCode.MESSAGE_TOO_LARGE);
    broker.controller.publish(testImage([{ name: 't', leaderEpoch: 3, partitions: 3 }], { 'message.max.bytes': '20' }));
    expect(append(broker, 't', 'b')).toBe(ErrorCode.MESSAGE_TOO_LARGE);
  });

  it('resigns when another broker leads, and leads again', async () => {
    const env = createTestEnv();
    const broker = await startTestBroker(env, testImage([{ name: 't', replicas: [1, 2] }]));
    const events: string[] = [];
    broker.replicas.onLeadership('t', { elected: ({ partition }) => { events.push(`+${partition}`); }, resigned: (partition) => { events.push(`-${partition}`); } });
    broker.controller.publish(testImage([{ name: 't', replicas: [1, 2], leader: 2, leaderEpoch: 1 }]));
    expect(broker.replicas.leader('t', 0)).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    broker.controller.publish(testImage([{ name: 't', replicas: [1, 2], leader: 1, leaderEpoch: 2 }]));
    expect(append(broker, 't', 'a')).toBe(ErrorCode.NONE);
    expect(events).toEqual(['+0', '-0', '+0']);
  });
});

describe('start and stop', () => {
  it('sets strays aside and finishes deletions', async () => {
    const env = createTestEnv();
    const first = await startTestBroker(env, testImage([{ name: 'kept' }, { name: 'gone' }, { name: 'renewed' }, { name: 'shrunk', partitions: 2 }]));
    for (const topic of ['kept', 'gone', 'renewed', 'shrunk']) append(first, topic, 'x');
    append(first, 'shrunk', 'x', 1);
    await first.replicas.shutdown();
    env.disk.mkdir(`${LOG_DIR}/old-0.${'a'.repeat(32)}-delete`);
    env.disk.mkdir(`${LOG_DIR}/__cluster_metadata-0`);
    const second = await startTestBroker(env, testImage([{ name: 'kept' }, { name: 'renewed', topicId: topicIdOf('new') }, { name: 'shrunk' }]), { cleanShutdown: true });
    await env.advance(0);
    expect(directories(env).map((name) => name.replace(/\.[0-9a-f]{32}/, ''))).toEqual(['__cluster_metadata-0', 'gone-0-stray', 'kept-0', 'renewed-0-stray', 'shrunk-0', 'shrunk-1-stray']);
    expect(second.replicas.leader('kept', 0)).toMatchObject({ topicId: topicIdOf('kept') });
    expect(env.lines.find(({ event }) => event === 'partition.strays.kept')?.fields).toMatchObject({ count: 3 });
    expect([...second.replicas.partitions()].map((leader) => leader.offsets().highWatermark)).toEqual([1, 0, 1]);
  });

  it('writes checkpoints on their clocks and at the end', async () => {
    const env = createTestEnv();
    const broker = await startTestBroker(env, testImage([{ name: 't' }]));
    append(broker, 't', 'a');
    await env.advance(5_000);
    expect(text(env, 'replication-offset-checkpoint')).toBe('0\n1\nt 0 1\n');
    expect(env.disk.stat(`${LOG_DIR}/recovery-point-offset-checkpoint`)).toBeNull();
    await env.advance(55_000);
    expect(text(env, 'recovery-point-offset-checkpoint')).toBe('0\n1\nt 0 0\n');
    const { syncs } = env.disk.counts();
    await env.advance(600_000);
    expect(env.disk.counts().syncs).toBe(syncs);
    await broker.replicas.shutdown();
    expect(text(env, 'recovery-point-offset-checkpoint')).toBe('0\n1\nt 0 1\n');
    expect(env.time.pendingTimers()).toBe(0);
    expect(broker.failures).toEqual([]);
  });

  it('goes on without checkpoints while the disk is full, and ends when it refuses otherwise', async () => {
    const env = createTestEnv();
    const broker = await startTestBroker(env, testImage([{ name: 't' }]));
    append(broker, 't', 'a');
    env.disk.failWrite(1, { code: 'ENOSPC', matches: (path) => path.includes('replication-offset-checkpoint') });
    await env.advance(5_000);
    expect([broker.failures, append(broker, 't', 'b')]).toEqual([[], ErrorCode.NONE]);
    await env.advance(5_000);
    expect(text(env, 'replication-offset-checkpoint')).toBe('0\n1\nt 0 2\n');
    append(broker, 't', 'c');
    env.disk.failNextSync((path) => path.includes('replication-offset-checkpoint'));
    await env.advance(5_000);
    expect(broker.failures).toHaveLength(1);
  });

  it('keeps everything over a clean stop', async () => {
    const env = createTestEnv();
    const first = await startTestBroker(env, testImage([{ name: 't' }]));
    append(first, 't', 'a');
    await first.replicas.shutdown();
    env.disk.powerCut(env.random);
    const second = await startTestBroker(env, testImage([{ name: 't' }]), { cleanShutdown: true });
    expect(append(second, 't', 'b')).toBe(ErrorCode.NONE);
    expect([...second.replicas.partitions()][0]!.offsets()).toMatchObject({ highWatermark: 2, logEndOffset: 2 });
  });

  it('waits for no disk when it opens 50 new partitions', async () => {
    const env = createTestEnv();
    await startTestBroker(env, testImage([{ name: '__consumer_offsets', partitions: 50, isInternal: true }]), { flushMode: 'ack' });
    expect(env.disk.counts().syncs).toBe(0);
  });

  it('reports a directory that cannot be opened', async () => {
    const env = createTestEnv();
    const broker = await startTestBroker(env, testImage([{ name: 't' }]), { openLog: () => { throw new Error('EIO'); } });
    expect(broker.failures).toHaveLength(1);
    expect(broker.replicas.leader('t', 0)).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
  });
});

describe('a topic that is made again under its name', () => {
  const renewed = testImage([{ name: 't', topicId: topicIdOf('second') }]);

  it('keeps its records over a crash, whatever the checkpoints said of the first one', async () => {
    const env = createTestEnv();
    const first = await startTestBroker(env, testImage([{ name: 't' }]), { flushMode: 'ack' });
    for (const value of ['a', 'b', 'c', 'd']) append(first, 't', value);
    await env.advance(60_000);
    const old = first.replicas.leader('t', 0);
    if (typeof old === 'number') throw new Error();
    await old.deleteRecordsBefore(3);
    first.controller.publish(testImage([]));
    first.controller.publish(renewed);
    await env.advance(10);
    const leader = first.replicas.leader('t', 0);
    if (typeof leader === 'number') throw new Error();
    await leader.whenCommitted(leader.appendAsLeader(produced(['e']), CLIENT).requiredOffset);
    env.disk.crash();
    const second = await startTestBroker(env, renewed, { flushMode: 'ack' });
    expect([...second.replicas.partitions()][0]!.offsets()).toMatchObject({ logStartOffset: 0, highWatermark: 1 });
  });

  it('begins at 0 when the crash came before its first record', async () => {
    const env = createTestEnv();
    const first = await startTestBroker(env, testImage([{ name: 't' }]), { flushMode: 'ack' });
    append(first, 't', 'a');
    await env.advance(10);
    const old = first.replicas.leader('t', 0);
    if (typeof old === 'number') throw new Error();
    await old.deleteRecordsBefore(1);
    env.disk.crash();
    const second = await startTestBroker(env, renewed, { flushMode: 'ack' });
    expect([...second.replicas.partitions()][0]!.offsets()).toMatchObject({ logStartOffset: 0, logEndOffset: 0 });
  });

  it('is elected once, with what changed while the checkpoints were written; not at all when it went again', async () => {
    const env = createTestEnv();
    const broker = await startTestBroker(env, testImage([{ name: 't' }]), { flushMode: 'ack' });
    const elected: number[] = [];
    broker.replicas.onLeadership('t', { elected: ({ leaderEpoch }) => { elected.push(leaderEpoch); }, resigned: () => { elected.push(-1); } });
    append(broker, 't', 'a');
    await env.advance(120_000);
    env.disk.setSyncLatency(5);
    const again = (topicId: string, leaderEpoch: number) => testImage([{ name: 't', topicId: topicIdOf(topicId), leaderEpoch }]);
    broker.controller.publish(again('second', 0));
    broker.controller.publish(again('third', 0));
    broker.controller.publish(again('third', 4));
    expect(broker.replicas.leader('t', 0)).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    await env.advance(100);
    expect(broker.replicas.leader('t', 0)).toMatchObject({ topicId: topicIdOf('third'), leaderEpoch: 4, log: expect.objectContaining({ latestEpoch: 4 }) });
    expect([elected, broker.failures]).toEqual([[0, -1, 4], []]);
  });

  it('flushes what a crash left unflushed before it is seen', async () => {
    const env = createTestEnv();
    const first = await startTestBroker(env, testImage([{ name: 't' }]), { flushMode: 'ack' });
    for (const value of ['a', 'b', 'c', 'd']) append(first, 't', value);
    await env.advance(120_000);
    expect(text(env, 'recovery-point-offset-checkpoint')).toBe('0\n1\nt 0 4\n');
    first.controller.publish(renewed);
    await env.advance(10);
    env.disk.setSyncLatency(1_000);
    append(first, 't', 'e');
    await env.advance(10);
    env.disk.crash();
    env.disk.setSyncLatency(0);
    const second = await startTestBroker(env, renewed, { flushMode: 'ack' });
    const { highWatermark } = [...second.replicas.partitions()][0]!.offsets();
    env.disk.powerCut(env.random);
    const third = await startTestBroker(env, renewed, { flushMode: 'ack' });
    expect([...third.replicas.partitions()][0]!.offsets().highWatermark).toBe(highWatermark);
  });
});

it('DeleteRecords loses nothing above its offset, wherever the power goes', async () => {
  const env = createTestEnv();
  const image = testImage([{ name: 't', configs: { 'segment.bytes': '200' } }]);
  const broker = await startTestBroker(env, image, { flushMode: 'ack' });
  for (let i = 0; i < 12; i++) append(broker, 't', `${i}`);
  await env.advance(10);
  const leader = broker.replicas.leader('t', 0);
  if (typeof leader === 'number') throw new Error();
  expect(leader.offsets().highWatermark).toBe(12);
  const moments: MemoryDisk[] = [];
  env.disk.onOperation(() => moments.push(env.disk.clone()));
  await leader.deleteRecordsBefore(9);
  expect(leader.log.segments()[0]!.baseOffset).toBeGreaterThan(6);
  moments.push(env.disk.clone());
  env.disk.onOperation(null);
  for (const [index, moment] of moments.entries()) {
    for (let seed = 0; seed < 8; seed++) {
      const disk = moment.clone();
      disk.powerCut(createSeededRandom(index * 8 + seed));
      const again = await startTestBroker(createTestEnv({ disk }), image, { flushMode: 'ack' });
      const { logStartOffset, highWatermark } = [...again.replicas.partitions()][0]!.offsets();
      expect(highWatermark).toBe(12);
      expect(index === moments.length - 1 ? [9] : [0, 9]).toContain(logStartOffset);
    }
  }
});

describe('the clean-shutdown marker', () => {
  it('is there once', async () => {
    const env = createTestEnv();
    env.disk.mkdir(LOG_DIR);
    expect(await takeCleanShutdownMarker(env.disk, LOG_DIR)).toEqual({ clean: false, brokerEpoch: -1 });
    await writeCleanShutdownMarker(env.disk, LOG_DIR, 12);
    expect(text(env, '.kafka_cleanshutdown')).toBe('{"version":0,"brokerEpoch":12}');
    expect(await takeCleanShutdownMarker(env.disk, LOG_DIR)).toEqual({ clean: true, brokerEpoch: 12 });
    env.disk.powerCut(env.random);
    expect(await takeCleanShutdownMarker(env.disk, LOG_DIR)).toEqual({ clean: false, brokerEpoch: -1 });
  });
});
