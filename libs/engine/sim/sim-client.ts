/** What all simulated clients share: a process of their own, real protocol bytes through the control plane's client, retries until they are stopped. */
import type { Random } from '#libs/kernel';
import { connectBroker, type BrokerConnection } from '#libs/kafka/client';
import type { ProcessTimers, Scheduler } from './scheduler.js';
import type { SimNet, SimProcess } from './sim-net.js';

export interface SimWorld { scheduler: Scheduler; net: SimNet; random: Random; brokerPort: number }

export interface ClientLoop {
  readonly name: string;
  readonly timers: ProcessTimers;
  readonly stopped: boolean;
  /** What ended the last round. */
  readonly lastFailure: string;
  sleep(ms: number): Promise<void>;
  stop(): void;
  /** A connection for one round of work; the round ends by throwing, and the next one begins after a pause. */
  run(round: (connection: BrokerConnection) => Promise<void>): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 5_000;

/** Thrown to end a round on purpose: reconnect and go on. */
export class RoundEnded extends Error {}

export function createClientLoop(world: SimWorld, name: string): ClientLoop {
  const process: SimProcess = { name, alive: true };
  const timers = world.scheduler.processTimers();
  const net = world.net.of(process);
  let stopped = false;
  let lastFailure = '';
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => { timers.set(ms, resolve); });
  return {
    name, timers, sleep,
    get stopped() { return stopped; },
    get lastFailure() { return lastFailure; },
    stop() { stopped = true; },
    async run(round) {
      while (!stopped) {
        let connection: BrokerConnection | null = null;
        try {
          connection = await connectBroker({ net, timers, random: world.random }, { host: '127.0.0.1', port: world.brokerPort, tls: null, sasl: null, clientId: name, requestTimeoutMs: REQUEST_TIMEOUT_MS });
          await round(connection);
        } catch (error) {
          // Any failure is met alike, as clients do: hang up, wait, connect again. What went wrong shows in the history.
          lastFailure = (error as Error).message;
        } finally {
          connection?.close();
        }
        if (!stopped) await sleep(20 + world.random.int(100));
      }
    },
  };
}
