/** Spawning, finding and ending broker processes. Each leads a session of its own and so outlives the platform. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { identify, isRunning, processCommandLine, signalProcess, waitUntilGone, type ProcessIdentity } from '#libs/host';
import type { BrokerBundle } from './bundle-store.js';
import type { BrokerRecord } from './broker-record.js';
import type { NodeLayout } from './cluster-layout.js';
import { BROKER_KILL_TIMEOUT_MS, BROKER_STOP_TIMEOUT_MS } from './embedded.limits.js';
import { embeddedError } from './embedded.errors.js';

export interface LaunchedBroker {
  identity: ProcessIdentity;
  onExit(handler: (code: number | null, signal: string | null) => void): void;
}

export function launchBroker(clusterId: string, layout: NodeLayout, bundle: BrokerBundle, token: string): LaunchedBroker {
  const log = openSync(layout.log, 'a', 0o600);
  try {
    const child = spawn(process.execPath, [bundle.entry, layout.serverProperties, '--cluster', clusterId], {
      cwd: layout.directory, detached: true, env: brokerEnvironment(token), stdio: ['ignore', log, log],
    });
    let failure = 'spawn failed';
    child.on('error', (error) => { failure = error.message; });
    const identity = child.pid === undefined ? null : identify(child.pid);
    if (!identity) throw embeddedError('BROKER_NOT_STARTED', `the broker of ${clusterId} could not be started: ${failure}`);
    child.unref();
    return { identity, onExit: (handler) => { child.on('exit', handler); } };
  } finally {
    closeSync(log);
  }
}

/** Nothing of the platform's environment reaches a broker but what a process needs: it may hold the database's password. */
function brokerEnvironment(token: string): Record<string, string> {
  const environment: Record<string, string> = { NODE_ENV: 'production', SLUICE_BROKER_TOKEN: token };
  for (const name of ['PATH', 'TZ', 'LANG', 'LD_LIBRARY_PATH']) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

/** The recorded process, if it is alive and still the broker it was: pid, start time and command line all agree. */
export function findBroker(clusterId: string, layout: NodeLayout, record: BrokerRecord): ProcessIdentity | null {
  if (record.pid === null || record.startTime === null) return record.phase === 'launching' ? findByCommandLine(clusterId, layout) : null;
  const identity = { pid: record.pid, startTime: record.startTime };
  return isRunning(identity) && isBroker(identity.pid, clusterId, layout) ? identity : null;
}

/** For a launch whose pid never reached the record. The path of its server.properties is this broker's alone. */
export function findByCommandLine(clusterId: string, layout: NodeLayout): ProcessIdentity | null {
  for (const name of processIds()) {
    if (isBroker(Number(name), clusterId, layout)) return identify(Number(name));
  }
  return null;
}

/** Ends the process and whatever it started. */
export async function endBroker(identity: ProcessIdentity, mode: 'graceful' | 'kill'): Promise<void> {
  if (mode === 'graceful' && signalProcess(identity, 'SIGTERM', { group: true }) && await waitUntilGone(identity, BROKER_STOP_TIMEOUT_MS, 10)) return;
  signalProcess(identity, 'SIGKILL', { group: true });
  if (!await waitUntilGone(identity, BROKER_KILL_TIMEOUT_MS, 5)) throw embeddedError('BROKER_NOT_STOPPED', `process ${identity.pid} does not end`);
}

function isBroker(pid: number, clusterId: string, layout: NodeLayout): boolean {
  const commandLine = processCommandLine(pid);
  return commandLine !== null && commandLine.includes(layout.serverProperties) && commandLine.includes(`--cluster ${clusterId}`);
}

function processIds(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
