/**
 * One client's connection: frames in, handlers in order, answers out. What isn't taken stays with the peer: a request that may not begin yet,
 * a peer that doesn't take its answers and an exhausted memory pool all stop the flow of data.
 */
import { InvariantError, invariant, type Connection, type Env, type TimerHandle } from '#libs/kernel';
import { ApiKey, KafkaError, ProtocolError } from '#libs/kafka/protocol';
import { CLOSE_CONNECTION, NO_RESPONSE } from './api.js';
import { CONNECTION_TRANSITIONS, type ConnectionState } from './connection.states.js';
import type { FrameBuffers } from './frame-buffers.js';
import { createFrameIntake, type Frame, type FrameIntake } from './frame-intake.js';
import { createInFlight, type InFlight } from './in-flight.js';
import type { MemoryPool } from './memory-pool.js';
import type { OutputBudget, OutputShare } from './output-budget.js';
import { dispatch, type HandlerTable, type Outcome, type Peer } from './request-dispatch.js';
import type { SaslLogin } from './sasl-session.js';
import { ConnectionRefused } from './server.errors.js';
import { SERVER_LIMITS } from './server.limits.js';

export interface ServerConnectionOptions {
  env: Pick<Env, 'clock' | 'timers' | 'log'>;
  connection: Connection;
  handlers: HandlerTable;
  pool: MemoryPool;
  /** For frames of clients that haven't logged in. */
  loginPool: MemoryPool;
  frames: FrameBuffers;
  output: OutputBudget;
  peer: Omit<Peer, 'onClose' | 'later' | 'mute' | 'answerBytesMax'>;
  frameBytesMax: number;
  /** A login is complete, its answer not sent yet. Anything but null ends the connection instead. */
  onLogin(): string | null;
  onClosed(): void;
}

export interface ServerConnection {
  readonly state: ConnectionState;
  readonly lastActivityMs: number;
  readonly inFlight: number;
  /** Null without SASL and before the login. */
  readonly login: SaslLogin | null;
  /** Answers that the client doesn't take, and since when. */
  readonly unread: { bytes: number; sinceMs: number } | null;
  /**
   * Memory that this client keeps from others, and since when as far as this was asked: of a frame that hasn't come whole yet; while others wait for memory
   * (`contended`) also of requests that came and wait.
   */
  holding(nowMs: number, contended: boolean): { bytes: number; sinceMs: number } | null;
  close(reason: string): void;
  /** Takes no new requests and ends once the writes that are out have been answered. */
  drain(): void;
}

class ClientConnection implements ServerConnection {
  state: ConnectionState = 'open';
  lastActivityMs: number;
  private readonly intake: FrameIntake;
  private readonly requests: InFlight = createInFlight(SERVER_LIMITS.requestsInFlightMax);
  /** Made for the first that asks: most connections have none. */
  private closeListeners: Set<() => void> | null = null;
  private readonly peer: Peer;
  private readonly queued: OutputShare;
  private waiting: Frame | null = null;
  private loginTimer: TimerHandle | null = null;
  private muted: { timer: TimerHandle; untilMs: number } | null = null;
  private blockedSinceMs: number | null = null;
  private holdingSince: { sinceMs: number; begun: number } | null = null;
  private begun = 0;
  private paused = false;
  private pumping = false;

  constructor(private readonly options: ServerConnectionOptions) {
    const { connection, env, pool, loginPool, frames, output } = options;
    this.queued = output.open();
    this.lastActivityMs = env.clock.monotonic();
    this.intake = createFrameIntake(() => (this.authenticated ? pool : loginPool), frames, () => this.frameBytesMax(), () => this.pump());
    this.peer = {
      ...options.peer,
      onClose: (listener) => {
        this.closeListeners ??= new Set();
        this.closeListeners.add(listener);
        return () => { this.closeListeners?.delete(listener); };
      },
      later: (delayMs, action) => {
        const forget = this.peer.onClose(() => env.timers.cancel(timer));
        const timer = env.timers.set(delayMs, () => {
          forget();
          action();
        });
      },
      mute: (delayMs) => this.mute(delayMs),
      answerBytesMax: () => Math.min(SERVER_LIMITS.answerBytesMax, output.leftBytes),
    };
    connection.onData((chunk) => this.received(chunk));
    connection.onDrain(() => {
      this.blockedSinceMs = null;
      this.queued.set(0);
      this.pump();
    });
    connection.onClose((error) => this.closed(error));
    if (this.peer.sasl !== null) {
      this.loginTimer = env.timers.set(SERVER_LIMITS.authenticationTimeoutMs, () => {
        this.loginTimer = null;
        this.close('no login in time');
      });
    }
  }

