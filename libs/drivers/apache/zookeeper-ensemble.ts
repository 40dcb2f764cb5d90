/**
 * The installation's one ZooKeeper ensemble, shared by its clusters, each below `/sluice/<cluster>` with a login of its own. It is started
 * when the first cluster needs it, kept running while there is one, taken over after a restart of the platform, and ended with the last.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServiceInspection } from '#libs/control/domain';
import { processMemoryBytes } from '#libs/host';
import { createNodeSupervisor, nodesLayout, prepareDirectories, replaceIfDifferent, type NodeLayout, type NodeSupervisor } from '#libs/drivers/nodes';
import type { Log } from '#libs/kernel';
import { apacheError } from './apache.errors.js';
import { CHROOT_TIMEOUT_MS, PORTS_RELEASED_MS, READY_POLL_MS, ZOOKEEPER_READY_TIMEOUT_MS } from './apache.limits.js';
import { trimCrashFiles } from './crash-files.js';
import type { InstalledKafka, Installer } from './install.js';
import { runProgram } from './install-program.js';
import { OUTPUT_TAIL_LENGTH_MAX } from './install.limits.js';
import type { JavaRuntime } from './java-runtime.js';
import { bindProblem } from './machine-checks.js';
import { zookeeperNeed, type MemoryNeed, type MemoryUse } from './memory-ledger.js';
import { loggingOf } from './node-logging.js';
import { clientJaas, connectString, ensembleNodes, ENSEMBLE, newPassword, PLATFORM_USER, readEnsemble, readUsers, SERVER_JAAS, writeEnsemble, writeUsers, zooCfg, type EnsembleFile, type EnsembleNode } from './zookeeper-files.js';
import { keepRunning } from './zookeeper-keeper.js';
import { serverMode, zooCfgPath, zookeeperLaunch, zookeeperProgram } from './zookeeper-server.js';

export interface EnsembleOptions {
  home: string;
  servers: 1 | 3;
  ports: { first: number; last: number };
  log: Log;
  java: () => Promise<JavaRuntime>;
  installer: Installer;
}

/** What a cluster's brokers need to know. */
export interface ClusterAccess { connect: string; user: string; password: string }

export interface ZookeeperEnsemble {
  /** Starts it if need be, and makes the cluster's login and znode. */
  ensureCluster(clusterId: string, kafkaClusterId: string, installed: InstalledKafka): Promise<ClusterAccess>;
  /** What was made for it; null when nothing was. Starts nothing. */
  access(clusterId: string): ClusterAccess | null;
  /** Takes away the cluster's login and znodes; the last one ends the ensemble. The cluster's brokers are gone by now. */
  removeCluster(clusterId: string): Promise<void>;
  inspect(): Promise<ServiceInspection[]>;
  /** Of its servers, or of those that it would have. */
  memoryNeeds(): MemoryNeed[];
  /** Of its servers, while there are clusters for them to serve: one that doesn't run is about to. */
  memoryInUse(): MemoryUse[];
  /** Takes over what runs, and starts what should. */
  adopt(): Promise<void>;
  close(): Promise<void>;
}

interface Context extends EnsembleOptions { directory: string; nodes: NodeSupervisor; wake: () => void }

export function createZookeeperEnsemble(options: EnsembleOptions): ZookeeperEnsemble {
  const layouts = nodesLayout(options.home, new RegExp(`^${ENSEMBLE}$`));
  const nodes = createNodeSupervisor({ layouts, program: zookeeperProgram, pki: null, log: options.log, owns: () => true });
  const context: Context = { ...options, nodes, directory: layouts.cluster(ENSEMBLE), wake: () => keeper.wake() };
  const keeper = keepRunning({
    nodes, log: options.log,
    wanted: () => (readEnsemble(context.directory) && clustersOf(context).length > 0 ? readEnsemble(context.directory)!.nodes.map(({ nodeId }) => nodeId) : []),
    start: (nodeId) => nodes.serially(ENSEMBLE, () => startServer(context, nodeId)),
  });
  return {
    ensureCluster: (clusterId, kafkaClusterId, installed) => nodes.serially(ENSEMBLE, () => ensureCluster(context, clusterId, kafkaClusterId, installed)),
    access: (clusterId) => accessOf(context, clusterId),
    removeCluster: (clusterId) => nodes.serially(ENSEMBLE, () => removeCluster(context, clusterId)),
    inspect: () => inspect(context),
    memoryNeeds: () => memoryNeeds(context),
    memoryInUse: () => memoryInUse(context),
    async adopt() {
      if (!existsSync(context.directory)) return;
      await nodes.adoptAll();
      keeper.wake();
    },
    async close() {
      keeper.close();
      await nodes.close();
    },
  };
}

const needOf = ({ nodeId }: EnsembleNode): MemoryNeed => zookeeperNeed(`${ENSEMBLE}/${nodeId}`);

const memoryNeeds = ({ directory, servers, ports }: Context): MemoryNeed[] => (readEnsemble(directory)?.nodes ?? ensembleNodes(servers, ports.first)).map(needOf);

