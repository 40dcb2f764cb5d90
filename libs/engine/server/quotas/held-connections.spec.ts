/** KIP-612 in the server: connections that wait for their turn, or wait to be closed. */
import { HeartbeatRequest, HeartbeatResponse, encode } from '#libs/kafka/protocol';
import type { Connection } from '#libs/kernel';
import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import { createPrincipalStore } from '../../security/index.js';
import { defineHandler } from '../api.js';
import { createKafkaServer, type KafkaServer } from '../server.js';
import { createFakeConnection, type FakeConnection } from '../testing/fake-connection.js';
import type { Admission } from './connection-rates.js';

let env: TestEnv;
let accept: (connection: Connection) => void;
let admission: Admission;
let released: number;
let server: KafkaServer;

function heartbeat(): Buffer {
  const payload = Buffer.concat([Buffer.from([0, HeartbeatRequest.apiKey, 0, 3, 0, 0, 0, 9, 0xff, 0xff]), encode(HeartbeatRequest, 3, { groupId: 'g', generationId: 1, memberId: 'm' })]);
  const length = Buffer.alloc(4);
  length.writeInt32BE(payload.length);
  return Buffer.concat([length, payload]);
}
function after(delayMs: number, refused: string | null): Admission {
  let waiting = true;
  return { delayMs, refused, release() { released += Number(waiting); waiting = false; } };
}
function connect(): FakeConnection {
  const wire = createFakeConnection();
  accept(wire);
  return wire;
}

beforeEach(async () => {
  env = createTestEnv({ net: { listen: async (_options, handler) => { accept = handler; return { port: 1, setTls: () => undefined, close: async () => undefined }; }, connect: () => Promise.reject(new Error('no')) } });
  released = 0;
  server = createKafkaServer({
    env, fakeSaltSeed: 'seed', principals: createPrincipalStore({ disk: env.disk, log: env.log, path: null, clusterId: null }), connectionRates: { admit: () => admission },
    handlers: [defineHandler({ apiKey: HeartbeatRequest.apiKey, request: HeartbeatRequest, response: HeartbeatResponse, minVersion: 0, maxVersion: 4, handle: () => ({ errorCode: 0 }) })],
    settings: { idleTimeoutMs: 600_000, frameBytesMax: 100_000, sessionLifetimeMs: 0, memory: { requestBytesMax: 1e6, answerBytesMax: 1e6 } },
    connectionLimits: () => ({ total: 1, perListener: () => Infinity, perAddress: 1, perAddressOverrides: new Map(), perPrincipal: 1, openable: Infinity }),
  });
  await server.listen({ name: 'L', host: 'l', port: 1, protocol: 'PLAINTEXT', tls: null, mechanisms: [], privileged: false });
});

it('lets one in when its turn has come', async () => {
  admission = after(300, null);
  const wire = connect();
  expect([wire.paused, server.connectionCount]).toEqual([true, 0]);
  await env.advance(300);
  wire.feed(heartbeat());
  expect([wire.paused, server.connectionCount, wire.responses().length, released]).toEqual([false, 1, 1, 1]);
});
it('closes one that is beyond its rate after its wait, and counts it as long', async () => {
  admission = after(300, 'connection_creation_rate');
  const wire = connect();
  admission = null;
  expect(connect().ended).toBe(true);
  await env.advance(299);
  expect(wire.ended).toBe(false);
  await env.advance(1);
  expect([wire.ended, server.connectionCount, released]).toEqual([true, 0, 1]);
  expect(connect().ended).toBe(false);
});
it('forgets one that goes while it waits', async () => {
  admission = after(300, null);
  connect().hangUp();
  expect([released, env.time.pendingTimers()]).toEqual([1, 0]);
  admission = null;
  expect(connect().ended).toBe(false);
});
it('lets nobody in that waited for a server which stops', async () => {
  admission = after(300, null);
  const wire = connect();
  await server.close();
  await env.advance(300);
  expect([wire.ended, server.connectionCount]).toEqual([true, 0]);
});
