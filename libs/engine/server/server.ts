/** Listeners and the connections on them: limits, idle connections, keys that were revoked, a stop that lets acknowledged writes out. */
import { createHash } from 'node:crypto';
import type { Connection, Env, Listener, Log, TlsMaterial } from '#libs/kernel';
import { createLoginBackoff, type LoginBackoff, type Principal, type PrincipalStore } from '../security/index.js';
import type { ApiHandler } from './api.js';
import { createConnectionCounts, type ConnectionCounts, type ConnectionLimits } from './connection-limits.js';
import { createServerConnection, type ServerConnection } from './connection.js';
import { createFrameBuffers } from './frame-buffers.js';
import type { MemoryPlan } from './memory-plan.js';
import { createMemoryPool, type MemoryPool } from './memory-pool.js';
import { createOutputBudget, type OutputBudget } from './output-budget.js';
import { createPacedLog } from './paced-log.js';
import type { Admission, ClientQuotas, ConnectionRates } from './quotas/index.js';
import type { HandlerTable } from './request-dispatch.js';
import { createSaslSession, type SaslDeps, type SaslMechanism } from './sasl-session.js';
import { SERVER_LIMITS } from './server.limits.js';

export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';

export interface ListenerSpec {
  name: string;
  host: string;
  port: number;
  protocol: SecurityProtocol;
  /** Null without TLS. */
  tls: TlsMaterial | null;
  mechanisms: readonly SaslMechanism[];
  /** The listener between brokers, the platform's too: see connection-limits. */
  privileged: boolean;
}

export interface ServerSettings {
  idleTimeoutMs: number;
  frameBytesMax: number;
  /** `connections.max.reauth.ms`; 0 is for ever. */
  sessionLifetimeMs: number;
  /** `connection.failed.authentication.delay.ms`; Kafka's default unless given. */
  failedLoginDelayMs?: number;
  /** Requests and answers in memory, see memory-plan. */
  memory: Pick<MemoryPlan, 'requestBytesMax' | 'answerBytesMax'>;
}

export interface KafkaServerOptions {
  env: Env;
  handlers: readonly ApiHandler[];
  principals: PrincipalStore;
  /** Unknown to outsiders and the same after a restart: SCRAM users that don't exist get their salts from it. */
  fakeSaltSeed: string;
  settings: ServerSettings;
  /** As they are now. */
  connectionLimits(): ConnectionLimits;
  /** Absent: none. */
  quotas?: ClientQuotas;
  connectionRates?: ConnectionRates;
}

/** What there is now, and what there was since the start. */
export interface ServerFigures {
  connections: ReadonlyMap<string, number>;
  accepted: number;
  refused: number;
  logins: number;
  failedLogins: number;
  requestBytes: number;
  answerBytes: number;
}

export interface KafkaServer {
  /** Opens a listener; answers its port. */
  listen(spec: ListenerSpec): Promise<number>;
  /** New connections of this listener get the new certificate. */
  setTls(listenerName: string, tls: TlsMaterial): void;
  readonly connectionCount: number;
  figures(): ServerFigures;
  /** Stops accepting, lets writes in flight be answered, closes all. */
  close(): Promise<void>;
}

const ANONYMOUS: Principal = { type: 'User', name: 'ANONYMOUS' };

class Server implements KafkaServer {
  private readonly handlers: HandlerTable;
  private readonly frames = createFrameBuffers();
  private readonly pool: MemoryPool;
  private readonly loginPool = createMemoryPool(SERVER_LIMITS.pooledBytesBeforeAuthentication);
  private readonly output: OutputBudget;
  private readonly log: Log;
  private readonly saslDeps: Omit<SaslDeps, 'mechanisms'>;
  private readonly listeners = new Map<string, Listener>();
  private readonly connections = new Set<ServerConnection>();
  private readonly counts: ConnectionCounts;
  private readonly figured = { accepted: 0, refused: 0, logins: 0, failedLogins: 0 };
  private readonly perListener = new Map<string, number>();
  private nextId = 0;
  private sweeping = false;
  private stopping = false;
  private onEmpty: (() => void) | null = null;

