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

const SLAB_BYTES_MIN = 32 * 1024;
const SLAB_BYTES_MAX = 1024 * 1024;
/** Of each size: with every size twice the pool keeps 4 MiB. */
const SLABS_KEPT = 2;

export function createFrameBuffers(): FrameBuffers {
  const free = new Map<number, Buffer[]>();
  const lent = new WeakMap<ArrayBufferLike, Buffer>();
  return {
    take(size) {
      if (size < SLAB_BYTES_MIN || size > SLAB_BYTES_MAX) return Buffer.allocUnsafe(size);
      const slabBytes = 2 ** Math.ceil(Math.log2(size));
      const slab = free.get(slabBytes)?.pop() ?? Buffer.allocUnsafeSlow(slabBytes);
      lent.set(slab.buffer, slab);
      return slab.subarray(0, size);
    },
    give(frame) {
      const slab = lent.get(frame.buffer);
      if (slab === undefined) return;
      lent.delete(frame.buffer);
      const kept = free.get(slab.length) ?? [];
      if (kept.length < SLABS_KEPT) kept.push(slab);
      free.set(slab.length, kept);
    },
  };
}
