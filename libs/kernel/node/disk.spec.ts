import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceFile } from '../replace-file.js';
import { createNodeDisk } from './disk.js';
import { createLog, rotatingFileSink } from './log.js';

const disk = createNodeDisk();
let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'sluice-disk-')); });
afterEach(() => { rmSync(directory, { recursive: true, force: true }); });

describe('disk', () => {
  it('writes at positions and reads what is there, shorter at the end', async () => {
    const file = disk.open(join(directory, 'a'), 'readwrite');
    file.write(0, [Buffer.from('hello '), Buffer.alloc(0), Buffer.from('world')]);
    file.write(6, [Buffer.from('W')]);
    expect(file.read(0, 100).toString()).toBe('hello World');
    expect(file.read(9, 100_000).toString()).toBe('ld');
    expect(file.read(50, 100_000).length).toBe(0);
    file.truncate(5);
    await file.sync();
    expect(file.sizeBytes()).toBe(5);
    file.close();
    file.close();
    expect(disk.readFile(join(directory, 'a'))!.toString()).toBe('hello');
  });
  it('writes more buffers than one call of the system takes', () => {
    const file = disk.open(join(directory, 'many'), 'readwrite');
    const buffers = Array.from({ length: 5000 }, (_, index) => Buffer.from(String(index % 10)));
    file.write(0, buffers);
    expect(file.read(0, 5000).equals(Buffer.concat(buffers))).toBe(true);
    file.close();
  });
  it('knows the room of its file system', () => {
    const { totalBytes, usableBytes } = disk.space(directory);
    expect(usableBytes).toBeGreaterThan(0);
    expect(totalBytes).toBeGreaterThanOrEqual(usableBytes);
  });
  it('unlinks files and empty directories, nothing that holds something, and is content with nothing there', async () => {
    const inner = join(directory, 'd');
    disk.mkdir(inner);
    disk.open(join(inner, 'a'), 'readwrite').close();
    await expect(disk.unlink(inner)).rejects.toMatchObject({ code: 'ENOTEMPTY' });
    await disk.unlink(join(inner, 'a'));
    await disk.unlink(join(inner, 'a'));
    await disk.unlink(inner);
    expect(disk.list(directory)).toEqual([]);
  });
  it('says what is absent', () => {
    expect(disk.stat(join(directory, 'no'))).toBeNull();
    disk.open(join(directory, 'file'), 'readwrite').close();
    expect(disk.stat(join(directory, 'file', 'below'))).toBeNull();
    expect(disk.readFile(join(directory, 'no'))).toBeNull();
    expect(disk.list(join(directory, 'no'))).toEqual([]);
    expect(() => disk.open(join(directory, 'no'), 'read')).toThrow(/ENOENT/);
    disk.remove(join(directory, 'no'));
  });
  it('tells of a replaced file, and gives it a new version', async () => {
    const path = join(directory, 'watched.json');
    await replaceFile(disk, path, Buffer.from('1'));
    const before = disk.stat(path)!.version;
    const changed = new Promise<void>((resolve) => { const watch = disk.watch(path, () => { watch.close(); resolve(); }); });
    await replaceFile(disk, path, Buffer.from('2'));
    await changed;
    expect(disk.stat(path)!.version).not.toBe(before);
  });
});

describe('log file', () => {
  it('is rotated by size and keeps so many files', () => {
    const path = join(directory, 'logs', 'x.log');
    const log = createLog(rotatingFileSink(path, 200, 3));
    for (let index = 0; index < 20; index++) log.write('info', 'tick', { index });
    log.write('debug', 'unseen');
    expect(disk.list(join(directory, 'logs')).sort()).toEqual(['x.log', 'x.log.1', 'x.log.2']);
    expect(disk.readFile(path)!.toString()).toContain('"index":19');
    expect(disk.stat(path)!.sizeBytes).toBeLessThanOrEqual(200);
  });
});
