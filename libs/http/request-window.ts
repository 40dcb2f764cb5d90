import type { WindowLimit } from './http.limits.js';

/** The state of one key's window, as the X-RateLimit headers tell it. */
export interface WindowState {
  allowed: boolean;
  limit: number;
  remaining: number;
  /** Whole seconds from now until the window starts again; at least 1. */
  resetSeconds: number;
}

/** Fixed windows, one per key, in bounded memory. */
export interface RequestWindow {
  /** Counts one request. */
  take(key: string): WindowState;
  /** The same answer as the next `take` would give, without counting. */
  peek(key: string): WindowState;
}

interface Entry { startedMs: number; count: number }

export function createRequestWindow(limit: WindowLimit, nowMs: () => number): RequestWindow {
  // Insertion order is the order of window starts (an expired window is deleted before it starts anew), so the first entry is the oldest.
  const entries = new Map<string, Entry>();

  function current(key: string): Entry | null {
    const entry = entries.get(key);
    if (!entry) return null;
    if (nowMs() - entry.startedMs < limit.windowMs) return entry;
    entries.delete(key);
    return null;
  }

  function state(entry: Entry | null, count: number): WindowState {
    const endMs = (entry?.startedMs ?? nowMs()) + limit.windowMs;
    return {
      allowed: count <= limit.requestsMax,
      limit: limit.requestsMax,
      remaining: Math.max(0, limit.requestsMax - count),
      resetSeconds: Math.max(1, Math.ceil((endMs - nowMs()) / 1000)),
    };
  }

  return {
    take(key) {
      let entry = current(key);
      if (!entry) {
        entry = { startedMs: nowMs(), count: 0 };
        if (entries.size >= limit.entriesMax) entries.delete(entries.keys().next().value!);
        entries.set(key, entry);
      }
      entry.count = Math.min(entry.count + 1, limit.requestsMax + 1);
      return state(entry, entry.count);
    },
    peek(key) {
      const entry = current(key);
      return state(entry, (entry?.count ?? 0) + 1);
    },
  };
}
