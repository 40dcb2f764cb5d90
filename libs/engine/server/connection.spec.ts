import fc from 'fast-check';
import {
  ApiKey, ApiVersionsRequest, ApiVersionsResponse, decode, encode, ErrorCode, HeartbeatRequest, HeartbeatResponse, KafkaError, ProduceRequest, ProduceResponse, type Draft, type MessageCodec,
} from '#libs/kafka/protocol';
import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import type { MetadataImage } from '../controller/index.js';
import { CLOSE_CONNECTION, defineHandler, NO_RESPONSE, type ApiHandler, type RequestContext } from './api.js';
import { CONNECTION_STATES, CONNECTION_TRANSITIONS } from './connection.states.js';
import { createServerConnection, type ServerConnection } from './connection.js';
import { createApiVersionsHandler } from './handlers/18-api-versions.handlers.js';
import { createFrameBuffers } from './frame-buffers.js';
import { createMemoryPool, type MemoryPool } from './memory-pool.js';
import { createOutputBudget } from './output-budget.js';
import { SERVER_LIMITS } from './server.limits.js';
import { createFakeConnection, type FakeConnection } from './testing/fake-connection.js';

type Answer = Awaited<ReturnType<ApiHandler['handle']>>;
interface Call { context: RequestContext; answer(value: Answer): void; fail(error: unknown): void }

let env: TestEnv;
let calls: Call[];
let wire: FakeConnection;
let served: ServerConnection;
let closed: number;
let pool: MemoryPool;

const parked = <Req, Res>(request: MessageCodec<Req>, response: MessageCodec<Res>): ApiHandler => defineHandler({
  apiKey: request.apiKey, request, response, minVersion: request.minVersion, maxVersion: request.maxVersion,
  handle: (context) => new Promise<Draft<Res>>((resolve, reject) => { calls.push({ context, answer: (value) => resolve(value as Draft<Res>), fail: reject }); }),
});

function requestFrame<T>(codec: MessageCodec<T>, version: number, correlationId: number, body: Draft<T>, clientId: string | null = 'test'): Buffer {
  const name = clientId === null ? Buffer.from([0xff, 0xff]) : Buffer.concat([Buffer.from([0, clientId.length]), Buffer.from(clientId)]);
  const head = Buffer.alloc(8);
  head.writeInt16BE(codec.apiKey, 0);
  head.writeInt16BE(version, 2);
  head.writeInt32BE(correlationId, 4);
  const tags = version >= codec.flexibleFrom ? Buffer.from([0]) : Buffer.alloc(0);
  const payload = Buffer.concat([head, name, tags, encode(codec, version, body)]);
  const length = Buffer.alloc(4);
  length.writeInt32BE(payload.length);
  return Buffer.concat([length, payload]);
}
const produce = (correlationId: number): Buffer => requestFrame(ProduceRequest, 9, correlationId, { acks: -1, timeoutMs: 1000, topicData: [] });
const heartbeat = (correlationId: number): Buffer => requestFrame(HeartbeatRequest, 3, correlationId, { groupId: 'g', generationId: 1, memberId: 'm' });
const correlationIds = (): number[] => wire.responses().map((frame) => frame.readInt32BE(0));

function connect(): void {
  env = createTestEnv();
  pool = createMemoryPool(2_000_000);
  calls = [];
  closed = 0;
  wire = createFakeConnection();
  const image = { features: new Map([['metadata.version', 27], ['kraft.version', 1], ['transaction.version', 2]]), offset: 42 } as unknown as MetadataImage;
  const list: ApiHandler[] = [parked(ProduceRequest, ProduceResponse), parked(HeartbeatRequest, HeartbeatResponse)];
  list[0] = { ...list[0]!, minVersion: 0 };
  list.push(createApiVersionsHandler({ controller: { image } as never }, () => list));
  served = createServerConnection({
    env, connection: wire, handlers: new Map(list.map((handler) => [handler.apiKey, handler])), pool, loginPool: createMemoryPool(1), onLogin: () => null, frames: createFrameBuffers(), output: createOutputBudget(1_000), frameBytesMax: 700_000,
    peer: { connectionId: 'c1', clientHost: '10.0.0.7', listenerName: 'L', principal: { type: 'User', name: 'ANONYMOUS' }, sasl: null }, onClosed: () => { closed++; },
  });
}
beforeEach(connect);
/** More than is received without asking the pool, and than comes in a piece. */
const large = (correlationId: number): Buffer => requestFrame(ProduceRequest, 9, correlationId, { acks: -1, timeoutMs: 1000, topicData: [{ name: 't', partitionData: [{ index: 0, records: Buffer.alloc(200_000) }] }] });

