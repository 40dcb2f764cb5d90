// Hostile Kafka frames against a real broker process: hand-made ones, then valid requests of every key and version with bytes changed. After
// each round the broker must be the same process, within its memory, and serve a good client; its log must name no bug.
// node test/hostile/frames.mjs [--count 100000] [--seed 1]; --count 1000000 takes a quarter of an hour
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createReport, quantile, until } from '../support/platform.mjs';
import { startBroker } from './broker.mjs';
import { CANARY } from './canary.mjs';
import { badBatches, bombs, goodBatch } from './batches.mjs';
import { amplifiers, apiVersions, badFrames, badLengths, beforeLogin, tinyElements } from './corpus.mjs';
import { createRandom, mutate, randomDraft, readRequests } from './drafts.mjs';
import { createClient, encodeRequest, framed, open, plainLogin, protocol } from './wire.mjs';

const { values } = parseArgs({ options: { count: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } } });
const frames = Number(values.count);
const seed = Number(values.seed);
const MIB = 1024 * 1024;
const RSS_SLACK_BYTES = 64 * MIB;
/** fetch.max.bytes: one honest answer may be as large. */
const FETCH_BYTES = 55 * MIB;
/** What an honest batch of max.message.bytes may decompress to. */
const BATCH_BYTES = 32 * MIB;
/** Answers that clients don't take, all together: an eighth of 256 MiB, and twice that before somebody has to go. */
const QUEUED_ANSWER_BYTES = 64 * MIB;
/** What a TLS connection costs while it is open. */
const CONNECTION_BYTES = 60 * 1024;
const HANG_MS = 5_000;
/** What clients of the mutated frames wait for an answer: a request may be parked. */
const PATIENCE_MS = 150;
/** Before a login every answer is held back, so nobody waits for it. */
const PATIENCE_BEFORE_LOGIN_MS = 30;

const report = createReport(`hostile frames: ${frames} mutated frames, seed ${seed}`);
const broker = await startBroker();
const { plain, tls, login } = broker.ports;
const secure = { ca: broker.caPem };
const good = createClient(plain);

async function createTopics() {
  const topics = [
    ['victim', 1, {}], ['large', 1, {}], ['wide', 1000, {}], ['compacted', 1, { 'cleanup.policy': 'compact' }], ['rezipped', 1, { 'compression.type': 'gzip' }], ['timed', 1, { 'message.timestamp.before.max.ms': '3600000' }],
    // Those that mutated requests may name, and delete.
    ['fuzz-a', 3, {}], ['fuzz.b', 1, {}], ['fuzz-compacted', 1, { 'cleanup.policy': 'compact' }], ['fuzz-zipped', 1, { 'compression.type': 'gzip' }],
  ].map(([name, numPartitions, configs]) => ({ name, numPartitions, replicationFactor: 1, assignments: [], configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })) }));
  const answer = await good.send('CreateTopics', 7, { topics, timeoutMs: 30_000, validateOnly: false }, 60_000);
  const failed = answer.topics.filter(({ errorCode }) => errorCode !== 0);
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
  return answer.topics.filter(({ name }) => name.startsWith('fuzz')).map(({ topicId }) => topicId);
}

const produceDraft = (name, records, acks = -1) => ({ transactionalId: null, acks, timeoutMs: 5_000, topicData: [{ name, partitionData: [{ index: 0, records }] }] });

/** One round trip of what every application does; answers its milliseconds. */
async function goodRound() {
  const began = performance.now();
  const produced = await good.send('Produce', 9, produceDraft('victim', goodBatch()));
  const { errorCode, baseOffset } = produced.responses[0].partitionResponses[0];
  if (errorCode !== 0) throw new Error(`produce: ${errorCode}`);
  const fetched = await good.send('Fetch', 11, { replicaId: -1, maxWaitMs: 0, minBytes: 0, maxBytes: MIB, sessionId: 0, sessionEpoch: -1, topics: [{ topic: 'victim', partitions: [{ partition: 0, currentLeaderEpoch: -1, fetchOffset: baseOffset, logStartOffset: -1, partitionMaxBytes: MIB }] }] });
  if (fetched.responses[0].partitions[0].records.length === 0) throw new Error('fetch: nothing');
  await good.send('Metadata', 12, { topics: [{ name: 'victim' }] });
  return performance.now() - began;
}

