import { createMemoryDisk, createTestEnv } from '#libs/kernel/testing';
import { appendEach, appendKeyed, clean, COMPACTED, found, recordsIn, reopened } from './clean.fixture.js';
import { DIRECTORY, openTestLog } from './log.fixture.js';

const KEYS = Array.from({ length: 20 }, (_, i) => `k${i % 3}=${i}`);

describe('what may be cleaned', () => {
  it('ends with whole segments below the high watermark', async () => {
    const env = createTestEnv();
    const log = openTestLog(env, { config: COMPACTED });
    appendEach(env, log, ...KEYS);
    const bases = log.segments().map(({ baseOffset }) => baseOffset);
    expect(bases).toEqual([0, 5, 10, 15]);
    expect([4, 5, 9, 10, 20].map((highWatermark) => log.cleaning(highWatermark).firstUncleanableOffset)).toEqual([0, 5, 5, 10, 15]);
    expect(await clean(log, { highWatermark: 4 })).toBeNull();
    expect(await clean(log, { highWatermark: 9 })).toMatchObject({ endOffset: 5 });
    const { cleanBytes, cleanableBytes, dirtyBytes, dirtyRatio } = log.cleaning(12);
    expect(dirtyRatio).toBeCloseTo(cleanableBytes / (cleanBytes + cleanableBytes));
    expect(dirtyBytes).toBe(log.sizeBytes - cleanBytes);
  });
  it('leaves out segments whose records are too young, and tells when they are not', async () => {
    const env = createTestEnv();
    const log = openTestLog(env, { config: { ...COMPACTED, minCompactionLagMs: 1_000, maxCompactionLagMs: 5_000 } });
    const begin = env.clock.now();
    for (const [index, ageMs] of [3_000, 2_000, 500, 0].entries()) {
      appendKeyed(env, log, [{ key: 'a', value: String(index), timestamp: begin - ageMs }]);
      log.roll();
    }
    expect(log.cleaning()).toMatchObject({ firstUncleanableOffset: 2, dueMs: begin + 500, isOverdue: false });
    await env.advance(500);
    expect(log.cleaning()).toMatchObject({ firstUncleanableOffset: 3, dueMs: begin + 1_000 });
    await env.advance(2_000);
    expect(log.cleaning()).toMatchObject({ firstUncleanableOffset: 4, isOverdue: true });
  });
  it.each([['beyond the end', 21, 0], ['the end', 20, 20], ['in the middle', 7, 7], ['none', null, 0]])('begins at the checkpoint, or with the log when that can not be right: %s', async (_name, firstDirtyOffset, expected) => {
    const disk = createMemoryDisk();
    const env = createTestEnv({ disk });
    const log = openTestLog(env, { config: COMPACTED });
    appendEach(env, log, ...KEYS);
    await log.close();
    const next = await reopened(disk, { cleanShutdown: true, recoveryPoint: 20, firstDirtyOffset });
    expect(next.log.cleaning().firstDirtyOffset).toBe(expected);
    await clean(next.log);
    expect(recordsIn(next.env, next.log).slice(-5).map(({ offset }) => offset)).toEqual([15, 16, 17, 18, 19]);
  });
  it('follows the log start when that overtakes it, and gives up a pass whose segments go', async () => {
    const env = createTestEnv();
    const log = openTestLog(env, { config: { ...COMPACTED, deletable: true } });
    appendEach(env, log, ...KEYS);
    log.increaseLogStartOffset(12);
    expect(log.cleaning().firstDirtyOffset).toBe(12);
    let rests = 0;
    const pace = { spend: () => true, rest: () => { if (++rests === 8) log.dropSegmentsBelow(12); return Promise.resolve(); } };
    await expect(clean(log, { pace })).rejects.toMatchObject({ code: 'CLEANING_OVERTAKEN' });
    expect([log.cleaning().failure, env.disk.list(DIRECTORY).filter((name) => /cleaned|swap/.test(name))]).toEqual([null, []]);
    await clean(log);
    expect(found(env, log)).toBe('12:k0=12 13:k1=13 14:k2=14 15:k0=15 16:k1=16 17:k2=17 18:k0=18 19:k1=19');
  });
  it('lets the log be used between two turns of a pass', async () => {
    const env = createTestEnv();
    const log = openTestLog(env, { config: COMPACTED });
    appendEach(env, log, ...KEYS);
    let rests = 0;
    const pace = {
      spend: () => true,
      rest: () => {
        appendEach(env, log, `n${rests % 2}=${rests}`);
        expect(recordsIn(env, log).at(-1)).toMatchObject({ key: `n${rests % 2}`, value: String(rests) });
        rests++;
        return log.flush();
      },
    };
    expect(await clean(log, { pace })).toMatchObject({ firstDirtyOffset: 0, endOffset: 15 });
    expect(rests).toBeGreaterThan(20);
    expect(recordsIn(env, log).map(({ offset }) => offset)).toEqual([12, 13, 14, ...Array.from({ length: 5 + rests }, (_, i) => 15 + i)]);
  });
});
