/**
 * Kafka's rate of a quota: values in samples of a second, divided by the time that the kept samples span, and by no less than all but one of
 * them. So who begins may burst, and who waits is owed nothing beyond the window.
 */
export interface RateWindow { samples: number; sampleMs: number }

export interface WindowedRate {
  /** Negative takes back. */
  record(value: number, nowMs: number): void;
  /** Per second. */
  measure(nowMs: number): number;
  /** Time that `measure` divides by. */
  windowMs(nowMs: number): number;
}

interface Sample { startMs: number; lastMs: number; value: number }

export function createWindowedRate({ samples: count, sampleMs }: RateWindow): WindowedRate {
  const samples: Sample[] = [];
  let at = 0;

  const current = (nowMs: number): Sample => {
    const sample = samples[at];
    if (sample !== undefined && nowMs - sample.startMs < sampleMs) return sample;
    // One more than asked for: the oldest may overlap the window.
    if (sample !== undefined) at = (at + 1) % (count + 1);
    return samples[at] = { startMs: nowMs, lastMs: nowMs, value: 0 };
  };
  const forgetOld = (nowMs: number): void => {
    for (const sample of samples) {
      if (nowMs - sample.lastMs >= count * sampleMs) Object.assign(sample, { startMs: nowMs, lastMs: nowMs, value: 0 });
    }
  };
  const windowMs = (nowMs: number): number => {
    forgetOld(nowMs);
    const oldestMs = samples.reduce((oldest, { startMs }) => Math.min(oldest, startMs), nowMs);
    const elapsedMs = nowMs - oldestMs;
    const lackingSamples = Math.max(0, count - 1 - Math.floor(elapsedMs / sampleMs));
    return Math.max(1, elapsedMs + lackingSamples * sampleMs);
  };

  return {
    record(value, nowMs) {
      const sample = current(nowMs);
      sample.value += value;
      sample.lastMs = nowMs;
    },
    measure(nowMs) {
      const window = windowMs(nowMs);
      return samples.reduce((sum, { value }) => sum + value, 0) / (window / 1000);
    },
    windowMs,
  };
}

/** How long to hold somebody back so that the rate comes down to the bound by then; 0 within it. */
export function throttleTimeMs(rate: WindowedRate, bound: number, nowMs: number, maxMs: number): number {
  const measured = rate.measure(nowMs);
  if (measured <= bound) return 0;
  return Math.min(maxMs, Math.round(((measured - bound) / bound) * rate.windowMs(nowMs)));
}
