/** Limits of connections and requests. Those with a Kafka key are its default; the key overrides. */
export const SERVER_LIMITS = {
  /** Partitions in one answer of SluiceDescribeLogs. */
  describedLogsMax: 10_000,
  /** No frame of a client that hasn't logged in is larger. */
  frameBytesBeforeAuthentication: 64 * 1024,
  /** `socket.request.max.bytes`. */
  frameBytesMax: 100 * 1024 * 1024,
  /** A frame up to this size is received without asking the memory pool. */
  frameBytesUnpooled: 16 * 1024,
  /** Elements of all arrays of one request: four times what one about every partition of a full cluster has. */
  requestElementsMax: 200_000,
  /** `sluice.memory.bytes`: what a broker's memory is planned for, see memory-plan. */
  memoryBytes: 256 * 1024 * 1024,
  memoryBytesMin: 64 * 1024 * 1024,
  /** Frames larger than `frameBytesUnpooled` that are being received or handled, all connections together (`queued.max.request.bytes`): at least. */
  pooledBytesMin: 16 * 1024 * 1024,
  /** The same of clients that haven't logged in: they never stand in the way of those that have. */
  pooledBytesBeforeAuthentication: 4 * 1024 * 1024,
  /** Answers that wait for clients to take them, all connections together: at least. A Fetch beyond it gets one batch; twice as much closes who takes least. */
  queuedAnswerBytesMin: 8 * 1024 * 1024,
  /** What members of groups tell of themselves, and what they are assigned, all groups together (`sluice.group.metadata.bytes.max`): at least. */
  groupMetadataBytesMin: 8 * 1024 * 1024,
  /** No setting of it is smaller: one member's worth. */
  groupMetadataBytesLeast: 1024 * 1024,
  /** Committed offsets of all groups in memory (`sluice.offsets.bytes.max`): at least. */
  offsetBytesMin: 8 * 1024 * 1024,
  /** No setting of it is smaller. */
  offsetBytesLeast: 1024 * 1024,
  /** What the memory plan counts for one producer that a partition remembers. */
  rememberedProducerBytes: 704,
  /** What one Fetch reads at most, whatever it asks for: the others wait for as long as that takes. */
  answerBytesMax: 8 * 1024 * 1024,
  /** Produce requests of one connection that are being handled: enough for group commit, Java clients send five. */
  requestsInFlightMax: 16,
  /** `max.connections`, `max.connections.per.ip`, `sluice.max.connections.per.principal`. */
  connectionsMax: 20_000,
  connectionsPerAddressMax: 4_096,
  connectionsPerPrincipalMax: 12_000,
  /** Of the listener between brokers, which the platform uses too. */
  privilegedConnectionsMax: 256,
  /** From the end of the TLS handshake to a finished login. */
  authenticationTimeoutMs: 10_000,
  /** `connections.max.idle.ms`. */
  idleTimeoutMs: 10 * 60_000,
  /** How long a peer may take no answer, or send nothing of a frame that memory is kept for; and what it must take or send a second besides. */
  slowPeerMs: 30_000,
  slowPeerBytesPerSecond: 64 * 1024,
  /** Who has taken nothing for so long goes first when memory for answers runs out. */
  slowPeerMomentMs: 1_000,
  /** While others wait for that memory. */
  slowPeerContendedMs: 10_000,
  slowPeerContendedBytesPerSecond: 1024 * 1024,
  /** How often idle connections and ended sessions are looked for, while there are connections. */
  sweepIntervalMs: 5_000,
  /** At a stop: how long requests that change something may still take. */
  drainTimeoutMs: 5_000,
  /** Lines of one event (refused connections, failed logins): so many at once, so many a second; the next one says how many were left out. */
  logLinesAtOnce: 20,
  logLinesPerSecond: 5,
} as const;
