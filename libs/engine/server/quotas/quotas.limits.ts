/** Limits of what quotas remember and of how long they hold somebody back. */
export const QUOTA_LIMITS = {
  /** Users and clients that are counted, each kind of quota for itself; the one seen longest ago is forgotten first. */
  sensorsMax: 5_000,
  /** Kafka's own: who asked for nothing for so long is forgotten. */
  sensorIdleMs: 3_600_000,
  /** Longer names are counted under their hash. */
  sensorNameCharsMax: 256,
  /** A producer far beyond its quota waits as long as Kafka's formula says, and no longer than it would be remembered. */
  throttleMsMax: 3_600_000,
  /** Connections that wait for their turn by `max.connection.creation.rate` or to be closed; more are closed at once. */
  heldConnectionsMax: 1_000,
} as const;
