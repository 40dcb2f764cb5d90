#!/usr/bin/env node
// A disk that fills under load, with consumers reading on: producers are refused, room returns, they go on, and all that was acknowledged is there.
// Once to the last byte (and through kill -9 and a start on the full disk), once against the room that a broker leaves free. Needs root, for a small tmpfs.
// usage: node test/chaos/full-disk.mjs [--size 64] [--flush ack|os]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../../tools/lib/build.mjs';
import { createReport, freePort, until } from '../support/platform.mjs';
import { plaintextProperties, startEmbedded } from '../differential/servers.mjs';

const { values: options } = parseArgs({ options: { size: { type: 'string', default: '64' }, flush: { type: 'string', default: 'ack' } } });
const sizeBytes = Number(options.size) << 20;
const PARTITIONS = 4;
const STORAGE_ERROR = 56;
const POLICY_VIOLATION = 44;
/** A broker that is away, and one that has no room for what a request writes. */
const PASSING = new Set([3, 6, STORAGE_ERROR, POLICY_VIOLATION]);

await build();
const { P, nodeEnv } = await import('../differential/product.mjs');
const { createSender } = await import('../differential/wire.mjs');
const report = createReport(`a disk of ${options.size} MiB that fills, flush mode ${options.flush}`);
const home = mkdtempSync(join(tmpdir(), 'sluice-full-disk-'));
const mount = join(home, 'disk');

