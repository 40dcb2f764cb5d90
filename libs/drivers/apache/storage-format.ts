/**
 * Formats a KRaft cluster's storage once, so that a kill between any two steps leaves either nothing or something that the next call
 * completes. All nodes that the cluster begins with are formatted by one run of Kafka's StorageTool: its answer, the *seed*, is kept beside
 * the nodes with the directory ids that we chose, gets its name when it is whole, and each node's directory is made of it, `meta.properties`
 * last. A node that joins later, or begins anew after it lost its disk, is no initial voter: with an empty log and its old identity it
 * could vote for a leader that lacks what it had acknowledged.
 *
 *     <seed>/seed.json                    cluster id, directory id of each initial voter
 *     <seed>/bootstrap.checkpoint         features that the cluster begins with
 *     <seed>/voters.checkpoint            the voter set: snapshot 0-0 of the metadata log
 *     <seed>/later-<version>.checkpoint   bootstrap.checkpoint for nodes that come later
 *     <seed>/formatted-<id>, anew-<id>    which nodes have been formatted, and which may be again: storage-marks.ts
 */
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { invariant } from '#libs/kernel';
import { readJsonFile, replaceFile, syncDirectory } from '#libs/host';
import type { NodeRole } from '#libs/control/domain';
import type { InstalledKafka } from './install.js';
import { installError } from './install.errors.js';
import { JVM_STEP_TIMEOUT_MS, OUTPUT_TAIL_LENGTH_MAX } from './install.limits.js';
import { runProgram, type RunProgram } from './install-program.js';
import type { JavaRuntime } from './java-runtime.js';
import { formatProperties, parseProperties } from './properties.js';
import { allowAnew, hasBegun, mayBeginAnew, storageLost, wasFormatted } from './storage-marks.js';

export interface StorageNode {
  nodeId: number;
  roles: readonly NodeRole[];
  controllerPort: number;
  /** Among those that the cluster began with. */
  isFirst: boolean;
  dataDirectory: string;
}

export interface FormatOptions {
  clusterId: string;
  kafkaClusterId: string;
  /** Beside the nodes' directories, kept as long as the cluster. */
  seedDirectory: string;
  /** All of the cluster's: the first time, the voters are taken from here. */
  nodes: readonly StorageNode[];
  installed: Pick<InstalledKafka, 'version' | 'directory'>;
  java: Pick<JavaRuntime, 'java'>;
  run?: RunProgram;
}

/** `joined`: it has an id that no voter set has; one that is a controller is added to the voters by whoever started it. */
export interface FormattedNode { nodeId: number; directoryId: string; how: 'present' | 'initial' | 'joined' }

interface Seed { clusterId: string; kafkaClusterId: string; version: string; voters: Record<string, string> }

const LOOPBACK = '127.0.0.1';
const METADATA = '__cluster_metadata-0';
const VOTERS_SNAPSHOT = '00000000000000000000-0000000000.checkpoint';
const FLAGS = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dlog4j2.level=OFF'];

export async function formatStorage(options: FormatOptions): Promise<FormattedNode[]> {
  const formatted: FormattedNode[] = [];
  for (const node of options.nodes) {
    const { nodeId } = node;
    const directoryId = inspect(node, options);
    formatted.push(directoryId === null ? await formatNode(node, await ensureSeed(options), options) : { nodeId, directoryId, how: 'present' });
    hasBegun(options.seedDirectory, nodeId);
  }
  return formatted;
}

/** Takes a node's data away so that it begins anew, as one that joins. Safe to repeat after a kill: identity goes first, so that no emptied log is taken for the node's own. */
export async function clearStorage(seedDirectory: string, nodeId: number, dataDirectory: string): Promise<void> {
  allowAnew(seedDirectory, nodeId);
  if (!existsSync(dataDirectory)) return;
  await rm(join(dataDirectory, 'meta.properties'), { force: true });
  syncDirectory(dataDirectory);
  await removeContents(dataDirectory);
}

/** The directory itself may be where a disk is mounted. */
async function removeContents(directory: string): Promise<void> {
  for (const name of readdirSync(directory)) if (name !== 'lost+found') await rm(join(directory, name), { recursive: true, force: true });
}

