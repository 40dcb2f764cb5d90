import { ErrorCode, MetadataRequest, SaslAuthenticateRequest, SaslHandshakeRequest, encode, type Draft, type MessageCodec } from '#libs/kafka/protocol';
import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import type { Connection } from '#libs/kernel';
import { createPrincipalStore, SECURITY_LIMITS } from '../security/index.js';
import { defineHandler, type ApiHandler } from './api.js';
import { createSaslAuthenticateHandler } from './handlers/36-sasl-authenticate.handlers.js';
import { createSaslHandshakeHandler } from './handlers/17-sasl-handshake.handlers.js';
import { SASL_ACCEPTS, SASL_STATES, SASL_TRANSITIONS } from './sasl.states.js';
import { createKafkaServer, type KafkaServer } from './server.js';
import { SERVER_LIMITS } from './server.limits.js';
import { createFakeConnection, type FakeConnection } from './testing/fake-connection.js';
import { RECORDED_KEY, RECORDED_LOGINS } from './testing/recorded-logins.js';

const PATH = '/principals.json';
const other = { ...RECORDED_KEY, id: 'K2' };
let env: TestEnv;
let accept: (connection: Connection) => void;
let server: KafkaServer;
let seen: string[];

function writePrincipals(sequence: number, keys: unknown[]): void {
  const file = env.disk.open(PATH, 'readwrite');
  file.truncate(0);
  file.write(0, [Buffer.from(JSON.stringify({ version: 1, sequence, clusterId: 'lkc-1', keys, grants: [] }))]);
  file.close();
}

async function start(options: { sessionLifetimeMs?: number; perAddress?: number; serverNonce?: string } = {}): Promise<void> {
  env = createTestEnv({ net: { listen: async (_options, handler) => { accept = handler; return { port: 1, setTls: () => undefined, close: async () => undefined }; }, connect: () => Promise.reject(new Error('no')) } });
  writePrincipals(1, [RECORDED_KEY, other]);
  seen = [];
  const whoAmI: ApiHandler = defineHandler({
    apiKey: MetadataRequest.apiKey, request: MetadataRequest, response: { ...MetadataRequest, flexibleFrom: 99, write: () => undefined }, minVersion: 0, maxVersion: 13,
    handle: ({ principal }) => { seen.push(`${principal.type}:${principal.name}`); return {}; },
  });
  const random = { ...env.random, ...(options.serverNonce === undefined ? {} : { bytes: () => Buffer.from(options.serverNonce!, 'base64url') }) };
  server = createKafkaServer({
    env: { ...env, random }, fakeSaltSeed: 'seed', handlers: [createSaslHandshakeHandler(), createSaslAuthenticateHandler({ env }), whoAmI],
    principals: createPrincipalStore({ disk: env.disk, log: env.log, path: PATH, clusterId: 'lkc-1' }),
    settings: { idleTimeoutMs: 60_000, frameBytesMax: 1_000_000, sessionLifetimeMs: options.sessionLifetimeMs ?? 0, memory: { requestBytesMax: 2_000_000, answerBytesMax: 1_000_000 } },
    connectionLimits: () => ({ total: 10, perListener: () => Infinity, perAddress: options.perAddress ?? 5, perAddressOverrides: new Map(), perPrincipal: 5, openable: Infinity }),
  });
  await server.listen({ name: 'EXTERNAL', host: 'h', port: 1, protocol: 'SASL_SSL', tls: null, privileged: false, mechanisms: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] });
}
const connect = (): FakeConnection => {
  const wire = createFakeConnection();
  accept(wire);
  return wire;
};
function request<T>(codec: MessageCodec<T>, version: number, body: Draft<T>): Buffer {
  const tags = version >= codec.flexibleFrom ? [0] : [];
  const payload = Buffer.concat([Buffer.from([0, codec.apiKey, 0, version, 0, 0, 0, 9, 0xff, 0xff, ...tags]), encode(codec, version, body)]);
  const length = Buffer.alloc(4);
  length.writeInt32BE(payload.length);
  return Buffer.concat([length, payload]);
}
const handshake = (mechanism: string, version = 1): Buffer => request(SaslHandshakeRequest, version, { mechanism });
const plain = (secret: string, id = 'K1'): Buffer => request(SaslAuthenticateRequest, 1, { authBytes: Buffer.from(`\0${id}\0${secret}`) });
const metadata = (): Buffer => request(MetadataRequest, 12, { topics: null });
const errorOf = (frame: Buffer | undefined): number => frame!.readInt16BE(4);

