/** Series are memory in whoever stores them: what users name (topics, groups) is bounded, and what is left out is counted. */
export const METRICS_LIMITS = {
  /** Topics with series of their own, the first by name. */
  topicsMax: 1000,
  /** Pairs of group and topic with a lag of their own, the first by name. */
  groupTopicsMax: 1000,
  /** How long one window of latencies is; quantiles are of the last one or two. */
  latencyWindowMs: 60_000,
} as const;
