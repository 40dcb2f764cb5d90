import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import fc from 'fast-check';
import type { ScramCredential, ScramMechanism } from './api.js';
import { createScramServer, type ScramServer } from './scram.js';
import { SCRAM_STATES, SCRAM_TRANSITIONS } from './scram.states.js';
import { AuthenticationFailure } from './security.errors.js';

const DIGEST = { 'SCRAM-SHA-256': ['sha256', 32], 'SCRAM-SHA-512': ['sha512', 64] } as const;
const principal = { type: 'User', name: 'sa-1' };

function credentialOf(mechanism: ScramMechanism, password: string, salt: Buffer, iterations: number): ScramCredential {
  const [hash, length] = DIGEST[mechanism];
  const salted = pbkdf2Sync(password, salt, iterations, length, hash);
  const clientKey = createHmac(hash, salted).update('Client Key').digest();
  return { salt, iterations, storedKey: createHash(hash).update(clientKey).digest(), serverKey: createHmac(hash, salted).update('Server Key').digest() };
}

function clientFinal(mechanism: ScramMechanism, password: string, clientFirstBare: string, serverFirst: string, binding = 'biws'): string {
  const [hash, length] = DIGEST[mechanism];
  const [, nonce, salt, iterations] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst)!;
  const salted = pbkdf2Sync(password, Buffer.from(salt!, 'base64'), Number(iterations), length, hash);
  const clientKey = createHmac(hash, salted).update('Client Key').digest();
  const storedKey = createHash(hash).update(clientKey).digest();
  const withoutProof = `c=${binding},r=${nonce}`;
  const signature = createHmac(hash, storedKey).update(`${clientFirstBare},${serverFirst},${withoutProof}`).digest();
  return `${withoutProof},p=${Buffer.from(clientKey.map((byte, index) => byte ^ signature[index]!)).toString('base64')}`;
}

const server = (mechanism: ScramMechanism, credential: ScramCredential | null, serverNonce = 'SERVERNONCE'): ScramServer =>
  createScramServer({ mechanism, serverNonce, fakeSaltKey: Buffer.from('k'), lookup: (name) => (credential !== null && name === 'user' ? { principal, credential } : null) });
const say = (machine: ScramServer, text: string): string => machine.step(Buffer.from(text)).message.toString();

describe('RFC 7677', () => {
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
  it('gives the published messages', () => {
    const machine = server('SCRAM-SHA-256', credentialOf('SCRAM-SHA-256', 'pencil', salt, 4096), '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0');
    expect(say(machine, 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO')).toBe('r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096');
    const last = machine.step(Buffer.from('c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ='));
    expect(last.message.toString()).toBe('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
    expect(last.complete).toEqual({ username: 'user', principal });
    expect(machine.state).toBe('complete');
  });
});

describe.each(['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('%s', (mechanism) => {
  const credential = credentialOf(mechanism, 'secret', Buffer.from('0123456789abcdef'), 4096);
  const first = (machine: ScramServer): string => say(machine, 'n,,n=user,r=abc');

  it('lets the right password in', () => {
    const machine = server(mechanism, credential);
    expect(machine.step(Buffer.from(clientFinal(mechanism, 'secret', 'n=user,r=abc', first(machine)))).complete).toEqual({ username: 'user', principal });
    expect(() => machine.step(Buffer.from('x'))).toThrow(AuthenticationFailure);
  });
  it('takes the nonce as librdkafka sends it, with the client half twice', () => {
    const machine = server(mechanism, credential);
    const serverFirst = first(machine);
    const [hash] = DIGEST[mechanism];
    const salted = pbkdf2Sync('secret', credential.salt, 4096, DIGEST[mechanism][1], hash);
    const clientKey = createHmac(hash, salted).update('Client Key').digest();
    const withoutProof = 'c=biws,r=abcabcSERVERNONCE';
    const signature = createHmac(hash, credential.storedKey).update(`n=user,r=abc,${serverFirst},${withoutProof}`).digest();
    const proof = Buffer.from(clientKey.map((byte, index) => byte ^ signature[index]!)).toString('base64');
    expect(machine.step(Buffer.from(`${withoutProof},p=${proof}`)).complete).not.toBeNull();
  });
  it('refuses a wrong password, a foreign nonce and another channel binding', () => {
    for (const change of [
      (text: string) => text.replace(/p=.*/, `p=${Buffer.alloc(DIGEST[mechanism][1]).toString('base64')}`),
      (text: string) => text.replace('SERVERNONCE', 'SERVERNONCX'),
      (text: string) => text.replace('r=abc', 'r=xyz'),
      (text: string) => text.replace('c=biws', 'c=eSws'),
      (text: string) => text.replace(/p=.*/, 'p=AAAA'),
    ]) {
      const machine = server(mechanism, credential);
      const final = clientFinal(mechanism, 'secret', 'n=user,r=abc', first(machine));
      expect(() => machine.step(Buffer.from(change(final)))).toThrow(AuthenticationFailure);
      expect(machine.state).toBe('failed');
    }
  });
  it('gives an unknown user the same messages every time, and no entry', () => {
    const [one, two] = [server(mechanism, null), server(mechanism, null)];
    const answer = first(one);
    expect(first(two)).toBe(answer);
    expect(answer).toMatch(/^r=abcSERVERNONCE,s=[A-Za-z0-9+/=]{32},i=8192$/);
    expect(() => one.step(Buffer.from(clientFinal(mechanism, 'secret', 'n=user,r=abc', answer)))).toThrow(AuthenticationFailure);
  });
});

describe('client messages', () => {
  it.each(['', 'n,,', 'n,,n=user', 'y,,n=user,r=a', 'p=tls-unique,,n=user,r=a', 'n,a=other,n=user,r=a', 'n,,n=us=er,r=a', 'n,,n=user,r=a,tokenauth=true', 'n,,n=,r=a', 'n,,m=x,n=user,r=a'])('refuses %p', (text) => {
    expect(() => say(server('SCRAM-SHA-256', null), text)).toThrow(AuthenticationFailure);
  });
  it('never throws anything else, whatever comes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ maxLength: 80 }), (first, second) => {
      const machine = server('SCRAM-SHA-256', null);
      for (const bytes of [first, second]) {
        try {
          machine.step(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(AuthenticationFailure);
        }
      }
    }));
  });
  it('has no way out of its final states', () => {
    for (const from of SCRAM_STATES) for (const to of SCRAM_STATES) {
      if (from === 'complete' || from === 'failed' || from === to) expect(SCRAM_TRANSITIONS[from]).not.toContain(to);
    }
  });
});
