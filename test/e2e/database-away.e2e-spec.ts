import { startControlPlane, until, type ControlPlaneFixture } from './control-plane.fixture.js';

describe('a database that goes away and comes back', () => {
  let plane: ControlPlaneFixture;
  beforeAll(async () => { plane = await startControlPlane(); }, 60_000);
  afterAll(async () => plane?.stop(), 30_000);

  it('is ready, says 503 with Retry-After meanwhile, and recovers by itself', async () => {
    const ready = await until(() => plane.request('GET', '/health/ready', { key: null }), (answer) => answer.status === 200);
    expect(ready.body).toMatchObject({ ready: true, not_ready: [] });

    await plane.database.shut();
    for (const [method, path, body] of [['GET', '/org/v2/environments'], ['POST', '/org/v2/environments', { display_name: 'x' }], ['GET', '/kafka/v3/clusters/lkc-1/topics']] as const) {
      const answer = await plane.request(method, path, { body });
      expect([path, answer.status, answer.headers.get('retry-after')]).toEqual([path, 503, '2']);
      expect(answer.text).not.toMatch(/ECONN|127\.0\.0\.1|prisma|postgres/i);
    }
    const notReady = await plane.request('GET', '/health/ready', { key: null });
    expect([notReady.status, notReady.body.not_ready]).toEqual([503, ['database']]);
    expect((await plane.request('GET', '/health/live', { key: null })).status).toBe(200);
    expect((await plane.request('GET', '/openapi.json', { key: null })).status).toBe(200);

    await plane.database.open();
    await until(() => plane.request('GET', '/health/ready', { key: null }), (answer) => answer.status === 200);
    expect((await plane.request('POST', '/org/v2/environments', { body: { display_name: 'x' } })).status).toBe(201);
    expect(plane.logLines.filter((line) => line.event === 'http.bug')).toEqual([]);
  }, 60_000);
});
