import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNodeDisk } from './disk.js';
import { createLentMemory, lentMemory } from './lent-memory.js';
import { createLog } from './log.js';
import { createNodeNet } from './net.js';
import { NODE_LIMITS } from './node.limits.js';

const { lentBytesMin, lentBytesMax, lentBytesKept } = NODE_LIMITS;

describe('lent memory', () => {
  it('is used again once it is back, and not before', () => {
    const memory = createLentMemory();
    const first = memory.take(100_000);
    expect(memory.isLent(first)).toBe(true);
    const second = memory.take(100_000);
    expect(second.buffer).not.toBe(first.buffer);
    memory.takeBack(first);
    expect(memory.isLent(first)).toBe(false);
    expect(memory.take(70_000).buffer).toBe(first.buffer);
  });
  it('takes a part of it for the whole, and nothing twice', () => {
    const memory = createLentMemory();
    const bytes = memory.take(65_536);
    memory.takeBack(bytes.subarray(100, 65_000));
    memory.takeBack(bytes);
    expect(memory.keptBytes).toBe(65_536);
    expect(memory.take(65_536).buffer).not.toBe(memory.take(65_536).buffer);
  });
  it.each([lentBytesMin - 1, lentBytesMax + 1])('of %d bytes is nobody\'s', (size) => {
    const memory = createLentMemory();
    const bytes = memory.take(size);
    expect([bytes.length, memory.isLent(bytes)]).toEqual([size, false]);
    memory.takeBack(bytes);
    expect(memory.keptBytes).toBe(0);
  });
  it('leaves alone what it did not lend', () => {
    const memory = createLentMemory();
    memory.takeBack(Buffer.alloc(100_000));
    expect(memory.keptBytes).toBe(0);
  });
  it('keeps no more than it may', () => {
    const memory = createLentMemory();
    const all = Array.from({ length: lentBytesKept / lentBytesMax + 3 }, () => memory.take(lentBytesMax));
    for (const bytes of all) memory.takeBack(bytes);
    expect(memory.keptBytes).toBe(lentBytesKept);
  });
  it('is given up when nobody reads any more', () => {
    const timers: (() => void)[] = [];
    const memory = createLentMemory({ setTimeout: (callback) => { timers.push(callback); return { unref: () => undefined }; } });
    memory.takeBack(memory.take(100_000));
    memory.takeBack(memory.take(100_000));
    timers.shift()!();
    expect(memory.keptBytes).toBe(131_072);
    timers.shift()!();
    expect([memory.keptBytes, timers.length]).toEqual([0, 0]);
    memory.takeBack(memory.take(100_000));
    expect(timers.length).toBe(1);
  });
});

describe('what a disk lends', () => {
  const SIZE = 1_000_000;
  let directory: string;
  beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'sluice-lent-')); });
  afterEach(() => { rmSync(directory, { recursive: true, force: true }); });

  it('is back only when a slow reader has it, and arrives as it was', async () => {
    const file = createNodeDisk().open(join(directory, 'a'), 'readwrite');
    const parts = Array.from({ length: 12 }, (_, index) => Buffer.alloc(SIZE, index + 1));
    file.write(0, parts);
    const net = createNodeNet(createLog(() => undefined));
    const lent: Buffer[] = [];
    const listener = await net.listen({ host: '127.0.0.1', port: 0, tls: null }, (connection) => {
      for (let index = 0; index < parts.length; index++) {
        lent.push(file.readLent(index * SIZE, SIZE));
        connection.write([Buffer.from('header'), lent.at(-1)!]);
      }
    });
    const client = await net.connect({ host: '127.0.0.1', port: listener.port, tls: null, timeoutMs: 5_000 });
    client.pause();
    const chunks: Buffer[] = [];
    const whole = new Promise<Buffer>((resolve) => {
      client.onData((chunk) => {
        chunks.push(Buffer.from(chunk));
        if (chunks.reduce((sum, each) => sum + each.length, 0) === parts.length * (SIZE + 6)) resolve(Buffer.concat(chunks));
      });
    });
    client.resume();
    const received = await whole;
    for (const [index, part] of parts.entries()) {
      const at = index * (SIZE + 6) + 6;
      expect(received.subarray(at, at + SIZE).equals(part)).toBe(true);
    }
    expect(new Set(lent.map((bytes) => bytes.buffer)).size).toBe(parts.length);
    await Promise.resolve();
    expect(lent.map((bytes) => lentMemory.isLent(bytes))).toEqual(parts.map(() => false));
    client.destroy();
    await listener.close();
    file.close();
  });
  it('is shorter at the end of the file', () => {
    const file = createNodeDisk().open(join(directory, 'b'), 'readwrite');
    file.write(0, [Buffer.alloc(10_000, 7)]);
    expect(file.readLent(4_000, 50_000).equals(Buffer.alloc(6_000, 7))).toBe(true);
    file.close();
  });
});
