/** What a connection has received and not begun yet. A large frame is received only after the memory pool has granted its whole size. */
import type { FrameBuffers } from './frame-buffers.js';
import { createFrameReader, type FrameReader } from './frame-reader.js';
import type { MemoryGrant, MemoryPool } from './memory-pool.js';
import { SERVER_LIMITS } from './server.limits.js';

export interface Frame {
  bytes: Buffer;
  grant: MemoryGrant | null;
  /** The bytes are those of the chunk that came last: whoever keeps them copies them. */
  lent: boolean;
}

export interface FrameIntake {
  /** The chunk is lent until `keep`. */
  push(chunk: Buffer): void;
  keep(): void;
  /** The next whole frame. `mayReserve`: whether memory may be asked for now. Throws ConnectionRefused for a length that isn't taken. */
  take(mayReserve: boolean): Frame | null;
  /** Waits for memory: no more data, please. */
  readonly starved: boolean;
  /** Memory that is kept for a frame which hasn't come whole yet. */
  readonly reservedBytes: number;
  release(): void;
}

/** A class, as all that a connection consists of: an object of closures costs an idle connection several times the memory. */
class Intake implements FrameIntake {
  reservedBytes = 0;
  private readonly reader: FrameReader;
  private grant: MemoryGrant | null = null;
  private wish: { cancel(): void } | null = null;
  private heldBack = false;

  constructor(buffers: FrameBuffers, private readonly pool: () => MemoryPool, private readonly limitBytes: () => number, private readonly onGranted: () => void) {
    this.reader = createFrameReader(buffers);
  }

  get starved(): boolean { return this.wish !== null || this.heldBack; }

  push(chunk: Buffer): void { this.reader.push(chunk); }
  keep(): void { this.reader.keep(); }

  take(mayReserve: boolean): Frame | null {
    const { reader } = this;
    this.heldBack = false;
    const sizeBytes = reader.nextSize(this.limitBytes());
    if (sizeBytes === null || !this.granted(sizeBytes, mayReserve)) return null;
    const bytes = reader.next(this.limitBytes());
    if (bytes === null) return null;
    const frame = { bytes, grant: this.grant, lent: reader.nextWasLent };
    this.grant = null;
    this.reservedBytes = 0;
    return frame;
  }

  release(): void {
    this.wish?.cancel();
    this.grant?.release();
    this.wish = this.grant = null;
    this.heldBack = false;
    this.reservedBytes = 0;
    this.reader.clear();
  }

  private granted(sizeBytes: number, mayReserve: boolean): boolean {
    if (sizeBytes <= SERVER_LIMITS.frameBytesUnpooled || this.grant !== null) return true;
    if (this.wish !== null) return false;
    // One that came in a piece has its memory already.
    if (this.reader.bufferedBytes >= sizeBytes && sizeBytes <= SERVER_LIMITS.frameBytesBeforeAuthentication) return true;
    this.heldBack = !mayReserve;
    if (this.heldBack) return false;
    const asked = this.pool().request(sizeBytes, (given) => {
      this.wish = null;
      this.hold(given, sizeBytes);
      this.onGranted();
    });
    if (asked.grant === null) this.wish = asked;
    else this.hold(asked.grant, sizeBytes);
    return this.grant !== null;
  }

  private hold(grant: MemoryGrant, sizeBytes: number): void {
    this.grant = grant;
    this.reservedBytes = sizeBytes;
  }
}

export function createFrameIntake(pool: () => MemoryPool, buffers: FrameBuffers, limitBytes: () => number, onGranted: () => void): FrameIntake {
  return new Intake(buffers, pool, limitBytes, onGranted);
}
