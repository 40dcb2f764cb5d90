import { existsSync, readFileSync } from 'node:fs';
import type { BrokerHost } from '#libs/engine/broker';
import { createProcessFigures } from './process-figures.js';

/**
 * Clock ticks since boot at which a process started, where /proc tells; a pid alone is given out again. Null for one that has ended, a zombie
 * too: nobody may have collected it yet.
 */
function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces: fields are counted after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : fields[19] ?? null;
  } catch {
    return null;
  }
}

const HAS_PROC = existsSync('/proc/self/stat');

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The runtime raises the soft limit to the hard one at its start. */
function openFilesMax(): number | null {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return limit === undefined ? null : Number(limit);
  } catch {
    return null;
  }
}

export function createBrokerHost(): BrokerHost {
  return {
    figures: createProcessFigures(),
    owner: `${process.pid} ${startTime(process.pid) ?? ''}`.trim(),
    openFilesMax: openFilesMax(),
    isRunning(owner) {
      const [pid, started] = owner.split(' ');
      if (!/^\d+$/.test(pid ?? '')) return false;
      if (!HAS_PROC) return exists(Number(pid));
      const running = startTime(Number(pid));
      return running !== null && (started === undefined || started === running);
    },
  };
}
