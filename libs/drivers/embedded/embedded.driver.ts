/**
 * Embedded brokers: one process each, on this machine, started from an immutable build, outliving the platform. Work on one cluster runs
 * in order; `observe` and `waitForChange` never wait for it. One driver per home (the platform holds the home's lock).
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { ClusterDriver, ClusterInspection, DesiredCluster, DriverCapabilities, EngineOffer, ObservedCluster } from '#libs/control/domain';
import { diskUsage, processMemoryBytes, removeAbandonedTemporaries, syncDirectory, type ProcessIdentity } from '#libs/host';
import type { Log } from '#libs/kernel';
import type { Pki } from '#libs/pki';
import { openBundleStore, type BrokerBundle, type BundleStore } from './bundle-store.js';
import { configSha256, observeBroker } from './broker-observation.js';
import { endBroker, findBroker, findByCommandLine, launchBroker } from './broker-process.js';
import { dropStatus, newRecord, readRecord, writeRecord, type BrokerRecord } from './broker-record.js';
import { lastError, readStatus } from './broker-status.js';
import { createBrokerWatcher, type BrokerKey, type BrokerWatcher } from './broker-watcher.js';
import { createChangeSignal, type ChangeSignal } from './change-signal.js';
import { ensureClustersRoot, prepareNode, renewCertificates } from './cluster-files.js';
import { clustersLayout, type ClustersLayout, type NodeLayout } from './cluster-layout.js';
import { CERTIFICATE_CHECK_INTERVAL_MS, HOUSEKEEPING_INTERVAL_MS } from './embedded.limits.js';
import { embeddedError } from './embedded.errors.js';
import { rotateLog } from './log-rotation.js';
import { replacePrincipals } from './principals-file.js';
import { createSerial, type Serial } from './serial.js';

export interface EmbeddedDriverOptions {
  /** Absolute path of $SLUICE_HOME. */
  home: string;
  /** Where the platform's own broker build stands (`dist/broker`). */
  bundleDirectory: string;
  pki: Pki;
  log: Log;
}

export interface EmbeddedDriver extends ClusterDriver {
  /** Hash of the build that brokers get when they are restarted on purpose. */
  readonly currentBundle: string;
  /** Stops looking after brokers; they stay as they are. Nothing is written after it resolves. */
  close(): Promise<void>;
}

interface Context {
  layouts: ClustersLayout;
  bundles: BundleStore;
  pki: Pki;
  log: Log;
  watcher: BrokerWatcher;
  signal: ChangeSignal;
  serial: Serial;
  launching: Set<string>;
  /** Records belong to the next one from here on, though children of this one may still end. */
  isClosed: boolean;
}

const capabilities: DriverCapabilities = {
  flushModes: ['ack', 'os'], brokersPerClusterMax: 1, transactions: false, diskLimit: true, lifeCycle: true, keys: 'file', namingPolicy: true, scramUsers: true, logDetails: true,
};

const offer: EngineOffer = {
  engine: 'embedded', title: 'The embedded engine', region: 'embedded', isProvisioned: true, versions: [], brokersMax: capabilities.brokersPerClusterMax, controllersMax: 0,
  heapMb: null, takesConfigs: false, flushModes: capabilities.flushModes, capabilities, problem: null,
};

/** Takes over the brokers that still run, and those alone: bringing the others back is the reconciler's decision. */
export async function createEmbeddedDriver(options: EmbeddedDriverOptions): Promise<EmbeddedDriver> {
  const layouts = clustersLayout(options.home);
  ensureClustersRoot(layouts);
  const signal = createChangeSignal();
  const context: Context = {
    layouts, signal, pki: options.pki, log: options.log, serial: createSerial(), launching: new Set(), isClosed: false,
    bundles: openBundleStore(options.home, options.bundleDirectory),
    watcher: createBrokerWatcher({
      onStatus: (key, status) => {
        if (status.phase === 'ready') void noteReady(context, key, status.pid);
        signal.changed(key.clusterId);
      },
      onExit: (key, identity, code, exitSignal) => { void noteExit(context, key, identity, code, exitSignal); },
    }),
  };
  await adoptAll(context);
  collectBundles(context);
  const stopHousekeeping = startHousekeeping(context);
  return {
    name: 'embedded',
    capabilities,
    offer: () => offer,
    checkConfigs: async () => [],
    dynamicConfigs: async () => ({}),
    inspect: async (clusterId) => inspect(context, clusterId),
    removeBroker: (clusterId, nodeId, options) => context.serial.run(clusterId, () => removeBroker(context, { clusterId, nodeId }, options?.keepFiles ?? false)),
    currentBundle: context.bundles.current.hash,
    observe: async (clusterId) => observe(context, clusterId),
    prepare: (desired) => context.serial.run(desired.clusterId, async () => {
      for (const { nodeId } of desired.brokers) await prepareNode(desired, nodeId, layouts, options.pki);
    }),
    startBroker: (desired, nodeId) => context.serial.run(desired.clusterId, () => startBroker(context, desired, nodeId)),
    waitForChange: (clusterId, timeoutMs) => signal.wait(clusterId, timeoutMs),
    stopBroker: (clusterId, nodeId, mode) => context.serial.run(clusterId, () => stopBroker(context, { clusterId, nodeId }, mode)),
    applyPrincipals: (clusterId, file) => context.serial.run(clusterId, async () => {
      const nodeIds = layouts.nodeIds(clusterId);
      if (nodeIds.length === 0) throw embeddedError('CLUSTER_NOT_PREPARED', `cluster ${clusterId} has no directory for its principals yet`);
      for (const nodeId of nodeIds) await replacePrincipals(layouts.node(clusterId, nodeId), file);
    }),
    remove: (clusterId) => context.serial.run(clusterId, () => remove(context, clusterId)),
    listOwned: async () => layouts.clusterIds(),
    async close() {
      context.isClosed = true;
      stopHousekeeping();
      context.watcher.close();
      signal.close();
      await context.serial.idle();
    },
  };
}

