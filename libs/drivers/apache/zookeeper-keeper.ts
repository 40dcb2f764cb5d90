/** Starts servers of the ensemble again that have ended, with a growing delay for those that never serve. Sleeps while there are none. */
import type { NodeSupervisor } from '#libs/drivers/nodes';
import type { Log } from '#libs/kernel';
import { ZOOKEEPER_BACKOFF_FIRST_MS, ZOOKEEPER_BACKOFF_MAX_MS, ZOOKEEPER_WATCH_MS } from './apache.limits.js';
import { ENSEMBLE } from './zookeeper-files.js';

export interface Keeper { wake(): void; close(): void }

export interface KeeperOptions {
  nodes: Pick<NodeSupervisor, 'observe' | 'waitForChange'>;
  log: Log;
  /** Servers that should run. */
  wanted(): readonly number[];
  start(nodeId: number): Promise<void>;
}

export function keepRunning({ nodes, log, wanted, start }: KeeperOptions): Keeper {
  const attempts = new Map<number, { count: number; nextAtMs: number }>();
  let [isRunning, isClosed] = [false, false];

  /** How long to wait for news; null: there is nothing to keep. */
  const look = async (): Promise<number | null> => {
    const seen = nodes.observe(ENSEMBLE).brokers;
    const nodeIds = wanted();
    if (nodeIds.length === 0) return null;
    let waitMs = ZOOKEEPER_WATCH_MS;
    for (const nodeId of nodeIds) {
      const node = seen.find((each) => each.nodeId === nodeId);
      if (node?.process === 'ready') attempts.delete(nodeId);
      if (node && node.process !== 'failed' && node.process !== 'absent') continue;
      const attempt = attempts.get(nodeId) ?? { count: 0, nextAtMs: 0 };
      const delayMs = attempt.nextAtMs - performance.now();
      if (delayMs > 0) {
        waitMs = Math.min(waitMs, delayMs);
        continue;
      }
      const backoffMs = Math.min(ZOOKEEPER_BACKOFF_FIRST_MS * 2 ** attempt.count, ZOOKEEPER_BACKOFF_MAX_MS);
      attempts.set(nodeId, { count: attempt.count + 1, nextAtMs: performance.now() + backoffMs });
      await start(nodeId).catch((error: unknown) => log.write('error', 'zookeeper.start.failed', { nodeId, reason: error instanceof Error ? error.message : String(error) }));
      waitMs = Math.min(waitMs, backoffMs);
    }
    return waitMs;
  };
  const run = async (): Promise<void> => {
    while (!isClosed) {
      const waitMs = await look().catch(notNow);
      if (waitMs === null) return;
      await nodes.waitForChange(ENSEMBLE, waitMs);
    }
  };
  /** A system that is out of files, say, must not be why servers are never looked after again. */
  const notNow = (error: unknown): number => {
    log.write('error', 'zookeeper.keeper.failed', { reason: String(error) });
    return ZOOKEEPER_BACKOFF_MAX_MS;
  };
  return {
    wake() {
      if (isRunning || isClosed) return;
      isRunning = true;
      run().catch((error: unknown) => log.write('error', 'zookeeper.keeper.failed', { reason: String(error) })).finally(() => { isRunning = false; });
    },
    close() { isClosed = true; },
  };
}
