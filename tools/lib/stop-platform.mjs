import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listBrokers, listServices } from './brokers.mjs';
import { readJson, sluiceHome } from './config.mjs';
import { commandLine, isRunning, processStartTime, signal, waitUntilGone } from './process-identity.mjs';
import { fail, Problem, say, seconds } from './terminal.mjs';

const PLATFORM_TIMEOUT_MS = 60_000;
/** As long as any engine's driver waits: leaderships are handed over first. */
const BROKER_TIMEOUT_MS = 60_000;
const DATABASE_TIMEOUT_MS = 30_000;
const KILL_TIMEOUT_MS = 10_000;

/** In this order: a platform that still ran would start brokers again, brokers need no database. */
export async function stopPlatform({ all }) {
  try {
    const home = sluiceHome();
    const database = databaseOf(home);
    await stopProcess('platform', platformOf(home), 'SIGTERM', PLATFORM_TIMEOUT_MS);
    const running = listBrokers(home).filter((broker) => broker.running);
    if (all) {
      await Promise.all(running.map(({ clusterId, node, identity }) => stopProcess(`broker ${clusterId} ${node}`, identity, 'SIGTERM', BROKER_TIMEOUT_MS, { group: true })));
      if (running.length === 0) say('brokers: none running');
      // What they need ends after them.
      await Promise.all(listServices(home).map(({ name, identity }) => stopProcess(name, identity, 'SIGTERM', BROKER_TIMEOUT_MS, { group: true })));
    }
    // A platform that ends well has ended its database with it.
    if (database && !isRunning(database)) say(`database: stopped (process ${database.pid})`);
    else await stopProcess('database', databaseOf(home), 'SIGINT', DATABASE_TIMEOUT_MS);
    if (!all && running.length > 0) say(`brokers: ${running.length} left running (npm run stop:all ends them)`);
  } catch (error) {
    fail(error.code === 'EPERM' ? new Problem('the platform was started by another user: stop it as that user, or as root') : error);
  }
}

async function stopProcess(name, identity, how, timeoutMs, options = {}) {
  const began = performance.now();
  const { group = false } = options;
  if (!identity || !signal(identity, how, { group })) return say(`${name}: not running`);
  if (await waitUntilGone(identity, timeoutMs)) return say(`${name}: stopped (process ${identity.pid}, ${seconds(performance.now() - began)})`);
  signal(identity, 'SIGKILL', { group });
  if (!await waitUntilGone(identity, KILL_TIMEOUT_MS)) throw new Problem(`${name}: process ${identity.pid} does not end`);
  say(`${name}: killed after ${seconds(timeoutMs)} (process ${identity.pid})`);
}

function platformOf(home) {
  const record = readJson(join(home, 'run', 'platform.json'));
  return record && isRunning(record) ? record : null;
}

/** The embedded server's own record, if the process in it is that server. */
function databaseOf(home) {
  const directory = readJson(join(home, 'postgres.json'))?.dataDirectory;
  if (!directory) return null;
  let pid;
  try {
    pid = Number.parseInt(readFileSync(join(directory, 'postmaster.pid'), 'utf8'), 10);
  } catch {
    return null;
  }
  const line = commandLine(pid);
  return line.includes('postgres') && line.includes(directory) ? { pid, startTime: processStartTime(pid) } : null;
}
