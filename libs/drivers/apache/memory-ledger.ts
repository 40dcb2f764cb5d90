/**
 * What of this machine's memory is spoken for: by processes that run and don't use yet what they may, and by those that have a place and don't run yet. Two clusters that
 * are prepared at one moment must not both count on the same bytes. A place is kept until its process is there, is given back, or runs out: then whoever wanted it has given
 * up. Nothing of it is written; after a restart of the platform it is filled anew from what should run. First come, first served: a place that is asked for again waits only
 * for those before it.
 */
import { apacheError } from './apache.errors.js';
import { JVM_OVERHEAD_BYTES, MEMORY_PLACE_MS, ZOOKEEPER_HEAP_MB, ZOOKEEPER_OVERHEAD_BYTES } from './apache.limits.js';

const MIB = 1024 * 1024;
const mib = (bytes: number): string => `${Math.max(Math.floor(bytes / MIB), 0)} MiB`;

/** Of one process, at most. */
export interface MemoryNeed {
  name: string;
  bytes: number;
  /** What the bytes are made of. */
  parts: string;
}

/** Of a process that runs, or that somebody else is about to start again (`residentBytes` 0). */
export interface MemoryUse { name: string; bytes: number; residentBytes: number }

export interface MemoryLedger {
  /** Throws MEMORY_SHORT, and then nothing has changed. Answers what gives the places back that were had by this. */
  take(needs: readonly MemoryNeed[]): () => void;
  /** Without a question: it had its place, and comes back. */
  keep(need: MemoryNeed, forMs?: number): void;
  release(isGone: (name: string) => boolean): void;
}

export interface MemoryLedgerOptions {
  used(): readonly MemoryUse[];
  /** That new processes can have. */
  availableBytes(): number;
  /** Of a clock that never goes back. */
  nowMs(): number;
}

interface Place { bytes: number; untilMs: number }

export const brokerNeed = (name: string, heapMb: number): MemoryNeed => ({ name, bytes: heapMb * MIB + JVM_OVERHEAD_BYTES, parts: `(heap ${heapMb} + ${JVM_OVERHEAD_BYTES / MIB})` });

export const zookeeperNeed = (name: string): MemoryNeed => ({ name, bytes: ZOOKEEPER_HEAP_MB * MIB + ZOOKEEPER_OVERHEAD_BYTES, parts: `(ZooKeeper ${ZOOKEEPER_HEAP_MB} + ${ZOOKEEPER_OVERHEAD_BYTES / MIB})` });

export function createMemoryLedger({ used, availableBytes, nowMs }: MemoryLedgerOptions): MemoryLedger {
  const places = new Map<string, Place>();

  function keep({ name, bytes }: MemoryNeed, forMs: number = MEMORY_PLACE_MS): Place {
    const place = { bytes, untilMs: nowMs() + forMs };
    places.set(name, place);
    return place;
  }

  /** Places whose processes aren't there and that come before those asked for. */
  function waitingBytes(asked: ReadonlySet<string>, running: ReadonlyMap<string, MemoryUse>): number {
    for (const [name, { untilMs }] of places) if (untilMs <= nowMs()) places.delete(name);
    const queue = [...places];
    const hasPlaces = asked.size > 0 && [...asked].every((name) => places.has(name));
    const before = hasPlaces ? queue.slice(0, queue.findIndex(([name]) => asked.has(name))) : queue;
    return sum(before.map(([name, { bytes }]) => (asked.has(name) || running.has(name) ? 0 : bytes)));
  }

  return {
    take(needs) {
      const running = new Map(used().map((each) => [each.name, each]));
      const short = needs.map((need) => ({ ...need, bytes: Math.max(need.bytes - (running.get(need.name)?.bytes ?? 0), 0) })).filter(({ bytes }) => bytes > 0);
      const idle = short.filter(({ name }) => !running.has(name)).map(({ name }) => name);
      const waiting = waitingBytes(new Set(idle), running);
      const promised = waiting + sum([...running.values()].map(({ name, bytes, residentBytes }) => Math.max(Math.max(bytes, places.get(name)?.bytes ?? 0) - residentBytes, 0)));
      const [needed, free] = [sum(short.map(({ bytes }) => bytes)), availableBytes() - promised];
      if (needed > free && needed > 0) throw memoryShort(needed, free, partsOf(short, running), promised > 0);
      const taken = needs.map((need) => ({ name: need.name, before: places.get(need.name), mine: keep(need) }));
      return () => {
        for (const { name, before, mine } of taken) {
          mine.untilMs = -Infinity;
          // Somebody else may count on a server that is shared, or a node have come and gone meanwhile.
          if (places.get(name) !== mine) continue;
          if (before) places.set(name, before);
          else places.delete(name);
        }
      };
    },
    keep,
    release(isGone) {
      for (const name of [...places.keys()]) if (isGone(name)) places.delete(name);
    },
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

function partsOf(needs: readonly MemoryNeed[], running: ReadonlyMap<string, unknown>): string {
  const counts = new Map<string, number>();
  for (const { parts } of needs) counts.set(parts, (counts.get(parts) ?? 0) + 1);
  const all = [...counts].map(([parts, count]) => `${count} × ${parts}`).join(' + ');
  return `${all} MiB${needs.some(({ name }) => running.has(name)) ? ', less what those that run have' : ''}`;
}

const memoryShort = (needed: number, free: number, parts: string, isPromised: boolean): Error => apacheError(
  'MEMORY_SHORT', `not enough memory: needs ${mib(needed)} (${parts}), free ${mib(free)}${isPromised ? ' beside what other nodes may still take' : ''}: ask for fewer brokers or a smaller heap, or pause or delete other clusters`,
);
