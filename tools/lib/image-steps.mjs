// Runs a Dockerfile's steps without Docker: each stage in an empty directory of its own, where no engine is at hand. It understands what
// ours uses (FROM, WORKDIR, COPY, RUN, ENV …) and refuses anything else, so that a new instruction is not passed over in silence.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Problem } from './terminal.mjs';

/** They shape the image, not its files. */
const PASSIVE = new Set(['EXPOSE', 'HEALTHCHECK', 'STOPSIGNAL', 'USER', 'VOLUME', 'CMD', 'ENV']);
/** They change the image's own system, which here would be this machine's. */
const SYSTEM = /^(groupadd|useradd|install --directory|apt-get)\b/;

export function parseDockerfile(text) {
  const lines = text.replace(/\\\n/g, ' ').split('\n').map((line) => line.trim()).filter((line) => line && !line.startsWith('#'));
  const stages = [];
  for (const line of lines) {
    const [, instruction, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (!instruction) throw new Problem(`Dockerfile: can't read "${line}"`);
    if (instruction === 'FROM') stages.push({ name: / AS (\w+)$/i.exec(rest)?.[1] ?? String(stages.length), image: rest.split(' ')[0], steps: [] });
    else stages.at(-1).steps.push({ instruction, rest });
  }
  return stages;
}

/** Answers the last stage's working directory. `log` is told each step and what was left out. */
export async function runImageSteps({ stages, context, scratch, log }) {
  const roots = new Map();
  let workdir = '/';
  for (const { name, steps } of stages) {
    const root = join(scratch, name);
    roots.set(name, root);
    workdir = '/';
    for (const { instruction, rest } of steps) {
      if (PASSIVE.has(instruction)) continue;
      if (instruction === 'WORKDIR') {
        workdir = rest;
        mkdirSync(join(root, workdir), { recursive: true });
      } else if (instruction === 'COPY') {
        log(`${name}: COPY ${rest}`);
        copy(rest, { context, roots, root, workdir });
      } else if (instruction === 'RUN' && SYSTEM.test(rest)) {
        log(`${name}: left out: RUN ${rest}`);
      } else if (instruction === 'RUN') {
        log(`${name}: RUN ${rest}`);
        await shell(rest, join(root, workdir));
      } else {
        throw new Problem(`Dockerfile: ${instruction} is not understood by this check`);
      }
    }
  }
  return join(scratch, stages.at(-1).name, workdir);
}

function copy(rest, { context, roots, root, workdir }) {
  const words = rest.split(/\s+/);
  const from = words[0].startsWith('--from=') ? words.shift().slice('--from='.length) : null;
  const target = words.pop();
  const destination = target.startsWith('/') ? join(root, target) : join(root, workdir, target);
  const base = from ? roots.get(from) : context;
  for (const word of words) {
    const source = join(base, word);
    if (!existsSync(source)) throw new Problem(`Dockerfile: COPY finds no ${word}`);
    if (!statSync(source).isDirectory()) cpSync(source, target.endsWith('/') ? join(destination, basename(word)) : destination);
    else for (const name of readdirSync(source)) cpSync(join(source, name), join(destination, name), { recursive: true, verbatimSymlinks: true });
  }
}

function shell(command, cwd) {
  return new Promise((resolve, reject) => {
    let output = '';
    const { NODE_ENV, ...env } = process.env;
    const child = spawn('/bin/sh', ['-c', command], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { output = (output + chunk).slice(-10_000); });
    child.on('close', (code) => {
      if (code === 0) return resolve();
      process.stderr.write(output);
      reject(new Problem(`RUN ${command} ended with exit code ${code}, see above`));
    });
  });
}
