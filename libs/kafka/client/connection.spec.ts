import { ErrorCode, KafkaError, MetadataRequest, MetadataResponse, ProtocolError, UpdateFeaturesRequest, UpdateFeaturesResponse } from '#libs/kafka/protocol';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { clientLimits } from './client.limits.js';
import { connectBroker, type BrokerConnection } from './connection.js';
import { ClusterAuthenticationError, ClusterUnreachableError } from './errors.js';
import { createFakeCluster, HOST, type FakeCluster, type Handlers } from './fake-broker.fixture.js';
import type { Credential } from './sasl.js';

const metadata = { Metadata: () => ({ brokers: [], topics: [] }) };
const open = (cluster: FakeCluster, sasl: Credential | null = null): Promise<BrokerConnection> =>
  cluster.run(connectBroker(cluster.env, { host: HOST, port: 9001, tls: null, sasl, clientId: 'test', requestTimeoutMs: 1000 }));
const ask = (connection: BrokerConnection): Promise<unknown> => connection.send(MetadataRequest, MetadataResponse, { topics: [] });

/** The server's side of PLAIN and SCRAM for one user. */
function saslServer(secret: string, { mechanisms = ['PLAIN', 'SCRAM-SHA-256'], sessionLifetimeMs = 0, forged = false } = {}): Handlers {
  let mechanism = '';
  let first = '';
  const failed = { errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED, errorMessage: 'no', authBytes: Buffer.alloc(0) };
  const nonceEnd = 'server';
  const salted = pbkdf2Sync(secret, 'salt', 4096, 32, 'sha256');
  const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  return {
    ...metadata,
    SaslHandshake: ({ body }) => {
      mechanism = body.mechanism as string;
      return { errorCode: mechanisms.includes(mechanism) ? 0 : ErrorCode.UNSUPPORTED_SASL_MECHANISM, mechanisms };
    },
    SaslAuthenticate: ({ body }) => {
      const said = (body.authBytes as Buffer).toString();
      if (mechanism === 'PLAIN') return said === `\0user\0${secret}` ? { errorCode: 0, authBytes: Buffer.alloc(0), sessionLifetimeMs } : failed;
      if (said.startsWith('n,,')) {
        first = said.slice(3);
        return { errorCode: 0, authBytes: Buffer.from(`r=${first.split(',r=')[1]!}${nonceEnd},s=${Buffer.from('salt').toString('base64')},i=4096`) };
      }
      const authMessage = `${first},r=${first.split(',r=')[1]!}${nonceEnd},s=${Buffer.from('salt').toString('base64')},i=4096,${said.split(',p=')[0]!}`;
      const stored = createHash('sha256').update(hmac(salted, 'Client Key')).digest();
      const signature = hmac(stored, authMessage);
      const key = Buffer.from(Buffer.from(said.split(',p=')[1]!, 'base64').map((byte, index) => byte ^ signature[index]!));
      if (!createHash('sha256').update(key).digest().equals(stored)) return failed;
      const proof = hmac(hmac(forged ? Buffer.alloc(32) : salted, 'Server Key'), authMessage);
      return { errorCode: 0, authBytes: Buffer.from(`v=${proof.toString('base64')}`), sessionLifetimeMs };
    },
  };
}
const scram = (password: string): Credential => ({ mechanism: 'SCRAM-SHA-256', username: 'user', password });

it.each<[string, Credential]>([['PLAIN', { username: 'user', password: 'right' }], ['SCRAM', scram('right')]])('logs in by %s', async (_mechanism, credential) => {
  const cluster = createFakeCluster(1, saslServer('right'));
  const connection = await open(cluster, credential);
  await expect(cluster.run(ask(connection))).resolves.toMatchObject({ topics: [] });
});

it.each<[string, Credential, Parameters<typeof saslServer>[1], string]>([
  ['a wrong PLAIN password', { username: 'user', password: 'wrong' }, {}, 'no'],
  ['a wrong SCRAM password', scram('wrong'), {}, 'no'],
  ['a mechanism that the broker lacks', { ...scram('right'), mechanism: 'SCRAM-SHA-512' } as Credential, {}, 'does not offer SCRAM-SHA-512, only PLAIN, SCRAM-SHA-256'],
  ['a broker that does not know the password', scram('right'), { forged: true }, 'did not prove'],
])('refuses %s', async (_what, credential, server, message) => {
  const failure = await open(createFakeCluster(1, saslServer('right', server)), credential).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ClusterAuthenticationError);
  expect((failure as Error).message).toContain(message);
});

