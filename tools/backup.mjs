#!/usr/bin/env node
// `npm run backup -- --to FILE`: the platform's state in one file, whether it runs or not. `npm run restore -- --from FILE`: back, into an empty home and
// database. What is in it, and what isn't: docs/guides/backup.md.
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DIST, ensureHome, readJson, sluiceHome } from './lib/config.mjs';
import { databaseUrl } from './lib/database-url.mjs';
import { tryLock, unlock } from './lib/lock.mjs';
import { isRunning } from './lib/process-identity.mjs';
import { fail, Problem, say, seconds } from './lib/terminal.mjs';

const USAGE = 'usage: npm run backup -- --to FILE, npm run restore -- --from FILE';

function fileArgument(args, name) {
  const [option, file, ...more] = args;
  if (option !== name || !file || more.length > 0) throw new Problem(USAGE);
  return resolve(process.env.INIT_CWD ?? process.cwd(), file);
}

const counted = (tables) => [...tables].filter(([, rows]) => rows > 0).map(([table, rows]) => `${table} ${rows}`).join(', ') || 'no rows';

async function makeBackup(program, home, args) {
  const to = fileArgument(args, '--to');
  const platform = readJson(join(home, 'run', 'platform.json'));
  const { files, tables } = await program.backup({ home, databaseUrl: databaseUrl(), to, platformRuns: platform !== null && isRunning(platform) });
  say(`backup: ${to} (${statSync(to).size} bytes, mode 0600)`);
  say(`  files  ${files}`);
  say(`  rows   ${counted(tables)}`);
}

async function restoreBackup(program, home, args) {
  const from = fileArgument(args, '--from');
  ensureHome(home);
  const lock = join(home, 'run', 'platform.json');
  const holder = tryLock(lock, { host: '', port: 0, startedAtMs: Date.now() });
  if (holder) throw new Problem(`a platform runs on ${home} (process ${holder.pid}): a backup is restored while none does`);
  process.on('exit', () => unlock(lock));
  const { createdAt, files, kept, tables, withoutData, unknown } = await program.restore({ home, databaseUrl: databaseUrl(), from });
  say(`restored: the state of ${createdAt}`);
  say(`  files  ${files} written${kept > 0 ? `, ${kept} of brokers left as they are` : ''}`);
  say(`  rows   ${counted(tables)}`);
  if (withoutData.length > 0) say(`  no data of ${withoutData.join(', ')} on this machine: put back the brokers' directories before npm start, or these clusters begin empty`);
  if (unknown.length > 0) say(`  not in the backup, left alone: ${unknown.join(', ')}`);
  say('npm start runs it');
}

async function main() {
  const began = performance.now();
  const isRestore = process.argv[2] === 'restore';
  const program = join(DIST, 'control-plane', 'backup.mjs');
  if (!existsSync(program)) throw new Problem('the platform is not built: npm run build');
  await (isRestore ? restoreBackup : makeBackup)(await import(pathToFileURL(program).href), sluiceHome(), process.argv.slice(isRestore ? 3 : 2));
  say(`done in ${seconds(performance.now() - began)}`);
  process.exit(0);
}

main().catch(fail);
