import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObservedBroker } from '#libs/control/domain';
import { clientJaas, connectString, ensembleNodes, readUsers, usersPath, writeUsers, zooCfg, type EnsembleFile } from './zookeeper-files.js';
import { keepRunning } from './zookeeper-keeper.js';
import { serverMode } from './zookeeper-server.js';

const THREE: EnsembleFile = { version: '3.9.2', nodes: ensembleNodes(3, 19_980), clusters: [], leftovers: [] };

test('each server has three ports, clients are told of all, and nothing listens beyond loopback', () => {
  expect(connectString(THREE)).toBe('127.0.0.1:19980,127.0.0.1:19983,127.0.0.1:19986');
  const lines = zooCfg(THREE, 2, '/srv/data').split('\n');
  expect(lines).toEqual(expect.arrayContaining([
    'clientPort=19983', 'clientPortAddress=127.0.0.1', 'dataDir=/srv/data', '4lw.commands.whitelist=srvr', 'admin.enableServer=false', 'autopurge.purgeInterval=1',
    'server.1=127.0.0.1:19981:19982', 'server.2=127.0.0.1:19984:19985', 'server.3=127.0.0.1:19987:19988',
  ]));
});

test('logins are private, and read as they were written', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-zookeeper-'));
  expect(readUsers(directory).size).toBe(0);
  await writeUsers(directory, new Map([['platform', 'a-_b'], ['lkc-abc12', 'c']]));
  expect([...readUsers(directory)]).toEqual([['platform', 'a-_b'], ['lkc-abc12', 'c']]);
  expect(statSync(usersPath(directory)).mode & 0o777).toBe(0o600);
  expect(clientJaas('lkc-abc12', 'c')).toContain('username="lkc-abc12" password="c";');
  rmSync(directory, { recursive: true });
  expect(existsSync(directory)).toBe(false);
});

test.each([['Zookeeper version: 3.8.4\nMode: follower\nNode count: 5\n', 'follower'], ['This ZooKeeper instance is not currently serving requests\n', null], ['', null]])('what a server says of itself: %j', async (said, mode) => {
  const server = createServer((socket) => { socket.once('data', () => socket.end(said)); });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  expect(await serverMode((server.address() as { port: number }).port)).toBe(mode);
  await new Promise((resolve) => { server.close(resolve); });
});

test('a port where nobody listens has no mode', async () => {
  expect(await serverMode(1)).toBeNull();
});

describe('keeping servers running', () => {
  const node = (nodeId: number, process: ObservedBroker['process']): ObservedBroker => ({ nodeId, process, pid: null, everReady: true, exitReason: null, bundle: null, configMatches: true });

  test('starts what should run and does not, waits longer after each try, and sleeps when there is nothing to keep', async () => {
    const [started, waits]: [number[], number[]] = [[], []];
    let wanted: number[] = [1, 2, 3];
    let done = (): void => undefined;
    const asleep = new Promise<void>((resolve) => { done = resolve; });
    const keeper = keepRunning({
      log: { write: () => undefined },
      wanted: () => {
        if (wanted.length === 0) done();
        return wanted;
      },
      start: async (nodeId) => {
        started.push(nodeId);
        throw new Error('no');
      },
      nodes: {
        observe: () => ({ directoryExists: true, brokers: [node(1, 'ready'), node(2, 'failed')] }),
        waitForChange: async (_id, timeoutMs) => {
          waits.push(timeoutMs);
          if (waits.length === 1) wanted = [];
        },
      },
    });
    keeper.wake();
    keeper.wake();
    await asleep;
    expect(started).toEqual([2, 3]);
    expect(waits).toEqual([250]);
    keeper.close();
  });

  test.each(['at what runs', 'for what should run'])('goes on after a look that failed: %s', async (which) => {
    const [started, said]: [number[], string[]] = [[], []];
    let [isOutOfFiles, done] = [true, (): void => undefined];
    const look = (at: string): void => {
      if (which !== at || !isOutOfFiles) return;
      isOutOfFiles = false;
      throw new Error('EMFILE');
    };
    const again = new Promise<void>((resolve) => { done = resolve; });
    const keeper = keepRunning({
      log: { write: (_level, event) => { said.push(event); } },
      wanted: () => {
        look('for what should run');
        return started.length > 0 ? [] : [1];
      },
      start: async (nodeId) => {
        started.push(nodeId);
        done();
      },
      nodes: {
        observe: () => {
          look('at what runs');
          return { directoryExists: true, brokers: [node(1, 'failed')] };
        },
        waitForChange: async () => undefined,
      },
    });
    keeper.wake();
    await again;
    expect(said).toEqual(['zookeeper.keeper.failed']);
    keeper.close();
  });
});
