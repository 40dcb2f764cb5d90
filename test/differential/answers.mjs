#!/usr/bin/env node
// The same questions, in every version that we serve, to a fresh Apache Kafka and to a fresh embedded broker; the decoded answers compared field by field.
// usage: node test/differential/answers.mjs [--show N] [api …]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../../tools/lib/build.mjs';
import { installers } from '../../tools/clients/install.mjs';
import { createReport, freePort, until } from '../support/platform.mjs';
import { plaintextProperties, startEmbedded, startKafka } from './servers.mjs';

const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { show: { type: 'string', default: '12' }, times: { type: 'boolean', default: false } } });
const missing = installers.java();
if (missing) { console.log(`skipped: ${missing}`); process.exit(0); }
await build();
const { P } = await import('./product.mjs');
const { createSender } = await import('./wire.mjs');
const { differences } = await import('./compare.mjs');
const { allowedReason, usedReasons } = await import('./allowed.mjs');
const questions = { ...(await import('./questions/admin.mjs')).adminQuestions, ...(await import('./questions/data.mjs')).dataQuestions, ...(await import('./questions/groups.mjs')).groupQuestions, ...(await import('./questions/quotas.mjs')).quotaQuestions, ...(await import('./questions/operations.mjs')).operationQuestions };
const { batch } = await import('./questions/data.mjs');

const CLUSTER_ID = '4L6g3nShT-eMCtK--X86sw';
const codecs = (api) => ({ request: P[`${api}Request`], response: P[`${api}Response`] });
const rangeOf = (api) => ({ min: codecs(api).request.minVersion, max: api === 'InitProducerId' ? 5 : codecs(api).request.maxVersion });

/** Versions and bytes that no broker takes. */
async function askEdges(ask, apiKey, max) {
  const frame = (version, body) => {
    const bytes = Buffer.alloc(14 + body.length);
    bytes.writeInt32BE(10 + body.length, 0);
    bytes.writeInt16BE(apiKey, 4);
    bytes.writeInt16BE(version, 6);
    bytes.writeInt32BE(7, 8);
    bytes.writeInt16BE(-1, 12);
    body.copy(bytes, 14);
    return bytes;
  };
  await ask.bytes(frame(max + 1, Buffer.alloc(40)), 'the version after the last');
  await ask.bytes(frame(-1, Buffer.alloc(40)), 'version -1');
  await ask.bytes(frame(max, Buffer.from('ffffffff7fffffffffffff', 'hex')), 'bytes that mean nothing');
  await ask.bytes(frame(max, Buffer.alloc(0)), 'nothing after the header');
}