describe('memory of large requests', () => {
  it('is taken only when nothing stands before them that a client can make wait for ever', async () => {
    wire.feed(Buffer.concat([heartbeat(1), large(2)]));
    expect([calls.length, pool.usedBytes, wire.paused]).toEqual([1, 0, true]);
    calls[0]!.answer({ errorCode: 0 });
    await env.settle();
    expect([calls.length, pool.usedBytes > 200_000, wire.paused]).toEqual([2, true, false]);
    wire.feed(large(3));
    expect(calls).toHaveLength(3);
    for (const call of calls.slice(1)) call.answer({ responses: [] });
    await env.settle();
    expect([correlationIds(), pool.usedBytes]).toEqual([[1, 2, 3], 0]);
  });
  it('counts against a client whose request waits, once others wait for the memory', async () => {
    wire.feed(large(1));
    expect([served.holding(1, false), served.holding(2, true), served.holding(9, true)]).toEqual([null, { bytes: pool.usedBytes, sinceMs: 2 }, { bytes: pool.usedBytes, sinceMs: 2 }]);
    wire.feed(large(2));
    expect(served.holding(20, true)).toEqual({ bytes: pool.usedBytes, sinceMs: 20 });
    for (const call of calls) call.answer({ responses: [] });
    await env.settle();
    expect(served.holding(30, true)).toBeNull();
  });
});

describe('order', () => {
  it('begins several Produce at once and answers in the order of arrival', async () => {
    wire.feed(Buffer.concat([produce(1), produce(2), produce(3)]));
    expect(calls).toHaveLength(3);
    calls[2]!.answer({ responses: [] });
    calls[1]!.answer({ responses: [] });
    await env.settle();
    expect(correlationIds()).toEqual([]);
    calls[0]!.answer({ responses: [] });
    await env.settle();
    expect(correlationIds()).toEqual([1, 2, 3]);
  });
  it('begins nothing beside another request, and no other request beside Produce', async () => {
    wire.feed(Buffer.concat([produce(1), heartbeat(2), produce(3)]));
    expect(calls).toHaveLength(1);
    expect(wire.paused).toBe(true);
    calls[0]!.answer({ responses: [] });
    await env.settle();
    expect(calls).toHaveLength(2);
    calls[1]!.answer({ errorCode: 0 });
    await env.settle();
    expect(calls).toHaveLength(3);
    expect(wire.paused).toBe(false);
    expect(correlationIds()).toEqual([1, 2]);
  });
  it('begins no more Produce than the limit', () => {
    wire.feed(Buffer.concat(Array.from({ length: SERVER_LIMITS.requestsInFlightMax + 2 }, (_, index) => produce(index))));
    expect(calls).toHaveLength(SERVER_LIMITS.requestsInFlightMax);
    expect(wire.paused).toBe(true);
  });
  it('sends nothing for acks=0, and closes where its failure must be told', async () => {
    wire.feed(Buffer.concat([produce(1), produce(2)]));
    calls[0]!.answer(NO_RESPONSE);
    await env.settle();
    expect(correlationIds()).toEqual([]);
    calls[1]!.answer(CLOSE_CONNECTION);
    await env.settle();
    expect(wire.ended).toBe(true);
  });
  it('takes no more requests from a peer that does not take its answers', async () => {
    wire.clog();
    wire.feed(heartbeat(1));
    calls[0]!.answer({ errorCode: 0 });
    await env.settle();
    wire.feed(heartbeat(2));
    expect(calls).toHaveLength(1);
    expect(wire.paused).toBe(true);
    wire.drain();
    expect(calls).toHaveLength(2);
    expect(wire.paused).toBe(false);
  });
});