/** Good rounds while `attack` runs, and what is left of the broker after it. */
async function under(title, attack, { slackBytes = RSS_SLACK_BYTES, baseline = broker.rssBytes() } = {}) {
  const latencies = [];
  const failures = [];
  let over = false;
  const watching = (async () => {
    while (!over) {
      try { latencies.push(await goodRound()); } catch (error) { failures.push(error.message); }
      await sleep(20);
    }
  })();
  let peak = baseline;
  const sampler = setInterval(() => { if (broker.alive()) peak = Math.max(peak, broker.rssBytes()); }, 50);
  const began = performance.now();
  let outcome;
  try { outcome = await attack(); } catch (error) { failures.push(`attack: ${error.stack}`); }
  over = true;
  await watching;
  clearInterval(sampler);
  const crashes = broker.crashes();
  const worst = Math.max(0, ...latencies);
  const grown = broker.alive() ? peak - baseline : 0;
  const bad = [!broker.alive() && `broker died: ${broker.log.slice(-3).join('\n')}`, failures.length > 0 && `${failures.length} good rounds failed (${failures[0]})`, crashes.length > reported && `${crashes.length - reported} bugs in the log: ${crashes.at(-1)}`,
    worst > HANG_MS && `a good round took ${Math.round(worst)} ms`, grown > slackBytes && `RSS grew by ${Math.round(grown / MIB)} MiB`].filter(Boolean);
  reported = crashes.length;
  report.line(bad.length === 0, `${title}: ${outcome ?? ''}; ${latencies.length} good rounds, p99 ${quantile(latencies, 0.99)?.toFixed(1)} ms, worst ${worst.toFixed(0)} ms; RSS ${Math.round(baseline / MIB)} → peak ${Math.round(peak / MIB)} MiB; ${((performance.now() - began) / 1000).toFixed(1)} s${bad.length > 0 ? `\n      ${bad.join('\n      ')}` : ''}`);
  if (!broker.alive()) { report.end(); process.exit(1); }
}
let reported = 0;

async function outcomeOf(port, bytes, { tls: with_ = null, waitMs = 3_000 } = {}) {
  const connection = open(port, { tls: with_ });
  connection.write(bytes);
  const outcome = await connection.answer(waitMs);
  connection.destroy();
  return Buffer.isBuffer(outcome) ? 'answered' : outcome;
}

const tally = (outcomes) => Object.entries(Object.groupBy ? Object.groupBy(outcomes, (each) => each) : outcomes.reduce((all, each) => ({ ...all, [each]: [...all[each] ?? [], each] }), {})).map(([what, list]) => `${list.length} ${what}`).join(', ');

async function corpusAfterLogin() {
  const outcomes = [];
  for (const [what, bytes] of badFrames) {
    const outcome = await outcomeOf(plain, bytes);
    outcomes.push(outcome);
    if (outcome === 'silent') report.line(false, `${what}: neither answered nor closed`);
  }
  for (const [what, bytes] of badLengths) {
    const outcome = await outcomeOf(plain, Buffer.concat([bytes, Buffer.alloc(100)]));
    outcomes.push(outcome);
    if (outcome !== 'closed') report.line(false, `length ${what}: ${outcome}`);
  }
  return tally(outcomes);
}

async function corpusBeforeLogin() {
  const outcomes = await Promise.all([...badLengths.filter(([what]) => what !== '1'), ...beforeLogin].map(async ([what, bytes]) => {
    const connection = open(tls, { tls: secure });
    connection.write(bytes);
    let outcome = await connection.answer(9_000);
    // A handshake may be answered; what follows has at most one more answer and ends the connection. A SCRAM exchange waits for its second round.
    for (let more = 0; more < 3 && Buffer.isBuffer(outcome); more++) outcome = await connection.answer(11_000);
    connection.destroy();
    if (outcome !== 'closed') report.line(false, `before login, ${what}: ${outcome}`);
    return outcome;
  }));
  return tally(outcomes);
}

/** Of a topic that is written to with gzip, what came so stays as it is. */
const looksInside = (topic, what) => topic !== 'victim' && !(topic === 'rezipped' && what.startsWith('gzip'));

