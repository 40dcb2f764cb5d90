#!/usr/bin/env node
// A million records of ten thousand keys in a compacted topic, and a million committed offsets of a hundred partitions, through kill -9 while the
// cleaner works. In the end every key stands once below the head and has its last value, committed offsets are the last ones, and both logs are small.
// usage: node test/chaos/compaction.mjs [--records 1000000] [--keys 10000] [--commits 1000000] [--kills 3]
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../../tools/lib/build.mjs';
import { createReport, until } from '../support/platform.mjs';

await build();
const { BrokerProcess } = await import('../../bench/broker-process.mjs');
const { createSender } = await import('../differential/wire.mjs');
const P = await import('../../dist/libs/kafka/protocol/index.js');
const { createNodeCpu } = await import('../../dist/libs/kernel/node/index.js');

const { values } = parseArgs({ options: { records: { type: 'string', default: '1000000' }, keys: { type: 'string', default: '10000' }, commits: { type: 'string', default: '1000000' }, kills: { type: 'string', default: '3' } } });
const RECORDS = Number(values.records);
const KEYS = Number(values.keys);
const KILLS = Number(values.kills);
const TOPIC = 'state';
const BATCH_RECORDS = 500;
const IN_FLIGHT = 5;
const COMMIT_PARTITIONS = 100;
const SEGMENT_BYTES = 10 * 1024 * 1024;
const cpu = createNodeCpu();
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
const mebibytes = (bytes) => `${(bytes / 1048576).toFixed(1)} MiB`;

