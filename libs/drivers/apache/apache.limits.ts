/** A controlled shutdown hands leadership over first; a broker that takes longer is killed. */
export const KAFKA_STOP_TIMEOUT_MS = 60_000;
/** "Started" is said a moment before or after the ports are open. */
export const READY_POLL_MS = 50;
export const READY_CONNECT_TIMEOUT_MS = 1_000;
/** An error this long before the last line of a log is not why its process ended. */
export const LAST_WORDS_MS = 10_000;
/** Beside the heap: classes, compiled code, threads, buffers outside of it (measured: 70-150 MiB idle, more under load). */
export const JVM_OVERHEAD_BYTES = 192 * 1024 * 1024;
/** How long the memory of a node that should run and doesn't is kept for it: longer than a creation or a restart may take. */
export const MEMORY_PLACE_MS = 5 * 60_000;
/** The same from the start of the platform on, which prepares all clusters that should run at once. */
export const MEMORY_START_MS = 60_000;
/** Room on the disk below which no node is begun. */
export const NODE_FREE_BYTES_MIN = 256 * 1024 * 1024;
/** Kept free on a disk unless the operator says otherwise (SLUICE_DISK_FREE_MB_MIN): this share of it, at most so many bytes. DiskUsage.java has them too. */
export const DISK_FREE_SHARE_MIN = 0.05;
export const DISK_FREE_BYTES_MIN = 1024 * 1024 * 1024;
/** Of what JVMs of a node wrote when they crashed. */
export const CRASH_REPORTS_MAX = 3;
/** Unless the operator says otherwise (SLUICE_BROKERS_MAX). */
export const BROKERS_MAX_DEFAULT = 9;
export const CONTROLLERS_MAX = 3;
/** Of a node's own log: as many of this size are kept. */
export const SERVER_LOG_BYTES_MAX = 10 * 1024 * 1024;
export const SERVER_LOG_FILES_MAX = 4;
/** Of the log of single requests, of the same size. */
export const REQUESTS_LOG_FILES_MAX = 2;
export const ZOOKEEPER_STOP_TIMEOUT_MS = 10_000;
/** The system may give ports of a server that has just ended back some moments later. */
export const PORTS_RELEASED_MS = 2_000;
/** Measured: 70 MiB resident for two small clusters; each partition costs it a few hundred bytes. */
export const ZOOKEEPER_HEAP_MB = 192;
/** Beside its heap. */
export const ZOOKEEPER_OVERHEAD_BYTES = 64 * 1024 * 1024;
export const ZOOKEEPER_ANSWER_TIMEOUT_MS = 2_000;
/** From its start until a quorum serves. */
export const ZOOKEEPER_READY_TIMEOUT_MS = 60_000;
export const ZOOKEEPER_BACKOFF_FIRST_MS = 250;
export const ZOOKEEPER_BACKOFF_MAX_MS = 30_000;
export const ZOOKEEPER_WATCH_MS = 30_000;
/** Making or removing a cluster's znodes by a program of ours. */
export const CHROOT_TIMEOUT_MS = 60_000;
