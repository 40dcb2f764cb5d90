import type { DiskFile } from '#libs/kernel';
import { createTestEnv } from '#libs/kernel/testing';
import { openTestLog, readAll, testBatch } from './log.fixture.js';

/** Coordinators keep views of what they have read and may send them: that memory must stay theirs. */
it('only a read that asks for it gets lent memory, and the same bytes', () => {
  const env = createTestEnv();
  let lent = 0;
  const open = env.disk.open.bind(env.disk);
  env.disk.open = (path, mode): DiskFile => {
    const file = open(path, mode);
    return { ...file, readLent(position, length) { lent++; return file.readLent(position, length); } };
  };
  const log = openTestLog(env);
  for (let i = 0; i < 20; i++) log.append(testBatch(env, [`${i}a`]), { leaderEpoch: 0, logAppendTimeMs: null });
  expect(readAll(env, log)).toHaveLength(20);
  const options = { maxBytes: 10_000, minOneBatch: true, upperOffset: 20 };
  const own = log.read(3, options)!;
  expect(lent).toBe(0);
  expect(log.read(3, { ...options, lent: true })!.bytes.equals(own.bytes)).toBe(true);
  expect(lent).toBeGreaterThan(0);
});
