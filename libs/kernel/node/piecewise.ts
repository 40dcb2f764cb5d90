/**
 * Writing to a TLS socket piece by piece, the next one when the kernel has the last. Given several chunks at once, Node copies them into one before it
 * encrypts them, and keeps all of the result until the peer has taken it: a fetch of 6 MiB stood there three times. Each piece costs a turn of the event
 * loop, so that small chunks leave with the large ones beside them.
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
    if (this.queue.length === 0) {
      this.allLeft();
      return;
    }
    const { views, whole, bytes } = this.take();
    this.queuedBytes -= bytes;
    this.sending = true;
    const left = (error?: Error | null): void => {
      this.sending = false;
      for (const chunk of whole) lentMemory.takeBack(chunk);
      if (error) this.clear();
      else this.next();
    };
    const { socket } = this;
    if (views.length === 1) socket.write(views[0]!, left);
    else if (bytes <= NODE_LIMITS.joinedBytesMax) socket.write(Buffer.concat(views, bytes), left);
    else {
      socket.cork();
      views.forEach((view, index) => { socket.write(view, index === views.length - 1 ? left : undefined); });
      socket.uncork();
    }
  }

  private allLeft(): void {
    if (this.ending) this.socket.end();
    if (!this.needsDrain) return;
    this.needsDrain = false;
    this.drained();
  }

  /** One piece: of as many chunks as have room in it, and those of them that end in it. */
  private take(): { views: Buffer[]; whole: Buffer[]; bytes: number } {
    const { queue } = this;
    const views: Buffer[] = [];
    let bytes = 0;
    let count = 0;
    while (count < queue.length && bytes < NODE_LIMITS.encryptedPieceBytes) {
      const chunk = queue[count]!;
      const end = Math.min(chunk.length, this.at + NODE_LIMITS.encryptedPieceBytes - bytes);
      views.push(this.at === 0 && end === chunk.length ? chunk : chunk.subarray(this.at, end));
      bytes += end - this.at;
      if (end < chunk.length) {
        this.at = end;
        break;
      }
      this.at = 0;
      count++;
    }
    return { views, whole: queue.splice(0, count), bytes };
  }
}

export const createPiecewiseWriter = (socket: Socket): PiecewiseWriter => new Writer(socket);
