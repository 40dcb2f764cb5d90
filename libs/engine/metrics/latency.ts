/**
 * How long things took. Two views of the same observations: buckets that only grow, for whoever keeps a history, and fine ones (an eighth of a power
 * of two, so that a quantile is at most an eighth too large) of the last minute or two, to ask for a quantile now. An observation is two increments.
 */
import type { MetricSample } from './api.js';
import { METRICS_LIMITS } from './metrics.limits.js';

/** Upper bounds in seconds. */
export const LATENCY_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] as const;

const STEPS = 8;
const FIRST_POWER = -7; // 2^-7 ms, about 8 µs
const LAST_POWER = 17; // 131 s
const FINE_BUCKETS = (LAST_POWER - FIRST_POWER) * STEPS + 1;

export interface Latency {
  readonly count: number;
  observe(durationMs: number, nowMs: number): void;
  /** Milliseconds that this share took at most, of the window that is open and the one before; 0 without any. */
  quantile(share: number, nowMs: number): number;
  /** `_bucket`, `_sum`, `_count` in seconds. */
  samples(labels: Record<string, string>): MetricSample[];
}

function fineBucket(durationMs: number): number {
  if (!(durationMs > 2 ** FIRST_POWER)) return 0;
  return Math.min(FINE_BUCKETS - 1, Math.ceil((Math.log2(durationMs) - FIRST_POWER) * STEPS));
}

export function createLatency(): Latency {
  const coarse = new Array<number>(LATENCY_BOUNDS.length + 1).fill(0);
  let open = new Uint32Array(FINE_BUCKETS);
  let before = new Uint32Array(FINE_BUCKETS);
  let windowStartMs = 0;
  let count = 0;
  let sumMs = 0;

  const turn = (nowMs: number): void => {
    const passedMs = nowMs - windowStartMs;
    if (passedMs < METRICS_LIMITS.latencyWindowMs) return;
    [open, before] = [before, open];
    open.fill(0);
    if (passedMs >= 2 * METRICS_LIMITS.latencyWindowMs) before.fill(0);
    windowStartMs = nowMs;
  };
  return {
    get count() { return count; },
    observe(durationMs, nowMs) {
      turn(nowMs);
      count += 1;
      sumMs += durationMs;
      open[fineBucket(durationMs)]! += 1;
      let at = 0;
      while (at < LATENCY_BOUNDS.length && durationMs > LATENCY_BOUNDS[at]! * 1000) at += 1;
      coarse[at]! += 1;
    },
    quantile(share, nowMs) {
      turn(nowMs);
      let total = 0;
      for (let at = 0; at < FINE_BUCKETS; at++) total += open[at]! + before[at]!;
      let left = Math.ceil(total * share);
      if (left === 0) return 0;
      for (let at = 0; at < FINE_BUCKETS; at++) {
        left -= open[at]! + before[at]!;
        if (left <= 0) return 2 ** (FIRST_POWER + at / STEPS);
      }
      return 2 ** LAST_POWER;
    },
    samples(labels) {
      const named = Object.entries(labels).map(([name, value]) => ({ name, value }));
      let below = 0;
      const buckets = coarse.map((observed, at): MetricSample => {
        below += observed;
        return { suffix: '_bucket', labels: [...named, { name: 'le', value: String(LATENCY_BOUNDS[at] ?? '+Inf') }], value: below };
      });
      return [...buckets, { suffix: '_sum', labels: named, value: sumMs / 1000 }, { suffix: '_count', labels: named, value: count }];
    },
  };
}
