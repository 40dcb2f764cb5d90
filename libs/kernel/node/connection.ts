/** A socket as the engine sees it. Writes of one turn of the event loop leave together, small ones as one piece. */
import type { Socket } from 'node:net';
import type { Connection } from '../ports.js';
import { lentMemory } from './lent-memory.js';
import { NODE_LIMITS } from './node.limits.js';
import { readIntoShared } from './read-buffer.js';

class SocketConnection implements Connection {
  readonly remoteAddress: string;
  readonly remotePort: number;
  private failure: Error | null = null;
  private closeHandler: ((error: Error | null) => void) | null = null;
  private pending: Buffer[] = [];
  private pendingBytes = 0;

  constructor(private readonly socket: Socket, readonly peerDistinguishedName: string | null) {
    this.remoteAddress = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    this.remotePort = socket.remotePort ?? 0;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, NODE_LIMITS.tcpKeepAliveMs);
    socket.on('error', (error) => { this.failure = error; });
    socket.on('close', () => {
      this.pending = [];
      this.pendingBytes = 0;
      this.closeHandler?.(this.failure);
    });
    socket.on('end', () => this.end());
  }

  onData(handler: (chunk: Buffer) => void): void {
    if (!readIntoShared(this.socket, handler)) this.socket.on('data', handler);
  }
  onClose(handler: (error: Error | null) => void): void { this.closeHandler = handler; }
  onDrain(handler: () => void): void { this.socket.on('drain', handler); }

  write(chunks: readonly Buffer[]): boolean {
    if (this.socket.destroyed || !this.socket.writable) return true;
    if (this.pending.length === 0) setImmediate(flush, this);
    for (const chunk of chunks) {
      this.pending.push(chunk);
      this.pendingBytes += chunk.length;
    }
    return this.pendingBytes + this.socket.writableLength <= NODE_LIMITS.socketHighWaterBytes;
  }

  /** Beyond the socket's own mark `drain` will tell when they have left. */
  get queuedBytes(): number {
    const { socket } = this;
    const bytes = this.pendingBytes + socket.writableLength;
    return socket.writableNeedDrain || bytes >= socket.writableHighWaterMark ? bytes : 0;
  }

  flush(): void {
    const { pending, pendingBytes, socket } = this;
    if (pending.length === 0) return;
    this.pending = [];
    this.pendingBytes = 0;
    if (pending.length === 1) this.send(pending[0]!);
    else if (pendingBytes <= NODE_LIMITS.joinedBytesMax) {
      socket.write(Buffer.concat(pending, pendingBytes));
      for (const chunk of pending) lentMemory.takeBack(chunk);
    } else {
      socket.cork();
      for (const chunk of pending) this.send(chunk);
      socket.uncork();
    }
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
    this.socket.end();
  }
  destroy(): void { this.socket.destroy(); }
}

const flush = (connection: SocketConnection): void => connection.flush();

export function wrapSocket(socket: Socket, peerDistinguishedName: string | null): Connection {
  return new SocketConnection(socket, peerDistinguishedName);
}
