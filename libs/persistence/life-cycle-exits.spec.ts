import { describe, expect, it, jest } from '@jest/globals';
import { OperationalError } from '#libs/kernel';
import { describeLifeCycle } from './life-cycle.fixture.js';

describe('every state has a way out, and every operation an end', () => {
  const life = describeLifeCycle();
  const { world, provisioned, update, last, finished } = life;
  const clusters = () => life.platform.services.clusters;

  it('makes a cluster without settings in one transaction', async () => {
    const tenant = jest.spyOn(life.platform.store, 'tenant');
    await clusters().create(life.platform.admin, { environmentId: life.environmentId, displayName: 'one-transaction', cloud: 'AWS', region: 'us-east-2' });
    expect(tenant).toHaveBeenCalledTimes(1);
    tenant.mockRestore();
  });

  it('tries a cluster that never came up again when it is changed: the change may be the cure', async () => {
    life.platform.driver.prepareProblem = new OperationalError('bad_setting', 'fixed=bad is refused', false);
    const { id } = await life.platform.cluster(life.environmentId, undefined, { brokers: 1, version: '1.0', configs: { fixed: 'bad' } });
    await life.platform.until(id, 'FAILED');
    life.platform.driver.prepareProblem = null;
    await update(id, { configs: { fixed: 'good' } });
    expect((await finished(id, 'cluster.update')).phase).toBe('SUCCEEDED');
    await life.platform.until(id, 'PROVISIONED');
  });

  it('lets a cluster whose new broker never starts go back to the brokers that it had', async () => {
    const id = await provisioned();
    life.platform.driver.startOutcome = 'exit';
    await update(id, { brokers: 4 });
    expect((await finished(id, 'cluster.scale')).phase).toBe('FAILED');
    await life.platform.until(id, 'FAILED');
    await expect(update(id, { brokers: 5 })).rejects.toMatchObject({ code: 'cluster_unhealthy' });
    await update(id, { brokers: 3 });
    expect((await finished(id, 'cluster.scale')).phase).toBe('SUCCEEDED');
    await life.platform.until(id, 'PROVISIONED');
    expect([...world(id).brokers.keys()].sort()).toEqual([1, 2, 3]);
  });

  it('fails only what had been asked for when a step fails: a deletion that came during it goes on', async () => {
    const id = await provisioned();
    const start = life.platform.driver.startBroker.bind(life.platform.driver);
    let refuse = (): void => undefined;
    const held = new Promise<void>((resolve) => { refuse = resolve; });
    let isHeld = false;
    life.platform.driver.startBroker = async (desired, nodeId) => {
      if (desired.clusterId !== id) return start(desired, nodeId);
      isHeld = true;
      await held;
      throw new OperationalError('no_room', 'no room for the broker', false);
    };
    await clusters().restart(life.platform.admin, id);
    await life.platform.eventually('a broker is being started', async () => isHeld);
    await clusters().remove(life.platform.admin, id);
    refuse();
    expect((await finished(id, 'cluster.delete')).phase).toBe('SUCCEEDED');
    expect(await last(id, 'cluster.restart')).toMatchObject({ phase: 'FAILED', reason: 'no room for the broker' });
    life.platform.driver.startBroker = start;
  });

  it('waits for no answer without end: a cluster that is silent can be deleted', async () => {
    const { health } = life.platform.administration;
    life.platform.administration.health = () => new Promise(() => undefined);
    await life.platform.restart({ limits: { answerMs: 50 } });
    const { id } = await life.platform.cluster(life.environmentId);
    await life.platform.eventually('it is told', async () => (await last(id, 'cluster.create')).steps.some(({ progress }) => /does not answer within 50 ms/.test(progress ?? '')));
    await clusters().remove(life.platform.admin, id);
    expect((await finished(id, 'cluster.delete')).phase).toBe('SUCCEEDED');
    life.platform.administration.health = health;
    await life.platform.restart();
  });
});
