/** What this process counts of itself: requests by route, memory, the event loop, the reconciler. Routes are those of the code, so their number is bounded. */
import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import type { ReconcilerFigures } from '#libs/control/reconciler';
import type { AnsweredRequest } from '#libs/http';
import type { TextFamily, TextSample } from './metrics-text.js';

export interface PlatformMetrics {
  answered(request: AnsweredRequest): void;
  families(): TextFamily[];
}

const BOUNDS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] as const;

interface RouteTotals { buckets: number[]; sumMs: number; count: number }

const labelsOf = (labels: Record<string, string>) => Object.entries(labels).map(([name, value]) => ({ name, value }));
const gauge = (name: string, help: string, value: number): TextFamily => ({ name, help, kind: 'gauge', samples: [{ suffix: '', labels: [], value }] });

function histogramSamples(labels: Record<string, string>, { buckets, sumMs, count }: RouteTotals): TextSample[] {
  let below = 0;
  const lines = buckets.map((observed, at): TextSample => {
    below += observed;
    return { suffix: '_bucket', labels: labelsOf({ ...labels, le: String(BOUNDS_SECONDS[at] ?? '+Inf') }), value: below };
  });
  return [...lines, { suffix: '_sum', labels: labelsOf(labels), value: sumMs / 1000 }, { suffix: '_count', labels: labelsOf(labels), value: count }];
}

export function createPlatformMetrics(options: { reconciler: () => ReconcilerFigures; version: string }): PlatformMetrics {
  const statuses = new Map<string, { labels: Record<string, string>; count: number }>();
  const routes = new Map<string, { labels: Record<string, string>; totals: RouteTotals }>();
  let utilization: EventLoopUtilization = performance.eventLoopUtilization();

  const processFamilies = (): TextFamily[] => {
    const now = performance.eventLoopUtilization();
    const { utilization: busy } = performance.eventLoopUtilization(now, utilization);
    utilization = now;
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    return [
      gauge('sluice_platform_resident_bytes', 'Memory of the platform\'s process.', rss), gauge('sluice_platform_heap_used_bytes', 'Of it JavaScript objects.', heapUsed),
      { name: 'sluice_platform_cpu_seconds_total', help: 'Processor time of the platform\'s process.', kind: 'counter', samples: [{ suffix: '', labels: [], value: (user + system) / 1e6 }] },
      gauge('sluice_platform_event_loop_utilization', 'Share of time that its event loop was busy since it was last asked.', busy),
      gauge('sluice_platform_uptime_seconds', 'Since its start.', process.uptime()),
      { name: 'sluice_platform_info', help: 'The version that runs.', kind: 'gauge', samples: [{ suffix: '', labels: labelsOf({ version: options.version }), value: 1 }] },
    ];
  };
  return {
    answered({ method, route, status, durationMs }) {
      const labels = { method, route: route ?? 'none' };
      const key = `${method} ${labels.route}`;
      let known = routes.get(key);
      if (known === undefined) routes.set(key, known = { labels, totals: { buckets: new Array<number>(BOUNDS_SECONDS.length + 1).fill(0), sumMs: 0, count: 0 } });
      const { totals } = known;
      const at = BOUNDS_SECONDS.findIndex((bound) => durationMs <= bound * 1000);
      totals.buckets[at < 0 ? BOUNDS_SECONDS.length : at]! += 1;
      totals.sumMs += durationMs;
      totals.count += 1;
      const byStatus = statuses.get(`${key} ${status}`);
      if (byStatus === undefined) statuses.set(`${key} ${status}`, { labels: { ...labels, status: String(status) }, count: 1 });
      else byStatus.count += 1;
    },
    families() {
      const { working, failing } = options.reconciler();
      return [
        { name: 'sluice_http_requests_total', help: 'Requests answered.', kind: 'counter', samples: [...statuses.values()].map(({ labels, count }) => ({ suffix: '', labels: labelsOf(labels), value: count })) },
        { name: 'sluice_http_request_duration_seconds', help: 'Time to the end of the answer.', kind: 'histogram', samples: [...routes.values()].flatMap(({ labels, totals }) => histogramSamples(labels, totals)) },
        gauge('sluice_reconciler_clusters_in_work', 'Clusters whose desired state is being made true.', working),
        gauge('sluice_reconciler_clusters_failing', 'Clusters whose last attempt failed and is tried again.', failing),
        ...processFamilies(),
      ];
    },
  };
}
