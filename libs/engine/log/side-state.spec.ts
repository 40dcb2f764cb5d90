import fc from 'fast-check';
import { readBatchHeader } from '#libs/kafka/protocol';
import { createTestEnv } from '#libs/kernel/testing';
import { parseTopicPartition } from './file-names.js';
import { createGroupCommit } from './group-commit.js';
import { createLeaderEpochCache, decodeEpochs, encodeEpochs } from './leader-epoch-cache.js';
import { completeDeleted, deleteLogDirectory, deletedDirectories, setStrayDirectoryAside, strayDirectories } from './log-directory.js';
import { DIRECTORY, openTestLog, testBatch, restarted } from './log.fixture.js';
import { createOffsetIndex } from './offset-index.js';
import { createProducerStates } from './producer-state.js';
import { createTimeIndex } from './time-index.js';

describe('indexes', () => {
  it('answer as a search of all entries would, in memory and by pages', () => {
    const steps = fc.array(fc.record({ offset: fc.integer({ min: 1, max: 9 }), position: fc.integer({ min: 1, max: 5000 }), time: fc.integer({ min: -3, max: 5 }) }), { minLength: 1, maxLength: 1200 });
    fc.assert(fc.property(steps, fc.nat(2000), (entries, cut) => {
      const { disk } = createTestEnv();
      const index = createOffsetIndex(disk, '/i', 100, { sealed: false, fresh: true });
      const times = createTimeIndex(disk, '/t', 100, { sealed: false, fresh: true });
      const offsets: { offset: number; position: number }[] = [];
      const stamps: { timestamp: number; offset: number }[] = [];
      let at = { offset: 100, position: 0, time: 50 };
      for (const step of entries) {
        at = { offset: at.offset + step.offset, position: at.position + step.position, time: at.time + step.time };
        index.append(at.offset, at.position);
        offsets.push({ offset: at.offset, position: at.position });
        times.maybeAppend(at.time, at.offset);
        if (at.time >= 0 && at.time > (stamps.at(-1)?.timestamp ?? -1)) stamps.push({ timestamp: at.time, offset: at.offset });
      }
      const end = 100 + cut;
      index.truncateTo(end);
      times.truncateTo(end);
      for (const seal of [false, true]) {
        if (seal) { index.file.seal(); times.file.seal(); }
        for (let probe = 95; probe < at.offset + 5; probe += 7) {
          expect(index.lookup(probe)).toEqual(offsets.filter((entry) => entry.offset < end && entry.offset <= probe).at(-1) ?? null);
          expect(times.lookup(probe)).toEqual(stamps.filter((entry) => entry.offset < end && entry.timestamp <= probe).at(-1) ?? null);
        }
        expect([index.isSane(at.position + 1, seal), times.isSane(seal)]).toEqual([seal || disk.stat('/i')?.sizeBytes === index.count * 8, seal || disk.stat('/t')?.sizeBytes === times.count * 12]);
      }
    }), { numRuns: 30 });
  });

  it('refuse entries that go back', () => {
    const index = createOffsetIndex(createTestEnv().disk, '/i', 0, { sealed: false, fresh: true });
    index.append(10, 100);
    expect(() => index.append(10, 200)).toThrow('not beyond');
    expect(() => index.append(11, 100)).toThrow('not beyond');
    expect(() => index.append(2 ** 31, 200)).toThrow('does not fit');
  });
});

describe('leader epochs', () => {
  it('answer where an epoch ends (KIP-101, KIP-279)', () => {
    const cache = createLeaderEpochCache([{ epoch: 2, startOffset: 10 }, { epoch: 5, startOffset: 30 }]);
    expect([1, 2, 3, 5, 6, -1].map((epoch) => cache.endOffsetFor(epoch, 40))).toEqual([
      { leaderEpoch: 1, endOffset: 10 }, { leaderEpoch: 2, endOffset: 30 }, { leaderEpoch: 2, endOffset: 30 }, { leaderEpoch: 5, endOffset: 40 }, null, null,
    ]);
    expect([9, 10, 29, 30, 99].map((offset) => cache.epochFor(offset))).toEqual([null, 2, 2, 5, 5]);
  });

  it('forget epochs without records and move with both ends', () => {
    const cache = createLeaderEpochCache([]);
    cache.assign(0, 0);
    cache.assign(1, 10);
    cache.assign(2, 10);
    cache.assign(2, 15);
    cache.assign(1, 20);
    expect(cache.entries()).toEqual([{ epoch: 0, startOffset: 0 }, { epoch: 2, startOffset: 10 }]);
    cache.truncateFromStart(12);
    expect(cache.entries()).toEqual([{ epoch: 2, startOffset: 12 }]);
    cache.truncateFromEnd(12);
    expect([cache.latestEpoch, cache.takeDirty(), cache.dirty]).toEqual([-1, true, false]);
  });

  it('write Kafka\'s text', () => {
    const entries = [{ epoch: 0, startOffset: 0 }, { epoch: 7, startOffset: 2 ** 40 }];
    expect(encodeEpochs(entries).toString()).toBe('0\n2\n0 0\n7 1099511627776\n');
    expect(decodeEpochs(encodeEpochs(entries))).toEqual(entries);
  });
});