describe('end', () => {
  it.each([
    ['a negative length', Buffer.from('ffffffff', 'hex')], ['an oversize length', Buffer.from('7fffffff', 'hex')],
    ['a TLS hello', Buffer.from('16030100c8010000c40303', 'hex')], ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['an unknown api', Buffer.from('0000000a03e700000000000100000000'.slice(0, 28), 'hex')],
    ['an empty frame', Buffer.alloc(4)],
    ['Produce of a version that is listed but not spoken', requestFrame({ ...ProduceRequest, flexibleFrom: 99, write: () => undefined }, 1, 7, {})],
  ])('closes on %s', (_name, bytes) => {
    wire.feed(bytes);
    expect(wire.ended).toBe(true);
    expect(closed).toBe(1);
    expect(served.state).toBe('closed');
  });
  it('answers a request that bytes follow, and the one after them, as Apache Kafka does', async () => {
    const frame = Buffer.concat([heartbeat(1), Buffer.from([1, 2])]);
    frame.writeInt32BE(frame.length - 4);
    wire.feed(Buffer.concat([frame, heartbeat(2)]));
    expect(calls[0]!.context.correlationId).toBe(1);
    calls[0]!.answer({ errorCode: 0 });
    await env.settle();
    expect(calls[1]!.context.correlationId).toBe(2);
    expect(wire.ended).toBe(false);
  });
  it('closes when a handler throws, says so in the log, and answers nothing', async () => {
    wire.feed(heartbeat(1));
    calls[0]!.fail(new TypeError('oops'));
    await env.settle();
    expect(wire.ended).toBe(true);
    expect(correlationIds()).toEqual([]);
    expect(env.lines.some((line) => line.event === 'handler-bug' && line.level === 'error')).toBe(true);
  });
  it('closes on a refusal that the answer has no place for; that is no bug', async () => {
    wire.feed(heartbeat(1));
    calls[0]!.fail(new KafkaError(ErrorCode.INVALID_REQUEST, 'bad cursor'));
    await env.settle();
    expect(wire.ended).toBe(true);
    expect(env.lines.filter((line) => line.level === 'error')).toEqual([]);
    expect(env.lines.at(-1)).toMatchObject({ event: 'connection-closed', level: 'info' });
  });
  it('closes on more array elements than any honest request has, and takes as many as that', () => {
    // Produce 9: no transactional id, acks, timeout; then the smallest topics there are: an empty name, an empty array, no tags.
    const topics = (count: number): Buffer => requestFrame({
      ...ProduceRequest,
      write(writer) {
        writer.raw(Buffer.alloc(7));
        writer.arrayLength(count, true);
        writer.raw(Buffer.alloc(3 * count, Buffer.from([1, 1, 0])));
        writer.uvarint(0);
      },
    }, 9, 1, {});
    wire.feed(topics(SERVER_LIMITS.requestElementsMax));
    expect([calls.length, wire.ended]).toEqual([1, false]);
    wire.feed(topics(SERVER_LIMITS.requestElementsMax + 1));
    expect([calls.length, wire.ended]).toEqual([1, true]);
  });
  it('counts answers that nobody takes against what others may ask for', async () => {
    wire.clog();
    wire.feed(produce(1));
    expect(calls[0]!.context.answerBytesMax!()).toBe(1_000);
    calls[0]!.answer({ responses: [{ name: 'a'.repeat(300), partitionResponses: [] }] });
    await env.settle();
    expect(calls[0]!.context.answerBytesMax!()).toBeLessThan(700);
    wire.drain();
    expect(calls[0]!.context.answerBytesMax!()).toBe(1_000);
  });
  it('tells parked requests that the client has gone, once', () => {
    let told = 0;
    wire.feed(heartbeat(1));
    const unsubscribe = calls[0]!.context.onClose!(() => { told += 10; });
    calls[0]!.context.onClose!(() => { told++; });
    unsubscribe();
    wire.hangUp();
    expect(told).toBe(1);
  });
  it('draining, answers writes and then ends; nothing else is waited for', async () => {
    wire.feed(produce(1));
    served.drain();
    wire.feed(produce(2));
    expect(calls).toHaveLength(1);
    expect(wire.ended).toBe(false);
    calls[0]!.answer({ responses: [] });
    await env.settle();
    expect(correlationIds()).toEqual([1]);
    expect(wire.ended).toBe(true);
  });
  it('has no way back', () => {
    for (const from of CONNECTION_STATES) for (const to of CONNECTION_STATES) {
      if (CONNECTION_STATES.indexOf(to) <= CONNECTION_STATES.indexOf(from)) expect(CONNECTION_TRANSITIONS[from]).not.toContain(to);
    }
  });
});