function memoryInUse(context: Context): MemoryUse[] {
  const ensemble = readEnsemble(context.directory);
  if (!ensemble || clustersOf(context).length === 0) return [];
  return ensemble.nodes.map((node) => {
    const running = context.nodes.running({ clusterId: ENSEMBLE, nodeId: node.nodeId });
    const { name, bytes } = needOf(node);
    return { name, bytes, residentBytes: running ? processMemoryBytes(running.pid) ?? 0 : 0 };
  });
}

const clustersOf = ({ directory }: Context): string[] => [...readUsers(directory).keys()].filter((user) => user !== PLATFORM_USER);

function accessOf({ directory }: Context, clusterId: string): ClusterAccess | null {
  const [ensemble, password] = [readEnsemble(directory), readUsers(directory).get(clusterId)];
  return ensemble && password !== undefined ? { connect: `${connectString(ensemble)}/sluice/${clusterId}`, user: clusterId, password } : null;
}

async function ensureCluster(context: Context, clusterId: string, kafkaClusterId: string, installed: InstalledKafka): Promise<ClusterAccess> {
  const { directory } = context;
  await ensureEnsemble(context, installed.version);
  const users = readUsers(directory);
  if (!users.has(clusterId)) await writeUsers(directory, users.set(clusterId, newPassword()));
  await ensureRunning(context);
  await cleanLeftovers(context);
  const ensemble = readEnsemble(directory)!;
  if (!ensemble.clusters.includes(clusterId)) {
    await runChroots(context, 'create', [`${clusterId}=${kafkaClusterId}`]);
    await writeEnsemble(directory, { ...ensemble, clusters: [...ensemble.clusters, clusterId] });
  }
  context.wake();
  return accessOf(context, clusterId)!;
}

async function ensureEnsemble(context: Context, version: string): Promise<EnsembleFile> {
  const { directory, servers, ports } = context;
  const present = readEnsemble(directory);
  // Its end was begun, and the platform didn't live to see it: what is left may be a part.
  if (present && present.clusters.length === 0 && clustersOf(context).length === 0) await context.nodes.remove(ENSEMBLE);
  else if (present) return present;
  const file: EnsembleFile = { version, nodes: ensembleNodes(servers, ports.first), clusters: [], leftovers: [] };
  const releasedMs = performance.now() + PORTS_RELEASED_MS;
  for (const port of file.nodes.flatMap(({ clientPort, peerPort, electionPort }) => [clientPort, peerPort, electionPort])) {
    const reason = port > ports.last ? 'it is beyond SLUICE_ZOOKEEPER_PORTS' : await portProblem(port, releasedMs);
    if (reason !== null) throw apacheError('PORT_TAKEN', `ZooKeeper can't have port ${port} (${reason}): set SLUICE_ZOOKEEPER_PORTS to a range of ${3 * servers} free ports`);
  }
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const users = readUsers(directory);
  const password = users.get(PLATFORM_USER) ?? newPassword();
  await writeUsers(directory, users.set(PLATFORM_USER, password));
  await replaceIfDifferent(join(directory, 'server.jaas'), SERVER_JAAS);
  await replaceIfDifferent(join(directory, 'platform.jaas'), clientJaas(PLATFORM_USER, password));
  await writeEnsemble(directory, file);
  return file;
}

async function portProblem(port: number, releasedMs: number): Promise<string | null> {
  for (;;) {
    const problem = await bindProblem('127.0.0.1', port);
    if (problem === null || performance.now() > releasedMs) return problem;
    await new Promise((resolve) => { setTimeout(resolve, READY_POLL_MS); });
  }
}

async function installationOf({ installer }: Context, version: string): Promise<InstalledKafka> {
  return installer.find(version) ?? installer.install(version, () => undefined);
}

async function startServer(context: Context, nodeId: number): Promise<void> {
  const { nodes, directory } = context;
  const ensemble = readEnsemble(directory);
  if (!ensemble) return;
  const installed = await installationOf(context, ensemble.version);
  const java = await context.java();
  const layout = await prepareDirectories(ENSEMBLE, nodeId, nodesLayout(context.home, new RegExp(`^${ENSEMBLE}$`)));
  const logging = loggingOf(join(installed.directory, 'libs'));
  await replaceIfDifferent(join(layout.directory, logging.name), logging.content);
  await replaceIfDifferent(join(layout.data, 'myid'), `${nodeId}\n`);
  await replaceIfDifferent(zooCfgPath(layout), zooCfg(ensemble, nodeId, layout.data));
  await nodes.start({ clusterId: ENSEMBLE, nodeId }, async (last) => {
    await checkData(ensemble, nodeId, layout, last?.everReady ?? false);
    trimCrashFiles(layout);
    return zookeeperLaunch(layout, directory, java.java, installed, logging);
  });
}

/**
 * A server that had data and has none any more would forget what it has voted for: together with one that lags it could lead the ensemble to an older state,
 * and alone to an empty one. It joins those that serve, when they are all there.
 */
