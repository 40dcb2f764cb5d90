/**
 * Apache Kafka on this machine: a JVM per node, from an installation per version, outliving the platform. Two drivers, with KRaft controllers
 * and with ZooKeeper, on the same parts; what they share with other engines' nodes is `drivers/nodes`. Nothing is looked for, compiled or
 * run before the first cluster asks for it.
 */
import { existsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { ClusterDriver, DesiredCluster, DriverCapabilities, EngineOffer, ObservedCluster } from '#libs/control/domain';
import { processCommandLines } from '#libs/host';
import { clustersLayout, createNodeSupervisor, ensureDirectory, readEngineFile, type NodeSupervisor, type NodesLayout } from '#libs/drivers/nodes';
import type { Log } from '#libs/kernel';
import type { Pki } from '#libs/pki';
import { apacheError } from './apache.errors.js';
import { BROKERS_MAX_DEFAULT, CONTROLLERS_MAX, MEMORY_START_MS } from './apache.limits.js';
import { configProblems, heapRange, splitConfigs } from './broker-configs.js';
import type { CatalogueVersion, KafkaMode } from './catalogue/catalogue.js';
import { renewDiskLimits } from './disk-limits.js';
import { createInstaller, isFetched, type InstalledKafka, type Installer, type PluginTools } from './install.js';
import { removeLeftovers } from './install-leftovers.js';
import { createPluginTools, judgeConfigs } from './install-plugin.js';
import { requireJava, type Environment, type JavaRuntime } from './java-runtime.js';
import { javaProblem } from './java-glance.js';
import { isOfCluster, launchedNeed, memoryAwaited, memoryInUse, memoryName } from './kafka-memory.js';
import { kafkaProgram } from './kafka-program.js';
import { findRunnable, prepareCluster, seedDirectory, startKafka, type KafkaParts } from './kafka-cluster.js';
import { availableMemory } from './machine-checks.js';
import { createMemoryLedger } from './memory-ledger.js';
import { clearStorage } from './storage-format.js';
import { hasBegun, hasIdentity, mayBeginAnew, wasFormatted } from './storage-marks.js';
import { createZookeeperEnsemble } from './zookeeper-ensemble.js';
import { ENSEMBLE } from './zookeeper-files.js';

export interface ApacheDriverOptions {
  /** Absolute path of $SLUICE_HOME. */
  home: string;
  /** Where versions are installed. */
  kafkaDirectory: string;
  /** SLUICE_JAVA_HOME, SLUICE_KAFKA_HOME, JAVA_HOME, KAFKA_HOME and PATH are looked at. */
  environment: Environment;
  pki: Pki;
  log: Log;
  /** Of one cluster; null: ours. */
  brokersMax: number | null;
  /** The operator's; null: by the machine's memory. */
  heapMbMax: number | null;
  /** That stays free on the disk: no node is begun into it, and clients' producers are refused below it; null: the usual share. */
  diskFreeMbMin: number | null;
  /** The ensemble's servers and the ports that they may have. */
  zookeeper: { servers: 1 | 3; ports: { first: number; last: number } };
  /** In tests something that needs no JVM. */
  installer?: Installer;
  java?: () => Promise<JavaRuntime>;
  /** Of memory, for new processes; in tests another machine's. */
  availableBytes?: () => number;
}

export interface ApacheDrivers {
  readonly drivers: readonly ClusterDriver[];
  /** Stops looking after nodes; they stay as they are. Nothing is written after it resolves. */
  close(): Promise<void>;
}

/** What a mode differs in. */
export interface ApacheMode {
  mode: KafkaMode;
  engine: string;
  title: string;
  controllersMax: number;
}

const MODES: readonly ApacheMode[] = [
  { mode: 'kraft', engine: 'apache-kraft', title: 'Apache Kafka with KRaft controllers', controllersMax: CONTROLLERS_MAX },
  { mode: 'zookeeper', engine: 'apache-zookeeper', title: 'Apache Kafka with ZooKeeper', controllersMax: 0 },
];

/** Takes over the nodes that still run, and those alone: bringing the others back is the reconciler's decision. */
export async function createApacheDrivers(options: ApacheDriverOptions): Promise<ApacheDrivers> {
  const { home, pki, log, environment } = options;
  const layouts = clustersLayout(home);
  const plugin = createPluginTools();
  const engines = new Set(MODES.map(({ engine }) => engine));
  const nodes = createNodeSupervisor({
    layouts, pki, log, program: kafkaProgram,
    owns: (clusterId) => engines.has(readEngineFile(layouts, clusterId)?.engine ?? ''),
    onExited(key) {
      const need = launchedNeed(layouts, key);
      if (need) memory.keep(need);
    },
  });
  const installer = createInstallerOnce(options, plugin);
  const java = createJavaOnce(options.java ?? (() => requireJava(environment)));
  const zookeeper = createZookeeperEnsemble({ home, log, java, installer, ...options.zookeeper });
  const memory = createMemoryLedger({ used: () => [...memoryInUse(nodes, layouts), ...zookeeper.memoryInUse()], availableBytes: options.availableBytes ?? availableMemory, nowMs: () => performance.now() });
  const parts: KafkaParts = { layouts, nodes, pki, log, installer, java, zookeeper, memory, keptFreeBytes: options.diskFreeMbMin === null ? null : options.diskFreeMbMin * 2 ** 20 };
  await nodes.adoptAll();
  for (const need of memoryAwaited(nodes, layouts)) memory.keep(need, MEMORY_START_MS);
  await renewLimits(parts);
  await zookeeper.adopt();
  tidyInstallations(options, installer, plugin);
  return {
    drivers: MODES.map((mode) => createDriver(mode, parts, options)),
    async close() {
      await nodes.close();
      await zookeeper.close();
    },
  };
}

/** A disk on which nothing can be written keeps no platform from starting: brokers go by the limits that they had. */
async function renewLimits({ nodes, layouts, keptFreeBytes, log }: KafkaParts): Promise<void> {
  for (const clusterId of nodes.clusterIds()) {
    await renewDiskLimits(layouts, clusterId, keptFreeBytes).catch((error: unknown) => log.write('error', 'disk.limits.not-written', { clusterId, reason: String(error) }));
  }
}

/** Once per start of the platform: only a new build of it makes new files. */
function tidyInstallations({ kafkaDirectory, log }: ApacheDriverOptions, { catalogue }: Installer, plugin: PluginTools): void {
  try {
    let commandLines: string[] | null = null;
    const removed = removeLeftovers({
      root: kafkaDirectory, versions: catalogue.versions,
      currentHashes: () => new Set(catalogue.versions.flatMap(({ modes }) => modes.map((mode) => plugin.hash(mode)))),
      isUsed: (path) => (commandLines ??= processCommandLines()).some((line) => line.includes(path)),
    });
    if (removed.length > 0) log.write('info', 'kafka.leftovers.removed', { removed });
  } catch (error) {
    log.write('warn', 'kafka.leftovers.not-removed', { reason: error instanceof Error ? error.message : String(error) });
  }
}

/** A version that is whole stays so: it is read once. */
function createInstallerOnce({ installer, kafkaDirectory, environment }: ApacheDriverOptions, plugin: PluginTools): Installer {
  const real = installer ?? createInstaller({ root: kafkaDirectory, environment, plugin });
  const known = new Map<string, InstalledKafka>();
  const remember = (installed: InstalledKafka | null): InstalledKafka | null => {
    if (installed) known.set(installed.version, installed);
    return installed;
  };
  const find = (version: string): InstalledKafka | null => {
    const present = known.get(version);
    // Another platform that shares the directory may have taken away what it doesn't run.
    if (present && [join(present.directory, 'installed.json'), ...present.modes.map(present.pluginJar)].every((path) => existsSync(path))) return present;
    known.delete(version);
    return remember(real.find(version));
  };
  return {
    catalogue: real.catalogue,
    find,
    install: async (version, progress) => find(version) ?? remember(await real.install(version, progress))!,
  };
}

/** Asked of Java itself when it is first needed; a bad answer is asked for again. */
function createJavaOnce(find: () => Promise<JavaRuntime>): () => Promise<JavaRuntime> {
  let known: Promise<JavaRuntime> | null = null;
  return () => {
    known ??= find().catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known.then((java) => {
      if (existsSync(java.java)) return java;
      known = null;
      return find();
    });
  };
}

const capabilitiesOf = (brokersMax: number): DriverCapabilities => ({
  flushModes: ['os', 'ack'], brokersPerClusterMax: brokersMax, transactions: true, diskLimit: true, lifeCycle: true, keys: 'file', namingPolicy: true, scramUsers: false, logDetails: false,
});

function createDriver(mode: ApacheMode, parts: KafkaParts, options: ApacheDriverOptions): ClusterDriver {
  const { nodes, layouts, installer } = parts;
  const capabilities = capabilitiesOf(options.brokersMax ?? BROKERS_MAX_DEFAULT);
  const versions = installer.catalogue.versions.filter(({ modes }) => modes.includes(mode.mode));
  const versionOf = (version: string | null): CatalogueVersion => chooseVersion(mode, versions, installer, version);
  return {
    name: mode.engine,
    capabilities,
    offer: () => offerOf(mode, capabilities, versions, parts, options),
    async checkConfigs(version, configs) {
      const { version: wanted, definitions } = versionOf(version);
      const installed = installer.find(wanted);
      const problems = configProblems(wanted, installed?.definitions ?? definitions, configs);
      return problems.length > 0 || !installed ? problems : judgeConfigs(installed, await parts.java(), configs);
    },
    dynamicConfigs: async (version, configs) => splitConfigs(versionOf(version).definitions, configs).dynamic,
    observe: async (clusterId) => observe(parts, mode, clusterId),
    inspect: async (clusterId) => ({ brokers: await nodes.inspect(clusterId), services: mode.mode === 'zookeeper' ? await parts.zookeeper.inspect() : [] }),
    prepare: (desired, progress, givenUp) => prepareCluster(parts, mode, versionOf(desired.version).version, inMode(mode, desired), progress, givenUp),
    async startBroker(desired, nodeId) {
      const { version } = versionOf(desired.version);
      // The plugin alone may be missing, and is compiled in seconds. To fetch a version again is for `prepare`, which can be given up.
      if (installer.find(version) === null && isFetched(options.kafkaDirectory, version)) {
        await installer.install(version, () => undefined).catch((error: unknown) => {
          if (findRunnable(parts, desired.clusterId, version) === null) throw error;
          parts.log.write('warn', 'kafka.not-installed', { version, clusterId: desired.clusterId, reason: error instanceof Error ? error.message : String(error) });
        });
      }
      await nodes.serially(desired.clusterId, () => startKafka(parts, mode, version, inMode(mode, desired), nodeId));
    },
    waitForChange: nodes.waitForChange,
    stopBroker: (clusterId, nodeId, how) => nodes.serially(clusterId, () => stopBrokers(parts, clusterId, [nodeId], () => nodes.stop({ clusterId, nodeId }, how))),
    stopTogether: (clusterId, nodeIds) => nodes.serially(clusterId, () => stopBrokers(parts, clusterId, nodeIds, () => nodes.stopTogether(clusterId, nodeIds))),
    removeBroker: (clusterId, nodeId, how) => nodes.serially(clusterId, () => removeBroker(parts, mode, clusterId, nodeId, how?.keepFiles ?? false)),
    applyPrincipals: (clusterId, file) => nodes.serially(clusterId, () => nodes.applyPrincipals(clusterId, file)),
    remove: (clusterId) => nodes.serially(clusterId, () => removeCluster(parts, mode, clusterId)),
    listOwned: async () => nodes.clusterIds().filter((clusterId) => readEngineFile(layouts, clusterId)?.engine === mode.engine),
  };
}

/** With ZooKeeper the controller is whichever broker ZooKeeper elects: none has it as a role. */
function inMode({ mode }: ApacheMode, desired: DesiredCluster): DesiredCluster {
  return mode === 'kraft' ? desired : { ...desired, brokers: desired.brokers.map((node) => ({ ...node, roles: ['broker'] })) };
}

function chooseVersion({ title, mode }: ApacheMode, versions: readonly CatalogueVersion[], { catalogue }: Installer, wanted: string | null): CatalogueVersion {
  const found = wanted === null ? versions[0] : versions.find(({ version }) => version === wanted);
  if (found) return found;
  const known = catalogue.find(wanted ?? '');
  const reason = known && mode === 'zookeeper' ? `Apache Kafka ${known.version.split('.')[0]} has no ZooKeeper mode` : `there is no version ${wanted} in the catalogue`;
  throw apacheError('VERSION_UNSUITABLE', `${reason}: ${title} can be had in ${versions.map(({ version }) => version).join(', ')}`);
}

function offerOf({ mode, engine, title, controllersMax }: ApacheMode, capabilities: DriverCapabilities, versions: readonly CatalogueVersion[], { installer }: KafkaParts, { environment, heapMbMax, java }: ApacheDriverOptions): EngineOffer {
  const offered = new Set(versions.map(({ version }) => version));
  return {
    engine, title, region: engine, isProvisioned: true,
    // Looked for when somebody asks: the platform's start reads offers too.
    versions: versions.map(({ version, upgradesFrom }) => ({ version, get isInstalled() { return installer.find(version) !== null; }, upgradesFrom: upgradesFrom.filter((from) => offered.has(from)) })),
    brokersMax: capabilities.brokersPerClusterMax, controllersMax, hasOutsideMetadata: mode === 'zookeeper', heapMb: heapRange(totalmem(), heapMbMax), takesConfigs: true, flushModes: capabilities.flushModes, capabilities,
    problem: java ? null : javaProblem(environment),
  };
}

/** A node whose data was there and is gone (a disk that was replaced, or isn't mounted) would begin with nothing if nobody said so. */
function observe({ nodes, layouts, log }: KafkaParts, { mode }: ApacheMode, clusterId: string): ObservedCluster {
  const observed = nodes.observe(clusterId);
  const seed = seedDirectory(layouts, clusterId);
  return {
    ...observed,
    brokers: observed.brokers.map((broker) => {
      const { nodeId, pid, everReady } = broker;
      const isWhole = hasIdentity(layouts.node(clusterId, nodeId).data);
      // One that runs isn't being emptied: that comes after its end.
      if (mode === 'zookeeper' && isWhole && pid !== null) noteBegun(seed, clusterId, nodeId, log);
      const hadData = (wasFormatted(seed, nodeId) || (mode === 'zookeeper' && everReady)) && !mayBeginAnew(seed, nodeId);
      return hadData && !isWhole ? { ...broker, isDataLost: true } : broker;
    }),
  };
}

/** Tried again at the next look. */
function noteBegun(seed: string, clusterId: string, nodeId: number, log: Log): void {
  try {
    hasBegun(seed, nodeId);
  } catch (error) {
    log.write('error', 'broker.housekeeping', { clusterId, nodeId, reason: error instanceof Error ? error.message : String(error) });
  }
}

/** Whoever makes room by pausing has it at once; a restart takes its place again. */
async function stopBrokers({ memory }: KafkaParts, clusterId: string, nodeIds: readonly number[], stop: () => Promise<void>): Promise<void> {
  await stop();
  const names = new Set(nodeIds.map((nodeId) => memoryName({ clusterId, nodeId })));
  memory.release((name) => names.has(name));
}

/** Znodes and login before the directory, which tells until the end that there is something to remove. */
async function removeCluster({ nodes, layouts, zookeeper, memory }: KafkaParts, { mode }: ApacheMode, clusterId: string): Promise<void> {
  if (mode === 'zookeeper') {
    for (const nodeId of layouts.nodeIds(clusterId)) await nodes.stop({ clusterId, nodeId }, 'kill');
    await zookeeper.removeCluster(clusterId);
    if (zookeeper.memoryInUse().length === 0) memory.release(isOfCluster(ENSEMBLE));
  }
  await nodes.remove(clusterId);
  memory.release(isOfCluster(clusterId));
}

async function removeBroker({ nodes, layouts, memory }: KafkaParts, { mode }: ApacheMode, clusterId: string, nodeId: number, keepFiles: boolean): Promise<void> {
  if (!existsSync(layouts.cluster(clusterId))) return;
  const seed = seedDirectory(layouts, clusterId);
  await nodes.stop({ clusterId, nodeId }, 'kill');
  memory.release((name) => name === memoryName({ clusterId, nodeId }));
  if (mode === 'zookeeper') await ensureDirectory(seed);
  // Before the data goes, so that a node of the same id that comes later begins as one that joins. Also when all of its directory is gone already.
  await clearStorage(seed, nodeId, layouts.node(clusterId, nodeId).data);
  if (!keepFiles) await nodes.removeNode({ clusterId, nodeId }, false);
  nodes.changed(clusterId);
}
