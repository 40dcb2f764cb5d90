#!/usr/bin/env node
// The simulation by seeds: a whole broker on virtual time, disk and network, with faults drawn from the seed. Prints every seed that finds something.
// usage: node test/sim/run.mjs [--seeds 1000] [--from 1] [--fault power-cut …] [--faults-each 6] [--workload topic-churn …] [--flush ack|os] [--plant missing-fsync] [--trace]
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';

const { runScenario } = await import('../../dist/libs/engine/sim/index.js');

async function runSeeds({ seeds, options }) {
  for (const seed of seeds) {
    const { logLines, ...report } = await runScenario({ ...options, seed });
    // Every hundredth seed runs twice: the same seed must give the same life.
    const again = seed % 100 === 1 ? await runScenario({ ...options, seed }) : null;
    const strayed = again !== null && (again.stateHash !== report.stateHash || again.events !== report.events);
    parentPort.postMessage({ ...report, strayed, logLines: options.trace || report.findings.length ? logLines.slice(-60) : [] });
  }
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' }, from: { type: 'string', default: '1' }, fault: { type: 'string', multiple: true }, 'faults-each': { type: 'string' }, workload: { type: 'string', multiple: true },
      flush: { type: 'string', default: 'ack' }, plant: { type: 'string' }, trace: { type: 'boolean', default: false }, workers: { type: 'string', default: String(availableParallelism()) },
    },
  });
  const options = {
    flushMode: values.flush, trace: values.trace, ...(values.fault ? { faults: values.fault } : {}), ...(values['faults-each'] ? { faultCount: Number(values['faults-each']) } : {}),
    ...(values.workload ? { workloads: values.workload } : {}), ...(values.plant ? { plant: values.plant } : {}),
  };
  return { options, first: Number(values.from), count: Number(values.seeds), workers: Number(values.workers), plant: values.plant };
}

async function main() {
  const { options, first, count, workers, plant } = readOptions();
  const began = performance.now();
  const total = { seeds: 0, acknowledged: 0, topicLives: 0, deletedLives: 0, recordDeletions: 0, cleanings: 0, boots: 0, events: 0, faults: {}, found: [], strayed: 0 };
  const seeds = Array.from({ length: count }, (_, i) => first + i);
  await Promise.all(Array.from({ length: Math.min(workers, count) }, (_, worker) => new Promise((resolve, reject) => {
    const thread = new Worker(fileURLToPath(import.meta.url), { workerData: { seeds: seeds.filter((_, i) => i % workers === worker), options } });
    thread.on('error', reject).on('exit', resolve).on('message', (report) => {
      total.seeds++;
      for (const figure of ['acknowledged', 'topicLives', 'deletedLives', 'recordDeletions', 'cleanings', 'boots', 'events']) total[figure] += report[figure];
      if (report.strayed) { total.strayed++; console.log(`seed ${report.seed}: two runs differ`); }
      for (const fault of report.faults) total.faults[fault] = (total.faults[fault] ?? 0) + 1;
      if (report.findings.length) {
        total.found.push(report.seed);
        if (!plant || total.found.length <= 3) console.log(`seed ${report.seed}: ${JSON.stringify(report.findings.slice(0, 3))}`);
        if (options.trace) console.log(report.logLines.join('\n'));
      }
      if (process.stdout.isTTY) process.stdout.write(`\r${total.seeds}/${count} `);
    });
  })));
  const faults = Object.entries(total.faults).map(([name, n]) => `${n} ${name}`).join(', ') || 'none';
  console.log(`${total.seeds} seeds from ${first}${plant ? `, planted: ${plant}` : ''}, flush mode ${options.flushMode}: faults ${faults}; ${total.boots} boots, ${total.acknowledged} acknowledged records, ${total.recordDeletions} deletions of records, ${total.cleanings} cleanings, ${total.topicLives} topic lives (${total.deletedLives} ended), ${total.events} events, ${((performance.now() - began) / 1000).toFixed(0)} s`);
  console.log(`seeds with findings: ${total.found.length}; runs that differed: ${total.strayed}${total.found.length ? '' : `; failure rate below ${(300 / total.seeds).toFixed(2)} % at 95 %`}`);
  // A planted bug must be found; otherwise nothing may be.
  const isWhole = total.seeds === count && total.strayed === 0;
  process.exitCode = isWhole && (plant ? total.found.length > 0 : total.found.length === 0) ? 0 : 1;
}

if (isMainThread) await main();
else await runSeeds(workerData);