function mounted() {
  try {
    execFileSync('mkdir', ['-p', mount]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', mount], { stdio: 'pipe' });
    return true;
  } catch (error) {
    report.skipped(`no tmpfs can be mounted here (${String(error.stderr ?? error.message).trim().split('\n')[0]}); run it as root`);
    return false;
  }
}
const usable = () => { const { bsize, bavail } = statfsSync(mount); return bsize * bavail; };
const ballast = join(mount, 'ballast');

const ask = (sender, api, version, draft) => sender.send(P[`${api}Request`], P[`${api}Response`], version, draft);
async function told(sender, api, version, draft, what, read) {
  let code;
  await until(what, 60_000, async () => {
    const answer = await ask(sender, api, version, draft);
    code = typeof answer === 'string' ? answer : read(answer);
    return code === 0;
  }, 100).catch((error) => { throw new Error(`${error.message}: last ${code}`); });
}

/** One idempotent producer a partition: repeats what was refused or not answered, and so knows exactly what is acknowledged. */
function startProducers(port, topic) {
  const state = { acknowledged: Array(PARTITIONS).fill(0), refused: 0, codes: new Map(), message: null, failures: [], stopped: false };
  const produce = async (partition) => {
    const sender = createSender(port, { clientId: `producer-${partition}` });
    let producerId = -1;
    while (producerId < 0 && !state.stopped) {
      const answer = await ask(sender, 'InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 0, producerId: -1, producerEpoch: -1 });
      producerId = answer.producerId ?? -1;
    }
    for (let sequence = 0; !state.stopped;) {
      const value = Buffer.alloc(32 << 10, `${partition}:${sequence};`);
      const records = P.buildBatch([{ key: null, value }], nodeEnv.cpu, { timestampMs: Date.now(), producerId, producerEpoch: 0, baseSequence: sequence });
      const answer = await ask(sender, 'Produce', 9, { transactionalId: null, acks: -1, timeoutMs: 3_000, topicData: [{ name: topic, partitionData: [{ index: partition, records }] }] });
      const outcome = typeof answer === 'string' ? { errorCode: -1 } : answer.responses[0].partitionResponses[0];
      if (outcome.errorCode === 0) {
        state.acknowledged[partition] = ++sequence;
        continue;
      }
      state.refused++;
      state.codes.set(outcome.errorCode, (state.codes.get(outcome.errorCode) ?? 0) + 1);
      state.message = outcome.errorMessage ?? state.message;
      if (outcome.errorCode !== -1 && !PASSING.has(outcome.errorCode)) { state.failures.push(outcome); return; }
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
    sender.close();
  };
  const running = Array.from({ length: PARTITIONS }, (_, partition) => produce(partition));
  return { state, total: () => state.acknowledged.reduce((sum, each) => sum + each, 0), async stop() { state.stopped = true; await Promise.all(running); } };
}

/** Reads on, whatever the disk does; each partition must be 0, 1, 2 … */
function startConsumer(port, topic) {
  const state = { next: Array(PARTITIONS).fill(0), wrong: [], stopped: false };
  const consume = async (partition) => {
    const sender = createSender(port, { clientId: 'consumer' });
    while (!state.stopped && state.wrong.length < 5) {
      const answer = await ask(sender, 'Fetch', 11, {
        replicaId: -1, maxWaitMs: 200, minBytes: 1, maxBytes: 4 << 20, isolationLevel: 0, sessionId: 0, sessionEpoch: -1, forgottenTopicsData: [], rackId: '',
        topics: [{ topic, partitions: [{ partition, currentLeaderEpoch: -1, fetchOffset: state.next[partition], lastFetchedEpoch: -1, logStartOffset: -1, partitionMaxBytes: 4 << 20 }] }],
      });
      const found = typeof answer === 'string' ? null : answer.responses[0]?.partitions[0];
      if (!found || found.errorCode !== 0) { await new Promise((resolve) => { setTimeout(resolve, 20); }); continue; }
      const { records } = found;
      for (let at = 0; records && at + 12 <= records.length && at + P.batchSizeAt(records, at) <= records.length; at += P.batchSizeAt(records, at)) {
        for (const record of P.readRecords(records.subarray(at, at + P.batchSizeAt(records, at)), nodeEnv.cpu, 1 << 20)) {
          if (record.offset < state.next[partition]) continue;
          if (!String(record.value).startsWith(`${partition}:${state.next[partition]};`)) state.wrong.push(`${partition}@${record.offset}: ${String(record.value).slice(0, 12)}, expected ${state.next[partition]}`);
          state.next[partition]++;
        }
      }
    }
    sender.close();
  };
  const running = Array.from({ length: PARTITIONS }, (_, partition) => consume(partition));
  return { state, async stop() { state.stopped = true; await Promise.all(running); } };
}

async function createTopic(sender, name) {
  await told(sender, 'CreateTopics', 5, { topics: [{ name, numPartitions: PARTITIONS, replicationFactor: 1, assignments: [], configs: [{ name: 'segment.bytes', value: '1048576' }] }], timeoutMs: 10_000, validateOnly: false },
    'the topic', (answer) => (answer.topics[0].errorCode === 36 ? 0 : answer.topics[0].errorCode));
}

async function toTheLastByte(start, port) {
  writeFileSync(ballast, Buffer.alloc(sizeBytes >> 2));
  let broker = await start({ 'sluice.disk.free.min.bytes': '0' });
  const admin = createSender(port);
  await createTopic(admin, 'full');
  const producers = startProducers(port, 'full');
  const consumer = startConsumer(port, 'full');
  const hasRead = ({ state }) => () => producers.state.acknowledged.every((count, partition) => state.next[partition] >= count);
  const isFull = (refused) => until('a full disk', 120_000, () => producers.state.refused > refused + 40 && usable() < 256 << 10);

  await isFull(0);
  const first = producers.total();
  await until('the consumer reads all of it while the disk is full', 60_000, hasRead(consumer));
  const pause = performance.now();
  rmSync(ballast);
  await until('producers to be acknowledged again', 60_000, () => producers.total() > first + 20, 20);
  report.line(broker.alive(), `full after ${first} acknowledged batches; with room again acknowledged after ${Math.round(performance.now() - pause)} ms, by the same process`);

  await isFull(producers.state.refused);
  await broker.stop('SIGKILL');
  let how = 'a start on the full disk serves';
  broker = await start({ 'sluice.disk.free.min.bytes': '0' }).catch((error) => {
    how = `a start on the full disk says why: ${/"reason":"([^"]*)"/.exec(error.message)?.[1] ?? error.message.slice(-200)}`;
    return null;
  });
  report.line(broker !== null || /room|ENOSPC/.test(how), `kill -9 on the full disk: ${how}`);
  await producers.stop();
  if (broker === null) {
    execFileSync('mount', ['-o', `remount,size=${sizeBytes * 2}`, mount]);
    broker = await start({ 'sluice.disk.free.min.bytes': '0' });
  }
  await until('the consumer reads what was acknowledged before the kill', 60_000, hasRead(consumer));
  await consumer.stop();
  // What it had read before the kill it doesn't ask for again.
  const afresh = startConsumer(port, 'full');
  await until('another one reads all of it from the beginning', 60_000, hasRead(afresh));
  await afresh.stop();
  const wrong = [...consumer.state.wrong, ...afresh.state.wrong];
  const codes = [...producers.state.codes].map(([code, count]) => `${code === -1 ? 'no answer' : P.ErrorCode[code] ?? code} ${count}`).join(', ');
  report.line(wrong.length === 0 && producers.state.failures.length === 0,
    `${producers.total()} acknowledged batches of 32 KiB: ${wrong.length} lost, doubled or out of order ${wrong.join()}; refused: ${codes} ${JSON.stringify(producers.state.failures)}`);
  execFileSync('mount', ['-o', `remount,size=${sizeBytes * 2}`, mount]);
  await told(admin, 'DeleteTopics', 4, { topicNames: ['full'], timeoutMs: 10_000 }, 'the topic to go', (answer) => (answer.responses[0].errorCode === 3 ? 0 : answer.responses[0].errorCode));
  admin.close();
  await broker.stop();
}

async function beforeItIsFull(start, port) {
  const free = 16 << 20;
  const broker = await start({ 'sluice.disk.free.min.bytes': String(free) });
  const admin = createSender(port);
  await createTopic(admin, 'spared');
  const producers = startProducers(port, 'spared');
  const consumer = startConsumer(port, 'spared');
  await until('producers to be refused', 120_000, () => (producers.state.codes.get(POLICY_VIOLATION) ?? 0) > 20);
  const before = producers.total();
  report.line(usable() > free * 0.8 && /kept free/.test(producers.state.message ?? ''), `refused with ${(usable() / 2 ** 20).toFixed(1)} of ${free >> 20} MiB left: "${producers.state.message}"`);
  await told(admin, 'FindCoordinator', 3, { key: 'g', keyType: 0 }, 'a coordinator', (answer) => answer.errorCode);
  await told(admin, 'OffsetCommit', 7, { groupId: 'g', generationId: -1, memberId: '', groupInstanceId: null, topics: [{ name: 'spared', partitions: [{ partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: '' }] }] },
    'offsets to be committed', (answer) => answer.topics[0].partitions[0].errorCode);
  await until('the consumer reads on', 60_000, () => producers.state.acknowledged.every((count, partition) => consumer.state.next[partition] >= count));
  const deleted = { topics: [{ name: 'spared', partitions: producers.state.acknowledged.map((count, partitionIndex) => ({ partitionIndex, offset: Math.floor(count * 0.9) })) }], timeoutMs: 10_000 };
  await told(admin, 'DeleteRecords', 1, deleted, 'records to be deleted', (answer) => Math.max(...answer.topics[0].partitions.map(({ errorCode }) => errorCode)));
  await until('producers to be acknowledged again', 60_000, () => producers.total() > before + 20, 20);
  await producers.stop();
  await until('the consumer to read the rest', 60_000, () => producers.state.acknowledged.every((count, partition) => consumer.state.next[partition] >= count));
  await consumer.stop();
  report.line(consumer.state.wrong.length === 0, `DeleteRecords gives room: ${producers.total() - before} batches more, ${consumer.state.wrong.length} of ${producers.total()} lost, doubled or out of order ${consumer.state.wrong.join()}`);
  admin.close();
  report.line(await broker.stop() === 0, 'and stops cleanly');
}

if (mounted()) {
  try {
    const [port, controllerPort] = [await freePort(), await freePort()];
    const properties = { ...plaintextProperties({ port, controllerPort, data: join(mount, 'data') }), 'cluster.id': '4L6g3nShT-eMCtK--X86sw', 'sluice.flush.mode': options.flush, 'log.segment.delete.delay.ms': '1000' };
    const start = (more) => startEmbedded(home, { ...properties, ...more });
    await toTheLastByte(start, port);
    await beforeItIsFull(start, port);
  } catch (error) {
    console.log(readFileSync(join(home, 'embedded.log'), 'utf8').split('\n').slice(-30).join('\n'));
    throw error;
  } finally {
    process.once('exit', () => { try { execFileSync('umount', ['-l', mount]); } catch { /* never mounted */ } rmSync(home, { recursive: true, force: true }); });
  }
} else rmSync(home, { recursive: true, force: true });
report.end();
