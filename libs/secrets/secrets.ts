import { invariant } from '#libs/kernel';
import { readOrMakeKeys } from './key-file.js';
import { keyMissing, textBroken } from './secrets.errors.js';
import { secretsLimits } from './secrets.limits.js';
import { openText, sealedBy, sealText } from './sealed-text.js';

export interface Secrets {
  /** With the present key. `context` says whose it is and what for; it must be the same to open it. */
  seal(text: string, context: readonly string[]): string;
  /** Throws OperationalError `secrets_key_missing` or `secret_broken`; neither holds the text. */
  open(sealed: string, context: readonly string[]): string;
  readonly keyId: string;
}

/** Reads the keys, or makes the first one. Throws OperationalError `secrets_key_broken`. */
export function openSecrets(path: string): Secrets {
  const keys = readOrMakeKeys(path);
  const present = keys[0];
  invariant(present, 'a key file has a key');
  return {
    keyId: present.id,
    seal(text, context) {
      invariant(Buffer.byteLength(text) <= secretsLimits.textBytesMax, `what is sealed has at most ${secretsLimits.textBytesMax} bytes`);
      return sealText(present, text, context);
    },
    open(sealed, context) {
      const keyId = sealedBy(sealed);
      if (keyId === null) throw textBroken();
      const key = keys.find(({ id }) => id === keyId);
      if (!key) throw keyMissing(path, keyId);
      const text = openText(key, sealed, context);
      if (text === null) throw textBroken();
      return text;
    },
  };
}
