/** KIP-599's bucket: full at first, filled by the quota a second up to what the whole window may bring, and in debt after a large change. */
import type { RateWindow } from './windowed-rate.js';

export interface TokenBucket {
  /** Negative: in debt. */
  tokens(quota: number, nowMs: number): number;
  take(count: number, quota: number, nowMs: number): void;
}

export function createTokenBucket({ samples, sampleMs }: RateWindow): TokenBucket {
  let tokens = Infinity;
  let lastMs = 0;
  const refill = (quota: number, nowMs: number): void => {
    // An admin may set a quota without a bound: of no time it gives no number.
    tokens = quota === Infinity ? Infinity : Math.min((samples * sampleMs * quota) / 1000, tokens + (quota * (nowMs - lastMs)) / 1000);
    lastMs = nowMs;
  };
  return {
    tokens(quota, nowMs) {
      refill(quota, nowMs);
      return tokens;
    },
    take(count, quota, nowMs) {
      refill(quota, nowMs);
      tokens -= count;
    },
  };
}
