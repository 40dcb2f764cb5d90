import { readFileSync } from 'node:fs';
import type { BrokerHost } from '#libs/engine/broker';

/** Clock ticks since boot at which a process started, where /proc tells; a pid alone is given out again. */
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export function createBrokerHost(): BrokerHost {
  return {
    owner: `${process.pid} ${startTime(process.pid)}`.trim(),
    isRunning(owner) {
      const [pid, started] = owner.split(' ');
      if (!/^\d+$/.test(pid ?? '') || !exists(Number(pid))) return false;
      return started === undefined || startTime(Number(pid)) === started;
    },
  };
}
