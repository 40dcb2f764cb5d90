#!/usr/bin/env node
// `npm test`: sets itself up, then checks types and runs every test. The last line says how it went, alone on its line.
// `npm test -- unit house` runs some of the projects.
import { requireNode } from './lib/node-version.mjs';

requireNode();
import('./lib/run-tests.mjs').then((module) => module.runTests(process.argv.slice(2)));
