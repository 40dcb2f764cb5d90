import type { Log } from '#libs/kernel';

/**
 * Brings the embedded database back when it ends while the platform runs. Requests answer 503 meanwhile and brokers don't notice; the
 * pool connects again by itself. The operator's own database is the operator's to bring back.
 */
export interface DatabaseKeeper { close(): Promise<void> }

export interface DatabaseKeeperOptions {
  ping(): Promise<void>;
  /** Idempotent: takes over a server that runs, starts one otherwise. */
  revive(): Promise<void>;
  log: Log;
  intervalMs?: number;
}

const INTERVAL_MS = 2_000;
/** One failed ping may be a hiccup. */
const FAILURES_BEFORE_REVIVAL = 2;

export function keepDatabase(options: DatabaseKeeperOptions): DatabaseKeeper {
  const intervalMs = options.intervalMs ?? INTERVAL_MS;
  let failures = 0;
  let isClosed = false;
  let timer: NodeJS.Timeout;
  let running = Promise.resolve();

  async function look(): Promise<void> {
    try {
      await options.ping();
      if (failures >= FAILURES_BEFORE_REVIVAL) options.log.write('info', 'database.back', {});
      failures = 0;
      return;
    } catch {
      failures += 1;
    }
    if (failures < FAILURES_BEFORE_REVIVAL || isClosed) return;
    options.log.write('warn', 'database.revive', { failures });
    try {
      await options.revive();
    } catch (error) {
      options.log.write('error', 'database.revive-failed', { error });
    }
  }

  const schedule = (): void => {
    timer = setTimeout(() => {
      running = look().finally(() => { if (!isClosed) schedule(); });
    }, intervalMs);
    timer.unref();
  };
  schedule();
  return {
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
