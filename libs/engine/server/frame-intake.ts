/** What a connection has received and not begun yet. A large frame is received only after the memory pool has granted its whole size. */
import type { FrameBuffers } from './frame-buffers.js';
import { createFrameReader } from './frame-reader.js';
import type { MemoryGrant, MemoryPool } from './memory-pool.js';
import { SERVER_LIMITS } from './server.limits.js';

export interface Frame { bytes: Buffer; grant: MemoryGrant | null }

export interface FrameIntake {
  push(chunk: Buffer): void;
  /** The next whole frame. Throws ConnectionRefused for a length that isn't taken. */
  take(): Frame | null;
  /** Waits for the pool: no more data, please. */
  readonly starved: boolean;
  release(): void;
}

export function createFrameIntake(pool: MemoryPool, buffers: FrameBuffers, limitBytes: () => number, onGranted: () => void): FrameIntake {
  const reader = createFrameReader(buffers);
  let grant: MemoryGrant | null = null;
  let wish: { cancel(): void } | null = null;

  const granted = (sizeBytes: number): boolean => {
    if (sizeBytes <= SERVER_LIMITS.frameBytesUnpooled || grant !== null) return true;
    if (wish !== null) return false;
    const asked = pool.request(sizeBytes, (given) => {
      wish = null;
      grant = given;
      onGranted();
    });
    if (asked.grant === null) wish = asked;
    else grant = asked.grant;
    return grant !== null;
  };

  return {
    push: (chunk) => reader.push(chunk),
    take() {
      const sizeBytes = reader.nextSize(limitBytes());
      if (sizeBytes === null || !granted(sizeBytes)) return null;
      const bytes = reader.next(limitBytes());
      if (bytes === null) return null;
      const frame = { bytes, grant };
      grant = null;
      return frame;
    },
    get starved() { return wish !== null; },
    release() {
      wish?.cancel();
      grant?.release();
      wish = grant = null;
      reader.clear();
    },
  };
}
