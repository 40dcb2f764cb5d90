/** The server's side of a connection, and what its client would see. */
import type { Connection } from '#libs/kernel';

export interface FakeConnection extends Connection {
  /** Bytes from the client. */
  feed(bytes: Buffer): void;
  /** Whole response frames so far, without lengths. */
  responses(): Buffer[];
  /** The next writes answer false until `drain`. */
  clog(): void;
  drain(): void;
  /** The client goes away. */
  hangUp(): void;
  readonly ended: boolean;
  readonly paused: boolean;
}

export function createFakeConnection(peerDistinguishedName: string | null = null, remoteAddress = '10.0.0.7'): FakeConnection {
  let onData: (chunk: Buffer) => void = () => undefined;
  let onClose: (error: Error | null) => void = () => undefined;
  let onDrain: () => void = () => undefined;
  let written = Buffer.alloc(0);
  let clogged = false;
  let queuedBytes = 0;
  let ended = false;
  let paused = false;
  const finish = (): void => {
    if (ended) return;
    ended = true;
    onClose(null);
  };
  return {
    remoteAddress, remotePort: 5000, peerDistinguishedName,
    onData(handler) { onData = handler; },
    onClose(handler) { onClose = handler; },
    onDrain(handler) { onDrain = handler; },
    write(chunks) {
      written = Buffer.concat([written, ...chunks]);
      if (clogged) queuedBytes += chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      return !clogged;
    },
    get queuedBytes() { return queuedBytes; },
    pause() { paused = true; },
    resume() { paused = false; },
    end: finish,
    destroy: finish,
    feed(bytes) {
      const lent = Buffer.from(bytes);
      onData(lent);
      lent.fill(0xaa);
    },
    responses() {
      const frames: Buffer[] = [];
      for (let at = 0; at < written.length;) {
        const size = written.readInt32BE(at);
        frames.push(written.subarray(at + 4, at + 4 + size));
        at += 4 + size;
      }
      return frames;
    },
    clog() { clogged = true; },
    drain() {
      clogged = false;
      queuedBytes = 0;
      onDrain();
    },
    hangUp: finish,
    get ended() { return ended; },
    get paused() { return paused; },
  };
}