function observe(context: Context, clusterId: string): ObservedCluster {
  context.signal.seen(clusterId);
  const { layouts } = context;
  const brokers = layouts.nodeIds(clusterId).map((nodeId) => observeBroker(clusterId, nodeId, layouts.node(clusterId, nodeId), context.launching.has(`${clusterId}/${nodeId}`)));
  return { brokers, directoryExists: existsSync(layouts.cluster(clusterId)) };
}

async function startBroker(context: Context, desired: DesiredCluster, nodeId: number): Promise<void> {
  const { clusterId } = desired;
  const layout = context.layouts.node(clusterId, nodeId);
  const present = readRecord(layout);
  const running = present && findBroker(clusterId, layout, present);
  if (present && running) return adopt(context, { clusterId, nodeId }, layout, present, running);
  const config = configSha256(layout);
  if (config === null) throw embeddedError('CLUSTER_NOT_PREPARED', `cluster ${clusterId} has no server.properties for broker ${nodeId} yet`);
  const bundle = await chooseBundle(context, layout, present);
  const record = newRecord(bundle.hash, config, Date.now());
  context.launching.add(`${clusterId}/${nodeId}`);
  try {
    dropStatus(layout);
    await writeRecord(layout, record);
    const launched = launchBroker(clusterId, layout, bundle, record.token);
    const { identity } = launched;
    context.watcher.watch({ clusterId, nodeId }, layout, identity, false);
    launched.onExit((code, exitSignal) => { void noteExit(context, { clusterId, nodeId }, identity, code, exitSignal); });
    await writeRecord(layout, { ...record, phase: 'running', ...identity });
    context.log.write('info', 'broker.started', { clusterId, nodeId, pid: identity.pid, bundle: bundle.hash });
    if (present && present.bundle !== bundle.hash) collectBundles(context);
  } finally {
    context.launching.delete(`${clusterId}/${nodeId}`);
    context.signal.changed(clusterId);
  }
}

/** After a crash the same build again; the platform's own for a new broker, one that was stopped on purpose, or one marked for upgrade. */
async function chooseBundle(context: Context, layout: NodeLayout, present: BrokerRecord | null): Promise<BrokerBundle> {
  const upgrade = existsSync(layout.upgradeMark);
  if (upgrade) await rm(layout.upgradeMark, { force: true });
  const onPurpose = present?.phase === 'stopped' || present?.phase === 'stopping';
  if (!present || upgrade || onPurpose) return context.bundles.current;
  return context.bundles.find(present.bundle) ?? context.bundles.current;
}

async function stopBroker(context: Context, key: BrokerKey, mode: 'graceful' | 'kill'): Promise<void> {
  const layout = context.layouts.node(key.clusterId, key.nodeId);
  const record = readRecord(layout);
  if (!record) return;
  const identity = findBroker(key.clusterId, layout, record);
  if (identity) {
    await writeRecord(layout, { ...record, ...identity, phase: 'stopping' });
    context.signal.changed(key.clusterId);
    await endBroker(identity, mode);
  }
  context.watcher.unwatch(key);
  await writeRecord(layout, { ...record, phase: 'stopped', exitReason: null });
  context.signal.changed(key.clusterId);
  collectBundles(context);
}

async function remove(context: Context, clusterId: string): Promise<void> {
  const { layouts } = context;
  for (const nodeId of layouts.nodeIds(clusterId)) {
    const layout = layouts.node(clusterId, nodeId);
    const record = readRecord(layout);
    const identity = (record && findBroker(clusterId, layout, record)) ?? findByCommandLine(clusterId, layout);
    context.watcher.unwatch({ clusterId, nodeId });
    if (identity) await endBroker(identity, 'kill');
  }
  await rm(layouts.cluster(clusterId), { recursive: true, force: true, maxRetries: 3 });
  syncDirectory(layouts.root);
  context.signal.changed(clusterId);
  context.signal.forget(clusterId);
  collectBundles(context);
}

