/** Bounds of the log. What Kafka fixes in its formats is Kafka's; the rest is ours. */

/** Offsets in an index are relative, 31 bits: a segment never spans more. */
export const MAX_RELATIVE_OFFSET = 0x7fff_ffff;
/** Positions in an index are 31 bits. */
export const MAX_SEGMENT_BYTES = 0x7fff_ffff;
/** Batches remembered per producer (KIP-98): what five requests in flight can repeat. */
export const BATCHES_PER_PRODUCER = 5;
/** Producers remembered by a partition; beyond it the one that wrote longest ago is forgotten, as if it had been silent for a day. */
export const PRODUCERS_PER_PARTITION = 10_000;
/** Remembered by all partitions of a broker together, unless its memory plan says otherwise; the same happens to one beyond it. */
export const PRODUCERS_PER_BROKER = 50_000;
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
/** The cleaner reads so much at once: what one of its turns is about. */
export const CLEAN_READ_BYTES = 128 << 10;
/** Cleaned batches are written in groups of this size. */
export const CLEAN_WRITE_BYTES = 256 << 10;
/** The cleaner's map of keys grows by parts: each so small that growing it is no pause. */
export const CLEAN_MAP_SHARDS = 256;
export const CLEAN_MAP_SHARDED_FROM_BYTES = 4 << 20;
/** A batch that decompresses to more can't be cleaned. What producers may send to compacted topics is bounded by as much. */
export const CLEANED_BATCH_BYTES_MAX = 128 << 20;
