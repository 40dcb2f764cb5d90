#!/usr/bin/env node
// How soon `npm start` is ready: on a fresh home, on one that was stopped, and with brokers that run and are taken over. Nothing is built in these times:
// a first start builds what changed. Then what the platform costs while nobody asks it anything.
// usage: node bench/start.mjs [--runs 5] [--clusters 20] [--idle-seconds 20]
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createReport, newHome, Platform } from '../test/support/platform.mjs';
import { cpuSeconds, descendants, residentMiB, showMs } from './process-cost.mjs';

const { values: options } = parseArgs({ options: { runs: { type: 'string', default: '5' }, clusters: { type: 'string', default: '20' }, 'idle-seconds': { type: 'string', default: '20' } } });
/** What a start still does in the background is not idling. */
const SETTLE_MS = 5_000;
const runs = Number(options.runs);
const clusterCount = Number(options.clusters);

async function repeat(platform, count) {
  const times = [];
  for (let i = 0; i < count; i++) {
    times.push(await platform.start());
    await platform.signal('SIGTERM');
  }
  return times;
}

async function freshHome() {
  const platform = new Platform(await newHome());
  try {
    return (await repeat(platform, 1))[0];
  } finally {
    platform.destroy();
  }
}

/** CPU of the platform's process and of its database, in percent of one core, while nothing is asked of them. */
async function idle(platform, seconds) {
  const watched = descendants([platform.process.pid, databasePid(platform)]);
  const before = cpuSeconds(watched);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  return { percent: (cpuSeconds(watched) - before) / seconds * 100, residentMiB: residentMiB([platform.process.pid]) };
}

function databasePid({ home }) {
  const { dataDirectory } = JSON.parse(readFileSync(`${home}/postgres.json`, 'utf8'));
  return Number.parseInt(readFileSync(`${dataDirectory}/postmaster.pid`, 'utf8'), 10);
}

const report = createReport(`From the command to a ready platform, ${runs} runs each`);
await freshHome(); // builds what has changed, warms the page cache
const fresh = [];
for (let i = 0; i < runs; i++) fresh.push(await freshHome());
console.log(`  fresh home:   ${showMs(fresh)}`);

const platform = new Platform(await newHome());
try {
  await repeat(platform, 1);
  const second = await repeat(platform, runs);
  report.line(Math.max(...second) <= 5_000, `second start: ${showMs(second)} (to reach: ≤ 5,000)`);
  if (clusterCount > 0) {
    await platform.start();
    const environment = await platform.environment('bench');
    const requests = await Promise.all(Array.from({ length: clusterCount }, (_, i) => platform.clusterRequest(environment, `idle-${i}`)));
    await Promise.all(requests.map((request) => platform.provisioned(request, environment, 120_000, 200)));
    await platform.signal('SIGTERM');
    const adopting = await repeat(platform, runs);
    report.line(Math.max(...adopting) <= 5_000, `second start with ${clusterCount} running clusters: ${showMs(adopting)} (to reach: ≤ 5,000)`);
    await platform.start();
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const { percent, residentMiB: resident } = await idle(platform, Number(options['idle-seconds']));
    console.log(`  idle platform with ${clusterCount} clusters: ${percent.toFixed(1)} % of a core with its database (over ${options['idle-seconds']} s), ${resident.toFixed(0)} MiB RSS`);
  }
} finally {
  await platform.signal('SIGTERM').catch(() => undefined);
  platform.destroy();
}
report.end();
