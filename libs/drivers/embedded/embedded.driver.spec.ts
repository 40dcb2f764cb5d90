import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { ObservedBroker, PrincipalsFile } from '#libs/control/domain';
import { identify, isRunning, processCommandLine, waitUntilGone } from '#libs/host';
import { createFixture, HASH_ONE, HASH_TWO, type Fixture } from './driver.fixture.js';

// Processes of their own: more than a crowded machine starts in Jest's five seconds.
jest.setTimeout(60_000);

const ID = 'lkc-abc12';
let fixture: Fixture;

beforeEach(async () => {
  process.env['DATABASE_URL'] = 'postgresql://u:topsecret@h/db';
  fixture = await createFixture();
});
afterEach(async () => {
  delete process.env['DATABASE_URL'];
  await fixture.dispose();
});

const node = (...parts: string[]): string => join(fixture.home, 'clusters', ID, 'node-1', ...parts);

async function start(settings: Record<string, string> = {}): Promise<number> {
  await fixture.driver.prepare(fixture.desired(ID, settings), () => undefined);
  await fixture.driver.startBroker(fixture.desired(ID, settings), 1);
  return (await fixture.until(ID, 'ready')).pid ?? 0;
}

function principals(sequence: number, id = 'KEY'): PrincipalsFile {
  return { version: 1, sequence, clusterId: ID, keys: [], grants: [{ principal: `User:${id}`, role: 'CloudClusterAdmin' }], namingPolicy: null };
}

describe('life of a broker', () => {
  test('what a platform was writing when it was killed is gone after the next start', async () => {
    await fixture.driver.prepare(fixture.desired(ID), () => undefined);
    const abandoned = [node('principals.json.999999999.0123abcd.tmp'), node('tls', 'broker.pem.999999999.0123abcd.tmp'), node('run', 'process.json.999999999.0123abcd.tmp')];
    for (const path of abandoned) writeFileSync(path, '');
    await fixture.restart();
    expect(abandoned.filter(existsSync)).toEqual([]);
  });

  test('a cluster that nobody prepared is absent, and stopping or removing it is no error', async () => {
    expect(await fixture.driver.observe(ID)).toEqual({ brokers: [], directoryExists: false });
    await fixture.driver.stopBroker(ID, 1, 'graceful');
    await fixture.driver.remove(ID);
    expect(await fixture.driver.listOwned()).toEqual([]);
  });

  test('prepared, started, ready, stopped; private directories; its id in the command line and no secret in its environment', async () => {
    const desired = fixture.desired(ID);
    await fixture.driver.prepare(desired, () => undefined);
    expect((await fixture.driver.observe(ID)).brokers[0]?.process).toBe('absent');
    await fixture.driver.startBroker(desired, 1);
    const broker = await fixture.until(ID, 'ready');
    expect(broker).toMatchObject({ everReady: true, exitReason: null, bundle: HASH_ONE, configMatches: true });
    expect(processCommandLine(broker.pid ?? 0)).toContain(`--cluster ${ID}`);
    expect(readFileSync(`/proc/${broker.pid}/environ`, 'utf8')).not.toContain('topsecret');
    for (const directory of ['.', 'tls', 'data', 'logs', 'run']) expect(statSync(node(directory)).mode & 0o777).toBe(0o700);
    for (const file of ['server.properties', 'tls/broker.pem', 'run/process.json', 'logs/broker.log']) expect(statSync(node(file)).mode & 0o777).toBe(0o600);
    await fixture.driver.stopBroker(ID, 1, 'graceful');
    expect((await fixture.driver.observe(ID)).brokers[0]).toMatchObject({ process: 'absent', pid: null });
    expect(await fixture.driver.listOwned()).toEqual([ID]);
  });

  test('starting twice makes one process; preparing again leaves it and its certificate alone', async () => {
    const pid = await start();
    const certificate = readFileSync(node('tls', 'broker.pem'), 'utf8');
    await Promise.all([fixture.driver.startBroker(fixture.desired(ID), 1), fixture.driver.startBroker(fixture.desired(ID), 1), fixture.driver.prepare(fixture.desired(ID), () => undefined)]);
    expect((await fixture.until(ID, 'ready')).pid).toBe(pid);
    expect(readFileSync(node('tls', 'broker.pem'), 'utf8')).toBe(certificate);
  });

  test('another configuration is seen as not taken up until the broker is started again', async () => {
    await start();
    const changed = { ...fixture.desired(ID), flushMode: 'os' as const };
    await fixture.driver.prepare(changed, () => undefined);
    expect((await fixture.driver.observe(ID)).brokers[0]?.configMatches).toBe(false);
    await fixture.driver.stopBroker(ID, 1, 'graceful');
    await fixture.driver.startBroker(changed, 1);
    expect((await fixture.until(ID, 'ready')).configMatches).toBe(true);
  });

  test('one that ignores SIGTERM can be killed', async () => {
    const pid = await start({ 'test.behaviour': 'stubborn' });
    const identity = identify(pid);
    await fixture.driver.stopBroker(ID, 1, 'kill');
    expect(identity && isRunning(identity)).toBe(false);
  });

  test('starting before preparing says so', async () => {
    await expect(fixture.driver.startBroker(fixture.desired(ID), 1)).rejects.toMatchObject({ code: 'CLUSTER_NOT_PREPARED', retryable: true });
  });

  test('an id that is no id never becomes a path', async () => {
    await expect(fixture.driver.remove('../../etc')).rejects.toMatchObject({ code: 'CLUSTER_ID_INVALID' });
  });
});

