/** Bounds on what clients can make a broker hold or compute on the data path. */
export const replicationLimits = {
  /**
   * What one produced batch may decompress to when a rule needs its records (compacted topics, re-encoding): so many times the topic's
   * max.message.bytes, beyond which data is a bomb; at most the second, and the third is always free.
   */
  decompressedRatioMax: 32,
  decompressedBatchBytesMax: 128 * 1024 * 1024,
  decompressedBytesFree: 1024 * 1024,
  /** A search by timestamp in a batch that decompresses to more answers with the batch's start. */
  searchedBatchBytesMax: 32 * 1024 * 1024,
  /** Rejected records listed in one produce answer; a batch with more is refused all the same. */
  recordErrorsMax: 1_000,
  /** Producers waiting on one partition's high watermark; one more is answered REQUEST_TIMED_OUT at once (its data stays). */
  commitWaitersMax: 100_000,
  /** How long a flush is held back for batches that are likely on their way, and how long the one before must have taken for that. */
  gatherMs: 1,
  gatherFromFlushMs: 2,
  /** Of records in one Fetch answer, or what its client waits for if that is more: read in one turn, while others wait, and held until its client takes it. */
  fetchAnswerBytes: 8 * 1024 * 1024,
  /** Long polls parked in the whole broker; one more is answered at once with what there is. */
  parkedFetchesMax: 50_000,
  /** Partitions of one fetch session; a larger request gets no session (KIP-227 allows that at any time). */
  fetchSessionPartitionsMax: 20_000,
  /** Partitions in all fetch sessions together. */
  fetchSessionPartitionsTotalMax: 500_000,
  /** A fetch session that was not used for this long gives its slot away. */
  fetchSessionEvictionMs: 120_000,
  /** Settings below it count as it. */
  checkpointIntervalMsMin: 100,
  /** Directories that nobody knows, named in one line of the log. */
  strayDirectoriesNamedMax: 100,
  /** The cleaner's share of one turn of the event loop: so many bytes read and written, or so long, whichever is first. */
  cleanerTurnBytes: 512 * 1024,
  cleanerTurnMs: 4,
  /** log.cleaner.io.max.bytes.per.second is kept over stretches of at least so long. */
  cleanerRateStretchMs: 1_000,
  /** Between two tries at what a full disk refused: opening a partition, above all. */
  fullDiskRetryMs: 5_000,
  /** What every cluster leaves free on its disk unless sluice.disk.free.min.bytes says otherwise: this share of it, at most so many bytes. */
  diskFreeShareMin: 0.05,
  diskFreeBytesMin: 1024 * 1024 * 1024,
  /** The room is measured after so much was appended, at the latest after so long, and sooner while producers are refused. */
  diskMeasureBytes: 16 * 1024 * 1024,
  diskMeasureMs: 10_000,
  diskRefusedMeasureMs: 250,
  /** After the start; later ones follow log.retention.check.interval.ms. */
  firstRetentionCheckMs: 30_000,
  producerExpiryCheckMs: 600_000,
  /** Logs that are closed at the same time at a clean stop. */
  concurrentCloses: 8,
} as const;