  constructor(private readonly options: KafkaServerOptions) {
    const { env, principals, settings } = options;
    this.handlers = new Map(options.handlers.map((handler) => [handler.apiKey, handler]));
    this.pool = createMemoryPool(settings.memory.requestBytesMax);
    this.output = createOutputBudget(settings.memory.answerBytesMax, () => this.dropSlowest());
    this.log = createPacedLog(env.clock, env.log);
    this.counts = createConnectionCounts(options.connectionLimits);
    this.saslDeps = {
      clock: env.clock, random: env.random, log: this.log, principals, backoff: this.countLogins(createLoginBackoff(env.clock, settings.failedLoginDelayMs)),
      fakeSaltKey: createHash('sha256').update(`scram fake salt ${options.fakeSaltSeed}`).digest(), sessionLifetimeMs: settings.sessionLifetimeMs,
    };
    principals.onChange(() => this.closeRevoked());
  }

  get connectionCount(): number { return this.connections.size; }

  figures(): ServerFigures {
    return {
      ...this.figured, connections: this.perListener, requestBytes: this.pool.usedBytes + this.loginPool.usedBytes,
      answerBytes: this.options.settings.memory.answerBytesMax - this.output.leftBytes,
    };
  }

  private countLogins(backoff: LoginBackoff): LoginBackoff {
    return {
      ...backoff,
      failed: (address, account) => {
        this.figured.failedLogins++;
        return backoff.failed(address, account);
      },
      succeeded: (address) => {
        this.figured.logins++;
        backoff.succeeded(address);
      },
    };
  }

  async listen(spec: ListenerSpec): Promise<number> {
    const { env } = this.options;
    // Those without a handshake yet are counted here only.
    const maxConnections = spec.privileged ? 2 * SERVER_LIMITS.privilegedConnectionsMax : this.options.connectionLimits().openable;
    const listener = await env.net.listen({ host: spec.host, port: spec.port, tls: spec.tls, ...(Number.isFinite(maxConnections) ? { maxConnections } : {}) }, (connection) => this.accept(spec, connection));
    this.listeners.set(spec.name, listener);
    return listener.port;
  }

  setTls(listenerName: string, tls: TlsMaterial): void { this.listeners.get(listenerName)?.setTls(tls); }

  async close(): Promise<void> {
    this.stopping = true;
    await Promise.all([...this.listeners.values()].map((listener) => listener.close()));
    if (this.connections.size === 0) return;
    const { timers } = this.options.env;
    await new Promise<void>((resolve) => {
      const timer = timers.set(SERVER_LIMITS.drainTimeoutMs, () => {
        for (const connection of this.connections) connection.close('stopping');
        resolve();
      });
      this.onEmpty = () => {
        timers.cancel(timer);
        resolve();
      };
      for (const connection of [...this.connections]) connection.drain();
    });
  }

  private accept(spec: ListenerSpec, connection: Connection): void {
    const address = connection.remoteAddress;
    const { privileged } = spec;
    const refused = this.stopping ? 'stopping' : this.counts.enter(spec.name, address, privileged);
    if (refused !== null) {
      this.figured.refused++;
      this.log.write('warn', 'connection-refused', { clientHost: address, listener: spec.name, reason: refused });
      connection.destroy();
      return;
    }
    const wait = this.options.connectionRates?.admit(spec.name, address, privileged) ?? null;
    if (wait === null) this.serve(spec, connection);
    else this.hold(spec, connection, wait);
  }

  /** Neither read from nor answered until its time has come (KIP-612). */
  private hold(spec: ListenerSpec, connection: Connection, { delayMs, refused, release }: NonNullable<Admission>): void {
    const { timers } = this.options.env;
    const { remoteAddress } = connection;
    connection.pause();
    const timer = timers.set(delayMs, () => {
      release();
      if (refused === null && !this.stopping) {
        this.serve(spec, connection);
        connection.resume();
        return;
      }
      this.figured.refused++;
      this.log.write('warn', 'connection-refused', { clientHost: remoteAddress, listener: spec.name, reason: refused ?? 'stopping' });
      connection.destroy();
    });
    connection.onClose(() => {
      timers.cancel(timer);
      release();
      this.counts.leave(spec.name, remoteAddress, spec.privileged, null);
    });
  }

