#!/usr/bin/env node
// `npm run logs -- lkc-… [--node N] [-f] [-n lines]`: a broker's log, the older files first. `-f` goes on with what is written.
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sluiceHome } from './lib/config.mjs';
import { fail, Problem } from './lib/terminal.mjs';

const LINES_DEFAULT = 200;
const FOLLOW_POLL_MS = 200;
const USAGE = 'usage: npm run logs -- lkc-… [--node N] [-f] [-n lines]';
/** A node of Apache Kafka logs to the first; what its JVM says besides is in the second, which is all there is of other brokers. */
const LOGS = ['server.log', 'broker.log'];

function parseArguments(args) {
  const result = { clusterId: null, node: '1', follow: false, lines: LINES_DEFAULT };
  for (let index = 0; index < args.length; index += 1) {
    if (args[index] === '-f' || args[index] === '--follow') result.follow = true;
    else if (args[index] === '-n' || args[index] === '--lines') result.lines = Number(args[index += 1]);
    else if (args[index] === '--node' && /^\d{1,6}$/.test(args[index + 1] ?? '')) result.node = args[index += 1];
    else if (/^lkc-[a-z0-9]+$/.test(args[index]) && result.clusterId === null) result.clusterId = args[index];
    else throw new Problem(`unknown argument ${args[index]}; ${USAGE}`);
  }
  if (!Number.isSafeInteger(result.lines) || result.lines < 0) throw new Problem('-n takes a number of lines');
  return result;
}

/** Rotated files have numbers, the highest is the oldest. */
function logFiles(directory, log) {
  const age = (name) => Number(/\.(\d+)$/.exec(name)?.[1] ?? 0);
  return readdirSync(directory).filter((name) => name === log || (name.startsWith(`${log}.`) && /^\d+$/.test(name.slice(log.length + 1)))).sort((a, b) => age(b) - age(a)).map((name) => join(directory, name));
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
  const { clusterId, node, follow: following, lines } = parseArguments(process.argv.slice(2));
  const root = join(sluiceHome(), 'clusters');
  const known = existsSync(root) ? readdirSync(root).filter((name) => name.startsWith('lkc-')).sort() : [];
  const list = known.length > 0 ? `clusters here: ${known.join(', ')}` : `no clusters in ${sluiceHome()}`;
  if (!clusterId) throw new Problem(`${USAGE}; ${list}`);
  const directory = join(root, clusterId, `node-${node}`, 'logs');
  if (!existsSync(directory)) throw new Problem(known.includes(clusterId) ? `there is no log of node ${node} of ${clusterId}` : `there is no log of ${clusterId}; ${list}`);
  const log = LOGS.find((name) => existsSync(join(directory, name))) ?? LOGS.at(-1);
  for (const line of tail(logFiles(directory, log), lines)) process.stdout.write(`${line}\n`);
  if (following) await follow(join(directory, log));
}

process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));
main().catch(fail);