describe('ApiVersions', () => {
  const ask = (version: number, body: Draft<ApiVersionsRequest> = { clientSoftwareName: 'lib-x', clientSoftwareVersion: '1.0' }): ApiVersionsResponse => {
    wire.feed(requestFrame(ApiVersionsRequest, version, 9, body));
    const frame = wire.responses().at(-1)!;
    return decode(ApiVersionsResponse, version, frame.subarray(4));
  };
  it('lists what has a handler, Produce from 0', () => {
    const answer = ask(4);
    expect(answer.errorCode).toBe(0);
    expect(answer.apiKeys).toEqual([{ apiKey: 0, minVersion: 0, maxVersion: ProduceRequest.maxVersion }, { apiKey: 12, minVersion: 0, maxVersion: 4 }, { apiKey: 18, minVersion: 0, maxVersion: 4 }]);
    expect(answer.finalizedFeatures.map(({ name }) => name)).toEqual(['metadata.version', 'kraft.version']);
    expect(answer.finalizedFeaturesEpoch).toBe(42);
    expect(ask(3).supportedFeatures.map(({ name }) => name)).toEqual(['metadata.version']);
    expect(ask(0, {}).apiKeys).toHaveLength(3);
  });
  it('answers a later version in version 0 with error 35', () => {
    const request = requestFrame(ApiVersionsRequest, 3, 77, { clientSoftwareName: 'x', clientSoftwareVersion: '1' });
    request.writeInt16BE(99, 6);
    wire.feed(request);
    const [frame] = wire.responses();
    expect(frame!.readInt32BE(0)).toBe(77);
    expect(decode(ApiVersionsResponse, 0, frame!.subarray(4))).toMatchObject({ errorCode: 35, apiKeys: [{ apiKey: ApiKey.ApiVersions, minVersion: 0, maxVersion: 4 }] });
    expect(wire.ended).toBe(false);
  });
  it.each(['', '-x', 'a b', 'x.'])('refuses the client name %p', (clientSoftwareName) => {
    expect(ask(3, { clientSoftwareName, clientSoftwareVersion: '1' }).errorCode).toBe(42);
  });
});

it('meets any bytes with an answer or a closed connection, never a bug', async () => {
  await fc.assert(fc.asyncProperty(fc.constantFrom(0, 12, 18), fc.integer({ min: 0, max: 13 }), fc.uint8Array({ maxLength: 60 }), async (apiKey, version, rest) => {
    connect();
    const payload = Buffer.concat([Buffer.from([0, apiKey, 0, version, 0, 0, 0, 1]), Buffer.from(rest)]);
    const length = Buffer.alloc(4);
    length.writeInt32BE(payload.length);
    wire.feed(Buffer.concat([length, payload]));
    for (const call of calls.splice(0)) call.answer({});
    await env.settle();
    expect(env.lines.filter((line) => line.level === 'error')).toEqual([]);
  }), { numRuns: 300 });
});
