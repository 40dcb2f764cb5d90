import { createTestEnv } from '#libs/kernel/testing';
import { appendEach, appendKeyed, batchesOf, clean, COMPACTED, found, recordsIn } from './clean.fixture.js';
import { DIRECTORY, openTestLog, splitBatches } from './log.fixture.js';

const bases = (log: ReturnType<typeof openTestLog>): number[] => log.segments().map(({ baseOffset }) => baseOffset);

describe('cleaning a log', () => {
  it('keeps the last record of every key at its offset and leaves the active segment alone', async () => {
    const env = createTestEnv();
    const log = openTestLog(env, { config: COMPACTED });
    appendEach(env, log, 'a=1', 'b=1', 'a=2', 'c=1', 'b=2', 'a=3', 'd=1');
    log.roll();
    appendEach(env, log, 'a=4', 'a=5');
    const before = bases(log);
    const info = await clean(log);
    expect(found(env, log)).toBe('3:c=1 4:b=2 5:a=3 6:d=1 7:a=4 8:a=5');
    expect(info).toMatchObject({ firstDirtyOffset: 0, endOffset: 7, keys: 4 });
    expect([before, bases(log)]).toEqual([[0, 5, 7], [0, 5, 7]]);
    expect(log.cleaning()).toMatchObject({ firstDirtyOffset: 7, cleanableBytes: 0, dirtyRatio: 0, lastCleanedMs: env.clock.now(), failure: null });
    // A key of the head counts once the head is cleaned.
    log.roll();
    await clean(log);
    expect(found(env, log)).toBe('3:c=1 4:b=2 6:d=1 8:a=5');
    // What the first pass left of two segments fits one.
    expect(bases(log)).toEqual([0, 7, 9]);
  });
  it('keeps the bytes of batches that stay whole, and base offset, span and sequence of those that shrink', async () => {
    const env = createTestEnv();
    const log = openTestLog(env, { config: { ...COMPACTED, segmentBytes: 4_000 } });
    const options = { producerId: 7, producerEpoch: 1 };
    appendKeyed(env, log, [{ key: 'a', value: '1' }, { key: 'b', value: '1' }, { key: 'c', value: '1' }], { ...options, baseSequence: 0 });
    appendKeyed(env, log, [{ key: 'd', value: '1' }, { key: 'e', value: '1' }], { ...options, baseSequence: 3 });
    appendKeyed(env, log, [{ key: 'c', value: '2' }, { key: 'a', value: '2' }], { ...options, baseSequence: 5 });
    const before = batchesOf(env, log);
    log.roll();
    await clean(log);
    const after = batchesOf(env, log);
    expect(after.map(({ header }) => [header.baseOffset, header.lastOffsetDelta, header.count, header.baseSequence, header.producerId, header.producerEpoch]))
      .toEqual([[0, 2, 1, 0, 7, 1], [3, 1, 2, 3, 7, 1], [5, 1, 2, 5, 7, 1]]);
    expect(after[1]!.bytes).toEqual(before[1]!.bytes);
    expect(after[0]!.bytes.length).toBeLessThan(before[0]!.bytes.length);
  });
  it('keeps the codec of batches that it makes smaller', async () => {
    const env = createTestEnv();
    const log = openTestLog(env, { config: { ...COMPACTED, segmentBytes: 4_000 } });
    appendKeyed(env, log, [{ key: 'a', value: '1' }, { key: 'b', value: 'x'.repeat(500) }], { codec: 'gzip' });
    appendKeyed(env, log, [{ key: 'a', value: '2' }], { codec: 'gzip' });
    log.roll();
    await clean(log);
    expect(found(env, log)).toBe(`1:b=${'x'.repeat(500)} 2:a=2`);
    expect(batchesOf(env, log).map(({ header }) => header.attributes & 7)).toEqual([1, 1]);
  });
  it('drops records without a key, which were written under another policy', async () => {
    const env = createTestEnv();
    const log = openTestLog(env, { config: COMPACTED });
    appendKeyed(env, log, [{ key: null, value: '1' }, { key: 'a', value: '1' }]);
    log.roll();
    appendKeyed(env, log, [{ key: null, value: '2' }]);
    await clean(log);
    expect(found(env, log)).toBe('1:a=1 2:null=2');
  });
  it('stops where the map is full and goes on from there', async () => {
    const env = createTestEnv();
    const log = openTestLog(env, { config: COMPACTED });
    appendEach(env, log, 'a=1', 'b=1', 'c=1', 'd=1', 'a=2', 'b=2', 'c=2', 'd=2', 'a=3');
    log.roll();
    const few = { bufferBytes: 24 * 4, loadFactor: 0.9 };
    expect(await clean(log, few)).toMatchObject({ endOffset: 3, keys: 3 });
    expect(found(env, log)).toBe('0:a=1 1:b=1 2:c=1 3:d=1 4:a=2 5:b=2 6:c=2 7:d=2 8:a=3');
    expect(log.cleaning().firstDirtyOffset).toBe(3);
    while (await clean(log, few) !== null);
    expect(found(env, log)).toBe('5:b=2 6:c=2 7:d=2 8:a=3');
  });
  it('reads, searches by time and counts over what is left', async () => {
    const env = createTestEnv();
    const log = openTestLog(env, { config: COMPACTED });
    for (let i = 0; i < 40; i++) appendKeyed(env, log, [{ key: `k${i % 7}`, value: String(i), timestamp: 1_000 + i * 10 }]);
    log.roll();
    await clean(log);
    expect(recordsIn(env, log).map(({ offset }) => offset)).toEqual([33, 34, 35, 36, 37, 38, 39]);
    for (let offset = 0; offset < 40; offset++) {
      const slice = log.read(offset, { maxBytes: 1, minOneBatch: true, upperOffset: 40 })!;
      expect(splitBatches(slice.bytes)).toHaveLength(1);
      // On the way lie batches that say where a segment ends.
      const records = recordsIn(env, log, offset);
      expect(records[0]!.offset).toBe(Math.max(offset, 33));
      expect(slice.nextOffset).toBeLessThanOrEqual(records[0]!.offset + 1);
    }
    expect(log.offsetForTimestamp(1_000, 40)).toMatchObject({ offset: 33, timestamp: 1_330 });
    expect(log.offsetForTimestamp(1_355, 40)).toMatchObject({ offset: 36, timestamp: 1_360 });
    expect(log.offsetOfMaxTimestamp(40)).toMatchObject({ offset: 39, timestamp: 1_390 });
    expect(env.disk.list(DIRECTORY).filter((name) => /cleaned|swap|deleted/.test(name))).toEqual([]);
  });
});

