import { OperationalError } from '#libs/kernel';
import type { ClusterDriver, DesiredCluster, DriverCapabilities, NodeRole, ObservedBroker, PrincipalsFile } from '#libs/control/domain';

const fakeCapabilities: DriverCapabilities = { flushModes: ['ack', 'os'], brokersPerClusterMax: 6, transactions: false, diskLimit: true, lifeCycle: true, keys: 'file', namingPolicy: true, scramUsers: true, logDetails: true };

/** `roles`: what the process was started for. */
type FakeBroker = ObservedBroker & { config: string; roles: readonly NodeRole[] };
interface World { desired: DesiredCluster; principals: PrincipalsFile | null; brokers: Map<number, FakeBroker>; /** Nodes with data. */ data: Set<number>; /** Most nodes that weren't ready when one was stopped, that one included. */ mostDown: number }

const rolesOf = ({ brokers }: DesiredCluster, nodeId: number): readonly NodeRole[] => brokers?.find((each) => each.nodeId === nodeId)?.roles ?? [];
/** What a broker's files say. */
const configOf = (desired: DesiredCluster, nodeId: number): string =>
  JSON.stringify([desired.flushMode, desired.version, rolesOf(desired, nodeId), Object.entries(desired.configs ?? {}).filter(([key]) => !isDynamic(key)).sort()]);
const isDynamic = (key: string): boolean => key.startsWith('dynamic.');

/** For tests only: a machine in memory. It outlives the reconcilers that work on it, as brokers outlive the platform. */
export interface FakeDriver extends ClusterDriver {
  readonly clusters: ReadonlyMap<string, World>;
  readonly calls: string[];
  /** What the next starts do; default is to become ready. */
  startOutcome: 'ready' | 'exit' | 'hang';
  /** The next call of this method fails once, before its effect. */
  failOnce(method: keyof ClusterDriver): void;
  /** The process dies by itself. */
  die(clusterId: string, nodeId: number, reason?: string): void;
  become(clusterId: string, nodeId: number, process: ObservedBroker['process']): void;
  leave(clusterId: string): void;
  /** The directory and the processes are gone, and nobody asked. */
  lose(clusterId: string): void;
  /** The node's directory is gone, and nobody asked. */
  loseNode(clusterId: string, nodeId: number): void;
  /** What prepare says from now on; null: it does its work. */
  prepareProblem: OperationalError | null;
  /** How often somebody has begun to wait for the cluster's news. */
  watches(clusterId: string): number;
  /** Holds principals, or what prepare does, back until the returned function is called. */
  holdPrincipals(): () => void;
  holdPrepare(): () => void;
}

