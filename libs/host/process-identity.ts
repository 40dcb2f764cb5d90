/**
 * Who a process is. A pid alone is not an identity: the system hands it out again. Pid and start time together are, so everything that
 * outlives its parent (brokers, the embedded database) is recorded and recognised by both. Linux reads /proc; elsewhere `ps` answers.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { childEnvironment } from './child-environment.js';

export interface ProcessIdentity {
  pid: number;
  /** Opaque: clock ticks since boot on Linux, `ps` start time elsewhere. Only ever compared for equality. */
  startTime: string;
}

const HAS_PROC = existsSync('/proc/self/stat');
const COMMAND_LINES_BYTES_MAX = 64 * 1024 * 1024;

/** Start time of a running process; null when there is none (a zombie counts as gone). */
export function processStartTime(pid: number): string | null {
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  return HAS_PROC ? startTimeFromProc(pid) : startTimeFromPs(pid);
}

/** Command line, arguments separated by spaces; null when there is no such process. */
export function processCommandLine(pid: number): string | null {
  if (HAS_PROC) {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    } catch {
      return null;
    }
  }
  return ps(pid, 'command=');
}

/** Of every process that this one may see. Throws where that can't be told: none at all would say that nothing runs. */
export function processCommandLines(): string[] {
  if (!HAS_PROC) return commandLinesFromPs();
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? processCommandLine(Number(name)) ?? [] : []));
}

export function identify(pid: number): ProcessIdentity | null {
  const startTime = processStartTime(pid);
  return startTime === null ? null : { pid, startTime };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return processStartTime(identity.pid) === identity.startTime;
}

/** Signals a process, or with `group` every process of the group it leads. False when nobody was there to be signalled. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals, options: { group: boolean } = { group: false }): boolean {
  if (!isRunning(identity)) return false;
  try {
    process.kill(options.group ? -identity.pid : identity.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Resolves true as soon as the process is gone, false when it still runs after `timeoutMs`. */
export async function waitUntilGone(identity: ProcessIdentity, timeoutMs: number, pollMs = 20): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isRunning(identity)) {
    if (performance.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  return true;
}

function startTimeFromProc(pid: number): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The command stands in parentheses and may itself hold spaces and parentheses: fields are counted from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  return fields[19] ?? null;
}

function startTimeFromPs(pid: number): string | null {
  const state = ps(pid, 'state=');
  if (state === null || state.startsWith('Z')) return null;
  return ps(pid, 'lstart=');
}

export function commandLinesFromPs(): string[] {
  const { status, stdout, error } = spawnSync('ps', ['-axww', '-o', 'command='], { encoding: 'utf8', env: childEnvironment(), maxBuffer: COMMAND_LINES_BYTES_MAX });
  if (status !== 0) throw new Error(`ps doesn't tell which processes run: ${error?.message ?? `it ended with ${status ?? 'a signal'}`}`);
  return stdout.split('\n');
}

export function ps(pid: number, column: string): string | null {
  const result = spawnSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8', env: childEnvironment() });
  const text = result.status === 0 ? result.stdout.trim() : '';
  return text === '' ? null : text;
}
