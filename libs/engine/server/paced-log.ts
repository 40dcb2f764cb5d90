/** A log that a flood of refused clients can't fill: so many lines of an event at once and so many a second, the others counted. Errors always pass. */
import type { Clock, Log } from '#libs/kernel';
import { SERVER_LIMITS } from './server.limits.js';

interface Bucket { tokens: number; atMs: number; suppressed: number }

export function createPacedLog(clock: Clock, log: Log): Log {
  const { logLinesAtOnce, logLinesPerSecond } = SERVER_LIMITS;
  // Events are names in the code, so there are only so many.
  const buckets = new Map<string, Bucket>();
  return {
    write(level, event, fields) {
      if (level === 'error' || level === 'debug') {
        log.write(level, event, fields);
        return;
      }
      const nowMs = clock.monotonic();
      const bucket = buckets.get(event) ?? { tokens: logLinesAtOnce, atMs: nowMs, suppressed: 0 };
      buckets.set(event, bucket);
      bucket.tokens = Math.min(logLinesAtOnce, bucket.tokens + ((nowMs - bucket.atMs) * logLinesPerSecond) / 1000);
      bucket.atMs = nowMs;
      if (bucket.tokens < 1) {
        bucket.suppressed++;
        return;
      }
      bucket.tokens--;
      log.write(level, event, bucket.suppressed === 0 ? fields : { ...fields, suppressed: bucket.suppressed });
      bucket.suppressed = 0;
    },
  };
}
