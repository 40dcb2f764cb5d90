#!/usr/bin/env node
// Compaction, side by side: the same batches and settings to Apache Kafka and to an embedded broker, in scenarios drawn from a seed. When both
// cleaners have nothing left to do, both have cleaned as far, and the same records are left.
// usage: node test/differential/compaction.mjs [--scenarios 50] [--seed 1]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../../tools/lib/build.mjs';
import { installers } from '../../tools/clients/install.mjs';
import { createReport, freePort, until } from '../support/platform.mjs';
import { plaintextProperties, startEmbedded, startKafka } from './servers.mjs';

const missing = installers.java();
if (missing) { console.log(`skipped: ${missing}`); process.exit(0); }
await build();
const { createSender } = await import('./wire.mjs');
const protocol = await import('../../dist/libs/kafka/protocol/index.js');
const { createNodeCpu } = await import('../../dist/libs/kernel/node/index.js');
const { values: options } = parseArgs({ options: { scenarios: { type: 'string', default: '50' }, seed: { type: 'string', default: '1' } } });

const CLUSTER_ID = '4L6g3nShT-eMCtK--X86sw';
const CLEANER = { 'log.cleaner.backoff.ms': '200', 'log.cleaner.dedupe.buffer.size': '10000000', 'log.initial.task.delay.ms': '1000' };
const MINUTE_MS = 60_000;
const SEGMENT_MS = 10 * MINUTE_MS;
const PHASES = 3;
const cpu = createNodeCpu();

/** mulberry32 */
function randomOf(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
  };
}

/**
 * Three phases; both sides come to rest after each. Tombstones of the first two whose horizon passes at once are gone in the end, however
 * many passes each side took. Timestamps end segments, so both end them at the same batch; ratios are so low that no byte more or less decides.
 */
function drawScenario(index, seed, nowMs) {
  const random = randomOf(seed * 1_000 + index);
  const lagging = random(4) === 0;
  const keys = 1 + random(12);
  const configs = {
    'cleanup.policy': random(5) === 0 ? 'compact,delete' : 'compact', 'retention.ms': '-1', 'segment.ms': String(SEGMENT_MS), 'min.cleanable.dirty.ratio': ['0', '0.01'][random(2)],
    'delete.retention.ms': lagging || random(2) === 0 ? '86400000' : '1', 'min.compaction.lag.ms': lagging ? String(600 * MINUTE_MS) : '0',
    'index.interval.bytes': random(2) === 0 ? '4096' : '100',
  };
  // Half a minute away from where the lag ends, on either side.
  let timestamp = nowMs - 1_200 * MINUTE_MS + MINUTE_MS / 2;
  let serial = 0;
  const batch = (phase) => {
    timestamp += random(8) === 0 ? SEGMENT_MS + MINUTE_MS : MINUTE_MS;
    const records = Array.from({ length: 1 + random(5) }, () => ({
      key: Buffer.from(`key-${random(keys)}`), value: phase < PHASES - 1 && random(5) === 0 ? null : Buffer.from(`value-${serial++}${'.'.repeat(random(200))}`), timestamp: timestamp + random(1_000),
      headers: random(4) === 0 ? [{ key: 'h', value: Buffer.from(String(serial)) }] : [],
    }));
    return { records, codec: [null, null, 'gzip', 'snappy', 'lz4', 'zstd'][random(6)] };
  };
  const phases = Array.from({ length: PHASES }, (_, phase) => Array.from({ length: 15 + random(40) }, () => batch(phase)));
  return { name: `scenario-${index}`, configs, phases };
}

async function createTopic({ sender }, { name, configs }) {
  const answer = await sender.send(protocol.CreateTopicsRequest, protocol.CreateTopicsResponse, 7, {
    topics: [{ name, numPartitions: 1, replicationFactor: 1, configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })) }], timeoutMs: 10_000, validateOnly: false,
  }, 20_000);
  if (answer.topics?.[0].errorCode !== 0) throw new Error(`${name}: ${JSON.stringify(answer)}`);
}

async function produce({ sender }, name, { records, codec }) {
  const bytes = protocol.buildBatch(records, cpu, { timestampMs: records[0].timestamp, codec });
  const answer = await sender.send(protocol.ProduceRequest, protocol.ProduceResponse, 9, { acks: -1, timeoutMs: 10_000, topicData: [{ name, partitionData: [{ index: 0, records: bytes }] }] }, 20_000);
  const result = answer.responses?.[0].partitionResponses[0];
  if (result?.errorCode !== 0) throw new Error(`${name}: ${JSON.stringify(answer)}`);
}