it('makes room for another connection before the broker ends its login', async () => {
  const cluster = createFakeCluster(1, saslServer('right', { sessionLifetimeMs: 60_000 }));
  const connection = await open(cluster, { username: 'user', password: 'right' });
  await cluster.env.advance(47_000);
  expect(connection.open).toBe(true);
  await cluster.env.advance(2_000);
  expect(connection.open).toBe(false);
  await expect(cluster.run(ask(connection))).resolves.toBeDefined();
  await cluster.env.advance(10_000);
  expect(cluster.brokers[0]!.connections).toEqual([]);
  await expect(ask(connection)).rejects.toThrow(ClusterUnreachableError);
});

it('names the call that the cluster lacks, and the versions that it has', async () => {
  const cluster = createFakeCluster(1, { UpdateFeatures: () => ({}) });
  cluster.brokers[0]!.ranges.UpdateFeatures = [7, 9];
  const connection = await open(cluster);
  const refused = (work: Promise<unknown>): Promise<KafkaError> => work.then(() => { throw new Error('was not refused'); }, (error: unknown) => error as KafkaError);
  expect(await refused(ask(connection))).toMatchObject({ codeName: 'UNSUPPORTED_VERSION', message: 'the cluster does not offer Metadata' });
  expect((await refused(connection.send(UpdateFeaturesRequest, UpdateFeaturesResponse, {}))).message).toBe('the cluster offers UpdateFeatures in versions 7 to 9 only, and 0 to 2 are needed');
});

it('says of a broken link whether the request had left', async () => {
  const cluster = createFakeCluster(1, { Metadata: () => 'die' });
  const connection = await open(cluster);
  await expect(cluster.run(ask(connection))).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE', mayBeDone: true });
  await expect(ask(connection)).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE', mayBeDone: false });
});

it('waits no longer for an answer than it may', async () => {
  const cluster = createFakeCluster(1, { Metadata: () => 'hang' });
  const connection = await open(cluster);
  await expect(cluster.run(ask(connection))).rejects.toThrow('no answer to MetadataRequest within 1000 ms');
  expect(cluster.env.clock.monotonic()).toBeLessThan(1_500);
});

describe('a broker that means harm', () => {
  /** The beginning of a frame that is said to be so long. */
  const claiming = (sizeBytes: number): Buffer => { const head = Buffer.alloc(8); head.writeInt32BE(sizeBytes); head.writeInt32BE(1, 4); return head; };

  it('gives nothing to keep that it wasn\'t asked for', async () => {
    const cluster = createFakeCluster(1, metadata);
    const connection = await open(cluster);
    cluster.brokers[0]!.blurt(claiming(clientLimits.responseBytesMax));
    expect(connection.open).toBe(false);
    expect(cluster.brokers[0]!.connections).toEqual([]);
  });
  it('says little before the login', async () => {
    const cluster = createFakeCluster(1, { ApiVersions: () => claiming(clientLimits.greetingBytesMax + 1) });
    await expect(open(cluster)).rejects.toThrow(`frame of ${clientLimits.greetingBytesMax + 1} bytes`);
    const other = createFakeCluster(1, { ...saslServer('right'), SaslAuthenticate: () => claiming(clientLimits.greetingBytesMax + 1) });
    await expect(open(other, scram('right'))).rejects.toThrow(ClusterUnreachableError);
  });
  it('may say as much as its caller allows afterwards', async () => {
    const cluster = createFakeCluster(1, { Metadata: () => claiming(2_001) });
    const connection = await cluster.run(connectBroker(cluster.env, { host: HOST, port: 9001, tls: null, sasl: null, clientId: 'test', responseBytesMax: 2_000 }));
    await expect(cluster.run(ask(connection))).rejects.toThrow('frame of 2001 bytes');
  });
  it('answers what can\'t be read as one that isn\'t reached', async () => {
    const garbage = Buffer.concat([claiming(12), Buffer.alloc(8, 0x7f)]);
    garbage.writeInt32BE(2, 4);
    const cluster = createFakeCluster(1, { Metadata: () => garbage });
    const failure = await cluster.run(ask(await open(cluster)).catch((error: unknown) => error));
    expect(failure).toBeInstanceOf(ClusterUnreachableError);
    expect(failure).toMatchObject({ mayBeDone: true, cause: expect.any(ProtocolError) });
  });
});
