#!/usr/bin/env node
// `npm run generate`: everything that is made from something else. The codec and the documents are committed, the Prisma client isn't.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { generate } from './lib/generate.mjs';
import { fail, step } from './lib/terminal.mjs';

const run = (script) => async () => execFileSync(process.execPath, [fileURLToPath(new URL(script, import.meta.url))]).toString().trim().replace(/^.*?: /, '');

step('prisma', generate)
  .then(() => step('codec', run('codec/generate.mjs')))
  .then(() => step('kafka api', run('docs/kafka-api.mjs')))
  .then(() => step('limits', run('docs/limits.mjs')))
  .then(() => step('settings', run('docs/settings.mjs')))
  .catch(fail);