const report = createReport('Compaction at size');
const broker = await BrokerProcess.create({ 'log.cleaner.backoff.ms': '300', 'offsets.topic.num.partitions': '1', 'offsets.topic.segment.bytes': String(SEGMENT_BYTES), 'sluice.flush.mode': 'ack' });
let sender;
const connectAgain = async () => { sender?.close(); await broker.start(); sender = createSender(broker.port, { timeoutMs: 20_000 }); };
const ask = (api, version, draft) => sender.send(P[`${api}Request`], P[`${api}Response`], version, draft);
const usage = () => {
  const stat = readFileSync(`/proc/${broker.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const status = readFileSync(`/proc/${broker.pid}/status`, 'utf8');
  return { cpuMs: (Number(stat[11]) + Number(stat[12])) * 10, rssBytes: Number(/VmHWM:\s+(\d+)/.exec(status)[1]) * 1024 };
};
const directoryOf = (topic) => join(broker.directory, 'data', `${topic}-0`);
const sizeOf = (topic) => readdirSync(directoryOf(topic)).filter((name) => !name.endsWith('.deleted')).reduce((sum, name) => sum + (statSync(join(directoryOf(topic), name), { throwIfNoEntry: false })?.size ?? 0), 0);
const headOf = (topic) => Math.max(...readdirSync(directoryOf(topic)).filter((name) => /^\d{20}\.log$/.test(name)).map((name) => Number(name.slice(0, 20))));
const cleanedTo = (topic) => Number(new RegExp(`^${topic} 0 (\\d+)$`, 'm').exec(readFileSync(join(broker.directory, 'data', 'cleaner-offset-checkpoint'), 'utf8'))?.[1] ?? 0);
const kill = async () => { broker.child.kill('SIGKILL'); await broker.ended; await connectAgain(); };

/** Kills come between batches, while the cleaner has work. */
async function produce(last) {
  const killAt = new Set(Array.from({ length: KILLS }, (_, i) => Math.floor((RECORDS * (i + 1)) / (KILLS + 1) / BATCH_RECORDS)));
  const batches = Math.ceil(RECORDS / BATCH_RECORDS);
  for (let first = 0; first < batches;) {
    const count = Math.min(IN_FLIGHT, batches - first);
    const sent = Array.from({ length: count }, (_, i) => {
      const records = Array.from({ length: BATCH_RECORDS }, (__, j) => {
        const serial = (first + i) * BATCH_RECORDS + j;
        const key = `key-${String((Math.imul(serial, 2654435761) >>> 0) % KEYS).padStart(5, '0')}`;
        return { key: Buffer.from(key), value: Buffer.from(`${serial} ${'x'.repeat(80)}`), timestamp: Date.now() };
      });
      return ask('Produce', 9, { acks: -1, timeoutMs: 10_000, topicData: [{ name: TOPIC, partitionData: [{ index: 0, records: P.buildBatch(records, cpu, { timestampMs: Date.now() }) }] }] }).then((answer) => {
        if (answer.responses?.[0].partitionResponses[0].errorCode !== 0) throw new Error(`produce: ${JSON.stringify(answer)}`);
        records.forEach(({ key, value }) => last.set(key.toString(), value.toString()));
      });
    });
    await Promise.all(sent);
    first += count;
    if ([...killAt].some((at) => at < first && killAt.delete(at))) await kill();
  }
}

async function readAll() {
  const found = [];
  for (let position = 0; ;) {
    const answer = await ask('Fetch', 12, {
      maxWaitMs: 0, minBytes: 1, maxBytes: 1 << 24, isolationLevel: 0, sessionId: 0, sessionEpoch: -1,
      topics: [{ topic: TOPIC, partitions: [{ partition: 0, fetchOffset: position, currentLeaderEpoch: -1, logStartOffset: -1, partitionMaxBytes: 1 << 24 }] }],
    });
    const partition = answer.responses[0].partitions[0];
    const bytes = partition.records ?? Buffer.alloc(0);
    let at = 0;
    while (at + 61 <= bytes.length && at + P.batchSizeAt(bytes, at) <= bytes.length) {
      const size = P.batchSizeAt(bytes, at);
      for (const { offset, key, value } of P.readRecords(bytes.subarray(at, at + size), cpu, 1 << 24)) if (offset >= position) found.push({ offset, key: key.toString(), value: value.toString() });
      position = P.lastOffsetAt(bytes, at) + 1;
      at += size;
    }
    if (at === 0 || position >= partition.highWatermark) return found;
  }
}

async function records() {
  await ask('CreateTopics', 7, { topics: [{ name: TOPIC, numPartitions: 1, replicationFactor: 1, configs: [['cleanup.policy', 'compact'], ['segment.bytes', String(SEGMENT_BYTES)], ['min.cleanable.dirty.ratio', '0.01']].map(([name, value]) => ({ name, value })) }], timeoutMs: 10_000, validateOnly: false });
  const last = new Map();
  const began = performance.now();
  await produce(last);
  const produced = performance.now();
  await until('a cleaned log', 120_000, () => cleanedTo(TOPIC) === headOf(TOPIC), 50);
  const { cpuMs, rssBytes } = usage();
  const found = await readAll();
  const head = found.filter(({ offset }) => offset >= headOf(TOPIC)).length;
  const tail = new Map(found.map(({ key, value }) => [key, value]));
  const isRight = tail.size === last.size && [...last].every(([key, value]) => tail.get(key) === value);
  report.line(isRight && found.length - head === last.size, `${RECORDS} records of ${KEYS} keys, ${KILLS} kills: ${found.length - head} below the head of ${head}, each key's last${isRight ? '' : ' WRONG'}; ${mebibytes(sizeOf(TOPIC))}; written in ${seconds(produced - began)}, clean ${seconds(performance.now() - produced)} later; the last broker used ${seconds(cpuMs)} of CPU, ${mebibytes(rssBytes)} at most`);
}

async function commits() {
  const rounds = Math.ceil(Number(values.commits) / COMMIT_PARTITIONS);
  const topics = (offset) => [{ name: 'source', partitions: Array.from({ length: COMMIT_PARTITIONS }, (_, partitionIndex) => ({ partitionIndex, committedOffset: offset, committedLeaderEpoch: -1, committedMetadata: '' })) }];
  await ask('CreateTopics', 7, { topics: [{ name: 'source', numPartitions: COMMIT_PARTITIONS, replicationFactor: 1 }], timeoutMs: 10_000, validateOnly: false });
  const commit = async (offset) => {
    const answer = await ask('OffsetCommit', 8, { groupId: 'group', generationIdOrMemberEpoch: -1, memberId: '', topics: topics(offset) });
    return answer.topics?.[0].partitions.every(({ errorCode }) => errorCode === 0) === true;
  };
  const began = performance.now();
  await ask('FindCoordinator', 4, { keyType: 0, coordinatorKeys: ['group'] });
  await until('a coordinator', 20_000, () => commit(0));
  let largest = 0;
  for (let round = 1; round <= rounds; round++) {
    if (!await commit(round)) throw new Error(`commit ${round} was refused`);
    if (round % 500 === 0) largest = Math.max(largest, sizeOf('__consumer_offsets'));
    if (round % Math.ceil(rounds / (KILLS + 1)) === 0 && round < rounds) { await kill(); await until('a coordinator', 20_000, () => commit(round)); }
  }
  await kill();
  const offsets = await until('committed offsets', 20_000, async () => {
    const answer = await ask('OffsetFetch', 8, { groups: [{ groupId: 'group', topics: null }], requireStable: false });
    return answer.groups?.[0].errorCode === 0 ? answer.groups[0].topics[0].partitions.map(({ committedOffset }) => committedOffset) : null;
  });
  const isRight = offsets.length === COMMIT_PARTITIONS && offsets.every((offset) => offset === rounds);
  report.line(isRight && largest < 5 * SEGMENT_BYTES, `${rounds * COMMIT_PARTITIONS} committed offsets, ${KILLS + 1} kills, in ${seconds(performance.now() - began)}: __consumer_offsets never above ${mebibytes(largest)}, now ${mebibytes(sizeOf('__consumer_offsets'))}${isRight ? '; every partition\'s last' : ' WRONG'}`);
}

try {
  await connectAgain();
  await records();
  await commits();
} finally {
  sender?.close();
  await broker.destroy();
}
report.end();
process.exit();
