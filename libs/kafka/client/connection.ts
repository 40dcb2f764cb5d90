/** One connection to a broker: version negotiation, login, pipelined requests. Threading: all in the event loop. */
import type { ClientTls, Connection, TimerHandle } from '#libs/kernel';
import {
  ApiVersionsRequest, ApiVersionsResponse, ErrorCode, KafkaError, SaslAuthenticateRequest, SaslAuthenticateResponse, SaslHandshakeRequest, SaslHandshakeResponse,
  type Draft, type MessageCodec,
} from '#libs/kafka/protocol';
import { clientLimits } from './client.limits.js';
import { ClusterUnreachableError } from './errors.js';
import { createLink, type ClientEnv, type Link } from './link.js';
import { login, type Credential } from './sasl.js';

export interface ConnectionOptions {
  host: string;
  port: number;
  /** null: PLAINTEXT or SASL_PLAINTEXT. */
  tls: ClientTls | null;
  sasl: Credential | null;
  clientId: string;
  requestTimeoutMs?: number;
  connectTimeoutMs?: number;
  /** `clientLimits.responseBytesMax` by default. */
  responseBytesMax?: number;
}

export interface BrokerConnection {
  /** False once it is broken, or its login is about to end: what it was asked is still answered, and new work takes a new connection. */
  readonly open: boolean;
  /** Highest version both sides speak, or null when the broker lacks the call. */
  version(codec: MessageCodec<unknown>): number | null;
  /** Sends at the highest common version. Throws KafkaError UNSUPPORTED_VERSION without one, ClusterUnreachableError when the link breaks. */
  send<Req, Res>(request: MessageCodec<Req>, response: MessageCodec<Res>, draft: Draft<Req>, options?: { timeoutMs?: number }): Promise<Res>;
  close(): void;
}

type Ranges = ReadonlyMap<number, { min: number; max: number }>;

async function negotiate(link: Link, timeoutMs: number): Promise<Ranges> {
  const draft = { clientSoftwareName: 'sluice', clientSoftwareVersion: '0.1.0' };
  const answer = await link.exchange(ApiVersionsRequest, ApiVersionsResponse, 3, draft, timeoutMs);
  if (answer.errorCode !== ErrorCode.NONE) throw new KafkaError(answer.errorCode as ErrorCode, 'the broker refused to name its API versions');
  return new Map(answer.apiKeys.map((row) => [row.apiKey, { min: row.minVersion, max: row.maxVersion }]));
}

function versionIn(ranges: Ranges, codec: MessageCodec<unknown>): number | null {
  const range = ranges.get(codec.apiKey);
  if (!range) return null;
  const highest = Math.min(range.max, codec.maxVersion);
  return highest >= Math.max(range.min, codec.minVersion) ? highest : null;
}

function unsupported(ranges: Ranges, codec: MessageCodec<unknown>): KafkaError {
  const call = codec.name.replace('Request', '');
  const range = ranges.get(codec.apiKey);
  const why = range ? `offers ${call} in versions ${range.min} to ${range.max} only, and ${codec.minVersion} to ${codec.maxVersion} are needed` : `does not offer ${call}`;
  return new KafkaError(ErrorCode.UNSUPPORTED_VERSION, `the cluster ${why}`);
}

/**
 * Brokers end connections whose login is older than they allow, at the next request (KIP-368, `connections.max.reauth.ms`). Ours are given up before, for
 * new ones: nothing that is under way is cut.
 */
function retireInTime(env: ClientEnv, link: Link, lifetimeMs: number, timer: { handle: TimerHandle | null }, retire: () => void): void {
  const { sessionRetiredPart, sessionClosedPart, sessionMsMax, requestTimeoutMs } = clientLimits;
  const boundedMs = Math.min(lifetimeMs, sessionMsMax);
  timer.handle = env.timers.set(boundedMs * sessionRetiredPart, () => {
    retire();
    timer.handle = env.timers.set(Math.min(boundedMs * (sessionClosedPart - sessionRetiredPart), requestTimeoutMs), () => link.close());
  });
}

async function dial(env: ClientEnv, options: ConnectionOptions): Promise<Connection> {
  const { host, port, tls } = options;
  try {
    return await env.net.connect({ host, port, tls, timeoutMs: options.connectTimeoutMs ?? clientLimits.connectTimeoutMs });
  } catch (error) {
    throw new ClusterUnreachableError(`no connection to ${host}:${port}: ${(error as Error).message}`, error);
  }
}

/** Connects, learns the broker's versions and logs in. Throws ClusterUnreachableError, ClusterAuthenticationError. */
export async function connectBroker(env: ClientEnv, options: ConnectionOptions): Promise<BrokerConnection> {
  const timeoutMs = options.requestTimeoutMs ?? clientLimits.requestTimeoutMs;
  const timer: { handle: TimerHandle | null } = { handle: null };
  const connection = await dial(env, options);
  const link = createLink(env.timers, connection, options, () => { if (timer.handle) env.timers.cancel(timer.handle); });
  let retired = false;
  try {
    const ranges = await negotiate(link, timeoutMs);
    if (options.sasl) {
      const lifetimeMs = await login({
        handshake: (mechanism) => link.exchange(SaslHandshakeRequest, SaslHandshakeResponse, 1, { mechanism }, timeoutMs),
        authenticate: (authBytes) => link.exchange(SaslAuthenticateRequest, SaslAuthenticateResponse, versionIn(ranges, SaslAuthenticateRequest as MessageCodec<unknown>) ?? 0, { authBytes }, timeoutMs),
      }, options.sasl, env.random);
      if (lifetimeMs !== null) retireInTime(env, link, lifetimeMs, timer, () => { retired = true; });
    }
    link.allow(options.responseBytesMax ?? clientLimits.responseBytesMax);
    return {
      get open() { return link.open && !retired; },
      version: (codec) => versionIn(ranges, codec),
      async send(request, response, draft, sendOptions) {
        const chosen = versionIn(ranges, request as MessageCodec<unknown>);
        if (chosen === null) throw unsupported(ranges, request as MessageCodec<unknown>);
        return link.exchange(request, response, chosen, draft, sendOptions?.timeoutMs ?? timeoutMs);
      },
      close: () => link.close(),
    };
  } catch (error) {
    link.close();
    throw error;
  }
}
