/**
 * The client's side of SCRAM (RFC 5802, RFC 7677), as Kafka speaks it: no channel binding, names and passwords as UTF-8 without SASLprep.
 * The server proves that it knows the password too: a login that lacks the proof is refused.
 */
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { clientLimits } from './client.limits.js';
import { ClusterAuthenticationError } from './errors.js';

export const SCRAM_MECHANISMS = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
export type ScramMechanism = (typeof SCRAM_MECHANISMS)[number];

const HASHES = { 'SCRAM-SHA-256': { name: 'sha256', sizeBytes: 32 }, 'SCRAM-SHA-512': { name: 'sha512', sizeBytes: 64 } } as const;
const GS2_HEADER = 'n,,';

/** What a verifier is made from; some tens of milliseconds away from the event loop. */
export function saltPassword(mechanism: ScramMechanism, password: string, salt: Buffer, iterations: number): Promise<Buffer> {
  const { name, sizeBytes } = HASHES[mechanism];
  return new Promise((resolve, reject) => {
    pbkdf2(Buffer.from(password, 'utf8'), salt, iterations, sizeBytes, name, (error, salted) => { if (error) reject(error); else resolve(salted); });
  });
}

/** `a=1,b=2` by its letters. */
function attributes(message: Buffer): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of message.toString('utf8').split(',')) if (part[1] === '=') found.set(part[0]!, part.slice(2));
  return found;
}

function challengeOf(serverFirst: Buffer, clientNonce: string): { nonce: string; salt: Buffer; iterations: number } {
  const said = attributes(serverFirst);
  const refuse = (why: string): never => { throw new ClusterAuthenticationError(`the cluster's SCRAM challenge ${why}`); };
  if (said.has('m')) refuse('has an extension that this client does not know');
  const nonce = said.get('r') ?? '';
  if (!nonce.startsWith(clientNonce) || nonce.length === clientNonce.length) refuse('does not continue the nonce of this login');
  const salt = Buffer.from(said.get('s') ?? '', 'base64');
  if (salt.length === 0) refuse('has no salt');
  const iterations = /^\d{1,9}$/.test(said.get('i') ?? '') ? Number(said.get('i')) : NaN;
  const { scramIterationsMin, scramIterationsMax } = clientLimits;
  if (!(iterations >= scramIterationsMin && iterations <= scramIterationsMax)) refuse(`asks for ${said.get('i') ?? 'no'} iterations: from ${scramIterationsMin} to ${scramIterationsMax} are allowed`);
  return { nonce, salt, iterations };
}

export interface ScramExchange {
  readonly clientFirst: Buffer;
  /** From the server's first message; throws ClusterAuthenticationError for one that is malformed, weak or too costly. */
  answer(serverFirst: Buffer): Promise<Buffer>;
  /** Of the server's last message; throws ClusterAuthenticationError without the proof that the server knows the password. */
  verify(serverFinal: Buffer): void;
}

/** One login. `nonce` is printable, without commas, and used once. */
export function createScramExchange(mechanism: ScramMechanism, credential: { username: string; password: string }, nonce: string): ScramExchange {
  const { name } = HASHES[mechanism];
  const hmac = (key: Buffer, text: string): Buffer => createHmac(name, key).update(text).digest();
  const clientFirstBare = `n=${credential.username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
  let expected: Buffer | null = null;
  return {
    clientFirst: Buffer.from(GS2_HEADER + clientFirstBare, 'utf8'),
    async answer(serverFirst) {
      const challenge = challengeOf(serverFirst, nonce);
      const salted = await saltPassword(mechanism, credential.password, challenge.salt, challenge.iterations);
      const withoutProof = `c=${Buffer.from(GS2_HEADER).toString('base64')},r=${challenge.nonce}`;
      const authMessage = `${clientFirstBare},${serverFirst.toString('utf8')},${withoutProof}`;
      const clientKey = hmac(salted, 'Client Key');
      const signature = hmac(createHash(name).update(clientKey).digest(), authMessage);
      const proof = Buffer.from(clientKey.map((byte, index) => byte ^ signature[index]!));
      expected = hmac(hmac(salted, 'Server Key'), authMessage);
      return Buffer.from(`${withoutProof},p=${proof.toString('base64')}`, 'utf8');
    },
    verify(serverFinal) {
      const said = attributes(serverFinal);
      const error = said.get('e');
      if (error !== undefined) throw new ClusterAuthenticationError(`the cluster refuses the SCRAM login: ${error.slice(0, 100)}`);
      const proof = Buffer.from(said.get('v') ?? '', 'base64');
      if (expected === null || proof.length !== expected.length || !timingSafeEqual(proof, expected)) throw new ClusterAuthenticationError('the cluster did not prove that it knows the password');
    },
  };
}
