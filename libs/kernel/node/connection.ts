/** A socket as the engine sees it. Writes of one turn of the event loop leave together, small ones as one piece. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Connection } from '../ports.js';
import { lentMemory } from './lent-memory.js';
import { NODE_LIMITS } from './node.limits.js';
import { createPiecewiseWriter, type PiecewiseWriter } from './piecewise.js';
import { readIntoShared } from './read-buffer.js';

class SocketConnection implements Connection {
  readonly remoteAddress: string;
  readonly remotePort: number;
  private failure: Error | null = null;
  private closeHandler: ((error: Error | null) => void) | null = null;
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  /** More than the socket's own mark waited at a write: whoever wrote counts on a drain. */
  private owesDrain = false;
  private drained: () => void = () => undefined;
  private readonly pieces: PiecewiseWriter | null;

  constructor(private readonly socket: Socket, readonly peerDistinguishedName: string | null) {
    this.remoteAddress = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    this.remotePort = socket.remotePort ?? 0;
    this.pieces = socket instanceof TLSSocket ? createPiecewiseWriter(socket) : null;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, NODE_LIMITS.tcpKeepAliveMs);
    socket.on('error', (error) => { this.failure = error; });
    socket.on('close', () => {
      this.pending = [];
      this.pendingBytes = 0;
      this.pieces?.clear();
      this.closeHandler?.(this.failure);
    });
    socket.on('end', () => this.end());
  }

  onData(handler: (chunk: Buffer) => void): void {
    if (!readIntoShared(this.socket, handler)) this.socket.on('data', handler);
  }
  onClose(handler: (error: Error | null) => void): void { this.closeHandler = handler; }
  onDrain(handler: () => void): void {
    this.drained = handler;
    if (this.pieces !== null) this.pieces.onDrain(handler);
    else this.socket.on('drain', handler);
  }

  /** Not given to the socket yet. */
  private get unsentBytes(): number { return this.pendingBytes + (this.pieces?.queuedBytes ?? 0); }

  write(chunks: readonly Buffer[]): boolean {
    if (this.socket.destroyed || !this.socket.writable) return true;
    if (this.pending.length === 0) setImmediate(flush, this);
    for (const chunk of chunks) {
      this.pending.push(chunk);
      this.pendingBytes += chunk.length;
    }
    const bytes = this.unsentBytes + this.socket.writableLength;
    this.owesDrain ||= bytes >= this.socket.writableHighWaterMark;
    return bytes <= NODE_LIMITS.socketHighWaterBytes;
  }

  /** Beyond the socket's own mark `drain` will tell when they have left. */
  get queuedBytes(): number {
    const { socket } = this;
    const bytes = this.unsentBytes + socket.writableLength;
    return this.needsDrain || bytes >= socket.writableHighWaterMark ? bytes : 0;
  }

  private get needsDrain(): boolean { return this.pieces?.needsDrain ?? this.socket.writableNeedDrain; }

  flush(): void {
    const { pending, pendingBytes, socket } = this;
    if (pending.length === 0) return;
    this.pending = [];
    this.pendingBytes = 0;
    if (this.pieces !== null) this.pieces.push(pending);
    else if (pending.length === 1) this.send(pending[0]!);
    else if (pendingBytes <= NODE_LIMITS.joinedBytesMax) {
      socket.write(Buffer.concat(pending, pendingBytes));
      for (const chunk of pending) lentMemory.takeBack(chunk);
    } else {
      socket.cork();
      for (const chunk of pending) this.send(chunk);
      socket.uncork();
    }
    if (!this.owesDrain) return;
    this.owesDrain = false;
    // What waited before these has left meanwhile, and these alone are too few for the socket to tell of.
    if (!this.needsDrain) this.drained();
  }

  /** The callback comes when the kernel has the bytes, or with the connection's end. */
  private send(chunk: Buffer): void {
    if (lentMemory.isLent(chunk)) this.socket.write(chunk, () => lentMemory.takeBack(chunk));
    else this.socket.write(chunk);
  }

  pause(): void { this.socket.pause(); }
  resume(): void { this.socket.resume(); }
  end(): void {
    this.flush();
    if (this.pieces !== null) this.pieces.end();
    else this.socket.end();
  }
  destroy(): void { this.socket.destroy(); }
}

const flush = (connection: SocketConnection): void => connection.flush();

export function wrapSocket(socket: Socket, peerDistinguishedName: string | null): Connection {
  return new SocketConnection(socket, peerDistinguishedName);
}
