// Dependencies: `npm ci` when what is installed isn't what the lock file says.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, ROOT } from './config.mjs';
import { sha256 } from './hash.mjs';
import { Problem } from './terminal.mjs';

const STAMP = join(ROOT, 'node_modules', '.sluice-install');

export async function install() {
  const wanted = stampOf();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return 'up to date';
  const installed = installedMatchesLock();
  if (!installed) await npmCi();
  writeFileSync(STAMP, wanted);
  return installed ? 'already installed' : 'npm ci';
}

/** Native packages are chosen by platform, so a tree copied from elsewhere doesn't count. */
function stampOf() {
  return `${sha256(readFileSync(join(ROOT, 'package-lock.json')))} ${process.platform}-${process.arch}\n`;
}

/** A tree that npm itself made from this lock (it leaves a hidden lock file) needs no second installation. */
function installedMatchesLock() {
  const wanted = readJson(join(ROOT, 'package-lock.json'))?.packages ?? {};
  const present = readJson(join(ROOT, 'node_modules', '.package-lock.json'))?.packages;
  if (!present || existsSync(STAMP)) return false;
  const same = ([path, entry]) => wanted[path]?.version === entry.version && existsSync(join(ROOT, path));
  const needed = ([path, entry]) => path === '' || entry.optional || entry.peer || entry.devOptional || entry.link || present[path];
  return Object.entries(present).every(same) && Object.entries(wanted).every(needed);
}

function npmCi() {
  const args = ['ci', '--no-audit', '--no-fund', '--include=dev', '--include=optional', '--loglevel=error'];
  // Under `npm start` npm says where its own program is; otherwise it is looked for on the path.
  const npm = process.env.npm_execpath;
  const [command, all] = npm && /\.c?js$/.test(npm) ? [process.execPath, [npm, ...args]] : ['npm', args];
  return new Promise((resolve, reject) => {
    let output = '';
    const child = spawn(command, all, { cwd: ROOT, env: { ...process.env, NODE_ENV: '' }, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' && command === 'npm' });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { output = (output + chunk).slice(-20_000); });
    child.on('error', (error) => reject(new Problem(`can't run npm: ${error.message}`)));
    child.on('close', (code) => {
      if (code === 0) return resolve();
      process.stderr.write(output);
      const line = output.split('\n').find((text) => /^npm (error|ERR!) (?!code|errno|syscall|path)/.test(text)) ?? '';
      reject(new Problem(`npm ci ended with exit code ${code}: ${line.replace(/^npm (error|ERR!) /, '') || 'see above'}`));
    });
  });
}
