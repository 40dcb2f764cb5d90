/** How long requests take by API, from the handler's call to its answer: a Fetch that waits for records waits in here. */
import { ApiKey } from '#libs/kafka/protocol';
import type { Clock } from '#libs/kernel';
import { createLatency, family, type Latency, type MetricFamily } from '../metrics/index.js';
import type { ApiHandler } from './api.js';

export interface RequestLatencies {
  /** The same handler, timed. */
  timed(handler: ApiHandler): ApiHandler;
  families(): MetricFamily[];
}

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(ApiKey).map(([name, key]) => [key, name]));

export function createRequestLatencies(clock: Clock): RequestLatencies {
  const latencies = new Map<string, Latency>();
  return {
    timed(handler) {
      const latency = createLatency();
      latencies.set(NAMES.get(handler.apiKey) ?? `key ${handler.apiKey}`, latency);
      return {
        ...handler,
        handle(context, request) {
          const startedMs = clock.monotonic();
          const done = <T>(answer: T): T => {
            const nowMs = clock.monotonic();
            latency.observe(nowMs - startedMs, nowMs);
            return answer;
          };
          const answer = handler.handle(context, request);
          return answer instanceof Promise ? answer.then(done) : done(answer);
        },
      };
    },
    families() {
      // An API that nobody used has no series.
      const used = [...latencies].filter(([, { count }]) => count > 0);
      const nowMs = clock.monotonic();
      return [
        {
          name: 'sluice_request_duration_seconds', kind: 'histogram', help: 'Time from a request to its answer, waiting fetches included.',
          samples: used.flatMap(([api, latency]) => latency.samples({ api })),
        },
        family('gauge', 'sluice_request_p99_seconds', 'What 99 of 100 requests of the last minute or two took at most.', used.map(([api, latency]) => [{ api }, latency.quantile(0.99, nowMs) / 1000])),
      ];
    },
  };
}
