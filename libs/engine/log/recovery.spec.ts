import fc from 'fast-check';
import { createSeededRandom, createTestEnv, type MemoryDisk, type TestEnv } from '#libs/kernel/testing';
import { readOffsetCheckpoint, writeOffsetCheckpoint } from './checkpoint-file.js';
import { DIRECTORY, openTestLog, readAll, restarted, testBatch } from './log.fixture.js';

const offsetName = (offset: number, suffix: string): string => `${DIRECTORY}/${String(offset).padStart(20, '0')}${suffix}`;

async function prepared(): Promise<TestEnv> {
  const env = createTestEnv();
  env.disk.mkdir('/data');
  await env.disk.syncDir('/');
  return env;
}

/** Appends and flushes in turns; answers, for each moment, what a power cut there must keep. */
async function workload(env: TestEnv, rounds: number, atOperation: (promised: number) => void): Promise<string[]> {
  let promised = 0;
  env.disk.onOperation(() => atOperation(promised));
  const log = openTestLog(env);
  const values: string[] = [];
  for (let i = 0; i < rounds; i++) {
    for (let j = 0; j < 3; j++) {
      const value = `${i}.${j}`.padEnd(60 + ((i * 37 + j * 91) % 150), 'x');
      values.push(value);
      log.append(testBatch(env, [value], { producerId: 5, producerEpoch: 0, baseSequence: values.length - 1 }), { leaderEpoch: Math.floor(i / 3), logAppendTimeMs: null });
    }
    if (i % 2 === 0) {
      await log.flush();
      promised = log.recoveryPoint;
      await writeOffsetCheckpoint(env.disk, '/data', 'recovery-point-offset-checkpoint', [{ topic: 'orders', partition: 0, offset: promised }]);
    }
  }
  await log.close();
  promised = log.recoveryPoint;
  env.disk.onOperation(null);
  return values;
}

function reopened(disk: MemoryDisk): { env: TestEnv; values: string[]; log: ReturnType<typeof openTestLog> } {
  const env = restarted(disk);
  const recoveryPoint = readOffsetCheckpoint(env, '/data', 'recovery-point-offset-checkpoint').get('orders-0') ?? 0;
  const log = openTestLog(env, { recoveryPoint });
  return { env, log, values: readAll(env, log).map((record) => record.value) };
}

describe('power cuts', () => {
  it('keep what stands beyond a raised log start, whichever of the removed segments come back', async () => {
    const env = await prepared();
    const log = openTestLog(env);
    for (let i = 0; i < 40; i++) log.append(testBatch(env, [`${i}`.padEnd(100, 'x')]), { leaderEpoch: 0, logAppendTimeMs: null });
    await log.flush();
    const logStartOffset = log.segments().at(-2)!.baseOffset + 1;
    log.increaseLogStartOffset(logStartOffset);
    log.dropSegmentsBelow(logStartOffset);
    for (let seed = 0; seed < 40; seed++) {
      const cut = env.disk.clone();
      cut.powerCut(createSeededRandom(seed));
      const again = openTestLog(restarted(cut), { logStartOffset });
      expect([again.logStartOffset, again.logEndOffset]).toEqual([logStartOffset, 40]);
      expect(readAll(restarted(cut), again)).toHaveLength(40 - logStartOffset);
    }
  });

  it('lose nothing that was flushed and leave a clean prefix, wherever they come', async () => {
    const env = await prepared();
    const images: { disk: MemoryDisk; promised: number }[] = [];
    const values = await workload(env, 12, (promised) => images.push({ disk: env.disk.clone(), promised }));
    expect(images.length).toBeGreaterThan(80);
    for (const [index, { disk, promised }] of images.entries()) {
      for (let seed = 0; seed < 2; seed++) {
        const cut = disk.clone();
        cut.powerCut(createSeededRandom(index * 10 + seed));
        const { log, values: kept, env: after } = reopened(cut);
        expect(kept).toEqual(values.slice(0, kept.length));
        expect(kept.length).toBeGreaterThanOrEqual(promised);
        if (kept.length > 0) {
          expect(log.producer(5)!.batches.at(-1)!.lastSequence).toBe(kept.length - 1);
          expect(log.latestEpoch).toBe(Math.floor(Math.floor((kept.length - 1) / 3) / 3));
        }
        log.append(testBatch(after, ['next']), { leaderEpoch: 9, logAppendTimeMs: null });
        expect(readAll(after, log).at(-1)).toMatchObject({ offset: kept.length, value: 'next' });
      }
    }
  });

  it('lose nothing that was flushed after a restart, though the sync before it had failed and dropped pages that still read well', async () => {
    const env = await prepared();
    const log = openTestLog(env);
    log.append(testBatch(env, ['synced']), { leaderEpoch: 0, logAppendTimeMs: null });
    await log.flush();
    await writeOffsetCheckpoint(env.disk, '/data', 'recovery-point-offset-checkpoint', [{ topic: 'orders', partition: 0, offset: 1 }]);
    log.append(testBatch(env, ['dropped']), { leaderEpoch: 0, logAppendTimeMs: null });
    env.disk.failNextSync((path) => path.endsWith('.log'));
    await expect(log.flush()).rejects.toThrow();
    env.disk.crash();
    const again = reopened(env.disk);
    expect(again.values).toEqual(['synced', 'dropped']);
    await again.log.flush();
    expect(again.log.recoveryPoint).toBe(2);
    again.env.disk.powerCut(createSeededRandom(1));
    expect(reopened(again.env.disk).values).toEqual(['synced', 'dropped']);
  });

  it('would be noticed if the sync were missing', async () => {
    const env = await prepared();
    const disk = env.disk;
    const lying = { ...disk, open: (path: string, mode: 'read' | 'readwrite') => ({ ...disk.open(path, mode), sync: () => Promise.resolve() }) };
    const images: { disk: MemoryDisk; promised: number }[] = [];
    await workload({ ...env, disk: lying } as TestEnv, 6, (promised) => images.push({ disk: disk.clone(), promised }));
    let lost = 0;
    for (const [index, image] of images.entries()) {
      image.disk.powerCut(createSeededRandom(index));
      if (reopened(image.disk).values.length < image.promised) lost++;
    }
    expect(lost).toBeGreaterThan(0);
  });

  it('a kill of the process loses nothing at all', async () => {
    const env = await prepared();
    const images: { disk: MemoryDisk; size: number }[] = [];
    const values = await workload(env, 8, () => images.push({ disk: env.disk.clone(), size: 0 }));
    let before = 0;
    for (const { disk } of images) {
      disk.crash();
      const kept = reopened(disk).values;
      expect(kept).toEqual(values.slice(0, kept.length));
      expect(kept.length).toBeGreaterThanOrEqual(before);
      before = kept.length;
    }
    expect(before).toBe(values.length);
  });
});

