#!/usr/bin/env node
// Our broker beside Apache Kafka, in turns on this machine. What the cases are and how to read the figures: bench/README.md.
// usage: node bench/bench.mjs [--full] [--case REGEX] [--pairs 5] [--json FILE] [--list] [--ours broker.mjs] [--node-options "--cpu-prof …"]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { installers } from '../tools/clients/install.mjs';
import { createIdentity, FLUSH_SETTINGS, KAFKA_JVM, OURS_PROGRAM } from './side-by-side/brokers.mjs';
import { choose, describe } from './side-by-side/cases.mjs';
import { HEAP, startClient } from './side-by-side/java-client.mjs';
import { describeMachine } from './side-by-side/machine.mjs';
import { report, summaries } from './side-by-side/report.mjs';
import { runCases } from './side-by-side/session.mjs';

const { values: options } = parseArgs({
  options: {
    full: { type: 'boolean', default: false }, case: { type: 'string' }, pairs: { type: 'string', default: '5' }, json: { type: 'string' }, list: { type: 'boolean', default: false },
    ours: { type: 'string', default: OURS_PROGRAM }, 'node-options': { type: 'string', default: '' },
  },
});
const pairs = Number(options.pairs);
if (!Number.isInteger(pairs) || pairs < 1) throw new Error(`--pairs ${options.pairs}: a whole number from 1 on`);
const cases = choose({ full: options.full, pattern: options.case === undefined ? null : new RegExp(options.case) });

function fail(reason) {
  console.error(reason);
  process.exit(1);
}

function heading() {
  const settings = Object.entries(FLUSH_SETTINGS).map(([flush, sides]) => `${flush}: ours ${JSON.stringify(sides.ours)}, Kafka ${JSON.stringify(sides.kafka)}`).join('; ');
  return [
    `${cases.length} cases, ${pairs} pairs each, ours and Apache Kafka 4.3.1 in turns on ${describeMachine()}`,
    `flush modes: ${settings}`, `Kafka's JVM: ${KAFKA_JVM}; the client's: ${HEAP}`, '',
  ];
}

async function main() {
  if (options.list) return console.log(cases.map((each) => `${each.name}  ${describe(each)}`.trimEnd()).join('\n'));
  if (cases.length === 0) fail(`no case matches ${options.case}: see --list --full`);
  const missing = installers.java();
  if (missing !== null) fail(`no Apache Kafka to compare with: ${missing}`);
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  const began = performance.now();
  const progress = (line) => console.log(`${String(Math.round((performance.now() - began) / 1_000)).padStart(5)} s  ${line}`);
  let client = null;
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
  process.once('exit', () => {
    client?.kill();
    rmSync(directory, { recursive: true, force: true });
  });
  console.log(heading().join('\n'));
  client = startClient(directory);
  const ours = { program: resolve(options.ours), nodeArguments: options['node-options'].split(' ').filter((word) => word !== '') };
  const results = await runCases(cases, { pairs, directory, client, progress, identity: await createIdentity(directory), ours });
  await client.stop();
  console.log(`\n${report(results).join('\n')}`);
  if (options.json !== undefined) writeFileSync(options.json, summaries(results).map((line) => `${JSON.stringify(line)}\n`).join(''));
}

await main();
