import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Connection, Listener } from '../ports.js';
import { createNodeDisk } from './disk.js';
import { lentMemory } from './lent-memory.js';
import { createLog } from './log.js';
import { createNodeNet } from './net.js';
import { createPiecewiseWriter } from './piecewise.js';
import { CA_PEM, SERVER } from './tls.fixture.js';

const net = createNodeNet(createLog(() => undefined));
let listener: Listener;
let client: Connection;
let server: Connection;
let directory: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-pieces-'));
  const accepted = new Promise<Connection>((resolve) => {
    void net.listen({ host: '127.0.0.1', port: 0, tls: { ...SERVER, caPem: CA_PEM, clientAuth: 'none' } }, resolve).then(async (made) => {
      listener = made;
      client = await net.connect({ host: '127.0.0.1', port: made.port, tls: { caPem: CA_PEM, serverName: 'localhost' }, timeoutMs: 5_000 });
    });
  });
  server = await accepted;
  server.onData(() => undefined);
});
afterEach(async () => {
  server.destroy();
  client.destroy();
  await listener.close();
  rmSync(directory, { recursive: true, force: true });
});

const whole = (length: number): Promise<Buffer> => new Promise((resolve) => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  client.onData((chunk) => {
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes >= length) resolve(Buffer.concat(chunks));
  });
});
const numbered = (size: number, seed: number): Buffer => Buffer.from(Array.from({ length: size }, (_, index) => (index * 7 + seed + (index >> 8)) & 255));
/** Takes all at once, and notes how much came together. */
function recordingSocket(pieces: number[]): Socket {
  const socket = new Writable({
    write: (chunk: Buffer, _encoding, done) => { pieces.push(chunk.length); done(); },
    writev: (chunks, done) => { pieces.push(chunks.reduce((sum, { chunk }) => sum + (chunk as Buffer).length, 0)); done(); },
  });
  return socket as unknown as Socket;
}
const drained = (connection: Connection): Promise<void> => new Promise((resolve) => { connection.onDrain(resolve); });

describe('a TLS connection', () => {
  it('sends small and large chunks in order, and says when they have left though the last was small', async () => {
    const chunks = [3, 20_000, 1, 2, 700_000, 262_144, 5, 262_145, 40, 1_000_000, 9].map((size, index) => numbered(size, index));
    const all = Buffer.concat(chunks);
    const received = whole(all.length);
    const left = drained(server);
    expect(server.write(chunks)).toBe(false);
    expect(server.queuedBytes).toBe(all.length);
    await left;
    expect((await received).equals(all)).toBe(true);
    expect(server.queuedBytes).toBe(0);
  });
  it('tells of a second drain too', async () => {
    const first = drained(server);
    const received = whole(3_000_000);
    server.write([Buffer.alloc(1_500_000, 1)]);
    await first;
    const second = drained(server);
    server.write([Buffer.alloc(1_499_000, 2)]);
    server.write([Buffer.alloc(1_000, 3)]);
    await second;
    expect((await received).at(-1)).toBe(3);
  });
  it('flushes all before it ends', async () => {
    const closed = new Promise<Error | null>((resolve) => { client.onClose(resolve); });
    const received = whole(2_000_000);
    server.write([Buffer.alloc(2_000_000, 7)]);
    server.end();
    expect((await received).equals(Buffer.alloc(2_000_000, 7))).toBe(true);
    expect(await closed).toBeNull();
  });
  it('gives back what a disk lent, once for all of its pieces', async () => {
    const file = createNodeDisk().open(join(directory, 'a'), 'readwrite');
    file.write(0, [numbered(900_000, 1)]);
    const lent = file.readLent(0, 900_000);
    const small = file.readLent(0, 5_000);
    const received = whole(905_000);
    const left = drained(server);
    server.write([lent, small]);
    expect(lentMemory.isLent(lent)).toBe(true);
    await left;
    expect([lentMemory.isLent(lent), lentMemory.isLent(small)]).toEqual([false, false]);
    expect((await received).subarray(0, 900_000).equals(numbered(900_000, 1))).toBe(true);
    file.close();
  });
  it('gives back once what left together with others: it may be lent again by then', async () => {
    const file = createNodeDisk().open(join(directory, 'b'), 'readwrite');
    file.write(0, [numbered(200_000, 3)]);
    const lent = file.readLent(0, 200_000);
    const received = whole(200_011);
    const left = drained(server);
    server.write([Buffer.from('small'), lent, Buffer.from('small')]);
    await left;
    expect(lentMemory.isLent(lent)).toBe(false);
    const next = file.readLent(0, 200_000);
    expect(next.buffer).toBe(lent.buffer);
    // What is written later has nothing to give back of the first.
    server.write([Buffer.from('!')]);
    expect((await received).subarray(5, 200_005).equals(numbered(200_000, 3))).toBe(true);
    expect(lentMemory.isLent(next)).toBe(true);
    lentMemory.takeBack(next);
    file.close();
  });
  it('sends many small chunks as one piece, and large ones with the small ones beside them', async () => {
    const pieces: number[] = [];
    const socket = recordingSocket(pieces);
    const writer = createPiecewiseWriter(socket);
    writer.push([100, 200, 300].map((size) => Buffer.alloc(size)));
    writer.push([50, 100_000, 50, 100_000].map((size) => Buffer.alloc(size)));
    writer.end();
    await once(socket, 'finish');
    expect(pieces).toEqual([600, 147_456, 200_100 - 147_456]);
  });
  it('forgets what is queued when its peer has gone', async () => {
    const closed = new Promise((resolve) => { server.onClose(resolve); });
    client.pause();
    server.write([Buffer.alloc(50_000_000)]);
    client.destroy();
    await closed;
    expect(server.write([Buffer.alloc(10)])).toBe(true);
    expect(server.queuedBytes).toBe(0);
  });
});