/** Every one refused with a code, but for what is sound, and what is wrong where nobody looks. */
async function batches() {
  const outcomes = [];
  const client = createClient(plain);
  for (const topic of ['victim', 'compacted', 'rezipped', 'timed']) {
    for (const [what, batch, where] of badBatches()) {
      const { responses } = await client.send('Produce', 9, produceDraft(topic, batch));
      const { errorCode } = responses[0].partitionResponses[0];
      outcomes.push(protocol.errorName(errorCode));
      if (errorCode === -1) report.line(false, `${what} to ${topic}: UNKNOWN_SERVER_ERROR`);
      if (errorCode === 0 && where !== 'sound' && !(where === 'inside' && !looksInside(topic, what))) report.line(false, `${what} to ${topic}: taken`);
    }
  }
  // What was taken as it came must not harm those who search in it.
  for (let timestamp = 0; timestamp < 4; timestamp++) await client.send('ListOffsets', 7, { replicaId: -1, topics: ['victim', 'compacted', 'rezipped', 'timed'].map((name) => ({ name, partitions: [{ partitionIndex: 0, timestamp: [0, 1, Date.now() + 50, -3][timestamp] }] })) });
  client.close();
  return tally(outcomes);
}

async function explode(explosives) {
  const outcomes = [];
  const client = createClient(plain);
  for (const { what, batch } of explosives) {
    for (const topic of ['compacted', 'rezipped', 'timed', 'victim']) {
      const { responses } = await client.send('Produce', 9, produceDraft(topic, batch), 30_000);
      const { errorCode } = responses[0].partitionResponses[0];
      outcomes.push(protocol.errorName(errorCode));
      if (errorCode === -1) report.line(false, `${what} to ${topic}: UNKNOWN_SERVER_ERROR`);
      for (const timestamp of [1, Date.now() + 1000]) await client.send('ListOffsets', 7, { replicaId: -1, topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp }] }] }, 30_000);
    }
  }
  client.close();
  return tally(outcomes);
}

async function fillLarge() {
  const value = Buffer.alloc(900_000, 'x');
  const batch = protocol.buildBatch([{ key: null, value }], (await import('./batches.mjs')).cpu, { timestampMs: Date.now() });
  for (let count = 0; count < 80; count++) await good.send('Produce', 9, produceDraft('large', batch));
}

const readLarge = () => framed(encodeRequest(protocol.FetchRequest, 11, { replicaId: -1, maxWaitMs: 0, minBytes: 1, maxBytes: 0x7fffffff, sessionEpoch: -1, topics: [{ topic: 'large', partitions: [{ partition: 0, currentLeaderEpoch: -1, fetchOffset: 0, logStartOffset: -1, partitionMaxBytes: 0x7fffffff }] }] }));

/** Asks for all there is, many times, and takes nothing. */
async function deafReaders(count) {
  const readers = Array.from({ length: count }, () => open(plain));
  for (const reader of readers) {
    reader.socket.pause();
    reader.write(readLarge());
  }
  await sleep(4_000);
  for (const reader of readers) reader.destroy();
  await sleep(500);
  return `${count} readers that take nothing`;
}

async function wrongProtocol() {
  const hello = await new Promise((resolve) => {
    const connection = open(plain, { tls: secure });
    void connection.answer(3_000).then(resolve);
  });
  const bare = await outcomeOf(tls, apiVersions, { waitMs: 12_000 });
  if (hello !== 'closed' || bare !== 'closed') report.line(false, `TLS on plaintext: ${hello}; plaintext on TLS: ${bare}`);
  return `TLS on plaintext ${hello}, plaintext on TLS ${bare}`;
}

/** One byte a second of a valid frame, over TLS, before the login; and one that never begins TLS. */
async function slowloris() {
  const began = performance.now();
  const slow = Array.from({ length: 50 }, (_, index) => {
    const connection = open(tls, { tls: index % 2 === 0 ? secure : null });
    let at = 0;
    const drip = setInterval(() => { connection.write(apiVersions.subarray(at, ++at)); }, 1_000);
    return connection.answer(15_000).then((outcome) => { clearInterval(drip); connection.destroy(); return { outcome, afterMs: performance.now() - began }; });
  });
  const ends = await Promise.all(slow);
  const latest = Math.max(...ends.map(({ afterMs }) => afterMs));
  if (ends.some(({ outcome }) => outcome === 'silent') || latest > 11_500) report.line(false, `slow clients were closed after ${Math.round(latest)} ms`);
  return `${ends.length} slow clients closed after at most ${(latest / 1000).toFixed(1)} s`;
}

