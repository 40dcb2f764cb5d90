// Pid and start time together name a process; a pid alone is handed out again. The tools' own copy of what libs/host does: they must
// work before anything is built, and `npm stop` without building at all.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const HAS_PROC = existsSync('/proc/self/stat');

export function processStartTime(pid) {
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  if (!HAS_PROC) return (ps(pid, 'state=') ?? 'Z').startsWith('Z') ? null : ps(pid, 'lstart=');
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Fields are counted from the last parenthesis: the command between them may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : fields[19];
  } catch {
    return null;
  }
}

export function commandLine(pid) {
  if (!HAS_PROC) return ps(pid, 'command=') ?? '';
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** A process with this among its arguments, for one whose number was never recorded; null where none can be looked for. */
export function findByArgument(argument) {
  if (!HAS_PROC) return null;
  const pid = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).find((each) => ` ${commandLine(each)} `.includes(` ${argument} `));
  return pid === undefined ? null : { pid, startTime: processStartTime(pid) };
}

export const isRunning = ({ pid, startTime }) => startTime !== null && processStartTime(pid) === startTime;

/** False when it was gone already. */
export function signal({ pid, startTime }, name, { group = false } = {}) {
  if (!isRunning({ pid, startTime })) return false;
  try {
    process.kill(group ? -pid : pid, name);
    return true;
  } catch (error) {
    if (error.code === 'ESRCH') return false;
    throw error;
  }
}

export async function waitUntilGone(identity, timeoutMs) {
  for (const deadline = performance.now() + timeoutMs; isRunning(identity);) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

function ps(pid, column) {
  const result = spawnSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() || null : null;
}
