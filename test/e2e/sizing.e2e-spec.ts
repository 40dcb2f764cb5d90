import { startControlPlane, type Answer, type ControlPlaneFixture } from './control-plane.fixture.js';
import { createTenant, type Tenant } from './tenant.fixture.js';

/** What a size is reckoned to be is what the other routes take. The formulas are tested beside themselves. */
describe('POST /sluice/v1/sizing', () => {
  let plane: ControlPlaneFixture;
  let tenant: Tenant;
  beforeAll(async () => {
    plane = await startControlPlane();
    tenant = await createTenant(plane);
  }, 60_000);
  afterAll(async () => plane?.stop(), 30_000);
  const size = (body: unknown): Promise<Answer> => plane.request('POST', '/sluice/v1/sizing', { key: tenant.admin, body });

  it('answers with every figure\'s formula, inputs and sources', async () => {
    const { status, body } = await size({ average_mib_per_s: 20, peak_mib_per_s: 50, retention_hours: 72, consumer_groups: 2, consumer_mib_per_s: 5, disk_per_broker_gib: 10_000 });
    expect([status, body.kind]).toEqual([200, 'Sizing']);
    expect(body.result).toEqual({
      partitions_per_topic: 13, partitions: 13, brokers: 3, brokers_decided_by: 'least', heap_mib_per_broker: 1037, memory_mib_per_broker: 3115, disk_gib_per_broker: 8243,
      cpu_cores_per_broker: 1.29878, network_in_mib_per_s_per_broker: 65, network_out_mib_per_s_per_broker: 86.6667,
    });
    expect(body.assumed).toEqual(expect.arrayContaining(['growth_percent', 'replication_factor', 'producer_mib_per_s']));
    expect(body.assumed).not.toContain('peak_mib_per_s');
    for (const { name, formula, inputs, sources } of body.figures) {
      expect([name, typeof formula, Object.keys(inputs).length > 0]).toEqual([name, 'string', true]);
      for (const source of sources) expect(['arithmetic', 'measured', 'vendor', 'assumption']).toContain(source.confidence);
    }
  });

  it('hands out bodies that the other routes take, where an engine fits', async () => {
    const { body } = await size({ profile: 'development', average_records_per_s: 1_000, record_bytes: 512, retention_hours: 24, environment_id: tenant.environmentId, display_name: 'sized' });
    const fitting = body.engines.find((engine: { fits: boolean }) => engine.fits);
    expect(body.bodies.cluster.spec.config.sluice).toMatchObject({ engine: fitting.engine, brokers: 1 });
    const created = await plane.request('POST', '/cmk/v2/clusters', { key: tenant.admin, body: body.bodies.cluster });
    expect([created.status, created.body.spec.display_name, created.body.spec.region]).toEqual([202, 'sized', fitting.region]);
    expect(body.bodies.topic).toMatchObject({ partitions_count: 1, replication_factor: 1, configs: [{ name: 'retention.ms', value: '86400000' }] });
  });

  it('says why none does', async () => {
    const { body } = await size({ average_mib_per_s: 20_000, peak_mib_per_s: 20_000 });
    expect(body.bodies).toEqual({ cluster: null, topic: null });
    expect(body.engines.length).toBeGreaterThan(0);
    for (const engine of body.engines) expect([engine.fits, engine.obstacles.length > 0]).toEqual([false, true]);
  });

  it('takes the examples of the document', async () => {
    const document = (await plane.request('GET', '/openapi/sluice-v1.json', { key: null })).body;
    const examples = Object.values(document.paths['/sluice/v1/sizing'].post.requestBody.content['application/json'].examples) as { value: object }[];
    expect(examples.length).toBeGreaterThan(2);
    for (const { value } of examples) expect([value, (await size(value)).status]).toEqual([value, 200]);
  });

  it.each([
    ['a peak below the average', { average_mib_per_s: 10, peak_mib_per_s: 5 }, 400, 'impossible_sizing', '/peak_mib_per_s'],
    ['more copies than brokers', { average_mib_per_s: 10, replication_factor: 3, brokers_max: 2 }, 400, 'impossible_sizing', '/replication_factor'],
    ['fewer brokers than it takes', { average_mib_per_s: 100, brokers_max: 4 }, 400, 'impossible_sizing', '/brokers_max'],
    ['out of bounds', { average_mib_per_s: -1 }, 400, 'impossible_sizing', '/average_mib_per_s'],
    ['no rate', {}, 400, 'impossible_sizing', '/average_mib_per_s'],
    ['a text for a number', { average_mib_per_s: '10' }, 422, 'invalid_configuration', '/average_mib_per_s'],
    ['a part of a broker', { average_mib_per_s: 1, brokers_max: 2.5 }, 422, 'invalid_configuration', '/brokers_max'],
    ['a field that isn\'t there', { average_mib_per_s: 1, plan: 'gold' }, 422, 'invalid_configuration', '/plan'],
  ])('%s', async (_what, body, status, code, pointer) => {
    const answer = await size(body);
    expect([answer.status, answer.body.errors[0].code, answer.body.errors[0].source]).toEqual([status, code, { pointer }]);
  });
});
