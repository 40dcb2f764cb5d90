import type { Caller, RunningCluster } from '#libs/control/domain';
import type { Cluster } from '#libs/kafka/client';
import { CLUSTER_METRICS_LIMITS, createClusterMetricsUseCases } from './cluster-metrics.js';
import type { DataPlaneConnections } from './connections.js';

const caller = {} as Caller;
const idOf = (index: number): string => `lkc-${String(index).padStart(4, '0')}`;

function installation(count: number, answerOf: (id: string) => Promise<unknown>, nowMs: () => number = () => 0) {
  let most = 0;
  let now = 0;
  const connections = {
    asPlatform: ({ clusterId }: RunningCluster) => ({
      survey: async (use: (connection: unknown) => Promise<unknown>) => {
        most = Math.max(most, ++now);
        try { return [{ nodeId: 1, answered: true, value: await use({ send: () => answerOf(clusterId) }) }]; } finally { now -= 1; }
      },
    }) as unknown as Cluster,
  } as unknown as DataPlaneConnections;
  const running = Array.from({ length: count }, (_, index) => ({ clusterId: idOf(index) }) as unknown as RunningCluster);
  const useCases = createClusterMetricsUseCases(connections, { runningClusters: async (_caller, limit) => running.slice(0, limit) }, nowMs);
  return { gather: () => useCases.gather(caller), mostAtOnce: () => most };
}
const told = { errorCode: 0, errorMessage: null, metrics: [] };

it('asks clusters side by side, so many at once, and sorts them', async () => {
  const { gather, mostAtOnce } = installation(CLUSTER_METRICS_LIMITS.clustersMax, async () => { await null; return told; });
  const { clusters, isComplete } = await gather();
  expect([clusters.length, isComplete, clusters[0]!.cluster.clusterId, clusters.at(-1)!.cluster.clusterId]).toEqual([CLUSTER_METRICS_LIMITS.clustersMax, true, idOf(0), idOf(CLUSTER_METRICS_LIMITS.clustersMax - 1)]);
  expect(mostAtOnce()).toBe(CLUSTER_METRICS_LIMITS.concurrentClusters);
});

it('says that there are more than it asks', async () => {
  const { gather } = installation(CLUSTER_METRICS_LIMITS.clustersMax + 1, async () => told);
  expect(await gather()).toMatchObject({ isComplete: false, clusters: { length: CLUSTER_METRICS_LIMITS.clustersMax } });
});

it('tells the others when one fails or refuses', async () => {
  const { gather } = installation(3, async (id) => {
    if (id === idOf(0)) throw new Error('unreachable');
    return id === idOf(1) ? { ...told, errorCode: 31 } : told;
  });
  expect((await gather()).clusters.map(({ brokers }) => brokers)).toEqual([null, null, [[]]]);
});

it('takes a cluster whose engine knows no figures for one that is up', async () => {
  const { gather } = installation(1, async () => ({ ...told, errorCode: 35 }));
  expect((await gather()).clusters.map(({ brokers }) => brokers)).toEqual([[]]);
});

it('ends before a scrape gives up, whoever dawdles: those whose turn has not come are down', async () => {
  let nowMs = 0;
  let asked = 0;
  const { gather } = installation(CLUSTER_METRICS_LIMITS.clustersMax, async () => {
    asked += 1;
    // A round of those that are asked at once, as long as one may take.
    if (asked % CLUSTER_METRICS_LIMITS.concurrentClusters === 0) nowMs += CLUSTER_METRICS_LIMITS.deadlineMs;
    await null;
    return told;
  }, () => nowMs);
  const { clusters } = await gather();
  expect(clusters).toHaveLength(CLUSTER_METRICS_LIMITS.clustersMax);
  expect(nowMs).toBeLessThan(CLUSTER_METRICS_LIMITS.gatheringMs + CLUSTER_METRICS_LIMITS.deadlineMs);
  expect(clusters.filter(({ brokers }) => brokers !== null)).toHaveLength(asked);
});
