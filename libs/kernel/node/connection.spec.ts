import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { wrapSocket } from './connection.js';

/** A socket whose kernel takes what it was given when it is told to. */
function slowSocket(): { socket: Socket; take(): void } {
  let taken: (() => void) | null = null;
  const stream = new Duplex({ highWaterMark: 16 * 1024, read: () => undefined, write: (_chunk, _encoding, done) => { taken = () => done(); } });
  const socket = Object.assign(stream, { setNoDelay: () => socket, setKeepAlive: () => socket }) as unknown as Socket;
  return { socket, take: () => { const done = taken; taken = null; done?.(); } };
}
const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

it('tells of a drain whenever it said that something waits, also when the socket never had enough at once to say so', async () => {
  const { socket, take } = slowSocket();
  const connection = wrapSocket(socket, null);
  let drains = 0;
  connection.onDrain(() => { drains++; });
  connection.write([Buffer.alloc(10_000)]);
  expect(connection.queuedBytes).toBe(0);
  await turn();
  connection.write([Buffer.alloc(8_000)]);
  expect(connection.queuedBytes).toBe(18_000);
  take();
  await turn();
  take();
  await turn();
  expect([connection.queuedBytes, drains]).toEqual([0, 1]);
});
