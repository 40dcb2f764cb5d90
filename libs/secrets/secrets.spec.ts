import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSecrets, rotateSecretsKey, sealedBy } from './index.js';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-secrets-'));
  path = join(directory, 'secrets.key');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));
const context = ['lkc-1', 'credentials'];

describe('the key file', () => {
  it('is made once, for its owner alone', () => {
    const { keyId } = openSecrets(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['secrets.key']);
    expect(openSecrets(path).keyId).toBe(keyId);
  });
  it('is refused when others may read it', () => {
    openSecrets(path);
    chmodSync(path, 0o640);
    expect(() => openSecrets(path)).toThrow(expect.objectContaining({ code: 'secrets_key_broken', message: expect.stringContaining('chmod 600') }));
  });
  it.each(['', 'AAAA\n', `${'A'.repeat(44)}\nx\n`, `${Buffer.alloc(32).toString('base64')}\n`.repeat(9)])('is refused as %j', (content) => {
    writeFileSync(path, content, { mode: 0o600 });
    expect(() => openSecrets(path)).toThrow(expect.objectContaining({ code: 'secrets_key_broken' }));
  });
});

describe('a sealed text', () => {
  it('opens for what it was sealed for, and shows nothing', () => {
    const secrets = openSecrets(path);
    for (const text of ['', 'pässword', 'x'.repeat(10_000)]) {
      const sealed = secrets.seal(text, context);
      expect(secrets.open(sealed, context)).toBe(text);
      if (text !== '') expect(sealed).not.toContain(text);
      expect(Buffer.from(sealed.split('.')[3]!, 'base64url').toString('latin1')).not.toContain('pässword');
    }
    expect(secrets.seal('a', context)).not.toBe(secrets.seal('a', context));
  });
  it.each([[['lkc-2', 'credentials']], [['lkc-1', 'other']], [['lkc-1']], [['lkc-1credentials']], [['lkc-', '1credentials']]])('doesn\'t open for %j', (other) => {
    const secrets = openSecrets(path);
    const sealed = secrets.seal('secret', context);
    expect(() => secrets.open(sealed, other)).toThrow(expect.objectContaining({ code: 'secret_broken' }));
  });
  it('doesn\'t open when any character of it is changed or missing', () => {
    const secrets = openSecrets(path);
    const sealed = secrets.seal('secret', context);
    for (let at = 0; at < sealed.length; at += 1) {
      // The last bits of a base64 text may mean nothing: another letter, not the next one.
      const other = sealed[at] === 'Q' ? 'w' : 'Q';
      const changed = `${sealed.slice(0, at)}${other}${sealed.slice(at + 1)}`;
      expect(() => secrets.open(changed, context)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^secret/) }));
    }
    for (const broken of ['', 'v1', 'v2.a.b.c', sealed.slice(0, -1), `${sealed}A`, 'plain text']) expect(() => secrets.open(broken, context)).toThrow(expect.objectContaining({ code: 'secret_broken' }));
  });
  it('says what to do when the key isn\'t there any more', () => {
    const sealed = openSecrets(path).seal('secret', context);
    rmSync(path);
    const other = openSecrets(path);
    expect(() => other.open(sealed, context)).toThrow(expect.objectContaining({ code: 'secrets_key_missing', retryable: false, message: expect.stringContaining(sealedBy(sealed)!) }));
  });
});

it('takes a new key in two steps', () => {
  const before = openSecrets(path);
  const sealed = before.seal('secret', context);
  rotateSecretsKey(path, new Set([before.keyId]), { add: true });
  const between = openSecrets(path);
  expect(between.keyId).not.toBe(before.keyId);
  const anew = between.seal(between.open(sealed, context), context);
  rotateSecretsKey(path, new Set(), { add: false });
  const after = openSecrets(path);
  expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(1);
  expect(after.open(anew, context)).toBe('secret');
  expect(() => after.open(sealed, context)).toThrow(expect.objectContaining({ code: 'secrets_key_missing' }));
});
