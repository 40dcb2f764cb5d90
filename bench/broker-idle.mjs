#!/usr/bin/env node
// What a broker costs before anybody uses it: from the spawn to ready, on an empty directory and on a filled one after a clean stop; the creation of
// partitions; memory and CPU of brokers that idle.
// usage: node bench/broker-idle.mjs [--runs 7] [--brokers 20] [--idle-seconds 20]
import { parseArgs } from 'node:util';
import kafkajs from 'kafkajs';
import { createReport, quantile } from '../test/support/platform.mjs';
import { BrokerProcess } from './broker-process.mjs';
import { cpuSeconds, residentMiB, showMs } from './process-cost.mjs';

const { values: options } = parseArgs({ options: { runs: { type: 'string', default: '7' }, brokers: { type: 'string', default: '20' }, 'idle-seconds': { type: 'string', default: '20' } } });
const runs = Number(options.runs);
const brokerCount = Number(options.brokers);
const idleSeconds = Number(options['idle-seconds']);
const { Kafka, logLevel } = kafkajs;

/** About eight seconds after its last work the engine gives memory back, once: that isn't idling yet. */
const SETTLE_MS = 15_000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const report = createReport(`One broker, ${runs} runs each`);

async function withAdmin(broker, work) {
  const admin = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

async function emptyDirectory() {
  const broker = await BrokerProcess.create();
  try {
    return await broker.start();
  } finally {
    await broker.destroy();
  }
}

/** 50 partitions of the offsets' topic, 100 topics of one partition with a record each. */
async function fill(broker, creations) {
  await withAdmin(broker, async (admin) => {
    for (let i = 0; i < runs; i++) {
      const began = performance.now();
      await admin.createTopics({ waitForLeaders: false, topics: [{ topic: `fifty-${i}`, numPartitions: 50 }] });
      creations.push(performance.now() - began);
      await admin.deleteTopics({ topics: [`fifty-${i}`] });
    }
    await admin.createTopics({ waitForLeaders: false, topics: Array.from({ length: 100 }, (_, i) => ({ topic: `topic-${i}`, numPartitions: 1 })) });
    await admin.setOffsets({ groupId: 'group', topic: 'topic-0', partitions: [{ partition: 0, offset: '0' }] });
  });
  const producer = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  await producer.sendBatch({ topicMessages: Array.from({ length: 100 }, (_, i) => ({ topic: `topic-${i}`, messages: [{ value: 'x' }] })) });
  await producer.disconnect();
}

async function filledDirectory() {
  const broker = await BrokerProcess.create();
  const times = { creations: [], starts: [], stops: [] };
  try {
    await broker.start();
    await fill(broker, times.creations);
    for (let i = 0; i < runs; i++) {
      times.stops.push(await broker.stop());
      times.starts.push(await broker.start());
    }
    return times;
  } finally {
    await broker.destroy();
  }
}

async function idle() {
  const brokers = [];
  try {
    for (let i = 0; i < brokerCount; i++) {
      brokers.push(await BrokerProcess.create());
      await brokers.at(-1).start();
    }
    await pause(SETTLE_MS);
    const pids = brokers.map(({ pid }) => pid);
    const before = cpuSeconds(pids);
    await pause(idleSeconds * 1_000);
    return { percent: (cpuSeconds(pids) - before) / idleSeconds * 100, resident: pids.map((pid) => residentMiB([pid])) };
  } finally {
    await Promise.all(brokers.map((broker) => broker.destroy()));
  }
}

await emptyDirectory();
const empty = [];
for (let i = 0; i < runs; i++) empty.push(await emptyDirectory());
report.line(quantile(empty, 0.5) <= 500, `ready on an empty directory: ${showMs(empty)} (to reach: median ≤ 500)`);
const { creations, starts, stops } = await filledDirectory();
report.line(quantile(starts, 0.5) <= 500, `ready after a clean stop, 150 partitions: ${showMs(starts)} (to reach: median ≤ 500)`);
console.log(`  clean stop: ${showMs(stops)}`);
console.log(`  50 partitions created: ${showMs(creations)}`);
if (brokerCount > 0) {
  const { percent, resident } = await idle();
  report.line(quantile(resident, 0.5) <= 100, `idle memory: min ${Math.min(...resident).toFixed(0)}, median ${quantile(resident, 0.5).toFixed(0)}, max ${Math.max(...resident).toFixed(0)} MiB RSS (to reach: ≤ 100)`);
  report.line(percent <= 2, `${brokerCount} idle brokers: ${percent.toFixed(2)} % of a core together, over ${idleSeconds} s (to reach: ≤ 2)`);
}
report.end();
