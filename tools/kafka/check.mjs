#!/usr/bin/env node
// `npm run kafka:check [VERSION…]`: installs versions of the catalogue for real into a temporary directory, compares what they say of their
// settings with what is pinned, formats the storage of a cluster, and starts and stops a node with the server.properties and certificates
// that the platform makes. Without Java or Maven it says so and passes. Ports 41990 to 41992.
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, Problem, say, step } from '../lib/terminal.mjs';
import { configProblems, PERMITTED_CONFIGS } from '../../dist/libs/drivers/apache/broker-configs.js';
import { createInstaller } from '../../dist/libs/drivers/apache/install.js';
import { createPluginTools, judgeConfigs } from '../../dist/libs/drivers/apache/install-plugin.js';
import { compilerProblem, findJava } from '../../dist/libs/drivers/apache/java-runtime.js';
import { loggingOf, loggingOptions } from '../../dist/libs/drivers/apache/node-logging.js';
import { formatProperties, parseProperties } from '../../dist/libs/drivers/apache/properties.js';
import { serverProperties } from '../../dist/libs/drivers/apache/server-properties.js';
import { formatStorage } from '../../dist/libs/drivers/apache/storage-format.js';
import { childEnvironment } from '../../dist/libs/host/index.js';
import { openPki } from '../../dist/libs/pki/index.js';

const PORTS = { external: 41_990, internal: 41_991, controller: 41_992 };
const START_TIMEOUT_MS = 180_000;
const CONFIGS = { 'log.retention.ms': '3600000', 'group.max.session.timeout.ms': '600000' };

const desiredOf = (version) => ({
  clusterId: 'lkc-check1', kafkaClusterId: 'wQ7l4gq3RzKk1hHj0cZ9xg', version, flushMode: 'ack', diskLimitBytes: null, heapMb: 256, advertisedHost: 'localhost', bindHost: '127.0.0.1', settings: {}, configs: CONFIGS,
  brokers: [{ nodeId: 1, roles: ['broker', 'controller'], rack: 'zone-1', isFirst: true, ports: PORTS }],
});

function expect(holds, text) {
  if (!holds) throw new Problem(text);
}

/** Settings and their pinned definitions, and Kafka's own judgement on one that only it can judge. */
async function checkConfigs(pinned, installed, java) {
  for (const [name, definition] of installed.definitions) {
    const known = pinned.definitions.get(name);
    expect(known, `${name} is not in catalogue/configs/${pinned.version}.json: node tools/run.mjs tools/kafka/pin-configs.mjs ${pinned.version}`);
    if (PERMITTED_CONFIGS.has(name)) for (const field of ['type', 'defaultValue', 'validator', 'updateMode']) expect(known[field] === definition[field], `${name}: ${field} is ${definition[field]}, pinned is ${known[field]}`);
  }
  expect(installed.definitions.size === pinned.definitions.size, 'more settings are pinned than there are');
  const odd = { 'compression.gzip.level': '10' };
  expect(configProblems(pinned.version, installed.definitions, odd).length === 0, 'the odd one was to be left to Kafka');
  expect((await judgeConfigs(installed, java, odd))[0]?.key === 'compression.gzip.level', 'Kafka took compression.gzip.level=10');
  expect((await judgeConfigs(installed, java, CONFIGS)).length === 0, 'Kafka refused good settings');
  return `${installed.definitions.size} settings`;
}

async function checkFormat(options, data) {
  const [{ how, directoryId }] = await formatStorage(options);
  const meta = parseProperties(readFileSync(join(data, 'meta.properties'), 'utf8'));
  expect(how === 'initial' && meta.get('directory.id') === directoryId, 'the storage was not formatted');
  const later = { ...options.nodes[0], nodeId: 2, roles: ['broker'], isFirst: false, dataDirectory: `${data}-2` };
  const again = await formatStorage({ ...options, nodes: [...options.nodes, later] });
  expect(again[0].how === 'present' && again[1].how === 'joined', `formatted again they are ${again.map((each) => each.how).join(', ')}`);
  return directoryId;
}

