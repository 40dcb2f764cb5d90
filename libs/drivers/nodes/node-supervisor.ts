/**
 * Nodes' processes of one engine on this machine: recorded before they are spawned, outliving the platform, taken over after its restart.
 * Work on one cluster runs in order; `observe` and `waitForChange` never wait for it. One supervisor per engine and home (the platform
 * holds the home's lock).
 */
import { existsSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { BrokerInspection, ObservedCluster, PrincipalsFile } from '#libs/control/domain';
import { diskUsage, processMemoryBytes, removeAbandonedTemporaries, syncDirectory, type ProcessIdentity } from '#libs/host';
import type { Log } from '#libs/kernel';
import type { Pki } from '#libs/pki';
import { createChangeSignal, type ChangeSignal } from './change-signal.js';
import { ensureClustersRoot, renewCertificates } from './node-files.js';
import type { NodeLayout, NodesLayout } from './node-layout.js';
import { rotateLog } from './log-rotation.js';
import { observeNode } from './node-observation.js';
import { endNode, findByCommandLine, findNode, launchNode } from './node-process.js';
import type { Launch, NodeKey, NodeProgram } from './node-program.js';
import { newRecord, readRecord, writeRecord, type NodeRecord } from './node-record.js';
import { createNodeWatcher, type NodeWatcher } from './node-watcher.js';
import { asDirectoryError, nodeError } from './node.errors.js';
import { CERTIFICATE_CHECK_INTERVAL_MS, HOUSEKEEPING_INTERVAL_MS } from './node.limits.js';
import { replacePrincipals } from './principals-file.js';
import { createSerial, type Serial } from './serial.js';

export interface NodeSupervisorOptions {
  layouts: NodesLayout;
  program: NodeProgram;
  /** Whose certificates are renewed; null: nodes have none. */
  pki: Pki | null;
  log: Log;
  /** Whether a cluster is this engine's. */
  owns(clusterId: string): boolean;
  /** After a stop or removal on purpose. */
  onStopped?(): void;
  /** After an end that nobody asked for: it is to come back. */
  onExited?(key: NodeKey): void;
}

export interface NodeSupervisor {
  /** After what was asked for before of this cluster, and before what is asked for later. The methods below that change something are for inside. */
  serially<T>(clusterId: string, work: () => Promise<T>): Promise<T>;
  clusterIds(): string[];
  /** Of all clusters. */
  records(): { key: NodeKey; record: NodeRecord; running: ProcessIdentity | null }[];
  running(key: NodeKey): ProcessIdentity | null;
  /** What `waitForChange` counts from: for the one who looks after the cluster. */
  observe(clusterId: string): ObservedCluster;
  /** The same for everybody else: news stays news. */
  glance(clusterId: string): ObservedCluster;
  waitForChange(clusterId: string, timeoutMs: number): Promise<void>;
  changed(clusterId: string): void;
  inspect(clusterId: string): Promise<BrokerInspection[]>;
  /** No second process if one is alive; `how` is asked only when one is to be spawned. */
  start(key: NodeKey, how: (present: NodeRecord | null) => Promise<Launch>): Promise<void>;
  stop(key: NodeKey, mode: 'graceful' | 'kill'): Promise<void>;
  stopTogether(clusterId: string, nodeIds: readonly number[]): Promise<void>;
  removeNode(key: NodeKey, keepFiles: boolean): Promise<void>;
  remove(clusterId: string): Promise<void>;
  applyPrincipals(clusterId: string, file: PrincipalsFile): Promise<void>;
  /** Takes over the processes that still run, and those alone: bringing the others back is the reconciler's decision. */
  adoptAll(): Promise<void>;
  /** Stops looking after nodes; they stay as they are. Nothing is written after it resolves. */
  close(): Promise<void>;
}

interface Context extends NodeSupervisorOptions {
  watcher: NodeWatcher;
  signal: ChangeSignal;
  serial: Serial;
  launching: Set<string>;
  /** Records belong to the next one from here on, though children of this one may still end. */
  isClosed: boolean;
}

const nameOf = ({ clusterId, nodeId }: NodeKey): string => `${clusterId}/${nodeId}`;

export function createNodeSupervisor(options: NodeSupervisorOptions): NodeSupervisor {
  const { layouts, program } = options;
  ensureClustersRoot(layouts);
  const signal = createChangeSignal();
  const context: Context = {
    ...options, signal, serial: createSerial(), launching: new Set(), isClosed: false,
    watcher: createNodeWatcher(program, {
      onStatus: (key, status) => {
        if (status.phase === 'ready') void noteReady(context, key, status.pid);
        signal.changed(key.clusterId);
      },
      onExit: (key, identity, code, exitSignal) => { void noteExit(context, key, identity, code, exitSignal); },
    }),
  };
  const stopHousekeeping = startHousekeeping(context);
  return {
    serially: (clusterId, work) => context.serial.run(clusterId, work).catch((error: unknown) => { throw asDirectoryError(error); }),
    clusterIds: () => clusterIds(context),
    records: () => nodesOf(context).flatMap(({ key, layout }) => {
      const record = readRecord(layout);
      return record ? [{ key, record, running: findNode(program.marks(key.clusterId, layout), record) }] : [];
    }),
    running: (key) => runningOf(context, key),
    observe: (clusterId) => observe(context, clusterId),
    glance: (clusterId) => glance(context, clusterId),
    waitForChange: (clusterId, timeoutMs) => signal.wait(clusterId, timeoutMs),
    changed: (clusterId) => signal.changed(clusterId),
    inspect: (clusterId) => inspect(context, clusterId),
    start: (key, how) => start(context, key, how),
    stop: (key, mode) => stop(context, key, mode),
    stopTogether: async (clusterId, nodeIds) => { await Promise.all(nodeIds.map((nodeId) => stop(context, { clusterId, nodeId }, 'graceful'))); },
    removeNode: (key, keepFiles) => removeNode(context, key, keepFiles),
    remove: (clusterId) => remove(context, clusterId),
    applyPrincipals: (clusterId, file) => applyPrincipals(context, clusterId, file),
    adoptAll: () => adoptAll(context),
    async close() {
      context.isClosed = true;
      stopHousekeeping();
      context.watcher.close();
      signal.close();
      await context.serial.idle();
    },
  };
}

const clusterIds = ({ layouts, owns }: Context): string[] => layouts.clusterIds().filter(owns);

function nodesOf(context: Context): { key: NodeKey; layout: NodeLayout }[] {
  const { layouts } = context;
  return clusterIds(context).flatMap((clusterId) => layouts.nodeIds(clusterId).map((nodeId) => ({ key: { clusterId, nodeId }, layout: layouts.node(clusterId, nodeId) })));
}

function runningOf({ layouts, program }: Context, { clusterId, nodeId }: NodeKey): ProcessIdentity | null {
  const layout = layouts.node(clusterId, nodeId);
  const record = readRecord(layout);
  return record && findNode(program.marks(clusterId, layout), record);
}

function observe(context: Context, clusterId: string): ObservedCluster {
  context.signal.seen(clusterId);
  return glance(context, clusterId);
}

function glance(context: Context, clusterId: string): ObservedCluster {
  const { layouts, program } = context;
  const brokers = layouts.nodeIds(clusterId).map((nodeId) => observeNode({ clusterId, nodeId }, layouts.node(clusterId, nodeId), program, context.launching.has(nameOf({ clusterId, nodeId }))));
  return { brokers, directoryExists: existsSync(layouts.cluster(clusterId)) };
}

async function start(context: Context, key: NodeKey, how: (present: NodeRecord | null) => Promise<Launch>): Promise<void> {
  const { clusterId, nodeId } = key;
  const { program } = context;
  const layout = context.layouts.node(clusterId, nodeId);
  const present = readRecord(layout);
  const running = present && findNode(program.marks(clusterId, layout), present);
  if (present && running) return adopt(context, key, layout, present, running);
  const launch = await how(present);
  const config = program.fingerprint(layout);
  if (config === null) throw nodeError('CLUSTER_NOT_PREPARED', `cluster ${clusterId} has no configuration for broker ${nodeId} yet`);
  const record = newRecord(launch.bundle, config, Date.now());
  context.launching.add(nameOf(key));
  try {
    rmSync(`${layout.run}/${program.statusFile}`, { force: true });
    await writeRecord(layout, record);
    const launched = launchNode(clusterId, layout, launch, record.token);
    const { identity } = launched;
    launched.onExit((code, exitSignal) => { void noteExit(context, key, identity, code, exitSignal); });
    await writeRecord(layout, { ...record, phase: 'running', ...identity });
    context.watcher.watch(key, layout, identity, false);
    context.log.write('info', 'broker.started', { clusterId, nodeId, pid: identity.pid, bundle: launch.bundle });
  } finally {
    context.launching.delete(nameOf(key));
    context.signal.changed(clusterId);
  }
}

async function stop(context: Context, key: NodeKey, mode: 'graceful' | 'kill'): Promise<void> {
  const layout = context.layouts.node(key.clusterId, key.nodeId);
  const record = readRecord(layout);
  if (!record) return;
  const identity = findNode(context.program.marks(key.clusterId, layout), record);
  if (identity) {
    await writeRecord(layout, { ...record, ...identity, phase: 'stopping' });
    context.signal.changed(key.clusterId);
    await endNode(identity, mode, context.program.stopTimeoutMs);
  }
  context.watcher.unwatch(key);
  await writeRecord(layout, { ...record, phase: 'stopped', exitReason: null });
  context.signal.changed(key.clusterId);
  context.onStopped?.();
}

async function remove(context: Context, clusterId: string): Promise<void> {
  const { layouts, program } = context;
  for (const nodeId of layouts.nodeIds(clusterId)) {
    const layout = layouts.node(clusterId, nodeId);
    const record = readRecord(layout);
    const marks = program.marks(clusterId, layout);
    const identity = (record && findNode(marks, record)) ?? findByCommandLine(marks);
    context.watcher.unwatch({ clusterId, nodeId });
    if (identity) await endNode(identity, 'kill', program.stopTimeoutMs);
  }
  await rm(layouts.cluster(clusterId), { recursive: true, force: true, maxRetries: 3 });
  syncDirectory(layouts.root);
  context.signal.changed(clusterId);
  context.signal.forget(clusterId);
  context.onStopped?.();
}

async function inspect(context: Context, clusterId: string): Promise<BrokerInspection[]> {
  const { layouts } = context;
  return Promise.all(layouts.nodeIds(clusterId).map(async (nodeId) => {
    const layout = layouts.node(clusterId, nodeId);
    const process = runningOf(context, { clusterId, nodeId });
    const record = readRecord(layout);
    return {
      nodeId, pid: process?.pid ?? null, startedAt: process && record ? new Date(record.launchedAtMs) : null,
      memoryBytes: process ? processMemoryBytes(process.pid) : null, ...await diskUsage(layout.data),
    };
  }));
}

async function removeNode(context: Context, key: NodeKey, keepFiles: boolean): Promise<void> {
  const layout = context.layouts.node(key.clusterId, key.nodeId);
  if (!existsSync(layout.directory)) return;
  await stop(context, key, 'kill');
  await rm(keepFiles ? layout.data : layout.directory, { recursive: true, force: true, maxRetries: 3 });
  syncDirectory(keepFiles ? layout.directory : context.layouts.cluster(key.clusterId));
  context.signal.changed(key.clusterId);
}

async function applyPrincipals({ layouts }: Context, clusterId: string, file: PrincipalsFile): Promise<void> {
  const nodeIds = layouts.nodeIds(clusterId);
  if (nodeIds.length === 0) throw nodeError('CLUSTER_NOT_PREPARED', `cluster ${clusterId} has no directory for its principals yet`);
  // A node whose disk is full or gone keeps no revoked key alive on the others.
  const outcomes = await Promise.allSettled(nodeIds.map((nodeId) => replacePrincipals(layouts.node(clusterId, nodeId), file)));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

async function adoptAll(context: Context): Promise<void> {
  for (const { key, layout } of nodesOf(context)) {
    for (const directory of [layout.directory, layout.tls, layout.run]) removeAbandonedTemporaries(directory);
    const record = readRecord(layout);
    const identity = record && findNode(context.program.marks(key.clusterId, layout), record);
    if (!record || !identity) continue;
    await adopt(context, key, layout, record, identity);
    context.log.write('info', 'broker.adopted', { ...key, pid: identity.pid, bundle: record.bundle });
  }
}

async function adopt(context: Context, key: NodeKey, layout: NodeLayout, record: NodeRecord, identity: ProcessIdentity): Promise<void> {
  // A stop that the platform didn't live to see the end of is asked for again by whoever wanted it.
  if (record.phase !== 'running' || record.pid !== identity.pid) await writeRecord(layout, { ...record, ...identity, phase: 'running' });
  const known = context.watcher.watched().some((entry) => nameOf(entry.key) === nameOf(key));
  if (!known) context.watcher.watch(key, layout, identity, true);
}

/** Kept for after the exit: whether a restart is due at once or with back-off. */
async function noteReady(context: Context, key: NodeKey, pid: number): Promise<void> {
  const layout = context.layouts.node(key.clusterId, key.nodeId);
  const { program } = context;
  try {
    const identity = runningOf(context, key);
    if (program.confirmReady && (identity?.pid !== pid || !await program.confirmReady(layout, identity))) return;
    await context.serial.run(key.clusterId, async () => {
      const record = readRecord(layout);
      if (!context.isClosed && record && record.pid === pid && !record.everReady) await writeRecord(layout, { ...record, everReady: true });
    });
    if (program.confirmReady) context.signal.changed(key.clusterId);
  } catch (error) {
    complain(context, key, error);
  }
}

async function noteExit(context: Context, key: NodeKey, identity: ProcessIdentity, code: number | null, exitSignal: string | null): Promise<void> {
  const { program } = context;
  const layout = context.layouts.node(key.clusterId, key.nodeId);
  let isNews = true;
  await context.serial.run(key.clusterId, async () => {
    const record = readRecord(layout);
    // After a stop or a removal there is nobody whom it tells anything.
    isNews = record !== null && record.phase !== 'stopped';
    if (context.isClosed || !record || !isNews || record.pid !== identity.pid) return;
    context.watcher.unwatch(key);
    const status = program.status(layout, identity.pid);
    const ending = exitSignal ? `ended by ${exitSignal}` : code === null ? 'the process is gone' : `ended with exit code ${code}`;
    // One that was killed had no reason of its own.
    const isExplained = code === 0 || exitSignal === 'SIGKILL' || exitSignal === 'SIGTERM';
    const exitReason = status?.reason ?? (isExplained ? ending : [ending, program.lastWords(layout, record.launchedAtMs)].filter(Boolean).join(': '));
    const everReady = record.everReady || status?.phase === 'ready' || status?.phase === 'stopping';
    await writeRecord(layout, { ...record, phase: record.phase === 'stopping' ? 'stopped' : 'exited', everReady, exitReason });
    if (record.phase !== 'stopping') context.onExited?.(key);
    context.log.write('warn', 'broker.exited', { ...key, pid: identity.pid, reason: exitReason });
  }).catch((error: unknown) => complain(context, key, error));
  if (isNews) context.signal.changed(key.clusterId);
}

function startHousekeeping(context: Context): () => void {
  const rotate = setInterval(() => {
    for (const { key, layout } of context.watcher.watched()) {
      try {
        rotateLog(layout.log);
      } catch (error) {
        complain(context, key, error);
      }
    }
  }, HOUSEKEEPING_INTERVAL_MS).unref();
  const { pki } = context;
  if (!pki) return () => clearInterval(rotate);
  const renew = (): void => {
    renewCertificates(nodesOf(context).map(({ key, layout }) => ({ clusterId: key.clusterId, layout })), pki).then(
      ({ renewed, failed }) => {
        if (renewed.length > 0) context.log.write('info', 'certificates.renewed', { clusters: renewed });
        for (const each of failed) context.log.write('error', 'certificates.failed', { ...each });
      },
      (error: unknown) => context.log.write('error', 'certificates.failed', { reason: String(error) }),
    );
  };
  const certificates = setInterval(renew, CERTIFICATE_CHECK_INTERVAL_MS).unref();
  renew();
  return () => {
    clearInterval(rotate);
    clearInterval(certificates);
  };
}

function complain(context: Context, key: NodeKey, error: unknown): void {
  context.log.write('error', 'broker.housekeeping', { ...key, reason: error instanceof Error ? error.message : String(error) });
}
