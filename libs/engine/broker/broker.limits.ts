export const BROKER_LIMITS = {
  propertiesFileBytesMax: 1024 * 1024,
  listenersMax: 16,
  pemFileBytesMax: 1024 * 1024,
  /** From the signal to the end; then the process ends without the clean-stop marker. */
  shutdownTimeoutMs: 25_000,
} as const;
