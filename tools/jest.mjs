#!/usr/bin/env node
// Runs Jest for ES modules: `npm run jest -- [--selectProjects unit|house|e2e] [path …] [other flags]`. Paths after a project are paths.
import { spawnSync } from 'node:child_process';

const args = [];
const paths = [];
const given = process.argv.slice(2);
for (let i = 0; i < given.length; i++) {
  if (['--selectProjects', '-t', '--testNamePattern'].includes(given[i])) args.push(given[i], given[++i]);
  else if (given[i].startsWith('-')) args.push(given[i]);
  else paths.push(given[i]);
}
if (paths.length) args.push('--testPathPatterns', ...paths);
const { status } = spawnSync(process.execPath, ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', ...args], { stdio: 'inherit' });
process.exit(status ?? 1);
