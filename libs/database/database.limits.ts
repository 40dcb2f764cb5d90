/** Ports tried for the embedded server, from a place that depends on the home. Below the usual ephemeral ports. */
export const DATABASE_PORT_FIRST = 15400;
export const DATABASE_PORT_COUNT = 2000;
export const DATABASE_START_TIMEOUT_MS = 60_000;
export const DATABASE_STOP_TIMEOUT_MS = 30_000;
export const DATABASE_CONNECT_TIMEOUT_MS = 5_000;
/** A killed server's last children may hold its shared memory this long. */
export const DATABASE_START_ATTEMPTS = 8;
export const DATABASE_RETRY_DELAY_MS = 500;
