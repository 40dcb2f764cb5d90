import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { identify, waitUntilGone } from '#libs/host';
import { readCatalogue } from './catalogue/catalogue.js';
import type { InstalledKafka, Installer } from './install.js';
import { bindProblem } from './machine-checks.js';
import { createZookeeperEnsemble, type ZookeeperEnsemble } from './zookeeper-ensemble.js';
import { readUsers } from './zookeeper-files.js';

jest.setTimeout(60_000);

/** Serves as ZooKeeper does as far as the platform looks, and makes any znode. */
const STAND_IN = `#!${process.execPath}
const { mkdirSync, readFileSync } = require('node:fs');
const args = process.argv.slice(2);
if (args.includes('io.sluice.zookeeper.Chroots')) process.exit(0);
const read = (name) => new RegExp('^' + name + '=(.*)$', 'm').exec(readFileSync(args.at(-1), 'utf8'))[1];
mkdirSync(read('dataDir') + '/version-2', { recursive: true });
require('node:net').createServer((socket) => socket.once('data', () => socket.end('Mode: leader\\n')).on('error', () => undefined)).listen(Number(read('clientPort')), '127.0.0.1');
`;
const CLUSTER = 'AAAAAAAAAAAAAAAAAAAAAA';

let home: string;
let ensemble: ZookeeperEnsemble;
let installed: InstalledKafka;
const file = (...parts: string[]): string => join(home, 'zookeeper', ...parts);

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'sluice-ensemble-'));
  const [java, directory] = [join(home, 'java'), join(home, 'kafka')];
  writeFileSync(java, STAND_IN);
  chmodSync(java, 0o755);
  mkdirSync(join(directory, 'libs'), { recursive: true });
  installed = { version: '3.9.2', directory, modes: ['zookeeper'], metadataVersion: '', zookeeperVersion: '3.8.4', pluginJar: () => '', pluginHash: () => '', classPath: () => 'none', definitions: new Map() };
  const installer: Installer = { catalogue: readCatalogue(), find: () => installed, install: async () => installed };
  const first = await freePorts();
  ensemble = createZookeeperEnsemble({
    home, servers: 1, ports: { first, last: first + 2 }, log: { write: () => undefined }, installer, java: async () => ({ home, java, version: 17, fullVersion: '17.0.1', javac: null, source: 'PATH' }),
  });
});
afterEach(async () => {
  for (const id of ['lkc-aaaa', 'lkc-bbbb']) await ensemble.removeCluster(id);
  await ensemble.close();
  rmSync(home, { recursive: true, force: true });
});

async function freePorts(): Promise<number> {
  for (let first = 42_000 + (process.pid % 3_000) * 3; ; first += 3) {
    const problems = await Promise.all([0, 1, 2].map((offset) => bindProblem('127.0.0.1', first + offset)));
    if (problems.every((problem) => problem === null)) return first;
  }
}

test('an ensemble whose end was cut short is ended before another begins', async () => {
  await ensemble.ensureCluster('lkc-aaaa', CLUSTER, installed);
  const present = JSON.parse(readFileSync(file('ensemble.json'), 'utf8')) as object;
  writeFileSync(file('ensemble.json'), JSON.stringify({ ...present, clusters: [], leftovers: ['lkc-aaaa'] }));
  rmSync(file('users.properties'));
  writeFileSync(file('node-1', 'data', 'version-2', 'log.1'), 'of old');
  await ensemble.ensureCluster('lkc-bbbb', CLUSTER, installed);
  const users = readUsers(file());
  expect([...users.keys()].sort()).toEqual(['lkc-bbbb', 'platform']);
  expect(readFileSync(file('platform.jaas'), 'utf8')).toContain(users.get('platform'));
  expect(existsSync(file('node-1', 'data', 'version-2', 'log.1'))).toBe(false);
});

test('clusters keep their logins when the file that names the servers is lost', async () => {
  const { password } = await ensemble.ensureCluster('lkc-aaaa', CLUSTER, installed);
  const ports = readFileSync(file('ensemble.json'), 'utf8');
  // As after a copy back that had no such file: the servers don't run.
  const identity = identify((JSON.parse(readFileSync(file('node-1', 'run', 'process.json'), 'utf8')) as { pid: number }).pid)!;
  rmSync(file('ensemble.json'));
  process.kill(identity.pid, 'SIGKILL');
  await waitUntilGone(identity, 10_000);
  await ensemble.ensureCluster('lkc-bbbb', CLUSTER, installed);
  expect(readUsers(file()).get('lkc-aaaa')).toBe(password);
  expect((JSON.parse(readFileSync(file('ensemble.json'), 'utf8')) as { nodes: unknown }).nodes).toEqual((JSON.parse(ports) as { nodes: unknown }).nodes);
});

test('a server whose data is gone does not begin with nothing', async () => {
  await ensemble.ensureCluster('lkc-aaaa', CLUSTER, installed);
  const record = (): { pid: number; everReady: boolean } => JSON.parse(readFileSync(file('node-1', 'run', 'process.json'), 'utf8')) as { pid: number; everReady: boolean };
  for (const deadline = performance.now() + 10_000; !record().everReady && performance.now() < deadline;) await new Promise((resolve) => { setImmediate(resolve); });
  const identity = identify(record().pid)!;
  rmSync(file('node-1', 'data'), { recursive: true });
  process.kill(identity.pid, 'SIGKILL');
  await waitUntilGone(identity, 10_000);
  await expect(ensemble.ensureCluster('lkc-bbbb', CLUSTER, installed)).rejects.toMatchObject({ code: 'ZOOKEEPER_DATA_LOST', retryable: false, message: expect.stringContaining('server 1') });
  expect(existsSync(file('node-1', 'data', 'version-2'))).toBe(false);
});
