/**
 * The server process. It has a session of its own, so it survives a kill -9 of the platform and is taken over by the next start. Its
 * `postmaster.pid` is the record of it: pid in line 1, port in line 4, state in line 8.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { identify, isRunning, processCommandLine, signalProcess, waitUntilGone, type ProcessIdentity } from '#libs/host';
import { DATABASE_RETRY_DELAY_MS, DATABASE_START_ATTEMPTS, DATABASE_START_TIMEOUT_MS, DATABASE_STOP_TIMEOUT_MS } from './database.limits.js';
import { databaseError } from './database.errors.js';
import { asUser, type DatabaseUser } from './database-user.js';
import type { DatabaseLocation } from './database-location.js';
import type { PostgresBinaries } from './postgres-binaries.js';

export interface RunningServer {
  identity: ProcessIdentity;
  port: number;
  ready: boolean;
}

const POLL_MS = 5;

/** The server that runs on this directory, if one does. A record left by a dead server, or whose pid is another program's now, is none. */
export function findServer(dataDirectory: string): RunningServer | null {
  let lines: string[];
  try {
    lines = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return null;
  }
  const identity = identify(Number.parseInt(lines[0] ?? '', 10));
  if (!identity) return null;
  const commandLine = processCommandLine(identity.pid) ?? '';
  if (!commandLine.includes('postgres') || !commandLine.includes(dataDirectory)) return null;
  return { identity, port: Number.parseInt(lines[3] ?? '', 10), ready: lines[7]?.trim() === 'ready' };
}

/** Starts a server and waits until it takes connections. */
export async function startServer(binaries: PostgresBinaries, location: DatabaseLocation, user: DatabaseUser, port: number): Promise<RunningServer> {
  for (let attempt = 1; ; attempt += 1) {
    if (!findServer(location.dataDirectory)) rmSync(join(location.dataDirectory, 'postmaster.pid'), { force: true });
    const logFile = join(location.directory, 'start.log');
    const identity = launch(binaries, location, user, port, logFile);
    const server = identity && await waitUntilReady(location.dataDirectory, identity);
    if (server) return server;
    const reason = lastFatal(logFile);
    // After a kill -9 of the server its last children hold the shared memory for a moment.
    const transient = /pre-existing shared memory|lock file .* already exists/.test(reason);
    if (!transient || attempt === DATABASE_START_ATTEMPTS) {
      throw databaseError('DATABASE_START_FAILED', `the embedded PostgreSQL in ${location.dataDirectory} did not start: ${reason}`);
    }
    await delay(DATABASE_RETRY_DELAY_MS);
  }
}

export async function waitUntilReady(dataDirectory: string, identity: ProcessIdentity): Promise<RunningServer | null> {
  const deadline = performance.now() + DATABASE_START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const server = findServer(dataDirectory);
    if (server?.ready && server.identity.pid === identity.pid) return server;
    if (!isRunning(identity)) return null;
    await delay(POLL_MS);
  }
  throw databaseError('DATABASE_START_FAILED', `the embedded PostgreSQL in ${dataDirectory} was not ready after ${DATABASE_START_TIMEOUT_MS / 1000} s`);
}

/** Fast shutdown: running transactions are rolled back, the directory is left clean. */
export async function stopServer(dataDirectory: string): Promise<boolean> {
  const server = findServer(dataDirectory);
  if (!server || !signalProcess(server.identity, 'SIGINT')) return false;
  if (await waitUntilGone(server.identity, DATABASE_STOP_TIMEOUT_MS)) return true;
  throw databaseError('DATABASE_STOP_FAILED', `the embedded PostgreSQL (pid ${server.identity.pid}) still runs ${DATABASE_STOP_TIMEOUT_MS / 1000} s after it was told to stop`);
}

function launch(binaries: PostgresBinaries, location: DatabaseLocation, user: DatabaseUser, port: number, logFile: string): ProcessIdentity | null {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    logging_collector: 'on',
    log_directory: 'log',
    log_filename: 'postgresql-%a.log',
    log_truncate_on_rotation: 'on',
    log_rotation_age: '1d',
    // A statement may carry tenants' data; the error's own message is enough.
    log_min_error_statement: 'panic',
    max_connections: '60',
    shared_buffers: '32MB',
    // The server must not outgrow a small machine's /dev/shm.
    dynamic_shared_memory_type: process.platform === 'linux' ? 'mmap' : 'posix',
  };
  const args = ['-D', location.dataDirectory, '-p', String(port), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const log = openSync(logFile, 'w', 0o600);
  try {
    const child = spawn(binaries.postgres, args, { ...asUser(user), cwd: '/', detached: true, env: { LC_ALL: 'C', PATH: process.env['PATH'] ?? '' }, stdio: ['ignore', log, log] });
    child.on('error', () => undefined);
    child.unref();
    return child.pid === undefined ? null : identify(child.pid);
  } finally {
    closeSync(log);
  }
}

function lastFatal(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trim().split('\n');
  return (lines.find((line) => /FATAL|PANIC/.test(line)) ?? lines.at(-1) ?? '').replace(/^.*?(FATAL|PANIC|ERROR): +/, '').trim() || `see ${logFile}`;
}
