import { createMemoryDisk, createTestEnv, type MemoryDisk, type TestEnv } from '#libs/kernel/testing';
import { readRecords } from '#libs/kafka/protocol';
import { readOffsetCheckpoint, type PartitionLog } from '../log/index.js';
import { CheckpointFile } from './checkpoints.js';
import type { LeaderPartition } from './api.js';
import { LOG_DIR, produced, startTestBroker, testImage, type TestBroker, type TestTopic } from './replication.testing.js';

const COMPACTED: TestTopic = { name: 'state', configs: { 'cleanup.policy': 'compact', 'segment.bytes': '1000', 'min.cleanable.dirty.ratio': '0.5' } };
const BACKOFF_MS = 15_000;
const CLEANED_MS = BACKOFF_MS + 1_000;

const start = (env: TestEnv, topics: readonly TestTopic[] = [COMPACTED], options: Parameters<typeof startTestBroker>[2] & { brokerConfigs?: Record<string, string> } = {}): Promise<TestBroker> =>
  startTestBroker(env, testImage(topics, options.brokerConfigs), options);

function partitionOf(broker: TestBroker, topic = 'state'): LeaderPartition {
  const found = broker.replicas.leader(topic, 0);
  if (typeof found === 'number') throw new Error(`no leader: ${found}`);
  return found;
}

function produce(partition: LeaderPartition, count: number, keys = 5): void {
  for (let i = 0; i < count; i++) partition.appendAsLeader(produced([`value ${i} ${'x'.repeat(40)}`], { key: `k${i % keys}` }), { requiredAcks: -1, origin: 'client', apiVersion: 13 });
}

function offsetsIn(env: TestEnv, log: PartitionLog): number[] {
  const offsets: number[] = [];
  for (let offset = log.logStartOffset; ;) {
    const slice = log.read(offset, { maxBytes: 1, minOneBatch: true, upperOffset: log.logEndOffset });
    if (slice === null) return offsets;
    for (const record of readRecords(slice.bytes, env.cpu, 1 << 20)) offsets.push(record.offset);
    offset = slice.nextOffset;
  }
}

const cleaned = (env: TestEnv): string[] => env.lines.filter(({ event }) => event === 'cleaner.cleaned').map(({ fields }) => String(fields['topic']));
const checkpointed = (env: TestEnv): Record<string, number> => Object.fromEntries(readOffsetCheckpoint(env, LOG_DIR, CheckpointFile.cleaner));
const restartedEnv = (disk: MemoryDisk): TestEnv => createTestEnv({ disk });

