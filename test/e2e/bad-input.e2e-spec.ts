import { startControlPlane, type Answer, type ControlPlaneFixture, type JsonValue } from './control-plane.fixture.js';
import { bodiesFor, operationsOf, pathFor, type Operation } from './operations.table.js';
import { createTenant, type Tenant } from './tenant.fixture.js';

/** Whatever a caller sends, the answer is a coded error in the dialect of the path and never a 500. */
describe('bad input to every route', () => {
  let plane: ControlPlaneFixture;
  let tenant: Tenant;
  let operations: Operation[];
  let bodies: Record<string, unknown>;

  beforeAll(async () => {
    plane = await startControlPlane();
    tenant = await createTenant(plane);
    operations = operationsOf((await plane.request('GET', '/openapi.json', { key: null })).body);
    bodies = bodiesFor(tenant);
  }, 60_000);
  afterAll(async () => {
    const bugs = plane?.logLines.filter((line) => line.event === 'http.bug');
    await plane?.stop();
    expect(bugs).toEqual([]);
  }, 30_000);

  const withBody = (): Operation[] => operations.filter((operation) => operation.hasBody);
  const codeOf = (answer: Answer): string | number | undefined => answer.body?.errors?.[0]?.code ?? answer.body?.error_code;

  async function offenders(which: readonly Operation[], options: { rawBody: string | Buffer; headers?: Record<string, string> }, statuses: readonly number[]): Promise<string[]> {
    const found: string[] = [];
    for (const operation of which) {
      const answer = await plane.request(operation.method, pathFor(operation, tenant), { key: tenant.admin, ...options });
      if (!statuses.includes(answer.status) || codeOf(answer) === undefined || !answer.headers.get('x-request-id')) found.push(`${operation.operationId}: ${answer.status} ${answer.text.slice(0, 200)}`);
    }
    return found;
  }

  it.each([
    ['malformed JSON', '{"a":', [400]], ['two objects', '{}{}', [400]], ['a bare text', '"text"', [400]], ['a bare number', '5', [400]], ['an array', '[]', [400, 422]],
    ['null', 'null', [400, 422]], ['an array of arrays, too deep', '['.repeat(100) + ']'.repeat(100), [400]], ['a NUL', '{"display_name":"a\\u0000b","spec":{"display_name":"\\u0000"},"value":"\\u0000"}', [400, 422]],
    ['more than a megabyte', `{"a":"${'x'.repeat(1_048_576)}"}`, [413]],
  ])('%s', async (_what, rawBody, statuses) => expect(await offenders(withBody(), { rawBody }, statuses)).toEqual([]));

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json; charset=latin1'])('content type %s', async (type) => {
    expect(await offenders(withBody(), { rawBody: '{}', headers: { 'Content-Type': type } }, [415])).toEqual([]);
  });

  it('every field of every body with every wrong type', async () => {
    const wrong = [null, 5, -1, 1.5, true, 'x', '', 'y'.repeat(5_000), [], ['x'], {}, { id: 5 }, '\ud800', '../../etc/passwd', '${jndi:x}', '\'; DROP TABLE cluster; --'];
    const trials = withBody().flatMap((operation) => fieldsOf(bodies[operation.operationId]).flatMap((path) => wrong.map((value) => ({ operation, path, value }))));
    const found: string[] = [];
    await eightAtOnce(trials, async ({ operation, path, value }) => {
      const answer = await plane.request(operation.method, pathFor(operation, tenant), { key: tenant.admin, body: replaced(bodies[operation.operationId], path, value) });
      // Some of it may well be right: a thing can be named `x`.
      const isCoded = answer.status < 300 || codeOf(answer) !== undefined;
      if (answer.status === 500 || !isCoded) found.push(`${operation.operationId} ${path.join('.')}=${JSON.stringify(value)}: ${answer.status} ${answer.text.slice(0, 200)}`);
    });
    expect(found).toEqual([]);
  }, 240_000);

  it('every path parameter with what is no id', async () => {
    const wrong = ['%00', '%2e%2e', '..%2f..%2fetc', 'x'.repeat(3_000), '%F0%9F%A6%84', '-', '%20', '\'%22', 'lkc-', 'env-1%3Bx'];
    const found: string[] = [];
    for (const operation of operations.filter(({ path }) => path.includes('{'))) {
      for (const value of wrong) {
        const path = operation.path.replaceAll(/\{\w+\}/g, () => value) + new URL(pathFor(operation, tenant), 'http://h').search;
        const answer = await plane.request(operation.method, path, { key: tenant.admin, body: operation.hasBody ? bodies[operation.operationId] : undefined });
        if (![400, 401, 404, 422].includes(answer.status) || codeOf(answer) === undefined) found.push(`${operation.method} ${path.slice(0, 100)}: ${answer.status} ${answer.text.slice(0, 200)}`);
      }
    }
    expect(found).toEqual([]);
  }, 60_000);

  it('every list with bad paging', async () => {
    const bad = ['page_size=0', 'page_size=101', 'page_size=ten', 'page_size=-5', 'page_size=1e3', 'page_size=1&page_size=2', 'page_token=nonsense', 'page_token=%00', `page_token=${'a'.repeat(3_000)}`,
      'page_token=MTcwMDAwMDAwMDAwMC8lMDA', 'page_token=a&page_token=b', `page_token=${Buffer.from('999999999999999/env-1').toString('base64url')}`];
    const lists = operations.filter(({ operationId, path }) => operationId.endsWith('_list') && !path.startsWith('/kafka/v3') && operationId !== 'SchemaRegistryClusters_list');
    const found: string[] = [];
    for (const operation of lists) {
      for (const query of bad) {
        const path = pathFor(operation, tenant);
        const answer = await plane.request('GET', `${path}${path.includes('?') ? '&' : '?'}${query}`, { key: tenant.admin });
        const isLast = query === bad.at(-1);
        if (!(answer.status === 400 || (isLast && answer.status === 200))) found.push(`${operation.operationId} ${query.slice(0, 60)}: ${answer.status} ${answer.text.slice(0, 200)}`);
      }
    }
    expect(lists.length).toBeGreaterThan(6);
    expect(found).toEqual([]);
  });

  it('filters given twice, or with a NUL', async () => {
    for (const path of ['/iam/v2/api-keys?spec.owner=a&spec.owner=b', '/iam/v2/service-accounts?display_name=%00', '/cmk/v2/clusters', '/cmk/v2/clusters?environment=', '/iam/v2/role-bindings?crn_pattern=nonsense',
      `/cmk/v2/clusters?environment=${tenant.environmentId}&spec.deletion_protection=maybe`, '/sluice/v1/operations?unknown=1']) {
      const answer = await plane.request('GET', path, { key: tenant.admin });
      expect([path, answer.status, typeof codeOf(answer)]).toEqual([path, 400, 'string']);
    }
  });

  it('unknown fields: dropped by the vendor\'s routes, refused by ours', async () => {
    const vendor = await plane.request('POST', '/org/v2/environments', { key: tenant.admin, body: { display_name: 'tolerant', id: 'env-mine', metadata: { self: 'x' }, related: '', status: {}, api_version: 'org/v2' } });
    expect([vendor.status, vendor.body.id === 'env-mine']).toEqual([201, false]);
    const own = await plane.request('POST', '/sluice/v1/organizations', { body: { display_name: 'x', plan: 'gold' } });
    expect([own.status, own.body.errors[0].source]).toEqual([422, { pointer: '/plan' }]);
  });
});

async function eightAtOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  await Promise.all(Array.from({ length: 8 }, async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
  }));
}

function fieldsOf(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [...(path.length > 0 ? [path] : []), ...Object.entries(value).flatMap(([name, each]) => fieldsOf(each, [...path, Array.isArray(value) ? Number(name) : name]))];
}

function replaced(body: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(body) as JsonValue;
  let at = copy;
  for (const name of path.slice(0, -1)) at = at[name];
  at[path[path.length - 1]] = value;
  return copy;
}
