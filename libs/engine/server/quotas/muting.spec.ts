/** KIP-219 on a connection: the answer at once with the time, then silence for as long; on virtual time. */
import { decode, encode, HeartbeatRequest, HeartbeatResponse, ProduceRequest, ProduceResponse, type Draft, type MessageCodec } from '#libs/kafka/protocol';
import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import type { QuotaImage } from '../../controller/index.js';
import { defineHandler, NO_RESPONSE, type ApiHandler } from '../api.js';
import { createServerConnection, type ServerConnection } from '../connection.js';
import { createFrameBuffers } from '../frame-buffers.js';
import { createMemoryPool } from '../memory-pool.js';
import { createOutputBudget } from '../output-budget.js';
import { createFakeConnection, type FakeConnection } from '../testing/fake-connection.js';
import { createClientQuotas } from './client-quotas.js';

const window = { samples: 11, sampleMs: 1_000 };
let env: TestEnv;
let wire: FakeConnection;
let served: ServerConnection;
/** A Produce with acks=1 waits for this. */
let answerParked: () => void;

function connect(...quotas: QuotaImage[]): void {
  env = createTestEnv();
  wire = createFakeConnection();
  const image = { quotas: new Map(quotas.map((quota, index) => [String(index), quota])) };
  const produce = defineHandler({
    apiKey: 0, request: ProduceRequest, response: ProduceResponse, minVersion: 0, maxVersion: 13,
    handle: (_context, { acks }) => (acks === 0 ? NO_RESPONSE : acks === 1 ? new Promise<Draft<ProduceResponse>>((resolve) => { answerParked = () => resolve({ responses: [] }); }) : { responses: [] }),
  });
  const heartbeat = defineHandler({ apiKey: 12, request: HeartbeatRequest, response: HeartbeatResponse, minVersion: 0, maxVersion: 4, handle: () => ({ errorCode: 0 }) });
  const pool = createMemoryPool(1e6);
  served = createServerConnection({
    env, connection: wire, handlers: new Map<number, ApiHandler>([[0, produce], [12, heartbeat]]), pool, loginPool: pool, frames: createFrameBuffers(), output: createOutputBudget(1e6, () => undefined), frameBytesMax: 1e6,
    peer: {
      connectionId: 'c', clientHost: 'h', listenerName: 'L', principal: { type: 'User', name: 'u' }, sasl: null,
      quotas: createClientQuotas({ clock: env.clock, windows: { client: window, controller: window }, controller: { image, onImage: () => undefined } }),
    },
    onLogin: () => null, onClosed: () => undefined,
  });
}
function frame<T>(codec: MessageCodec<T>, version: number, correlationId: number, body: Draft<T>): Buffer {
  const payload = Buffer.concat([Buffer.alloc(8), Buffer.from([0, 1, 0x63]), version >= codec.flexibleFrom ? Buffer.from([0]) : Buffer.alloc(0), encode(codec, version, body)]);
  payload.writeInt16BE(codec.apiKey, 0);
  payload.writeInt16BE(version, 2);
  payload.writeInt32BE(correlationId, 4);
  const length = Buffer.alloc(4);
  length.writeInt32BE(payload.length);
  return Buffer.concat([length, payload]);
}
/** A Produce whose body is this long. */
function produce(correlationId: number, bytes: number, acks = -1): Buffer {
  const draft = (records: number): Draft<ProduceRequest> => ({ transactionalId: null, acks, timeoutMs: 1, topicData: [{ name: 't', partitionData: [{ index: 0, records: Buffer.alloc(records) }] }] });
  const overhead = encode(ProduceRequest, 8, draft(0)).length;
  return frame(ProduceRequest, 8, correlationId, draft(bytes - overhead));
}
const heartbeat = (correlationId: number): Buffer => frame(HeartbeatRequest, 3, correlationId, { groupId: 'g', generationId: 1, memberId: 'm' });
const correlationIds = (): number[] => wire.responses().map((each) => each.readInt32BE(0));
const throttles = (): number[] => wire.responses().map((each) => decode(ProduceResponse, 8, each.subarray(4)).throttleTimeMs);
const quota = (key: string, value: number): QuotaImage => ({ key, value, entity: [{ entityType: 'user', entityName: 'u' }] });

it('answers at once, says for how long, and takes nothing more until then', async () => {
  connect(quota('producer_byte_rate', 1_000));
  wire.feed(produce(1, 10_000));
  expect([throttles(), wire.paused]).toEqual([[0], false]);
  wire.feed(Buffer.concat([produce(2, 2_000), heartbeat(3)]));
  expect([correlationIds(), throttles(), wire.paused]).toEqual([[1, 2], [0, 2_000], true]);
  await env.advance(1_999);
  expect(correlationIds()).toEqual([1, 2]);
  await env.advance(1);
  expect([correlationIds(), wire.paused]).toEqual([[1, 2, 3], false]);
});
it('mutes who wants no answer too', async () => {
  connect(quota('producer_byte_rate', 1_000));
  wire.feed(produce(1, 11_000, 0));
  wire.feed(heartbeat(2));
  expect([correlationIds(), wire.paused]).toEqual([[], true]);
  await env.advance(1_000);
  expect(correlationIds()).toEqual([2]);
});
it('holds memory for a request that has begun to come only as long as nobody else waits for it', async () => {
  connect(quota('producer_byte_rate', 1_000));
  wire.feed(produce(1, 50_000, 1));
  wire.feed(produce(2, 100_000).subarray(0, 50_000));
  answerParked();
  await env.settle();
  expect([throttles(), wire.paused]).toEqual([[40_000], true]);
  expect(served.holding(5, false)).toBeNull();
  expect(served.holding(7, true)).toEqual({ bytes: produce(2, 100_000).length - 4, sinceMs: 7 });
  expect(served.holding(9, true)!.sinceMs).toBe(7);
  expect(served.holding(11, false)).toBeNull();
});
it('leaves nothing behind when a muted connection closes', async () => {
  connect(quota('producer_byte_rate', 1));
  wire.feed(produce(1, 50_000));
  expect(wire.paused).toBe(true);
  wire.hangUp();
  expect([served.state, env.time.pendingTimers()]).toEqual(['closed', 0]);
});
it('goes on unhindered without quotas', () => {
  connect();
  for (let i = 0; i < 20; i++) wire.feed(produce(i, 100_000));
  expect([correlationIds().length, wire.paused]).toEqual([20, false]);
});