describe('the cleaner', () => {
  it('cleans a log that got dirty, writes down how far, and goes on from there after a restart', async () => {
    const disk = createMemoryDisk();
    const env = createTestEnv({ disk });
    const broker = await start(env);
    const { log } = partitionOf(broker);
    produce(partitionOf(broker), 40);
    const before = log.sizeBytes;
    await env.advance(CLEANED_MS);
    const { firstDirtyOffset } = log.cleaning();
    expect(firstDirtyOffset).toBe(log.segments().at(-1)!.baseOffset);
    expect(offsetsIn(env, log)).toEqual(Array.from({ length: 40 }, (_, i) => i).filter((offset) => offset >= firstDirtyOffset - 5));
    expect(log.sizeBytes).toBeLessThan(before / 2);
    expect(checkpointed(env)).toEqual({ 'state-0': firstDirtyOffset });
    await broker.replicas.shutdown();
    const next = restartedEnv(disk);
    const again = await start(next, [COMPACTED], { cleanShutdown: true });
    expect(partitionOf(again).log.cleaning()).toMatchObject({ firstDirtyOffset, cleanableBytes: 0 });
    await next.advance(10 * BACKOFF_MS);
    expect([cleaned(next), broker.failures, again.failures]).toEqual([[], [], []]);
  });
  it('takes no more memory for keys than the broker plans with, in more passes, and comes to the same', async () => {
    const env = createTestEnv();
    const broker = await start(env, [COMPACTED], { cleanerBytesMax: 24 * 8 });
    const { log } = partitionOf(broker);
    produce(partitionOf(broker), 60, 20);
    await env.advance(4 * BACKOFF_MS);
    const passes = env.lines.filter(({ event }) => event === 'cleaner.cleaned').map(({ fields }) => Number(fields['keys']));
    expect(passes.length).toBeGreaterThan(1);
    expect(Math.max(...passes)).toBeLessThanOrEqual(7);
    const { firstDirtyOffset } = log.cleaning();
    expect(firstDirtyOffset).toBeGreaterThan(20);
    expect(offsetsIn(env, log)).toEqual(Array.from({ length: 60 }, (_, i) => i).filter((offset) => offset >= firstDirtyOffset - 20));
  });
  it('takes the dirtiest first, and only what is beyond its ratio', async () => {
    const env = createTestEnv();
    const broker = await start(env, [{ ...COMPACTED, name: 'some' }, { ...COMPACTED, name: 'more' }, { ...COMPACTED, name: 'few', configs: { ...COMPACTED.configs, 'min.cleanable.dirty.ratio': '1' } }, { ...COMPACTED, name: 'other', configs: { 'segment.bytes': '1000' } }]);
    for (const [topic, count] of [['some', 40], ['more', 40], ['few', 40], ['other', 40]] as const) produce(partitionOf(broker, topic), count);
    await env.advance(CLEANED_MS);
    expect(cleaned(env)).toEqual(['some', 'more']);
    produce(partitionOf(broker, 'some'), 20);
    produce(partitionOf(broker, 'more'), 60);
    await env.advance(CLEANED_MS);
    expect(cleaned(env).slice(2)).toEqual(['more', 'some']);
  });
  it('sleeps while nothing is appended, and wakes for what is', async () => {
    const env = createTestEnv();
    const broker = await start(env);
    const partition = partitionOf(broker);
    produce(partition, 40);
    await env.advance(CLEANED_MS);
    let looks = 0;
    const { cleaning } = partition.log;
    (partition.log as { cleaning: PartitionLog['cleaning'] }).cleaning = (highWatermark) => { looks++; return cleaning(highWatermark); };
    await env.advance(3_600_000);
    expect(looks).toBe(0);
    produce(partition, 40);
    await env.advance(CLEANED_MS);
    expect([cleaned(env).length, looks > 0]).toEqual([2, true]);
  });
  it('waits for the minimum lag and not longer than the maximum, without another append', async () => {
    const env = createTestEnv();
    const lagging = { ...COMPACTED, configs: { ...COMPACTED.configs, 'min.compaction.lag.ms': '600000', 'message.timestamp.type': 'LogAppendTime' } };
    const overdue = { ...COMPACTED, name: 'overdue', configs: { ...COMPACTED.configs, 'max.compaction.lag.ms': '900000', 'min.cleanable.dirty.ratio': '1', 'message.timestamp.type': 'LogAppendTime' } };
    const broker = await start(env, [lagging, overdue]);
    for (const topic of ['state', 'overdue']) produce(partitionOf(broker, topic), 40);
    await env.advance(590_000);
    expect(cleaned(env)).toEqual([]);
    await env.advance(30_000);
    expect(cleaned(env)).toEqual(['state']);
    await env.advance(300_000);
    expect(cleaned(env)).toEqual(['state', 'overdue']);
  });
  it('leaves a log alone that can not be read, says so, and cleans the others', async () => {
    const env = createTestEnv();
    const broker = await start(env, [COMPACTED, { ...COMPACTED, name: 'zz' }]);
    for (const topic of ['state', 'zz']) produce(partitionOf(broker, topic), 40);
    env.disk.corrupt(`${LOG_DIR}/state-0/00000000000000000000.log`, (bytes) => { bytes[16] = 9; return bytes; });
    await env.advance(CLEANED_MS);
    expect(cleaned(env)).toEqual(['zz']);
    expect(env.lines.filter(({ event }) => event === 'cleaner.uncleanable')).toHaveLength(1);
    expect(partitionOf(broker).log.cleaning().failure).toMatch(/00000\.log/);
    produce(partitionOf(broker), 40);
    await env.advance(10 * BACKOFF_MS);
    expect([env.lines.filter(({ event }) => event === 'cleaner.uncleanable').length, broker.failures]).toEqual([1, []]);
  });
  it('leaves everything as it was when the disk is full, and tries again', async () => {
    const env = createTestEnv();
    const broker = await start(env);
    const partition = partitionOf(broker);
    produce(partition, 40);
    env.disk.failWrite(1, { matches: (path) => path.endsWith('.cleaned'), keptBytes: 50 });
    await env.advance(CLEANED_MS);
    expect([cleaned(env), offsetsIn(env, partition.log).length, env.disk.list(partition.log.directory).filter((name) => name.endsWith('.cleaned'))]).toEqual([[], 40, []]);
    await env.advance(CLEANED_MS);
    expect([cleaned(env), broker.failures]).toEqual([['state'], []]);
  });
  it('rests between its turns, longer where it is throttled, and gives up when the broker stops', async () => {
    const env = createTestEnv();
    const broker = await start(env, [COMPACTED], { brokerConfigs: { 'log.cleaner.io.max.bytes.per.second': '20000', 'log.cleaner.backoff.ms': '1000' } });
    const partition = partitionOf(broker);
    const options = { requiredAcks: -1, origin: 'client', apiVersion: 13 } as const;
    for (let i = 0; i < 20; i++) partition.appendAsLeader(produced(['y'.repeat(100_000)], { key: `k${i % 2}` }), options);
    await env.advance(20_000);
    expect([cleaned(env), partition.log.cleaning().lastCleanedMs]).toEqual([[], null]);
    const stopped = broker.replicas.shutdown();
    await env.advance(100);
    await stopped;
    expect(env.disk.list(partition.log.directory).filter((name) => /cleaned|swap/.test(name))).toEqual([]);
  });
  it('does nothing when it is switched off', async () => {
    const env = createTestEnv();
    const broker = await start(env, [COMPACTED], { properties: { 'log.cleaner.enable': 'false' } });
    produce(partitionOf(broker), 40);
    await env.advance(10 * BACKOFF_MS);
    expect(cleaned(env)).toEqual([]);
  });
  it('believes nothing of an earlier topic of the same name', async () => {
    const env = createTestEnv();
    const broker = await start(env);
    produce(partitionOf(broker), 40);
    await env.advance(CLEANED_MS);
    broker.controller.publish(testImage([]));
    broker.controller.publish(testImage([{ ...COMPACTED, topicId: 'YmFyYmF6cXV4MTIzNGFiYw' }]));
    await env.settle();
    expect([partitionOf(broker).log.cleaning().firstDirtyOffset, checkpointed(env)]).toEqual([0, {}]);
  });
});
