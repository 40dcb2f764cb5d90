/** What a connection has received and not begun yet. A large frame is received only after the memory pool has granted its whole size. */
import type { FrameBuffers } from './frame-buffers.js';
import { createFrameReader } from './frame-reader.js';
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
  /** The next whole frame. Throws ConnectionRefused for a length that isn't taken. */
  take(): Frame | null;
  /** Waits for the pool: no more data, please. */
  readonly starved: boolean;
  /** Memory that is kept for a frame which hasn't come whole yet. */
  readonly reservedBytes: number;
  release(): void;
}

export function createFrameIntake(pool: () => MemoryPool, buffers: FrameBuffers, limitBytes: () => number, onGranted: () => void): FrameIntake {
  const reader = createFrameReader(buffers);
  let grant: MemoryGrant | null = null;
  let wish: { cancel(): void } | null = null;
  let reservedBytes = 0;

  const granted = (sizeBytes: number): boolean => {
    if (sizeBytes <= SERVER_LIMITS.frameBytesUnpooled || grant !== null) return true;
    if (wish !== null) return false;
    // One that came in a piece has its memory already.
    if (reader.bufferedBytes >= sizeBytes && sizeBytes <= SERVER_LIMITS.frameBytesBeforeAuthentication) return true;
    const asked = pool().request(sizeBytes, (given) => {
      wish = null;
      grant = given;
      reservedBytes = sizeBytes;
      onGranted();
    });
    if (asked.grant === null) wish = asked;
    else {
      grant = asked.grant;
      reservedBytes = sizeBytes;
    }
    return grant !== null;
  };

  return {
    push: (chunk) => reader.push(chunk),
    keep: () => reader.keep(),
    take() {
      const sizeBytes = reader.nextSize(limitBytes());
      if (sizeBytes === null || !granted(sizeBytes)) return null;
      const bytes = reader.next(limitBytes());
      if (bytes === null) return null;
      const frame = { bytes, grant, lent: reader.nextWasLent };
      grant = null;
      reservedBytes = 0;
      return frame;
    },
    get starved() { return wish !== null; },
    get reservedBytes() { return reservedBytes; },
    release() {
      wish?.cancel();
      grant?.release();
      wish = grant = null;
      reservedBytes = 0;
      reader.clear();
    },
  };
}
