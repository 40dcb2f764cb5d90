/** Crashes and power cuts at every operation that a pass does on the disk: what is found is what was there before, or what is there after. */
import { dirname } from 'node:path';
import { makeDirectory } from '#libs/kernel';
import { createMemoryDisk, createSeededRandom, createTestEnv, type DiskOperation, type MemoryDisk, type TestEnv } from '#libs/kernel/testing';
import { appendEach, clean, COMPACTED, found, reopened } from './clean.fixture.js';
import { DIRECTORY, openTestLog } from './log.fixture.js';

/** Hundreds of lives each. */
const LONG_MS = 120_000;

const SEGMENTS = ['a=1', 'b=1', 'c=1', 'a=2', 'b=2', 'c=2', 'd=1', 'a=3', 'e=1', 'b=3', 'f=1', 'f=2', 'a=4', 'g=1', 'h', 'a=5', 'b=4', 'f=3'];
const HEAD = ['a=6', 'h=1'];
const AFTER = '5:c=2 6:d=1 8:e=1 13:g=1 14:h 15:a=5 16:b=4 17:f=3 18:a=6 19:h=1';

interface Prepared { disk: MemoryDisk; env: TestEnv; log: ReturnType<typeof openTestLog> }

/** Segments of five records; all of them in one group when `segmentBytes` allows. */
async function prepared(segmentBytes: number, cleanedBefore: boolean): Promise<Prepared> {
  const disk = createMemoryDisk();
  const env = createTestEnv({ disk });
  await makeDirectory(disk, dirname(DIRECTORY));
  const log = openTestLog(env, { config: COMPACTED });
  appendEach(env, log, ...SEGMENTS.slice(0, 9));
  if (cleanedBefore) {
    log.roll();
    await clean(log);
  }
  appendEach(env, log, ...SEGMENTS.slice(9));
  log.roll();
  appendEach(env, log, ...HEAD);
  await log.flush();
  log.updateConfig({ ...COMPACTED, segmentBytes });
  return { disk, env, log };
}

/** The disk as it is before each operation of a pass, and after the last. */
async function moments(segmentBytes: number, cleanedBefore = false): Promise<{ before: string; recoveryPoint: number; moments: { disk: MemoryDisk; operation: DiskOperation | null }[] }> {
  const { disk, env, log } = await prepared(segmentBytes, cleanedBefore);
  const before = found(env, log);
  const { recoveryPoint } = log;
  const taken: { disk: MemoryDisk; operation: DiskOperation | null }[] = [];
  disk.onOperation((operation) => { taken.push({ disk: disk.clone(), operation }); });
  await clean(log);
  disk.onOperation(null);
  taken.push({ disk: disk.clone(), operation: null });
  expect(found(env, log)).toBe(AFTER);
  return { before, recoveryPoint, moments: taken };
}

/** Opens, reads, appends, cleans once more, opens again: whatever a crash left must carry all of it. */
async function lifeAfter(disk: MemoryDisk, recoveryPoint: number): Promise<{ first: string; end: number; then: string; left: string[] }> {
  const { env, log } = await reopened(disk, { recoveryPoint });
  const first = found(env, log);
  const end = log.logEndOffset;
  await clean(log);
  appendEach(env, log, 'z=1');
  await log.flush();
  await log.close();
  const second = await reopened(disk, { recoveryPoint: log.recoveryPoint, cleanShutdown: true });
  return { first, end, then: found(second.env, second.log), left: env.disk.list(DIRECTORY).filter((name) => /cleaned|swap|deleted|txnindex/.test(name)) };
}

describe.each([['one group', 10_000, false], ['a group for each segment', 400, false], ['one group with a cleaned tail', 10_000, true]])('a crash while %s is cleaned', (_name, segmentBytes, cleanedBefore) => {
  it('leaves the old or the new, and a log that can be cleaned', async () => {
    const { before, recoveryPoint, moments: all } = await moments(segmentBytes, cleanedBefore);
    expect(all.length).toBeGreaterThan(15);
    const outcomes = new Set<string>();
    for (const { disk, operation } of all) {
      disk.crash();
      const { first, end, then, left } = await lifeAfter(disk, recoveryPoint);
      outcomes.add(first);
      expect([operation, end, then, left]).toEqual([operation, 20, `${AFTER} 20:z=1`, []]);
      if (segmentBytes > 1_000) expect([before, AFTER]).toContain(first);
    }
    // Both occur: the test looks at moments on either side.
    expect([outcomes.has(before), outcomes.has(AFTER)]).toEqual([true, true]);
  }, LONG_MS);
  it('does so also when the power goes and takes any of what was not synced', async () => {
    const { before, recoveryPoint, moments: all } = await moments(segmentBytes, cleanedBefore);
    for (const { disk, operation } of all) {
      // Most depends on which renames stay, and least of them once the replacement has its name.
      const names = disk.list(DIRECTORY);
      const replaced = names.some((name) => name.endsWith('.deleted')) && !names.some((name) => name.endsWith('.swap'));
      const seeds = replaced ? 10 : operation === null || operation.kind === 'rename' || operation.kind === 'syncDir' ? 2 : 1;
      for (let seed = 1; seed <= seeds; seed++) {
        const cut = disk.clone();
        cut.powerCut(createSeededRandom(seed));
        const { first, end, then, left } = await lifeAfter(cut, recoveryPoint);
        expect([operation, seed, end, then, left]).toEqual([operation, seed, 20, `${AFTER} 20:z=1`, []]);
        if (segmentBytes > 1_000) expect([before, AFTER]).toContain(first);
      }
    }
  }, LONG_MS);
});

it('a crash while a replacement is finished leaves the same', async () => {
  const { recoveryPoint, moments: all } = await moments(10_000);
  for (const { disk } of all) {
    disk.crash();
    if (!disk.list(DIRECTORY).some((name) => name.endsWith('.log.swap'))) continue;
    const again: MemoryDisk[] = [];
    const traced = disk.clone();
    traced.onOperation(() => { again.push(traced.clone()); });
    await reopened(traced, { recoveryPoint });
    traced.onOperation(null);
    for (const [index, interrupted] of [...again, traced].entries()) {
      interrupted.powerCut(createSeededRandom(index + 1));
      expect((await lifeAfter(interrupted, recoveryPoint)).then).toBe(`${AFTER} 20:z=1`);
    }
  }
}, LONG_MS);

it('a failed write, sync or rename ends the pass or the log, and loses nothing', async () => {
  const { moments: all } = await moments(10_000);
  for (let nth = 0; nth < all.length - 1; nth++) {
    const { disk, env, log } = await prepared(10_000, false);
    const before = found(env, log);
    let operations = 0;
    disk.onOperation(({ kind, path }) => { if (operations++ === nth && kind !== 'remove') throw Object.assign(new Error(`EIO: ${kind} ${path}`), { code: 'EIO' }); });
    const ended = await clean(log).then(() => 'cleaned', () => 'refused');
    disk.onOperation(null);
    if (log.failed === null) {
      expect([before, AFTER]).toContain(found(env, log));
      expect(ended === 'cleaned' || log.cleaning().failure !== null).toBe(true);
    }
    log.discard();
    disk.crash();
    expect((await lifeAfter(disk, 20)).then).toBe(`${AFTER} 20:z=1`);
  }
}, LONG_MS);
