import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RemoteCluster, RemoteConnection } from '#libs/control/domain';
import { createEgressRule, EgressRefusedError, EgressUnresolvableError, parseRange } from '#libs/egress';
import { ClusterAuthenticationError, ClusterUnreachableError } from '#libs/kafka/client';
import { ErrorCode, KafkaError, ProtocolError } from '#libs/kafka/protocol';
import { OperationalError } from '#libs/kernel';
import { openSecrets } from '#libs/secrets';
import { createFakeCluster, HOST, type FakeCluster, type Handlers } from '../../kafka/client/fake-broker.fixture.js';
import { capableOf, type Asked } from './capabilities.js';
import { createAttached, type Attached } from './index.js';
import { reasonOf } from './reasons.js';
import { loginOf } from './remote-login.js';

describe('what a cluster can', () => {
  const all: Asked = { mechanisms: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'], hasTransactions: true, hasScramCalls: true, scramRefusal: null, mayAlter: true, aclsRefusal: null };
  it('is everything where nothing is in the way, by the stronger mechanism', () => expect(capableOf(all)).toMatchObject({ capabilities: { keys: 'scram', scramUsers: true, transactions: true, lifeCycle: false, namingPolicy: false }, keyMechanism: 'SCRAM-SHA-512', acls: true, reasons: {} }));
  it.each<[Partial<Asked>, string, RegExp]>([
    [{ hasScramCalls: false }, 'keys', /AlterUserScramCredentials/], [{ scramRefusal: 'CLUSTER_AUTHORIZATION_FAILED' }, 'keys', /CLUSTER_AUTHORIZATION_FAILED/], [{ mayAlter: false }, 'keys', /Alter on Cluster/],
    [{ mechanisms: ['PLAIN'] }, 'keys', /no login by SCRAM/], [{ hasTransactions: false }, 'transactions', /InitProducerId/], [{ aclsRefusal: 'SECURITY_DISABLED' }, 'acls', /SECURITY_DISABLED/],
  ])('lacks with %j %s', (more, what, why) => {
    const { capabilities, reasons, keyMechanism } = capableOf({ ...all, ...more });
    expect(reasons).toMatchObject({ [what]: expect.stringMatching(why) });
    if (what === 'keys') expect([capabilities.keys, keyMechanism]).toEqual(['none', null]);
  });
  it('takes the mechanism that there is, and a right that isn\'t told for one that may be there', () => expect(capableOf({ ...all, mechanisms: ['SCRAM-SHA-256'], mayAlter: null })).toMatchObject({ keyMechanism: 'SCRAM-SHA-256', capabilities: { keys: 'scram' } }));
});

describe('what went wrong', () => {
  const socket = (code: string, message = code): Error => new ClusterUnreachableError('no connection', new OperationalError('CONNECT_FAILED', 'cannot connect', true, { cause: Object.assign(new Error(message), { code }) }));
  it.each<[string, unknown, string, RegExp]>([
    ['the rule', new ClusterUnreachableError('x', new EgressRefusedError('the address 10.0.0.1 is private')), 'remote_address_refused', /SLUICE_EGRESS_ALLOW/],
    ['the name', new ClusterUnreachableError('x', new EgressUnresolvableError('the host a can\'t be resolved')), 'remote_unresolvable', /can't be resolved/],
    ['the login', new ClusterAuthenticationError('invalid\u0007 credentials'), 'remote_login_refused', /refused: invalid {2}credentials$/],
    ['the protocol', new ClusterUnreachableError('x', new ProtocolError('answer to no request')), 'remote_not_kafka', /isn't Kafka's protocol/],
    ['the right', new KafkaError(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, 'no'), 'remote_not_authorized', /Describe on Cluster/],
    ['the broker', new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR, 'no'), 'remote_not_kafka', /UNKNOWN_SERVER_ERROR/],
    ['refused', socket('ECONNREFUSED'), 'remote_unreachable', /nothing listens/], ['unreachable', socket('EHOSTUNREACH'), 'remote_unreachable', /no way/], ['late', socket('', 'no connection within 5 ms'), 'remote_unreachable', /does not answer/],
    ['the authority', socket('SELF_SIGNED_CERT_IN_CHAIN'), 'remote_tls_failed', /ca_pem/], ['the name in the certificate', socket('ERR_TLS_CERT_ALTNAME_INVALID'), 'remote_tls_failed', /another name/], ['the time', socket('CERT_HAS_EXPIRED'), 'remote_tls_failed', /expired/],
    ['no TLS', socket('ERR_SSL_WRONG_VERSION_NUMBER'), 'remote_tls_failed', /doesn't speak TLS/], ['a certificate of ours', socket('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'remote_tls_failed', /certificate_pem/],
    ['the handshake', socket('ECONNRESET', 'Client network socket disconnected before secure TLS connection was established'), 'remote_tls_failed', /handshake/],
    ['silence', new ClusterUnreachableError('connection ended', new Error('the broker closed the connection')), 'remote_not_kafka', /security_protocol/],
  ])('%s', (_what, error, code, text) => expect(reasonOf(error)).toEqual({ code, text: expect.stringMatching(text) }));
  it('is nothing of the connection for an error of ours', () => expect(reasonOf(new Error('a bug'))).toBeNull());
});

describe('coming in', () => {
  const connection: RemoteConnection = { bootstrap: [], protocol: 'SASL_SSL', mechanism: 'SCRAM-SHA-512', username: 'u', caPem: 'ca', certificatePem: 'cert' };
  it.each<[Partial<RemoteConnection>, unknown]>([
    [{}, { tls: { caPem: 'ca', serverName: null, certPem: 'cert', keyPem: 'key' }, sasl: { mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p' } }],
    [{ protocol: 'SSL' }, { tls: { caPem: 'ca', serverName: null, certPem: 'cert', keyPem: 'key' }, sasl: null }], [{ protocol: 'SASL_PLAINTEXT' }, { tls: null, sasl: { mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p' } }], [{ protocol: 'PLAINTEXT' }, { tls: null, sasl: null }],
  ])('with %j', (more, login) => expect(loginOf({ ...connection, ...more }, { password: 'p', keyPem: 'key' })).toEqual(login));
});

describe('a cluster', () => {
  const ID = 'lkc-1' as RemoteCluster['clusterId'];
  const ALL = 0b1_1111_1111_1111;
  let directory: string;
  let cluster: FakeCluster;
  let attached: Attached;
  let remote: RemoteCluster | null;
  let gone: string[];
  let kafkaId: string;
  let operations: number;
  let users: Map<string, number[]>;
  let lines: string[];

  const scramHandlers: Handlers = {
    DescribeUserScramCredentials: ({ body }) => ({ errorCode: 0, results: (body['users'] as { name: string }[]).map(({ name }) => (users.has(name) ? { user: name, errorCode: 0, credentialInfos: users.get(name)!.map((mechanism) => ({ mechanism, iterations: 8192 })) } : { user: name, errorCode: ErrorCode.RESOURCE_NOT_FOUND, errorMessage: 'none' })) }),
    AlterUserScramCredentials: ({ body }) => {
      for (const { name, mechanism } of body['upsertions'] as { name: string; mechanism: number }[]) users.set(name, [mechanism]);
      for (const { name } of body['deletions'] as { name: string }[]) users.delete(name);
      return { results: [] };
    },
    SaslHandshake: () => 'die',
    DescribeAcls: () => ({ errorCode: ErrorCode.SECURITY_DISABLED, errorMessage: 'No Authorizer is configured.' }),
  };
  const connection = (): RemoteConnection => ({ bootstrap: cluster.bootstrap, protocol: 'PLAINTEXT', mechanism: null, username: null, caPem: null, certificatePem: null });
  const secrets = { password: null, keyPem: null };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-attached-'));
    [remote, gone, kafkaId, operations, users, lines] = [null, [], 'cluster', ALL, new Map(), []];
    cluster = createFakeCluster(3, scramHandlers);
    for (const broker of cluster.brokers) {
      broker.handlers.DescribeCluster = () => ({ clusterId: kafkaId, controllerId: 1, clusterAuthorizedOperations: operations, brokers: cluster.brokers.filter(({ up }) => up).map(({ nodeId, port }) => ({ brokerId: nodeId, host: HOST, port, rack: null })) });
    }
    attached = createAttached({
      env: cluster.env, log: { write: (_level, event, fields) => { lines.push(JSON.stringify({ event, ...fields })); } }, secrets: openSecrets(join(directory, 'secrets.key')),
      egress: { rule: createEgressRule({ allow: [parseRange('10.0.0.0/8')!], ownAddresses: () => [], ownServices: () => [] }), resolve: async () => [] },
      source: { find: async () => remote, usersGone: async (_remote, names) => { gone.push(...names); } },
    });
  });
  afterEach(() => {
    attached.close();
    rmSync(directory, { recursive: true, force: true });
  });
  async function attach(more: Partial<RemoteCluster> = {}): Promise<void> {
    const findings = await cluster.run(attached.remotes.probe(connection(), secrets));
    remote = {
      clusterId: ID, organizationId: 'o' as RemoteCluster['organizationId'], environmentId: 'e' as RemoteCluster['environmentId'], connection: connection(), sealed: attached.remotes.seal(ID, secrets),
      findings: { ...findings, keyMechanism: 'SCRAM-SHA-512' }, users: [], leaving: [], testedAt: new Date(0), createdAt: new Date(0), updatedAt: new Date(0), ...more,
    };
  }
  const observe = () => cluster.run(attached.driver.observe(ID));

  it('is tested at every broker', async () => {
    const findings = await cluster.run(attached.remotes.probe(connection(), secrets));
    expect(findings).toMatchObject({ kafkaClusterId: 'cluster', brokers: [{ nodeId: 1 }, { nodeId: 2 }, { nodeId: 3 }], acls: false, capabilities: { scramUsers: true, keys: 'none' }, reasons: { acls: expect.stringContaining('SECURITY_DISABLED'), keys: expect.stringContaining('SCRAM') } });
    expect(cluster.brokers.every(({ connections }) => connections.length === 0)).toBe(true);
  });
  it('isn\'t taken when one broker can\'t be reached, or the credential may not describe it', async () => {
    cluster.brokers[2]!.up = false;
    await expect(cluster.run(attached.remotes.probe(connection(), secrets))).rejects.toMatchObject({ code: 'remote_not_kafka' });
    cluster.brokers[2]!.up = true;
    operations = 0;
    await expect(cluster.run(attached.remotes.probe(connection(), secrets))).rejects.toMatchObject({ code: 'remote_not_authorized' });
  });
  it('isn\'t taken when it doesn\'t answer in time', async () => {
    cluster.brokers[0]!.handlers.DescribeCluster = () => 'hang';
    await expect(cluster.run(attached.remotes.probe(connection(), secrets))).rejects.toMatchObject({ code: expect.stringMatching(/^remote_/) });
  });
  it('isn\'t taken when two bootstrap servers are of two clusters', async () => {
    cluster.brokers[1]!.handlers.DescribeCluster = () => ({ clusterId: 'other', controllerId: 1, clusterAuthorizedOperations: ALL, brokers: [{ brokerId: 2, host: HOST, port: 9002 }] });
    await expect(cluster.run(attached.remotes.probe(connection(), secrets))).rejects.toMatchObject({ code: 'remote_other_cluster' });
  });
  it.each<[string, () => void]>([
    ['an id that is none', () => { kafkaId = 'a\0b'; }], ['an id without end', () => { kafkaId = 'x'.repeat(300); }],
    ['a rack that can\'t be kept', () => { cluster.brokers[0]!.handlers.DescribeCluster = () => ({ clusterId: 'cluster', controllerId: 1, clusterAuthorizedOperations: ALL, brokers: [{ brokerId: 1, host: HOST, port: 9001, rack: 'a\0' }] }); }],
    ['the same broker twice', () => { cluster.brokers[0]!.handlers.DescribeCluster = () => ({ clusterId: 'cluster', controllerId: 1, clusterAuthorizedOperations: ALL, brokers: [1, 1].map((brokerId) => ({ brokerId, host: HOST, port: 9001, rack: null })) }); }],
  ])('isn\'t taken with %s', async (_what, make) => {
    make();
    await expect(cluster.run(attached.remotes.probe(connection(), secrets))).rejects.toMatchObject({ code: 'remote_not_kafka' });
  });
  it('says nothing that can\'t be kept', async () => {
    for (const broker of cluster.brokers) broker.handlers.DescribeAcls = () => ({ errorCode: ErrorCode.SECURITY_DISABLED, errorMessage: 'none\0at all' });
    const { reasons } = await cluster.run(attached.remotes.probe(connection(), secrets));
    expect(reasons.acls).toBe('SECURITY_DISABLED, none at all');
    await attach();
    kafkaId = `o\0${'x'.repeat(3_000)}`;
    await cluster.env.advance(2_000);
    const exitReason = (await observe()).brokers[0]!.exitReason!;
    expect(exitReason).toMatch(/its id is o x/);
    expect(exitReason.length).toBeLessThan(600);
  });
  it('is asked for its ACLs although it hung up on the question before', async () => {
    for (const broker of cluster.brokers) Object.assign(broker.handlers, { DescribeUserScramCredentials: () => 'die', DescribeAcls: () => ({ errorCode: 0, errorMessage: null, resources: [] }) });
    expect(await cluster.run(attached.remotes.probe(connection(), secrets))).toMatchObject({ acls: true, capabilities: { scramUsers: false } });
  });
  it('is left in peace once the test is over', async () => {
    const lying = Array.from({ length: 200 }, (_, index) => ({ brokerId: index + 1, host: HOST, port: index === 0 ? 9101 : 9002, rack: null }));
    cluster.brokers[0]!.handlers.DescribeCluster = () => ({ clusterId: 'cluster', controllerId: 1, clusterAuthorizedOperations: ALL, brokers: lying });
    const bootstrap = cluster.bootstrap.slice(0, 1);
    await expect(cluster.run(attached.remotes.probe({ ...connection(), bootstrap }, secrets))).rejects.toMatchObject({ code: expect.stringMatching(/^remote_/) });
    const dialled = cluster.tls.length;
    for (let i = 0; i < 100; i += 1) await cluster.env.advance(50);
    expect(cluster.tls.length - dialled).toBeLessThanOrEqual(1);
  });
  it('is ready with its brokers, without one, and failed without any; and returns', async () => {
    await attach();
    expect(await observe()).toMatchObject({ directoryExists: true, brokers: [{ nodeId: 1, process: 'ready' }, { nodeId: 2 }, { nodeId: 3 }] });
    cluster.kill(3);
    await cluster.env.advance(2_000);
    expect((await observe()).brokers.map(({ nodeId }) => nodeId)).toEqual([1, 2]);
    cluster.kill(1);
    cluster.kill(2);
    await cluster.env.advance(2_000);
    expect((await observe()).brokers).toMatchObject([{ process: 'failed', exitReason: expect.stringContaining('can\'t be reached') }]);
    for (const broker of cluster.brokers) broker.up = true;
    await cluster.env.advance(2_000);
    expect((await observe()).brokers).toHaveLength(3);
  });
  it('is failed as soon as it is another one', async () => {
    await attach();
    await observe();
    kafkaId = 'other';
    await cluster.env.advance(2_000);
    expect((await observe()).brokers).toMatchObject([{ process: 'failed', exitReason: expect.stringMatching(/^is another cluster than before: its id is other, and cluster was attached/) }]);
  });
  it('is failed when it advertises where the platform may not go, and nobody goes there', async () => {
    await attach();
    await observe();
    cluster.brokers[0]!.handlers.DescribeCluster = () => ({ clusterId: 'cluster', controllerId: 1, clusterAuthorizedOperations: ALL, brokers: [{ brokerId: 1, host: '169.254.169.254', port: 80 }] });
    for (const broker of cluster.brokers.slice(1)) broker.up = false;
    await cluster.env.advance(2_000);
    expect((await observe()).brokers).toMatchObject([{ process: 'failed', exitReason: expect.stringMatching(/broker 1 advertises 169\.254\.169\.254:80 now: .*link-local/) }]);
  });
  it('wakes whoever waits when it changes, and not before', async () => {
    await attach();
    await observe();
    let woken = false;
    const waiting = attached.driver.waitForChange(ID, 60_000).then(() => { woken = true; });
    for (let i = 0; i < 4; i += 1) await cluster.env.advance(3_000);
    expect(woken).toBe(false);
    cluster.kill(2);
    await cluster.run(waiting);
    expect(woken).toBe(true);
  });
  it('gets a user for a key, and loses those whose keys are gone', async () => {
    await attach({ users: ['KEY', 'OLD'], leaving: ['OLD'] });
    users.set('OLD', [1, 2]).set('theirs', [2]);
    await cluster.run(attached.driver.addUser!(ID, { name: 'KEY', password: 'secret' }));
    await cluster.run(attached.driver.applyPrincipals(ID, { version: 1, sequence: 1, clusterId: ID, keys: [], grants: [], namingPolicy: null }));
    expect([...users.keys()].sort()).toEqual(['KEY', 'theirs']);
    expect(gone).toEqual(['OLD']);
    remote = { ...remote!, users: ['KEY'], leaving: [] };
    await cluster.run(attached.driver.remove(ID));
    expect([...users.keys()]).toEqual(['theirs']);
    expect(lines.join('\n')).not.toContain('secret');
  });
  it('holds nothing up when it can\'t be reached, and says whom it left', async () => {
    await attach({ users: ['KEY'], leaving: ['KEY'] });
    for (const broker of cluster.brokers) broker.up = false;
    await cluster.run(attached.driver.applyPrincipals(ID, { version: 1, sequence: 1, clusterId: ID, keys: [], grants: [], namingPolicy: null }));
    expect(await cluster.run(attached.remotes.removeUsers(ID))).toMatchObject({ removed: [], left: ['KEY'], reason: expect.any(String) });
    await expect(cluster.run(attached.driver.addUser!(ID, { name: 'KEY', password: 'secret' }))).rejects.toMatchObject({ code: 'cluster_not_ready' });
    await cluster.run(attached.driver.remove(ID));
    expect(gone).toEqual([]);
  });
  it('has nothing of its own started or stopped', async () => {
    await expect(attached.driver.stopBroker(ID, 1, 'kill')).rejects.toMatchObject({ code: 'not_ours' });
    expect(await attached.driver.listOwned()).toEqual([]);
    expect(await attached.driver.capabilitiesOf!(ID)).toMatchObject({ lifeCycle: false, keys: 'none' });
  });
});
