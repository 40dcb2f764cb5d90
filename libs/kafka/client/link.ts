/** A link that sends requests and matches answers, but knows nothing of versions or login. Answers come in request order, so a queue is enough. */
import type { Connection, Env } from '#libs/kernel';
import { ProtocolError, Reader, Writer, type Draft, type MessageCodec } from '#libs/kafka/protocol';
import { clientLimits } from './client.limits.js';
import { ClusterUnreachableError } from './errors.js';
import { createFrameAssembler } from './frame-assembler.js';

export type ClientEnv = Pick<Env, 'net' | 'timers' | 'random'>;

export interface LinkOptions { host: string; port: number; clientId: string }

interface Pending { correlationId: number; settle(frame: Buffer): void; fail(error: Error): void }

export interface Link {
  readonly open: boolean;
  /** From now on answers may have so many bytes; `greetingBytesMax` at first. */
  allow(responseBytesMax: number): void;
  exchange<Req, Res>(request: MessageCodec<Req>, response: MessageCodec<Res>, version: number, draft: Draft<Req>, timeoutMs: number): Promise<Res>;
  close(): void;
}

class BrokerLink implements Link {
  private readonly pending: Pending[] = [];
  private nextCorrelationId = 1;
  private failure: Error | null = null;
  private responseBytesMax: number = clientLimits.greetingBytesMax;

  constructor(private readonly timers: Env['timers'], private readonly connection: Connection, private readonly options: LinkOptions, private readonly onBroken: () => void) {
    const assemble = createFrameAssembler(() => this.responseBytesMax, (frame) => this.onFrame(frame));
    connection.onData((chunk) => {
      try {
        // No deadline would end what nobody waits for: it would be kept as long as the connection.
        if (this.pending.length === 0) throw new ProtocolError('answer to no request');
        // Chunks are lent, and answers keep views of theirs.
        assemble(Buffer.from(chunk));
      } catch (error) {
        this.breakOff(error as Error);
      }
    });
    connection.onDrain(() => undefined);
    connection.onClose((error) => this.breakOff(error ?? new Error('the broker closed the connection')));
  }
  get open(): boolean { return this.failure === null; }
  allow(responseBytesMax: number): void { this.responseBytesMax = responseBytesMax; }

  private onFrame(frame: Buffer): void {
    const waiting = this.pending[0];
    if (!waiting || frame.length < 4 || frame.readInt32BE(0) !== waiting.correlationId) throw new ProtocolError('answer to no request');
    this.pending.shift();
    waiting.settle(frame);
  }
  breakOff(cause: Error): void {
    if (this.failure) return;
    const message = `connection to ${this.options.host}:${this.options.port} ended: ${cause.message}`;
    this.failure = new ClusterUnreachableError(message, cause);
    this.connection.destroy();
    this.onBroken();
    for (const waiting of this.pending.splice(0)) waiting.fail(new ClusterUnreachableError(message, cause, true));
  }

  exchange<Req, Res>(request: MessageCodec<Req>, response: MessageCodec<Res>, version: number, draft: Draft<Req>, timeoutMs: number): Promise<Res> {
    if (this.failure) return Promise.reject(this.failure);
    if (this.pending.length >= clientLimits.inFlightMax) return Promise.reject(new ClusterUnreachableError('too many requests wait for an answer'));
    const correlationId = this.nextCorrelationId;
    this.nextCorrelationId = (this.nextCorrelationId + 1) & 0x7fff_ffff;
    const frame = encodeRequest(request, version, correlationId, this.options.clientId, draft);
    return new Promise<Res>((resolve, reject) => {
      const timer = this.timers.set(timeoutMs, () => this.breakOff(new Error(`no answer to ${request.name} within ${timeoutMs} ms`)));
      this.pending.push({
        correlationId,
        settle: (answer) => {
          this.timers.cancel(timer);
          try { resolve(decodeResponse(response, version, answer)); } catch (error) { reject(this.unreadable(error as Error)); }
        },
        fail: (error) => { this.timers.cancel(timer); reject(error); },
      });
      this.connection.write(frame);
    });
  }
  /** Frames keep their bounds: the other answers may be better. */
  private unreadable(cause: Error): Error {
    return cause instanceof ProtocolError ? new ClusterUnreachableError(`${this.options.host}:${this.options.port} answers what can't be read: ${cause.message}`, cause, true) : cause;
  }
  close(): void { this.breakOff(new Error('closed here')); }
}

function encodeRequest<Req>(codec: MessageCodec<Req>, version: number, correlationId: number, clientId: string, draft: Draft<Req>): Buffer[] {
  const writer = new Writer();
  writer.int16(codec.apiKey);
  writer.int16(version);
  writer.int32(correlationId);
  writer.nullableString(clientId, false);
  if (version >= codec.flexibleFrom) writer.uvarint(0);
  codec.write(writer, version, draft);
  const size = Buffer.allocUnsafe(4);
  size.writeInt32BE(writer.sizeBytes);
  return [size, ...writer.finish()];
}

function decodeResponse<Res>(codec: MessageCodec<Res>, version: number, frame: Buffer): Res {
  const reader = new Reader(frame, 4);
  // ApiVersions answers keep header v0 so that any client can read them (KIP-511).
  if (version >= codec.flexibleFrom && codec.name !== 'ApiVersionsResponse') reader.skipTags();
  return codec.read(reader, version);
}

export const createLink = (timers: Env['timers'], connection: Connection, options: LinkOptions, onBroken: () => void): Link => new BrokerLink(timers, connection, options, onBroken);
