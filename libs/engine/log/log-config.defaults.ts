/** Settings of a log that nothing is ever taken from: the metadata log, whose snapshots do that, and tests that are not about it. */
import type { LogConfig } from './api.js';

export const NOTHING_REMOVED = {
  segmentJitterMs: 0, compacted: false, deletable: false, retentionMs: -1, retentionBytes: -1, fileDeleteDelayMs: 60_000,
  minCleanableDirtyRatio: 0.5, minCompactionLagMs: 0, maxCompactionLagMs: Number.MAX_SAFE_INTEGER, deleteRetentionMs: 86_400_000,
} as const satisfies Partial<LogConfig>;
