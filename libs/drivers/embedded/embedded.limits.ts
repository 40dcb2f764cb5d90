/** A broker that was asked to stop gets this long to flush before it is killed. */
export const BROKER_STOP_TIMEOUT_MS = 30_000;
/** A status file says a few words; anything longer isn't one. */
export const STATUS_BYTES_MAX = 64 * 1024;
