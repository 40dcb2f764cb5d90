/** Brokers for specs: real protocol bytes over a network in memory, answers from handlers by API key. Time is virtual. */
import type { ClientTls, Connection, Net } from '#libs/kernel';
import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import * as protocol from '#libs/kafka/protocol';
import { ErrorCode, Reader, Writer, type MessageCodec } from '#libs/kafka/protocol';
import { createFrameAssembler } from './frame-assembler.js';

type Codec = MessageCodec<Record<string, unknown>>;
const codecs = (Object.values(protocol) as unknown[]).filter((value): value is Codec => typeof value === 'object' && value !== null && 'flexibleFrom' in value);
const requests = new Map(codecs.filter(({ name, apiKey }) => name.endsWith('Request') && apiKey >= 0).map((codec) => [codec.apiKey, codec]));
const responses = new Map(codecs.filter(({ name, apiKey }) => name.endsWith('Response') && apiKey >= 0).map((codec) => [codec.apiKey, codec]));

/** 'hang': no answer. 'die': the connection ends instead. Bytes go as they are. */
export type FakeAnswer = Record<string, unknown> | Buffer | 'hang' | 'die';
export interface FakeRequest { broker: FakeBroker; name: string; version: number; body: Record<string, unknown> }
export type Handlers = Record<string, (request: FakeRequest) => FakeAnswer>;

export interface FakeBroker {
  nodeId: number;
  port: number;
  up: boolean;
  /** Names of the requests it was sent, logins and versions aside. */
  asked: string[];
  /** By API name without "Request"; what it lacks it does not advertise. */
  handlers: Handlers;
  /** Of an API, other than the codec's. */
  ranges: Record<string, [number, number]>;
  connections: Connection[];
  /** Bytes that nobody has asked for, on every connection. */
  blurt(bytes: Buffer): void;
}

export interface FakeCluster {
  env: TestEnv;
  brokers: FakeBroker[];
  tls: (ClientTls | null)[];
  bootstrap: { host: string; port: number }[];
  /** Ends the broker's connections; new ones are refused. */
  kill(nodeId: number): void;
  /** The work's outcome, with virtual time going on as long as it takes. */
  run<T>(work: Promise<T>): Promise<T>;
}

export const HOST = '10.0.0.1';
const shortName = (codec: Codec): string => codec.name.replace('Request', '');

function rangeOf(broker: FakeBroker, codec: Codec): [number, number] { return broker.ranges[shortName(codec)] ?? [codec.minVersion, codec.maxVersion]; }

function apiVersions(broker: FakeBroker): FakeAnswer {
  const offered = [...requests.values()].filter((codec) => shortName(codec) in broker.handlers || shortName(codec) === 'ApiVersions');
  const apiKeys = offered.map((codec) => ({ apiKey: codec.apiKey, minVersion: rangeOf(broker, codec)[0], maxVersion: rangeOf(broker, codec)[1] }));
  return { errorCode: ErrorCode.NONE, apiKeys };
}

function answer(broker: FakeBroker, frame: Buffer): Buffer | 'hang' | 'die' {
  const reader = new Reader(frame);
  const request = requests.get(reader.int16())!;
  const version = reader.int16();
  const correlationId = reader.int32();
  reader.nullableString(false);
  if (version >= request.flexibleFrom) reader.skipTags();
  const name = shortName(request);
  const body = request.read(reader, version);
  const handler = broker.handlers[name] ?? (name === 'ApiVersions' ? () => apiVersions(broker) : undefined);
  if (!handler) throw new Error(`the fake broker has no ${name}`);
  if (!['ApiVersions', 'SaslHandshake', 'SaslAuthenticate'].includes(name)) broker.asked.push(name);
  const given = handler({ broker, name, version, body });
  if (typeof given === 'string' || Buffer.isBuffer(given)) return given;
  const response = responses.get(request.apiKey)!;
  const writer = new Writer();
  writer.int32(correlationId);
  if (version >= response.flexibleFrom && response.name !== 'ApiVersionsResponse') writer.uvarint(0);
  response.write(writer, version, given as never);
  const bytes = Buffer.concat(writer.finish());
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}