  get inFlight(): number { return this.requests.count; }
  get login(): SaslLogin | null { return this.peer.sasl?.login ?? null; }

  get unread(): { bytes: number; sinceMs: number } | null {
    return this.blockedSinceMs === null || this.state === 'closed' ? null : { bytes: this.queued.heldBytes, sinceMs: this.blockedSinceMs };
  }

  holding(nowMs: number, contended: boolean): { bytes: number; sinceMs: number } | null {
    const bytes = this.heldBytes(contended);
    if (bytes === 0) this.holdingSince = null;
    else if (this.holdingSince?.begun !== this.begun) this.holdingSince = { sinceMs: nowMs, begun: this.begun };
    return this.holdingSince === null ? null : { bytes, sinceMs: this.holdingSince.sinceMs };
  }

  close(reason: string): void {
    // A peer that doesn't take the last answer isn't waited for.
    if (this.state === 'ending') this.options.connection.destroy();
    if (this.isOver()) return;
    this.log('info', 'connection-closed', { reason });
    this.moveTo('ending');
    // Counted as gone at once, so that nobody else has to go for it.
    this.queued.set(0);
    this.options.connection.destroy();
  }

  drain(): void {
    if (this.state !== 'open') return;
    this.moveTo('draining');
    this.sendReady();
    this.steerFlow();
  }

  private get authenticated(): boolean { return this.peer.sasl === null || this.peer.sasl.login !== null; }

  private frameBytesMax(): number {
    return this.authenticated ? this.options.frameBytesMax : Math.min(this.options.frameBytesMax, SERVER_LIMITS.frameBytesBeforeAuthentication);
  }

  private received(chunk: Buffer): void {
    if (this.state !== 'open') return;
    this.intake.push(chunk);
    this.pump();
  }

  private closed(error: Error | null): void {
    if (error !== null) this.log('debug', 'connection-lost', { error: error.message });
    this.moveTo('closed');
    this.stopLoginTimer();
    this.unmute();
    this.intake.release();
    this.queued.set(0);
    this.waiting?.grant?.release();
    this.waiting = null;
    this.requests.release();
    for (const listener of [...this.closeListeners ?? []]) listener();
    this.closeListeners = null;
    this.options.onClosed();
  }