describe('producer state', () => {
  const env = createTestEnv();
  const apply = (states: ReturnType<typeof createProducerStates>, baseSequence: number, count: number, offset: number, epoch = 0): void => {
    const batch = testBatch(env, Array<string>(count).fill('x'), { producerId: 9, producerEpoch: epoch, baseSequence, baseOffset: offset });
    states.apply(readBatchHeader(batch), batch);
  };

  it('keeps five batches, and none of an older epoch', () => {
    const states = createProducerStates();
    for (let i = 0; i < 7; i++) apply(states, i * 2, 2, i * 2);
    expect(states.get(9)!.batches.map((batch) => [batch.firstSequence, batch.lastSequence, batch.lastOffset])).toEqual([[4, 5, 5], [6, 7, 7], [8, 9, 9], [10, 11, 11], [12, 13, 13]]);
    apply(states, 0, 1, 14, 1);
    expect(states.get(9)).toMatchObject({ epoch: 1, batches: [{ firstSequence: 0, lastSequence: 0, lastOffset: 14 }] });
    states.expire(5000, 4001);
    expect(states.get(9)).not.toBeNull();
    states.expire(5000, 4000);
    expect(states.get(9)).toBeNull();
  });

  it('survives its file, with a sequence that wraps', () => {
    const states = createProducerStates();
    apply(states, 0x7fff_ffff, 3, 100);
    const loaded = createProducerStates();
    const bytes = states.encode(env.cpu.crc32c);
    expect(loaded.load(bytes, env.cpu.crc32c)).toBe(true);
    expect(loaded.get(9)!.batches).toEqual(states.get(9)!.batches);
    expect(loaded.get(9)!.batches[0]).toMatchObject({ firstSequence: 0x7fff_ffff, lastSequence: 1, lastOffset: 102 });
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 0x10;
      expect(createProducerStates().load(damaged, env.cpu.crc32c)).toBe(false);
      expect(createProducerStates().load(bytes.subarray(0, at), env.cpu.crc32c)).toBe(false);
    }
  });
});

describe('group commit', () => {
  it('runs one round at a time and one more for all who came meanwhile', async () => {
    const releases: (() => void)[] = [];
    let running = 0;
    const commit = createGroupCommit(async () => {
      expect(++running).toBe(1);
      await new Promise<void>((resolve) => releases.push(resolve));
      running--;
    });
    const env = createTestEnv();
    const first = [commit.flush(), commit.flush()];
    await env.settle();
    const second = [commit.flush(), commit.flush(), commit.flush()];
    await env.settle();
    expect(releases).toHaveLength(1);
    releases[0]!();
    await Promise.all(first);
    second.push(commit.flush());
    await env.settle();
    expect(releases.length).toBeLessThanOrEqual(3);
    while (running > 0) { releases.at(-1)!(); await env.settle(); }
    await Promise.all(second);
    await commit.idle();
  });
});

