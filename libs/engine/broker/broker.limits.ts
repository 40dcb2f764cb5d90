export const BROKER_LIMITS = {
  propertiesFileBytesMax: 1024 * 1024,
  listenersMax: 16,
  /** Of the files that a process may open, those that connections never take; at most half of them. */
  openFilesReserved: 4_096,
  pemFileBytesMax: 1024 * 1024,
  /** From the signal to the end; then the process ends without the clean-stop marker. */
  shutdownTimeoutMs: 25_000,
} as const;
