#!/usr/bin/env node
// `npm run check:compose`: docker-compose.yml against its schema and rules. `-- --image`: besides, the image's steps in empty
// directories, and the platform started from what they make.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkCompose } from './lib/compose-rules.mjs';
import { ROOT } from './lib/config.mjs';
import { parseDockerfile, runImageSteps } from './lib/image-steps.mjs';
import { fail, Problem, say, step } from './lib/terminal.mjs';

const START_TIMEOUT_MS = 60_000;

function checkFile() {
  const problems = checkCompose(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), JSON.parse(readFileSync(join(ROOT, 'deploy', 'compose.schema.json'), 'utf8')));
  if (problems.length > 0) throw new Problem(`docker-compose.yml: ${problems.join('; ')}`);
  return 'valid';
}

/** What git knows of, which is what a clone has: nothing built, installed or private. */
function copyContext(target) {
  const files = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (files.status !== 0) throw new Problem(`git ls-files: ${files.stderr.trim()}`);
  for (const file of files.stdout.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(join(ROOT, file), join(target, file), { force: true });
  }
}

async function tryImage() {
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-image-'));
  try {
    await step('context', () => copyContext(join(scratch, 'context')));
    let app;
    await step('image', async () => {
      app = await runImageSteps({ stages: parseDockerfile(readFileSync(join(ROOT, 'deploy', 'Dockerfile'), 'utf8')), context: join(scratch, 'context'), scratch, log: (line) => say(`    ${line}`) });
    });
    await step('start', () => startFrom(app, join(scratch, 'home')));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The image's own command and health check, with an embedded database in place of the compose file's. */
async function startFrom(app, home) {
  const { DATABASE_URL, ...rest } = process.env;
  const env = { ...rest, SLUICE_HOME: home, SLUICE_HOST: '127.0.0.1', SLUICE_PORT: String(await freePort()), SLUICE_BROKER_PORTS: '39000-39099', NODE_ENV: 'production' };
  const platform = spawn(process.execPath, ['tools/container.mjs'], { cwd: app, env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise((resolve) => { platform.on('exit', resolve); });
  try {
    for (const deadline = performance.now() + START_TIMEOUT_MS; ;) {
      const health = spawnSync(process.execPath, ['tools/health.mjs'], { cwd: app, env, encoding: 'utf8' });
      if (health.status === 0) return 'healthy';
      if (platform.exitCode !== null || performance.now() > deadline) throw new Problem(`the platform did not start from the image's files: ${health.stderr.trim()}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  } finally {
    platform.kill('SIGTERM');
    await ended;
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

try {
  await step('compose', checkFile);
  if (process.argv.includes('--image')) await tryImage();
} catch (error) {
  fail(error);
}
