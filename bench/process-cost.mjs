// What processes cost, as the kernel counts it.
import { readdirSync, readFileSync } from 'node:fs';
import { quantile } from '../test/support/platform.mjs';

/** Clock ticks per second as /proc counts them: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return null;
  }
}

/** User and system seconds of all of them together. */
export function cpuSeconds(pids) {
  return pids.reduce((sum, pid) => sum + (statOf(pid)?.ticks ?? 0), 0) / TICKS_PER_SECOND;
}

export function residentMiB(pids) {
  return pids.reduce((sum, pid) => sum + Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0), 0) / 1024;
}

/** These processes, and what they have started. */
export function descendants(pids) {
  const parents = new Map(readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => [Number(name), statOf(name)?.parent]));
  const found = new Set(pids);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
  }
  return [...found];
}

export function showMs(values) {
  return `min ${Math.round(Math.min(...values))}, median ${Math.round(quantile(values, 0.5))}, max ${Math.round(Math.max(...values))} ms`;
}
