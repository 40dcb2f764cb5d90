#!/usr/bin/env node
// Writes libs/drivers/apache/catalogue/configs/<version>.json: what a version says of the settings that tenants may set, and the names of
// all others, so that they can be judged before the version is installed. Installs the version first.
//   node tools/run.mjs tools/kafka/pin-configs.mjs VERSION
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, sluiceHome } from '../lib/config.mjs';
import { fail, Problem, say } from '../lib/terminal.mjs';
import { PERMITTED_CONFIGS } from '../../dist/libs/drivers/apache/broker-configs.js';
import { createInstaller } from '../../dist/libs/drivers/apache/install.js';
import { createPluginTools } from '../../dist/libs/drivers/apache/install-plugin.js';

async function main() {
  const version = process.argv[2];
  if (!version) throw new Problem('node tools/run.mjs tools/kafka/pin-configs.mjs VERSION');
  const root = process.env.SLUICE_KAFKA_DIR ?? join(sluiceHome(), 'kafka');
  const { definitions } = await createInstaller({ root, environment: process.env, plugin: createPluginTools() }).install(version, say);
  const all = [...definitions.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const permitted = all.filter(({ name }) => PERMITTED_CONFIGS.has(name)).map(({ name, type, defaultValue, validator, updateMode }) => JSON.stringify({ name, type, defaultValue, validator, updateMode }));
  const others = all.filter(({ name }) => !PERMITTED_CONFIGS.has(name)).map(({ name }) => JSON.stringify(name));
  const directory = join(ROOT, 'libs', 'drivers', 'apache', 'catalogue', 'configs');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${version}.json`), `{\n  "permitted": [\n    ${permitted.join(',\n    ')}\n  ],\n  "others": [\n    ${others.join(',\n    ')}\n  ]\n}\n`);
  say(`${version}: ${permitted.length} settings that tenants may set, ${others.length} others`);
}

main().catch(fail);
