#!/usr/bin/env node
// The image's program: the platform as it was built, and when it is told to stop, the brokers too, since nothing outlives a container.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './lib/config.mjs';
import { fail, Problem } from './lib/terminal.mjs';
import { stopPlatform } from './lib/stop-platform.mjs';

function environment() {
  const { DATABASE_URL_FILE: file, ...env } = process.env;
  if (!file) return env;
  try {
    return { ...env, DATABASE_URL: readFileSync(file, 'utf8').trim() };
  } catch (error) {
    throw new Problem(`can't read ${file} (DATABASE_URL_FILE): ${error.message}`);
  }
}

try {
  const platform = spawn(process.execPath, [join(ROOT, 'tools', 'start.mjs'), '--no-prepare'], { env: environment(), stdio: 'inherit' });
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await stopPlatform({ all: true });
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  platform.on('exit', (code) => { if (!stopping) process.exit(code ?? 1); });
} catch (error) {
  fail(error);
}
