/**
 * One connection to a broker: framing, version negotiation, SASL/PLAIN, pipelined requests matched by correlation id. Threading: all in the
 * event loop; answers come in request order, so a queue is enough.
 */
import type { ClientTls, Connection, Env } from '#libs/kernel';
import {
  ApiVersionsRequest, ApiVersionsResponse, ErrorCode, KafkaError, ProtocolError, Reader, SaslAuthenticateRequest, SaslAuthenticateResponse,
  SaslHandshakeRequest, SaslHandshakeResponse, Writer, type Draft, type MessageCodec,
} from '#libs/kafka/protocol';
import { clientLimits } from './client.limits.js';
import { ClusterAuthenticationError, ClusterUnreachableError } from './errors.js';
import { createFrameAssembler } from './frame-assembler.js';

export interface Credential { username: string; password: string }

export interface ConnectionOptions {
  host: string;
  port: number;
  tls: ClientTls | null;
  sasl: Credential | null;
  clientId: string;
  requestTimeoutMs?: number;
}

export interface BrokerConnection {
  readonly open: boolean;
  /** Highest version both sides speak, or null when the broker lacks the call. */
  version(codec: MessageCodec<unknown>): number | null;
  /** Sends at the highest common version. Throws KafkaError UNSUPPORTED_VERSION without one, ClusterUnreachableError when the link breaks. */
  send<Req, Res>(request: MessageCodec<Req>, response: MessageCodec<Res>, draft: Draft<Req>, options?: { timeoutMs?: number }): Promise<Res>;
  close(): void;
}

interface Pending { correlationId: number; settle(frame: Buffer): void; fail(error: Error): void }

export type ClientEnv = Pick<Env, 'net' | 'timers'>;

/** A link that sends and matches frames but knows nothing of versions or login yet. */
class Link {
  private readonly pending: Pending[] = [];
  private nextCorrelationId = 1;
  private failure: Error | null = null;

  constructor(private readonly env: ClientEnv, private readonly connection: Connection, private readonly options: ConnectionOptions) {
    const assemble = createFrameAssembler(clientLimits.responseBytesMax, (frame) => this.onFrame(frame));
    connection.onData((chunk) => {
      // Chunks are lent, and answers keep views of theirs.
      try { assemble(Buffer.from(chunk)); } catch (error) { this.breakOff(error as Error); }
    });
    connection.onDrain(() => undefined);
    connection.onClose((error) => this.breakOff(error ?? new Error('the broker closed the connection')));
  }
  get open(): boolean { return this.failure === null; }

  private onFrame(frame: Buffer): void {
    const waiting = this.pending[0];
    if (!waiting || frame.length < 4 || frame.readInt32BE(0) !== waiting.correlationId) throw new ProtocolError('answer to no request');
    this.pending.shift();
    waiting.settle(frame);
  }
  breakOff(cause: Error): void {
    if (this.failure) return;
    this.failure = new ClusterUnreachableError(`connection to ${this.options.host}:${this.options.port} ended: ${cause.message}`, cause);
    this.connection.destroy();
    for (const waiting of this.pending.splice(0)) waiting.fail(this.failure);
  }

  exchange<Req, Res>(request: MessageCodec<Req>, response: MessageCodec<Res>, version: number, draft: Draft<Req>, timeoutMs: number): Promise<Res> {
    if (this.failure) return Promise.reject(this.failure);
    if (this.pending.length >= clientLimits.inFlightMax) return Promise.reject(new ClusterUnreachableError('too many requests wait for an answer'));
    const correlationId = this.nextCorrelationId;
    this.nextCorrelationId = (this.nextCorrelationId + 1) & 0x7fff_ffff;
    const frame = encodeRequest(request, version, correlationId, this.options.clientId, draft);
    return new Promise<Res>((resolve, reject) => {
      const timer = this.env.timers.set(timeoutMs, () => this.breakOff(new Error(`no answer to ${request.name} within ${timeoutMs} ms`)));
      this.pending.push({
        correlationId,
        settle: (answer) => {
          this.env.timers.cancel(timer);
          try { resolve(decodeResponse(response, version, answer)); } catch (error) { reject(error as Error); }
        },
        fail: (error) => { this.env.timers.cancel(timer); reject(error); },
      });
      this.connection.write(frame);
    });
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

async function negotiate(link: Link, timeoutMs: number): Promise<Map<number, { min: number; max: number }>> {
  const draft = { clientSoftwareName: 'sluice', clientSoftwareVersion: '0.1.0' };
  const answer = await link.exchange(ApiVersionsRequest, ApiVersionsResponse, 3, draft, timeoutMs);
  if (answer.errorCode !== ErrorCode.NONE) throw new KafkaError(answer.errorCode as ErrorCode, 'the broker refused to name its API versions');
  return new Map(answer.apiKeys.map((row) => [row.apiKey, { min: row.minVersion, max: row.maxVersion }]));
}

async function login(link: Link, credential: Credential, timeoutMs: number): Promise<void> {
  const handshake = await link.exchange(SaslHandshakeRequest, SaslHandshakeResponse, 1, { mechanism: 'PLAIN' }, timeoutMs);
  if (handshake.errorCode !== ErrorCode.NONE) throw new ClusterAuthenticationError(`the broker does not offer PLAIN, only ${handshake.mechanisms.join(', ')}`);
  const authBytes = Buffer.from(`\0${credential.username}\0${credential.password}`, 'utf8');
  const answer = await link.exchange(SaslAuthenticateRequest, SaslAuthenticateResponse, 2, { authBytes }, timeoutMs);
  if (answer.errorCode !== ErrorCode.NONE) throw new ClusterAuthenticationError(answer.errorMessage ?? 'authentication failed');
}

/** Connects, learns the broker's versions and logs in. */
export async function connectBroker(env: ClientEnv, options: ConnectionOptions): Promise<BrokerConnection> {
  const timeoutMs = options.requestTimeoutMs ?? clientLimits.requestTimeoutMs;
  let connection: Connection;
  try {
    connection = await env.net.connect({ host: options.host, port: options.port, tls: options.tls, timeoutMs: clientLimits.connectTimeoutMs });
  } catch (error) {
    throw new ClusterUnreachableError(`no connection to ${options.host}:${options.port}: ${(error as Error).message}`, error);
  }
  const link = new Link(env, connection, options);
  try {
    const ranges = await negotiate(link, timeoutMs);
    if (options.sasl) await login(link, options.sasl, timeoutMs);
    const version = (codec: MessageCodec<unknown>): number | null => {
      const range = ranges.get(codec.apiKey);
      if (!range) return null;
      const highest = Math.min(range.max, codec.maxVersion);
      return highest >= Math.max(range.min, codec.minVersion) ? highest : null;
    };
    return {
      get open() { return link.open; },
      version,
      async send(request, response, draft, sendOptions) {
        const chosen = version(request as MessageCodec<unknown>);
        if (chosen === null) throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION, `the cluster does not offer ${request.name.replace('Request', '')}`);
        return link.exchange(request, response, chosen, draft, sendOptions?.timeoutMs ?? timeoutMs);
      },
      close: () => link.close(),
    };
  } catch (error) {
    link.close();
    throw error;
  }
}
