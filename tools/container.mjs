#!/usr/bin/env node
// The image's program: the platform as it was built, and when it is told to stop, the brokers too, since nothing outlives a container.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './lib/config.mjs';
import { databaseUrl } from './lib/database-url.mjs';
import { fail } from './lib/terminal.mjs';
import { stopPlatform } from './lib/stop-platform.mjs';

/** The platform itself knows DATABASE_URL alone. */
function environment() {
  const { DATABASE_URL_FILE: _file, ...env } = process.env;
  const url = databaseUrl();
  return url === undefined ? env : { ...env, DATABASE_URL: url };
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
