import { dirname } from 'node:path';
import { makeDirectory, type Disk } from '#libs/kernel';
import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import type { PartitionLog } from './api.js';
import { DIRECTORY, openTestLog, readAll, restarted, testBatch, TOPIC_ID } from './log.fixture.js';

/** The disk, telling which names were looked for and cut. */
function watched(env: TestEnv): { env: TestEnv; calls: string[] } {
  const calls: string[] = [];
  const noted = (what: string, path: string): string => { calls.push(`${what} ${path.slice(path.lastIndexOf('/') + 1)}`); return path; };
  const { disk } = env;
  const looking: Pick<Disk, 'open' | 'stat' | 'readFile' | 'list' | 'mkdir'> = {
    open(path, mode) {
      const file = disk.open(noted('open', path), mode);
      return { ...file, truncate(sizeBytes) { noted('truncate', path); file.truncate(sizeBytes); } };
    },
    stat: (path) => disk.stat(noted('stat', path)), readFile: (path) => disk.readFile(noted('readFile', path)), list: (path) => disk.list(noted('list', path)), mkdir: (path) => disk.mkdir(noted('mkdir', path)),
  };
  return { env: { ...env, disk: { ...disk, ...looking } }, calls };
}

describe('opening a log', () => {
  it('makes nothing of a new partition, and looks for nothing but its directory', async () => {
    const { env, calls } = watched(createTestEnv());
    const log = openTestLog(env);
    log.assignEpochStart(3);
    await log.flush();
    expect(calls).toEqual(['stat orders-0']);
    expect([log.logStartOffset, log.logEndOffset, log.latestEpoch, log.topicId]).toEqual([0, 0, 3, TOPIC_ID]);
    expect([log.offsetForTimestamp(0, 0), log.offsetForTimestamp(-5, 0), log.offsetOfMaxTimestamp(0), log.sizeBytes, log.segments().length]).toEqual([null, null, null, 0, 1]);
    log.increaseLogStartOffset(0);
    log.dropSegmentsBelow(0);
    log.roll();
    log.discard();
    expect(calls).toEqual(['stat orders-0']);
  });

  it('makes the directory with the first batch, names the topic before it writes that, and all of it lasts', async () => {
    const { env, calls } = watched(createTestEnv());
    const above = makeDirectory(env.disk, dirname(DIRECTORY));
    await env.advance(10);
    await above;
    calls.length = 0;
    const log = openTestLog(env);
    log.append(testBatch(env, ['a']), { leaderEpoch: 0, logAppendTimeMs: null });
    const made = ['stat orders-0', 'mkdir orders-0', 'open partition.metadata', 'truncate partition.metadata', 'open 00000000000000000000.log'];
    expect(calls).toEqual(made);
    log.append(testBatch(env, ['b']), { leaderEpoch: 0, logAppendTimeMs: null });
    expect(calls).toEqual(made);
    const flushed = log.flush();
    await env.advance(10);
    await flushed;
    env.disk.powerCut(env.random);
    const again = openTestLog(restarted(env.disk));
    expect(readAll(env, again).map(({ value }) => value)).toEqual(['a', 'b']);
    expect(env.disk.readFile(`${DIRECTORY}/partition.metadata`)!.toString()).toContain(TOPIC_ID);
  });

  it('leaves nothing at a clean stop before the first batch, all files after it', async () => {
    const env = createTestEnv();
    const close = async (log: PartitionLog): Promise<void> => {
      const closed = log.close();
      await env.advance(10);
      await closed;
    };
    await close(openTestLog(env));
    expect(env.disk.list(dirname(DIRECTORY))).toEqual([]);
    const log = openTestLog(env, { cleanShutdown: true });
    log.append(testBatch(env, ['a']), { leaderEpoch: 0, logAppendTimeMs: null });
    await close(log);
    const first = '00000000000000000000';
    expect(env.disk.list(DIRECTORY).sort()).toEqual([`${first}.index`, `${first}.log`, `${first}.timeindex`, '00000000000000000001.snapshot', 'leader-epoch-checkpoint', 'partition.metadata']);
    expect(openTestLog(restarted(env.disk), { cleanShutdown: true }).logEndOffset).toBe(1);
  });

  it.each(['partition.metadata', '00000000000000000000.log'])('takes the first batch later when %s can not be made now', (name) => {
    const env = createTestEnv();
    let refusing = true;
    const { disk } = env;
    const open: Disk['open'] = (path, mode) => {
      if (refusing && path.endsWith(name)) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
      return disk.open(path, mode);
    };
    const log = openTestLog({ ...env, disk: { ...disk, open } });
    const write = (): number => log.append(testBatch(env, ['a']), { leaderEpoch: 0, logAppendTimeMs: null }).firstOffset;
    expect(write).toThrow(expect.objectContaining({ code: 'WRITE_REFUSED', retryable: true }));
    expect([log.logEndOffset, log.failed]).toEqual([0, null]);
    refusing = false;
    expect(write()).toBe(0);
    expect(env.disk.readFile(`${DIRECTORY}/partition.metadata`)!.toString()).toContain(TOPIC_ID);
  });

  it('begins a new partition where it is told to', () => {
    const log = openTestLog(createTestEnv(), { logStartOffset: 40 });
    expect([log.logStartOffset, log.logEndOffset]).toEqual([40, 40]);
  });

  it('looks at everything in a directory that is there, whatever a crash has left in it', () => {
    const env = createTestEnv();
    env.disk.mkdir(DIRECTORY);
    env.disk.open(`${DIRECTORY}/partition.metadata`, 'readwrite').write(0, [Buffer.from(`version: 0\ntopic_id: ${'torn'.repeat(10)}`)]);
    env.disk.open(`${DIRECTORY}/00000000000000000000.log`, 'readwrite').write(0, [Buffer.alloc(30, 'x')]);
    env.disk.open(`${DIRECTORY}/00000000000000000007.index`, 'readwrite').write(0, [Buffer.alloc(8, 1)]);
    const log = openTestLog(env);
    expect(log.logEndOffset).toBe(0);
    expect(env.disk.stat(`${DIRECTORY}/00000000000000000000.log`)!.sizeBytes).toBe(0);
    expect(env.disk.stat(`${DIRECTORY}/00000000000000000007.index`)).toBeNull();
    expect(env.disk.readFile(`${DIRECTORY}/partition.metadata`)!.toString()).toBe(`version: 0\ntopic_id: ${TOPIC_ID}`);
  });
});
