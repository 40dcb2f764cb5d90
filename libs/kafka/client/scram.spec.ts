import { createHash, createHmac } from 'node:crypto';
import { ClusterAuthenticationError } from './errors.js';
import { createScramExchange, saltPassword, type ScramExchange } from './scram.js';

const NONCE = 'rOprNGfwEbeRWgbNEkqO';
const SERVER_NONCE = `${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0`;
const SALT = 'W22ZaJ0SNY7soEsUEjb6gQ==';
const challenge = (over: { r?: string; s?: string; i?: string } = {}): Buffer => Buffer.from(`r=${over.r ?? SERVER_NONCE},s=${over.s ?? SALT},i=${over.i ?? '4096'}`);
const begin = (mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512' = 'SCRAM-SHA-256'): ScramExchange => createScramExchange(mechanism, { username: 'user', password: 'pencil' }, NONCE);

it('says what RFC 7677 has as its example', async () => {
  const exchange = begin();
  expect(exchange.clientFirst.toString()).toBe(`n,,n=user,r=${NONCE}`);
  expect((await exchange.answer(challenge())).toString()).toBe(`c=biws,r=${SERVER_NONCE},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`);
  expect(() => exchange.verify(Buffer.from('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='))).not.toThrow();
});

it('proves SHA-512 logins to a server that keeps only the stored key', async () => {
  const exchange = begin('SCRAM-SHA-512');
  const final = (await exchange.answer(challenge({ i: '8192' }))).toString();
  const salted = await saltPassword('SCRAM-SHA-512', 'pencil', Buffer.from(SALT, 'base64'), 8192);
  const hmac = (key: Buffer, text: string): Buffer => createHmac('sha512', key).update(text).digest();
  const storedKey = createHash('sha512').update(hmac(salted, 'Client Key')).digest();
  const authMessage = `n=user,r=${NONCE},${challenge({ i: '8192' }).toString()},${final.slice(0, final.indexOf(',p='))}`;
  const proof = Buffer.from(final.slice(final.indexOf(',p=') + 3), 'base64');
  const signature = hmac(storedKey, authMessage);
  expect(createHash('sha512').update(Buffer.from(proof.map((byte, index) => byte ^ signature[index]!))).digest()).toEqual(storedKey);
  expect(() => exchange.verify(Buffer.from(`v=${hmac(hmac(salted, 'Server Key'), authMessage).toString('base64')}`))).not.toThrow();
});

it('escapes what SCRAM itself uses in names', () => {
  expect(createScramExchange('SCRAM-SHA-256', { username: 'a=b,c', password: '' }, NONCE).clientFirst.toString()).toBe(`n,,n=a=3Db=2Cc,r=${NONCE}`);
});

it.each<[string, Parameters<typeof challenge>[0]]>([
  ['another nonce', { r: 'someoneelses' }], ['a nonce that it adds nothing to', { r: NONCE }], ['no salt', { s: '' }], ['no iterations', { i: '' }],
  ['iterations one too few', { i: '4095' }], ['iterations one too many', { i: '131073' }], ['iterations that are no number', { i: '4096x' }],
])('refuses a challenge with %s', async (_what, over) => {
  await expect(begin().answer(challenge(over))).rejects.toThrow(ClusterAuthenticationError);
});

it('takes as many iterations as the limit', async () => {
  await expect(begin().answer(challenge({ i: '131072' }))).resolves.toBeInstanceOf(Buffer);
});

it.each([['a wrong proof', `v=${Buffer.alloc(32).toString('base64')}`], ['a short one', 'v=AAAA'], ['none', ''], ['an error', 'e=invalid-proof']])('refuses a server with %s', async (_what, final) => {
  const exchange = begin();
  await exchange.answer(challenge());
  expect(() => exchange.verify(Buffer.from(final))).toThrow(ClusterAuthenticationError);
});

it('refuses a proof that comes before the answer', () => {
  expect(() => begin().verify(Buffer.from('v='))).toThrow(ClusterAuthenticationError);
});