async function idle(count) {
  const connections = [];
  for (let index = 0; index < count; index++) {
    connections.push(open(tls, { tls: secure }));
    if (index % 50 === 49) await sleep(20);
  }
  const closed = await Promise.all(connections.map((connection) => connection.answer(60_000)));
  for (const connection of connections) connection.destroy();
  return `${count} connections that never log in: ${tally(closed)}`;
}

async function smallestElements() {
  const client = open(plain);
  client.write(tinyElements(40 * MIB));
  const outcome = await client.answer(30_000);
  client.destroy();
  return `40 MiB of the smallest array elements: ${Buffer.isBuffer(outcome) ? `answered with ${outcome.length} bytes` : outcome}`;
}

async function amplify() {
  const outcomes = [];
  for (const [what, bytes] of amplifiers) {
    const client = open(plain);
    client.write(bytes);
    const outcome = await client.answer(30_000);
    client.destroy();
    outcomes.push(`${what}: ${Buffer.isBuffer(outcome) ? `${(outcome.length / MIB).toFixed(1)} MiB` : outcome}`);
  }
  return outcomes.join('; ');
}

/** What the broker's codec says of it: a frame that isn't sound ends its connection. */
function isSound(codec, version, bytes) {
  try {
    const reader = new protocol.Reader(bytes, 8, bytes.length, 200_000);
    reader.nullableString(false);
    if (version >= codec.flexibleFrom) reader.skipTags();
    const request = codec.read(reader, version);
    // acks=0 has no answer to wait for.
    return reader.remaining === 0 && request.acks !== 0;
  } catch {
    return false;
  }
}

function nextFrame(random, context, requests) {
  const message = random.pick(requests);
  const codec = protocol[message.name];
  const version = codec.minVersion + random.below(codec.maxVersion - codec.minVersion + 1);
  for (;;) {
    try {
      const payload = encodeRequest(codec, version, randomDraft(message, version, random, context), random.below(1000));
      const bytes = random.chance(0.25) ? payload : mutate(payload, random);
      const wrongLength = random.chance(0.03) ? random.below(9) - 4 : 0;
      return { bytes: framed(bytes, bytes.length + wrongLength), sound: wrongLength === 0 && isSound(codec, version, bytes) };
    } catch (error) {
      // What a draft can't say in this version is drawn again.
      if (!(error instanceof protocol.ProtocolError) && !(error instanceof RangeError)) throw error;
    }
  }
}

/** Up to eight at once that are sound, and one that isn't. */
function nextFrames(random, context, requests) {
  const sound = [];
  while (sound.length < 8) {
    const frame = nextFrame(random, context, requests);
    if (!frame.sound) return { sound, unsound: [frame.bytes] };
    sound.push(frame.bytes);
  }
  return { sound, unsound: [] };
}

let canaries = 0;
/** Mutated requests over a few connections. Counted is what was answered, what ended its connection, and what was not answered in time. */
async function fuzz(count, random, context, requests, port, { patienceMs = PATIENCE_MS, prefix = () => [] } = {}) {
  const outcomes = { answered: 0, closed: 0, silent: 0 };
  let done = 0;
  const attacker = async () => {
    let connection = null;
    while (done < count) {
      connection ??= open(port);
      const { sound, unsound } = nextFrames(random, context, requests);
      // What is unsound ends the connection at once, and with it answers on their way: it comes last.
      for (const frames of [[...prefix(random), ...sound], unsound]) {
        if (frames.length > 0) connection?.write(Buffer.concat(frames));
        for (let index = 0; index < frames.length && connection !== null; index++) {
          const outcome = await connection.answer(patienceMs);
          outcomes[typeof outcome === 'string' ? outcome : 'answered']++;
          done++;
          if (typeof outcome === 'string') { connection.destroy(); connection = null; } else if (outcome.includes(CANARY)) canaries++;
        }
      }
    }
    connection?.destroy();
  };
  await Promise.all(Array.from({ length: 32 }, attacker));
  return `${done} frames: ${outcomes.answered} answered, ${outcomes.closed} closed, ${outcomes.silent} without an answer in ${patienceMs} ms`;
}

const handshakes = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [0, 1].map((version) => framed(encodeRequest(protocol.SaslHandshakeRequest, version, { mechanism }))));
/** Half of them come after a handshake, where tokens are taken. */
const beforeLoginOptions = { patienceMs: PATIENCE_BEFORE_LOGIN_MS, prefix: (random) => (random.chance(0.5) ? [random.pick(handshakes)] : []) };