  /** Begins what may begin, in order. */
  private pump(): void {
    if (this.pumping) return;
    this.pumping = true;
    try {
      while (this.state === 'open' && this.blockedSinceMs === null && this.muted === null) {
        // Beside what a client can make wait as long as it likes (a Fetch) memory would be held as long.
        this.waiting ??= this.intake.take(this.requests.mayBegin(true));
        if (this.waiting === null || !this.requests.mayBegin(this.isProduce(this.waiting))) break;
        const frame = this.waiting;
        this.waiting = null;
        this.begin(frame);
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.pumping = false;
    }
    this.keepLent();
    this.steerFlow();
  }

  /** A frame that we don't take comes as slowly as we want, and a request may wait as long as it says (a Fetch, a JoinGroup), unless that keeps others from the memory. */
  private heldBytes(contended: boolean): number {
    if (!contended) return this.muted === null ? this.intake.reservedBytes : 0;
    return this.intake.reservedBytes + (this.waiting?.grant ? this.waiting.bytes.length : 0) + this.requests.grantedBytes;
  }

  /** What isn't begun by now outlives the chunk that it came in. */
  private keepLent(): void {
    if (this.waiting?.lent === true) this.waiting = { ...this.waiting, bytes: Buffer.from(this.waiting.bytes), lent: false };
    this.intake.keep();
  }

  private isProduce({ bytes }: Frame): boolean {
    return this.peer.sasl?.rawTokens !== true && bytes.length >= 2 && bytes.readInt16BE(0) === ApiKey.Produce;
  }

  private begin(frame: Frame): void {
    this.lastActivityMs = this.options.env.clock.monotonic();
    this.begun++;
    const produce = this.isProduce(frame);
    const request = this.requests.begin(produce, frame.bytes.length, frame.grant);
    // What was produced is written when the call returns; what waits is the answer (ApiHandler). Other handlers may keep views of their request.
    const outcome = dispatch(this.options.handlers, this.peer, frame.lent && !produce ? Buffer.from(frame.bytes) : frame.bytes);
    if (produce) this.options.frames.give(frame.bytes);
    if (!(outcome instanceof Promise)) {
      request.outcome = outcome;
      this.sendReady();
      return;
    }
    outcome.then((settled) => {
      request.outcome = settled;
      this.sendReady();
      this.pump();
    }).catch((error: unknown) => this.fail(error));
  }

  private sendReady(): void {
    while (!this.isOver()) {
      const outcome = this.requests.nextOutcome();
      if (outcome === null) break;
      this.lastActivityMs = this.options.env.clock.monotonic();
      this.send(outcome);
    }
    if (this.state === 'draining' && !this.requests.writing) this.end();
  }

  private send(outcome: Outcome): void {
    if (outcome === CLOSE_CONNECTION) {
      this.end();
      return;
    }
    if (this.loginTimer !== null && this.peer.sasl?.state === 'authenticated') {
      this.stopLoginTimer();
      const refused = this.options.onLogin();
      if (refused !== null) {
        this.close(refused);
        return;
      }
    }
    if (outcome !== NO_RESPONSE) {
      const taken = this.options.connection.write(outcome);
      this.queued.set(this.options.connection.queuedBytes);
      if (!taken) this.blockedSinceMs ??= this.options.env.clock.monotonic();
    }
    if (this.peer.sasl?.state === 'failed') this.end();
  }

  private fail(error: unknown): void {
    if (this.isOver()) return;
    if (error instanceof ConnectionRefused) this.close(`${error.reason}: ${error.message}`);
    else if (error instanceof ProtocolError) this.close(`malformed-request: ${error.message}`);
    // What an answer has no place for.
    else if (error instanceof KafkaError) this.close(`refused-request: ${error.codeName}: ${error.message}`);
    else {
      this.log('error', error instanceof InvariantError ? 'invariant-broken' : 'handler-bug', { error });
      this.close('internal error');
    }
  }

  /** Lets what was written leave, then closes. */
  private end(): void {
    if (this.isOver()) return;
    this.moveTo('ending');
    this.options.connection.end();
  }

  private steerFlow(): void {
    const stop = this.waiting !== null || this.muted !== null || this.blockedSinceMs !== null || this.intake.starved || this.state !== 'open';
    if (stop === this.paused || this.isOver()) return;
    this.paused = stop;
    if (stop) this.options.connection.pause();
    else this.options.connection.resume();
  }

  /** The longest wait counts. */
  private mute(delayMs: number): void {
    const { clock, timers } = this.options.env;
    const untilMs = clock.monotonic() + delayMs;
    if (this.isOver() || (this.muted !== null && this.muted.untilMs >= untilMs)) return;
    this.unmute();
    const timer = timers.set(delayMs, () => {
      this.muted = null;
      this.pump();
    });
    this.muted = { timer, untilMs };
    this.steerFlow();
  }

  private unmute(): void {
    if (this.muted !== null) this.options.env.timers.cancel(this.muted.timer);
    this.muted = null;
  }

  private isOver(): boolean { return this.state === 'closed' || this.state === 'ending'; }

  private moveTo(next: ConnectionState): void {
    invariant(CONNECTION_TRANSITIONS[this.state].includes(next), `a connection moves from ${this.state} to ${next}`);
    this.state = next;
  }

  private stopLoginTimer(): void {
    if (this.loginTimer !== null) this.options.env.timers.cancel(this.loginTimer);
    this.loginTimer = null;
  }

  private log(level: 'debug' | 'info' | 'error', event: string, fields: Record<string, unknown>): void {
    const { connectionId, clientHost, listenerName } = this.peer;
    this.options.env.log.write(level, event, { connectionId, clientHost, listener: listenerName, ...fields });
  }
}

export function createServerConnection(options: ServerConnectionOptions): ServerConnection {
  return new ClientConnection(options);
}
