/** Limits of the production ports. */
export const NODE_LIMITS = {
  /** What may wait in a socket before `write` says stop. */
  socketHighWaterBytes: 1024 * 1024,
  /** Read from a socket at once, all sockets into one buffer. */
  readBytes: 64 * 1024,
  /** Writes of one turn up to this size together are copied into one. */
  joinedBytesMax: 16 * 1024,
  /** Memory that reads lend (lent-memory.ts): from which size on one is worth taking back, how large it may be, how much is kept, and for how long while nobody reads. */
  lentBytesMin: 4096,
  lentBytesMax: 1024 * 1024,
  lentBytesKept: 16 * 1024 * 1024,
  lentIdleMs: 5_000,
  /** Given to a TLS socket at once: what Node hands to the kernel in one turn of the loop is ten buffers of 16 KiB, encrypted. */
  encryptedPieceBytes: 144 * 1024,
  tlsHandshakeTimeoutMs: 10_000,
  /** TLS handshakes, see handshake-pace: so many begin without waiting; then one a tick while the loop is busy for less than this part of it, or one in so long. */
  handshakesAtOnce: 4,
  handshakeTickMs: 4,
  handshakeBusyMax: 0.2,
  handshakeSlowestMs: 12,
  /** LZ4 and Snappy that decompress to more are decoded into one buffer, not in the native decoder's pieces. */
  decodedNativelyBytesMax: 4 * 1024 * 1024,
  tcpKeepAliveMs: 60_000,
  listenBacklog: 511,
  logFileBytesMax: 10 * 1024 * 1024,
  logFilesMax: 5,
  logLineCharsMax: 16 * 1024,
  /** Where the system can't tell of changes, files are looked at this often. */
  watchPollMs: 2_000,
} as const;
