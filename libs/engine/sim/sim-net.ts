/**
 * The network of the simulation: byte streams with a latency that has a long tail, in order within a connection, cut when a process dies or the
 * nemesis says so. What was on its way may still arrive after its sender has died.
 */
import type { Connection, Net, Random } from '#libs/kernel';
import type { Scheduler } from './scheduler.js';

export interface SimProcess { readonly name: string; alive: boolean }

export interface SimNet {
  /** The Net port of one process. */
  of(process: SimProcess): Net;
  /** Ends the listeners and connections of a process that has died; its peers notice. */
  kill(process: SimProcess): void;
  /** Breaks all open connections, as a switch that restarts. */
  breakAll(): void;
}

interface Listening { process: SimProcess; accept(connection: Connection): void }
interface End { process: SimProcess; connection: Connection; deliver(chunk: Buffer): void; hangUp(): void }

export function createSimNet(scheduler: Scheduler, random: Random): SimNet {
  const listeners = new Map<number, Listening>();
  const pairs = new Set<{ ends: [End, End]; break(): void }>();
  const latencyMs = (): number => (random.int(100) === 0 ? 20 + random.int(200) : 0.05 + random.int(200) / 100);
  let nextPort = 50_000;

  function makePair(client: SimProcess, server: SimProcess, port: number): [End, End] {
    let open = true;
    const pair = { ends: [] as unknown as [End, End], break: (): void => end() };
    function end(): void {
      if (!open) return;
      open = false;
      pairs.delete(pair);
      for (const each of pair.ends) scheduler.at(latencyMs(), () => each.hangUp());
    }
    const side = (process: SimProcess, remotePort: number, other: () => End): End => {
      let onData: (chunk: Buffer) => void = () => undefined;
      let onClose: (error: Error | null) => void = () => undefined;
      let paused = false;
      let closed = false;
      const held: Buffer[] = [];
      /** Lends it, as a real socket does: whoever keeps a view of it will see. */
      const hand = (chunk: Buffer): void => {
        onData(chunk);
        chunk.fill(0xaa);
      };
      const onTheWay: Buffer[] = [];
      let earliestMs = 0;
      const connection: Connection = {
        remoteAddress: '127.0.0.1', remotePort, peerDistinguishedName: null, queuedBytes: 0,
        onData(handler) { onData = handler; }, onClose(handler) { onClose = handler; }, onDrain() { /* writes never fill up here */ },
        write(chunks) {
          if (!open || !process.alive) return true;
          onTheWay.push(Buffer.concat(chunks as Buffer[]));
          // Events of one moment run in any order; a stream has only one, so each takes what is next.
          earliestMs = Math.max(earliestMs, scheduler.clock.monotonic() + latencyMs());
          scheduler.at(earliestMs - scheduler.clock.monotonic(), () => other().deliver(onTheWay.shift()!));
          return true;
        },
        pause() { paused = true; },
        resume() { paused = false; while (!paused && held.length > 0) hand(held.shift()!); },
        end, destroy: end,
      };
      return {
        process, connection,
        deliver(chunk) {
          if (closed || !process.alive) return;
          // A stream may be cut anywhere.
          const cut = chunk.length > 1 && random.int(8) === 0 ? 1 + random.int(chunk.length - 1) : chunk.length;
          held.push(chunk.subarray(0, cut), ...(cut < chunk.length ? [chunk.subarray(cut)] : []));
          while (!paused && !closed && held.length > 0) hand(held.shift()!);
        },
        hangUp() { if (!closed) { closed = true; if (process.alive) onClose(null); } },
      };
    };
    const clientEnd: End = side(client, port, () => pair.ends[1]);
    const serverEnd: End = side(server, nextPort++, () => pair.ends[0]);
    pair.ends = [clientEnd, serverEnd];
    pairs.add(pair);
    return pair.ends;
  }

  return {
    of: (process) => ({
      async listen({ port }, onConnection) {
        if (listeners.get(port)?.process.alive) throw Object.assign(new Error(`port ${port} is taken`), { code: 'EADDRINUSE' });
        listeners.set(port, { process, accept: onConnection });
        return { port, setTls: () => undefined, close: async () => { if (listeners.get(port)?.process === process) listeners.delete(port); } };
      },
      connect: ({ port }) => new Promise((resolve, reject) => {
        scheduler.at(latencyMs(), () => {
          const listening = listeners.get(port);
          if (!listening?.process.alive) { reject(Object.assign(new Error(`nobody listens on ${port}`), { code: 'ECONNREFUSED' })); return; }
          const [clientEnd, serverEnd] = makePair(process, listening.process, port);
          listening.accept(serverEnd.connection);
          resolve(clientEnd.connection);
        });
      }),
    }),
    kill(process) {
      process.alive = false;
      for (const [port, listening] of listeners) if (listening.process === process) listeners.delete(port);
      for (const pair of [...pairs]) if (pair.ends.some((end) => end.process === process)) pair.break();
    },
    breakAll() { for (const pair of [...pairs]) pair.break(); },
  };
}
