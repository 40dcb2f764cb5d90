/**
 * Frames drawn from the message tables and then broken, against the whole broker in this process, after and before a login. It may refuse what it
 * likes; it may not meet a bug, stand still, or send memory that it never wrote. `SLUICE_FUZZ=1000000` makes it as many; `npm run hostile:frames`
 * does the same to a real process.
 */
import * as protocol from '#libs/kafka/protocol';
import type { MessageCodec } from '#libs/kafka/protocol';
import type { Connection } from '#libs/kernel';
import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import { createStatusFile, readBrokerSettings, startBroker, type Broker } from '#libs/engine/broker';
import { createRandom, mutate, randomDraft, readRequests, type Random } from './hostile/drafts.mjs';

const FRAMES = Number(process.env['SLUICE_FUZZ'] ?? 4_000);
const HANG_MS = 5_000;
const CANARY = Buffer.from('c5a3e7f19bd1c5a3', 'hex');
const PROPERTIES = [
  'process.roles=broker,controller', 'node.id=1', 'cluster.id=AAAAAAAAAAAAAAAAAAAAAQ', 'listeners=PLAINTEXT://127.0.0.1:9092,LOGIN://127.0.0.1:9093,CONTROLLER://127.0.0.1:9094',
  'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,LOGIN:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT', 'controller.listener.names=CONTROLLER', 'inter.broker.listener.name=PLAINTEXT',
  'controller.quorum.bootstrap.servers=127.0.0.1:9094', 'sluice.allow.plaintext=true', 'super.users=User:ANONYMOUS', 'log.dirs=/data', 'sluice.flush.mode=os', 'offsets.topic.num.partitions=2',
  'offsets.topic.replication.factor=1', 'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256', 'sluice.principals.file=/principals.json', 'sluice.cluster.id=lkc-fuzz',
].join('\n');

let env: TestEnv;
let broker: Broker;
let failures: unknown[];
const accept = new Map<number, (connection: Connection) => void>();
const original = Buffer.allocUnsafe.bind(Buffer);

/** A client that sends and looks at nothing but what must not be there. */
interface Wire { readonly ended: boolean; readonly answered: number; readonly leaked: boolean; feed(bytes: Buffer): void }

function connect(port: number): Wire {
  let [ended, leaked, answered] = [false, false, 0];
  let onData: (chunk: Buffer) => void = () => undefined;
  let onClose: (error: Error | null) => void = () => undefined;
  const finish = (): void => {
    if (ended) return;
    ended = true;
    onClose(null);
  };
  accept.get(port)!({
    remoteAddress: '10.0.0.7', remotePort: 1, peerDistinguishedName: null, queuedBytes: 0, onData(handler) { onData = handler; }, onClose(handler) { onClose = handler; }, onDrain: () => undefined,
    write(chunks) {
      answered++;
      leaked ||= Buffer.concat(chunks as Buffer[]).includes(CANARY);
      return true;
    },
    pause: () => undefined, resume: () => undefined, end: finish, destroy: finish,
  });
  return { get ended() { return ended; }, get leaked() { return leaked; }, get answered() { return answered; }, feed: (bytes) => onData(bytes) };
}

function framed(payload: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(payload.length);
  return Buffer.concat([length, payload]);
}

function requestOf(codec: MessageCodec<object>, version: number, draft: object): Buffer {
  const tags = version >= codec.flexibleFrom ? [0] : [];
  return Buffer.concat([Buffer.from([codec.apiKey >> 8, codec.apiKey & 255, 0, version, 0, 0, 0, 1, 0, 1, 0x63, ...tags]), encodeDraft(codec, version, draft)]);
}

function encodeDraft(codec: MessageCodec<object>, version: number, draft: object): Buffer {
  const writer = new protocol.Writer();
  codec.write(writer, version, draft);
  return Buffer.concat(writer.finish());
}

const requests = readRequests();
const codecs = protocol as unknown as Readonly<Record<string, MessageCodec<object>>>;

