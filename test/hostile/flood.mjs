// One client that floods the broker, in one way after another, while an honest one works: what the honest one waits at the 99th percentile, in turns with
// the flood and without. node test/hostile/flood.mjs [--rounds 4] [--slot 3000]
import { fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createReport } from '../support/platform.mjs';
import { startBroker } from './broker.mjs';
import { createSteady, median } from './steady.mjs';
import { createClient } from './wire.mjs';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '4' }, slot: { type: 'string', default: '3000' } } });
const rounds = Number(values.rounds);
const slotMs = Number(values.slot);
const WAIT_MS_MAX = 5_000;
const NOTHING = { producers: 0, readers: 0, deaf: 0, batchBytes: 100, inFlight: 1, partitions: 1 };
const FLOODS = [
  ['200 produce requests of 500 kB at once', { ...NOTHING, producers: 1, batchBytes: 500_000, inFlight: 200 }],
  ['2,000 produce requests of 100 bytes at once', { ...NOTHING, producers: 1, batchBytes: 100, inFlight: 2_000 }],
  ['everything there is, read again and again', { ...NOTHING, readers: 1 }],
  ['twenty times everything there is, and none of it taken', { ...NOTHING, deaf: 1 }],
];

const report = createReport('one client floods, another one works');
const broker = await startBroker({ more: { 'sluice.flush.mode': 'ack', 'log.retention.bytes': String(64 * 1024 * 1024), 'log.segment.bytes': String(32 * 1024 * 1024) } });
try {
  const admin = createClient(broker.ports.plain);
  const topics = ['steady', 'load'].map((name) => ({ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }));
  await admin.send('CreateTopics', 7, { topics, timeoutMs: 30_000, validateOnly: false });
  admin.close();
  const steady = createSteady(broker, 'steady', { tls: false });
  await steady.slot(3_000);
  for (const [what, order] of FLOODS) {
    const [busy, calm] = [[], []];
    for (let round = 0; round < rounds; round++) {
      const child = fork(new URL('./overload-clients.mjs', import.meta.url), { execArgv: ['--no-warnings'] });
      await sleep(1_000);
      calm.push(await steady.slot(slotMs));
      child.send({ ...order, port: broker.ports.plain });
      await sleep(200);
      busy.push(await steady.slot(slotMs));
      child.send('stop');
      await new Promise((resolve) => child.once('exit', resolve));
    }
    const ratio = median(busy) / median(calm);
    report.line(steady.worstMs < WAIT_MS_MAX, `${what}: the honest client waited ${steady.worstMs.toFixed(0)} ms at most so far (less than ${WAIT_MS_MAX}); p99 ${median(busy).toFixed(1)} ms, without ${median(calm).toFixed(1)} ms: ratio ${ratio.toFixed(1)}; RSS ${Math.round(broker.rssBytes() / 1024 / 1024)} MiB`);
    console.log(JSON.stringify({ case: what, metric: 'p99_ratio', value: Number(ratio.toFixed(3)) }));
  }
  await steady.stop();
  report.line(steady.failures === 0 && broker.crashes().length === 0, `the honest client failed ${steady.failures} times, waited ${steady.worstMs.toFixed(0)} ms at most; ${broker.crashes().length} bugs in the log`);
} catch (error) {
  report.line(false, error.stack);
} finally {
  report.line(await broker.stop() === 0, 'the same process stopped cleanly');
  report.end();
}
