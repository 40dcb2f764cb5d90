#!/usr/bin/env node
// kill -9 of the platform at any moment of what it was asked: at every named crash point, and at random moments of creations and deletions. The next start
// brings about what was asked, and nothing is left over. Then: two platforms on one home, a dead database, a SIGTERM in the middle.
// usage: node test/chaos/kill-platform.mjs [--rounds 20] [--points-only] [--point prepare.after]
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { crashPoints } from '../../dist/libs/control/domain/crash-points.js';
import { createReport, newHome, Platform, quantile, until } from '../support/platform.mjs';
import { evenIfLost, findByName, ofSeveralNodes, passOf, scenarios } from './crash-scenarios.mjs';
import { brokerProcesses, discrepancies, postmasterPid } from './leftovers.mjs';
import { exchangeRecord } from './record.mjs';

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '20' }, 'points-only': { type: 'boolean', default: false }, point: { type: 'string' } } });
const rounds = options['points-only'] ? 0 : Number(options.rounds);
/** From the start after the kill to everything being as it was asked. */
const CONVERGENCE_MAX_MS = 30_000;
const KILL_AFTER_MAX_MS = 600;

const platform = new Platform(await newHome());
const report = createReport(`kill -9 of the platform: every crash point${rounds ? `, ${rounds} random moments` : ''}`);
const converged = [];
const show = {
  platform, environment: null, standing: null,
  until: (what, ask) => until(what, CONVERGENCE_MAX_MS, ask),
  async start(crashAt) {
    platform.env.CRASH_AT = crashAt ?? '';
    await platform.start();
  },
  /** On a platform that has been killed just before; the database goes on. */
  async startCrashing(point, { duringStart = false } = {}) {
    await platform.signal('SIGKILL');
    await this.start(point).catch((error) => { if (!duringStart || platform.process.signalCode !== 'SIGKILL') throw error; });
  },
  async death() {
    await until('death at the crash point', CONVERGENCE_MAX_MS, () => platform.process.signalCode === 'SIGKILL');
  },
};

/** Starts the platform again and waits until everything is as it was asked; answers how long that took. */
async function converge(fulfilled, clusterIds) {
  const began = performance.now();
  await show.start();
  await until('what was asked', CONVERGENCE_MAX_MS, fulfilled);
  await until('machine and database as they should be', CONVERGENCE_MAX_MS, async () => {
    const found = await discrepancies(platform, clusterIds());
    if (found.length) throw new Error(found.join('; '));
    return true;
  });
  const ms = Math.round(performance.now() - began);
  converged.push(ms);
  return ms;
}

const remove = async (cluster) => {
  await platform.call('DELETE', `/cmk/v2/clusters/${cluster.id}?environment=${show.environment.id}`);
  await until(`removal of ${cluster.id}`, CONVERGENCE_MAX_MS, async () => (await discrepancies(platform, [show.standing.id])).length === 0);
};

async function crashAt(point, [operation, scenario]) {
  const cluster = await scenario.prepare(show, `${operation} ${point}`.replaceAll(/[^a-z]+/g, '-'));
  await show.startCrashing(passOf(point), scenario);
  if (platform.process.signalCode === null) await evenIfLost(scenario.ask(show, cluster));
  await show.death();
  const own = () => (scenario.there && !scenario.standing ? [cluster.id] : []);
  const ms = await converge(() => scenario.fulfilled(show, cluster), () => [show.standing.id, ...own()].sort());
  await exchangeRecord(platform, scenario.there ? cluster : show.standing, show.environment);
  if (own().length) await remove(cluster);
  return ms;
}

/** A cluster whose creation was answered is there, and one that wasn't is there whole or not at all; a deletion likewise. */
async function killAtRandom(round) {
  const name = `random-${round}`;
  const deletes = round % 3 === 0;
  const cluster = deletes ? await platform.cluster(show.environment, name) : null;
  const afterMs = Math.round(Math.random() * KILL_AFTER_MAX_MS);
  let answered = false;
  const request = deletes ? platform.call('DELETE', `/cmk/v2/clusters/${cluster.id}?environment=${show.environment.id}`) : platform.clusterRequest(show.environment, name);
  const done = evenIfLost(request.then(() => { answered = true; }));
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  await platform.signal('SIGKILL');
  await done;
  let found = [];
  const ms = await converge(async () => {
    found = await findByName(platform, show.environment, name);
    if (found.length > 1) throw new Error(`${found.length} clusters are called ${name}`);
    if (answered && found.length === (deletes ? 1 : 0)) throw new Error(`${name} is ${deletes ? 'still' : 'not'} there, though the request was answered`);
    return found.every((each) => each.status.phase === 'PROVISIONED');
  }, () => [show.standing, ...found].map((each) => each.id).sort());
  await exchangeRecord(platform, found[0] ?? show.standing, show.environment);
  if (found.length) await remove(found[0]);
  return { afterMs, ms, text: `${deletes ? 'delete' : 'create'}, killed after ${afterMs} ms, ${answered ? 'answered' : 'not answered'}: ${found.length ? 'PROVISIONED' : 'nothing there'} after ${ms} ms` };
}

