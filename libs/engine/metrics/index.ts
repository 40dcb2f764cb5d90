export * from './api.js';
export { createLatency, LATENCY_BOUNDS, type Latency } from './latency.js';
export { createMetrics, family } from './metrics.js';
export { METRICS_LIMITS } from './metrics.limits.js';