/** One side of the comparison: asks, and remembers each answer under what was asked. */
function createSide(port) {
  const sender = createSender(port);
  const state = { barriers: 0, topicId: {}, unknownId: 'AAAAAAAAAAAAAAAAAAAAEA', lasting: new Set(['orders', 'written', 'small', 'compacted', 'stamped', 'current', 'trimmed', 'sequenced', 'spoiled']) };
  let answers = [];
  const exchange = (api, version, draft) => sender.send(codecs(api).request, codecs(api).response, version, draft);
  function asker(api, version) {
    /** `view` keeps of an answer what other questions haven't left behind. */
    const ask = async (asked, draft, what, at = version, view = (answer) => answer) => {
      const { request } = codecs(asked);
      const used = Math.min(Math.max(at, request.minVersion), request.maxVersion);
      let answer;
      try { answer = await exchange(asked, used, draft); } catch (error) {
        if (!(error instanceof P.ProtocolError)) throw error;
        answer = 'not sayable in this version';
      }
      answers.push({ api, what: `${asked} v${used}: ${what}`, answer: typeof answer === 'string' ? answer : view(answer) });
      return typeof answer === 'string' ? {} : answer;
    };
    ask.quietly = async (asked, used, draft) => {
      const answer = await exchange(asked, used, draft);
      if (typeof answer === 'string') throw new Error(`${asked}: ${answer}`);
      return answer;
    };
    /** What comes back for bytes that are no request; of an answer only its error code, where versions say that one comes first. */
    ask.bytes = async (bytes, what) => {
      const outcome = await sender.exchange(bytes);
      answers.push({ api, what: `${api} v${version}: ${what}`, answer: typeof outcome === 'string' ? outcome : `answered, error ${outcome.readInt16BE(4)}` });
    };
    // Kafka fetches its first block of ids only when one is asked for.
    ask.producer = () => until('a producer id', 20_000, async () => {
      const answer = await ask.quietly('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 60_000 });
      return answer.errorCode === 0 && answer;
    });
    /** What Kafka's controller has answered its broker may not know yet: a later topic that is served shows that it does. */
    ask.barrier = () => ask.topic(`barrier-${state.barriers++}`, 1);
    ask.topic = async (name, numPartitions, configs = []) => {
      const { topics: [made] } = await ask.quietly('CreateTopics', 7, { topics: [{ name, numPartitions, replicationFactor: 1, configs }], timeoutMs: 10_000 });
      if (made.errorCode) throw new Error(`topic ${name}: ${made.errorCode} ${made.errorMessage}`);
      state.topicId[name] = made.topicId;
      await until(`leaders of ${name}`, 20_000, async () => {
        const wanted = Array.from({ length: numPartitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1 }));
        const answer = await ask.quietly('ListOffsets', 5, { replicaId: -1, topics: [{ name, partitions: wanted }] });
        return answer.topics[0].partitions.every((partition) => partition.errorCode === 0);
      }, 5);
      return made.topicId;
    };
    return ask;
  }
  return {
    port, state, sender,
    ask: asker('set-up', 0),
    async run(api, version) {
      answers = [];
      const ask = asker(api, version);
      await questions[api]({ ask, v: version, state, name: `${api.toLowerCase()}-${version}` });
      if (version === rangeOf(api).max) await askEdges(ask, codecs(api).request.apiKey, version);
      return answers;
    },
    close: () => sender.close(),
  };
}

async function prepare({ ask }) {
  await ask.topic('orders', 3);
  await ask.topic('written', 2);
  await ask.topic('sequenced', 1);
  await ask.topic('spoiled', 1);
  await ask.topic('small', 1, [{ name: 'max.message.bytes', value: '200' }]);
  await ask.topic('compacted', 1, [{ name: 'cleanup.policy', value: 'compact' }]);
  await ask.topic('stamped', 1, [{ name: 'message.timestamp.type', value: 'LogAppendTime' }]);
  await ask.topic('current', 1, [{ name: 'message.timestamp.before.max.ms', value: '1000' }]);
  await ask.topic('trimmed', 1);
  await ask.producer();
  const write = (name, records) => ask.quietly('Produce', 9, { acks: -1, timeoutMs: 5000, topicData: [{ name, partitionData: [{ index: 0, records }] }] });
  await write('orders', batch(5));
  await write('orders', batch(3, { codec: 'gzip' }));
  await write('trimmed', batch(2));
  await write('trimmed', batch(4));
  await ask.quietly('DeleteRecords', 2, { topics: [{ name: 'trimmed', partitions: [{ partitionIndex: 0, offset: 2 }] }], timeoutMs: 5000 });
  await until('a group coordinator', 60_000, async () => {
    await ask.quietly('FindCoordinator', 3, { key: 'readers', keyType: 0 });
    const answer = await ask.quietly('DescribeGroups', 4, { groups: Array.from({ length: 60 }, (_, i) => `warm-${i}`) });
    return answer.groups.every((group) => group.errorCode === 0 || group.errorCode === 69);
  });
}

