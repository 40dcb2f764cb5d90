import { startControlPlane, type ControlPlaneFixture, type JsonValue } from './control-plane.fixture.js';
import { operationsOf } from './operations.table.js';

describe('what needs no key', () => {
  let plane: ControlPlaneFixture;
  const get = async (path: string): Promise<{ status: number; headers: Headers; text: string; body: JsonValue }> => plane.request('GET', path, { key: null });
  beforeAll(async () => { plane = await startControlPlane(); }, 60_000);
  afterAll(async () => plane?.stop(), 30_000);

  it('/openapi.json: the whole, each operation once, at / and under /api', async () => {
    const { status, body } = await get('/openapi.json');
    expect(status).toBe(200);
    expect(body.servers.map((each: { url: string }) => each.url)).toEqual(['/', '/api']);
    const operations = operationsOf(body);
    expect(new Set(operations.map((each) => each.operationId)).size).toBe(operations.length);
    expect(operations.some((each) => each.path.startsWith('/api') || each.path.includes('\\'))).toBe(false);
    expect(body.security).toEqual([{ 'api-key': [] }]);
    expect(body.components.securitySchemes['api-key']).toMatchObject({ type: 'http', scheme: 'basic' });
  });

  it('/openapi/<group>.json: the parts, which together are the whole', async () => {
    const groups = ['org-v2', 'iam-v2', 'apikeys-v2', 'mds-v2', 'cmk-v2', 'srcm-v3', 'kafka-v3', 'sluice-v1'];
    const parts = (await Promise.all(groups.map(async (group) => operationsOf((await get(`/openapi/${group}.json`)).body).map((each) => each.operationId)))).flat();
    const whole = operationsOf((await get('/openapi.json')).body).map((each) => each.operationId);
    expect(parts.sort()).toEqual(whole.sort());
    expect((await get('/openapi/nothing.json')).status).toBe(404);
  });

  it('has no reference that leads nowhere, and a summary, a success and a 401 on every operation', async () => {
    const { body, text } = await get('/openapi.json');
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) expect(Object.keys(body.components.schemas)).toContain(name);
    for (const methods of Object.values(body.paths as Record<string, Record<string, JsonValue>>)) {
      for (const { operationId, summary, responses } of Object.values(methods)) {
        const statuses = Object.keys(responses);
        // There is no schema registry cluster to be read.
        const succeeds = statuses.some((each) => each.startsWith('2')) || operationId === 'SchemaRegistryClusters_get';
        expect([operationId, typeof summary, succeeds, statuses.includes('401')]).toEqual([operationId, 'string', true, true]);
      }
    }
  });

  it('offers bodies with examples whose fields the schemas have', async () => {
    const { schemas } = (await get('/openapi/cmk-v2.json')).body.components;
    expect(Object.keys(schemas.ClusterCreateSpecDto.properties)).toEqual(expect.arrayContaining(['display_name', 'cloud', 'region', 'config', 'environment']));
    expect(schemas.ClusterCreateSpecDto.required).toEqual(['display_name', 'cloud', 'region', 'environment']);
  });

  it('/docs: Swagger UI over them, all from here', async () => {
    for (const prefix of ['', '/api']) {
      const redirect = await get(`${prefix}/docs`);
      expect([redirect.status, redirect.headers.get('location')]).toEqual([301, `${prefix}/docs/`]);
      const page = await get(`${prefix}/docs/`);
      expect(page.status).toBe(200);
      const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link);
      expect(links.length).toBeGreaterThan(3);
      for (const link of links) expect([link, (await get(new URL(link, `http://h${prefix}/docs/`).pathname)).status]).toEqual([link, 200]);
      const script = (await get(`${prefix}/docs/swagger-ui-init.js`)).text;
      const urls = [...script.matchAll(/"url": "([^"]+)"/g)].map(([, url]) => new URL(url, `http://h${prefix}/docs/`).pathname);
      expect(urls).toHaveLength(9);
      for (const url of urls) expect([url, (await get(url)).status]).toEqual([url, 200]);
      // Inline scripts would not run under the policy: there are none.
      expect(page.text).not.toMatch(/<script>(?!\s*<\/script>)/);
    }
  });

  it('/ca.pem: the certificate authority, and no key', async () => {
    const { status, text } = await get('/ca.pem');
    expect(status).toBe(200);
    expect(text).toMatch(/^-----BEGIN CERTIFICATE-----/);
    expect(text).not.toContain('PRIVATE');
  });

  it('nothing else', async () => {
    for (const path of ['/', '/admin.json', '/health/../cmk/v2/clusters', '/docsx', '/openapi', '/metrics', '/cmk/v2/clusters', '/health/x']) {
      const { status } = await get(path);
      expect([path, status === 401 || status === 404]).toEqual([path, true]);
    }
  });
});
