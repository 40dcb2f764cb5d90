/** Makes and starts a cluster's nodes. Each step may be repeated, whatever a killed platform had got to. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DesiredCluster, PrincipalsFile } from '#libs/control/domain';
import { replaceFile } from '#libs/host';
import { ensureCertificates, ensureDirectory, nodeError, prepareDirectories, readEngineFile, replaceIfDifferent, writeEngineFile, type NodeLayout, type NodeSupervisor, type NodesLayout } from '#libs/drivers/nodes';
import { invariant, type Log } from '#libs/kernel';
import type { Pki } from '#libs/pki';
import type { ApacheMode } from './apache.driver.js';
import { diskLimitsPath, keptFree, writeDiskLimits } from './disk-limits.js';
import type { InstalledKafka, Installer } from './install.js';
import type { JavaRuntime } from './java-runtime.js';
import { beginOutput, kafkaLaunch } from './kafka-program.js';
import { heapOf, nodeNeed } from './kafka-memory.js';
import { readLaunchFile, writeLaunchFile } from './launch-file.js';
import { checkDisk, checkPorts } from './machine-checks.js';
import type { MemoryLedger } from './memory-ledger.js';
import { loggingOf } from './node-logging.js';
import { formatProperties } from './properties.js';
import { serverProperties } from './server-properties.js';
import { formatStorage } from './storage-format.js';
import { admitBroker } from './storage-marks.js';
import type { ZookeeperEnsemble } from './zookeeper-ensemble.js';
import { clientJaas } from './zookeeper-files.js';

export interface KafkaParts {
  layouts: NodesLayout;
  nodes: NodeSupervisor;
  installer: Installer;
  java: () => Promise<JavaRuntime>;
  pki: Pki;
  log: Log;
  /** On the disk; null: the usual share. */
  keptFreeBytes: number | null;
  zookeeper: ZookeeperEnsemble;
  memory: MemoryLedger;
}

export const seedDirectory = (layouts: NodesLayout, clusterId: string): string => join(layouts.cluster(clusterId), 'seed');

export async function prepareCluster(parts: KafkaParts, mode: ApacheMode, version: string, desired: DesiredCluster, progress: (text: string) => void, givenUp?: AbortSignal): Promise<void> {
  const { nodes, layouts } = parts;
  const { clusterId } = desired;
  // Outside of the cluster's order: it may take minutes, and the cluster may be deleted meanwhile.
  const java = await parts.java();
  const installed = await unlessGivenUp(parts.installer.install(version, progress), givenUp);
  await nodes.serially(clusterId, async () => {
    givenUp?.throwIfAborted();
    const giveBack = takeMemory(parts, mode, desired);
    await makeNodes(parts, mode, installed, java, desired, progress).catch((error: unknown) => {
      giveBack();
      throw error;
    });
    nodes.changed(clusterId);
  });
}

async function makeNodes(parts: KafkaParts, mode: ApacheMode, installed: InstalledKafka, java: JavaRuntime, desired: DesiredCluster, progress: (text: string) => void): Promise<void> {
  const { nodes, layouts } = parts;
  const { clusterId } = desired;
  await checkMachine(parts, desired);
  // Whose it is comes first: a directory without that is taken for another engine's.
  await ensureDirectory(layouts.cluster(clusterId));
  await writeEngineFile(layouts, clusterId, { engine: mode.engine, version: installed.version });
  for (const { nodeId } of desired.brokers) await prepareDirectories(clusterId, nodeId, layouts);
  await writeDiskLimits(layouts, desired, parts.keptFreeBytes);
  if (mode.mode === 'zookeeper') {
    const ready = new Set(nodes.glance(clusterId).brokers.filter(({ everReady }) => everReady).map(({ nodeId }) => nodeId));
    for (const { nodeId } of desired.brokers) await checkStorage(parts, clusterId, nodeId, ready.has(nodeId));
    await admitToZookeeper(parts, installed, desired, progress);
  }
  progress(`preparing ${desired.brokers.length === 1 ? 'one node' : `${desired.brokers.length} nodes`}`);
  await Promise.all([
    ...desired.brokers.map(({ nodeId }) => prepareNode(parts, mode, installed, desired, nodeId)),
    ...(mode.mode === 'kraft' ? [formatStorage({ clusterId, kafkaClusterId: desired.kafkaClusterId, seedDirectory: seedDirectory(layouts, clusterId), nodes: storageNodes(desired, layouts), installed, java })] : []),
  ]);
}

/** The work goes on for whoever else waits for it. */
function unlessGivenUp<T>(work: Promise<T>, givenUp: AbortSignal | undefined): Promise<T> {
  if (!givenUp) return work;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(givenUp.reason as Error);
    if (givenUp.aborted) stop();
    givenUp.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => givenUp.removeEventListener('abort', stop));
  });
}

/** The version that is wanted now; as long as that one isn't installed, the one that the cluster's files were made for. */
export const findRunnable = ({ installer, layouts }: KafkaParts, clusterId: string, version: string): InstalledKafka | null =>
  installer.find(version) ?? installer.find(readEngineFile(layouts, clusterId)?.version ?? version);