function connectionTo(broker: FakeBroker, env: () => TestEnv): Connection {
  let onData: (chunk: Buffer) => void = () => undefined;
  let onClose: (error: Error | null) => void = () => undefined;
  let open = true;
  const blurt = broker.blurt.bind(broker);
  broker.blurt = (bytes) => { blurt(bytes); if (open) onData(bytes); };
  const end = (): void => {
    if (!open) return;
    open = false;
    broker.connections = broker.connections.filter((each) => each !== connection);
    onClose(null);
  };
  const assemble = createFrameAssembler(() => 1 << 24, (frame) => {
    const copy = Buffer.from(frame);
    env().timers.set(1, () => {
      if (!open) return;
      const given = answer(broker, copy);
      if (given === 'die') end();
      else if (given !== 'hang') onData(given);
    });
  });
  const connection: Connection = {
    remoteAddress: HOST, remotePort: broker.port, peerDistinguishedName: null, queuedBytes: 0,
    onData(handler) { onData = handler; }, onClose(handler) { onClose = handler; }, onDrain: () => undefined,
    write(chunks) { for (const chunk of chunks) assemble(chunk); return true; },
    pause: () => undefined, resume: () => undefined, end, destroy: end,
  };
  return connection;
}

/** So many brokers, with the calls that every cluster answers; `handlers` are added to all of them. */
export function createFakeCluster(count: number, handlers: Handlers = {}): FakeCluster {
  const tls: (ClientTls | null)[] = [];
  const brokers: FakeBroker[] = [];
  const describeCluster = (): FakeAnswer => ({
    clusterId: 'cluster', controllerId: 1, brokers: brokers.filter(({ up }) => up).map(({ nodeId, port }) => ({ brokerId: nodeId, host: HOST, port })),
  });
  for (let nodeId = 1; nodeId <= count; nodeId++) {
    brokers.push({ nodeId, port: 9000 + nodeId, up: true, asked: [], handlers: { DescribeCluster: describeCluster, ...handlers }, ranges: {}, connections: [], blurt: () => undefined });
  }
  const net: Net = {
    listen: () => Promise.reject(new Error('nobody listens here')),
    async connect({ port, tls: asked }) {
      tls.push(asked);
      const broker = brokers.find((each) => each.port === port && each.up);
      if (!broker) throw new Error('connection refused');
      const connection = connectionTo(broker, () => env);
      broker.connections.push(connection);
      return connection;
    },
  };
  const env = createTestEnv({ net });
  return {
    env, brokers, tls, bootstrap: brokers.map(({ port }) => ({ host: HOST, port })),
    kill(nodeId) {
      const broker = brokers.find((each) => each.nodeId === nodeId)!;
      broker.up = false;
      for (const connection of [...broker.connections]) connection.destroy();
    },
    async run(work) {
      let over = false;
      const outcome = work.finally(() => { over = true; });
      outcome.catch(() => undefined);
      for (let round = 0; !over && round < 100_000; round++) await env.advance(5);
      if (!over) throw new Error('the work does not end');
      return outcome;
    },
  };
}

/** Brokers by their node ids, the topic's partitions by who leads them. */
export function metadataOf(cluster: FakeCluster, topic: string, leaders: readonly number[]): FakeAnswer {
  return {
    brokers: cluster.brokers.filter(({ up }) => up).map(({ nodeId, port }) => ({ nodeId, host: HOST, port })), clusterId: 'cluster', controllerId: 1,
    topics: [{ errorCode: 0, name: topic, topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', partitions: leaders.map((leaderId, partitionIndex) => ({ errorCode: 0, partitionIndex, leaderId, replicaNodes: [1, 2, 3], isrNodes: [1, 2, 3] })) }],
  };
}