/** Directory id of a formatted node of this cluster, null when there is nothing; anything else is not ours to write over. */
function inspect({ nodeId, dataDirectory }: StorageNode, { clusterId, kafkaClusterId }: FormatOptions): string | null {
  const path = join(dataDirectory, 'meta.properties');
  if (!existsSync(path)) return null;
  const meta = parseProperties(readFileSync(path, 'utf8'));
  const foreign = (what: string): never => {
    throw installError('STORAGE_FOREIGN', `${dataDirectory} is to be node ${nodeId} of ${clusterId} (${kafkaClusterId}), but holds ${what}: move it elsewhere if anybody needs it, else remove it`);
  };
  if (meta.get('cluster.id') !== kafkaClusterId) foreign(`data of cluster ${meta.get('cluster.id') ?? 'unknown'}`);
  const owner = meta.get('node.id') ?? meta.get('broker.id');
  if (owner !== String(nodeId)) foreign(`data of node ${owner ?? 'unknown'}`);
  return meta.get('directory.id') ?? foreign('data without a directory id');
}

const seedOf = (options: FormatOptions): Seed | null => {
  const seed = readSeed(options.seedDirectory);
  if (seed && seed.kafkaClusterId !== options.kafkaClusterId) throw installError('STORAGE_FOREIGN', `${options.seedDirectory} is of cluster ${seed.kafkaClusterId}, not ${options.kafkaClusterId}`);
  return seed;
};

const readSeed = (directory: string): Seed | null => readJsonFile(join(directory, 'seed.json')) as Seed | null;

async function ensureSeed(options: FormatOptions): Promise<Seed> {
  const { clusterId, kafkaClusterId, seedDirectory, nodes, installed } = options;
  const present = seedOf(options);
  if (present) return present;
  if (nodes.some((node) => inspect(node, options) !== null)) throw installError('STORAGE_LOST', `${seedDirectory} is gone while nodes of ${clusterId} have data: restore it, or begin the others anew one at a time`);
  const voters = nodes.filter(({ roles, isFirst }) => isFirst && roles.includes('controller'));
  invariant(voters.length > 0, `cluster ${clusterId} has no controller`);
  const seed: Seed = { clusterId, kafkaClusterId, version: installed.version, voters: Object.fromEntries(voters.map(({ nodeId }) => [nodeId, newDirectoryId()])) };
  const initial = voters.map(({ nodeId, controllerPort }) => `${nodeId}@${LOOPBACK}:${controllerPort}:${seed.voters[nodeId]}`).join(',');
  const partial = `${seedDirectory}.partial`;
  await rm(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true, mode: 0o700 });
  const formatted = await runStorageTool(voters[0]!, voters, join(partial, 'work'), ['--initial-controllers', initial], options);
  renameSync(join(formatted, 'bootstrap.checkpoint'), join(partial, 'bootstrap.checkpoint'));
  renameSync(join(formatted, METADATA, VOTERS_SNAPSHOT), join(partial, 'voters.checkpoint'));
  await rm(join(partial, 'work'), { recursive: true });
  await replaceFile(join(partial, 'seed.json'), `${JSON.stringify(seed, null, 2)}\n`, 0o600);
  await rm(seedDirectory, { recursive: true, force: true });
  renameSync(partial, seedDirectory);
  syncDirectory(dirname(seedDirectory));
  return seed;
}

/** Kafka's own tool, on a file that says only what formatting needs: no plugin is loaded, no certificate read. Answers the directory that it formatted. */
async function runStorageTool(node: StorageNode, voters: readonly StorageNode[], work: string, how: readonly string[], { kafkaClusterId, installed, java, run = runProgram }: FormatOptions): Promise<string> {
  const data = join(work, 'data');
  const file = join(work, 'format.properties');
  await rm(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true, mode: 0o700 });
  await writeFile(file, formatProperties(new Map([
    ['process.roles', 'controller'],
    ['node.id', String(node.nodeId)],
    ['controller.listener.names', 'CONTROLLER'],
    ['listeners', `CONTROLLER://${LOOPBACK}:${node.controllerPort}`],
    ['listener.security.protocol.map', 'CONTROLLER:SSL'],
    ['controller.quorum.bootstrap.servers', voters.map(({ controllerPort }) => `${LOOPBACK}:${controllerPort}`).join(',')],
    ['log.dirs', data],
  ])));
  const args = [...FLAGS, '-cp', join(installed.directory, 'libs', '*'), 'kafka.tools.StorageTool', 'format', `--cluster-id=${kafkaClusterId}`, '-c', file, ...how];
  const { status, stdout, stderr, isTimedOut } = await run(java.java, args, { timeoutMs: JVM_STEP_TIMEOUT_MS });
  if (status !== 0) {
    const said = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('log4j:')).join('\n').slice(-OUTPUT_TAIL_LENGTH_MAX);
    throw installError('STORAGE_NOT_FORMATTED', `Apache Kafka ${installed.version} could not format the storage of node ${node.nodeId}: ${isTimedOut ? 'it took too long' : said}`);
  }
  return data;
}

