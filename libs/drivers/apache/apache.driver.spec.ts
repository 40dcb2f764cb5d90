import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { identify, isRunning, processCommandLine, waitUntilGone } from '#libs/host';
import { createApacheFixture, type ApacheFixture } from './apache.fixture.js';

// Processes of their own: more than a crowded machine starts in Jest's five seconds.
jest.setTimeout(60_000);

const ID = 'lkc-abc12';
const OTHER = 'lkc-other';
let fixture: ApacheFixture;

beforeEach(async () => {
  process.env['DATABASE_URL'] = 'postgresql://u:topsecret@h/db';
  fixture = await createApacheFixture();
});
afterEach(async () => {
  delete process.env['DATABASE_URL'];
  await fixture.dispose();
});

const node = (...parts: string[]): string => join(fixture.home, 'clusters', ID, 'node-1', ...parts);

async function begin(settings: Record<string, string> = {}): Promise<Awaited<ReturnType<ApacheFixture['desired']>>> {
  const desired = await fixture.desired(ID, { settings });
  await fixture.kraft.prepare(desired, () => undefined);
  await fixture.kraft.startBroker(desired, 1);
  return desired;
}

const ready = (): Promise<number> => fixture.until(ID, (broker) => broker.process === 'ready').then(({ pid }) => pid!);

describe('life of a node', () => {
  test('prepared, started, ready, stopped: a version installed once, private files, nothing of the platform in its environment', async () => {
    const desired = await fixture.desired(ID);
    const said: string[] = [];
    await fixture.kraft.prepare(desired, (text) => { said.push(text); });
    expect(said).toEqual(['4.3.1: installed', 'preparing one node']);
    expect((await fixture.kraft.observe(ID)).brokers[0]).toMatchObject({ process: 'absent', pid: null });
    await fixture.kraft.startBroker(desired, 1);
    const broker = await fixture.until(ID, ({ process }) => process === 'ready');
    expect(broker).toMatchObject({ everReady: true, exitReason: null, bundle: '4.3.1', configMatches: true });
    expect(processCommandLine(broker.pid!)).toContain(`-Xms256m -Xmx256m`);
    expect(readFileSync(node('logs', 'server.log'), 'utf8')).not.toContain('topsecret');
    for (const file of ['server.properties', 'principals.json', 'launch.json', 'tls/broker.pem', 'run/process.json']) expect(statSync(node(file)).mode & 0o777).toBe(0o600);
    await fixture.kraft.prepare(desired, () => undefined);
    expect(await fixture.kraft.inspect(ID)).toMatchObject({ services: [], brokers: [{ nodeId: 1, pid: broker.pid, memoryBytes: expect.any(Number), diskBytes: expect.any(Number) }] });
    expect(fixture.installs).toEqual(['4.3.1']);
    await fixture.kraft.stopBroker(ID, 1, 'graceful');
    expect((await fixture.kraft.observe(ID)).brokers[0]).toMatchObject({ process: 'absent', pid: null });
  });

  test('started is not ready until its port is open', async () => {
    await begin({ 'test.behaviour': 'deaf' });
    await fixture.until(ID, () => existsSync(node('run', 'started.log')));
    expect((await fixture.kraft.observe(ID)).brokers[0]).toMatchObject({ process: 'starting', everReady: false });
    const server = createServer((socket) => socket.destroy()).listen(JSON.parse(readFileSync(node('launch.json'), 'utf8')).port as number, '127.0.0.1');
    await ready();
    server.close();
  });

  test('one that ignores SIGTERM can be killed', async () => {
    await begin({ 'test.behaviour': 'stubborn' });
    const identity = identify(await ready())!;
    await fixture.kraft.stopBroker(ID, 1, 'kill');
    expect(isRunning(identity)).toBe(false);
  });

  test('another heap, setting or version counts from the next start on, and shows until then', async () => {
    const desired = { ...await begin(), version: '3.9.2' as string | null };
    await ready();
    for (const change of [{ heapMb: 300 }, { configs: { 'num.io.threads': '4' } }, { version: '4.3.1', settings: { 'queued.max.requests': '20' } }]) {
      await fixture.kraft.prepare({ ...desired, version: '4.3.1', ...change }, () => undefined);
      expect((await fixture.kraft.observe(ID)).brokers[0]!.configMatches).toBe(false);
    }
    await fixture.kraft.prepare({ ...desired, version: '4.3.1' }, () => undefined);
    expect((await fixture.kraft.observe(ID)).brokers[0]!.configMatches).toBe(true);
    await fixture.kraft.prepare(desired, () => undefined);
    await fixture.kraft.stopBroker(ID, 1, 'kill');
    await fixture.kraft.startBroker(desired, 1);
    expect(await fixture.until(ID, ({ process }) => process === 'ready')).toMatchObject({ bundle: '3.9.2', configMatches: true });
  });

  test('a version that isn\'t installed yet keeps no node from running the one before', async () => {
    const desired = await begin();
    await ready();
    await fixture.kraft.stopBroker(ID, 1, 'kill');
    const upgraded = { ...desired, version: '3.9.2' };
    await fixture.kraft.startBroker(upgraded, 1);
    expect(await fixture.until(ID, ({ process }) => process === 'ready')).toMatchObject({ bundle: '4.3.1', configMatches: true });
    await fixture.kraft.prepare(upgraded, () => undefined);
    expect((await fixture.kraft.observe(ID)).brokers[0]).toMatchObject({ bundle: '4.3.1', configMatches: false });
  });

  test('a larger heap for which there is no room is nobody\'s by a restart', async () => {
    const larger = { ...await begin(), heapMb: 512 };
    await ready();
    await fixture.restart({ availableBytes: () => 0 });
    await expect(fixture.kraft.prepare(larger, () => undefined)).rejects.toMatchObject({ code: 'MEMORY_SHORT' });
    for (const heap of ['-Xms256m -Xmx256m', '-Xms512m -Xmx512m']) {
      await fixture.kraft.stopBroker(ID, 1, 'kill');
      await fixture.kraft.startBroker(larger, 1);
      expect(processCommandLine(await ready())).toContain(heap);
      await fixture.restart();
      await fixture.kraft.prepare(larger, () => undefined);
    }
  });

  test('removing ends the process and leaves no trace', async () => {
    await begin();
    const identity = identify(await ready())!;
    await fixture.kraft.remove(ID);
    expect(isRunning(identity)).toBe(false);
    expect(readdirSync(join(fixture.home, 'clusters'))).toEqual([]);
    await fixture.kraft.remove(ID);
  });
});