function nextFrame(random: Random, keys: readonly number[] | null): Buffer {
  const batches = [null, protocol.buildBatch([{ key: Buffer.from('k'), value: Buffer.from('v') }], env.cpu, { timestampMs: env.clock.now() })];
  const candidates = keys === null ? requests : requests.filter(({ apiKey }) => keys.includes(apiKey ?? -1));
  for (;;) {
    const message = random.pick(candidates);
    const codec = codecs[message.name]!;
    const version = codec.minVersion + random.below(codec.maxVersion - codec.minVersion + 1);
    try {
      const payload = requestOf(codec, version, randomDraft(message, version, random, { uuids: [protocol.ZERO_UUID, 'AAAAAAAAAAAAAAAAAAAAAQ'], batches }));
      return framed(random.chance(0.3) ? payload : mutate(payload, random));
    } catch (error) {
      if (!(error instanceof protocol.ProtocolError) && !(error instanceof RangeError)) throw error;
    }
  }
}

/** Answers what became of them. */
async function attack(port: number, count: number, random: Random, keys: readonly number[] | null): Promise<{ answered: number; ended: number; leaked: number; slowestMs: number }> {
  const tally = { answered: 0, ended: 0, leaked: 0, slowestMs: 0 };
  let wire = connect(port);
  for (let sent = 0; sent < count; sent++) {
    const before = wire.answered;
    const began = performance.now();
    wire.feed(nextFrame(random, keys));
    await env.settle();
    // Parked requests have their time.
    if (!wire.ended && wire.answered === before) await env.advance(50);
    tally.slowestMs = Math.max(tally.slowestMs, performance.now() - began);
    tally.answered += wire.answered - before;
    if (wire.leaked) tally.leaked++;
    if (!wire.ended && wire.answered > before) continue;
    if (wire.ended) tally.ended++;
    wire = connect(port);
  }
  return tally;
}

beforeAll(async () => {
  Buffer.allocUnsafe = (size: number) => original(size).fill(CANARY);
  env = createTestEnv({ net: { listen: async ({ port }, handler) => { accept.set(port, handler); return { port, setTls: () => undefined, close: async () => undefined }; }, connect: () => Promise.reject(new Error('no')) } });
  const principals = env.disk.open('/principals.json', 'readwrite');
  principals.write(0, [Buffer.from(JSON.stringify({ version: 1, sequence: 1, clusterId: 'lkc-fuzz', keys: [], grants: [] }))]);
  principals.close();
  failures = [];
  const starting = startBroker({
    env, settings: readBrokerSettings(PROPERTIES), host: { owner: 'fuzz', openFilesMax: null, isRunning: () => false },
    status: createStatusFile(env.disk, env.log, null, { pid: 1, bundle: null }, env.clock.now()), onFatal: (error) => { failures.push(error); },
  });
  await env.advance(1_000);
  broker = await starting;
  const topics = ['fuzz-a', 'fuzz.b'].map((name) => ({ name, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }));
  const wire = connect(9092);
  wire.feed(framed(requestOf(codecs['CreateTopicsRequest']!, 7, { topics, timeoutMs: 1_000 })));
  await env.advance(1_000);
  expect(wire.answered).toBe(1);
});
afterAll(async () => {
  Buffer.allocUnsafe = original;
  const stopping = broker.shutdown();
  await env.advance(60_000);
  await stopping;
});

describe.each([
  ['after a login', 9092, 0.9, null], ['before a login', 9093, 0.1, [17, 18, 36, 3]],
] as const)('mutated frames %s', (_when, port, part, keys) => {
  it('meet answers and closed connections, and nothing else', async () => {
    const tally = await attack(port, Math.ceil(FRAMES * part), createRandom(port), keys);
    expect(env.lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(failures).toEqual([]);
    expect(tally.leaked).toBe(0);
    expect(tally.slowestMs).toBeLessThan(HANG_MS);
    expect(tally.ended).toBeGreaterThan(0);
    expect(tally.answered).toBeGreaterThan(0);
  }, 60_000 + FRAMES * 5);
});

it('would be noticed if uncleared memory were sent', () => { expect(Buffer.allocUnsafe(64).includes(CANARY)).toBe(true); });
