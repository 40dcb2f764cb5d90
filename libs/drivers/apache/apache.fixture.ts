/** For this folder's tests: drivers on a home of their own, with a small stand-in for Java that keeps the contract of Kafka's processes. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterDriver, DesiredCluster, ObservedBroker } from '#libs/control/domain';
import { openPki } from '#libs/pki';
import { createApacheDrivers, type ApacheDriverOptions, type ApacheDrivers } from './apache.driver.js';
import { readCatalogue } from './catalogue/catalogue.js';
import type { InstalledKafka, Installer } from './install.js';
import { bindProblem } from './machine-checks.js';

/** Serves as ZooKeeper too. Kafka, by the setting `test.behaviour`: runs, gives up with an error in its log, never opens its port, or doesn't heed SIGTERM. */
const STAND_IN = `#!${process.execPath}
const { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const args = process.argv.slice(2);
const option = (name) => args.find((arg) => arg.startsWith('-D' + name + '='))?.split('=')[1];
const read = (path) => Object.fromEntries(readFileSync(path, 'utf8').trim().split('\\n').map((line) => line.split(/=(.*)/s)));
if (args.includes('kafka.tools.StorageTool')) {
  const data = read(args[args.indexOf('-c') + 1])['log.dirs'];
  mkdirSync(data + '/__cluster_metadata-0', { recursive: true });
  writeFileSync(data + '/bootstrap.checkpoint', 'features');
  writeFileSync(data + '/__cluster_metadata-0/00000000000000000000-0000000000.checkpoint', 'voters');
  process.exit(0);
}
if (args.includes('io.sluice.zookeeper.Chroots')) process.exit(0);
const properties = read(args.at(-1));
if (args.includes('io.sluice.zookeeper.Ensemble')) {
  mkdirSync(properties.dataDir + '/version-2', { recursive: true });
  require('node:net').createServer((socket) => socket.once('data', () => socket.end('Mode: standalone\\n')).on('error', () => undefined)).listen(Number(properties.clientPort), '127.0.0.1');
  return;
}
const behaviour = properties['test.behaviour'] ?? 'run';
const log = (line) => appendFileSync(option('sluice.logs') + '/server.log', new Date().toISOString() + ' ' + line + '\\n');
log('INFO arguments ' + JSON.stringify(args) + ' environment ' + JSON.stringify(process.env) + ' (kafka.Kafka)');
if (behaviour === 'fail') {
  log('ERROR Exiting Kafka due to fatal exception (kafka.Kafka$)\\njava.lang.RuntimeException: no\\n\\tat kafka.Kafka.main(Kafka.scala)\\nCaused by: org.apache.kafka.common.KafkaException: log.dirs can not be read');
  process.exit(1);
}
if (behaviour === 'memory') { console.log('Terminating due to java.lang.OutOfMemoryError: Java heap space'); process.exit(3); }
// With ZooKeeper nobody formats: Kafka makes it of what it finds.
if (!properties['process.roles'] && !existsSync(properties['log.dirs'] + '/meta.properties')) writeFileSync(properties['log.dirs'] + '/meta.properties', 'version=0\\nbroker.id=1\\n');
process.on('SIGTERM', () => { if (behaviour !== 'stubborn') process.exit(143); });
const port = Number(/INTERNAL:\\/\\/127.0.0.1:(\\d+)/.exec(properties.listeners)[1]);
if (behaviour !== 'deaf') require('node:net').createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
writeFileSync(option('sluice.run') + '/started.log', '[KafkaRaftServer nodeId=1] Kafka Server started (kafka.server.KafkaRaftServer)\\n');
setInterval(() => {}, 1000);
`;

export interface ApacheFixture {
  home: string;
  drivers: ApacheDrivers;
  kraft: ClusterDriver;
  zookeeper: ClusterDriver;
  events: string[];
  /** How often a version was installed. */
  installs: string[];
  desired(clusterId: string, change?: Partial<DesiredCluster>): Promise<DesiredCluster>;
  /** Lets the drivers go and makes others on the same home, as a restart of the platform does. */
  restart(change?: Partial<ApacheDriverOptions>): Promise<void>;
  until(clusterId: string, holds: (broker: ObservedBroker) => boolean): Promise<ObservedBroker>;
  dispose(): Promise<void>;
}

