import type { ClusterAdministration, ClusterDriver, DriverCapabilities, ObservedBroker, PrincipalsFile } from '#libs/control/domain';

/** A driver whose brokers are entries of a map: what the HTTP side needs to see a cluster become PROVISIONED, or fail to. */
export interface FakeClusterDriver extends ClusterDriver {
  readonly principals: ReadonlyMap<string, PrincipalsFile>;
  /** Brokers of clusters that are made from now on end with this reason; null lets them work. */
  failWith(reason: string | null): void;
}

const fakeCapabilities: DriverCapabilities = { flushModes: ['ack', 'os'], brokersPerClusterMax: 1, transactions: false, diskLimit: true, lifeCycle: true, keys: 'file', namingPolicy: true, scramUsers: true, logDetails: true };

export function createFakeClusterDriver(): FakeClusterDriver {
  const clusters = new Map<string, Map<number, ObservedBroker>>();
  const principals = new Map<string, PrincipalsFile>();
  const waiting = new Map<string, (() => void)[]>();
  /** Changes since the last `observe`: the next wait of this cluster ends at once. */
  const unseen = new Set<string>();
  let failure: string | null = null;

  const brokersOf = (clusterId: string): Map<number, ObservedBroker> => {
    const brokers = clusters.get(clusterId) ?? new Map<number, ObservedBroker>();
    clusters.set(clusterId, brokers);
    return brokers;
  };
  const changed = (clusterId: string): void => {
    unseen.add(clusterId);
    for (const wake of waiting.get(clusterId) ?? []) wake();
    waiting.delete(clusterId);
  };
  const absent = (nodeId: number): ObservedBroker => ({ nodeId, process: 'absent', pid: null, everReady: false, exitReason: null, bundle: null, configMatches: true });

  return {
    name: 'fake',
    capabilities: fakeCapabilities,
    offer: () => ({
      engine: 'fake', title: 'A machine in memory', region: 'fake', isProvisioned: true, versions: [], brokersMax: 1, controllersMax: 0, heapMb: null, takesConfigs: false,
      flushModes: ['ack', 'os'], capabilities: fakeCapabilities, problem: null,
    }),
    checkConfigs: async () => [],
    dynamicConfigs: async () => ({}),
    principals,
    failWith: (reason) => { failure = reason; },
    observe: async (clusterId) => {
      unseen.delete(clusterId);
      return { brokers: [...clusters.get(clusterId)?.values() ?? []].map((each) => ({ ...each })), directoryExists: clusters.has(clusterId) };
    },
    prepare: async (desired) => {
      const brokers = brokersOf(desired.clusterId);
      for (const { nodeId } of desired.brokers) if (!brokers.has(nodeId)) brokers.set(nodeId, absent(nodeId));
    },
    startBroker: async ({ clusterId }, nodeId) => {
      const works = failure === null;
      brokersOf(clusterId).set(nodeId, { nodeId, process: works ? 'ready' : 'failed', pid: works ? 1 : null, everReady: works, exitReason: failure, bundle: 'fakefakefake', configMatches: true });
      changed(clusterId);
    },
    waitForChange: (clusterId, timeoutMs) => new Promise((resolve) => {
      if (unseen.has(clusterId)) return resolve();
      const timer = setTimeout(resolve, timeoutMs);
      timer.unref();
      waiting.set(clusterId, [...waiting.get(clusterId) ?? [], () => { clearTimeout(timer); resolve(); }]);
    }),
    stopBroker: async (clusterId, nodeId) => {
      if (clusters.get(clusterId)?.has(nodeId)) brokersOf(clusterId).set(nodeId, absent(nodeId));
      changed(clusterId);
    },
    stopTogether: async (clusterId, nodeIds) => {
      for (const nodeId of nodeIds) if (clusters.get(clusterId)?.has(nodeId)) brokersOf(clusterId).set(nodeId, absent(nodeId));
      changed(clusterId);
    },
    removeBroker: async (clusterId, nodeId) => {
      clusters.get(clusterId)?.delete(nodeId);
      changed(clusterId);
    },
    inspect: async () => ({ brokers: [], services: [] }),
    applyPrincipals: async (clusterId, file) => {
      if (file.sequence >= (principals.get(clusterId)?.sequence ?? 0)) principals.set(clusterId, file);
    },
    remove: async (clusterId) => {
      clusters.delete(clusterId);
      principals.delete(clusterId);
      changed(clusterId);
    },
    listOwned: async () => [...clusters.keys()],
  };
}

/** Clusters that are well and empty: every node that there should be is there, and takes what it is told. */
export function pretendedAdministration(): ClusterAdministration {
  const done = async (): Promise<void> => undefined;
  return {
    health: async ({ brokers }) => ({ brokers: brokers.map(({ nodeId }) => ({ nodeId, rack: null })), controllerId: brokers[0]?.nodeId ?? null, voters: null, partitions: [] }),
    alterConfigs: done, reassign: done, electPreferred: done, featuresProblem: async () => null, updateFeatures: done, unregisterBroker: done, removeVoter: done, addVoter: done,
  };
}
