#!/usr/bin/env node
// `npm run kafka:install -- VERSION`: fetches and prepares one version of Apache Kafka, as creating the first cluster of it would. Without a
// version it lists those of the catalogue. Nothing is done twice.
import { join, resolve } from 'node:path';
import { sluiceHome } from '../lib/config.mjs';
import { dim, fail, Problem, say, seconds } from '../lib/terminal.mjs';
import { createInstaller, isFetched } from '../../dist/libs/drivers/apache/install.js';
import { createPluginTools } from '../../dist/libs/drivers/apache/install-plugin.js';

function directory() {
  const given = process.env.SLUICE_KAFKA_DIR;
  return given ? resolve(process.env.INIT_CWD ?? process.cwd(), given) : join(sluiceHome(), 'kafka');
}

async function main() {
  const [version, ...more] = process.argv.slice(2);
  const root = directory();
  const installer = createInstaller({ root, environment: process.env, plugin: createPluginTools() });
  const known = installer.catalogue.versions;
  if (version === undefined) {
    for (const each of known) say(`${each.version.padEnd(8)} ${each.modes.join(', ').padEnd(18)} ${installer.find(each.version) ? 'installed' : isFetched(root, each.version) ? 'installed; our plugin has changed and is compiled anew by the next use' : 'not installed'}`);
    return;
  }
  if (more.length > 0 || !installer.catalogue.find(version)) throw new Problem(`npm run kafka:install -- VERSION: ${more.length > 0 ? 'one version at a time' : `there is no Apache Kafka ${version} in the catalogue`}; there is ${known.map((each) => each.version).join(', ')}`);
  const began = performance.now();
  const wasThere = installer.find(version) !== null;
  const { directory: target } = await installer.install(version, say);
  say(wasThere ? `${version} is installed in ${target}` : `${version} is in ${target} ${dim(seconds(performance.now() - began))}`);
}

main().catch(fail);