/** Runs it on whatever an older version has left. */
export async function startKafka(parts: KafkaParts, mode: ApacheMode, version: string, desired: DesiredCluster, nodeId: number): Promise<void> {
  const { nodes, layouts } = parts;
  const { clusterId } = desired;
  const layout = layouts.node(clusterId, nodeId);
  await nodes.start({ clusterId, nodeId }, async (present) => {
    if (!existsSync(layout.serverProperties)) throw nodeError('CLUSTER_NOT_PREPARED', `cluster ${clusterId} has no server.properties for node ${nodeId} yet`);
    const installed = findRunnable(parts, clusterId, version);
    if (!installed) throw nodeError('CLUSTER_NOT_PREPARED', `Apache Kafka ${version} isn't installed any more`);
    if (mode.mode === 'zookeeper') await checkStorage(parts, clusterId, nodeId, present?.everReady ?? false);
    const java = await parts.java();
    if (mode.mode === 'zookeeper' && !parts.zookeeper.access(clusterId)) await admitToZookeeper(parts, installed, desired, () => undefined);
    await writeDiskLimits(layouts, desired, parts.keptFreeBytes);
    // The one that it was prepared with: where there was no room for a larger one, an end isn't a way around that.
    const heapMb = readLaunchFile(layout)?.heapMb ?? heapOf(desired);
    await writeConfiguration(parts, mode, installed, { ...desired, heapMb }, nodeId, layout);
    beginOutput(layout);
    parts.memory.keep(nodeNeed({ clusterId, heapMb }, nodeId));
    return kafkaLaunch(layout, { java: java.java, installed, mode: mode.mode, heapMb, logging: loggingOf(join(installed.directory, 'libs')), jaas: mode.mode === 'zookeeper' ? jaasPath(parts, clusterId) : null });
  });
}

/** With KRaft it is formatted, and Kafka itself starts over nothing else. */
async function checkStorage({ layouts }: KafkaParts, clusterId: string, nodeId: number, wasReady: boolean): Promise<void> {
  const seed = seedDirectory(layouts, clusterId);
  await ensureDirectory(seed);
  admitBroker(seed, clusterId, nodeId, layouts.node(clusterId, nodeId).data, wasReady);
}

const jaasPath = ({ layouts }: KafkaParts, clusterId: string): string => join(layouts.cluster(clusterId), 'zookeeper.jaas');

async function admitToZookeeper(parts: KafkaParts, installed: InstalledKafka, { clusterId, kafkaClusterId }: DesiredCluster, progress: (text: string) => void): Promise<void> {
  progress('making the znode that the cluster lives below');
  const { user, password } = await parts.zookeeper.ensureCluster(clusterId, kafkaClusterId, installed);
  await replaceIfDifferent(jaasPath(parts, clusterId), clientJaas(user, password));
}

/** For all nodes that don't run and are to, and for what those that run are to have more. */
const takeMemory = ({ memory, zookeeper }: KafkaParts, { mode }: ApacheMode, desired: DesiredCluster): (() => void) =>
  memory.take([...(desired.isPaused ? [] : desired.brokers.map(({ nodeId }) => nodeNeed(desired, nodeId))), ...(mode === 'zookeeper' ? zookeeper.memoryNeeds() : [])]);

async function checkMachine({ nodes, layouts, keptFreeBytes }: KafkaParts, desired: DesiredCluster): Promise<void> {
  const { clusterId, brokers } = desired;
  const idle = brokers.filter(({ nodeId }) => !nodes.running({ clusterId, nodeId })).map(({ nodeId }) => nodeId);
  const fresh = idle.filter((nodeId) => !existsSync(layouts.node(clusterId, nodeId).record));
  if (fresh.length === 0) return;
  await checkDisk(layouts.root, fresh.length, await keptFree(layouts.root, keptFreeBytes));
  await checkPorts(desired, fresh);
}

async function prepareNode(parts: KafkaParts, mode: ApacheMode, installed: InstalledKafka, desired: DesiredCluster, nodeId: number): Promise<void> {
  const layout = parts.layouts.node(desired.clusterId, nodeId);
  await ensureCertificates(desired, layout, parts.pki);
  if (!existsSync(layout.principals)) {
    const nobody: PrincipalsFile = { version: 1, sequence: 0, clusterId: desired.clusterId, keys: [], grants: [], namingPolicy: null };
    await replaceFile(layout.principals, `${JSON.stringify(nobody)}\n`, 0o600);
  }
  await writeConfiguration(parts, mode, installed, desired, nodeId, layout);
}

async function writeConfiguration({ layouts, zookeeper }: KafkaParts, { mode }: ApacheMode, installed: InstalledKafka, desired: DesiredCluster, nodeId: number, layout: NodeLayout): Promise<void> {
  const node = desired.brokers.find((each) => each.nodeId === nodeId);
  invariant(node, `cluster ${desired.clusterId} has no node ${nodeId}`);
  const { version, definitions } = installed;
  const logging = loggingOf(join(installed.directory, 'libs'));
  await replaceIfDifferent(join(layout.directory, logging.name), logging.content);
  await replaceIfDifferent(layout.serverProperties, formatProperties(serverProperties(desired, nodeId, { ...layout, diskLimits: diskLimitsPath(layouts, desired.clusterId) }, { version, mode, definitions, zookeeperConnect: zookeeper.access(desired.clusterId)?.connect ?? null })));
  await writeLaunchFile(layout, { version, pluginHash: installed.pluginHash(mode), heapMb: heapOf(desired), port: node.roles.includes('broker') ? node.ports.internal : node.ports.controller });
}

const storageNodes = ({ clusterId, brokers }: DesiredCluster, layouts: NodesLayout): Parameters<typeof formatStorage>[0]['nodes'] =>
  brokers.map(({ nodeId, roles, isFirst, ports }) => ({ nodeId, roles, isFirst, controllerPort: ports.controller, dataDirectory: layouts.node(clusterId, nodeId).data }));
