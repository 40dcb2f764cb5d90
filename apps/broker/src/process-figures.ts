/**
 * Memory, processor time and the event loop of this process. Delay and garbage collection are watched only while somebody asks: the watch costs a
 * timer, and an idle broker has none to spare.
 */
import { monitorEventLoopDelay, performance, PerformanceObserver, type EventLoopUtilization } from 'node:perf_hooks';
import type { ProcessFigures } from '#libs/engine/broker';

const WATCH_MS = 120_000;
/** The watch costs half a thousandth of a core at ten a second. */
const RESOLUTION_MS = 100;
const NS_PER_SECOND = 1e9;

export function createProcessFigures(): () => ProcessFigures {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let gcSeconds = 0;
  const collections = new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) gcSeconds += duration / 1000; });
  let utilization: EventLoopUtilization = performance.eventLoopUtilization();
  let ending: NodeJS.Timeout | null = null;

  const watch = (): void => {
    if (ending === null) {
      delay.enable();
      collections.observe({ entryTypes: ['gc'] });
    } else {
      clearTimeout(ending);
    }
    ending = setTimeout(() => {
      ending = null;
      delay.disable();
      delay.reset();
      collections.disconnect();
    }, WATCH_MS).unref();
  };
  // What is measured holds the resolution itself.
  const late = (ns: number): number => Math.max(0, ns / NS_PER_SECOND - RESOLUTION_MS / 1000);
  const takeDelay = (): ProcessFigures['eventLoopDelay'] => {
    // Nothing yet is left to go on: who asks faster than the watch turns would never be told.
    if (ending === null || delay.count === 0) return null;
    const measured = { meanSeconds: late(delay.mean), p99Seconds: late(delay.percentile(99)), maxSeconds: late(delay.max) };
    delay.reset();
    return measured;
  };
  return () => {
    const eventLoopDelay = takeDelay();
    watch();
    const now = performance.eventLoopUtilization();
    const { utilization: eventLoopUtilization } = performance.eventLoopUtilization(now, utilization);
    utilization = now;
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    return { residentBytes: rss, heapUsedBytes: heapUsed, cpuSeconds: (user + system) / 1e6, eventLoopUtilization, eventLoopDelay, gcSeconds };
  };
}