describe('gaps', () => {
  it('that compaction left stay, even when the recovery point is lost', () => {
    const env = createTestEnv();
    const log = openTestLog(env);
    const offsets = [0, 1, 4, 6, 7, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37];
    for (const offset of offsets) log.appendAsFollower(testBatch(env, [`${offset}`], { baseOffset: offset, partitionLeaderEpoch: 0 }));
    expect(log.segments().length).toBe(2);
    expect(log.segments().at(-1)!.baseOffset).toBeGreaterThan(7);
    const after = restarted(env.disk);
    expect(readAll(after, openTestLog(after, { recoveryPoint: 0 })).map((record) => record.offset)).toEqual(offsets);
  });
});

describe('damage', () => {
  async function stopped(clean: boolean): Promise<{ env: TestEnv; values: string[]; end: number }> {
    const env = await prepared();
    const log = openTestLog(env);
    const values = Array.from({ length: 24 }, (_, i) => `value ${i}`);
    for (const [i, value] of values.entries()) log.append(testBatch(env, [value], { producerId: 5, producerEpoch: 0, baseSequence: i }), { leaderEpoch: Math.floor(i / 10), logAppendTimeMs: null });
    await log.flush();
    if (clean) await log.close();
    return { env, values, end: log.logEndOffset };
  }

  it('of the last segment costs its tail, never an error, never a wrong record', async () => {
    const { env, values } = await stopped(false);
    const logs = env.disk.list(DIRECTORY).filter((name) => name.endsWith('.log')).sort();
    const last = `${DIRECTORY}/${logs.at(-1)!}`;
    const base = Number(logs.at(-1)!.slice(0, 20));
    const size = env.disk.stat(last)!.sizeBytes;
    fc.assert(fc.property(fc.nat(size - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), fc.integer({ min: 0, max: 24 }), (at, mask, cut, recoveryPoint) => {
      const disk = env.disk.clone();
      // The epoch is the one field that no check covers.
      disk.corrupt(last, (bytes) => {
        if (cut) return bytes.subarray(0, at);
        bytes[at]! ^= mask;
        return bytes;
      });
      const after = restarted(disk);
      const log = openTestLog(after, { recoveryPoint });
      const kept = readAll(after, log);
      expect(kept.length).toBeGreaterThanOrEqual(base);
      const exact = kept.every((record, i) => record.offset === i && record.value === values[i]);
      // A flipped offset below the recovery point may look like what compaction leaves.
      if (recoveryPoint <= base) expect(exact).toBe(true);
      expect(kept.every((record) => values.includes(record.value))).toBe(true);
    }), { numRuns: 150 });
  });

  it.each(['.index', '.timeindex', '.snapshot'] as const)('of any %s is repaired', async (suffix) => {
    for (const clean of [true, false]) {
      const { env, values, end } = await stopped(clean);
      const names = env.disk.list(DIRECTORY).filter((name) => name.endsWith(suffix));
      expect(names.length).toBeGreaterThan(1);
      for (const change of [
        (bytes: Buffer) => Buffer.alloc(bytes.length, 0xff), (bytes: Buffer) => bytes.subarray(0, bytes.length - 3), () => Buffer.from('garbage'),
        (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(24)]), () => Buffer.alloc(0), (bytes: Buffer) => Buffer.alloc(bytes.length),
      ]) {
        const disk = env.disk.clone();
        for (const name of names) disk.corrupt(`${DIRECTORY}/${name}`, change);
        const after = restarted(disk);
        const log = openTestLog(after, { recoveryPoint: end, cleanShutdown: clean });
        expect(readAll(after, log).map((record) => record.value)).toEqual(values);
        for (let offset = 0; offset < end; offset++) expect(log.read(offset, { maxBytes: 1, minOneBatch: true, upperOffset: end })!.nextOffset).toBe(offset + 1);
        expect(log.offsetForTimestamp(1000, end)).toMatchObject({ offset: 0 });
        expect(log.producer(5)!.batches.at(-1)!.lastSequence).toBe(23);
      }
    }
  });

  it('of any byte of a sealed index is found when it misleads', async () => {
    const { env, values, end } = await stopped(true);
    const names = env.disk.list(DIRECTORY).filter((name) => /index$/.test(name) && env.disk.stat(`${DIRECTORY}/${name}`)!.sizeBytes > 0);
    fc.assert(fc.property(fc.constantFrom(...names), fc.nat(1000), fc.integer({ min: 1, max: 255 }), (name, at, mask) => {
      const disk = env.disk.clone();
      disk.corrupt(`${DIRECTORY}/${name}`, (bytes) => { bytes[at % bytes.length]! ^= mask; return bytes; });
      const after = restarted(disk);
      const log = openTestLog(after, { recoveryPoint: end, cleanShutdown: true });
      for (let offset = 0; offset < end; offset++) expect(log.read(offset, { maxBytes: 1, minOneBatch: true, upperOffset: end })!.nextOffset).toBe(offset + 1);
      expect(readAll(after, log).map((record) => record.value)).toEqual(values);
    }), { numRuns: 100 });
  });

  it.each(['leader-epoch-checkpoint', 'partition.metadata'])('of %s is repaired', async (name) => {
    for (const content of ['', 'x', '0\n1\n', '0\n2\n5 3\n4 9\n', '0\n1\n99999999999 0\n', '\0\0\0\0']) {
      const { env, values, end } = await stopped(true);
      env.disk.corrupt(`${DIRECTORY}/${name}`, () => Buffer.from(content));
      const after = restarted(env.disk);
      const log = openTestLog(after, { recoveryPoint: end, cleanShutdown: true });
      expect(log.latestEpoch).toBe(2);
      expect([0, 1, 2].map((epoch) => log.endOffsetForEpoch(epoch)!.endOffset)).toEqual([10, 20, 24]);
      expect(readAll(after, log)).toHaveLength(values.length);
      await log.close();
      expect(after.disk.readFile(`${DIRECTORY}/partition.metadata`)!.toString()).toContain('Zm9vYmFyYmF6cXV4MTIzNA');
    }
  });

  it('leaves another topic\'s directory alone', async () => {
    const { env } = await stopped(true);
    expect(() => openTestLog(restarted(env.disk), { topicId: 'AAAAAAAAAAAAAAAAAAAAAQ' })).toThrow(expect.objectContaining({ code: 'INCONSISTENT_TOPIC_ID' }));
  });

  it('of checkpoints costs time only', async () => {
    const { env } = await stopped(true);
    await writeOffsetCheckpoint(env.disk, '/data', 'replication-offset-checkpoint', [{ topic: 'a-b', partition: 3, offset: 9 }, { topic: 'c', partition: 0, offset: 2 ** 40 }]);
    expect(readOffsetCheckpoint(env, '/data', 'replication-offset-checkpoint')).toEqual(new Map([['a-b-3', 9], ['c-0', 2 ** 40]]));
    for (const content of ['', '1\n0\n', '0\n2\na 0 1\n', '0\n1\na zero 1\n', '0\n1\na 0 99999999999999999\n']) {
      env.disk.corrupt('/data/replication-offset-checkpoint', () => Buffer.from(content));
      expect(readOffsetCheckpoint(env, '/data', 'replication-offset-checkpoint')).toEqual(new Map());
    }
  });

  it('ignores what is no file of a log and clears what a crash left', async () => {
    const { env, values, end } = await stopped(true);
    for (const name of ['00000000000000000000.log.deleted', 'x.tmp', '00000000000000009999.index', 'README', '99999999999999999999.log', '0.log']) {
      env.disk.open(`${DIRECTORY}/${name}`, 'readwrite').write(0, [Buffer.from('junk')]);
    }
    const after = restarted(env.disk);
    expect(readAll(after, openTestLog(after, { recoveryPoint: end, cleanShutdown: true }))).toHaveLength(values.length);
    expect(after.disk.stat(offsetName(9999, '.index'))).toBeNull();
    expect(after.disk.stat(`${DIRECTORY}/x.tmp`)).toBeNull();
  });
});