/** Answers how long it took. The JVM is gone when it returns, however it went. */
async function startAndStop(java, installed, directory, properties) {
  const file = join(directory, 'server.properties');
  const logging = loggingOf(join(installed.directory, 'libs'));
  for (const name of ['logs', 'run']) mkdirSync(join(directory, name), { recursive: true });
  writeFileSync(file, properties);
  writeFileSync(join(directory, logging.name), logging.content);
  const layout = { directory, logs: join(directory, 'logs'), run: join(directory, 'run') };
  const output = openSync(join(directory, 'out.log'), 'a');
  const began = performance.now();
  const child = spawn(java.java, ['-Xmx256m', ...loggingOptions(logging, layout), '-cp', installed.classPath('kraft'), 'kafka.Kafka', file], { env: { ...childEnvironment(), LC_ALL: 'C.UTF-8' }, stdio: ['ignore', output, output] });
  const ended = new Promise((resolve) => { child.once('exit', resolve); });
  const log = () => ['out.log', join('logs', 'server.log')].map((name) => { try { return readFileSync(join(directory, name), 'utf8'); } catch { return ''; } }).join('\n');
  try {
    while (!log().includes('Kafka Server started')) {
      expect(child.exitCode === null && performance.now() - began < START_TIMEOUT_MS, `the node did not start: ${log().split('\n').filter((line) => /ERROR|Exception/.test(line)).slice(0, 3).join(' ')}`);
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
    const took = `started in ${((performance.now() - began) / 1000).toFixed(1)} s`;
    child.kill('SIGTERM');
    expect(await ended === 143 || child.exitCode === 0 || child.signalCode === 'SIGTERM', `it ended with ${child.exitCode}`);
    return took;
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

async function check(version, root, java) {
  const installer = createInstaller({ root: join(root, 'kafka'), environment: process.env, plugin: createPluginTools() });
  const pinned = installer.catalogue.find(version);
  if (!pinned) throw new Problem(`there is no Apache Kafka ${version} in the catalogue`);
  let installed;
  await step(version, async () => {
    installed = await installer.install(version, () => undefined);
    return `${pinned.artifacts.length} artifacts, ${pinned.modes.join(' and ')}`;
  });
  await step('configs', () => checkConfigs(pinned, installed, java));
  const directory = join(root, version);
  const files = { keystore: join(directory, 'tls', 'broker.pem'), truststore: join(directory, 'tls', 'ca.pem'), principals: join(directory, 'principals.json'), diskLimits: join(directory, 'disk-limits.json'), data: join(directory, 'data') };
  const desired = desiredOf(version);
  const nodes = desired.brokers.map((node) => ({ ...node, controllerPort: node.ports.controller, dataDirectory: files.data }));
  await step('format', () => checkFormat({ clusterId: desired.clusterId, kafkaClusterId: desired.kafkaClusterId, seedDirectory: join(directory, 'seed'), nodes, installed, java }, files.data));
  const pki = await openPki({ directory: join(root, 'pki') });
  mkdirSync(join(directory, 'tls'), { recursive: true });
  writeFileSync(files.truststore, pki.caPem);
  await pki.ensureLeaf(files.keystore, { commonName: desired.clusterId, hosts: ['localhost', '127.0.0.1', '::1'], usage: 'peer' });
  writeFileSync(files.principals, JSON.stringify({ version: 1, sequence: 1, clusterId: desired.clusterId, keys: [], grants: [], namingPolicy: null }), { mode: 0o600 });
  writeFileSync(files.diskLimits, JSON.stringify({ version: 1, clusterId: desired.clusterId, limitBytes: null, freeBytesMin: null, directories: [files.data] }), { mode: 0o600 });
  const properties = formatProperties(serverProperties(desired, 1, files, { version, mode: 'kraft', definitions: installed.definitions, zookeeperConnect: null }));
  await step('node', () => startAndStop(java, installed, directory, properties));
}

async function main() {
  const { runtime, problem } = await findJava(process.env);
  const missing = problem ?? compilerProblem(runtime);
  if (missing !== null) return say(`skipped: ${missing}`);
  const root = mkdtempSync(join(tmpdir(), 'sluice-kafka-check-'));
  try {
    const versions = process.argv.length > 2 ? process.argv.slice(2) : createInstaller({ root, environment: {}, plugin: createPluginTools() }).catalogue.versions.map(({ version }) => version);
    for (const version of versions) await check(version, root, runtime);
  } catch (error) {
    if (error.code !== 'MAVEN_MISSING') throw error;
    say(`skipped: ${error.message}`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

main().catch(fail);
