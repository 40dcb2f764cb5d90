#!/usr/bin/env node
// `npm run brokers`: every broker of this home and its build. `npm run brokers:upgrade [lkc-…]`: those that run another build than the
// platform's are restarted with that one, one after another.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listBrokers } from './lib/brokers.mjs';
import { DIST, readJson, sluiceHome } from './lib/config.mjs';
import { isRunning, signal } from './lib/process-identity.mjs';
import { fail, Problem, say, seconds } from './lib/terminal.mjs';

const RESTART_TIMEOUT_MS = 90_000;

function show(brokers, present) {
  if (brokers.length === 0) return say(`no brokers in ${sluiceHome()}`);
  for (const { clusterId, node, phase, identity, running, bundle, hasBuild } of brokers) {
    say([clusterId.padEnd(14), node.padEnd(8), phase.padEnd(12), (running ? String(identity.pid) : '-').padEnd(8), bundle, bundle === present || !hasBuild ? '' : '(another build than the platform\'s)'].join(' ').trimEnd());
  }
}

/** The mark lets the broker's next start take the platform's build; the platform starts it again as soon as it has ended. */
async function upgrade(home, broker, present) {
  const began = performance.now();
  const mark = join(broker.directory, 'run', 'upgrade');
  writeFileSync(mark, '', { mode: 0o600 });
  signal(broker.identity, 'SIGTERM', { group: true });
  while (performance.now() - began < RESTART_TIMEOUT_MS) {
    const now = listBrokers(home).find(({ clusterId, node }) => clusterId === broker.clusterId && node === broker.node);
    if (!now) return say(`${broker.clusterId}: deleted meanwhile`);
    if (now.phase === 'ready' && now.identity.pid !== broker.identity.pid) {
      if (now.bundle !== present) throw new Problem(`${broker.clusterId} came back with build ${now.bundle}, not ${present}: the platform was rebuilt since it started, restart it first`);
      return say(`${broker.clusterId}: ${broker.bundle} → ${present} (${seconds(performance.now() - began)})`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  rmSync(mark, { force: true });
  throw new Problem(`${broker.clusterId} was not ready again after ${seconds(RESTART_TIMEOUT_MS)}: npm run logs -- ${broker.clusterId}`);
}

async function main() {
  const [command, ...ids] = process.argv.slice(2);
  const home = sluiceHome();
  const present = readJson(join(DIST, 'broker', 'bundle.json'))?.hash;
  const brokers = listBrokers(home);
  if (command !== 'upgrade') return show(brokers, present);
  const unknown = ids.find((id) => !brokers.some(({ clusterId }) => clusterId === id));
  if (unknown) throw new Problem(`there is no broker of ${unknown} in ${home}`);
  const platform = readJson(join(home, 'run', 'platform.json'));
  if (!platform || !isRunning(platform)) throw new Problem('the platform is not running: it is what starts brokers again (npm start)');
  const due = brokers.filter(({ clusterId, running, bundle, hasBuild }) => running && hasBuild && bundle !== present && (ids.length === 0 || ids.includes(clusterId)));
  if (due.length === 0) return say('every running broker has the platform\'s build');
  for (const broker of due) await upgrade(home, broker, present);
}

main().catch(fail);
