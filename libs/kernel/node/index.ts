/** The ports on Node: the only engine-side code that touches node:fs, net, tls, timers and child_process. */
import type { Env, Log, LogLevel } from '../ports.js';
import { createNodeClock, createNodeTimers } from './clock.js';
import { createNodeCpu } from './cpu.js';
import { createNodeDisk } from './disk.js';
import { createLog, rotatingFileSink, stderrSink } from './log.js';
import { createNodeNet } from './net.js';
import { createNodeRandom } from './random.js';

export { createNodeClock, createNodeTimers } from './clock.js';
export { createNodeCpu } from './cpu.js';
export { createNodeDisk } from './disk.js';
export { createNodeNet } from './net.js';
export { createNodeRandom } from './random.js';
export { createNodeSpawn } from './spawn.js';
export { createLog, rotatingFileSink, stderrSink, type LineSink } from './log.js';
export { CodecError } from './codec-errors.js';
export { NODE_LIMITS } from './node.limits.js';

export interface NodeEnvOptions {
  /** Replaces the log port; otherwise lines go to `logFile` (rotated) or to stderr. */
  log?: Log;
  logFile?: string;
  logLevel?: LogLevel;
}

export function createNodeEnv(options: NodeEnvOptions = {}): Env {
  const log = options.log ?? createLog(options.logFile === undefined ? stderrSink : rotatingFileSink(options.logFile), options.logLevel ?? 'info');
  return {
    clock: createNodeClock(), timers: createNodeTimers(), random: createNodeRandom(), disk: createNodeDisk(), net: createNodeNet(log), cpu: createNodeCpu(), log,
  };
}
