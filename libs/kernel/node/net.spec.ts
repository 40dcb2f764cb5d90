import type { Connection, Listener, TlsMaterial } from '../ports.js';
import { distinguishedName } from './distinguished-name.js';
import { createLog } from './log.js';
import { createNodeNet } from './net.js';

const net = createNodeNet(createLog(() => undefined));
const open: Listener[] = [];
const connections: Connection[] = [];
afterEach(async () => {
  for (const connection of connections.splice(0)) connection.destroy();
  for (const listener of open.splice(0)) await listener.close();
});
async function listen(tls: TlsMaterial | null, onConnection: (connection: Connection) => void): Promise<Listener> {
  const listener = await net.listen({ host: '127.0.0.1', port: 0, tls }, (connection) => {
    connections.push(connection);
    onConnection(connection);
  });
  open.push(listener);
  return listener;
}
async function dial(port: number): Promise<Connection> {
  const connection = await net.connect({ host: '127.0.0.1', port, tls: null, timeoutMs: 5000 });
  connections.push(connection);
  return connection;
}
const received = (connection: Connection, length: number): Promise<Buffer> => new Promise((resolve) => {
  let all = Buffer.alloc(0);
  connection.onData((chunk) => {
    all = Buffer.concat([all, chunk]);
    if (all.length >= length) resolve(all);
  });
});

describe('net', () => {
  it('carries bytes both ways and flushes them before an end', async () => {
    const listener = await listen(null, (connection) => connection.onData((chunk) => {
      connection.write([Buffer.from('you said '), chunk]);
      connection.end();
    }));
    const client = await dial(listener.port);
    const closed = new Promise<Error | null>((resolve) => { client.onClose(resolve); });
    const answer = received(client, 14);
    client.write([Buffer.from('hello')]);
    expect((await answer).toString()).toBe('you said hello');
    expect(await closed).toBeNull();
  });
  it('reads all sockets into one buffer', async () => {
    const memories = new Set<ArrayBufferLike>();
    const look = (connection: Connection): Promise<void> => new Promise((resolve) => {
      connection.onData((chunk) => {
        memories.add(chunk.buffer);
        resolve();
      });
    });
    const seen: Promise<void>[] = [];
    const listener = await listen(null, (connection) => {
      seen.push(look(connection));
      connection.write([Buffer.from('welcome')]);
    });
    for (let i = 0; i < 3; i++) {
      const client = await dial(listener.port);
      client.write([Buffer.from('hello')]);
      await received(client, 7);
    }
    await Promise.all(seen);
    expect(seen).toHaveLength(3);
    expect(memories.size).toBe(1);
  });
  it('says when a peer does not read, and when it has', async () => {
    let full = false;
    const drained = new Promise<void>((resolve) => {
      void listen(null, (connection) => {
        connection.onDrain(resolve);
        while (!full) full = !connection.write([Buffer.alloc(256 * 1024)]);
      }).then(async ({ port }) => {
        const client = await dial(port);
        client.onData(() => undefined);
      });
    });
    await drained;
    expect(full).toBe(true);
  });
  it('refuses a port in use and a peer that is not there with errors that say so', async () => {
    const listener = await listen(null, () => undefined);
    await expect(net.listen({ host: '127.0.0.1', port: listener.port, tls: null }, () => undefined)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await listener.close();
    await expect(net.connect({ host: '127.0.0.1', port: listener.port, tls: null, timeoutMs: 1000 })).rejects.toMatchObject({ code: 'CONNECT_FAILED', retryable: true });
  });
});

it('prints names like Kafka', () => {
  expect(distinguishedName('CN=sluice-control-plane')).toBe('CN=sluice-control-plane');
  expect(distinguishedName('C=DE\nO=A\\, B\nCN=x')).toBe('CN=x,O=A\\, B,C=DE');
});