describe.each(Object.entries(RECORDED_LOGINS))('a recorded login by %s', (_mechanism, { client, server: answers, serverNonce }) => {
  it('gets the recorded answers and the principal', async () => {
    await start({ serverNonce });
    const wire = connect();
    for (const frame of client) wire.feed(Buffer.from(frame, 'hex'));
    expect(wire.responses().map((frame) => frame.toString('hex'))).toEqual(answers);
    wire.feed(metadata());
    expect(seen).toEqual(['User:sa-1']);
  });
  it('can not be replayed to another server nonce', async () => {
    await start(serverNonce === '' ? {} : { serverNonce: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' });
    const wire = connect();
    for (const frame of client) wire.feed(Buffer.from(frame, 'hex'));
    await env.advance(200);
    expect(wire.ended).toBe(serverNonce !== '');
  });
});

describe('login', () => {
  it('holds a refusal back, answers with error 58, then closes', async () => {
    await start();
    const wire = connect();
    wire.feed(Buffer.concat([handshake('PLAIN'), plain('wrong')]));
    await env.advance(99);
    expect(wire.responses()).toHaveLength(1);
    await env.advance(1);
    expect(errorOf(wire.responses()[1])).toBe(ErrorCode.SASL_AUTHENTICATION_FAILED);
    expect(wire.ended).toBe(true);
  });
  it('holds back longer who guesses the secret of one account, here over SCRAM and PLAIN', async () => {
    await start();
    for (let attempt = 0; attempt < SECURITY_LIMITS.failedLoginAccountFree; attempt++) {
      const wire = createFakeConnection(null, `10.1.0.${attempt}`);
      accept(wire);
      wire.feed(Buffer.concat([handshake('PLAIN'), plain('wrong')]));
      await env.advance(100);
      expect(wire.ended).toBe(true);
    }
    const wire = connect();
    wire.feed(Buffer.concat([handshake('SCRAM-SHA-256'), request(SaslAuthenticateRequest, 1, { authBytes: Buffer.from('n,,n=K1,r=nonce') })]));
    wire.feed(request(SaslAuthenticateRequest, 1, { authBytes: Buffer.from('c=biws,r=wrong,p=AAAA') }));
    await env.advance(199);
    expect(wire.ended).toBe(false);
    await env.advance(1);
    expect(wire.ended).toBe(true);
  });
  it.each([0, 1])('leaves nothing behind of who does not wait for the refusal (handshake %d)', async (version) => {
    await start();
    const before = env.time.pendingTimers();
    const wire = connect();
    const token = Buffer.from('\0K1\0wrong');
    wire.feed(Buffer.concat([handshake('PLAIN', version), version === 0 ? Buffer.concat([Buffer.from([0, 0, 0, token.length]), token]) : plain('wrong')]));
    wire.hangUp();
    // The sweep, which ends when it finds nobody.
    expect(env.time.pendingTimers() - before).toBeLessThanOrEqual(1);
  });
  it('names the mechanisms to a client that asks for another, and closes', async () => {
    await start();
    const wire = connect();
    wire.feed(handshake('GSSAPI'));
    expect(errorOf(wire.responses()[0])).toBe(ErrorCode.UNSUPPORTED_SASL_MECHANISM);
    expect(wire.responses()[0]!.includes('SCRAM-SHA-512')).toBe(true);
    expect(wire.ended).toBe(true);
  });
  it('takes bare tokens after a handshake of version 0', async () => {
    await start();
    const wire = connect();
    wire.feed(handshake('PLAIN', 0));
    const token = Buffer.from('\0K1\0pw1');
    wire.feed(Buffer.concat([Buffer.from([0, 0, 0, token.length]), token]));
    expect(wire.responses()[1]).toHaveLength(0);
    wire.feed(metadata());
    expect(seen).toEqual(['User:sa-1']);
  });
  it.each([['Metadata', metadata], ['a token without a handshake', () => plain('pw1')]])('closes on %s before it', async (_name, frame) => {
    await start();
    const wire = connect();
    wire.feed(frame());
    expect(wire.ended).toBe(true);
    expect(seen).toEqual([]);
  });
  it('limits frames before it to 64 KiB, and takes larger ones after', async () => {
    await start();
    const large = SERVER_LIMITS.frameBytesBeforeAuthentication + 1;
    const length = Buffer.alloc(4);
    length.writeInt32BE(large);
    const early = connect();
    early.feed(length);
    expect(early.ended).toBe(true);
    const late = connect();
    late.feed(Buffer.concat([handshake('PLAIN'), plain('pw1')]));
    late.feed(length);
    expect(late.ended).toBe(false);
  });
  it('must come within ten seconds', async () => {
    await start();
    const [silent, prompt] = [connect(), connect()];
    prompt.feed(Buffer.concat([handshake('PLAIN'), plain('pw1')]));
    await env.advance(SERVER_LIMITS.authenticationTimeoutMs);
    expect([silent.ended, prompt.ended]).toEqual([true, false]);
  });
  it('is answered with an error code, not a new login, when repeated', async () => {
    await start();
    const wire = connect();
    wire.feed(Buffer.concat([handshake('PLAIN'), plain('pw1'), plain('pw1')]));
    expect(errorOf(wire.responses()[2])).toBe(ErrorCode.ILLEGAL_SASL_STATE);
  });
});

describe('afterwards', () => {
  it('a revoked key loses its connections and no others', async () => {
    await start();
    const [revoked, kept] = [connect(), connect()];
    revoked.feed(Buffer.concat([handshake('PLAIN'), plain('pw1')]));
    kept.feed(Buffer.concat([handshake('PLAIN'), plain('pw1', 'K2')]));
    writePrincipals(2, [other]);
    await env.advance(5000);
    expect([revoked.ended, kept.ended]).toEqual([true, false]);
  });
  it('an ended session must be renewed, by the same key', async () => {
    await start({ sessionLifetimeMs: 10_000 });
    const [renewed, changed, forgotten] = [connect(), connect(), connect()];
    for (const wire of [renewed, changed, forgotten]) wire.feed(Buffer.concat([handshake('PLAIN'), plain('pw1')]));
    await env.advance(11_000);
    renewed.feed(Buffer.concat([handshake('PLAIN'), plain('pw1'), metadata()]));
    changed.feed(Buffer.concat([handshake('PLAIN'), plain('pw1', 'K2')]));
    forgotten.feed(metadata());
    await env.advance(200);
    expect([renewed.ended, changed.ended, forgotten.ended]).toEqual([false, true, true]);
    expect(seen).toEqual(['User:sa-1']);
  });
  it('an idle connection is closed', async () => {
    await start();
    const wire = connect();
    wire.feed(Buffer.concat([handshake('PLAIN'), plain('pw1')]));
    await env.advance(60_000 + 2 * SERVER_LIMITS.sweepIntervalMs);
    expect(wire.ended).toBe(true);
    expect(server.connectionCount).toBe(0);
  });
  it('an address has so many connections and no more', async () => {
    await start({ perAddress: 2 });
    const wires = [connect(), connect(), connect()];
    expect(wires.map((wire) => wire.ended)).toEqual([false, false, true]);
    wires[0]!.hangUp();
    expect(connect().ended).toBe(false);
  });
  it('a stop ends everything', async () => {
    await start();
    const wire = connect();
    await server.close();
    expect(wire.ended).toBe(true);
    expect(connect().ended).toBe(true);
  });
});

it('has a table without ways around a login', () => {
  for (const state of SASL_STATES) {
    for (const next of SASL_STATES) if (next === 'authenticated') expect(SASL_TRANSITIONS[state].includes(next)).toBe(state === 'mechanismChosen' || state === 'reauthenticating');
    expect(SASL_ACCEPTS[state].includes('other')).toBe(state === 'authenticated');
  }
  expect(SASL_TRANSITIONS.failed).toEqual([]);
});
