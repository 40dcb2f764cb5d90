/** Bounds of the client: nothing waits or grows without one. */
export const clientLimits = {
  connectTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  /** Requests that wait for an answer on one connection. */
  inFlightMax: 100,
  responseBytesMax: 100 * 1024 * 1024,
  /** Open clients that a pool keeps. */
  pooledClientsMax: 1_024,
  pooledIdleMs: 60_000,
} as const;
