// What the machine did meanwhile: CPU of the processes that are measured, and of everybody else.
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { cpuSeconds } from '../process-cost.mjs';

const TICKS_PER_SECOND = 100;

/** Busy and stolen seconds of all cores since the machine's start. */
function busySeconds() {
  const [user, nice, system, , , irq, softirq, steal] = /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))[1].split(' ').map(Number);
  return { all: (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND, stolen: steal / TICKS_PER_SECOND };
}

/** Begins a measurement; its end answers each process's CPU seconds, and the share of the machine that was others'. */
export function measure(pids) {
  const began = performance.now();
  const before = busySeconds();
  const each = Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuSeconds([pid])]));
  return () => {
    const seconds = (performance.now() - began) / 1_000;
    const after = busySeconds();
    const used = Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuSeconds([pid]) - each[name]]));
    const known = Object.values(used).reduce((sum, value) => sum + value, 0);
    const capacity = seconds * availableParallelism();
    return { seconds, used, othersShare: Math.max(0, after.all - before.all - known) / capacity, stolenShare: (after.stolen - before.stolen) / capacity };
  };
}

export function describeMachine() {
  return `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
}