  private serve(spec: ListenerSpec, connection: Connection): void {
    const { env, settings } = this.options;
    const address = connection.remoteAddress;
    const { privileged } = spec;
    const sasl = spec.protocol.startsWith('SASL_') ? createSaslSession({ ...this.saslDeps, mechanisms: spec.mechanisms }, address) : null;
    const principal = spec.protocol === 'SSL' && connection.peerDistinguishedName !== null ? { type: 'User', name: connection.peerDistinguishedName } : ANONYMOUS;
    let loggedIn: string | null = null;
    const login = (name: string): string | null => {
      const over = this.counts.login(name, privileged);
      if (over === null) loggedIn = name;
      else this.log.write('warn', 'connection-refused', { clientHost: address, listener: spec.name, reason: over, principal: name });
      return over;
    };
    const served: ServerConnection = createServerConnection({
      env: { clock: env.clock, timers: env.timers, log: this.log }, connection, handlers: this.handlers, pool: this.pool, loginPool: this.loginPool, frames: this.frames, output: this.output,
      frameBytesMax: settings.frameBytesMax,
      peer: { connectionId: `${spec.name}-${this.nextId++}`, clientHost: address, listenerName: spec.name, principal, sasl, ...(this.options.quotas === undefined ? {} : { quotas: this.options.quotas }) },
      onLogin: () => login(sasl?.login?.principal.name ?? ''),
      onClosed: () => {
        this.counts.leave(spec.name, address, privileged, loggedIn);
        this.left(served);
        this.perListener.set(spec.name, this.perListener.get(spec.name)! - 1);
      },
    });
    this.connections.add(served);
    this.figured.accepted++;
    this.perListener.set(spec.name, (this.perListener.get(spec.name) ?? 0) + 1);
    this.sweepLater();
    if (spec.protocol === 'SSL' && login(principal.name) !== null) connection.destroy();
  }

  private left(connection: ServerConnection): void {
    this.connections.delete(connection);
    if (this.connections.size === 0) this.onEmpty?.();
  }

  /** The largest of those that have taken nothing for a moment; if there is none, the largest. */
  private dropSlowest(): void {
    const sinceMs = this.options.env.clock.monotonic() - SERVER_LIMITS.slowPeerMomentMs;
    let worst: { connection: ServerConnection; patient: boolean; bytes: number } | null = null;
    for (const connection of this.connections) {
      const { unread } = connection;
      if (unread === null || connection.state === 'ending') continue;
      const patient = unread.sinceMs > sinceMs;
      if (worst === null || (worst.patient && !patient) || (worst.patient === patient && unread.bytes > worst.bytes)) worst = { connection, patient, bytes: unread.bytes };
    }
    worst?.connection.close('answers are not taken while memory is short');
  }

  private closeRevoked(): void {
    for (const connection of this.connections) {
      const { login } = connection;
      if (login !== null && !this.options.principals.isActive(login.keyId, login.mechanism)) connection.close('the key was revoked');
    }
  }

  /** Runs only while there is somebody to look after: an idle broker sleeps. */
  private sweepLater(): void {
    if (this.sweeping || this.connections.size === 0) return;
    this.sweeping = true;
    this.options.env.timers.set(Math.min(SERVER_LIMITS.sweepIntervalMs, this.options.settings.idleTimeoutMs), () => {
      this.sweeping = false;
      this.sweep();
      this.sweepLater();
    });
  }

  private sweep(): void {
    const nowMs = this.options.env.clock.monotonic();
    const { idleTimeoutMs } = this.options.settings;
    const contended = this.pool.contended || this.loginPool.contended;
    for (const connection of this.connections) {
      if (isSlow(connection.unread, nowMs, this.output.leftBytes === 0)) connection.close('answers are not taken');
      else if (isSlow(connection.holding(nowMs, contended), nowMs, contended)) connection.close('a request comes too slowly, or waits while memory is short');
      else if ((connection.inFlight === 0 || connection.state === 'ending') && nowMs - connection.lastActivityMs > idleTimeoutMs) connection.close('idle');
    }
  }
}

/** Has held these bytes for longer than an honest peer on a poor line would. */
function isSlow(held: { bytes: number; sinceMs: number } | null, nowMs: number, contended: boolean): boolean {
  if (held === null) return false;
  const [graceMs, bytesPerSecond] = contended ? [SERVER_LIMITS.slowPeerContendedMs, SERVER_LIMITS.slowPeerContendedBytesPerSecond] : [SERVER_LIMITS.slowPeerMs, SERVER_LIMITS.slowPeerBytesPerSecond];
  return nowMs - held.sinceMs > graceMs + (held.bytes / bytesPerSecond) * 1000;
}

export function createKafkaServer(options: KafkaServerOptions): KafkaServer {
  return new Server(options);
}
