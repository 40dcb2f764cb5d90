import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunProgram } from './install-program.js';
import { parseProperties } from './properties.js';
import { clearStorage, formatStorage, type FormatOptions, type StorageNode } from './storage-format.js';

const [CLUSTER, OTHER] = ['4L6g3nShT-eMCtK--X86sw', 'AAAAAAAAAAAAAAAAAAAAAQ'];
let directory: string;
let runs: string[][];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-format-'));
  runs = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Does to the disk what Kafka's tool does. */
const storageTool: RunProgram = (_program, args) => {
  runs.push(args.slice(args.indexOf('format') + 1));
  const data = parseProperties(readFileSync(args[args.indexOf('-c') + 1]!, 'utf8')).get('log.dirs')!;
  mkdirSync(join(data, '__cluster_metadata-0'), { recursive: true });
  writeFileSync(join(data, 'bootstrap.checkpoint'), args.includes('--no-initial-controllers') ? 'later' : 'features');
  writeFileSync(join(data, '__cluster_metadata-0', '00000000000000000000-0000000000.checkpoint'), args.at(-1)!);
  return Promise.resolve({ status: 0, stdout: '', stderr: '', isTimedOut: false });
};

const data = (nodeId: number): string => join(directory, `node-${nodeId}`, 'data');
const node = (nodeId: number, roles: StorageNode['roles'] = ['broker', 'controller'], isFirst = true): StorageNode => ({ nodeId, roles, isFirst, controllerPort: 41_000 + nodeId, dataDirectory: data(nodeId) });
const options = (nodes: StorageNode[], more: Partial<FormatOptions> = {}): FormatOptions => ({
  clusterId: 'lkc-abc12', kafkaClusterId: CLUSTER, seedDirectory: join(directory, 'format'), nodes, installed: { version: '4.3.1', directory: '/none' }, java: { java: 'java' }, run: storageTool, ...more,
});
const meta = (nodeId: number): Record<string, string> => Object.fromEntries(parseProperties(readFileSync(join(data(nodeId), 'meta.properties'), 'utf8')));
const voters = (nodeId: number): string => join(data(nodeId), '__cluster_metadata-0', '00000000000000000000-0000000000.checkpoint');

const SHAPES: [string, () => StorageNode[], number[]][] = [
  ['one node', () => [node(1)], [1]],
  ['three combined', () => [node(1), node(2), node(3)], [1, 2, 3]],
  ['five, of which three are controllers', () => [node(1), node(2), node(3), node(4, ['broker']), node(5, ['broker'])], [1, 2, 3]],
  ['separate controllers', () => [node(1, ['broker']), node(1001, ['controller']), node(1002, ['controller']), node(1003, ['controller'])], [1001, 1002, 1003]],
];

test.each(SHAPES)('%s: one run of the tool formats all', async (_name, nodesOf, initial) => {
  const nodes = nodesOf();
  const formatted = await formatStorage(options(nodes));
  expect(formatted.map(({ how }) => how)).toEqual(nodes.map(() => 'initial'));
  expect(runs).toHaveLength(1);
  const named = runs[0]!.at(-1)!.split(',').map((each) => /^(\d+)@127\.0\.0\.1:(\d+):(.{22})$/.exec(each)!.slice(1));
  expect(named.map(([id, port]) => [Number(id), Number(port)])).toEqual(initial.map((id) => [id, 41_000 + id]));
  for (const { nodeId } of nodes) {
    expect(meta(nodeId)).toEqual({ version: '1', 'cluster.id': CLUSTER, 'node.id': String(nodeId), 'directory.id': formatted.find((each) => each.nodeId === nodeId)!.directoryId });
    expect(readFileSync(join(data(nodeId), 'bootstrap.checkpoint'), 'utf8')).toBe('features');
    expect(existsSync(voters(nodeId))).toBe(initial.includes(nodeId));
  }
  for (const [id, , directoryId] of named) expect(meta(Number(id))['directory.id']).toBe(directoryId);
});

test('what is formatted stays, by any number of calls', async () => {
  const first = await formatStorage(options([node(1), node(2)]));
  expect(await formatStorage(options([node(1), node(2)]))).toEqual(first.map((each) => ({ ...each, how: 'present' })));
  expect(runs).toHaveLength(1);
});

test('a node that comes later is no voter', async () => {
  await formatStorage(options([node(1)]));
  const [, later, last] = await formatStorage(options([node(1), node(2, ['broker'], false), node(3, ['broker'], false)]));
  expect([later!.how, last!.how]).toEqual(['joined', 'joined']);
  expect(runs.slice(1).map((run) => run.at(-1))).toEqual(['--no-initial-controllers']);
  expect(existsSync(voters(2))).toBe(false);
  expect(readFileSync(join(data(3), 'bootstrap.checkpoint'), 'utf8')).toBe('later');
});

