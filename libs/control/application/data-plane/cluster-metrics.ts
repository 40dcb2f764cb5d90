/** What the running clusters of the installation tell of themselves, for its operator. A cluster that doesn't answer in time is down, and holds nobody up. */
import type { Caller, RunningCluster } from '#libs/control/domain';
import { describeMetrics, type BrokerMetrics } from '#libs/kafka/client';
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import type { InstallationService } from '../services.js';
import type { DataPlaneConnections } from './connections.js';

export interface ClusterMetrics { cluster: RunningCluster; /** null: it did not answer; none: its engine tells no figures */ brokers: BrokerMetrics[] | null; tookMs: number }

export interface ClusterMetricsUseCases {
  /** `isComplete`: no running cluster is beyond the limit of one gathering. */
  gather(caller: Caller): Promise<{ clusters: ClusterMetrics[]; isComplete: boolean }>;
}

export const CLUSTER_METRICS_LIMITS = {
  /** Of one gathering, the first by id. */
  clustersMax: 200,
  /** Asked at the same time. */
  concurrentClusters: 20,
  /** Of one cluster. */
  deadlineMs: 3000,
  /** Of all: less than the ten seconds after which Prometheus gives up on everybody. */
  gatheringMs: 8000,
} as const;

/** Brokers that answer that they don't know the call are up. */
const orNone = (error: unknown): BrokerMetrics[] => {
  if (error instanceof KafkaError && error.code === ErrorCode.UNSUPPORTED_VERSION) return [];
  throw error;
};

async function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => { timer = setTimeout(() => resolve(null), ms); });
  try {
    return await Promise.race([work.catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}

export function createClusterMetricsUseCases(connections: DataPlaneConnections, installation: InstallationService, nowMs: () => number = () => performance.now()): ClusterMetricsUseCases {
  const { clustersMax, concurrentClusters, deadlineMs, gatheringMs } = CLUSTER_METRICS_LIMITS;
  async function ask(cluster: RunningCluster, endsMs: number): Promise<ClusterMetrics> {
    const startedMs = nowMs();
    const timeoutMs = Math.min(deadlineMs, endsMs - startedMs);
    if (timeoutMs <= 0) return { cluster, brokers: null, tookMs: 0 };
    const brokers = await within(describeMetrics(connections.asPlatform(cluster), { timeoutMs }).catch(orNone), timeoutMs);
    return { cluster, brokers, tookMs: nowMs() - startedMs };
  }
  return {
    async gather(caller) {
      const running = await installation.runningClusters(caller, clustersMax + 1);
      const waiting = running.slice(0, clustersMax);
      const clusters: ClusterMetrics[] = [];
      const endsMs = nowMs() + gatheringMs;
      const worker = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) clusters.push(await ask(next, endsMs));
      };
      await Promise.all(Array.from({ length: concurrentClusters }, worker));
      clusters.sort((a, b) => (a.cluster.clusterId < b.cluster.clusterId ? -1 : 1));
      return { clusters, isComplete: running.length <= clustersMax };
    },
  };
}
