import { createTestEnv } from '#libs/kernel/testing';
import { CheckpointFile, createCheckpoints, type CheckpointSource } from './checkpoints.js';

const source = (recoverFrom: number): CheckpointSource => ({ log: { topicPartition: { topic: 't', partition: 0 }, recoverFrom, logStartOffset: 0 }, highWatermark: 0 }) as unknown as CheckpointSource;

describe('checkpoints', () => {
  it('are written one at a time, also for whoever asks in the turn in which a write ends', async () => {
    const env = createTestEnv({ syncLatencyMs: 1 });
    env.disk.mkdir('/data');
    let recoveryPoint = 1;
    const checkpoints = createCheckpoints(env, '/data', () => [source(recoveryPoint)], () => undefined);
    const save = (): Promise<void> => {
      recoveryPoint++;
      return checkpoints.save(CheckpointFile.recoveryPoint);
    };
    const first = save();
    const waiting = save();
    const later = first.then(save);
    const all = Promise.all([first, waiting, later]);
    await env.advance(20);
    await all;
    expect(String(env.disk.readFile(`/data/${CheckpointFile.recoveryPoint}`))).toBe(`0\n1\nt 0 ${recoveryPoint}\n`);
  });

  it('know whom the files may speak of, before and after a write', async () => {
    const env = createTestEnv({ syncLatencyMs: 1 });
    env.disk.mkdir('/data');
    let sources = [source(7)];
    const checkpoints = createCheckpoints(env, '/data', () => sources, () => undefined);
    expect(checkpoints.mayDescribe('t', 0)).toBe(false);
    checkpoints.found(CheckpointFile.logStart, new Map([['u-3', 9]]));
    checkpoints.found(CheckpointFile.recoveryPoint, new Map([['v-0', 0]]));
    expect(checkpoints.mayDescribe('u', 3)).toBe(true);
    // Recovery from the beginning is what nothing known means too.
    expect(checkpoints.mayDescribe('v', 0)).toBe(false);
    const writing = checkpoints.save(CheckpointFile.recoveryPoint);
    sources = [];
    expect(checkpoints.mayDescribe('t', 0)).toBe(true);
    await env.advance(5);
    await writing;
    expect(checkpoints.mayDescribe('t', 0)).toBe(true);
    const forgotten = checkpoints.forgetOthers();
    await env.advance(10);
    await forgotten;
    expect([checkpoints.mayDescribe('t', 0), checkpoints.mayDescribe('u', 3)]).toEqual([false, false]);
  });
});
