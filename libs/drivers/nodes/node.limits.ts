/** A killed process is gone at once, unless the system is out of breath. */
export const NODE_KILL_TIMEOUT_MS = 10_000;
/** Exits of processes that another one started (the platform before its restart) are found by looking. */
export const ADOPTED_POLL_MS = 200;
/** Where the file system tells of no changes, what processes say of themselves is looked at this often. */
export const STATUS_POLL_MS = 1_000;
export const LOG_BYTES_MAX = 10 * 1024 * 1024;
export const LOG_FILES_MAX = 4;
export const HOUSEKEEPING_INTERVAL_MS = 30_000;
export const CERTIFICATE_CHECK_INTERVAL_MS = 60 * 60 * 1000;
/** Of the last words of a process that ended, for the reason that the operator sees. */
export const LOG_TAIL_BYTES = 16 * 1024;
export const EXIT_REASON_LENGTH_MAX = 500;
