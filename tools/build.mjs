#!/usr/bin/env node
// `npm run build`: TypeScript to dist/, the broker and the control plane bundled. Only what changed is built again.
import { build } from './lib/build.mjs';
import { fail, step } from './lib/terminal.mjs';

step('build', build).catch(fail);
