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

export function createSaslSession(deps: SaslDeps, clientAddress: string): SaslSession {
  let state: SaslState = 'initial';
  let mechanism: SaslMechanism | null = null;
  let scram: ScramServer | null = null;
  let rawTokens = false;
  let login: SaslLogin | null = null;
  let expiresAtMs = Infinity;

  const moveTo = (next: SaslState): void => {
    invariant(SASL_TRANSITIONS[state].includes(next), `SASL moves from ${state} to ${next}`);
    state = next;
  };
  const begin = (chosen: SaslMechanism): void => {
    mechanism = chosen;
    scram = chosen === 'PLAIN' ? null : createScramServer({
      mechanism: chosen, serverNonce: deps.random.bytes(NONCE_BYTES).toString('base64url'), fakeSaltKey: deps.fakeSaltKey,
      lookup: (username) => deps.principals.scramCredential(username, chosen),
    });
  };
  const authenticated = (who: SaslLogin): void => {
    if (login !== null && (login.keyId !== who.keyId || login.principal.name !== who.principal.name)) throw new AuthenticationFailure('re-authentication as somebody else');
    // A key revoked between the two rounds of SCRAM has not logged in.
    if (!deps.principals.isActive(who.keyId, who.mechanism)) throw new AuthenticationFailure('the key was revoked meanwhile');
    login = who;
    expiresAtMs = deps.sessionLifetimeMs > 0 ? deps.clock.monotonic() + deps.sessionLifetimeMs : Infinity;
    deps.backoff.succeeded(clientAddress);
    moveTo('authenticated');
  };
  const step = (token: Buffer): Buffer => {
    invariant(mechanism !== null, 'a token follows a handshake');
    if (scram !== null) {
      const { message, complete } = scram.step(token);
      if (complete !== null) authenticated({ principal: complete.principal, keyId: complete.username, mechanism });
      return message;
    }
    const { username, password } = parsePlain(token);
    const principal = deps.principals.verifyPlain(username, password);
    if (principal === null) throw new AuthenticationFailure('wrong key or secret');
    authenticated({ principal, keyId: username, mechanism });
    return EMPTY;
  };
  const refuse = (failure: AuthenticationFailure): SaslAnswer => {
    moveTo('failed');
    deps.log.write('warn', 'authentication-failed', { clientAddress, mechanism, detail: failure.detail });
    return {
      errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED, errorMessage: `Authentication failed during authentication due to invalid credentials with SASL mechanism ${mechanism}`,
      authBytes: EMPTY, sessionLifetimeMs: 0, delayMs: deps.backoff.failed(clientAddress),
    };
  };

  return {
    get state() { return state; },
    mechanisms: deps.mechanisms,
    get rawTokens() { return rawTokens && (state === 'mechanismChosen' || state === 'reauthenticating'); },
    get login() { return login; },
    get expired() { return deps.clock.monotonic() >= expiresAtMs; },
    accepts: (request) => SASL_ACCEPTS[state].includes(request),
    handshake(name, version) {
      const chosen = deps.mechanisms.find((candidate) => candidate === name);
      if (chosen === undefined || (login !== null && chosen !== mechanism)) {
        moveTo('failed');
        return ErrorCode.UNSUPPORTED_SASL_MECHANISM;
      }
      moveTo(state === 'authenticated' ? 'reauthenticating' : 'mechanismChosen');
      rawTokens = version === 0;
      begin(chosen);
      return ErrorCode.NONE;
    },
    authenticate(token) {
      try {
        const authBytes = step(token);
        return { errorCode: ErrorCode.NONE, errorMessage: null, authBytes, sessionLifetimeMs: state === 'authenticated' ? deps.sessionLifetimeMs : 0, delayMs: 0 };
      } catch (error) {
        if (error instanceof AuthenticationFailure) return refuse(error);
        throw error;
      }
    },
  };
}
