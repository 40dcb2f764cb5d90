/** Listeners and the connections on them: limits, idle connections, keys that were revoked, a stop that lets acknowledged writes out. */
import { createHash } from 'node:crypto';
import type { Connection, Env, Listener, TlsMaterial } from '#libs/kernel';
import { createLoginBackoff, type Principal, type PrincipalStore } from '../security/index.js';
import type { ApiHandler } from './api.js';
import { createServerConnection, type ServerConnection } from './connection.js';
import { createFrameBuffers } from './frame-buffers.js';
import { createMemoryPool, type MemoryPool } from './memory-pool.js';
import { createOutputBudget } from './output-budget.js';
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
}

export interface ServerSettings {
  connectionsMax: number;
  connectionsPerAddressMax: number;
  idleTimeoutMs: number;
  frameBytesMax: number;
  /** `connections.max.reauth.ms`; 0 is for ever. */
  sessionLifetimeMs: number;
}

export interface KafkaServerOptions {
  env: Env;
  handlers: readonly ApiHandler[];
  principals: PrincipalStore;
  /** Unknown to outsiders and the same after a restart: SCRAM users that don't exist get their salts from it. */
  fakeSaltSeed: string;
  settings: ServerSettings;
}

export interface KafkaServer {
  /** Opens a listener; answers its port. */
  listen(spec: ListenerSpec): Promise<number>;
  /** New connections of this listener get the new certificate. */
  setTls(listenerName: string, tls: TlsMaterial): void;
  readonly connectionCount: number;
  /** Stops accepting, lets writes in flight be answered, closes all. */
  close(): Promise<void>;
}

const ANONYMOUS: Principal = { type: 'User', name: 'ANONYMOUS' };

class Server implements KafkaServer {
  private readonly handlers: HandlerTable;
  private readonly frames = createFrameBuffers();
  private readonly pool: MemoryPool;
  private readonly output = createOutputBudget(SERVER_LIMITS.queuedAnswerBytesMax);
  private readonly saslDeps: Omit<SaslDeps, 'mechanisms'>;
  private readonly listeners = new Map<string, Listener>();
  private readonly connections = new Set<ServerConnection>();
  private readonly perAddress = new Map<string, number>();
  private nextId = 0;
  private sweeping = false;
  private stopping = false;
  private onEmpty: (() => void) | null = null;

  constructor(private readonly options: KafkaServerOptions) {
    const { env, principals, settings } = options;
    this.handlers = new Map(options.handlers.map((handler) => [handler.apiKey, handler]));
    this.pool = createMemoryPool(Math.max(SERVER_LIMITS.pooledBytesMax, settings.frameBytesMax));
    this.saslDeps = {
      clock: env.clock, random: env.random, log: env.log, principals, backoff: createLoginBackoff(env.clock),
      fakeSaltKey: createHash('sha256').update(`scram fake salt ${options.fakeSaltSeed}`).digest(), sessionLifetimeMs: settings.sessionLifetimeMs,
    };
    principals.onChange(() => this.closeRevoked());
  }

  get connectionCount(): number { return this.connections.size; }

  async listen(spec: ListenerSpec): Promise<number> {
    const { env, settings } = this.options;
    const listener = await env.net.listen({ host: spec.host, port: spec.port, tls: spec.tls, maxConnections: settings.connectionsMax }, (connection) => this.accept(spec, connection));
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
    const { env, settings } = this.options;
    const address = connection.remoteAddress;
    const reason = this.whyRefused(address);
    if (reason !== null) {
      env.log.write('warn', 'connection-refused', { clientHost: address, listener: spec.name, reason });
      connection.destroy();
      return;
    }
    this.perAddress.set(address, (this.perAddress.get(address) ?? 0) + 1);
    const sasl = spec.protocol.startsWith('SASL_') ? createSaslSession({ ...this.saslDeps, mechanisms: spec.mechanisms }, address) : null;
    const principal = spec.protocol === 'SSL' && connection.peerDistinguishedName !== null ? { type: 'User', name: connection.peerDistinguishedName } : ANONYMOUS;
    const served: ServerConnection = createServerConnection({
      env, connection, handlers: this.handlers, pool: this.pool, frames: this.frames, output: this.output, frameBytesMax: settings.frameBytesMax,
      peer: { connectionId: `${spec.name}-${this.nextId++}`, clientHost: address, listenerName: spec.name, principal, sasl },
      onClosed: () => this.left(served, address),
    });
    this.connections.add(served);
    this.sweepLater();
  }

  private whyRefused(address: string): string | null {
    const { connectionsMax, connectionsPerAddressMax } = this.options.settings;
    if (this.stopping) return 'stopping';
    if (this.connections.size >= connectionsMax) return 'max.connections';
    return (this.perAddress.get(address) ?? 0) >= connectionsPerAddressMax ? 'max.connections.per.ip' : null;
  }

  private left(connection: ServerConnection, address: string): void {
    this.connections.delete(connection);
    const count = (this.perAddress.get(address) ?? 1) - 1;
    if (count === 0) this.perAddress.delete(address);
    else this.perAddress.set(address, count);
    if (this.connections.size === 0) this.onEmpty?.();
  }

  private closeRevoked(): void {
    for (const connection of this.connections) {
      if (connection.keyId !== null && !this.options.principals.isActive(connection.keyId)) connection.close('the key was revoked');
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
    for (const connection of this.connections) {
      if ((connection.inFlight === 0 || connection.state === 'ending') && nowMs - connection.lastActivityMs > this.options.settings.idleTimeoutMs) connection.close('idle');
    }
  }
}

export function createKafkaServer(options: KafkaServerOptions): KafkaServer {
  return new Server(options);
}
