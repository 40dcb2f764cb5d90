/**
 * Writing to a TLS socket piece by piece, the next one when the kernel has the last. Given several chunks at once, Node copies them into one before it
 * encrypts them, and keeps all of the result until the peer has taken it: a fetch of 6 MiB stood there three times.
 */
import type { Socket } from 'node:net';
import { lentMemory } from './lent-memory.js';
import { NODE_LIMITS } from './node.limits.js';

export interface PiecewiseWriter {
  /** Waiting behind the piece that the socket has. */
  readonly queuedBytes: number;
  /** A drain will be told: more has waited than a socket's own mark, and not all of it has left. */
  readonly needsDrain: boolean;
  onDrain(handler: () => void): void;
  push(chunks: readonly Buffer[]): void;
  /** Ends the socket after what is queued. */
  end(): void;
  clear(): void;
}

class Writer implements PiecewiseWriter {
  queuedBytes = 0;
  needsDrain = false;
  private drained: () => void = () => undefined;
  private queue: Buffer[] = [];
  /** Of the first chunk: where its next piece begins. */
  private at = 0;
  private sending = false;
  private ending = false;

  constructor(private readonly socket: Socket) {}

  push(chunks: readonly Buffer[]): void {
    for (const chunk of chunks) {
      this.queue.push(chunk);
      this.queuedBytes += chunk.length;
    }
    this.needsDrain ||= this.queuedBytes + this.socket.writableLength >= this.socket.writableHighWaterMark;
    this.next();
  }

  onDrain(handler: () => void): void { this.drained = handler; }

  end(): void {
    this.ending = true;
    this.next();
  }

  clear(): void {
    this.queue = [];
    this.queuedBytes = 0;
    this.at = 0;
  }

  private next(): void {
    if (this.sending) return;
    const chunk = this.queue[0];
    if (chunk === undefined) {
      this.allLeft();
      return;
    }
    const piece = this.take(chunk);
    // What left in a copy is back already, and may be lent to somebody else by the time this piece has left.
    const isLast = this.at === 0 && piece.buffer === chunk.buffer;
    this.queuedBytes -= piece.length;
    this.sending = true;
    this.socket.write(piece, (error) => {
      this.sending = false;
      if (isLast) lentMemory.takeBack(chunk);
      if (error) this.clear();
      else this.next();
    });
  }

  private allLeft(): void {
    if (this.ending) this.socket.end();
    if (!this.needsDrain) return;
    this.needsDrain = false;
    this.drained();
  }

  /** Small chunks leave together, large ones in pieces. */
  private take(first: Buffer): Buffer {
    const { queue } = this;
    const { joinedBytesMax, encryptedPieceBytes } = NODE_LIMITS;
    if (first.length - this.at > encryptedPieceBytes) return first.subarray(this.at, this.at += encryptedPieceBytes);
    if (this.at > 0 || first.length > joinedBytesMax) {
      const rest = first.subarray(this.at);
      this.at = 0;
      queue.shift();
      return rest;
    }
    let count = 0;
    let bytes = 0;
    while (count < queue.length && bytes + queue[count]!.length <= joinedBytesMax) bytes += queue[count++]!.length;
    const joined = queue.splice(0, count);
    if (count === 1) return first;
    const piece = Buffer.concat(joined, bytes);
    for (const each of joined) lentMemory.takeBack(each);
    return piece;
  }
}

export const createPiecewiseWriter = (socket: Socket): PiecewiseWriter => new Writer(socket);