describe('failures', () => {
  test('a killed node is failed, had been ready, and comes back', async () => {
    const desired = await begin();
    process.kill(await ready(), 'SIGKILL');
    expect(await fixture.until(ID, ({ process, exitReason }) => process === 'failed' && exitReason !== 'the process is gone')).toMatchObject({ everReady: true, exitReason: 'ended by SIGKILL' });
    await fixture.kraft.startBroker(desired, 1);
    await ready();
  });

  test.each([['fail', 'ended with exit code 1: Exiting Kafka due to fatal exception: RuntimeException: no: KafkaException: log.dirs can not be read'], ['memory', 'ended with exit code 3: Terminating due to java.lang.OutOfMemoryError: Java heap space']])('one that gives up (%s) says why', async (behaviour, reason) => {
    await begin({ 'test.behaviour': behaviour });
    expect(await fixture.until(ID, ({ exitReason }) => exitReason !== null && exitReason !== 'the process is gone')).toMatchObject({ process: 'failed', everReady: false, exitReason: reason });
  });

  test('more than the machine has is refused before anything is begun', async () => {
    const desired = await fixture.desired(ID, { heapMb: 2 ** 24 });
    await expect(fixture.kraft.prepare(desired, () => undefined)).rejects.toMatchObject({ code: 'MEMORY_SHORT', retryable: false, message: expect.stringMatching(/^not enough memory: needs \d+ MiB .*, free \d+ MiB/) });
    expect(existsSync(node())).toBe(false);
  });

  test('of two clusters at one moment one has the memory, until it is stopped or removed; a restart of the platform forgets nobody', async () => {
    // One node of 256 + 192 MiB, and not a second.
    const machine = { availableBytes: () => 500 * 2 ** 20 };
    await fixture.restart(machine);
    const [mine, other] = [await fixture.desired(ID), await fixture.desired(OTHER)];
    const prepare = (desired: typeof mine): Promise<void> => fixture.kraft.prepare(desired, () => undefined);
    const isShort = async (desired: typeof mine): Promise<boolean> => prepare(desired).then(() => false, (error: { code?: string }) => error.code === 'MEMORY_SHORT');
    // Installed by now, neither waits for that: they come in this order.
    expect(await isShort(other)).toBe(false);
    await fixture.kraft.remove(OTHER);
    expect(await Promise.all([isShort(mine), isShort(other)])).toEqual([false, true]);
    await fixture.restart(machine);
    expect(await isShort(other)).toBe(true);
    await fixture.kraft.startBroker(mine, 1);
    const pid = await ready();
    expect(await isShort(other)).toBe(true);
    process.kill(pid, 'SIGKILL');
    await fixture.until(ID, ({ process }) => process === 'failed');
    for (const begin of [() => undefined, () => fixture.restart(machine)]) {
      await begin();
      expect(await isShort(other)).toBe(true);
    }
    await fixture.kraft.startBroker(mine, 1);
    await ready();
    await fixture.kraft.stopBroker(ID, 1, 'graceful');
    mkdirSync(join(fixture.home, 'clusters', OTHER, 'node-1', 'data', 'orders-0'), { recursive: true });
    await expect(prepare(other)).rejects.toMatchObject({ code: 'STORAGE_FOREIGN' });
    expect(await isShort(mine)).toBe(false);
    // At its start the platform prepares all clusters, those that are paused too.
    rmSync(join(fixture.home, 'clusters', OTHER, 'node-1', 'data', 'orders-0'), { recursive: true });
    expect(await isShort({ ...other, isPaused: true })).toBe(false);
    expect(await isShort(other)).toBe(true);
    await fixture.kraft.remove(ID);
    await fixture.kraft.remove(OTHER);
    expect(await isShort(other)).toBe(false);
  });

  test('the memory of ZooKeeper is free again with the last cluster that it was for', async () => {
    // A node of 256 + 192 MiB beside a server of ZooKeeper, or a node of 512 + 192 alone.
    await fixture.restart({ availableBytes: () => 704 * 2 ** 20 });
    const { zookeeper, kraft } = fixture;
    await zookeeper.prepare(await fixture.desired(ID), () => undefined);
    const larger = await fixture.desired(OTHER, { heapMb: 512 });
    await expect(kraft.prepare(larger, () => undefined)).rejects.toMatchObject({ code: 'MEMORY_SHORT' });
    await zookeeper.remove(ID);
    await kraft.prepare(larger, () => undefined);
  });

  test('a port that another program has is named', async () => {
    const desired = await fixture.desired(ID);
    const { internal } = desired.brokers[0]!.ports;
    const server = createServer().listen(internal, '127.0.0.1');
    await new Promise((resolve) => { server.once('listening', resolve); });
    await expect(fixture.kraft.prepare(desired, () => undefined)).rejects.toMatchObject({ code: 'PORT_TAKEN', message: expect.stringContaining(String(internal)) });
    server.close();
  });

  test('a directory with somebody\'s data is not written over', async () => {
    mkdirSync(node('data', 'orders-0'), { recursive: true });
    await expect(begin()).rejects.toMatchObject({ code: 'STORAGE_FOREIGN' });
  });

  test('data that is gone shows, and does not begin anew by itself', async () => {
    const desired = await begin();
    await ready();
    await fixture.kraft.stopBroker(ID, 1, 'kill');
    rmSync(node('data'), { recursive: true });
    expect((await fixture.kraft.observe(ID)).brokers[0]).toMatchObject({ isDataLost: true });
    await expect(fixture.kraft.prepare(desired, () => undefined)).rejects.toMatchObject({ code: 'STORAGE_LOST' });
    await fixture.kraft.removeBroker(ID, 1, { keepFiles: true });
    expect((await fixture.kraft.observe(ID)).brokers[0]?.isDataLost).toBeUndefined();
  });

  test('with ZooKeeper, where nobody formats, data that is gone shows as well, and begins anew on purpose alone', async () => {
    const { zookeeper } = fixture;
    const desired = await fixture.desired(ID, { version: '3.9.2' });
    const isLost = async (): Promise<boolean> => (await fixture.zookeeper.observe(ID)).brokers[0]?.isDataLost ?? false;
    const run = async (): Promise<void> => {
      await zookeeper.prepare(desired, () => undefined);
      await zookeeper.startBroker(desired, 1);
      await ready();
      expect(await isLost()).toBe(false);
      await zookeeper.stopBroker(ID, 1, 'kill');
    };
    await zookeeper.prepare(desired, () => undefined);
    // Never started, it has nothing to lose.
    expect(await isLost()).toBe(false);
    await run();
    for (const lose of [() => readdirSync(node('data')).forEach((name) => rmSync(node('data', name))), () => rmSync(node('data'), { recursive: true }), () => rmSync(node(), { recursive: true })]) {
      lose();
      if (existsSync(node())) expect(await isLost()).toBe(true);
      await expect(zookeeper.prepare(desired, () => undefined)).rejects.toMatchObject({ code: 'STORAGE_LOST' });
      expect(await isLost()).toBe(true);
      await expect(zookeeper.startBroker(desired, 1)).rejects.toMatchObject({ code: expect.stringMatching(/^(STORAGE_LOST|CLUSTER_NOT_PREPARED)$/) });
      expect(existsSync(node('data', 'meta.properties'))).toBe(false);
      await zookeeper.removeBroker(ID, 1, { keepFiles: true });
      expect(await isLost()).toBe(false);
      await run();
    }
    // A broker that was removed may come back under its number.
    await zookeeper.removeBroker(ID, 1);
    await run();
  });

  test('with ZooKeeper, a loss is known to a platform that begins again, marked or not', async () => {
    const desired = await fixture.desired(ID, { version: '3.9.2' });
    await fixture.zookeeper.prepare(desired, () => undefined);
    await fixture.zookeeper.startBroker(desired, 1);
    await ready();
    await fixture.zookeeper.stopBroker(ID, 1, 'kill');
    rmSync(join(fixture.home, 'clusters', ID, 'seed'), { recursive: true, force: true });
    rmSync(node('data'), { recursive: true });
    await fixture.restart();
    // That it was ready is in its own record.
    expect((await fixture.zookeeper.observe(ID)).brokers[0]).toMatchObject({ isDataLost: true });
    await expect(fixture.zookeeper.startBroker(desired, 1)).rejects.toMatchObject({ code: 'STORAGE_LOST', retryable: false });
    await fixture.zookeeper.removeBroker(ID, 1, { keepFiles: true });
    await fixture.zookeeper.prepare(desired, () => undefined);
    await fixture.zookeeper.startBroker(desired, 1);
    await ready();
    await fixture.zookeeper.observe(ID);
    expect(readdirSync(join(fixture.home, 'clusters', ID, 'seed'))).toEqual(['formatted-1']);
  });

  test('a version that has no ZooKeeper mode says so, and starting before preparing too', async () => {
    const desired = await fixture.desired(ID, { version: '4.3.1' });
    await expect(fixture.zookeeper.checkConfigs('4.3.1', {})).rejects.toMatchObject({ code: 'VERSION_UNSUITABLE', message: expect.stringContaining('Apache Kafka 4 has no ZooKeeper mode') });
    await expect(fixture.kraft.startBroker(desired, 1)).rejects.toMatchObject({ code: 'CLUSTER_NOT_PREPARED', retryable: true });
  });
});

