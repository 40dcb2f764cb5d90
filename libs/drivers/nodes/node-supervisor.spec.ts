import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PrincipalsFile } from '#libs/control/domain';
import { identify, waitUntilGone } from '#libs/host';
import { prepareDirectories } from './node-files.js';
import { clustersLayout } from './node-layout.js';
import { findByCommandLine } from './node-process.js';
import type { NodeProgram } from './node-program.js';
import { createNodeSupervisor } from './node-supervisor.js';

const ID = 'lkc-aaaa';
let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'sluice-nodes-')); });
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const program: NodeProgram = { statusFile: 'none', status: () => null, marks: (_id, layout) => [layout.serverProperties], fingerprint: () => null, lastWords: () => null, stopTimeoutMs: 1_000 };

test('a node whose directory can\'t be written keeps no revoked key alive on the others', async () => {
  const layouts = clustersLayout(directory);
  const nodes = createNodeSupervisor({ layouts, program, pki: null, log: { write: () => undefined }, owns: () => true });
  for (const nodeId of [2, 3]) await prepareDirectories(ID, nodeId, layouts);
  writeFileSync(join(layouts.cluster(ID), 'node-1'), 'where a disk should be mounted');
  const file: PrincipalsFile = { version: 1, sequence: 7, clusterId: ID, keys: [], grants: [], namingPolicy: null };
  await expect(nodes.applyPrincipals(ID, file)).rejects.toThrow();
  for (const nodeId of [2, 3]) expect(JSON.parse(readFileSync(layouts.node(ID, nodeId).principals, 'utf8'))).toEqual(file);
  await nodes.close();
});

(existsSync('/proc/self/stat') ? test : test.skip)('a process is this node by whole arguments: another installation\'s path may end in this one\'s', async () => {
  const mine = clustersLayout(directory).node(ID, 1).serverProperties;
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', '--', `/srv${mine}`], { stdio: 'ignore' });
  const identity = identify(other.pid!)!;
  try {
    for (const deadline = performance.now() + 10_000; findByCommandLine([`/srv${mine}`]) === null && performance.now() < deadline;) await new Promise((resolve) => { setImmediate(resolve); });
    expect(findByCommandLine([`/srv${mine}`])).toEqual(identity);
    expect(findByCommandLine([mine])).toBeNull();
  } finally {
    other.kill('SIGKILL');
    await waitUntilGone(identity, 5_000);
  }
});

test('an end that nobody asked for is told, one on purpose isn\'t', async () => {
  const layouts = clustersLayout(directory);
  const exited: number[] = [];
  const nodes = createNodeSupervisor({
    layouts, program: { ...program, fingerprint: () => 'a' }, pki: null, log: { write: () => undefined }, owns: () => true, onExited: ({ nodeId }) => exited.push(nodeId),
  });
  const start = async (nodeId: number, script: string): Promise<void> => {
    const layout = await prepareDirectories(ID, nodeId, layouts);
    await nodes.serially(ID, () => nodes.start({ clusterId: ID, nodeId }, async () => ({ program: process.execPath, args: ['-e', script, '--', layout.serverProperties], environment: {}, bundle: 'test' })));
  };
  const stays = 'setInterval(() => {}, 1000)';
  for (const nodeId of [1, 2, 3]) await start(nodeId, nodeId === 1 ? 'process.exit(3)' : stays);
  await nodes.serially(ID, () => nodes.stop({ clusterId: ID, nodeId: 2 }, 'kill'));
  process.kill(nodes.running({ clusterId: ID, nodeId: 3 })!.pid, 'SIGKILL');
  for (const deadline = performance.now() + 20_000; exited.length < 2 && performance.now() < deadline;) {
    nodes.observe(ID);
    await nodes.waitForChange(ID, 100);
  }
  expect(exited.sort()).toEqual([1, 3]);
  await nodes.remove(ID);
  await nodes.close();
  expect(exited).toHaveLength(2);
}, 30_000);

test('of a cluster that is gone nothing is remembered, not even that its processes have ended', async () => {
  const layouts = clustersLayout(directory);
  const exited: string[] = [];
  const nodes = createNodeSupervisor({
    layouts, program: { ...program, fingerprint: () => 'a' }, pki: null, log: { write: () => undefined }, owns: () => true, onExited: ({ clusterId }) => exited.push(clusterId),
  });
  for (const clusterId of [ID, 'lkc-bbbb']) {
    const layout = await prepareDirectories(clusterId, 1, layouts);
    await nodes.serially(clusterId, () => nodes.start({ clusterId, nodeId: 1 }, async () => ({ program: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)', '--', layout.serverProperties], environment: {}, bundle: 'test' })));
  }
  await nodes.serially(ID, () => nodes.remove(ID));
  // The end of the one is told after the other's, which was before it.
  process.kill(nodes.running({ clusterId: 'lkc-bbbb', nodeId: 1 })!.pid, 'SIGKILL');
  for (const deadline = performance.now() + 20_000; exited.length === 0 && performance.now() < deadline;) {
    nodes.observe('lkc-bbbb');
    await nodes.waitForChange('lkc-bbbb', 100);
  }
  expect(exited).toEqual(['lkc-bbbb']);
  let isTold = false;
  const waiting = nodes.waitForChange(ID, 3_600_000).then(() => { isTold = true; });
  await new Promise((resolve) => { setImmediate(resolve); });
  expect(isTold).toBe(false);
  await nodes.remove('lkc-bbbb');
  await nodes.close();
  await waiting;
}, 30_000);

test('who merely glances takes no news from the one who looks after the cluster', async () => {
  const nodes = createNodeSupervisor({ layouts: clustersLayout(directory), program, pki: null, log: { write: () => undefined }, owns: () => true });
  const isNews = async (): Promise<boolean> => {
    let isTold = false;
    const waiting = nodes.waitForChange(ID, 3_600_000).then(() => { isTold = true; });
    await new Promise((resolve) => { setImmediate(resolve); });
    const told = isTold;
    nodes.changed(ID);
    await waiting;
    nodes.observe(ID);
    return told;
  };
  nodes.changed(ID);
  nodes.glance(ID);
  expect(await isNews()).toBe(true);
  nodes.changed(ID);
  nodes.observe(ID);
  expect(await isNews()).toBe(false);
  await nodes.close();
});
