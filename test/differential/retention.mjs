#!/usr/bin/env node
// Retention of Apache Kafka and of ours over the same input: topics with settings and records drawn from a seed, one look of each broker, and then the
// same log starts and ends. usage: node test/differential/retention.mjs [--scenarios 50] [--seed 2]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../../tools/lib/build.mjs';
import { installers } from '../../tools/clients/install.mjs';
import { createReport, freePort, until } from '../support/platform.mjs';
import { plaintextProperties, startEmbedded, startKafka } from './servers.mjs';

const { values: options } = parseArgs({ options: { scenarios: { type: 'string', default: '50' }, seed: { type: 'string', default: '2' } } });
const missing = installers.java();
if (missing) { console.log(`skipped: ${missing}`); process.exit(0); }
await build();
const { P, nodeEnv } = await import('./product.mjs');
const { createSender } = await import('./wire.mjs');

const DAY = 86_400_000;
/** Far from every limit drawn below, so that what passes between two looks decides nothing. */
const AGES = [0, 2 * DAY, 5 * DAY, 9 * DAY, 30 * DAY];
const NOW = Date.now();
const CHECK_MS = 5_000;

function randomOf(seed) {
  let state = seed * 2_654_435_761 >>> 0;
  return (below) => { state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; return Math.floor(state / 2 ** 32 * below); };
}

function scenario(seed) {
  const int = randomOf(seed);
  const batches = Array.from({ length: 1 + int(12) }, () => ({ bytes: [50_000, 300_000, 700_000][int(3)], timestampMs: int(12) === 0 ? -1 : NOW - AGES[int(AGES.length)] + int(1_000) }));
  if (int(3) > 0) batches.sort((a, b) => a.timestampMs - b.timestampMs);
  const configs = {
    'segment.bytes': '1048576', 'max.message.bytes': '1000000', 'file.delete.delay.ms': '0', 'segment.ms': String([7, 400][int(2)] * DAY), 'cleanup.policy': int(8) === 0 ? 'compact' : 'delete',
    'retention.ms': String([-1, 3 * DAY, 7 * DAY, 20 * DAY][int(4)]), 'retention.bytes': String([-1, 0, 900_000, 2_000_000, 4_000_000][int(5)]), 'message.timestamp.before.max.ms': '9223372036854775807',
  };
  return { batches, configs, deleteBefore: int(3) === 0 && configs['cleanup.policy'] === 'delete' ? int(batches.length + 1) : null };
}

const scenarios = Array.from({ length: Number(options.scenarios) }, (_, index) => scenario(Number(options.seed) * 1_000 + index));

async function run(port) {
  const sender = createSender(port, { timeoutMs: 20_000 });
  const ask = (api, version, draft) => sender.send(P[`${api}Request`], P[`${api}Response`], version, draft);
  const expectNone = (code, what) => { if (code !== 0) throw new Error(`${what}: ${code}`); };
  for (const [index, { batches, configs, deleteBefore }] of scenarios.entries()) {
    const name = `r${index}`;
    const created = await ask('CreateTopics', 5, { topics: [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })) }], timeoutMs: 10_000, validateOnly: false });
    expectNone(created.topics[0].errorCode, `create ${name}`);
    for (const [at, { bytes, timestampMs }] of batches.entries()) {
      const records = P.buildBatch([{ key: Buffer.from(String(at)), value: Buffer.alloc(bytes, at), timestamp: timestampMs }], nodeEnv.cpu, { timestampMs });
      await until(`${name} takes records`, 20_000, async () => (await ask('Produce', 9, { transactionalId: null, acks: -1, timeoutMs: 5_000, topicData: [{ name, partitionData: [{ index: 0, records }] }] })).responses[0].partitionResponses[0].errorCode === 0, 50);
    }
    if (deleteBefore !== null) expectNone((await ask('DeleteRecords', 1, { topics: [{ name, partitions: [{ partitionIndex: 0, offset: deleteBefore }] }], timeoutMs: 5_000 })).topics[0].partitions[0].errorCode, `delete of ${name}`);
  }
  const look = async () => {
    const found = [];
    for (const index of scenarios.keys()) {
      const offsetOf = async (timestamp) => (await ask('ListOffsets', 4, { replicaId: -1, isolationLevel: 0, topics: [{ name: `r${index}`, partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp }] }] })).topics[0].partitions[0].offset;
      found.push(`${await offsetOf(-2)}..${await offsetOf(-1)}`);
    }
    return found;
  };
  // Settled: the same at two looks of ours that lie two of the broker's apart, the first look of all among them.
  let seen = null;
  const settledMs = Date.now() + 35_000;
  await until('retention to have looked', 120_000, async () => {
    const now = (await look()).join();
    const same = now === seen;
    seen = now;
    return same && Date.now() > settledMs;
  }, 2 * CHECK_MS + 1_000);
  sender.close();
  return seen.split(',');
}

const home = mkdtempSync(join(tmpdir(), 'sluice-retention-'));
const report = createReport(`retention of Apache Kafka and of an embedded broker, ${scenarios.length} scenarios from seed ${options.seed}`);
try {
  const sides = await Promise.all(['kafka', 'embedded'].map(async (name) => {
    const [port, controllerPort] = [await freePort(), await freePort()];
    const properties = { ...plaintextProperties({ port, controllerPort, data: join(home, name, 'data') }), 'log.retention.check.interval.ms': String(CHECK_MS) };
    const server = name === 'kafka' ? await startKafka(join(home, name), properties, { clusterId: '4L6g3nShT-eMCtK--X86sw' }) : await startEmbedded(join(home, name), { ...properties, 'cluster.id': '4L6g3nShT-eMCtK--X86sw', 'sluice.flush.mode': 'os' });
    try { return await run(port); } finally { await server.stop('SIGKILL'); }
  }));
  const different = scenarios.flatMap(({ configs, deleteBefore, batches }, index) => (sides[0][index] === sides[1][index] ? [] : [`scenario ${index}: Kafka ${sides[0][index]}, ours ${sides[1][index]}; ${JSON.stringify(configs)}, deleted before ${deleteBefore}, ${JSON.stringify(batches.map(({ bytes, timestampMs }) => [bytes, timestampMs < 0 ? 'none' : Math.round((NOW - timestampMs) / DAY)]))}`]));
  for (const line of different) console.log(`    ${line}`);
  const taken = sides[0].filter((range) => !range.startsWith('0..')).length;
  report.line(different.length === 0 && taken > scenarios.length / 4, `${scenarios.length - different.length} of ${scenarios.length} end with the same records; in ${taken} something was taken`);
} finally {
  rmSync(home, { recursive: true, force: true });
}
report.end();
