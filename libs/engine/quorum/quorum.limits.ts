/** Limits of the metadata log. */
export const quorumLimits = {
  /** Records in one batch: Kafka's own bound for an operation of a user. */
  recordsPerBatchMax: 10_000,
  /** One record's value; a topic name, a config value or a list of replicas is far smaller. */
  recordBytesMax: 1_048_576,
  /** What one read of the log takes into memory. */
  readBytesMax: 1_048_576,
  /** A snapshot is read whole. */
  snapshotBytesMax: 1_073_741_824,
  /** Snapshots kept beside the newest one. */
  olderSnapshotsMax: 1,
  metaPropertiesBytesMax: 65_536,
} as const;
