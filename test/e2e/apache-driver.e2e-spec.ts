/** The drivers of Apache Kafka with Apache Kafka itself: what a stand-in can't show. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { ClusterDriver, DesiredCluster, ObservedBroker } from '#libs/control/domain';
import { createApacheDrivers, type ApacheDrivers } from '#libs/drivers/apache';
import { identify, isRunning, type ProcessIdentity } from '#libs/host';
import { openPki } from '#libs/pki';
import { installations, missingForApacheKafka } from './apache-here.js';

jest.setTimeout(600_000);

const missing = missingForApacheKafka('3.9.2') ?? missingForApacheKafka('4.3.1');
const describeIt = missing === null ? describe : describe.skip;
const DEADLINE_MS = 120_000;

describeIt(`Apache Kafka on this machine${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  let home: string;
  let apache: ApacheDrivers;
  let [kraft, zookeeper]: ClusterDriver[] = [];
  let nextPort = 0;
  let firstZookeeperPort = 0;

  const open = async (): Promise<void> => {
    apache = await createApacheDrivers({
      home, kafkaDirectory: installations, environment: process.env, pki: await openPki({ directory: join(home, 'pki') }), log: { write: () => undefined },
      brokersMax: null, heapMbMax: null, diskFreeMbMin: null, zookeeper: { servers: 1, ports: { first: firstZookeeperPort, last: firstZookeeperPort + 2 } },
    });
    [kraft, zookeeper] = apache.drivers as [ClusterDriver, ClusterDriver];
  };
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'sluice-apache-'));
    nextPort = await freePorts(12);
    firstZookeeperPort = nextPort + 9;
    await open();
  });
  afterAll(async () => {
    for (const driver of apache.drivers) for (const clusterId of await driver.listOwned()) await driver.remove(clusterId);
    await apache.close();
    rmSync(home, { recursive: true, force: true });
  });

  const desiredOf = (clusterId: string, version: string): DesiredCluster => {
    const [external, internal, controller] = [nextPort, nextPort + 1, nextPort + 2];
    nextPort += 3;
    return {
      clusterId, kafkaClusterId: Buffer.from(clusterId.padEnd(16)).toString('base64url'), version, flushMode: 'os', diskLimitBytes: null, heapMb: 256, bindHost: '127.0.0.1', advertisedHost: 'localhost', settings: {}, configs: {},
      brokers: [{ nodeId: 1, roles: ['broker', 'controller'], rack: null, isFirst: true, ports: { external, internal, controller } }],
    };
  };
  async function until(driver: ClusterDriver, clusterId: string, wanted: ObservedBroker['process']): Promise<ProcessIdentity | null> {
    for (const deadline = performance.now() + DEADLINE_MS; ;) {
      const broker = (await driver.observe(clusterId)).brokers[0];
      if (broker?.process === wanted) return broker.pid === null ? null : identify(broker.pid);
      if (performance.now() > deadline || (broker?.process === 'failed' && wanted === 'ready')) throw new Error(`not ${wanted}: ${JSON.stringify(broker)}`);
      await driver.waitForChange(clusterId, 1_000);
    }
  }

  test('made, ready, killed, started, taken over, upgraded on its own data, removed without a trace', async () => {
    const old = desiredOf('lkc-kraft1', '3.9.2');
    const said: string[] = [];
    await kraft.prepare(old, (text) => { said.push(text); });
    await kraft.startBroker(old, 1);
    const first = (await until(kraft, old.clusterId, 'ready'))!;
    expect(said.at(-1)).toBe('preparing one node');

    process.kill(first.pid, 'SIGKILL');
    await until(kraft, old.clusterId, 'failed');
    await kraft.startBroker(old, 1);
    const second = (await until(kraft, old.clusterId, 'ready'))!;
    await apache.close();
    await open();
    expect((await kraft.observe(old.clusterId)).brokers[0]).toMatchObject({ pid: second.pid, process: 'ready', bundle: '3.9.2', configMatches: true });

    const wanted = { ...old, version: '4.3.1' };
    await kraft.prepare(wanted, () => undefined);
    expect((await kraft.observe(old.clusterId)).brokers[0]).toMatchObject({ process: 'ready', bundle: '3.9.2', configMatches: false });
    await kraft.stopBroker(old.clusterId, 1, 'graceful');
    expect(existsSync(join(home, 'clusters', old.clusterId, 'node-1', 'data', '.kafka_cleanshutdown'))).toBe(true);
    await kraft.startBroker(wanted, 1);
    const third = (await until(kraft, old.clusterId, 'ready'))!;
    expect((await kraft.observe(old.clusterId)).brokers[0]).toMatchObject({ bundle: '4.3.1', configMatches: true });

    await kraft.remove(old.clusterId);
    expect([first, second, third].map(isRunning)).toEqual([false, false, false]);
    expect(readdirSync(join(home, 'clusters'))).toEqual([]);
  });

  test('clusters that share ZooKeeper neither read nor change each other\'s znodes; it comes back when it is killed, and ends with the last of them', async () => {
    const [one, other] = [desiredOf('lkc-zone1', '3.9.2'), desiredOf('lkc-zone2', '3.9.2')];
    for (const desired of [one, other]) await zookeeper.prepare(desired, () => undefined);
    await zookeeper.startBroker(one, 1);
    await until(zookeeper, one.clusterId, 'ready');

    expect(await ask(one.clusterId, `ls /sluice/${one.clusterId}/brokers/ids`)).toContain('[1]');
    expect(await ask(one.clusterId, `get /sluice/${one.clusterId}/cluster/id`)).toContain(one.kafkaClusterId);
    // Open for everybody to read, as Kafka leaves most of its znodes.
    expect(await ask(other.clusterId, `get /sluice/${one.clusterId}/brokers/ids/1`)).toMatch(/Insufficient permission|NoAuth/);
    expect(await ask(other.clusterId, `create /sluice/${one.clusterId}/mine x`)).toMatch(/Insufficient permission|NoAuth/);
    expect(await ask(other.clusterId, 'ls /')).toMatch(/Insufficient permission|NoAuth/);
    expect(await ask(other.clusterId, `create /sluice/${other.clusterId}/mine x`)).toContain('Created');

    const [before] = (await zookeeper.inspect(one.clusterId)).services;
    expect(before).toMatchObject({ name: 'zookeeper', nodes: [{ nodeId: 1, state: 'leader', memoryBytes: expect.any(Number) }] });
    process.kill(before!.nodes[0]!.pid!, 'SIGKILL');
    const again = await eventually(async () => {
      const node = (await zookeeper.inspect(one.clusterId)).services[0]!.nodes[0]!;
      return node.pid !== before!.nodes[0]!.pid && node.state === 'leader' ? identify(node.pid!) : null;
    });
    for (const { clusterId } of [one, other]) await zookeeper.remove(clusterId);
    expect(isRunning(again)).toBe(false);
    expect(existsSync(join(home, 'zookeeper'))).toBe(false);
  });

  /** With a cluster's own login. */
  async function ask(clusterId: string, command: string): Promise<string> {
    const java = /^(\S+) /.exec(readFileSync(`/proc/${(await zookeeper.inspect(clusterId)).services[0]!.nodes[0]!.pid}/cmdline`, 'utf8').replaceAll('\0', ' '))![1]!;
    const { stdout, stderr } = spawnSync(java, [`-Djava.security.auth.login.config=${join(home, 'clusters', clusterId, 'zookeeper.jaas')}`, '-cp', join(installations, '3.9.2', 'libs', '*'), 'org.apache.zookeeper.ZooKeeperMain', '-server', `127.0.0.1:${firstZookeeperPort}`, ...command.split(' ')], { encoding: 'utf8', timeout: 60_000 });
    return `${stdout}\n${stderr}`;
  }

  async function eventually<T>(look: () => Promise<T | null>): Promise<T> {
    for (const deadline = performance.now() + DEADLINE_MS; ; await new Promise((resolve) => { setTimeout(resolve, 100); })) {
      const found = await look();
      if (found !== null) return found;
      if (performance.now() > deadline) throw new Error(`not so after ${DEADLINE_MS} ms`);
    }
  }
});

/** The first of so many in a row that are free now. */
async function freePorts(count: number): Promise<number> {
  const isFree = (port: number): Promise<boolean> => new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false)).listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
  for (let first = 45_000; ; first += count) {
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)));
    if (free.every(Boolean)) return first;
  }
}