function compare(api, version, kafka, ours, seen) {
  for (const [index, theirs] of kafka.entries()) {
    const mine = ours[index];
    if (theirs.answer === 'not sayable in this version' && mine?.answer === theirs.answer) continue;
    seen.answers++;
    if (mine?.what !== theirs.what) { seen.differences.push({ api, where: theirs.what, path: '', kafka: theirs.what, ours: mine?.what }); return; }
    const all = differences(theirs.answer, mine.answer);
    const found = all.filter((each) => !allowedReason({ api, version, what: theirs.what, ...each }));
    if (all.length === 0) seen.equal++;
    else if (found.length === 0) seen.allowed++;
    for (const each of found) seen.differences.push({ api, where: theirs.what, ...each });
  }
}

/** The same field of the same question in several versions is one difference. */
function printDifferences(found, report) {
  const groups = new Map();
  for (const each of found) {
    const key = `${each.where.replace(/ v\d+:/, ':')} · ${each.path} · ${each.kafka} · ${each.ours}`;
    const group = groups.get(key) ?? { ...each, versions: [] };
    group.versions.push(/ v(\d+):/.exec(each.where)?.[1]);
    groups.set(key, group);
  }
  const counts = new Map();
  for (const { api, where, path, kafka, ours, versions } of groups.values()) {
    const count = (counts.get(api) ?? 0) + 1;
    counts.set(api, count);
    if (count <= Number(options.show)) report.line(false, `${where.replace(/ v\d+:/, ` v${versions.join(',')}:`)} · ${path}: Kafka ${kafka}, ours ${ours}`);
  }
  for (const [api, count] of counts) if (count > Number(options.show)) report.line(false, `${api}: ${count - Number(options.show)} more`);
}

const began = performance.now();
const report = createReport('The same requests to Apache Kafka and to an embedded broker');
const home = mkdtempSync(join(tmpdir(), 'sluice-answers-'));
const servers = [];
const sides = [];
async function startSide(name, start) {
  const [port, controllerPort] = [await freePort(), await freePort()];
  const server = await start(port, controllerPort, join(home, name));
  servers.push(server);
  const side = createSide(port);
  sides.push(side);
  await prepare(side);
  return side;
}
try {
  const chosen = positionals.length ? positionals : Object.keys(questions);
  const [kafka, ours] = await Promise.all([
    startSide('kafka', (port, controllerPort, directory) => startKafka(directory, plaintextProperties({ port, controllerPort, data: join(directory, 'data') }), { clusterId: CLUSTER_ID })),
    startSide('ours', (port, controllerPort, directory) => startEmbedded(directory, { ...plaintextProperties({ port, controllerPort, data: join(directory, 'data') }), 'cluster.id': CLUSTER_ID, 'sluice.flush.mode': 'os' })),
  ]);
  const seen = { answers: 0, equal: 0, allowed: 0, differences: [], asked: 0 };
  for (const api of chosen) {
    const { min, max } = rangeOf(api);
    const apiBegan = performance.now();
    for (let version = min; version <= max; version++) {
      seen.asked++;
      try {
        const [theirs, mine] = await Promise.all([kafka.run(api, version), ours.run(api, version)]);
        compare(api, version, theirs, mine, seen);
      } catch (error) {
        seen.differences.push({ api, where: `${api} v${version}: set-up`, path: '', kafka: 'and ours', ours: error.message });
      }
    }
    if (options.times) console.error(`${api}: ${Math.round(performance.now() - apiBegan)} ms`);
  }
  printDifferences(seen.differences, report);
  for (const [reason, count] of usedReasons) console.log(`  – allowed ${count} times: ${reason}`);
  report.line(seen.differences.length === 0, `${chosen.length} APIs, ${seen.asked} versions, ${seen.answers} answers: ${seen.equal} equal in every field, ${seen.allowed} but for differences on purpose, ${seen.answers - seen.equal - seen.allowed} otherwise; ${((performance.now() - began) / 1000).toFixed(0)} s`);
} finally {
  for (const side of sides) side.close();
  await Promise.all(servers.map((server) => server.stop('SIGKILL')));
  rmSync(home, { recursive: true, force: true });
}
report.end();
process.exit();
