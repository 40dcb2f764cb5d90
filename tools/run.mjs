#!/usr/bin/env node
// Runs one of the project's scripts on a clone that may never have been built: `node tools/run.mjs test/sim/run.mjs --seeds 100`.
import { requireNode } from './lib/node-version.mjs';

requireNode();
import('./lib/run-script.mjs').then((module) => module.runScript(process.argv.slice(2)));