describe('failures', () => {
  test('a killed broker is failed and had been ready; the next start brings it back', async () => {
    const pid = await start();
    process.kill(pid, 'SIGKILL');
    const explained = (broker: ObservedBroker): boolean => broker.process === 'failed' && broker.exitReason !== 'the process is gone';
    expect(await fixture.until(ID, explained)).toMatchObject({ everReady: true, pid: null, exitReason: 'ended by SIGKILL' });
    await fixture.driver.startBroker(fixture.desired(ID), 1);
    expect((await fixture.until(ID, 'ready')).pid).not.toBe(pid);
  });

  test('one that gives up says why, and never was ready', async () => {
    await fixture.driver.prepare(fixture.desired(ID, { 'test.behaviour': 'fail' }), () => undefined);
    await fixture.driver.startBroker(fixture.desired(ID, { 'test.behaviour': 'fail' }), 1);
    expect(await fixture.until(ID, (broker) => broker.process === 'failed' && broker.pid === null)).toMatchObject({ everReady: false, exitReason: 'log.dirs can not be read' });
  });

  test('one that crashes without a word is explained by its log', async () => {
    await fixture.driver.prepare(fixture.desired(ID, { 'test.behaviour': 'throw' }), () => undefined);
    await fixture.driver.startBroker(fixture.desired(ID, { 'test.behaviour': 'throw' }), 1);
    expect((await fixture.until(ID, (broker) => broker.exitReason !== null && broker.exitReason !== 'the process is gone')).exitReason).toBe('ended with exit code 1: Error: boom');
  });

  test('a change between looking and waiting is not lost', async () => {
    const pid = await start();
    await fixture.driver.observe(ID);
    process.kill(pid, 'SIGKILL');
    await fixture.noticed('broker.exited');
    // All has happened by now, and nothing more will; the time it waits for news never comes within this test's.
    await fixture.driver.waitForChange(ID, 3_600_000);
    await fixture.until(ID, 'failed');
  });
});

describe('restart of the platform', () => {
  test('running brokers are taken over, and their exit is noticed', async () => {
    const pid = await start();
    await fixture.restart();
    expect(fixture.events).toContain('broker.adopted');
    expect(await fixture.until(ID, 'ready')).toMatchObject({ pid, everReady: true });
    process.kill(pid, 'SIGKILL');
    expect(await fixture.until(ID, 'failed')).toMatchObject({ everReady: true });
  });

  test('a broker that died meanwhile is failed, one that was stopped is absent', async () => {
    const pid = await start();
    const identity = identify(pid);
    await fixture.driver.close();
    process.kill(pid, 'SIGKILL');
    if (identity) await waitUntilGone(identity, 5_000);
    await fixture.restart();
    expect((await fixture.driver.observe(ID)).brokers[0]).toMatchObject({ process: 'failed', everReady: true });
    await fixture.driver.stopBroker(ID, 1, 'graceful');
    await fixture.restart();
    expect((await fixture.driver.observe(ID)).brokers[0]?.process).toBe('absent');
  });

  test('a process that was spawned but never recorded is found, not doubled', async () => {
    const pid = await start();
    const record = JSON.parse(readFileSync(node('run', 'process.json'), 'utf8')) as Record<string, unknown>;
    writeFileSync(node('run', 'process.json'), JSON.stringify({ ...record, phase: 'launching', pid: null, startTime: null }));
    await fixture.restart();
    await fixture.driver.startBroker(fixture.desired(ID), 1);
    expect((await fixture.until(ID, 'ready')).pid).toBe(pid);
  });

  test("another process with a recorded pid is not a broker, and isn't touched", async () => {
    await start();
    await fixture.driver.stopBroker(ID, 1, 'graceful');
    const record = JSON.parse(readFileSync(node('run', 'process.json'), 'utf8')) as Record<string, unknown>;
    writeFileSync(node('run', 'process.json'), JSON.stringify({ ...record, phase: 'running', ...identify(process.pid) }));
    expect((await fixture.driver.observe(ID)).brokers[0]?.process).toBe('failed');
    await fixture.driver.remove(ID);
    expect(existsSync(node())).toBe(false);
  });
});

