import { jest } from '@jest/globals';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { startControlPlane, until, type Answer, type ControlPlaneFixture, type JsonValue, type Key } from './control-plane.fixture.js';
import { createOwnBroker, FAR_ADDRESS, freePort, type OwnBroker } from './own-broker.fixture.js';
import { createTenant, type Tenant } from './tenant.fixture.js';

jest.setTimeout(120_000);

/** A cluster that runs elsewhere (a broker of the build, which the platform under test knows nothing of), brought under the roof. */
describe('attached clusters', () => {
  let plane: ControlPlaneFixture;
  let broker: OwnBroker;
  let ours: Tenant;
  let theirs: Tenant;
  let stranger: Server;
  let clusterId: string;
  const texts: string[] = [];

  const ask = async (method: string, path: string, options: { body?: unknown; key?: Key | null } = {}): Promise<Answer> => {
    const answer = await plane.request(method, path, options);
    texts.push(answer.text);
    return answer;
  };
  const body = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
    organization_id: ours.organizationId, environment_id: ours.environmentId, display_name: 'elsewhere', region: 'frankfurt', bootstrap_servers: [`localhost:${broker.ports.secure}`],
    security_protocol: 'SASL_SSL', mechanism: 'SCRAM-SHA-512', username: broker.admin.id, password: broker.admin.secret, ca_pem: broker.caPem, ...more,
  });
  const attach = (more: Record<string, unknown> = {}): Promise<Answer> => ask('POST', '/sluice/v1/attached-clusters', { body: body(more) });
  const errorOf = (answer: Answer): JsonValue => answer.body.errors[0];
  const clusterUrl = (): string => `/kafka/v3/clusters/${clusterId}`;
  const status = (key?: Key): Promise<Answer> => ask('GET', `/sluice/v1/attached-clusters/${clusterId}`, key ? { key } : {});

  beforeAll(async () => {
    [plane, broker] = await Promise.all([startControlPlane({ egressAllow: '127.0.0.1,::1' }), createOwnBroker()]);
    await broker.start();
    [ours, theirs] = [await createTenant(plane), await createTenant(plane)];
    stranger = createServer((socket) => { socket.on('error', () => undefined); socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')); });
    await new Promise<void>((resolve) => { stranger.listen(0, '127.0.0.1', resolve); });
  }, 120_000);
  afterAll(async () => {
    stranger?.close();
    await plane?.stop();
    await broker?.remove();
  }, 60_000);

  describe('what can\'t be attached says why', () => {
    const refused = async (more: Record<string, unknown>, code: string, text: RegExp, pointer?: string): Promise<void> => {
      const answer = await attach(more);
      expect([answer.status, errorOf(answer)?.code, errorOf(answer)?.detail]).toEqual([code === 'remote_other_cluster' ? 409 : 422, code, expect.stringMatching(text)]);
      if (pointer !== undefined) expect(errorOf(answer).source).toEqual({ pointer });
    };
    it('a name that stands for nothing', () => refused({ bootstrap_servers: ['no-such-host.invalid:9092'] }, 'remote_unresolvable', /no-such-host\.invalid/, '/bootstrap_servers/0'));
    it('an address that the operator hasn\'t allowed', () => refused({ bootstrap_servers: [`localhost:${broker.ports.secure}`, '169.254.169.254:80'] }, 'remote_address_refused', /169\.254\.169\.254 is link-local.*SLUICE_EGRESS_ALLOW/, '/bootstrap_servers/1'));
    it('an address in another notation', () => refused({ bootstrap_servers: ['0x7f000001:9092'] }, 'remote_address_refused', /isn't written as an IP address is/));
    it('the platform\'s own database', () => refused({ bootstrap_servers: [`127.0.0.1:${plane.databasePort}`], security_protocol: 'PLAINTEXT', mechanism: null, username: null, password: null, ca_pem: null }, 'remote_address_refused', /the platform's own database/));
    it('a port where nobody listens', async () => refused({ bootstrap_servers: [`localhost:${await freePort()}`] }, 'remote_unreachable', /nothing listens there/));
    it('a certificate by an authority that nobody trusts', () => refused({ ca_pem: null }, 'remote_tls_failed', /isn't signed by an authority that is trusted here/));
    it('a certificate for another name', () => refused({ bootstrap_servers: [`127.0.0.1:${broker.ports.secure}`] }, 'remote_tls_failed', /for another name/));
    it('a listener with TLS that is asked without', () => refused({ security_protocol: 'SASL_PLAINTEXT', ca_pem: null }, 'remote_not_kafka', /security_protocol/));
    it('a listener without TLS that is asked with', () => refused({ bootstrap_servers: [`localhost:${broker.ports.plain}`] }, 'remote_tls_failed', /security_protocol/));
    it('a listener that wants a login', () => refused({ bootstrap_servers: [`127.0.0.1:${broker.ports.plain}`], security_protocol: 'PLAINTEXT', mechanism: null, username: null, password: null, ca_pem: null }, 'remote_login_refused', /does its listener want SASL/));
    it('a wrong password', () => refused({ password: 'wrong' }, 'remote_login_refused', /the login is refused/));
    it('a mechanism that isn\'t there, or a name', () => refused({ username: 'nobody' }, 'remote_login_refused', /the login is refused/));
    it('a credential that may not describe the cluster', () => refused({ username: broker.weak.id, password: broker.weak.secret }, 'remote_not_authorized', /Describe on Cluster/));
    it('something that isn\'t Kafka', () => refused({ bootstrap_servers: [`127.0.0.1:${(stranger.address() as AddressInfo).port}`], security_protocol: 'SASL_PLAINTEXT', ca_pem: null }, 'remote_not_kafka', /Kafka/));
    it('an advertised address that isn\'t allowed', () => refused({ bootstrap_servers: [`127.0.0.1:${broker.ports.far}`], security_protocol: 'SASL_PLAINTEXT', ca_pem: null }, 'remote_address_refused', new RegExp(`broker 1 advertises ${FAR_ADDRESS}`)));
    it.each([
      [{ bootstrap_servers: ['no-port'] }, 'bootstrap_servers/0'], [{ bootstrap_servers: ['a:1', 'A:1'] }, 'bootstrap_servers/1'], [{ bootstrap_servers: ['a:0'] }, 'bootstrap_servers/0'], [{ mechanism: null }, 'mechanism'], [{ password: null }, 'password'],
      [{ security_protocol: 'PLAINTEXT' }, 'mechanism'], [{ ca_pem: 'x' }, 'ca_pem'], [{ certificate_pem: 'x' }, 'key_pem'], [{ username: 'a\0b' }, 'username'], [{ password: 'x'.repeat(2_000) }, 'password'], [{ region: 'a/b' }, 'region'], [{ secret: 'x' }, 'secret'],
    ])('%j', async (more, field) => {
      const answer = await attach(more);
      expect([answer.status, errorOf(answer).source]).toEqual([422, { pointer: `/${field}` }]);
    });
    it('an organization or environment that isn\'t there', async () => {
      expect((await attach({ environment_id: theirs.environmentId })).status).toBe(404);
      expect((await attach({ organization_id: 'nobody' })).status).toBe(404);
    });
    it('whoever isn\'t the operator', async () => expect((await ask('POST', '/sluice/v1/attached-clusters', { body: body(), key: ours.admin })).status).toBe(403));
    it('and leaves nothing', async () => expect((await ask('GET', '/sluice/v1/attached-clusters')).body.data).toEqual([]));
  });

  it('is attached, with what it can', async () => {
    const answer = await attach();
    expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
    clusterId = answer.body.id;
    expect(answer.headers.get('location')).toContain(`/sluice/v1/attached-clusters/${clusterId}`);
    expect(answer.body.status).toMatchObject({
      phase: 'PROVISIONED', kafka_cluster_id: broker.kafkaClusterId, brokers: [{ broker_id: 1, host: 'localhost', port: broker.ports.secure, is_reachable: true }], mechanisms: expect.arrayContaining(['SCRAM-SHA-512']),
      capabilities: { api_keys: true, scram_users: true, acls: true, life_cycle: false }, api_key_principal: 'User:{api key id}',
    });
    expect(answer.body.spec).toMatchObject({ username: broker.admin.id, mechanism: 'SCRAM-SHA-512', region: 'frankfurt' });
  });

  it('can\'t be attached twice', async () => {
    const answer = await attach({ display_name: 'again' });
    expect([answer.status, errorOf(answer).code]).toEqual([409, 'resource_already_exists']);
  });

  it('is among the clusters of its environment', async () => {
    const listed = await ask('GET', `/cmk/v2/clusters?environment=${ours.environmentId}`, { key: ours.admin });
    expect(listed.body.data.find(({ id }: { id: string }) => id === clusterId)).toMatchObject({ spec: { display_name: 'elsewhere', region: 'frankfurt', kafka_bootstrap_endpoint: `localhost:${broker.ports.secure}` }, status: { phase: 'PROVISIONED' } });
  });

  it('is nobody else\'s', async () => {
    expect((await status(theirs.admin)).status).toBe(404);
    expect((await ask('GET', '/sluice/v1/attached-clusters', { key: theirs.admin })).body.data).toEqual([]);
    expect((await ask('DELETE', `/sluice/v1/attached-clusters/${clusterId}`, { key: theirs.admin })).status).toBe(404);
    expect((await ask('GET', `${clusterUrl()}/topics`, { key: theirs.admin })).status).toBe(404);
    expect((await status(ours.admin)).status).toBe(200);
    expect((await ask('GET', '/sluice/v1/attached-clusters', { key: ours.admin })).body.data).toHaveLength(1);
    expect((await ask('PATCH', `/sluice/v1/attached-clusters/${clusterId}`, { key: ours.admin, body: {} })).status).toBe(403);
    expect((await ask('DELETE', `/sluice/v1/attached-clusters/${clusterId}`, { key: ours.admin })).status).toBe(403);
  });

  it('has topics, configs, ACLs and groups through the routes that every cluster has', async () => {
    expect((await ask('POST', `${clusterUrl()}/topics`, { key: ours.admin, body: { topic_name: 'orders', partitions_count: 3 } })).status).toBe(201);
    expect((await ask('GET', `${clusterUrl()}/topics`, { key: ours.admin })).body.data.map((each: { topic_name: string }) => each.topic_name)).toContain('orders');
    expect((await ask('PUT', `${clusterUrl()}/topics/orders/configs/retention.ms`, { key: ours.admin, body: { value: '60000' } })).status).toBe(204);
    expect((await ask('GET', `${clusterUrl()}/topics/orders/configs/retention.ms`, { key: ours.admin })).body.value).toBe('60000');
    expect((await ask('GET', `${clusterUrl()}/brokers`, { key: ours.admin })).body.data).toMatchObject([{ host: 'localhost', port: broker.ports.secure }]);
    expect((await ask('GET', `${clusterUrl()}/consumer-groups`, { key: ours.admin })).status).toBe(200);
    expect((await ask('GET', `${clusterUrl()}/acls`, { key: ours.admin })).status).toBe(200);
  });

  it('has keys that are users of its own: at once, with the rights of the key itself, and gone at once', async () => {
    const made = await ask('POST', '/iam/v2/api-keys', { key: ours.admin, body: { spec: { owner: { id: ours.serviceAccountId }, resource: { id: clusterId, environment: ours.environmentId } } } });
    expect(made.status).toBe(202);
    const key: Key = { id: made.body.id, secret: made.body.spec.secret };
    expect((await ask('GET', `${clusterUrl()}/topics`, { key })).body.data).toEqual([]);
    const acl = { resource_type: 'TOPIC', resource_name: 'orders', pattern_type: 'LITERAL', principal: `User:${key.id}`, host: '*', operation: 'DESCRIBE', permission: 'ALLOW' };
    expect((await ask('POST', `${clusterUrl()}/acls`, { key: ours.admin, body: acl })).status).toBe(201);
    expect((await ask('GET', `${clusterUrl()}/topics`, { key })).body.data).toHaveLength(1);
    const file = await ask('GET', `/sluice/v1/clusters/${clusterId}/client-config?client=librdkafka`, { key });
    expect(file.text).toContain(`bootstrap.servers=localhost:${broker.ports.secure}`);
    expect(file.text).toContain(key.id);
    expect((await ask('DELETE', `/iam/v2/api-keys/${key.id}`, { key: ours.admin })).status).toBe(204);
    expect((await ask('GET', `${clusterUrl()}/topics`, { key })).status).toBe(401);
    // At the cluster too: its own door refuses it.
    expect(errorOf(await attach({ username: key.id, password: key.secret })).code).toBe('remote_login_refused');
  });

  it('has no life cycle here', async () => {
    const restart = await ask('POST', `/sluice/v1/clusters/${clusterId}:restart`, { key: ours.admin });
    expect([restart.status, errorOf(restart).code]).toEqual([409, 'not_supported_by_engine']);
  });

  it('takes new credentials once they have been tested', async () => {
    const url = `/sluice/v1/attached-clusters/${clusterId}`;
    expect(errorOf(await ask('PATCH', url, { body: { password: 'wrong' } })).code).toBe('remote_login_refused');
    expect((await ask('PATCH', url, { body: { mechanism: 'SCRAM-SHA-256' } })).body.errors[0].source).toEqual({ pointer: '/password' });
    const changed = await ask('PATCH', url, { body: { mechanism: 'SCRAM-SHA-256', password: broker.admin.secret } });
    expect([changed.status, changed.body.spec.mechanism]).toEqual([200, 'SCRAM-SHA-256']);
    expect((await ask('PATCH', url, { body: {} })).status).toBe(200);
    expect((await ask('GET', `${clusterUrl()}/topics`, { key: ours.admin })).status).toBe(200);
  });

  it('vanishes, and returns by itself', async () => {
    await broker.stop();
    const failed = await until(() => status(), (answer) => answer.body.status.phase === 'FAILED', 60_000);
    expect(failed.body.status.reason).toMatch(/can't be reached: nothing listens there/);
    const refused = await ask('GET', `${clusterUrl()}/topics`, { key: ours.admin });
    expect([refused.status, refused.text]).toEqual([expect.any(Number), expect.stringMatching(/can't be reached/)]);
    await broker.start();
    await until(() => status(), (answer) => answer.body.status.phase === 'PROVISIONED', 60_000);
    expect((await ask('GET', `${clusterUrl()}/topics`, { key: ours.admin })).status).toBe(200);
  });

  it('is FAILED when another cluster answers in its place', async () => {
    await broker.stop();
    const before = broker.kafkaClusterId;
    broker.becomeAnother();
    await broker.start();
    const failed = await until(() => status(), ({ body: { status: seen } }) => seen.phase === 'FAILED' && /another/.test(seen.reason), 60_000);
    expect(failed.body.status.reason).toBe(`is another cluster than before: its id is ${broker.kafkaClusterId}, and ${before} was attached; detach it and attach the other one, or mend its addresses`);
    const other = await ask('PATCH', `/sluice/v1/attached-clusters/${clusterId}`, { body: {} });
    expect([other.status, errorOf(other).code]).toEqual([409, 'remote_other_cluster']);
  });

  it('is detached, whatever has become of it', async () => {
    await broker.stop();
    const gone = await ask('DELETE', `/sluice/v1/attached-clusters/${clusterId}`);
    expect([gone.status, gone.body]).toEqual([200, expect.objectContaining({ id: clusterId, users_removed: [], users_left: [] })]);
    expect((await status()).status).toBe(404);
    expect((await ask('GET', '/sluice/v1/attached-clusters')).body.data).toEqual([]);
  });

  it('takes its keys\' users out of the cluster when it is detached', async () => {
    await broker.start();
    const attached = await attach();
    expect(attached.status).toBe(201);
    const made = await ask('POST', '/iam/v2/api-keys', { key: ours.admin, body: { spec: { owner: { id: ours.serviceAccountId }, resource: { id: attached.body.id, environment: ours.environmentId } } } });
    const gone = await ask('DELETE', `/sluice/v1/attached-clusters/${attached.body.id}`);
    expect(gone.body).toMatchObject({ users_removed: [made.body.id], users_left: [], reason: null });
    expect(errorOf(await attach({ username: made.body.id, password: made.body.spec.secret })).code).toBe('remote_login_refused');
  });

  it('keeps secrets out of answers, logs and the database', async () => {
    const attached = await attach({ display_name: 'with a secret' });
    expect(attached.status).toBe(201);
    const rows = await plane.everyRow();
    expect(rows).toContain('with a secret');
    for (const text of [rows, JSON.stringify(plane.logLines), texts.join('\n')]) expect(text).not.toContain(broker.admin.secret);
    expect(plane.logLines.filter((line) => line.event === 'http.bug')).toEqual([]);
  });
});
