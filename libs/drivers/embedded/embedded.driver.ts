/**
 * Embedded brokers: one process each, on this machine, started from an immutable build. What they have in common with other engines' nodes
 * is `drivers/nodes`; here is how one is configured and which build it runs.
 */
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { ClusterDriver, DesiredCluster, DriverCapabilities, EngineOffer } from '#libs/control/domain';
import {
  clustersLayout, createNodeSupervisor, ensureCertificates, formatProperties, prepareDirectories, readEngineFile, replaceIfDifferent, sha256,
  type Launch, type NodeLayout, type NodeProgram, type NodeRecord, type NodeSupervisor, type NodesLayout,
} from '#libs/drivers/nodes';
import type { Log } from '#libs/kernel';
import type { Pki } from '#libs/pki';
import { openBundleStore, type BrokerBundle, type BundleStore } from './bundle-store.js';
import { lastError, readStatus } from './broker-status.js';
import { BROKER_STOP_TIMEOUT_MS } from './embedded.limits.js';
import { serverProperties, withoutLiveSettings } from './server-properties.js';

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

const capabilities: DriverCapabilities = {
  flushModes: ['ack', 'os'], brokersPerClusterMax: 1, transactions: false, diskLimit: true, lifeCycle: true, keys: 'file', namingPolicy: true, scramUsers: true, logDetails: true,
};

const offer: EngineOffer = {
  engine: 'embedded', title: 'The embedded engine', region: 'embedded', isProvisioned: true, versions: [], brokersMax: capabilities.brokersPerClusterMax, controllersMax: 0,
  heapMb: null, takesConfigs: false, flushModes: capabilities.flushModes, capabilities, problem: null,
};

const program: NodeProgram = {
  statusFile: 'status.json',
  status: (layout, pid) => {
    const status = readStatus(layout.status);
    return status?.pid === pid ? status : null;
  },
  marks: (clusterId, layout) => [layout.serverProperties, `--cluster ${clusterId}`],
  fingerprint: (layout) => (existsSync(layout.serverProperties) ? sha256(withoutLiveSettings(readFileSync(layout.serverProperties, 'utf8'))) : null),
  lastWords: (layout) => lastError(layout.log),
  stopTimeoutMs: BROKER_STOP_TIMEOUT_MS,
};

/** Takes over the brokers that still run, and those alone: bringing the others back is the reconciler's decision. */
export async function createEmbeddedDriver({ home, bundleDirectory, pki, log }: EmbeddedDriverOptions): Promise<EmbeddedDriver> {
  const layouts = clustersLayout(home);
  const nodes = createNodeSupervisor({
    layouts, program, pki, log,
    owns: (clusterId) => readEngineFile(layouts, clusterId) === null,
    onStopped: () => collectBundles(nodes, bundles, log),
  });
  const bundles = openBundleStore(home, bundleDirectory);
  await nodes.adoptAll();
  collectBundles(nodes, bundles, log);
  return {
    name: 'embedded',
    capabilities,
    offer: () => offer,
    checkConfigs: async () => [],
    dynamicConfigs: async () => ({}),
    inspect: async (clusterId) => ({ services: [], brokers: await nodes.inspect(clusterId) }),
    removeBroker: (clusterId, nodeId, options) => nodes.serially(clusterId, () => nodes.removeNode({ clusterId, nodeId }, options?.keepFiles ?? false)),
    currentBundle: bundles.current.hash,
    observe: async (clusterId) => nodes.observe(clusterId),
    prepare: (desired) => nodes.serially(desired.clusterId, async () => {
      for (const { nodeId } of desired.brokers) await prepareNode(desired, nodeId, layouts, pki);
    }),
    startBroker: ({ clusterId }, nodeId) => nodes.serially(clusterId, () => startBroker(clusterId, nodeId)),
    waitForChange: nodes.waitForChange,
    stopTogether: (clusterId, nodeIds) => nodes.serially(clusterId, () => nodes.stopTogether(clusterId, nodeIds)),
    stopBroker: (clusterId, nodeId, mode) => nodes.serially(clusterId, () => nodes.stop({ clusterId, nodeId }, mode)),
    applyPrincipals: (clusterId, file) => nodes.serially(clusterId, () => nodes.applyPrincipals(clusterId, file)),
    remove: (clusterId) => nodes.serially(clusterId, () => nodes.remove(clusterId)),
    listOwned: async () => nodes.clusterIds(),
    close: nodes.close,
  };

  async function startBroker(clusterId: string, nodeId: number): Promise<void> {
    const layout = layouts.node(clusterId, nodeId);
    let isOther = false;
    await nodes.start({ clusterId, nodeId }, async (present) => {
      const bundle = await chooseBundle(bundles, layout, present);
      isOther = present !== null && present.bundle !== bundle.hash;
      return launchOf(clusterId, layout, bundle);
    });
    if (isOther) collectBundles(nodes, bundles, log);
  }
}

async function prepareNode(desired: DesiredCluster, nodeId: number, layouts: NodesLayout, pki: Pki): Promise<void> {
  const layout = await prepareDirectories(desired.clusterId, nodeId, layouts);
  await ensureCertificates(desired, layout, pki);
  await replaceIfDifferent(layout.serverProperties, formatProperties(serverProperties(desired, nodeId, layout)));
}

const launchOf = (clusterId: string, layout: NodeLayout, bundle: BrokerBundle): Launch => ({
  program: process.execPath, args: [bundle.entry, layout.serverProperties, '--cluster', clusterId], environment: { NODE_ENV: 'production' }, bundle: bundle.hash,
});

/** After a crash the same build again; the platform's own for a new broker, one that was stopped on purpose, or one marked for upgrade. */
async function chooseBundle(bundles: BundleStore, layout: NodeLayout, present: NodeRecord | null): Promise<BrokerBundle> {
  const upgrade = existsSync(layout.upgradeMark);
  if (upgrade) await rm(layout.upgradeMark, { force: true });
  const onPurpose = present?.phase === 'stopped' || present?.phase === 'stopping';
  if (!present || upgrade || onPurpose) return bundles.current;
  return bundles.find(present.bundle) ?? bundles.current;
}

function collectBundles(nodes: NodeSupervisor, bundles: BundleStore, log: Log): void {
  const used = nodes.records().filter(({ record }) => record.phase !== 'stopped').map(({ record }) => record.bundle);
  const removed = bundles.collect(new Set(used));
  if (removed.length > 0) log.write('info', 'bundles.removed', { bundles: removed });
}
