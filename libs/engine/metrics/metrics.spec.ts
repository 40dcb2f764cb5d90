import { createLatency } from './latency.js';
import { createMetrics, family } from './metrics.js';
import { METRICS_LIMITS } from './metrics.limits.js';

describe('metrics', () => {
  it('asks its sources when asked, and joins families of one name', () => {
    const metrics = createMetrics();
    let value = 1;
    metrics.add(() => [family('gauge', 'b', 'B.', [[{ topic: 'x' }, value]]), family('counter', 'a_total', 'A.', 5)]);
    metrics.add(() => [family('gauge', 'b', 'B.', [[{ topic: 'y' }, 2]])]);
    value = 7;
    expect(metrics.gather().map(({ name, kind, samples }) => [name, kind, samples.map((sample) => [sample.labels.map((label) => label.value).join(), sample.value])])).toEqual([
      ['a_total', 'counter', [['', 5]]], ['b', 'gauge', [['x', 7], ['y', 2]]],
    ]);
  });
});

describe('latency', () => {
  it('has quantiles at most an eighth of a power of two too large', () => {
    const latency = createLatency();
    for (let ms = 1; ms <= 1000; ms++) latency.observe(ms, 0);
    for (const [share, exact] of [[0.5, 500], [0.99, 990], [0.999, 999], [1, 1000]] as const) {
      expect(latency.quantile(share, 0)).toBeGreaterThanOrEqual(exact);
      expect(latency.quantile(share, 0)).toBeLessThan(exact * 2 ** (1 / 8) * 1.001);
    }
  });
  it('takes anything for a duration', () => {
    const latency = createLatency();
    for (const ms of [0, -1, 1e-9, 1e12, Infinity]) latency.observe(ms, 0);
    expect(latency.count).toBe(5);
    expect(latency.quantile(1, 0)).toBe(2 ** 17);
  });
  it('forgets what is older than two windows, and keeps the history', () => {
    const latency = createLatency();
    latency.observe(100, 0);
    expect(latency.quantile(0.5, METRICS_LIMITS.latencyWindowMs + 1)).toBeGreaterThanOrEqual(100);
    latency.observe(1, METRICS_LIMITS.latencyWindowMs + 2);
    expect(latency.quantile(1, METRICS_LIMITS.latencyWindowMs + 3)).toBeGreaterThanOrEqual(100);
    expect(latency.quantile(1, 2 * METRICS_LIMITS.latencyWindowMs + 4)).toBeLessThan(2);
    expect(latency.quantile(1, 9 * METRICS_LIMITS.latencyWindowMs)).toBe(0);
    expect(latency.count).toBe(2);
  });
  it('counts into buckets that hold all below them', () => {
    const latency = createLatency();
    for (const ms of [0.1, 0.5, 0.6, 20_000]) latency.observe(ms, 0);
    const samples = latency.samples({ api: 'Produce' });
    const bucket = (le: string) => samples.find((sample) => sample.suffix === '_bucket' && sample.labels.at(-1)!.value === le)!.value;
    expect([bucket('0.0005'), bucket('0.001'), bucket('10'), bucket('+Inf')]).toEqual([2, 3, 3, 4]);
    expect(samples.slice(-2).map(({ suffix, value, labels }) => [suffix, value, labels])).toEqual([['_sum', expect.closeTo(20.0012), [{ name: 'api', value: 'Produce' }]], ['_count', 4, [{ name: 'api', value: 'Produce' }]]]);
  });
});
