/**
 * Cuts a byte stream into frames: int32 length, then that many bytes. Chunks are lent until `keep` (Connection.onData): a frame inside one is
 * a view, a longer one is copied together as it comes, and only what is left over is copied besides. The length is judged as soon as its
 * four bytes are there, so nothing is kept for a frame that won't be taken.
 */
import { createFrameBuffers, type FrameBuffers } from './frame-buffers.js';
import { serverErrors } from './server.errors.js';
import { SERVER_LIMITS } from './server.limits.js';

const LENGTH_BYTES = 4;
/** Memory for a whole frame is taken once this part of it has come: a length alone costs nothing. Large frames' memory is granted by the pool. */
const ASSEMBLED_FROM_PART = 1 / 4;

export interface FrameReader {
  push(chunk: Buffer): void;
  /** Length of the frame at the front once it is known, else null. Throws ConnectionRefused for a negative one or one above the limit. */
  nextSize(maxBytes: number): number | null;
  /** The frame at the front, without its length; null while it isn't complete. */
  next(maxBytes: number): Buffer | null;
  /** Whether the frame that `next` gave last lies in the chunk that was pushed last. */
  readonly nextWasLent: boolean;
  /** The chunk that was pushed last goes back to its owner. */
  keep(): void;
  readonly bufferedBytes: number;
  readonly pieces: number;
  clear(): void;
}

class ChunkedReader implements FrameReader {
  bufferedBytes = 0;
  nextWasLent = false;
  private chunks: Buffer[] = [];
  /** The last chunk isn't ours. */
  private lent = false;
  private size: number | null = null;
  /** The frame at the front as far as it has come, when it began in an earlier chunk. */
  private partial: Buffer | null = null;
  private filled = 0;

  constructor(private readonly buffers: FrameBuffers) {}

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.bufferedBytes += chunk.length;
    let rest = chunk;
    if (this.partial !== null) {
      const copied = chunk.copy(this.partial, this.filled);
      this.filled += copied;
      if (copied === chunk.length) return;
      rest = chunk.subarray(copied);
    }
    this.keep();
    this.chunks.push(rest);
    this.lent = true;
  }

  nextSize(maxBytes: number): number | null {
    if (this.size !== null) return this.size;
    if (this.bufferedBytes < LENGTH_BYTES) return null;
    const size = this.takeLength();
    if (size < 0) throw serverErrors.negativeFrame(size);
    if (size > maxBytes) throw serverErrors.oversizeFrame(size, maxBytes);
    this.size = size;
    return size;
  }

  next(maxBytes: number): Buffer | null {
    const wanted = this.nextSize(maxBytes);
    if (wanted === null) return null;
    if (this.bufferedBytes < wanted) {
      this.assemble(wanted);
      return null;
    }
    this.size = null;
    this.nextWasLent = false;
    if (wanted === 0) return Buffer.alloc(0);
    this.bufferedBytes -= wanted;
    const whole = this.partial ?? this.take(wanted);
    this.partial = null;
    return whole;
  }

  keep(): void {
    if (!this.lent) return;
    this.lent = false;
    const { chunks } = this;
    const last = chunks.length - 1;
    if (last < 0) return;
    chunks[last] = Buffer.from(chunks[last]!);
    // Who sends byte by byte would have an object kept for each: equals are joined, so that few are left.
    for (let at = last; at > 0 && chunks[at]!.length >= chunks[at - 1]!.length; at--) chunks.splice(at - 1, 2, Buffer.concat([chunks[at - 1]!, chunks[at]!]));
  }

  /** Pieces that a frame is kept in before it has memory of its own. */
  get pieces(): number { return this.chunks.length; }

  clear(): void {
    if (this.partial !== null) this.buffers.give(this.partial);
    this.partial = null;
    this.chunks = [];
    this.lent = false;
    this.bufferedBytes = 0;
    this.size = null;
  }

  private takeLength(): number {
    this.bufferedBytes -= LENGTH_BYTES;
    const first = this.chunks[0]!;
    if (first.length < LENGTH_BYTES) return this.take(LENGTH_BYTES).readInt32BE(0);
    if (first.length === LENGTH_BYTES) this.chunks.shift();
    else this.chunks[0] = first.subarray(LENGTH_BYTES);
    return first.readInt32BE(0);
  }

  private assemble(wanted: number): void {
    if (this.partial !== null) return;
    if (wanted <= SERVER_LIMITS.frameBytesUnpooled && this.bufferedBytes < wanted * ASSEMBLED_FROM_PART) return;
    this.partial = this.buffers.take(wanted);
    this.filled = 0;
    for (const chunk of this.chunks) this.filled += chunk.copy(this.partial, this.filled);
    this.chunks = [];
  }

  /** The first `count` bytes; there must be that many. */
  private take(count: number): Buffer {
    const { chunks } = this;
    const first = chunks[0]!;
    if (first.length >= count) {
      this.nextWasLent = this.lent && chunks.length === 1;
      if (first.length === count) chunks.shift();
      else chunks[0] = first.subarray(count);
      return first.length === count ? first : first.subarray(0, count);
    }
    const whole = this.buffers.take(count);
    for (let filled = 0; filled < count;) {
      const chunk = chunks[0]!;
      const copied = chunk.copy(whole, filled, 0, count - filled);
      filled += copied;
      if (copied < chunk.length) chunks[0] = chunk.subarray(copied);
      else chunks.shift();
    }
    return whole;
  }
}

export function createFrameReader(buffers: FrameBuffers = createFrameBuffers()): FrameReader {
  return new ChunkedReader(buffers);
}