export function createFakeDriver(): FakeDriver {
  const clusters = new Map<string, World>();
  const changes = createChanges();
  const { changed } = changes;
  const failing = new Set<string>();
  const watches = new Map<string, number>();
  const holds: Record<'principals' | 'prepare', Promise<void>> = { principals: Promise.resolve(), prepare: Promise.resolve() };
  const hold = (what: keyof typeof holds): (() => void) => {
    let release = (): void => undefined;
    holds[what] = new Promise((resolve) => { release = resolve; });
    return release;
  };
  let pid = 1000;

  const enter = (method: keyof ClusterDriver, clusterId: string): void => {
    driver.calls.push(`${method} ${clusterId}`);
    if (failing.delete(method)) throw new OperationalError('driver_failed', `${method} failed`, true);
  };
  const broker = (clusterId: string, nodeId: number) => {
    const found = clusters.get(clusterId)?.brokers.get(nodeId);
    if (!found) throw new Error(`no broker ${nodeId} of ${clusterId}`);
    return found;
  };

  const driver: FakeDriver = {
    name: 'fake',
    capabilities: fakeCapabilities,
    offer: () => ({
      engine: 'fake', title: 'A machine in memory', region: 'fake', isProvisioned: true, brokersMax: 6, controllersMax: 3, heapMb: null, takesConfigs: true,
      versions: [{ version: '1.0', isInstalled: true, upgradesFrom: [] }, { version: '2.0', isInstalled: true, upgradesFrom: ['1.0'] }],
      flushModes: ['ack', 'os'], capabilities: fakeCapabilities, problem: null,
    }),
    checkConfigs: async () => [],
    dynamicConfigs: async (_version, configs) => Object.fromEntries(Object.entries(configs).filter(([key]) => isDynamic(key))),
    prepareProblem: null,
    loseNode: (clusterId, nodeId) => {
      clusters.get(clusterId)?.brokers.delete(nodeId);
      clusters.get(clusterId)?.data.delete(nodeId);
      changed(clusterId);
    },
    clusters,
    calls: [],
    startOutcome: 'ready',
    failOnce: (method) => { failing.add(method); },
    die: (clusterId, nodeId, reason = 'killed by SIGKILL') => {
      Object.assign(broker(clusterId, nodeId), { process: 'failed', pid: null, exitReason: reason });
      changed(clusterId);
    },
    become: (clusterId, nodeId, process) => {
      Object.assign(broker(clusterId, nodeId), { process, everReady: process === 'ready' });
      changed(clusterId);
    },
    leave: (clusterId) => { clusters.set(clusterId, { desired: { clusterId } as DesiredCluster, principals: null, brokers: new Map(), data: new Set(), mostDown: 0 }); },
    lose: (clusterId) => {
      clusters.delete(clusterId);
      changed(clusterId);
    },
    holdPrincipals: () => hold('principals'),
    holdPrepare: () => hold('prepare'),
    observe: async (clusterId) => {
      changes.see(clusterId);
      const world = clusters.get(clusterId);
      return { directoryExists: world !== undefined, brokers: [...(world?.brokers.values() ?? [])].map((each) => ({ ...each, configMatches: each.process === 'absent' || each.config === configOf(world!.desired, each.nodeId) })) };
    },
    prepare: async (desired) => {
      enter('prepare', desired.clusterId);
      await holds.prepare;
      if (driver.prepareProblem) throw driver.prepareProblem;
      const world: World = { principals: null, brokers: new Map(), data: new Set(), mostDown: 0, ...clusters.get(desired.clusterId), desired };
      clusters.set(desired.clusterId, world);
      for (const { nodeId } of desired.brokers) {
        world.data.add(nodeId);
        if (!world.brokers.has(nodeId)) world.brokers.set(nodeId, { nodeId, process: 'absent', pid: null, everReady: false, exitReason: null, bundle: null, configMatches: true, config: configOf(desired, nodeId), roles: [] });
      }
    },
    startBroker: async (desired, nodeId) => {
      enter('startBroker', desired.clusterId);
      const world = clusters.get(desired.clusterId);
      if (!world?.principals) throw new Error('a broker is started after its files are there');
      const present = world.brokers.get(nodeId)?.process;
      if (present && present !== 'absent' && present !== 'failed') return;
      if (!world.data.has(nodeId)) throw new Error(`node ${nodeId} is started without its data`);
      pid += 1;
      world.brokers.set(nodeId, { nodeId, process: 'starting', pid, everReady: false, exitReason: null, bundle: world.desired.version === '2.0' ? 'b2' : 'b1', configMatches: true, config: configOf(world.desired, nodeId), roles: rolesOf(desired, nodeId) });
      if (driver.startOutcome === 'ready') setImmediate(() => { if (world.brokers.get(nodeId)?.process === 'starting') driver.become(desired.clusterId, nodeId, 'ready'); });
      if (driver.startOutcome === 'exit') setImmediate(() => driver.die(desired.clusterId, nodeId, 'address in use'));
    },
    waitForChange: (clusterId, timeoutMs) => {
      watches.set(clusterId, (watches.get(clusterId) ?? 0) + 1);
      return changes.wait(clusterId, timeoutMs);
    },
    watches: (clusterId) => watches.get(clusterId) ?? 0,
    stopBroker: async (clusterId, nodeId) => {
      enter('stopBroker', clusterId);
      const world = clusters.get(clusterId);
      const found = world?.brokers.get(nodeId);
      if (world) world.mostDown = Math.max(world.mostDown, [...world.brokers.values()].filter((each) => each.nodeId === nodeId || each.process !== 'ready').length);
      if (found) Object.assign(found, { process: 'absent', pid: null });
      changed(clusterId);
    },
    stopTogether: async (clusterId, nodeIds) => {
      for (const nodeId of nodeIds) await driver.stopBroker(clusterId, nodeId, 'graceful');
    },
    removeBroker: async (clusterId, nodeId, options) => {
      enter('removeBroker', clusterId);
      const world = clusters.get(clusterId);
      world?.data.delete(nodeId);
      if (options?.keepFiles) Object.assign(world?.brokers.get(nodeId) ?? {}, { process: 'absent', pid: null });
      else world?.brokers.delete(nodeId);
      changed(clusterId);
    },
    inspect: async () => ({ brokers: [], services: [] }),
    applyPrincipals: async (clusterId, file) => {
      enter('applyPrincipals', clusterId);
      await holds.principals;
      const world = clusters.get(clusterId);
      if (!world) throw new OperationalError('no_directory', 'the cluster has no directory', true);
      if (world.principals === null || file.sequence >= world.principals.sequence) world.principals = file;
    },
    remove: async (clusterId) => {
      enter('remove', clusterId);
      clusters.delete(clusterId);
      changed(clusterId);
    },
    listOwned: async () => [...clusters.keys()],
  };
  return driver;
}

interface Changes { changed(clusterId: string): void; see(clusterId: string): void; wait(clusterId: string, timeoutMs: number): Promise<void> }

function createChanges(): Changes {
  const waiters = new Map<string, Set<() => void>>();
  const versions = new Map<string, number>();
  const seen = new Map<string, number>();
  return {
    changed: (clusterId) => {
      versions.set(clusterId, (versions.get(clusterId) ?? 0) + 1);
      for (const wake of waiters.get(clusterId) ?? []) wake();
      waiters.delete(clusterId);
    },
    see: (clusterId) => { seen.set(clusterId, versions.get(clusterId) ?? 0); },
    wait: (clusterId, timeoutMs) => new Promise((resolve) => {
      if ((versions.get(clusterId) ?? 0) !== (seen.get(clusterId) ?? 0)) { resolve(); return; }
      const timer = setTimeout(resolve, timeoutMs).unref();
      const set = waiters.get(clusterId) ?? new Set();
      set.add(() => { clearTimeout(timer); resolve(); });
      waiters.set(clusterId, set);
    }),
  };
}
