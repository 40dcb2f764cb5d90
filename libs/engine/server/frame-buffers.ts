/**
 * Memory for frames that came in several chunks, used again and again: produced batches are a broker's traffic, and a fresh buffer for each
 * frame makes the runtime collect its whole heap every few dozen MiB. Shared by all connections; what isn't given back is simply collected.
 */
export interface FrameBuffers {
  /** `size` bytes of any content. */
  take(size: number): Buffer;
  /** Nobody looks at this frame any more. Whatever wasn't lent here is left alone. */
  give(frame: Buffer): void;
}

interface Slab { readonly bytes: Buffer; readonly free: Slab[]; lent: boolean }

const SLAB_BYTES_MIN = 4 * 1024;
const SLAB_BYTES_MAX = 1024 * 1024;
/** Of each size: 5.5 MiB when the pool keeps all that it may. Small ones serve many connections at once. */
const slabsKept = (slabBytes: number): number => (slabBytes <= 128 * 1024 ? 8 : 2);

export function createFrameBuffers(): FrameBuffers {
  const free = new Map<number, Slab[]>();
  const slabs = new WeakMap<ArrayBufferLike, Slab>();
  const make = (slabBytes: number, kept: Slab[]): Slab => {
    const slab = { bytes: Buffer.allocUnsafeSlow(slabBytes), free: kept, lent: false };
    slabs.set(slab.bytes.buffer, slab);
    return slab;
  };
  return {
    take(size) {
      if (size < SLAB_BYTES_MIN || size > SLAB_BYTES_MAX) return Buffer.allocUnsafe(size);
      const slabBytes = 2 ** Math.ceil(Math.log2(size));
      let kept = free.get(slabBytes);
      if (kept === undefined) free.set(slabBytes, kept = []);
      const slab = kept.pop() ?? make(slabBytes, kept);
      slab.lent = true;
      return slab.bytes.subarray(0, size);
    },
    give(frame) {
      const slab = frame.length < SLAB_BYTES_MIN ? undefined : slabs.get(frame.buffer);
      if (slab === undefined || !slab.lent) return;
      slab.lent = false;
      if (slab.free.length < slabsKept(slab.bytes.length)) slab.free.push(slab);
    },
  };
}
