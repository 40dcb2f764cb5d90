#!/usr/bin/env node
// `npm run logs -- lkc-… [-f] [-n lines]`: a broker's log, the older files first. `-f` goes on with what is written.
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sluiceHome } from './lib/config.mjs';
import { fail, Problem } from './lib/terminal.mjs';

const LINES_DEFAULT = 200;
const FOLLOW_POLL_MS = 200;

function parseArguments(args) {
  const result = { clusterId: null, follow: false, lines: LINES_DEFAULT };
  for (let index = 0; index < args.length; index += 1) {
    if (args[index] === '-f' || args[index] === '--follow') result.follow = true;
    else if (args[index] === '-n' || args[index] === '--lines') result.lines = Number(args[index += 1]);
    else if (/^lkc-[a-z0-9]+$/.test(args[index]) && result.clusterId === null) result.clusterId = args[index];
    else throw new Problem(`unknown argument ${args[index]}; usage: npm run logs -- lkc-… [-f] [-n lines]`);
  }
  if (!Number.isSafeInteger(result.lines) || result.lines < 0) throw new Problem('-n takes a number of lines');
  return result;
}

/** Rotated files have numbers, the highest is the oldest. */
function logFiles(directory) {
  const age = (name) => Number(/\.(\d+)$/.exec(name)?.[1] ?? 0);
  return readdirSync(directory).filter((name) => /^broker\.log(\.\d+)?$/.test(name)).sort((a, b) => age(b) - age(a)).map((name) => join(directory, name));
}

function tail(files, count) {
  const lines = files.flatMap((file) => readFileSync(file, 'utf8').split('\n').filter(Boolean));
  return count === 0 ? [] : lines.slice(-count);
}

/** A file that got shorter was rotated: it begins anew. */
async function follow(file) {
  let position = existsSync(file) ? statSync(file).size : 0;
  for (;;) {
    const size = existsSync(file) ? statSync(file).size : 0;
    if (size < position) position = 0;
    if (size > position) {
      const buffer = Buffer.alloc(Math.min(size - position, 1 << 20));
      const descriptor = openSync(file, 'r');
      const length = readSync(descriptor, buffer, 0, buffer.length, position);
      closeSync(descriptor);
      process.stdout.write(buffer.subarray(0, length));
      position += length;
    }
    await new Promise((resolve) => setTimeout(resolve, FOLLOW_POLL_MS));
  }
}

async function main() {
  const { clusterId, follow: following, lines } = parseArguments(process.argv.slice(2));
  const root = join(sluiceHome(), 'clusters');
  const known = existsSync(root) ? readdirSync(root).filter((name) => name.startsWith('lkc-')).sort() : [];
  const list = known.length > 0 ? `clusters here: ${known.join(', ')}` : `no clusters in ${sluiceHome()}`;
  if (!clusterId) throw new Problem(`usage: npm run logs -- lkc-… [-f] [-n lines]; ${list}`);
  const directory = join(root, clusterId, 'node-1', 'logs');
  if (!existsSync(directory)) throw new Problem(`there is no log of ${clusterId}; ${list}`);
  for (const line of tail(logFiles(directory), lines)) process.stdout.write(`${line}\n`);
  if (following) await follow(join(directory, 'broker.log'));
}

process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));
main().catch(fail);
