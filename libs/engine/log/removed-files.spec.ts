import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import { createRemovedFiles, setFileAside } from './removed-files.js';

function write(env: TestEnv, path: string): void {
  const file = env.disk.open(path, 'readwrite');
  file.write(0, [Buffer.from('x')]);
  file.close();
}

describe('removed files', () => {
  it('are renamed at once and go after their delay, by one timer', async () => {
    const env = createTestEnv();
    env.disk.mkdir('/d');
    const removed = createRemovedFiles(env);
    for (const [name, delayMs] of [['a', 60_000], ['b', 1_000]] as const) {
      write(env, `/d/${name}`);
      removed.later(setFileAside(env.disk, `/d/${name}`)!, delayMs);
    }
    expect(env.disk.list('/d').sort()).toEqual(['a.deleted', 'b.deleted']);
    expect(env.time.pendingTimers()).toBe(1);
    await env.advance(1_000);
    expect(env.disk.list('/d')).toEqual(['a.deleted']);
    await env.advance(59_000);
    expect(env.disk.list('/d')).toEqual([]);
    expect(env.time.pendingTimers()).toBe(0);
  });
  it('take directories file by file', async () => {
    const env = createTestEnv();
    env.disk.mkdir('/d/t-0.x-delete');
    for (const name of ['1', '2', '3']) write(env, `/d/t-0.x-delete/${name}`);
    let removals = 0;
    env.disk.onOperation(({ kind }) => { if (kind === 'remove') removals++; });
    const removed = createRemovedFiles(env);
    removed.later('/d/t-0.x-delete', 10);
    await env.advance(10);
    expect([env.disk.list('/d'), removals, removed.waiting]).toEqual([[], 4, 0]);
  });
  it('go at once when the disk needs the room, and not after a stop', async () => {
    const env = createTestEnv();
    env.disk.mkdir('/d');
    const removed = createRemovedFiles(env);
    for (const name of ['a', 'b']) write(env, `/d/${name}`);
    removed.later('/d/a', 60_000);
    removed.hurry();
    await env.advance(0);
    expect(env.disk.list('/d')).toEqual(['b']);
    removed.later('/d/b', 5);
    removed.stop();
    await env.advance(60_000);
    expect(env.disk.list('/d')).toEqual(['b']);
  });
  it('go on after one that can not be removed', async () => {
    const env = createTestEnv();
    env.disk.mkdir('/d');
    const removed = createRemovedFiles(env);
    for (const name of ['a', 'b']) { write(env, `/d/${name}`); removed.later(`/d/${name}`, 1); }
    env.disk.onOperation(({ kind, path }) => { if (kind === 'remove' && path === '/d/a') throw Object.assign(new Error('EBUSY'), { code: 'EBUSY' }); });
    await env.advance(1);
    expect(env.disk.list('/d')).toEqual(['a']);
    expect(env.lines.map(({ event }) => event)).toEqual(['log.remove.failed']);
  });
  it('give up a directory that keeps something which can not be removed', async () => {
    const env = createTestEnv();
    env.disk.mkdir('/d/t-0.x-delete');
    for (const name of ['1', '2']) write(env, `/d/t-0.x-delete/${name}`);
    let tries = 0;
    env.disk.onOperation(({ kind, path }) => {
      if (kind !== 'remove' || path.endsWith('/2')) return;
      if (++tries > 10) env.disk.onOperation(null);
      throw Object.assign(new Error('EBUSY'), { code: 'EBUSY' });
    });
    const removed = createRemovedFiles(env);
    removed.later('/d/t-0.x-delete', 1);
    await env.advance(1_000);
    expect([tries, removed.waiting, env.time.pendingTimers(), env.disk.list('/d/t-0.x-delete')]).toEqual([1, 0, 0, ['1']]);
    expect(env.lines.map(({ event }) => event)).toEqual(['log.remove.failed', 'log.remove.failed']);
  });
  it('go one at a time, however many are due, and hold no turn up', async () => {
    const env = createTestEnv();
    env.disk.mkdir('/d');
    const under: (() => void)[] = [];
    const slow = { ...env.disk, unlink: (path: string) => new Promise<void>((resolve, reject) => { under.push(() => { env.disk.unlink(path).then(resolve, reject); }); }) };
    const removed = createRemovedFiles({ ...env, disk: slow });
    for (const name of ['a', 'b']) { write(env, `/d/${name}`); removed.later(`/d/${name}`, 1); }
    await env.advance(1);
    removed.hurry();
    await env.advance(60_000);
    expect([under.length, env.time.pendingTimers()]).toEqual([1, 0]);
    under[0]!();
    await env.advance(0);
    expect([under.length, env.disk.list('/d')]).toEqual([2, ['b']]);
    removed.stop();
    under[1]!();
    await env.advance(0);
    expect([env.disk.list('/d'), env.time.pendingTimers()]).toEqual([[], 0]);
  });
});