const DEADLINE_MS = 20_000;

export async function createApacheFixture(): Promise<ApacheFixture> {
  const root = mkdtempSync(join(tmpdir(), 'sluice-apache-'));
  const [home, java] = [join(root, 'home'), join(root, 'java')];
  mkdirSync(home);
  writeFileSync(java, STAND_IN);
  chmodSync(java, 0o755);
  const pki = await openPki({ directory: join(home, 'pki') });
  const [events, installs]: [string[], string[]] = [[], []];
  const installer = standInInstaller(join(root, 'kafka'), installs);
  const first = await freeEnsemblePorts();
  const open = (change?: Partial<ApacheDriverOptions>): Promise<ApacheDrivers> => createApacheDrivers({
    home, kafkaDirectory: join(root, 'kafka'), environment: {}, pki, log: { write: (_level, event) => { events.push(event); } }, brokersMax: null, heapMbMax: null, diskFreeMbMin: null,
    zookeeper: { servers: 1, ports: { first, last: first + 2 } }, installer,
    java: async () => ({ home: root, java, version: 17, fullVersion: '17.0.1', javac: null, source: 'PATH' }),
    ...change,
  });
  const take = (drivers: ApacheDrivers): Pick<ApacheFixture, 'drivers' | 'kraft' | 'zookeeper'> => ({ drivers, kraft: drivers.drivers[0]!, zookeeper: drivers.drivers[1]! });
  const fixture: ApacheFixture = {
    home, events, installs, ...take(await open()),
    desired: async (clusterId, change = {}) => ({
      clusterId, kafkaClusterId: 'AAAAAAAAAAAAAAAAAAAAAA', flushMode: 'os', diskLimitBytes: null, bindHost: '127.0.0.1', advertisedHost: 'kafka.example.org', settings: {}, version: null, heapMb: 256, configs: {},
      brokers: [{ nodeId: 1, roles: ['broker', 'controller'], rack: null, isFirst: true, ports: { external: await freePort(), internal: await freePort(), controller: await freePort() } }],
      ...change,
    }),
    async restart(change) {
      await fixture.drivers.close();
      Object.assign(fixture, take(await open(change)));
    },
    async until(clusterId, holds) {
      for (const deadline = performance.now() + DEADLINE_MS; ;) {
        const broker = (await fixture.kraft.observe(clusterId)).brokers[0];
        if (broker && holds(broker)) return broker;
        if (performance.now() > deadline) throw new Error(`not so after ${DEADLINE_MS} ms: ${JSON.stringify(broker)}`);
        await fixture.kraft.waitForChange(clusterId, 1_000);
      }
    },
    async dispose() {
      for (const driver of fixture.drivers.drivers) for (const clusterId of await driver.listOwned()) await driver.remove(clusterId);
      await fixture.drivers.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
  return fixture;
}

function standInInstaller(root: string, installs: string[]): Installer {
  const catalogue = readCatalogue();
  const there = new Map<string, InstalledKafka>();
  return {
    catalogue,
    find: (version) => there.get(version) ?? null,
    async install(version, progress) {
      const { modes, metadataVersion, zookeeperVersion } = catalogue.find(version)!;
      const directory = join(root, version);
      mkdirSync(join(directory, 'libs'), { recursive: true });
      writeFileSync(join(directory, 'installed.json'), '{}');
      const installed: InstalledKafka = {
        version, directory, modes, metadataVersion, zookeeperVersion, pluginJar: () => 'plugin.jar', pluginHash: () => 'abc', classPath: () => `plugin.jar:${directory}/libs/*`, definitions: new Map(),
      };
      there.set(version, installed);
      installs.push(version);
      progress(`${version}: installed`);
      return installed;
    },
  };
}

/** One server's three, below those that the system gives away. */
async function freeEnsemblePorts(): Promise<number> {
  for (let first = 23_000 + (process.pid % 2_000) * 3; ; first += 3) {
    const problems = await Promise.all([0, 1, 2].map((offset) => bindProblem('127.0.0.1', first + offset)));
    if (problems.every((problem) => problem === null)) return first;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

