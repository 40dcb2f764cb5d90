// A process that gets what nobody else wants of the processor. The lowest niceness isn't enough for that: who has just been let onto a core keeps it for a slice
// of a millisecond or more, whatever its niceness, and an answer waits for several threads to wake one after another. The idle policy of Linux gives way at once.
import { fork, spawnSync } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';

const IDLE = ['--idle', '0'];

/** `fork` of a module. Where there is no `chrt` the lowest niceness has to do. */
export function forkIdle(module, execArgv) {
  const path = fileURLToPath(module);
  if (spawnSync('chrt', [...IDLE, 'true']).status === 0) return fork(path, { execPath: 'chrt', execArgv: [...IDLE, process.execPath, ...execArgv] });
  const child = fork(path, { execArgv });
  setPriority(child.pid, constants.priority.PRIORITY_LOW);
  return child;
}