async function formatNode(node: StorageNode, seed: Seed, options: FormatOptions): Promise<FormattedNode> {
  const { seedDirectory } = options;
  const { nodeId, dataDirectory, isFirst, roles } = node;
  const isAnew = mayBeginAnew(seedDirectory, nodeId);
  if (wasFormatted(seedDirectory, nodeId) && !isAnew) throw storageLost(options.clusterId, nodeId, dataDirectory);
  // A cluster may have more or fewer controllers by now than it began with.
  if (isAnew && roles.includes('controller') && !options.nodes.some((other) => other.nodeId !== nodeId && other.roles.includes('controller'))) {
    throw installError('STORAGE_LOST', `node ${nodeId} was the only controller of ${options.clusterId}, and its data is gone: which topics there were nobody knows any more. Delete the cluster, or put its data back from a backup`);
  }
  if (isAnew && existsSync(dataDirectory)) await removeContents(dataDirectory);
  else refuseForeign(node, options.clusterId);
  const isInitial = isFirst && !isAnew;
  const voterId = isInitial ? seed.voters[nodeId] : undefined;
  invariant(!isInitial || voterId !== undefined || !roles.includes('controller'), `node ${nodeId} is a controller that the cluster did not begin with`);
  const metadata = join(dataDirectory, METADATA);
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  await rm(metadata, { recursive: true, force: true });
  if (voterId !== undefined) {
    mkdirSync(metadata, { mode: 0o700 });
    copyFileSync(join(seedDirectory, 'voters.checkpoint'), join(metadata, VOTERS_SNAPSHOT));
    syncDirectory(metadata);
  }
  await replaceFile(join(dataDirectory, 'bootstrap.checkpoint'), readFileSync(isInitial ? join(seedDirectory, 'bootstrap.checkpoint') : await laterCheckpoint(node, seed, options)), 0o600);
  const directoryId = voterId ?? newDirectoryId();
  const meta = new Map([['version', '1'], ['cluster.id', options.kafkaClusterId], ['node.id', String(nodeId)], ['directory.id', directoryId]]);
  await replaceFile(join(dataDirectory, 'meta.properties'), formatProperties(meta), 0o600);
  return { nodeId, directoryId, how: isInitial ? 'initial' : 'joined' };
}

/** As `--no-initial-controllers` writes it, once per cluster and version. */
async function laterCheckpoint(node: StorageNode, seed: Seed, options: FormatOptions): Promise<string> {
  const path = join(options.seedDirectory, `later-${options.installed.version}.checkpoint`);
  if (existsSync(path)) return path;
  const voters = options.nodes.filter(({ nodeId }) => seed.voters[nodeId] !== undefined);
  const work = join(options.seedDirectory, 'work');
  const formatted = await runStorageTool(node, voters.length > 0 ? voters : [node], work, ['--no-initial-controllers'], options);
  await replaceFile(path, readFileSync(join(formatted, 'bootstrap.checkpoint')), 0o600);
  await rm(work, { recursive: true });
  return path;
}

/** What an earlier attempt at formatting may have left, and nothing besides. */
function refuseForeign({ nodeId, dataDirectory }: StorageNode, clusterId: string): void {
  if (!existsSync(dataDirectory)) return;
  const others = readdirSync(dataDirectory).filter((name) => name !== METADATA && name !== 'lost+found' && !name.startsWith('bootstrap.checkpoint') && !name.startsWith('meta.properties.'));
  const log = existsSync(join(dataDirectory, METADATA)) ? readdirSync(join(dataDirectory, METADATA)).filter((name) => name !== VOTERS_SNAPSHOT) : [];
  if (others.length + log.length > 0) {
    throw installError('STORAGE_FOREIGN', `${dataDirectory} is to be node ${nodeId} of ${clusterId} and has no meta.properties, but isn't empty (${[...others, ...log].slice(0, 3).join(', ')}): move it elsewhere if anybody needs it, else remove it`);
  }
}

/** As Kafka makes them: 16 random bytes, not beginning with a sign that a command line takes for an option. */
function newDirectoryId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}