test('a kill before the last step of any node is made good by the next call', async () => {
  const nodes = [node(1), node(2), node(3)];
  const whole = await formatStorage(options(nodes));
  // As if killed before the second node's last step, its mark not yet made.
  rmSync(join(data(2), 'meta.properties'));
  rmSync(join(directory, 'format', 'formatted-2'), { recursive: true });
  rmSync(data(3), { recursive: true });
  rmSync(join(directory, 'format', 'formatted-3'), { recursive: true });
  const again = await formatStorage(options(nodes));
  expect(again.map(({ directoryId }) => directoryId)).toEqual(whole.map(({ directoryId }) => directoryId));
  expect(again.map(({ how }) => how)).toEqual(['present', 'initial', 'initial']);
  expect(runs).toHaveLength(1);
  // As if killed before the seed had its name.
  rmSync(directory, { recursive: true });
  mkdirSync(join(directory, 'format.partial', 'work', 'data'), { recursive: true });
  expect((await formatStorage(options(nodes))).map(({ how }) => how)).toEqual(['initial', 'initial', 'initial']);
});

test('nothing is formatted over somebody else\'s data', async () => {
  await formatStorage(options([node(1)]));
  await expect(formatStorage(options([node(1)], { kafkaClusterId: OTHER }))).rejects.toMatchObject({ code: 'STORAGE_FOREIGN', message: expect.stringContaining(`data of cluster ${CLUSTER}`) });
  rmSync(join(directory, 'node-1'), { recursive: true });
  await expect(formatStorage(options([node(1)], { kafkaClusterId: OTHER }))).rejects.toMatchObject({ code: 'STORAGE_FOREIGN' });
  mkdirSync(join(data(2), 'orders-0'), { recursive: true });
  await expect(formatStorage(options([node(2, ['broker'], false)], { seedDirectory: join(directory, 'other') }))).rejects.toThrow();
  await expect(formatStorage(options([node(2)], { seedDirectory: join(directory, 'other') }))).rejects.toMatchObject({ code: 'STORAGE_FOREIGN', message: expect.stringContaining('orders-0') });
  mkdirSync(data(3), { recursive: true });
  writeFileSync(join(data(3), 'meta.properties'), `version=1\ncluster.id=${CLUSTER}\nnode.id=9\ndirectory.id=x\n`);
  await expect(formatStorage(options([node(3)]))).rejects.toMatchObject({ code: 'STORAGE_FOREIGN', message: expect.stringContaining('data of node 9') });
});

test('a voter that lost its disk is not made a voter again with an empty log', async () => {
  const nodes = [node(1), node(2), node(3)];
  const before = await formatStorage(options(nodes));
  rmSync(data(2), { recursive: true });
  await expect(formatStorage(options(nodes))).rejects.toMatchObject({ code: 'STORAGE_LOST', retryable: false });
  mkdirSync(join(data(2), 'orders-0'), { recursive: true });
  await clearStorage(join(directory, 'format'), 2, data(2));
  const after = await formatStorage(options(nodes));
  expect(after.map(({ how }) => how)).toEqual(['present', 'joined', 'present']);
  expect(after[1]!.directoryId).not.toBe(before[1]!.directoryId);
  expect(existsSync(voters(2))).toBe(false);
  // Once: the next loss is an error again.
  rmSync(data(2), { recursive: true });
  await expect(formatStorage(options(nodes))).rejects.toMatchObject({ code: 'STORAGE_LOST' });
});

test('the first controller of a cluster that has grown can begin anew, and one that has shrunk to its first can\'t', async () => {
  await formatStorage(options([node(1)]));
  const grown = [node(1), node(2, ['broker', 'controller'], false), node(3, ['broker', 'controller'], false)];
  expect((await formatStorage(options(grown))).map(({ how }) => how)).toEqual(['present', 'joined', 'joined']);
  await clearStorage(join(directory, 'format'), 1, data(1));
  expect((await formatStorage(options(grown)))[0]!.how).toBe('joined');
  expect(existsSync(voters(1))).toBe(false);
  await clearStorage(join(directory, 'format'), 1, data(1));
  await expect(formatStorage(options([node(1)]))).rejects.toMatchObject({ code: 'STORAGE_LOST', message: expect.stringContaining('the only controller') });
});

test('the only controller can\'t begin anew: there is nobody left to join', async () => {
  const nodes = [node(1), node(2, ['broker'])];
  await formatStorage(options(nodes));
  await clearStorage(join(directory, 'format'), 2, data(2));
  expect((await formatStorage(options(nodes)))[1]!.how).toBe('joined');
  await clearStorage(join(directory, 'format'), 1, data(1));
  await expect(formatStorage(options(nodes))).rejects.toMatchObject({ code: 'STORAGE_LOST', message: expect.stringContaining('the only controller') });
});

test('a removal that was cut short is finished before the node begins anew', async () => {
  await formatStorage(options([node(1), node(2)]));
  mkdirSync(join(data(2), 'orders-0'));
  await clearStorage(join(directory, 'format'), 2, data(2));
  mkdirSync(join(data(2), 'orders-0'));
  expect((await formatStorage(options([node(1), node(2)])))[1]!.how).toBe('joined');
  expect(existsSync(join(data(2), 'orders-0'))).toBe(false);
});

test('what the tool said is told', async () => {
  const run: RunProgram = () => Promise.resolve({ status: 1, stdout: '', stderr: 'log4j:WARN no appenders\nInvalid cluster id', isTimedOut: false });
  await expect(formatStorage(options([node(1)], { run }))).rejects.toMatchObject({ code: 'STORAGE_NOT_FORMATTED', message: expect.stringMatching(/node 1: Invalid cluster id$/) });
});
