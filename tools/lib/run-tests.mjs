import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, ROOT } from './config.mjs';
import { prepare } from './prepare.mjs';
import { bold, fail, green, Problem, red, say, seconds } from './terminal.mjs';

/** In this order: the cheapest first. End-to-end tests start platforms and share the machine's ports: one file at a time. */
const PROJECTS = [
  { name: 'unit', run: () => runJest('unit', []) },
  { name: 'house', run: () => runJest('house', []) },
  { name: 'sim', run: runSimulation },
  { name: 'e2e', run: () => runJest('e2e', ['--runInBand']) },
  { name: 'clients', run: () => runScript(['test/compat/run.mjs', '--quick', '--records', '1000']) },
];

export async function runTests(args) {
  try {
    const unknown = args.find((name) => !PROJECTS.some((project) => project.name === name));
    if (unknown) throw new Problem(`unknown test project ${unknown}; there are ${PROJECTS.map(({ name }) => name).join(', ')}`);
    const began = performance.now();
    say(bold('preparing'));
    await prepare();
    const results = [await checkTypes()];
    for (const project of PROJECTS.filter(({ name }) => args.length === 0 || args.includes(name))) {
      say(`\n${bold(`tests: ${project.name}`)}`);
      results.push(await project.run());
    }
    const sum = (field) => results.reduce((total, result) => total + result[field], 0);
    const failed = sum('failed');
    say(`\n${failed === 0 ? green('all well') : red('there are failures')} after ${seconds(performance.now() - began)}`);
    say(`${sum('passed')} passed, ${failed} failed, ${sum('skipped')} skipped`);
    process.exitCode = failed === 0 ? 0 : 1;
  } catch (error) {
    fail(error);
  }
}

async function checkTypes() {
  say(`\n${bold('types')}`);
  const { code, ms } = await runNode(['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json']);
  say(code === 0 ? `  sound, ${seconds(ms)}` : `  ${red('not sound')}, ${seconds(ms)}`);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/** A script that hangs is told to end, and ends what it has started. */
const SCRIPT_TIMEOUT_MS = 600_000;

/** A suite that could not run at all counts as one failure: no test of it is in any count. */
async function runJest(name, flags) {
  const file = join(ROOT, '.cache', `jest-${name}.json`);
  rmSync(file, { force: true });
  const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', '--selectProjects', name, '--json', `--outputFile=${file}`, ...flags];
  const { code } = await runNode(jest);
  const report = existsSync(file) ? readJson(file) : null;
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  return { passed: report.numPassedTests, failed: code !== 0 && failed === 0 ? 1 : failed, skipped: report.numPendingTests + report.numTodoTests };
}

/** Few seeds of what `npm run sim` runs thousands of; and that it would find a broker that forgets to sync. */
async function runSimulation() {
  const runs = [['--seeds', '60'], ['--seeds', '10', '--fault', 'power-cut'], ['--seeds', '10', '--fault', 'power-cut', '--plant', 'missing-fsync']];
  const results = { passed: 0, failed: 0, skipped: 0 };
  for (const run of runs) {
    const { code } = await runNode(['test/sim/run.mjs', ...run]);
    results[code === 0 ? 'passed' : 'failed'] += 1;
  }
  return results;
}

/** A script that prints a line with a mark for each thing it has looked at. One that broke off counts as one failure more. */
async function runScript(args) {
  let output = '';
  const { code } = await runNode(args, { listen: (text) => { output += text; }, timeoutMs: SCRIPT_TIMEOUT_MS });
  const count = (mark) => output.split('\n').filter((line) => line.startsWith(`  ${mark} `)).length;
  const [passed, failed, skipped] = ['✓', '✗', '–'].map(count);
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed, skipped };
}

function runNode(args, { listen, timeoutMs } = {}) {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    // What a developer's shell says about a running platform is not for tests, which make their own.
    const { SLUICE_HOME, SLUICE_HOST, SLUICE_PORT, SLUICE_ADVERTISED_HOST, SLUICE_BROKER_PORTS, DATABASE_URL, ...env } = process.env;
    const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', listen ? 'pipe' : 'inherit', 'inherit'] });
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      process.stdout.write(text);
      listen(text);
    });
    const timer = timeoutMs && setTimeout(() => {
      say(red(`  ${args[0]} has not ended after ${seconds(timeoutMs)}`));
      child.kill('SIGTERM');
    }, timeoutMs);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, ms: performance.now() - began });
    });
  });
}
