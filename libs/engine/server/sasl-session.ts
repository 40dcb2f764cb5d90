/**
 * One connection's way to a principal. Knows nothing of frames: the handlers of SaslHandshake and SaslAuthenticate translate. A failure is
 * answered after a delay that grows with the address's failures, always with the same text; then the connection is closed.
 */
import { invariant, type Clock, type Log, type Random } from '#libs/kernel';
import { ErrorCode } from '#libs/kafka/protocol';
import {
  AuthenticationFailure, createScramServer, parsePlain, type LoginBackoff, type Principal, type PrincipalStore, type ScramMechanism, type ScramServer,
} from '../security/index.js';
import { SASL_ACCEPTS, SASL_TRANSITIONS, type SaslRequest, type SaslState } from './sasl.states.js';

export type SaslMechanism = 'PLAIN' | ScramMechanism;
export const SASL_MECHANISMS: readonly SaslMechanism[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];

export interface SaslDeps {
  clock: Clock;
  random: Random;
  log: Log;
  principals: PrincipalStore;
  backoff: LoginBackoff;
  mechanisms: readonly SaslMechanism[];
  fakeSaltKey: Buffer;
  /** `connections.max.reauth.ms`; 0: a login holds as long as the connection. */
  sessionLifetimeMs: number;
}

export interface SaslAnswer { errorCode: ErrorCode; errorMessage: string | null; authBytes: Buffer; sessionLifetimeMs: number; /** hold the answer back that long */ delayMs: number }

export interface SaslLogin { principal: Principal; keyId: string; mechanism: SaslMechanism }

export interface SaslSession {
  readonly state: SaslState;
  readonly mechanisms: readonly SaslMechanism[];
  /** After a handshake of version 0 tokens come without Kafka's header. */
  readonly rawTokens: boolean;
  /** `keyId` is the name that came over the wire: a key's id or a SCRAM user's name. */
  readonly login: SaslLogin | null;
  readonly expired: boolean;
  accepts(request: SaslRequest): boolean;
  handshake(mechanism: string, version: number): ErrorCode;
  authenticate(token: Buffer): SaslAnswer;
}

const NONCE_BYTES = 24;
const EMPTY = Buffer.alloc(0);

class Session implements SaslSession {
  state: SaslState = 'initial';
  login: SaslLogin | null = null;
  /** Whom the client says it is. */
  private account: string | null = null;
  private mechanism: SaslMechanism | null = null;
  private scram: ScramServer | null = null;
  private bareTokens = false;
  private expiresAtMs = Infinity;

  constructor(private readonly deps: SaslDeps, private readonly clientAddress: string) {}

  get mechanisms(): readonly SaslMechanism[] { return this.deps.mechanisms; }
  get rawTokens(): boolean { return this.bareTokens && (this.state === 'mechanismChosen' || this.state === 'reauthenticating'); }
  get expired(): boolean { return this.expiresAtMs !== Infinity && this.deps.clock.monotonic() >= this.expiresAtMs; }

  accepts(request: SaslRequest): boolean { return SASL_ACCEPTS[this.state].includes(request); }

  handshake(name: string, version: number): ErrorCode {
    const chosen = this.deps.mechanisms.find((candidate) => candidate === name);
    if (chosen === undefined || (this.login !== null && chosen !== this.mechanism)) {
      this.moveTo('failed');
      return ErrorCode.UNSUPPORTED_SASL_MECHANISM;
    }
    this.moveTo(this.state === 'authenticated' ? 'reauthenticating' : 'mechanismChosen');
    this.bareTokens = version === 0;
    this.begin(chosen);
    return ErrorCode.NONE;
  }

  authenticate(token: Buffer): SaslAnswer {
    try {
      const authBytes = this.step(token);
      return { errorCode: ErrorCode.NONE, errorMessage: null, authBytes, sessionLifetimeMs: this.state === 'authenticated' ? this.deps.sessionLifetimeMs : 0, delayMs: 0 };
    } catch (error) {
      if (error instanceof AuthenticationFailure) return this.refuse(error);
      throw error;
    }
  }

  private moveTo(next: SaslState): void {
    invariant(SASL_TRANSITIONS[this.state].includes(next), `SASL moves from ${this.state} to ${next}`);
    this.state = next;
  }

  private begin(chosen: SaslMechanism): void {
    const { deps } = this;
    this.mechanism = chosen;
    this.scram = chosen === 'PLAIN' ? null : createScramServer({
      mechanism: chosen, serverNonce: deps.random.bytes(NONCE_BYTES).toString('base64url'), fakeSaltKey: deps.fakeSaltKey,
      lookup: (username) => {
        this.account = username;
        return deps.principals.scramCredential(username, chosen);
      },
    });
  }

  private authenticated(who: SaslLogin): void {
    const { deps, login } = this;
    if (login !== null && (login.keyId !== who.keyId || login.principal.name !== who.principal.name)) throw new AuthenticationFailure('re-authentication as somebody else');
    // A key revoked between the two rounds of SCRAM has not logged in.
    if (!deps.principals.isActive(who.keyId, who.mechanism)) throw new AuthenticationFailure('the key was revoked meanwhile');
    this.login = who;
    this.scram = null;
    this.expiresAtMs = deps.sessionLifetimeMs > 0 ? deps.clock.monotonic() + deps.sessionLifetimeMs : Infinity;
    deps.backoff.succeeded(this.clientAddress);
    this.moveTo('authenticated');
  }

  private step(token: Buffer): Buffer {
    const { deps, mechanism, scram } = this;
    invariant(mechanism !== null, 'a token follows a handshake');
    if (scram !== null) {
      const { message, complete } = scram.step(token);
      if (complete !== null) this.authenticated({ principal: complete.principal, keyId: complete.username, mechanism });
      return message;
    }
    const { username, password } = parsePlain(token);
    this.account = username;
    const principal = deps.principals.verifyPlain(username, password);
    if (principal === null) throw new AuthenticationFailure('wrong key or secret');
    this.authenticated({ principal, keyId: username, mechanism });
    return EMPTY;
  }

  private refuse(failure: AuthenticationFailure): SaslAnswer {
    const { clientAddress, deps, mechanism } = this;
    this.moveTo('failed');
    deps.log.write('warn', 'authentication-failed', { clientAddress, mechanism, detail: failure.detail });
    return {
      errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED, errorMessage: `Authentication failed during authentication due to invalid credentials with SASL mechanism ${mechanism}`,
      authBytes: EMPTY, sessionLifetimeMs: 0, delayMs: deps.backoff.failed(clientAddress, this.account),
    };
  }
}

export function createSaslSession(deps: SaslDeps, clientAddress: string): SaslSession {
  return new Session(deps, clientAddress);
}
