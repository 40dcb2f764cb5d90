#!/usr/bin/env node
// `npm run secrets:rotate`: a new key in secrets.key, and all credentials of attached clusters sealed anew with it. The platform is stopped meanwhile, brokers
// go on. Cut off in the middle, the next start or the same command finishes it (apps/control-plane/src/rotate-secrets-key.ts).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DIST, ensureHome, sluiceHome } from './lib/config.mjs';
import { databaseUrl } from './lib/database-url.mjs';
import { tryLock, unlock } from './lib/lock.mjs';
import { fail, Problem, say } from './lib/terminal.mjs';

async function main() {
  const home = sluiceHome();
  if (!existsSync(join(home, 'secrets.key'))) throw new Problem(`there is no ${join(home, 'secrets.key')} yet: npm start makes the first key`);
  const program = join(DIST, 'control-plane', 'rotate-secrets-key.mjs');
  if (!existsSync(program)) throw new Problem('the platform is not built: npm run build');
  ensureHome(home);
  const lock = join(home, 'run', 'platform.json');
  const holder = tryLock(lock, { host: '', port: 0, startedAtMs: Date.now() });
  if (holder) throw new Problem(`a platform runs on ${home} (process ${holder.pid}): npm stop ends it and leaves the brokers serving; then rotate, and npm start`);
  process.on('exit', () => unlock(lock));
  const { rotateSecrets } = await import(pathToFileURL(program).href);
  const { keyId, credentials, unreadable } = await rotateSecrets({ home, databaseUrl: databaseUrl() });
  say(`secrets.key: the key is ${keyId}, the earlier one is gone`);
  say(`  sealed anew  credentials of ${credentials} attached cluster${credentials === 1 ? '' : 's'}`);
  if (unreadable.length > 0) say(`  unreadable   ${unreadable.join(', ')}: no key that was there opens them; give them anew (PATCH /sluice/v1/attached-clusters/{id})`);
  say('npm start runs the platform');
  process.exit(0);
}

main().catch(fail);
