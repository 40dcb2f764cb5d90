/** The waiting rooms of the data path: producers for the high watermark, long polls, flushes. */
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { createVirtualTime } from '#libs/kernel/testing';
import type { LeaderPartition } from './api.js';
import { createCommitWaiters } from './commit-waiters.js';
import { createFetchPurgatory } from './fetch-purgatory.js';
import { createGroupCommit, type CommitPoint } from './group-commit.js';
import { replicationLimits } from './replication.limits.js';

const settle = (): Promise<void> => createVirtualTime().settle();

describe('commit waiters', () => {
  it('are released in order of offset, whatever the order of arrival', () => {
    const waiters = createCommitWaiters();
    const released: number[] = [];
    for (const offset of [5, 3, 9, 5]) waiters.wait(offset, (error) => { if (error === null) released.push(offset); });
    waiters.release(2);
    expect([released, waiters.size]).toEqual([[], 4]);
    waiters.release(5);
    expect([released, waiters.size]).toEqual([[3, 5, 5], 1]);
  });
  it('all fail at the end', () => {
    const waiters = createCommitWaiters();
    const errors: (ErrorCode | undefined)[] = [];
    for (const offset of [1, 2]) waiters.wait(offset, (error) => { errors.push(error?.code); });
    waiters.failAll(new KafkaError(ErrorCode.NOT_LEADER_OR_FOLLOWER));
    expect(errors).toEqual([ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.NOT_LEADER_OR_FOLLOWER]);
    expect(waiters.size).toBe(0);
  });
});

describe('long polls', () => {
  const idle = { committedBytes: 0, endedWith: ErrorCode.NONE, onAdvance: () => () => undefined } as unknown as LeaderPartition;
  it('are bounded: one past the limit is not parked', async () => {
    const time = createVirtualTime();
    const purgatory = createFetchPurgatory(time, 2);
    const request = { partitions: [{ leader: idle, maxBytes: 10 }], minBytes: 1, bytes: 0, maxWaitMs: 100 };
    const parked = [purgatory.park(request), purgatory.park(request)];
    expect(purgatory.park(request)).toBeNull();
    await time.advance(100);
    expect(await Promise.all(parked)).toEqual(['timed-out', 'timed-out']);
    expect(purgatory.parked).toBe(0);
    expect(purgatory.park(request)).not.toBeNull();
  });
});

describe('group commit', () => {
  function setup(required?: () => number) {
    const flushes: { resolve: () => void; reject: (error: Error) => void }[] = [];
    const seen: (CommitPoint | string)[] = [];
    let end = 0;
    const time = createVirtualTime();
    const commits = createGroupCommit({
      clock: time.clock, timers: time.timers,
      appended: () => ({ offset: end, bytes: end * 10 }),
      ...(required === undefined ? {} : { required }),
      flush: () => new Promise((resolve, reject) => { flushes.push({ resolve, reject }); }),
      committed: (point) => { seen.push(point); },
      failed: (error) => { seen.push((error as Error).message); },
    });
    const append = async (): Promise<void> => { end += 1; commits.request(); await settle(); };
    return { time, flushes, seen, commits, append };
  }
  it('commits only what was there when the flush began', async () => {
    const { time, flushes, seen, append } = setup();
    await append();
    await append();
    await append();
    expect(flushes).toHaveLength(1);
    flushes[0]!.resolve();
    await time.settle();
    expect([seen, flushes.length]).toEqual([[{ offset: 1, bytes: 10 }], 2]);
    flushes[1]!.resolve();
    await time.settle();
    expect([seen, flushes.length]).toEqual([[{ offset: 1, bytes: 10 }, { offset: 3, bytes: 30 }], 2]);
  });
  it('flushes no further than is wanted, and leaves the rest alone', async () => {
    const { time, flushes, seen, append } = setup(() => 1);
    await append();
    await append();
    flushes[0]!.resolve();
    await time.settle();
    expect([seen, flushes.length, time.pendingTimers()]).toEqual([[{ offset: 1, bytes: 10 }], 1, 0]);
  });
  it('waits on a slow disk for as many as were let go or waited beside, and no longer than it may', async () => {
    const { time, flushes, append } = setup();
    const finish = async (flushMs: number = replicationLimits.gatherFromFlushMs): Promise<void> => {
      await time.advance(flushMs);
      flushes.at(-1)!.resolve();
      await time.settle();
    };
    await append();
    await append();
    await finish();
    // One was let go and one waits: two.
    expect(flushes).toHaveLength(1);
    await append();
    expect(flushes).toHaveLength(2);
    await finish();
    await append();
    expect(flushes).toHaveLength(2);
    await time.advance(replicationLimits.gatherMs);
    expect(flushes).toHaveLength(3);
    // One at a time doesn't wait.
    await finish();
    await append();
    expect(flushes).toHaveLength(4);
    // Nobody waits on a fast disk.
    await append();
    await finish(replicationLimits.gatherFromFlushMs - 0.1);
    expect(flushes).toHaveLength(5);
    await finish();
    expect(time.pendingTimers()).toBe(0);
  });
  it('does not wait once it is stopped', async () => {
    const { time, flushes, commits, append } = setup();
    await append();
    await append();
    await time.advance(replicationLimits.gatherFromFlushMs);
    flushes[0]!.resolve();
    await time.settle();
    expect(time.pendingTimers()).toBe(1);
    commits.stop();
    await time.settle();
    expect([flushes.length, time.pendingTimers()]).toEqual([1, 0]);
  });
  it('believes nothing after a failure', async () => {
    const { flushes, seen, append } = setup();
    await append();
    await append();
    flushes[0]!.reject(new Error('EIO'));
    await settle();
    await append();
    expect([seen, flushes.length]).toEqual([['EIO'], 1]);
  });
  it('commits nothing after it was stopped', async () => {
    const { flushes, seen, commits, append } = setup();
    await append();
    commits.stop();
    flushes[0]!.resolve();
    await settle();
    expect(seen).toEqual([]);
  });
});