/** Another broker, whose uncleared memory holds a word that answers must not. */
async function leaks(random, context, requests) {
  const marked = await startBroker({ flags: ['--import', fileURLToPath(new URL('./canary.mjs', import.meta.url))] });
  const client = createClient(marked.ports.plain);
  try {
    const topics = ['fuzz-a', 'fuzz.b'].map((name) => ({ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }));
    await client.send('CreateTopics', 7, { topics, timeoutMs: 30_000, validateOnly: false }, 60_000);
    canaries = 0;
    const outcome = await fuzz(Math.min(20_000, frames), random, context, requests, marked.ports.plain);
    report.line(canaries === 0 && marked.crashes().length === 0, `uncleared memory: ${outcome}; ${canaries} answers with bytes of others, ${marked.crashes().length} bugs`);
  } finally {
    client.close();
    await marked.stop();
  }
}

try {
  const uuids = [...await createTopics(), protocol.ZERO_UUID, 'AAAAAAAAAAAAAAAAAAAAAQ', '_____________________w'];
  const random = createRandom(seed);
  const context = { uuids, batches: [null, goodBatch(), goodBatch(5), goodBatch(2, { codec: 'zstd' }), goodBatch(2, { producerId: 1000, producerEpoch: 0, baseSequence: 0 }), ...badBatches().map(([, batch]) => batch)] };
  const requests = readRequests();
  const logins = [...requests.filter(({ apiKey }) => [17, 18, 36].includes(apiKey)), ...requests.filter((_, index) => index % 10 === 0)];
  const explosives = bombs();
  await fillLarge();
  // Warm-up: what a broker in use has, compiled code and grown heaps, is no leak.
  for (let count = 0; count < 300; count++) await goodRound();
  await fuzz(Math.min(20_000, frames), createRandom(seed + 1), context, requests, plain);
  await fuzz(Math.min(1_000, frames), createRandom(seed + 2), context, logins, login, beforeLoginOptions);
  await until('warm broker', 30_000, async () => (await goodRound()) < 1_000);
  if (broker.crashes().length > 0) report.line(false, `warm-up: ${broker.crashes().length} bugs: ${[...new Set(broker.crashes().map((line) => line.slice(0, 900)))].slice(0, 5).join('\n')}`);
  reported = broker.crashes().length;

  const baseline = broker.rssBytes();
  const began = performance.now();
  const mutatedBefore = Math.ceil(frames / 10);
  const round = 50_000;
  for (let done = 0; done < frames - mutatedBefore; done += round) {
    await under(`mutated frames from ${done}`, () => fuzz(Math.min(round, frames - mutatedBefore - done), random, context, requests, plain), { baseline });
  }
  await under('mutated frames before login', () => fuzz(mutatedBefore, random, context, logins, login, beforeLoginOptions), { baseline });
  report.line(true, `${frames} mutated frames took ${((performance.now() - began) / 1000).toFixed(0)} s`);

  await under('frames after login', corpusAfterLogin);
  await under('frames before login', corpusBeforeLogin);
  await under('record batches', batches);
  await under('wrong protocol', wrongProtocol);
  await under('slow clients', slowloris);
  await under('idle clients', () => idle(1_900), { slackBytes: RSS_SLACK_BYTES + 1_900 * CONNECTION_BYTES });
  await under('amplifiers', amplify, { slackBytes: RSS_SLACK_BYTES + FETCH_BYTES });
  await under('tiny elements', smallestElements);
  await under('deaf readers', () => deafReaders(30), { slackBytes: RSS_SLACK_BYTES + QUEUED_ANSWER_BYTES });
  await under('decompression bombs', () => explode(explosives), { slackBytes: RSS_SLACK_BYTES + BATCH_BYTES });
  const afterwards = createClient(tls, { tls: secure, login: plainLogin(broker.credentials[0]) });
  const { topics } = await afterwards.send('Metadata', 12, { topics: [{ name: 'victim' }] });
  report.line(topics[0].errorCode === 0, 'a client with a key logs in and is served afterwards');
  afterwards.close();
  await leaks(createRandom(seed + 3), { ...context, uuids: context.uuids.slice(-3) }, requests);
} catch (error) {
  report.line(false, error.stack);
} finally {
  good.close();
  const code = await broker.stop();
  report.line(code === 0, `the same process stopped cleanly (exit ${code})`);
  report.end();
}