describe('restart of the platform', () => {
  test('running nodes are taken over, and their exit is noticed', async () => {
    await begin();
    const pid = await ready();
    await fixture.restart();
    expect(fixture.events).toContain('broker.adopted');
    expect(await fixture.until(ID, ({ process }) => process === 'ready')).toMatchObject({ pid, everReady: true, configMatches: true });
    process.kill(pid, 'SIGKILL');
    expect(await fixture.until(ID, ({ process }) => process === 'failed')).toMatchObject({ everReady: true });
  });

  test('a process that was spawned but never recorded is found, not doubled', async () => {
    const desired = await begin();
    const pid = await ready();
    const record = JSON.parse(readFileSync(node('run', 'process.json'), 'utf8')) as Record<string, unknown>;
    writeFileSync(node('run', 'process.json'), JSON.stringify({ ...record, phase: 'launching', pid: null, startTime: null, everReady: false }));
    await fixture.restart();
    await fixture.kraft.startBroker(desired, 1);
    expect(await ready()).toBe(pid);
  });

  test('one that died meanwhile is failed; the directory is this engine\'s alone', async () => {
    await begin();
    const identity = identify(await ready())!;
    await fixture.drivers.close();
    process.kill(identity.pid, 'SIGKILL');
    await waitUntilGone(identity, 5_000);
    await fixture.restart();
    expect((await fixture.kraft.observe(ID)).brokers[0]).toMatchObject({ process: 'failed', everReady: true });
    expect([await fixture.kraft.listOwned(), await fixture.zookeeper.listOwned()]).toEqual([[ID], []]);
  });
});

test('offers what the catalogue has, and upgrades where there is a way', () => {
  expect(fixture.kraft.offer()).toMatchObject({ problem: null, brokersMax: 9, controllersMax: 3, versions: [{ version: '4.3.1', isInstalled: false, upgradesFrom: ['3.9.2'] }, { version: '3.9.2', upgradesFrom: [] }] });
  expect(fixture.zookeeper.offer()).toMatchObject({ controllersMax: 0, hasOutsideMetadata: true, versions: [{ version: '3.9.2', upgradesFrom: [] }] });
});
