/**
 * SCRAM-SHA-256 and -512, server side (RFC 5802, 7677): a pure state machine of two rounds. An unknown user goes through the whole exchange
 * with a salt derived from the name, so that neither the messages nor their number tell who exists.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { invariant } from '#libs/kernel';
import type { Principal, ScramCredential, ScramMechanism } from './api.js';
import { parseClientFinal, parseClientFirst } from './scram-messages.js';
import { SCRAM_TRANSITIONS, type ScramState } from './scram.states.js';
import { AuthenticationFailure } from './security.errors.js';

const HASH: Record<ScramMechanism, 'sha256' | 'sha512'> = { 'SCRAM-SHA-256': 'sha256', 'SCRAM-SHA-512': 'sha512' };
const FAKE_ITERATIONS = 8192;
const FAKE_SALT_BYTES = 24;

export interface ScramOptions {
  mechanism: ScramMechanism;
  /** The server's half of the nonce: printable, fresh for every exchange. */
  serverNonce: string;
  /** Secret of this broker that fake salts are derived with. */
  fakeSaltKey: Buffer;
  lookup(username: string): { principal: Principal; credential: ScramCredential } | null;
}

export interface ScramStep { message: Buffer; complete: { username: string; principal: Principal } | null }

export interface ScramServer {
  readonly state: ScramState;
  /** Takes the client's next message; throws AuthenticationFailure, after which the exchange is over. */
  step(message: Buffer): ScramStep;
}

interface Exchange {
  nonce: string;
  username: string;
  known: { principal: Principal; credential: ScramCredential } | null;
  credential: ScramCredential;
  gs2Header: string;
  /** client-first-bare and server-first, as signed. */
  transcript: string;
}

export function createScramServer(options: ScramOptions): ScramServer {
  const hash = HASH[options.mechanism];
  let state: ScramState = 'awaitingClientFirst';
  let exchange: Exchange | null = null;

  const moveTo = (next: ScramState): void => {
    invariant(SCRAM_TRANSITIONS[state].includes(next), `SCRAM moves from ${state} to ${next}`);
    state = next;
  };

  const fakeCredential = (username: string): ScramCredential => {
    const material = createHmac('sha512', options.fakeSaltKey).update(`${options.mechanism}\0${username}`).digest();
    const keyBytes = hash === 'sha256' ? 32 : 64;
    return { salt: material.subarray(0, FAKE_SALT_BYTES), iterations: FAKE_ITERATIONS, storedKey: Buffer.alloc(keyBytes), serverKey: Buffer.alloc(keyBytes) };
  };

  const first = (message: Buffer): ScramStep => {
    const client = parseClientFirst(message);
    if (client.extensions.has('m') || client.extensions.get('tokenauth') === 'true') throw new AuthenticationFailure('SCRAM extension is not supported');
    const known = options.lookup(client.username);
    const credential = known?.credential ?? fakeCredential(client.username);
    const nonce = client.nonce + options.serverNonce;
    const serverFirst = `r=${nonce},s=${credential.salt.toString('base64')},i=${credential.iterations}`;
    exchange = { nonce, username: client.username, known, credential, gs2Header: client.gs2Header, transcript: `${client.bare},${serverFirst}` };
    moveTo('awaitingClientFinal');
    return { message: Buffer.from(serverFirst, 'utf8'), complete: null };
  };

  const final = (message: Buffer): ScramStep => {
    invariant(exchange !== null, 'SCRAM has its first round before the second');
    const client = parseClientFinal(message);
    // Older librdkafkas repeat their own half in front. Kafka 4 refuses them (CVE-2024-56128); here it is enough that the whole nonce of this exchange stands at
    // the end: no other exchange's does, and what stands before it is signed.
    if (!client.nonce.endsWith(exchange.nonce)) throw new AuthenticationFailure('SCRAM nonce is not that of this exchange');
    if (client.channelBinding !== Buffer.from(exchange.gs2Header, 'utf8').toString('base64')) throw new AuthenticationFailure('SCRAM channel binding differs from the first message');
    const { storedKey, serverKey } = exchange.credential;
    const signed = Buffer.from(`${exchange.transcript},${client.withoutProof}`, 'utf8');
    const signature = createHmac(hash, storedKey).update(signed).digest();
    if (client.proof.length !== signature.length) throw new AuthenticationFailure('SCRAM proof has the wrong length');
    const clientKey = Buffer.alloc(signature.length);
    for (let index = 0; index < signature.length; index++) clientKey[index] = client.proof[index]! ^ signature[index]!;
    const equal = timingSafeEqual(createHash(hash).update(clientKey).digest(), storedKey);
    if (!equal || exchange.known === null) throw new AuthenticationFailure(exchange.known === null ? 'unknown user' : 'wrong password');
    const serverSignature = createHmac(hash, serverKey).update(signed).digest('base64');
    moveTo('complete');
    return { message: Buffer.from(`v=${serverSignature}`, 'utf8'), complete: { username: exchange.username, principal: exchange.known.principal } };
  };

  return {
    get state() { return state; },
    step(message) {
      try {
        if (state === 'awaitingClientFirst') return first(message);
        if (state === 'awaitingClientFinal') return final(message);
      } catch (error) {
        moveTo('failed');
        throw error;
      }
      throw new AuthenticationFailure(`SCRAM message after the exchange is ${state}`);
    },
  };
}
