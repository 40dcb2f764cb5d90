/** How long a request's calls to its cluster took: the rest of the request is the platform's own doing. */
import type { Caller } from '#libs/control/domain';
import type { Cluster } from '#libs/kafka/client';

/** Calls that run side by side count once. */
interface Meter { running: number; sinceMs: number; totalMs: number }

/** A caller is one request's, and goes with it. */
const meters = new WeakMap<Caller, Meter>();

/** Null: nothing has been asked of a cluster. */
export function kafkaTimeMs(caller: Caller): number | null {
  const meter = meters.get(caller);
  return meter === undefined ? null : meter.totalMs + (meter.running > 0 ? performance.now() - meter.sinceMs : 0);
}

/** The same client, with what it does counted for this request. */
export function timed(client: Cluster, caller: Caller): Cluster {
  const meter = meters.get(caller) ?? { running: 0, sinceMs: 0, totalMs: 0 };
  meters.set(caller, meter);
  const count = <Given extends unknown[], T>(call: (...given: Given) => Promise<T>) => async (...given: Given): Promise<T> => {
    if (meter.running++ === 0) meter.sinceMs = performance.now();
    try {
      return await call(...given);
    } finally {
      if (--meter.running === 0) meter.totalMs += performance.now() - meter.sinceMs;
    }
  };
  return {
    ...client,
    any: count(client.any) as Cluster['any'], controller: count(client.controller) as Cluster['controller'], node: count(client.node) as Cluster['node'], every: count(client.every) as Cluster['every'],
    survey: count(client.survey) as Cluster['survey'], coordinator: count(client.coordinator) as Cluster['coordinator'], leader: count(client.leader) as Cluster['leader'], describe: count(client.describe),
    retry: count(client.retry) as Cluster['retry'],
  };
}
