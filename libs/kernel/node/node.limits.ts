/** Limits of the production ports. */
export const NODE_LIMITS = {
  /** What may wait in a socket before `write` says stop. */
  socketHighWaterBytes: 1024 * 1024,
  tlsHandshakeTimeoutMs: 10_000,
  tcpKeepAliveMs: 60_000,
  listenBacklog: 511,
  logFileBytesMax: 10 * 1024 * 1024,
  logFilesMax: 5,
  logLineCharsMax: 16 * 1024,
  /** Where the system can't tell of changes, files are looked at this often. */
  watchPollMs: 2_000,
} as const;
