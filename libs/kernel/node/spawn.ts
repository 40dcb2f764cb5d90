import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { OperationalError } from '../errors.js';
import type { Spawn } from '../ports.js';

/** Children lead sessions of their own and are not waited for: they outlive this process. */
export function createNodeSpawn(): Spawn {
  return {
    start({ command, args, cwd, env, stdoutPath, stderrPath }) {
      const stdout = openSync(stdoutPath, 'a', 0o600);
      const stderr = openSync(stderrPath, 'a', 0o600);
      try {
        const child = spawn(command, [...args], { cwd, env, detached: true, stdio: ['ignore', stdout, stderr] });
        child.on('error', () => undefined);
        child.unref();
        const pid = child.pid;
        if (pid === undefined) throw new OperationalError('SPAWN_FAILED', `cannot start ${command}`, true);
        return {
          pid,
          onExit(handler) { child.on('exit', handler); },
          kill(signal) { child.kill(signal); },
        };
      } finally {
        closeSync(stdout);
        closeSync(stderr);
      }
    },
  };
}
