import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { newApiKeyId, randomText, type ApiKeyId } from './ids.js';
import type { ScramMechanism, ScramVerifier } from './principals.js';

/** Lets secret scanners recognise a leaked secret. */
export const SECRET_PREFIX = 'slc_';
const SECRET_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** 64 characters of 62 carry 381 bits: far beyond guessing, so a fast hash is enough to keep. */
const SECRET_LENGTH = 64;
export const SCRAM_ITERATIONS = 8_192;

/** All that is kept of a secret. */
export interface Verifiers { secretSha256: string; scram: Record<ScramMechanism, ScramVerifier> }

export interface NewCredential { id: ApiKeyId; secret: string; verifiers: Verifiers }

const deriveKey = promisify(pbkdf2);

/** RFC 5802 §3. The derivation runs on libuv's pool: it would hold the event loop for tens of milliseconds. */
export async function scramVerifier(mechanism: ScramMechanism, secret: string, salt: Buffer = randomBytes(24), iterations = SCRAM_ITERATIONS): Promise<ScramVerifier> {
  const [hash, length] = mechanism === 'SCRAM-SHA-256' ? ['sha256', 32] as const : ['sha512', 64] as const;
  const salted = await deriveKey(Buffer.from(secret, 'utf8'), salt, iterations, length, hash);
  const clientKey = createHmac(hash, salted).update('Client Key').digest();
  return {
    salt: salt.toString('base64'),
    iterations,
    storedKey: createHash(hash).update(clientKey).digest('base64'),
    serverKey: createHmac(hash, salted).update('Server Key').digest('base64'),
  };
}

export const secretDigest = (secret: string): string => createHash('sha256').update(secret, 'utf8').digest('hex');

export async function makeVerifiers(secret: string): Promise<Verifiers> {
  const [sha256, sha512] = await Promise.all([scramVerifier('SCRAM-SHA-256', secret), scramVerifier('SCRAM-SHA-512', secret)]);
  return { secretSha256: secretDigest(secret), scram: { 'SCRAM-SHA-256': sha256, 'SCRAM-SHA-512': sha512 } };
}

/** The secret is in the answer once and nowhere else. */
export async function newCredential(): Promise<NewCredential> {
  const secret = SECRET_PREFIX + randomText(SECRET_ALPHABET, SECRET_LENGTH);
  return { id: newApiKeyId(), secret, verifiers: await makeVerifiers(secret) };
}

/** No secret hashes to this: comparing with it costs the same as comparing with a key's. */
const NOBODY = '0'.repeat(64);

/** Constant time, and the same work when there is no such key. */
export function verifySecret(secret: string, secretSha256: string | null): boolean {
  const given = Buffer.from(secretDigest(secret), 'hex');
  const equal = timingSafeEqual(given, Buffer.from(secretSha256 ?? NOBODY, 'hex'));
  return equal && secretSha256 !== null;
}
