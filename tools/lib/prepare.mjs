// Everything between a clone and programs that can run. One at a time per clone: a start and a test run wait for one another.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, reason } from './config.mjs';
import { build } from './build.mjs';
import { generate } from './generate.mjs';
import { install } from './install.mjs';
import { withLock } from './lock.mjs';
import { dim, Problem, say, step } from './terminal.mjs';

export async function prepare() {
  const cache = join(ROOT, '.cache');
  try {
    mkdirSync(cache, { recursive: true });
  } catch (error) {
    throw new Problem(`can't write to ${ROOT}: ${reason(error)}`);
  }
  await withLock(join(cache, 'prepare.lock'), ({ pid }) => say(dim(`  waiting for process ${pid}, which is building this clone`)), async () => {
    await step('install', install);
    await step('generate', generate);
    await step('build', build);
  });
}
