import { QUOTA_LIMITS } from './quotas.limits.js';
import { createSensors } from './sensors.js';
import { createTokenBucket } from './token-bucket.js';
import { createWindowedRate, throttleTimeMs } from './windowed-rate.js';

const window = { samples: 11, sampleMs: 1_000 };

describe('a windowed rate', () => {
  it('divides by ten whole samples from the first moment on, so that a window may be used up at once', () => {
    const rate = createWindowedRate(window);
    rate.record(10_000, 0);
    expect(rate.windowMs(0)).toBe(10_000);
    expect(rate.measure(0)).toBe(1_000);
    expect(throttleTimeMs(rate, 1_000, 0, Infinity)).toBe(0);
  });
  it('throttles by (rate − bound) / bound × window, rounded', () => {
    const rate = createWindowedRate(window);
    rate.record(10_000, 0);
    rate.record(1_000, 500);
    // 11,000 in 500 ms and ten samples: the window is 0.5 s begun and 10 s lacking.
    expect(rate.windowMs(500)).toBe(10_500);
    expect(throttleTimeMs(rate, 1_000, 500, Infinity)).toBe(500);
    expect(throttleTimeMs(rate, 1_000, 500, 200)).toBe(200);
    expect(throttleTimeMs(rate, 300, 500, Infinity)).toBe(Math.round((11_000 / 10.5 - 300) / 300 * 10_500));
  });
  it('is back at the bound when the throttle is over', () => {
    const rate = createWindowedRate(window);
    rate.record(14_000, 0);
    const waitMs = throttleTimeMs(rate, 1_000, 0, Infinity);
    expect(waitMs).toBe(4_000);
    expect(throttleTimeMs(rate, 1_000, waitMs, Infinity)).toBeLessThanOrEqual(10_000);
    let sent = 0;
    for (let nowMs = 0; nowMs < 60_000;) {
      rate.record(500, nowMs);
      sent += 500;
      nowMs += Math.max(1, throttleTimeMs(rate, 1_000, nowMs, Infinity));
    }
    expect((sent + 14_000) / 60).toBeGreaterThan(900);
    expect((sent + 14_000) / 60).toBeLessThan(1_300);
  });
  it('forgets a sample 11 s after its last value, and keeps no more than twelve', () => {
    const rate = createWindowedRate(window);
    for (let second = 0; second < 30; second++) rate.record(100, second * 1_000);
    expect(rate.measure(29_000)).toBeCloseTo(100 * 11 / 10, 5);
    expect(rate.measure(29_000 + 11_000)).toBe(0);
  });
  it('takes back what was recorded', () => {
    const rate = createWindowedRate(window);
    rate.record(500, 0);
    rate.record(-500, 10);
    expect(rate.measure(10)).toBe(0);
  });
});

describe('a token bucket', () => {
  it('is full at first, goes into debt and is paid back by the second', () => {
    const bucket = createTokenBucket(window);
    expect(bucket.tokens(2, 0)).toBe(22);
    bucket.take(30, 2, 0);
    expect(bucket.tokens(2, 0)).toBe(-8);
    expect(bucket.tokens(2, 4_000)).toBe(0);
    expect(bucket.tokens(2, 1_000_000)).toBe(22);
  });
  it('that is boundless for a while is full afterwards', () => {
    const bucket = createTokenBucket(window);
    bucket.take(30, Infinity, 1_000);
    bucket.take(30, Infinity, 1_000);
    expect(bucket.tokens(Infinity, 2_000)).toBe(Infinity);
    expect(bucket.tokens(2, 2_000)).toBe(22);
  });
});

describe('sensors', () => {
  it('stay while they are used, go after an hour without', () => {
    const sensors = createSensors(() => ({}));
    const first = sensors.get('a', 0);
    expect(sensors.get('a', QUOTA_LIMITS.sensorIdleMs - 1)).toBe(first);
    expect(sensors.get('a', 2 * QUOTA_LIMITS.sensorIdleMs)).not.toBe(first);
    sensors.get('b', 4 * QUOTA_LIMITS.sensorIdleMs);
    expect(sensors.size).toBe(1);
  });
  it('are so many and no more: the one used longest ago goes', () => {
    const sensors = createSensors(() => ({}));
    for (let index = 0; index < QUOTA_LIMITS.sensorsMax; index++) sensors.get(`n${index}`, index);
    const [kept] = [sensors.get('n0', 10_000)];
    sensors.get('one more', 10_001);
    expect(sensors.size).toBe(QUOTA_LIMITS.sensorsMax);
    expect(sensors.get('n0', 10_002)).toBe(kept);
  });
});
