// A broker in 256 MiB: what it takes from so many producers and readers is its load; then three times as many come, with three times as many requests
// at once, and readers that take nothing. Metadata must be answered within a second, and the process stay as large as it may.
// Where the system lets us (root, control groups) the limit is the kernel's, which kills; elsewhere the size is only measured.
// node test/hostile/overload.mjs [--seconds 20] [--memory 256]
import { fork } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createReport } from '../support/platform.mjs';
import { startBroker } from './broker.mjs';
import { median, percentile } from './steady.mjs';
import { createClient } from './wire.mjs';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '20' }, memory: { type: 'string', default: '256' } } });
const seconds = Number(values.seconds);
const MIB = 1024 * 1024;
const limitBytes = Number(values.memory) * MIB;
const PARTITIONS = 6;

/** A control group of this size, and how to start something in it. Null where that can't be. */
function createGroup() {
  for (const [directory, file] of [['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'], ['/sys/fs/cgroup', 'memory.max']]) {
    const group = `${directory}/sluice-overload-${process.pid}`;
    try {
      if (!existsSync(directory)) continue;
      mkdirSync(group);
      writeFileSync(`${group}/${file}`, String(limitBytes));
      return { command: ['sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', group], remove: () => { try { rmdirSync(group); } catch { /* its processes are still going */ } } };
    } catch {
      try { rmdirSync(group); } catch { /* there is none */ }
    }
  }
  return null;
}

const group = createGroup();
const report = createReport(`three times the load in ${values.memory} MiB (${group === null ? 'measured' : 'enforced by a control group'})`);
const broker = await startBroker({ command: group?.command ?? [], more: { 'sluice.flush.mode': 'ack', 'log.retention.bytes': String(64 * MIB), 'log.segment.bytes': String(32 * MIB) } });
const client = createClient(broker.ports.plain);

/** Load for so long: throughput, Metadata's times, and the largest size. */
async function load(factor) {
  const child = fork(new URL('./overload-clients.mjs', import.meta.url), { execArgv: ['--no-warnings'] });
  const rates = [];
  let refused = {};
  child.on('message', (message) => { rates.push(message.mebibytes); refused = message.refused; });
  child.send({ port: broker.ports.plain, producers: 6 * factor, readers: 2 * factor, deaf: factor === 1 ? 0 : 10 * factor, batchBytes: 500_000, inFlight: 5 * factor, partitions: PARTITIONS });
  const latencies = [];
  let unanswered = 0;
  let peak = 0;
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end && broker.alive()) {
    const began = performance.now();
    try {
      await client.send('Metadata', 12, { topics: [{ name: 'load' }] });
    } catch (error) {
      unanswered++;
      refused[`metadata: ${error.message}`] = unanswered;
      await sleep(200);
    }
    latencies.push(performance.now() - began);
    if (broker.alive()) peak = Math.max(peak, broker.rssBytes());
    await sleep(20);
  }
  child.send('stop');
  await new Promise((resolve) => child.once('exit', resolve));
  return { rate: median(rates.slice(2)), p99: percentile(latencies, 0.99), worst: Math.max(...latencies), unanswered, peak, refused };
}

const text = ({ rate, p99, worst, peak, refused }) => `${rate?.toFixed(1)} MiB/s acknowledged; Metadata p99 ${p99.toFixed(0)} ms, worst ${worst.toFixed(0)} ms; RSS at most ${Math.round(peak / MIB)} MiB; ${JSON.stringify(refused)}`;
try {
  await client.send('CreateTopics', 7, { topics: [{ name: 'load', numPartitions: PARTITIONS, replicationFactor: 1, assignments: [], configs: [] }], timeoutMs: 30_000, validateOnly: false }, 60_000);
  const once = await load(1);
  report.line(broker.alive() && once.rate > 0 && once.unanswered === 0, `its load: ${text(once)}`);
  const thrice = await load(3);
  report.line(broker.alive() && thrice.rate > 0 && thrice.unanswered === 0 && thrice.worst <= 1_000 && thrice.peak <= limitBytes, `three times its load: ${text(thrice)}`);
  console.log(JSON.stringify({ case: 'overload', metric: 'metadata_worst_ms', value: Math.round(thrice.worst), rssMiB: Math.round(thrice.peak / MIB) }));
  await sleep(3_000);
  const began = performance.now();
  await client.send('Metadata', 12, { topics: [{ name: 'load' }] });
  report.line(performance.now() - began < 1_000, `afterwards Metadata takes ${(performance.now() - began).toFixed(0)} ms, RSS ${Math.round(broker.rssBytes() / MIB)} MiB`);
  report.line(broker.crashes().length === 0, `${broker.crashes().length} bugs in the log${broker.crashes().length > 0 ? `: ${broker.crashes()[0]}` : ''}`);
} catch (error) {
  report.line(false, `${error.stack}\n${broker.log.slice(-5).join('\n')}`);
} finally {
  client.close();
  const code = await broker.stop();
  report.line(code === 0, `the same process stopped cleanly (${code})`);
  group?.remove();
  report.end();
}
