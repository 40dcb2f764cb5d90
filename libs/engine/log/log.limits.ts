/** Bounds of the log. What Kafka fixes in its formats is Kafka's; the rest is ours. */

/** Offsets in an index are relative, 31 bits: a segment never spans more. */
export const MAX_RELATIVE_OFFSET = 0x7fff_ffff;
/** Positions in an index are 31 bits. */
export const MAX_SEGMENT_BYTES = 0x7fff_ffff;
/** Batches remembered per producer (KIP-98): what five requests in flight can repeat. */
export const BATCHES_PER_PRODUCER = 5;
/** Read at once when batches are walked in order: recovery, replay, search. */
export const SCAN_CHUNK_BYTES = 1 << 20;
/** Written at once when recovery writes again what a failed sync may have dropped. */
export const REWRITE_CHUNK_BYTES = 1 << 20;
/** Read at once when the walk ends after a few batches. */
export const SEARCH_CHUNK_BYTES = 16 << 10;
/** A read takes at least this from the file, so that a small batch needs one. */
export const READ_BYTES_MIN = 4096;
/** Sealed segments of one log whose files stay open for readers. */
export const OPEN_SEALED_SEGMENTS = 4;
/** Places where recent reads ended, so that a sequential reader needs no index. */
export const READ_HINTS = 8;
/** Index entries of the active segment are written in groups of this size; a crash rebuilds them. */
export const INDEX_WRITE_BYTES = 4096;
/** A side file (epochs, checkpoint, partition.metadata) larger than this is damaged. */
export const SIDE_FILE_BYTES_MAX = 64 << 20;
/** A batch larger than this in a file is damage, not data: Kafka's own bound on a message is 31 bits, a frame's is 100 MiB. */
export const BATCH_BYTES_MAX = 512 << 20;
