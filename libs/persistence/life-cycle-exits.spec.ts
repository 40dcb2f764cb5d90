import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Operation, OperationKind } from '#libs/control/domain';
import { OperationalError } from '#libs/kernel';
import type { SluiceClusterInput } from '#libs/control/application';
import { startTestPlatform, type TestPlatform } from './testing-platform.js';

// With a real database, and work that is begun again and again.
jest.setTimeout(120_000);

describe('every state has a way out, and every operation an end', () => {
  let platform: TestPlatform;
  let environmentId: string;
  beforeAll(async () => {
    platform = await startTestPlatform();
    environmentId = await platform.environment();
  });
  afterAll(() => platform?.stop(), 30_000);
  beforeEach(() => {
    platform.driver.startOutcome = 'ready';
    platform.driver.prepareProblem = null;
  });

  const clusters = () => platform.services.clusters;
  const world = (id: string) => platform.driver.clusters.get(id)!;
  const provisioned = async (sluice: SluiceClusterInput = { brokers: 3, version: '1.0' }): Promise<string> => {
    const { id } = await platform.cluster(environmentId, undefined, sluice);
    await platform.until(id, 'PROVISIONED');
    return id;
  };
  const update = (id: string, sluice: SluiceClusterInput) => clusters().update(platform.admin, id, environmentId, { sluice });
  const last = async (id: string, kind: OperationKind): Promise<Operation> => {
    const { items } = await platform.services.operations.list(platform.admin, { pageSize: 100 }, { resourceId: id });
    return items.filter((operation) => operation.kind === kind).sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0]!;
  };
  const finished = (id: string, kind: OperationKind): Promise<Operation> => platform.eventually(`${kind} is done`, async () => {
    const operation = await last(id, kind);
    return operation.phase !== 'RUNNING' && operation;
  }, 20_000);

  it('makes a cluster without settings in one transaction', async () => {
    const tenant = jest.spyOn(platform.store, 'tenant');
    await clusters().create(platform.admin, { environmentId, displayName: 'one-transaction', cloud: 'AWS', region: 'us-east-2' });
    expect(tenant).toHaveBeenCalledTimes(1);
    tenant.mockRestore();
  });

  it('tries a cluster that never came up again when it is changed: the change may be the cure', async () => {
    platform.driver.prepareProblem = new OperationalError('bad_setting', 'fixed=bad is refused', false);
    const { id } = await platform.cluster(environmentId, undefined, { brokers: 1, version: '1.0', configs: { fixed: 'bad' } });
    await platform.until(id, 'FAILED');
    platform.driver.prepareProblem = null;
    await update(id, { configs: { fixed: 'good' } });
    expect((await finished(id, 'cluster.update')).phase).toBe('SUCCEEDED');
    await platform.until(id, 'PROVISIONED');
  });

  it('lets a cluster whose new broker never starts go back to the brokers that it had', async () => {
    const id = await provisioned();
    platform.driver.startOutcome = 'exit';
    await update(id, { brokers: 4 });
    expect((await finished(id, 'cluster.scale')).phase).toBe('FAILED');
    await platform.until(id, 'FAILED');
    await expect(update(id, { brokers: 5 })).rejects.toMatchObject({ code: 'cluster_unhealthy' });
    await update(id, { brokers: 3 });
    expect((await finished(id, 'cluster.scale')).phase).toBe('SUCCEEDED');
    await platform.until(id, 'PROVISIONED');
    expect([...world(id).brokers.keys()].sort()).toEqual([1, 2, 3]);
  });

  it('fails only what had been asked for when a step fails: a deletion that came during it goes on', async () => {
    const id = await provisioned();
    const start = platform.driver.startBroker.bind(platform.driver);
    let refuse = (): void => undefined;
    const held = new Promise<void>((resolve) => { refuse = resolve; });
    let isHeld = false;
    platform.driver.startBroker = async (desired, nodeId) => {
      if (desired.clusterId !== id) return start(desired, nodeId);
      isHeld = true;
      await held;
      throw new OperationalError('no_room', 'no room for the broker', false);
    };
    await clusters().restart(platform.admin, id);
    await platform.eventually('a broker is being started', async () => isHeld);
    await clusters().remove(platform.admin, id);
    refuse();
    expect((await finished(id, 'cluster.delete')).phase).toBe('SUCCEEDED');
    expect(await last(id, 'cluster.restart')).toMatchObject({ phase: 'FAILED', reason: 'no room for the broker' });
    platform.driver.startBroker = start;
  });

  it('waits for no answer without end: a cluster that is silent can be deleted', async () => {
    const { health } = platform.administration;
    platform.administration.health = () => new Promise(() => undefined);
    await platform.restart({ limits: { answerMs: 50 } });
    const { id } = await platform.cluster(environmentId);
    await platform.eventually('it is told', async () => (await last(id, 'cluster.create')).steps.some(({ progress }) => /does not answer within 50 ms/.test(progress ?? '')));
    await clusters().remove(platform.admin, id);
    expect((await finished(id, 'cluster.delete')).phase).toBe('SUCCEEDED');
    platform.administration.health = health;
    await platform.restart();
  });
});
