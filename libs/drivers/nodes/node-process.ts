/** Spawning, finding and ending nodes' processes. Each leads a session of its own and so outlives the platform. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { identify, isRunning, processCommandLine, signalProcess, waitUntilGone, type ProcessIdentity } from '#libs/host';
import type { NodeLayout } from './node-layout.js';
import type { Launch } from './node-program.js';
import type { NodeRecord } from './node-record.js';
import { NODE_KILL_TIMEOUT_MS } from './node.limits.js';
import { nodeError } from './node.errors.js';

export interface LaunchedNode {
  identity: ProcessIdentity;
  onExit(handler: (code: number | null, signal: string | null) => void): void;
}

export function launchNode(clusterId: string, layout: NodeLayout, { program, args, environment }: Launch, token: string): LaunchedNode {
  const log = openSync(layout.log, 'a', 0o600);
  try {
    const child = spawn(program, args, { cwd: layout.directory, detached: true, env: { ...nodeEnvironment(token), ...environment }, stdio: ['ignore', log, log] });
    let failure = 'spawn failed';
    child.on('error', (error) => { failure = error.message; });
    const identity = child.pid === undefined ? null : identify(child.pid);
    if (!identity) throw nodeError('BROKER_NOT_STARTED', `the broker of ${clusterId} could not be started: ${failure}`);
    child.unref();
    return { identity, onExit: (handler) => { child.on('exit', handler); } };
  } finally {
    closeSync(log);
  }
}

/** Nothing of the platform's environment reaches a node but what a process needs: it may hold the database's password. */
function nodeEnvironment(token: string): Record<string, string> {
  const environment: Record<string, string> = { SLUICE_BROKER_TOKEN: token };
  for (const name of ['PATH', 'TZ', 'LANG', 'LD_LIBRARY_PATH']) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

/** The recorded process, if it is alive and still the node it was: pid, start time and command line all agree. */
export function findNode(marks: readonly string[], record: NodeRecord): ProcessIdentity | null {
  if (record.pid === null || record.startTime === null) return record.phase === 'launching' ? findByCommandLine(marks) : null;
  const identity = { pid: record.pid, startTime: record.startTime };
  return isRunning(identity) && isNode(identity.pid, marks) ? identity : null;
}

/** For a launch whose pid never reached the record. The path of its configuration is this node's alone. */
export function findByCommandLine(marks: readonly string[]): ProcessIdentity | null {
  for (const name of processIds()) {
    if (isNode(Number(name), marks)) return identify(Number(name));
  }
  return null;
}

/** Ends the process and whatever it started. */
export async function endNode(identity: ProcessIdentity, mode: 'graceful' | 'kill', stopTimeoutMs: number): Promise<void> {
  if (mode === 'graceful' && signalProcess(identity, 'SIGTERM', { group: true }) && await waitUntilGone(identity, stopTimeoutMs, 10)) return;
  signalProcess(identity, 'SIGKILL', { group: true });
  if (!await waitUntilGone(identity, NODE_KILL_TIMEOUT_MS, 5)) throw nodeError('BROKER_NOT_STOPPED', `process ${identity.pid} does not end`);
}

/** Whole arguments: one installation's path may be the end of another's. */
function isNode(pid: number, marks: readonly string[]): boolean {
  const commandLine = ` ${processCommandLine(pid) ?? ''} `;
  return marks.every((mark) => commandLine.includes(` ${mark} `));
}

function processIds(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
