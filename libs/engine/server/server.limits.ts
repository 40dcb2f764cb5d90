/** Limits of connections and requests. Those with a Kafka key are its default; the key overrides. */
export const SERVER_LIMITS = {
  /** No frame of a client that hasn't logged in is larger. */
  frameBytesBeforeAuthentication: 64 * 1024,
  /** `socket.request.max.bytes`. */
  frameBytesMax: 100 * 1024 * 1024,
  /** A frame up to this size is taken without asking the memory pool. */
  frameBytesUnpooled: 64 * 1024,
  /** Elements of all arrays of one request: four times what one about every partition of a full cluster has. */
  requestElementsMax: 200_000,
  /** Frames larger than `frameBytesUnpooled` that are being received or handled, all connections together (`queued.max.request.bytes`). */
  pooledBytesMax: 512 * 1024 * 1024,
  /** Answers that wait for clients to take them, all connections together; a Fetch beyond it gets one batch. */
  queuedAnswerBytesMax: 128 * 1024 * 1024,
  /** Produce requests of one connection that are being handled: enough for group commit, Java clients send five. */
  requestsInFlightMax: 16,
  /** `max.connections`, `max.connections.per.ip`. */
  connectionsMax: 10_000,
  connectionsPerAddressMax: 2_000,
  /** From the end of the TLS handshake to a finished login. */
  authenticationTimeoutMs: 10_000,
  /** `connections.max.idle.ms`. */
  idleTimeoutMs: 10 * 60_000,
  /** How often idle connections and ended sessions are looked for, while there are connections. */
  sweepIntervalMs: 5_000,
  /** At a stop: how long requests that change something may still take. */
  drainTimeoutMs: 5_000,
} as const;