describe('a tombstone', () => {
  it('stays through the first pass, which says until when, and goes with a later one', async () => {
    const env = createTestEnv();
    const log = openTestLog(env, { config: COMPACTED });
    const writtenMs = env.clock.now();
    appendKeyed(env, log, [{ key: 'a', value: '1' }, { key: 'b', value: '1', timestamp: writtenMs - 5 }]);
    appendKeyed(env, log, [{ key: 'a', value: null }, { key: 'c', value: '1', timestamp: writtenMs + 7 }]);
    log.roll();
    await env.advance(100);
    const cleanedMs = env.clock.now();
    await clean(log);
    expect(found(env, log)).toBe('1:b=1 2:a 3:c=1');
    const [untouched, stamped] = batchesOf(env, log);
    expect(untouched!.header.attributes & 0x40).toBe(0);
    expect(stamped!.header).toMatchObject({ attributes: 0x40, baseTimestamp: cleanedMs + 1_000, maxTimestamp: writtenMs + 7, baseOffset: 2, lastOffsetDelta: 1 });
    expect(recordsIn(env, log).map(({ timestamp }) => timestamp - writtenMs)).toEqual([-5, 0, 7]);
    const pass = async (value: string): Promise<string> => {
      appendEach(env, log, value);
      log.roll();
      await clean(log);
      return found(env, log);
    };
    await env.advance(999);
    expect(await pass('x=1')).toBe('1:b=1 2:a 3:c=1 4:x=1');
    await env.advance(1);
    expect(await pass('x=2')).toBe('1:b=1 3:c=1 5:x=2');
    expect(batchesOf(env, log)[1]!.header).toMatchObject({ baseTimestamp: cleanedMs + 1_000, count: 1 });
    expect(recordsIn(env, log)[1]!.timestamp).toBe(writtenMs + 7);
  });
});
