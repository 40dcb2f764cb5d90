/**
 * Memory for what is read from files to be sent: lent by a read, taken back when the socket has it, used again. A fresh buffer for each read makes
 * the runtime collect its whole heap every few dozen MiB. What isn't taken back (a read that was never sent, a connection that went) is simply collected.
 */
import { NODE_LIMITS } from './node.limits.js';

export interface LentMemory {
  /** `size` bytes of any content; lent from a certain size on. */
  take(size: number): Buffer;
  /** Whether these bytes are to be taken back. */
  isLent(bytes: Buffer): boolean;
  /** Nobody looks at these bytes any more. Whatever wasn't lent here, or is back already, is left alone. */
  takeBack(bytes: Buffer): void;
  readonly keptBytes: number;
}

interface Slab { readonly bytes: Buffer; lent: boolean }

export function createLentMemory(timers: { setTimeout: (callback: () => void, delayMs: number) => { unref(): void } } = { setTimeout }): LentMemory {
  const { lentBytesMin, lentBytesMax, lentBytesKept, lentIdleMs } = NODE_LIMITS;
  const free = new Map<number, Slab[]>();
  const slabs = new WeakMap<ArrayBufferLike, Slab>();
  let keptBytes = 0;
  let used = false;
  let watched = false;
  const make = (slabBytes: number): Slab => {
    const slab = { bytes: Buffer.allocUnsafeSlow(slabBytes), lent: false };
    slabs.set(slab.bytes.buffer, slab);
    return slab;
  };
  /** A broker that nobody reads from any more keeps nothing for readers. */
  const watch = (): void => {
    watched = true;
    used = false;
    timers.setTimeout(() => {
      watched = false;
      if (used) { watch(); return; }
      free.clear();
      keptBytes = 0;
    }, lentIdleMs).unref();
  };
  const lentSlab = (bytes: Buffer): Slab | undefined => {
    const slab = bytes.length < lentBytesMin ? undefined : slabs.get(bytes.buffer);
    return slab?.lent === true ? slab : undefined;
  };
  return {
    get keptBytes() { return keptBytes; },
    take(size) {
      if (size < lentBytesMin || size > lentBytesMax) return Buffer.allocUnsafe(size);
      const slabBytes = 2 ** Math.ceil(Math.log2(size));
      let slab = free.get(slabBytes)?.pop();
      if (slab === undefined) slab = make(slabBytes);
      else keptBytes -= slabBytes;
      slab.lent = used = true;
      return slab.bytes.subarray(0, size);
    },
    isLent: (bytes) => lentSlab(bytes) !== undefined,
    takeBack(bytes) {
      const slab = lentSlab(bytes);
      if (slab === undefined) return;
      slab.lent = false;
      const slabBytes = slab.bytes.length;
      if (keptBytes + slabBytes > lentBytesKept) return;
      keptBytes += slabBytes;
      const kept = free.get(slabBytes);
      if (kept === undefined) free.set(slabBytes, [slab]);
      else kept.push(slab);
      if (!watched) watch();
    },
  };
}

/** Of this process: what a disk lends a connection gives back. */
export const lentMemory = createLentMemory();