async function readAll({ sender }, topic) {
  const found = [];
  for (let position = 0; ;) {
    const answer = await sender.send(protocol.FetchRequest, protocol.FetchResponse, 12, {
      maxWaitMs: 0, minBytes: 1, maxBytes: 1 << 24, isolationLevel: 0, sessionId: 0, sessionEpoch: -1,
      topics: [{ topic, partitions: [{ partition: 0, fetchOffset: position, currentLeaderEpoch: -1, logStartOffset: -1, partitionMaxBytes: 1 << 24 }] }],
    }, 20_000);
    const partition = answer.responses[0].partitions[0];
    const bytes = partition.records ?? Buffer.alloc(0);
    let at = 0;
    while (at + 61 <= bytes.length && at + protocol.batchSizeAt(bytes, at) <= bytes.length) {
      const size = protocol.batchSizeAt(bytes, at);
      for (const { offset, timestamp, key, value, headers } of protocol.readRecords(bytes.subarray(at, at + size), cpu, 1 << 24)) {
        if (offset >= position) found.push(`${offset} ${timestamp} ${key} ${value === null ? 'deleted' : value} ${headers.map((header) => `${header.key}=${header.value}`)}`);
      }
      position = protocol.lastOffsetAt(bytes, at) + 1;
      at += size;
    }
    if (at === 0 || position >= partition.highWatermark) return found;
  }
}

/** The first dirty offset of every topic. */
function checkpoint({ data }) {
  const lines = readFileSync(join(data, 'cleaner-offset-checkpoint'), 'utf8').trim().split('\n').slice(2);
  return Object.fromEntries(lines.filter((line) => line.startsWith('scenario-')).map((line) => [line.split(' ')[0], Number(line.split(' ')[2])]));
}

/** Both have stood still for a while. */
async function settled(sides) {
  let last = '';
  let since = performance.now();
  await until('both cleaners to rest', 120_000, () => {
    const now = JSON.stringify(sides.map(checkpoint));
    if (now !== last) since = performance.now();
    last = now;
    return performance.now() - since > 4_000;
  }, 200);
}

const report = createReport('Compaction by Apache Kafka and by an embedded broker');
const directory = mkdtempSync(join(tmpdir(), 'sluice-compaction-'));
const servers = [];
try {
  const start = async (name, begin) => {
    const [port, controllerPort] = [await freePort(), await freePort()];
    const data = join(directory, name, 'data');
    servers.push(await begin(join(directory, name), { ...plaintextProperties({ port, controllerPort, data }), ...CLEANER }));
    return { name, data, sender: createSender(port) };
  };
  const sides = [
    await start('kafka', (at, properties) => startKafka(at, properties, { clusterId: CLUSTER_ID })),
    await start('ours', (at, properties) => startEmbedded(at, { ...properties, 'cluster.id': CLUSTER_ID, 'sluice.flush.mode': 'os' })),
  ];
  const nowMs = Date.now();
  const scenarios = Array.from({ length: Number(options.scenarios) }, (_, index) => drawScenario(index, Number(options.seed), nowMs));
  for (const side of sides) for (const scenario of scenarios) await createTopic(side, scenario);
  for (let phase = 0; phase < PHASES; phase++) {
    await Promise.all(sides.map(async (side) => { for (const { name, phases } of scenarios) for (const batch of phases[phase]) await produce(side, name, batch); }));
    await settled(sides);
  }
  const [kafkaAt, oursAt] = sides.map(checkpoint);
  let records = 0;
  let written = 0;
  for (const { name, configs, phases } of scenarios) {
    const [kafka, ours] = [await readAll(sides[0], name), await readAll(sides[1], name)];
    const at = kafka.findIndex((record, i) => record !== ours[i]);
    const same = kafka.length === ours.length && at < 0;
    records += ours.length;
    written += phases.flat().reduce((sum, batch) => sum + batch.records.length, 0);
    if (same && kafkaAt[name] === oursAt[name]) continue;
    const where = at < 0 ? kafka.length : at;
    report.line(false, `${name} ${JSON.stringify(configs)}: cleaned to ${kafkaAt[name]} and ${oursAt[name]}, ${kafka.length} and ${ours.length} records${same ? '' : `, from ${where}: Kafka ${kafka[where]?.slice(0, 80)}, ours ${ours[where]?.slice(0, 80)}`}`);
  }
  report.line(records > 0 && records < written, `${scenarios.length} scenarios from seed ${options.seed}: of ${written} records ${records} are left`);
} finally {
  for (const server of servers) await server.stop('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
}
report.end();
process.exit();
