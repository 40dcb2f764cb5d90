#!/usr/bin/env node
// `npm run admin:rotate`: a new key for the first administrator, in admin.json; the old one is refused from then on. The use case and
// its entry point are the control plane's (apps/control-plane/src/rotate-admin-key.ts exports `rotateAdminKey({ home })`).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DIST, readJson, sluiceHome } from './lib/config.mjs';
import { databaseUrl } from './lib/database-url.mjs';
import { isRunning } from './lib/process-identity.mjs';
import { fail, Problem, say } from './lib/terminal.mjs';

async function main() {
  const home = sluiceHome();
  const file = join(home, 'admin.json');
  if (!existsSync(file)) throw new Problem(`there is no ${file} yet: npm start makes the first key`);
  const program = join(DIST, 'control-plane', 'rotate-admin-key.mjs');
  if (!existsSync(program)) throw new Problem('the platform is not built: npm run build');
  const platform = readJson(join(home, 'run', 'platform.json'));
  // A database that this command had to start, it also stops.
  const platformRuns = platform !== null && isRunning(platform);
  const { rotateAdminKey } = await import(pathToFileURL(program).href);
  await rotateAdminKey({ home, databaseUrl: databaseUrl(), platformRuns });
  say(`administrator's key: ${readJson(file).apiKey} (the secret stands in ${file})`);
  process.exit(0);
}

main().catch(fail);