async function inspect({ layouts }: Context, clusterId: string): Promise<ClusterInspection> {
  return {
    services: [],
    brokers: await Promise.all(layouts.nodeIds(clusterId).map(async (nodeId) => {
      const layout = layouts.node(clusterId, nodeId);
      const record = readRecord(layout);
      const process = record && findBroker(clusterId, layout, record);
      return {
        nodeId, pid: process?.pid ?? null, startedAt: process && record ? new Date(record.launchedAtMs) : null,
        memoryBytes: process ? processMemoryBytes(process.pid) : null, ...await diskUsage(layout.data),
      };
    })),
  };
}

async function removeBroker(context: Context, key: BrokerKey, keepFiles: boolean): Promise<void> {
  const layout = context.layouts.node(key.clusterId, key.nodeId);
  if (!existsSync(layout.directory)) return;
  await stopBroker(context, key, 'kill');
  await rm(keepFiles ? layout.data : layout.directory, { recursive: true, force: true, maxRetries: 3 });
  syncDirectory(keepFiles ? layout.directory : context.layouts.cluster(key.clusterId));
  context.signal.changed(key.clusterId);
}

async function adoptAll(context: Context): Promise<void> {
  for (const clusterId of context.layouts.clusterIds()) {
    for (const nodeId of context.layouts.nodeIds(clusterId)) {
      const layout = context.layouts.node(clusterId, nodeId);
      for (const directory of [layout.directory, layout.tls, layout.run]) removeAbandonedTemporaries(directory);
      const record = readRecord(layout);
      const identity = record && findBroker(clusterId, layout, record);
      if (!record || !identity) continue;
      await adopt(context, { clusterId, nodeId }, layout, record, identity);
      context.log.write('info', 'broker.adopted', { clusterId, nodeId, pid: identity.pid, bundle: record.bundle });
    }
  }
}

async function adopt(context: Context, key: BrokerKey, layout: NodeLayout, record: BrokerRecord, identity: ProcessIdentity): Promise<void> {
  // A stop that the platform didn't live to see the end of is asked for again by whoever wanted it.
  if (record.phase !== 'running' || record.pid !== identity.pid) await writeRecord(layout, { ...record, ...identity, phase: 'running' });
  const known = context.watcher.watched().some((entry) => entry.key.clusterId === key.clusterId && entry.key.nodeId === key.nodeId);
  if (!known) context.watcher.watch(key, layout, identity, true);
}

/** Kept for after the exit: whether a restart is due at once or with back-off. */
function noteReady(context: Context, key: BrokerKey, pid: number): Promise<void> {
  const layout = context.layouts.node(key.clusterId, key.nodeId);
  return context.serial.run(key.clusterId, async () => {
    const record = readRecord(layout);
    if (!context.isClosed && record && record.pid === pid && !record.everReady) await writeRecord(layout, { ...record, everReady: true });
  }).catch((error: unknown) => complain(context, key, error));
}

async function noteExit(context: Context, key: BrokerKey, identity: ProcessIdentity, code: number | null, exitSignal: string | null): Promise<void> {
  const layout = context.layouts.node(key.clusterId, key.nodeId);
  await context.serial.run(key.clusterId, async () => {
    const record = readRecord(layout);
    if (context.isClosed || !record || record.pid !== identity.pid || record.phase === 'stopped') return;
    context.watcher.unwatch(key);
    const status = readStatus(layout.status);
    const said = status?.pid === identity.pid ? status.reason : null;
    const ending = exitSignal ? `ended by ${exitSignal}` : code === null ? 'the process is gone' : `ended with exit code ${code}`;
    const exitReason = said ?? (code === 0 ? ending : [ending, lastError(layout.log)].filter(Boolean).join(': '));
    const everReady = record.everReady || (status?.pid === identity.pid && (status.phase === 'ready' || status.phase === 'stopping'));
    await writeRecord(layout, { ...record, phase: record.phase === 'stopping' ? 'stopped' : 'exited', everReady, exitReason });
    context.log.write('warn', 'broker.exited', { ...key, pid: identity.pid, reason: exitReason });
  }).catch((error: unknown) => complain(context, key, error));
  context.signal.changed(key.clusterId);
}

function collectBundles(context: Context): void {
  const { layouts } = context;
  const used = layouts.clusterIds().flatMap((clusterId) => layouts.nodeIds(clusterId).flatMap((nodeId) => readRecord(layouts.node(clusterId, nodeId)) ?? []))
    .filter((record) => record.phase !== 'stopped').map((record) => record.bundle);
  const removed = context.bundles.collect(new Set(used));
  if (removed.length > 0) context.log.write('info', 'bundles.removed', { bundles: removed });
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
  const renew = (): void => {
    const { layouts } = context;
    const nodes = layouts.clusterIds().flatMap((clusterId) => layouts.nodeIds(clusterId).map((nodeId) => ({ clusterId, layout: layouts.node(clusterId, nodeId) })));
    renewCertificates(nodes, context.pki).then(
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

function complain(context: Context, key: BrokerKey, error: unknown): void {
  context.log.write('error', 'broker.housekeeping', { ...key, reason: error instanceof Error ? error.message : String(error) });
}