describe('directories', () => {
  it.each([['a-0', { topic: 'a', partition: 0 }], ['a-b-12', { topic: 'a-b', partition: 12 }], ['__cluster_metadata-0', { topic: '__cluster_metadata', partition: 0 }]])('%s is a partition', (name, expected) => {
    expect(parseTopicPartition(name)).toEqual(expected);
  });
  it.each(['a', '-0', 'a-', 'a-01', 'a-0.0123-delete', 'a-0-stray', 'a-9999999999', 'a b-0', '..-0'])('%s is none', (name) => {
    expect(parseTopicPartition(name)).toBeNull();
  });

  it('go in one step, and a deletion that was interrupted is known by its name', async () => {
    const env = createTestEnv();
    for (const name of ['a-0', 'b-1', 'c-2']) {
      env.disk.mkdir(`/data/${name}`);
      env.disk.open(`/data/${name}/x.log`, 'readwrite').close();
    }
    const told: string[] = [];
    await deleteLogDirectory(env, '/data/a-0', { topic: 'a', partition: 0 }, (path) => { told.push(path); });
    expect(deletedDirectories(env, '/data')).toEqual(told);
    expect(told).toEqual([expect.stringMatching(/^\/data\/a-0\.[0-9a-f]{32}-delete$/)]);
    const stray = await setStrayDirectoryAside(env, '/data/b-1', { topic: 'b', partition: 1 });
    expect(stray).toMatch(/^\/data\/b-1\.[0-9a-f]{32}-stray$/);
    env.disk.failNextSync((path) => path === '/data');
    await expect(deleteLogDirectory(env, '/data/c-2', { topic: 'c', partition: 2 }, (path) => { told.push(path); })).rejects.toThrow('EIO');
    expect([told.length, deletedDirectories(env, '/data').length, strayDirectories(env, '/data')]).toEqual([1, 2, [stray]]);
  });

  it('that were deleted have an index to each segment after a clean stop, as Apache Kafka looks for', async () => {
    const env = createTestEnv();
    const files = [['a-0', '00000000000000000000.log'], ['a-1', '00000000000000000007.index'], ['a-1', '00000000000000000007.log'], ['b-0', '00000000000000000000.log'], ['a-2', 'leader-epoch-checkpoint']] as const;
    for (const [name, file] of files) {
      env.disk.mkdir(`/data/${name}`);
      const opened = env.disk.open(`/data/${name}/${file}`, 'readwrite');
      opened.write(0, [Buffer.from('kept')]);
      opened.close();
    }
    const paths: string[] = [];
    for (const partition of [0, 1, 2]) await deleteLogDirectory(env, `/data/a-${partition}`, { topic: 'a', partition }, (path) => { paths.push(path); });
    completeDeleted(env, '/data');
    expect(paths.map((path) => env.disk.list(path).sort())).toEqual([
      ['00000000000000000000.index', '00000000000000000000.log', '00000000000000000000.timeindex'],
      ['00000000000000000007.index', '00000000000000000007.log', '00000000000000000007.timeindex'],
      ['leader-epoch-checkpoint'],
    ]);
    expect(env.disk.stat(`${paths[1]!}/00000000000000000007.index`)?.sizeBytes).toBe(4);
    expect(env.disk.list('/data/b-0')).toEqual(['00000000000000000000.log']);
  });
});

it('a discarded log leaves the directory alone that stands in its place', async () => {
  const env = createTestEnv({ syncLatencyMs: 10 });
  const first = openTestLog(env);
  first.append(testBatch(env, ['a']), { leaderEpoch: 0, logAppendTimeMs: null });
  const given = first.flush().catch((error: { code: string }) => error.code);
  await env.advance(5);
  env.disk.rename(DIRECTORY, `${DIRECTORY}-delete`);
  first.discard();
  const second = openTestLog(env);
  second.append(testBatch(env, ['b']), { leaderEpoch: 7, logAppendTimeMs: null });
  const flushed = second.flush();
  await env.advance(50);
  await flushed;
  expect([second.failed, second.recoveryPoint, await given]).toEqual([null, 1, 'LOG_CLOSED']);
  expect(String(env.disk.readFile(`${DIRECTORY}/leader-epoch-checkpoint`))).toBe('0\n1\n7 0\n');
});

it('leader epochs that a full disk has no room for are written later, and a recovery before that reads them from the batches', async () => {
  const env = createTestEnv();
  const log = openTestLog(env);
  const append = async (value: string, leaderEpoch: number): Promise<void> => {
    log.append(testBatch(env, [value]), { leaderEpoch, logAppendTimeMs: null });
    await log.flush();
  };
  await append('a', 1);
  env.disk.onOperation(({ kind, path }) => { if (kind === 'write' && path.includes('leader-epoch')) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }); });
  await append('b', 2);
  await append('c', 2);
  expect([log.recoveryPoint, log.recoverFrom, log.failed]).toEqual([3, 1, null]);
  const crashed = env.disk.clone();
  const recovered = openTestLog(restarted(crashed), { recoveryPoint: log.recoverFrom });
  expect([recovered.endOffsetForEpoch(1), recovered.latestEpoch]).toEqual([{ leaderEpoch: 1, endOffset: 1 }, 2]);
  env.disk.onOperation(null);
  await append('d', 2);
  expect([log.recoveryPoint, log.recoverFrom]).toEqual([4, 4]);
  expect(String(env.disk.readFile(`${DIRECTORY}/leader-epoch-checkpoint`))).toBe('0\n2\n1 0\n2 1\n');
});
