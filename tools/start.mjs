#!/usr/bin/env node
// `npm start`: installs, generates and builds what has changed, then runs the platform in the foreground.
// Only what an old Node can read stands here, so that its user gets a clear line and not a syntax error.
import { requireNode } from './lib/node-version.mjs';

requireNode();
import('./lib/start-platform.mjs').then((module) => module.startPlatform(process.argv.slice(2)));