async function secondPlatform() {
  const second = spawnSync(process.execPath, ['tools/start.mjs'], { env: { ...platform.env, SLUICE_PORT: String(platform.port + 1) }, encoding: 'utf8', timeout: 60_000 });
  const line = second.stderr.trim();
  report.line(second.status === 1 && /already runs/.test(line) && !line.includes('\n'), `a second platform on one home: exit code ${second.status}, "${line}"`);
}

async function deadDatabase() {
  await platform.signal('SIGKILL');
  const [broker] = brokerProcesses(platform.home);
  process.kill(postmasterPid(platform.home), 'SIGKILL');
  const ms = await converge(() => true, () => [show.standing.id]);
  await exchangeRecord(platform, show.standing, show.environment);
  report.line(brokerProcesses(platform.home)[0].pid === broker.pid, `start after a kill -9 of platform and database: all there after ${ms} ms, the same broker process`);
}

async function terminated() {
  const outcomes = [];
  for (const afterMs of [0, 50, 150, 300, 500]) {
    const name = `terminated-${afterMs}`;
    let answered = false;
    const done = evenIfLost(platform.clusterRequest(show.environment, name).then(() => { answered = true; }));
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await platform.signal('SIGTERM');
    await done;
    const { exitCode } = platform.process;
    let found = [];
    const ms = await converge(async () => {
      found = await findByName(platform, show.environment, name);
      return found.length === (answered ? 1 : found.length) && found.every((each) => each.status.phase === 'PROVISIONED');
    }, () => [show.standing, ...found].map((each) => each.id).sort());
    if (found.length) await exchangeRecord(platform, found[0], show.environment);
    if (found.length) await remove(found[0]);
    outcomes.push({ exitCode, ms });
  }
  report.line(outcomes.every(({ exitCode }) => exitCode === 0), `SIGTERM to the process group during a create, ${outcomes.length} rounds: exit codes ${outcomes.map(({ exitCode }) => exitCode).join()}, converged after ${Math.max(...outcomes.map(({ ms }) => ms))} ms (slowest)`);
}

async function attempt(text, work) {
  const outcome = await work().catch((error) => ({ error }));
  if (!outcome?.error) return outcome;
  report.line(false, `${text}: ${outcome.error.message}`);
  // What went wrong in one round mustn't be counted in all the others.
  if (platform.process.exitCode !== null || platform.process.signalCode !== null) await show.start();
  const { data } = await platform.call('GET', `/cmk/v2/clusters?environment=${show.environment.id}&page_size=100`);
  for (const cluster of data.filter(({ id }) => id !== show.standing.id)) await platform.call('DELETE', `/cmk/v2/clusters/${cluster.id}?environment=${show.environment.id}`, undefined, { expect: [202, 204, 404] });
  return null;
}

try {
  await show.start();
  show.environment = await platform.environment('chaos');
  show.standing = await platform.cluster(show.environment, 'standing');
  await platform.clusterKey(show.standing, show.environment, platform.admin.userId);
  const plan = crashPoints.flatMap((point) => Object.entries(scenarios).filter(([, { effects }]) => effects.includes(point.split('.')[0])).map((scenario) => ({ point, scenario })));
  const uncovered = crashPoints.filter((point) => !ofSeveralNodes.test(point) && !plan.some((each) => each.point === point));
  report.line(uncovered.length === 0, `${crashPoints.length} crash points, ${crashPoints.filter((point) => ofSeveralNodes.test(point)).length} of them of several nodes, ${plan.length} rounds; without one: ${uncovered.join(', ') || 'none'}`);
  for (const { point, scenario } of plan.filter((each) => !options.point || each.point === options.point)) {
    const ms = await attempt(`${scenario[0]}, killed at ${point}`, () => crashAt(point, scenario));
    if (ms !== null) report.line(ms <= CONVERGENCE_MAX_MS, `${scenario[0]}, killed at ${point}: as asked after ${ms} ms`);
  }
  for (let round = 1; round <= rounds; round++) {
    const outcome = await attempt(`random round ${round}`, () => killAtRandom(round));
    if (outcome) report.line(outcome.ms <= CONVERGENCE_MAX_MS, outcome.text);
  }
  if (!options['points-only']) for (const [text, work] of [['two platforms', secondPlatform], ['dead database', deadDatabase], ['SIGTERM', terminated]]) await attempt(text, work);
  const left = await discrepancies(platform, [show.standing.id]);
  report.line(left.length === 0, `${converged.length} starts after a kill: converged after ${quantile(converged, 0.5)} ms (median), ${quantile(converged, 1)} ms (slowest; to reach: ≤ ${CONVERGENCE_MAX_MS}); left over: ${left.length ? left.join('; ') : 0}`);
} finally {
  await platform.signal('SIGTERM').catch(() => undefined);
  platform.destroy();
}
report.end();
