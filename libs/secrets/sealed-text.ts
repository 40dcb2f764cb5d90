/**
 * AES-256-GCM. `v1.<key id>.<nonce>.<tag and ciphertext>`, the last three in base64url. What the text is for is associated data: a text that was copied to
 * another row, or to another use, doesn't open. A nonce of 96 random bits serves for 2³² texts of one key; a platform has a few thousand.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const VERSION = 'v1';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
export const KEY_BYTES = 32;

export interface SecretKey { id: string; bytes: Buffer }

/** The id is made of the key, and tells nothing of it. */
export const toSecretKey = (bytes: Buffer): SecretKey => ({ id: createHash('sha256').update('sluice secrets key').update(bytes).digest('base64url').slice(0, 11), bytes });

/** Lengths before the texts: two parts never run together. */
const associated = (context: readonly string[]): Buffer => Buffer.from([VERSION, ...context].map((part) => `${Buffer.byteLength(part)}:${part}`).join(''), 'utf8');

export function sealText(key: SecretKey, text: string, context: readonly string[]): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key.bytes, nonce).setAAD(associated(context));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return [VERSION, key.id, nonce.toString('base64url'), Buffer.concat([cipher.getAuthTag(), body]).toString('base64url')].join('.');
}

const FORMAT = /^v1\.([A-Za-z0-9_-]{11})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{22,})$/;

/** Id of the key that sealed it; null for what isn't sealed at all. */
export const sealedBy = (sealed: string): string | null => FORMAT.exec(sealed)?.[1] ?? null;

/** Null when it was changed, or sealed for something else. */
export function openText(key: SecretKey, sealed: string, context: readonly string[]): string | null {
  const [, , nonce, rest] = FORMAT.exec(sealed) ?? [];
  if (nonce === undefined || rest === undefined) return null;
  const bytes = Buffer.from(rest, 'base64url');
  try {
    const decipher = createDecipheriv(CIPHER, key.bytes, Buffer.from(nonce, 'base64url'), { authTagLength: TAG_BYTES }).setAAD(associated(context)).setAuthTag(bytes.subarray(0, TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}
