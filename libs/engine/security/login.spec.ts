import { createTestEnv } from '#libs/kernel/testing';
import { createLoginBackoff } from './login-backoff.js';
import { parsePlain } from './plain.js';
import { SECURITY_LIMITS } from './security.limits.js';

describe('PLAIN', () => {
  it('takes user and password, with or without the same authorization id', () => {
    expect(parsePlain(Buffer.from('\0user\0pass'))).toEqual({ username: 'user', password: 'pass' });
    expect(parsePlain(Buffer.from('user\0user\0pass'))).toEqual({ username: 'user', password: 'pass' });
  });
  it.each(['', 'user', 'a\0b', '\0\0pass', '\0user\0', 'other\0user\0pass', '\0u\0p\0x', `\0${'u'.repeat(2000)}\0p`, `\0u\0${'p'.repeat(20_000)}`])('refuses %#', (text) => {
    expect(() => parsePlain(Buffer.from(text))).toThrow('Authentication failed');
  });
});

describe('back-off', () => {
  it('costs 100 ms, more for an address that goes on, and is forgotten after success or quiet', async () => {
    const env = createTestEnv();
    const backoff = createLoginBackoff(env.clock);
    for (let attempt = 0; attempt < SECURITY_LIMITS.failedLoginFree; attempt++) expect(backoff.failed('a')).toBe(SECURITY_LIMITS.failedLoginDelayMs);
    expect(backoff.failed('a')).toBe(200);
    expect(backoff.failed('b')).toBe(100);
    for (let attempt = 0; attempt < 100; attempt++) backoff.failed('a');
    expect(backoff.failed('a')).toBe(SECURITY_LIMITS.failedLoginDelayMaxMs);
    await env.advance(SECURITY_LIMITS.failedLoginForgetMs);
    expect(backoff.failed('a')).toBe(100);
    backoff.succeeded('a');
    expect(backoff.failed('a')).toBe(100);
  });
  it('costs what the broker says, and what grows all the same once an address goes on', () => {
    const { clock } = createTestEnv();
    for (const [baseMs, expected] of [[0, [0, 200, 400]], [300, [300, 300, 400]], [9_000, [9_000, 9_000, 9_000]]] as const) {
      const backoff = createLoginBackoff(clock, baseMs);
      for (let attempt = 1; attempt < SECURITY_LIMITS.failedLoginFree; attempt++) backoff.failed('a');
      expect([backoff.failed('a'), backoff.failed('a'), backoff.failed('a')]).toEqual(expected);
    }
  });
  it('costs more for an account that is tried from many addresses, whether there is one or not', async () => {
    const env = createTestEnv();
    const backoff = createLoginBackoff(env.clock);
    for (let attempt = 0; attempt < SECURITY_LIMITS.failedLoginAccountFree; attempt++) expect(backoff.failed(`a${attempt}`, 'K1')).toBe(100);
    expect(backoff.failed('b', 'K1')).toBe(200);
    expect(backoff.failed('c', 'K2')).toBe(100);
    for (let attempt = 0; attempt < 100; attempt++) backoff.failed(`d${attempt}`, 'K1');
    expect(backoff.failed('e', 'K1')).toBe(SECURITY_LIMITS.failedLoginAccountDelayMaxMs);
    await env.advance(SECURITY_LIMITS.failedLoginForgetMs);
    expect(backoff.failed('f', 'K1')).toBe(100);
  });
  it('remembers so many addresses and no more', () => {
    const backoff = createLoginBackoff(createTestEnv().clock);
    for (let attempt = 0; attempt < 12; attempt++) backoff.failed('first');
    for (let index = 0; index < SECURITY_LIMITS.failedLoginAddressesMax; index++) backoff.failed(`10.0.${index >> 8}.${index & 255}`);
    expect(backoff.failed('first')).toBe(100);
  });
});
