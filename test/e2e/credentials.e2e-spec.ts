import { jest } from '@jest/globals';
import { startControlPlane, type Answer, type ControlPlaneFixture, type Key } from './control-plane.fixture.js';
import { bodiesFor, bodyNamesNothing, operationsOf, pathFor, type Operation } from './operations.table.js';
import { createTenant, type Tenant } from './tenant.fixture.js';

jest.setTimeout(20_000);

/** Every operation of the document × every credential that must not get in. A new route is in it by itself. */
describe('every route against every credential that has no business there', () => {
  let plane: ControlPlaneFixture;
  let ours: Tenant;
  let theirs: Tenant;
  let operations: Operation[];
  let bodies: Record<string, unknown>;

  beforeAll(async () => {
    plane = await startControlPlane();
    [ours, theirs] = [await createTenant(plane), await createTenant(plane)];
    operations = operationsOf((await plane.request('GET', '/openapi.json', { key: null })).body);
    bodies = bodiesFor(ours);
  }, 60_000);
  afterAll(async () => plane?.stop(), 30_000);

  /** Sends each operation, on our things, with this key, and answers those whose answer isn't as it must be. */
  async function offenders(key: Key | null, isRight: (answer: Answer, operation: Operation) => boolean, which: readonly Operation[] = operations): Promise<string[]> {
    const found: string[] = [];
    for (const operation of which) {
      if (operation.hasBody && bodies[operation.operationId] === undefined) throw new Error(`${operation.operationId}: no body for it; add one to test/e2e/operations.table.ts`);
      const answer = await plane.request(operation.method, pathFor(operation, ours), { key, body: operation.hasBody ? bodies[operation.operationId] : undefined });
      const speaks = isErrorOfDialect(operation, answer) || answer.status < 300;
      if (!isRight(answer, operation) || !speaks || leaks(answer)) found.push(`${operation.method} ${operation.path}: ${answer.status} ${answer.text.slice(0, 200)}`);
    }
    return found;
  }

  /** What no stranger may read. Ids that the stranger sent itself may come back in an error, not in what is found. */
  const leaks = (answer: Answer): boolean => answer.text.includes(ours.canary) || answer.text.includes('slc_')
    || (answer.status < 300 && [ours.environmentId, ours.clusterId, ours.roleBindingId, ours.operationId, ours.admin.id, ours.clusterKey.id, ours.serviceAccountId].some((id) => answer.text.includes(`"${id}"`)));

  const isErrorOfDialect = ({ path }: Operation, { status, body, headers }: Answer): boolean => (path.startsWith('/kafka/v3')
    ? typeof body?.error_code === 'number' && typeof body.message === 'string'
    : body?.errors?.[0]?.status === String(status) && body.errors[0].id === headers.get('x-request-id'));

  const isUnauthorized = ({ status, headers, text }: Answer): boolean => status === 401 && /^Basic /.test(headers.get('www-authenticate') ?? '') && text.includes('invalid API key');
  const kafkaClusters = ({ body }: Answer): string => body.data?.map((each: { cluster_id: string }) => each.cluster_id).join();
  const bodyOfCluster = (name: string, environmentId: string): object => ({ spec: { display_name: name, cloud: 'AWS', region: 'us-east-2', environment: { id: environmentId } } });
  const isEmptyList = ({ status, body }: Answer): boolean => status === 200 && Array.isArray(body.data) && body.data.length === 0;
  /** The rest a cluster's own key opens too; most of it is asked of its broker, and here there is none. */
  const isControlPlane = ({ path, operationId }: Operation): boolean => !path.startsWith('/kafka/v3') && !/^(Logs|ClientConfigs|Partitions)_/.test(operationId);

  it('has more than 60 operations to try', () => expect(operations.length).toBeGreaterThan(60));

  it('lets the administrator in everywhere: the same requests are right for the right key', async () => {
    const reads = operations.filter((operation) => operation.method === 'GET' && isControlPlane(operation) && !['SchemaRegistryClusters_get', 'NamingReports_get', 'AttachedClusters_get'].includes(operation.operationId));
    const found: string[] = [];
    for (const operation of reads) {
      const answer = await plane.request('GET', pathFor(operation, ours), { key: ours.admin });
      if (answer.status !== 200) found.push(`${operation.path}: ${answer.status} ${answer.text}`);
    }
    expect(found).toEqual([]);
  });

  it('no credential: 401', async () => expect(await offenders(null, isUnauthorized)).toEqual([]));
  it('an unknown key: 401', async () => expect(await offenders({ id: 'ABCDEFGHIJKLMNOP', secret: ours.admin.secret }, isUnauthorized)).toEqual([]));
  it('a wrong secret: 401', async () => expect(await offenders({ id: ours.admin.id, secret: theirs.admin.secret }, isUnauthorized)).toEqual([]));
  it('a deleted key: 401', async () => expect(await offenders(ours.deleted, isUnauthorized)).toEqual([]));

  it('a foreign organization\'s administrator: 404 for what is ours, and lists without it', async () => {
    const foreign = operations.filter(({ operationId }) => !bodyNamesNothing.has(operationId) && operationId !== 'PlatformOrganizations_create');
    expect(await offenders(theirs.admin, (answer, { operationId, path }) => {
      if (answer.status === 404) return true;
      // A list without a path parameter is one's own; what a body names that isn't there may be called invalid.
      return !path.includes('{') && (/_(list|engines|regions)$/.test(operationId) ? answer.status === 200 : [403, 422].includes(answer.status));
    }, foreign)).toEqual([]);
  });

  it('a foreign cluster key: 401, and a list with its own cluster', async () => {
    expect(await offenders(theirs.clusterKey, (answer, { operationId }) => isUnauthorized(answer) || (operationId === 'KafkaClusters_list' && kafkaClusters(answer) === theirs.clusterId))).toEqual([]);
  });

  it('lists Kafka clusters: a cluster key\'s own, for a cloud key those that its roles reach', async () => {
    const list = async (key: Key): Promise<string> => kafkaClusters(await plane.request('GET', '/kafka/v3/clusters', { key }));
    const post = async (path: string, body: unknown): Promise<Answer['body']> => (await plane.request('POST', path, { key: theirs.admin, body })).body;
    const other = await post('/org/v2/environments', { display_name: 'elsewhere' });
    const [second, third] = [await post('/cmk/v2/clusters', bodyOfCluster('second', theirs.environmentId)), await post('/cmk/v2/clusters', bodyOfCluster('third', other.id))];
    // Of an account that administers one cluster, and then another's environment too.
    const { id, spec: { secret } } = await post('/iam/v2/api-keys', { spec: { owner: { id: theirs.serviceAccountId } } });
    const account: Key = { id, secret };
    expect(await list(account)).toBe(theirs.clusterId);
    await post('/iam/v2/role-bindings', { principal: `User:${theirs.serviceAccountId}`, role_name: 'EnvironmentAdmin', crn_pattern: `crn://confluent.cloud/organization=${theirs.organizationId}/environment=${other.id}` });
    expect(await list(account)).toBe(`${theirs.clusterId},${third.id}`);
    expect(await list(theirs.admin)).toBe(`${theirs.clusterId},${second.id},${third.id}`);
    expect([await list(theirs.clusterKey), await list(ours.admin), await list(ours.clusterKey), await list(theirs.weak)]).toEqual([theirs.clusterId, ours.clusterId, ours.clusterId, '']);
  });

  it('our own cluster\'s key on the control plane: 401', async () => {
    expect(await offenders(ours.clusterKey, isUnauthorized, operations.filter(isControlPlane))).toEqual([]);
  });

  it('a service account without a role: 403 or 404, and lists with nothing in them but what is its own', async () => {
    const own = new Set(['Organizations_list', 'Organizations_get', 'ServiceAccounts_list', 'ApiKeys_list', 'Sizing_estimate', 'EngineOffers_engines', 'EngineOffers_regions']);
    expect(await offenders(ours.weak, (answer, { operationId }) => [403, 404].includes(answer.status) || isEmptyList(answer) || (own.has(operationId) && answer.status === 200))).toEqual([]);
  });

  it('an administrator who is not the operator makes no organization: 403', async () => {
    expect((await plane.request('POST', '/sluice/v1/organizations', { key: ours.admin, body: { display_name: 'x' } })).status).toBe(403);
  });

  it('gets in nowhere new under /api', async () => {
    for (const operation of operations) expect((await plane.request(operation.method, `/api${pathFor(operation, ours)}`, { key: null })).status).toBe(401);
  });

  it('changed nothing of ours and wrote no secret to the log', async () => {
    const environment = await plane.request('GET', `/org/v2/environments/${ours.environmentId}`, { key: ours.admin });
    expect(environment.body.display_name).toBe(`${ours.canary}environment`);
    expect((await plane.request('GET', `/cmk/v2/clusters/${ours.clusterId}?environment=${ours.environmentId}`, { key: ours.admin })).body.status.phase).toBe('PROVISIONED');
    const log = JSON.stringify(plane.logLines);
    for (const key of [ours.admin, ours.weak, ours.clusterKey, ours.deleted]) expect(log).not.toContain(key.secret);
    expect(plane.logLines.filter((line) => line.event === 'http.bug')).toEqual([]);
  });
});
