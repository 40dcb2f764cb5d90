/**
 * When TLS handshakes begin. One costs the event loop as much as a hundred small requests, so a crowd that connects at once would hold up everybody who
 * is in already. They begin one by one: quickly while the loop has time left, slowly but surely while it hasn't; each address in its turn, so that
 * who opens a thousand connections doesn't stand before who opens one.
 */
import { performance } from 'node:perf_hooks';
import { NODE_LIMITS } from './node.limits.js';

interface Waiting { destroyed: boolean; remoteAddress?: string | undefined }

export interface HandshakePace<T extends Waiting> {
  /** Calls `begin` now or soon, unless the connection has gone by then. */
  push(connection: T): void;
}

export interface PaceClock { now(): number; /** Part of the time since the last call in which the loop was busy. */ busy(): number; later(delayMs: number, action: () => void): void }

function nodeClock(): PaceClock {
  let last = performance.eventLoopUtilization();
  return {
    now: () => performance.now(),
    busy() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, last);
      last = now;
      return utilization;
    },
    later: (delayMs, action) => { setTimeout(action, delayMs); },
  };
}

export function createHandshakePace<T extends Waiting>(begin: (connection: T) => void, clock: PaceClock = nodeClock()): HandshakePace<T> {
  const { handshakesAtOnce, handshakeTickMs, handshakeSlowestMs, handshakeBusyMax } = NODE_LIMITS;
  const queues = new Map<string, T[]>();
  let tokens: number = handshakesAtOnce;
  let ticking = false;
  let lastMs = -Infinity;

  /** Of the address whose turn it is; it then stands behind the others. */
  const next = (): T | null => {
    for (const [address, queue] of queues) {
      const connection = queue.shift();
      queues.delete(address);
      if (connection === undefined) continue;
      if (queue.length > 0) queues.set(address, queue);
      if (!connection.destroyed) return connection;
    }
    return null;
  };
  const start = (connection: T): void => {
    lastMs = clock.now();
    begin(connection);
  };
  const tick = (): void => {
    const hasTime = clock.busy() < handshakeBusyMax || clock.now() - lastMs >= handshakeSlowestMs;
    const connection = hasTime ? next() : null;
    if (connection !== null) start(connection);
    else if (queues.size === 0) tokens = Math.min(handshakesAtOnce, tokens + 1);
    ticking = queues.size > 0 || tokens < handshakesAtOnce;
    if (ticking) clock.later(handshakeTickMs, tick);
  };
  return {
    push(connection) {
      if (tokens > 0 && queues.size === 0) {
        tokens--;
        start(connection);
      } else {
        const address = connection.remoteAddress ?? '';
        const queue = queues.get(address) ?? [];
        queue.push(connection);
        queues.set(address, queue);
      }
      if (ticking) return;
      ticking = true;
      clock.busy();
      clock.later(handshakeTickMs, tick);
    },
  };
}
