#!/usr/bin/env node
// `npm stop`: ends the platform and its database, leaves the brokers. `npm run stop:all`: ends those too. Builds and installs nothing.
import { requireNode } from './lib/node-version.mjs';

requireNode();
import('./lib/stop-platform.mjs').then((module) => module.stopPlatform({ all: process.argv.includes('--all') }));
