import { replaceFile } from '../replace-file.js';
import { createMemoryDisk, createSeededRandom, createTestEnv, PAGE_BYTES } from './index.js';

const bytes = (fill: string, length: number): Buffer => Buffer.alloc(length, fill);

describe('memory disk', () => {
  it('keeps what was synced through a power cut and may lose the rest', async () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const disk = createMemoryDisk();
      disk.mkdir('/d');
      const file = disk.open('/d/a', 'readwrite');
      file.write(0, [bytes('x', PAGE_BYTES)]);
      await file.sync();
      await disk.syncDir('/');
      await disk.syncDir('/d');
      file.write(PAGE_BYTES, [bytes('y', PAGE_BYTES * 2)]);
      disk.powerCut(createSeededRandom(seed));
      const after = disk.readFile('/d/a')!;
      expect(after.subarray(0, PAGE_BYTES).equals(bytes('x', PAGE_BYTES))).toBe(true);
      outcomes.add(`${after.length}:${after[PAGE_BYTES]}:${after[PAGE_BYTES * 2]}`);
    }
    expect(outcomes.size).toBeGreaterThan(3);
  });

  it('loses an unsynced name although the content was synced', async () => {
    const kept = new Set<boolean>();
    for (let seed = 0; seed < 20; seed++) {
      const disk = createMemoryDisk();
      const file = disk.open('/a', 'readwrite');
      file.write(0, [bytes('x', 10)]);
      await file.sync();
      disk.powerCut(createSeededRandom(seed));
      kept.add(disk.stat('/a') !== null);
    }
    expect(kept).toEqual(new Set([true, false]));
  });

  it('keeps everything through a crash, and kills handles and syncs of the old process', async () => {
    const env = createTestEnv({ syncLatencyMs: 5 });
    const view = env.disk.mount();
    const file = view.open('/a', 'readwrite');
    file.write(0, [bytes('x', 10)]);
    let ended = false;
    void file.sync().finally(() => { ended = true; });
    env.disk.crash();
    await env.advance(10);
    expect(ended).toBe(false);
    expect(env.disk.readFile('/a')).toEqual(bytes('x', 10));
    expect(() => file.write(0, [bytes('y', 1)])).toThrow('EBADF');
    expect(() => view.open('/b', 'readwrite')).toThrow('EIO');
  });

  it('promises only what was written before the sync began', async () => {
    const lost = new Set<boolean>();
    for (let seed = 0; seed < 20; seed++) {
      const env = createTestEnv({ syncLatencyMs: 5 });
      const file = env.disk.open('/a', 'readwrite');
      const named = env.disk.syncDir('/');
      await env.advance(5);
      await named;
      file.write(0, [bytes('x', PAGE_BYTES)]);
      const synced = file.sync();
      file.write(0, [bytes('y', PAGE_BYTES)]);
      await env.advance(5);
      await synced;
      env.disk.powerCut(createSeededRandom(seed));
      const after = env.disk.readFile('/a')!;
      expect(after.length).toBe(PAGE_BYTES);
      lost.add(after[0] === 'x'.charCodeAt(0));
    }
    expect(lost).toEqual(new Set([true, false]));
  });

  it('drops the data of a failed sync although the next one succeeds', async () => {
    const disk = createMemoryDisk();
    const file = disk.open('/a', 'readwrite');
    await disk.syncDir('/');
    file.write(0, [bytes('x', 100)]);
    disk.failNextSync();
    await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' });
    await file.sync();
    expect(file.read(0, 100)).toEqual(bytes('x', 100));
    disk.powerCut(createSeededRandom(1));
    expect(disk.readFile('/a')!.includes('x')).toBe(false);
  });

  it('tears a write and fills up', () => {
    const disk = createMemoryDisk();
    const file = disk.open('/a', 'readwrite');
    disk.failWrite(2, { keptBytes: 3 });
    file.write(0, [bytes('x', 10)]);
    expect(() => file.write(10, [bytes('y', 10)])).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
    expect(disk.readFile('/a')!.toString()).toBe('xxxxxxxxxxyyy');
  });

  it('replaces a file whole or not at all, wherever the power fails', async () => {
    for (let cut = 1; cut < 12; cut++) {
      for (let seed = 0; seed < 10; seed++) {
        const disk = createMemoryDisk();
        await replaceFile(disk, '/f', Buffer.from('old'));
        let operations = 0;
        let image = null as ReturnType<typeof disk.clone> | null;
        disk.onOperation(() => { if (++operations === cut) image = disk.clone(); });
        await replaceFile(disk, '/f', Buffer.from('newer'));
        const final = image ?? disk;
        final.powerCut(createSeededRandom(seed));
        expect(['old', 'newer']).toContain(final.readFile('/f')!.toString());
        if (image === null) expect(final.readFile('/f')!.toString()).toBe('newer');
      }
    }
  });
});