async function checkData({ nodes }: EnsembleFile, nodeId: number, layout: NodeLayout, wasReady: boolean): Promise<void> {
  const mark = join(layout.directory, 'had-data');
  const hasData = existsSync(join(layout.data, 'version-2'));
  if (hasData || wasReady) mkdirSync(mark, { recursive: true });
  if (hasData || !existsSync(mark)) return;
  const others = nodes.filter((node) => node.nodeId !== nodeId);
  const modes = await Promise.all(others.map(({ clientPort }) => serverMode(clientPort)));
  if (modes.includes('leader') && !modes.includes(null)) return;
  const advice = others.length === 0 ? 'put it back from a backup, or delete the clusters with ZooKeeper: what they held nobody knows any more' : 'bring it back, or see to the other servers: while they all serve it begins anew by itself';
  throw apacheError('ZOOKEEPER_DATA_LOST', `the data of ZooKeeper's server ${nodeId} is gone from ${layout.data}: mount the disk again if it is only that, else ${advice}`);
}

async function ensureRunning(context: Context): Promise<void> {
  const ensemble = readEnsemble(context.directory)!;
  for (const { nodeId } of ensemble.nodes) {
    if (!context.nodes.running({ clusterId: ENSEMBLE, nodeId })) await startServer(context, nodeId);
  }
  for (const deadline = performance.now() + ZOOKEEPER_READY_TIMEOUT_MS; ;) {
    const modes = await Promise.all(ensemble.nodes.map(({ clientPort }) => serverMode(clientPort)));
    if (modes.some((mode) => mode === 'leader' || mode === 'standalone')) return;
    const gone = context.nodes.glance(ENSEMBLE).brokers.filter(({ process }) => process === 'failed');
    if (gone.length * 2 > ensemble.nodes.length || performance.now() > deadline) {
      throw apacheError('ZOOKEEPER_NOT_READY', `ZooKeeper does not serve: ${gone[0]?.exitReason ?? `no leader after ${ZOOKEEPER_READY_TIMEOUT_MS / 1000} s`}; its log is ${join(context.directory, 'node-1', 'logs', 'server.log')}`);
    }
    await new Promise((resolve) => { setTimeout(resolve, READY_POLL_MS); });
  }
}

async function runChroots(context: Context, what: 'create' | 'remove', clusters: readonly string[]): Promise<void> {
  const ensemble = readEnsemble(context.directory)!;
  const installed = await installationOf(context, ensemble.version);
  const { java } = await context.java();
  const flags = ['-Xmx64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData', `-Djava.security.auth.login.config=${join(context.directory, 'platform.jaas')}`, '-Dlog4j2.level=OFF'];
  const { status, stderr, isTimedOut } = await runProgram(java, [...flags, '-cp', installed.classPath('zookeeper'), 'io.sluice.zookeeper.Chroots', what, connectString(ensemble), ...clusters], { timeoutMs: CHROOT_TIMEOUT_MS });
  const said = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('log4j:')).join(' ').slice(-OUTPUT_TAIL_LENGTH_MAX);
  if (status !== 0) throw apacheError('ZOOKEEPER_NOT_READY', `ZooKeeper could not ${what} the znode of ${clusters.join(', ')}: ${isTimedOut ? 'it took too long' : said}`);
}

async function cleanLeftovers(context: Context): Promise<void> {
  const ensemble = readEnsemble(context.directory)!;
  if (ensemble.leftovers.length === 0) return;
  await runChroots(context, 'remove', ensemble.leftovers);
  await writeEnsemble(context.directory, { ...ensemble, leftovers: [] });
}

/** An ensemble that doesn't serve holds up no deletion: the login is gone at once, the znodes go when it serves again. */
async function removeCluster(context: Context, clusterId: string): Promise<void> {
  const { directory, nodes } = context;
  const ensemble = readEnsemble(directory);
  const users = readUsers(directory);
  if (!ensemble) return;
  const isKnown = users.delete(clusterId);
  if (isKnown) {
    await writeEnsemble(directory, { ...ensemble, clusters: ensemble.clusters.filter((id) => id !== clusterId), leftovers: [...new Set([...ensemble.leftovers, clusterId])] });
    await writeUsers(directory, users);
  }
  if (clustersOf(context).length === 0) {
    await nodes.remove(ENSEMBLE);
    return;
  }
  if (readEnsemble(directory)!.leftovers.length === 0) return;
  await ensureRunning(context).then(() => cleanLeftovers(context)).catch((error: unknown) => context.log.write('warn', 'zookeeper.leftovers', { clusterId, reason: error instanceof Error ? error.message : String(error) }));
}

async function inspect({ directory, nodes }: Context): Promise<ServiceInspection[]> {
  const ensemble = readEnsemble(directory);
  if (!ensemble) return [];
  const seen = nodes.glance(ENSEMBLE).brokers;
  return [{
    name: ENSEMBLE,
    nodes: await Promise.all(ensemble.nodes.map(async ({ nodeId, clientPort }) => {
      const pid = seen.find((node) => node.nodeId === nodeId)?.pid ?? null;
      return { nodeId, state: (pid === null ? null : await serverMode(clientPort)) ?? (pid === null ? 'down' : 'starting'), pid, memoryBytes: pid === null ? null : processMemoryBytes(pid) };
    })),
  }];
}

