import { startControlPlane, until, type Answer, type ControlPlaneFixture, type Key, type RequestOptions } from './control-plane.fixture.js';

/** The control plane as a tenant walks through it: codes, bodies, headers, links. */
describe('the control plane\'s resources', () => {
  let plane: ControlPlaneFixture;
  const get = (path: string, options?: RequestOptions): Promise<Answer> => plane.request('GET', path, options);
  const post = (path: string, body: unknown, options?: RequestOptions): Promise<Answer> => plane.request('POST', path, { body, ...options });
  const patch = (path: string, body: unknown): Promise<Answer> => plane.request('PATCH', path, { body });
  const remove = (path: string, options?: RequestOptions): Promise<Answer> => plane.request('DELETE', path, options);
  const codeOf = (answer: Answer): [number, string] => [answer.status, answer.body.errors[0].code];

  beforeAll(async () => { plane = await startControlPlane(); }, 60_000);
  afterAll(async () => plane?.stop(), 30_000);

  async function environment(name: string): Promise<string> {
    return (await post('/org/v2/environments', { display_name: name })).body.id;
  }
  async function cluster(environmentId: string, name: string, more: object = {}): Promise<Answer> {
    return post('/cmk/v2/clusters', { spec: { display_name: name, availability: 'SINGLE_ZONE', cloud: 'AWS', region: 'us-east-2', config: { kind: 'Basic' }, environment: { id: environmentId, related: '', resource_name: '' }, ...more } });
  }

  it('environments: 201 with Location, 409 for a name that is taken, PATCH merges, 204, then 404', async () => {
    const made = await post('/org/v2/environments', { display_name: 'staging', stream_governance_config: { package: 'ESSENTIALS' } });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ api_version: 'org/v2', kind: 'Environment', display_name: 'staging', stream_governance_config: null });
    expect(made.headers.get('location')).toBe(`${plane.url}/org/v2/environments/${made.body.id}`);
    expect(made.body.metadata.self).toBe(made.headers.get('location'));
    const path = `/org/v2/environments/${made.body.id}`;
    const clash = await post('/org/v2/environments', { display_name: 'staging' });
    expect(codeOf(clash)).toEqual([409, 'resource_already_exists']);
    expect(clash.headers.get('location')).toBe(path);
    expect((await patch(path, {})).body.display_name).toBe('staging');
    expect((await patch(path, { display_name: 'testing' })).body).toMatchObject({ id: made.body.id, display_name: 'testing' });
    expect((await remove(path)).status).toBe(204);
    expect(codeOf(await get(path))).toEqual([404, 'resource_not_found']);
    expect(codeOf(await remove(path))).toEqual([404, 'resource_not_found']);
  });

  it('organizations and users: the first administrator\'s own', async () => {
    const { body } = await get('/org/v2/organizations');
    expect(body.data.map((each: { id: string }) => each.id)).toEqual([plane.organizationId]);
    expect((await patch(`/org/v2/organizations/${plane.organizationId}`, { display_name: 'Acme' })).body.display_name).toBe('Acme');
    const users = (await get('/iam/v2/users')).body.data;
    expect(users).toHaveLength(1);
    expect((await get(`/iam/v2/users/${users[0].id}`)).body).toMatchObject({ kind: 'User', id: users[0].id, auth_type: 'AUTH_TYPE_LOCAL' });
  });

  it('lists: pages follow `next` to its end, and filters stay in the links', async () => {
    for (const name of ['page-a', 'page-b', 'page-c']) await post('/iam/v2/service-accounts', { display_name: name });
    const seen: string[] = [];
    let url = `${plane.url}/iam/v2/service-accounts?page_size=2`;
    for (let page = 0; url !== '' && page < 10; page++) {
      const { body } = await get(url.slice(plane.url.length));
      expect(body.metadata.total_size).toBe(3);
      expect(body.metadata).not.toHaveProperty('last');
      expect(body.metadata.first).toBe(`${plane.url}/iam/v2/service-accounts?page_size=2`);
      seen.push(...body.data.map((each: { display_name: string }) => each.display_name));
      url = body.metadata.next;
    }
    expect(seen).toEqual(['page-a', 'page-b', 'page-c']);
    expect((await get('/iam/v2/service-accounts?display_name=page-b')).body.data).toMatchObject([{ display_name: 'page-b' }]);
  });

  it('API keys: 202 with the secret once; the key works until it is deleted, then 401', async () => {
    const account = (await post('/iam/v2/service-accounts', { display_name: 'key-owner' })).body;
    const made = await post('/iam/v2/api-keys', { spec: { display_name: 'k', owner: { id: account.id, related: '', resource_name: '' } } });
    expect(made.status).toBe(202);
    expect(made.body.spec).toMatchObject({ owner: { id: account.id, kind: 'ServiceAccount' }, resource: { id: 'cloud', kind: 'Cloud' } });
    const key: Key = { id: made.body.id, secret: made.body.spec.secret };
    expect(key.id).toMatch(/^[A-Z0-9]{16}$/);
    expect(key.secret.length).toBeGreaterThanOrEqual(64);
    expect((await get(`/iam/v2/api-keys/${key.id}`)).text).not.toContain(key.secret);
    expect((await get(`/iam/v2/api-keys?spec.owner=${account.id}`)).text).not.toContain(key.secret);
    expect((await get('/org/v2/organizations', { key })).status).toBe(200);
    expect((await patch(`/iam/v2/api-keys/${key.id}`, { spec: { description: 'rotated' } })).body.spec).toMatchObject({ display_name: 'k', description: 'rotated' });
    expect((await remove(`/iam/v2/api-keys/${key.id}`)).status).toBe(204);
    const refused = await get('/org/v2/organizations', { key });
    expect([refused.status, refused.text.includes('invalid API key')]).toEqual([401, true]);
  });

  it('role bindings: 201, 409, found at their scope, and a deletion that answers what it deleted', async () => {
    const account = (await post('/iam/v2/service-accounts', { display_name: 'bound' })).body;
    const crn = `crn://confluent.cloud/organization=${plane.organizationId}`;
    const input = { principal: `User:${account.id}`, role_name: 'OrganizationAdmin', crn_pattern: crn };
    const made = await post('/iam/v2/role-bindings', input);
    expect([made.status, made.body]).toMatchObject([201, input]);
    expect(codeOf(await post('/iam/v2/role-bindings', input))).toEqual([409, 'resource_already_exists']);
    expect((await get(`/iam/v2/role-bindings?crn_pattern=${crn}/*&principal=User:${account.id}`)).body.data).toMatchObject([{ id: made.body.id }]);
    expect((await post('/iam/v2/role-bindings', { ...input, role_name: 'Emperor' })).status).toBe(400);
    const gone = await remove(`/iam/v2/role-bindings/${made.body.id}`);
    expect([gone.status, gone.body]).toMatchObject([200, input]);
    expect((await get(`/iam/v2/role-bindings/${made.body.id}`)).status).toBe(404);
  });

  it('clusters: 202 in PROVISIONING with a Location that can be read, then PROVISIONED with its endpoint', async () => {
    const environmentId = await environment('clusters');
    const made = await cluster(environmentId, 'orders');
    expect([made.status, made.body.status.phase]).toEqual([202, 'PROVISIONING']);
    const { id } = made.body;
    expect(made.body.metadata.resource_name).toMatch(new RegExp(`/environment=${environmentId}/cloud-cluster=${id}/kafka=${id}$`));
    const path = new URL(made.headers.get('location') ?? '').href.slice(plane.url.length);
    const ready = await until(() => get(path), (answer) => answer.body.status.phase !== 'PROVISIONING');
    expect(ready.body).toMatchObject({ status: { phase: 'PROVISIONED' }, spec: { kafka_bootstrap_endpoint: expect.stringMatching(/^localhost:46\d\d\d$/), http_endpoint: plane.url, region: 'us-east-2' } });
    expect((await get(`/cmk/v2/clusters?environment=${environmentId}`)).body.data).toMatchObject([{ id }]);

    const body = { spec: { environment: { id: environmentId } } };
    expect((await patch(`/cmk/v2/clusters/${id}`, { spec: { ...body.spec, display_name: 'renamed', deletion_protection: true } })).body.spec).toMatchObject({ display_name: 'renamed', deletion_protection: true, config: { kind: 'Basic' } });
    expect(codeOf(await patch(`/cmk/v2/clusters/${id}`, { spec: { ...body.spec, cloud: 'GCP' } }))).toEqual([422, 'immutable_field']);
    expect(codeOf(await patch(`/cmk/v2/clusters/${id}`, { spec: { display_name: 'x' } }))).toEqual([422, 'invalid_configuration']);
    expect((await patch(`/cmk/v2/clusters/${id}`, { spec: { ...body.spec, config: { sluice: { flushMode: 'os' } } } })).body.spec.config).toEqual({ kind: 'Basic', sluice: { engine: 'fake', brokers: 1, controllers: 0, flushMode: 'os' } });
    expect((await remove(`/org/v2/environments/${environmentId}`)).status).toBe(409);
    expect(codeOf(await remove(path))).toEqual([409, 'deletion_protected']);
    await patch(`/cmk/v2/clusters/${id}`, { spec: { ...body.spec, deletion_protection: false } });
    expect((await remove(path)).status).toBe(204);
    expect((await get(path)).status).toBe(404);
  });

  it('a cluster: not without its environment, not in another one, not in a region that isn\'t there', async () => {
    const [here, there] = [await environment('here'), await environment('there')];
    const { id } = (await cluster(here, 'one')).body;
    expect(codeOf(await get(`/cmk/v2/clusters/${id}`))).toEqual([400, 'invalid_filter']);
    expect((await get(`/cmk/v2/clusters/${id}?environment=${there}`)).status).toBe(404);
    expect(codeOf(await cluster('env-nowhere', 'x'))[0]).toBe(404);
    expect((await cluster(here, 'x', { region: 'no region' })).status).toBe(422);
    expect((await cluster(here, 'x', { cloud: 'MOON' })).status).toBe(422);
  });

  it('a cluster that can\'t start: FAILED with the reason, and deleted like any other', async () => {
    const environmentId = await environment('failing');
    plane.driver.failWith('the disk is full');
    const { id } = (await cluster(environmentId, 'doomed')).body;
    await until(() => get(`/sluice/v1/clusters/${id}`), (answer) => answer.body.status.brokers[0]?.process === 'failed');
    await plane.expireProvisioning(id);
    const failed = await until(() => get(`/cmk/v2/clusters/${id}?environment=${environmentId}`), (answer) => answer.body.status.phase === 'FAILED', 30_000);
    plane.driver.failWith(null);
    expect(failed.body.status.reason).toContain('the disk is full');
    expect((await get(`/sluice/v1/clusters/${id}`)).body.status).toMatchObject({ phase: 'FAILED', reason: expect.stringContaining('the disk is full') });
    expect((await remove(`/cmk/v2/clusters/${id}?environment=${environmentId}`)).status).toBe(204);
  }, 40_000);

  it('an engine: its brokers, and a restart that is an operation', async () => {
    const environmentId = await environment('engines');
    const { id } = (await cluster(environmentId, 'engine')).body;
    await until(() => get(`/cmk/v2/clusters/${id}?environment=${environmentId}`), (answer) => answer.body.status.phase === 'PROVISIONED');
    expect((await get(`/sluice/v1/clusters/${id}`)).body.status.brokers).toMatchObject([{ node_id: 1, process: 'ready', bundle: 'fakefakefake' }]);
    const restart = await plane.request('POST', `/sluice/v1/clusters/${id}:restart`);
    expect([restart.status, restart.body.spec]).toMatchObject([202, { operation: 'cluster.restart', resource_id: id }]);
    const operation = new URL(restart.headers.get('location') ?? '').pathname;
    const done = await until(() => get(operation), (answer) => answer.body.status.phase !== 'RUNNING');
    expect(done.body.status.phase).toBe('SUCCEEDED');
    expect((await get(`/sluice/v1/operations?resource_id=${id}`)).body.data.map((each: { spec: { operation: string } }) => each.spec.operation).sort()).toEqual(['cluster.create', 'cluster.restart']);
    const page = (await get(`/sluice/v1/operations?resource_id=${id}&page_size=1`)).body;
    expect([page.data.length, page.metadata.next]).toEqual([1, expect.stringContaining('page_token=')]);
    expect((await plane.request('POST', '/sluice/v1/clusters/lkc-nowhere:restart')).status).toBe(404);
    expect((await plane.request('POST', `/sluice/v1/clusters/${id}:explode`)).status).toBe(404);
  });

  it('a schema registry: none, in an environment that is there', async () => {
    const environmentId = await environment('registry');
    expect((await get(`/srcm/v3/clusters?environment=${environmentId}`)).body).toMatchObject({ kind: 'ClusterList', data: [] });
    expect((await get('/srcm/v3/clusters?environment=env-nowhere')).status).toBe(404);
    expect((await get(`/srcm/v3/clusters/lsrc-1?environment=${environmentId}`)).status).toBe(404);
  });

  it('a new organization: its administrator\'s key opens it and nothing else', async () => {
    const made = await post('/sluice/v1/organizations', { display_name: 'Globex', administrator_email: 'admin@globex.example' });
    expect([made.status, made.body.administrator.email]).toEqual([201, 'admin@globex.example']);
    const key: Key = made.body.api_key;
    expect((await get('/org/v2/organizations', { key })).body.data).toMatchObject([{ id: made.body.id, display_name: 'Globex' }]);
    expect((await get(`/org/v2/organizations/${plane.organizationId}`, { key })).status).toBe(404);
  });
});