describe('builds', () => {
  test('a crash keeps the build, a stop on purpose brings the new one, and what nobody uses goes', async () => {
    const pid = await start();
    fixture.build(HASH_TWO);
    await fixture.restart();
    expect(fixture.driver.currentBundle).toBe(HASH_TWO);
    expect(readdirSync(join(fixture.home, 'engine')).sort()).toEqual([HASH_ONE, HASH_TWO]);
    process.kill(pid, 'SIGKILL');
    await fixture.until(ID, 'failed');
    await fixture.driver.startBroker(fixture.desired(ID), 1);
    expect((await fixture.until(ID, 'ready')).bundle).toBe(HASH_ONE);
    await fixture.driver.stopBroker(ID, 1, 'graceful');
    await fixture.driver.startBroker(fixture.desired(ID), 1);
    expect((await fixture.until(ID, 'ready')).bundle).toBe(HASH_TWO);
    expect(readdirSync(join(fixture.home, 'engine'))).toEqual([HASH_TWO]);
  });

  test('a broker marked for upgrade takes the new build when it comes back', async () => {
    const pid = await start();
    fixture.build(HASH_TWO);
    await fixture.restart();
    writeFileSync(node('run', 'upgrade'), '');
    process.kill(pid, 'SIGTERM');
    await fixture.until(ID, 'failed');
    await fixture.driver.startBroker(fixture.desired(ID), 1);
    expect((await fixture.until(ID, 'ready')).bundle).toBe(HASH_TWO);
    expect(existsSync(node('run', 'upgrade'))).toBe(false);
    expect(readdirSync(join(fixture.home, 'engine'))).toEqual([HASH_TWO]);
  });

  test('a missing build is one clear line', async () => {
    rmSync(join(fixture.home, '..', 'dist', 'broker', 'bundle.json'));
    await expect(fixture.restart()).rejects.toMatchObject({ code: 'BUNDLE_MISSING' });
    fixture.build(HASH_ONE);
    await fixture.restart();
  });
});

describe('principals', () => {
  test('replaced atomically, private, and never by an older sequence', async () => {
    await fixture.driver.prepare(fixture.desired(ID), () => undefined);
    await fixture.driver.applyPrincipals(ID, principals(2, 'two'));
    await fixture.driver.applyPrincipals(ID, principals(1, 'one'));
    expect(JSON.parse(readFileSync(node('principals.json'), 'utf8'))).toEqual(principals(2, 'two'));
    expect(statSync(node('principals.json')).mode & 0o777).toBe(0o600);
    await fixture.driver.applyPrincipals(ID, principals(3, 'three'));
    expect(JSON.parse(readFileSync(node('principals.json'), 'utf8'))).toEqual(principals(3, 'three'));
    expect(readdirSync(node()).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('the same file again is not written again', async () => {
    await fixture.driver.prepare(fixture.desired(ID), () => undefined);
    await fixture.driver.applyPrincipals(ID, principals(2));
    utimesSync(node('principals.json'), 1, 1);
    await fixture.driver.applyPrincipals(ID, principals(2));
    expect(statSync(node('principals.json')).mtimeMs).toBe(1_000);
  });

  test('a cluster without directories has nowhere to put them', async () => {
    await expect(fixture.driver.applyPrincipals(ID, principals(1))).rejects.toMatchObject({ code: 'CLUSTER_NOT_PREPARED' });
  });
});

test('removing ends the process and leaves no trace', async () => {
  const pid = await start();
  const identity = identify(pid);
  mkdirSync(node('data', 'orders-0'), { recursive: true });
  await fixture.driver.remove(ID);
  expect(identity && isRunning(identity)).toBe(false);
  expect(existsSync(join(fixture.home, 'clusters', ID))).toBe(false);
  expect(await fixture.driver.listOwned()).toEqual([]);
  expect(await fixture.driver.observe(ID)).toEqual({ brokers: [], directoryExists: false });
});
