import { describe, expect, it } from '@jest/globals';
import { OperationalError } from '#libs/kernel';
import { describeLifeCycle } from './life-cycle.fixture.js';

describe('a cluster for which what was asked for can\'t be prepared, or not yet', () => {
  const life = describeLifeCycle();
  const { world, provisioned, update, finished } = life;
  const services = () => life.platform.services;
  const isReady = (id: string, nodeId: number) => async (): Promise<boolean> => world(id).brokers.get(nodeId)?.process === 'ready';
  const phase = async (id: string) => (await services().clusters.get(life.platform.admin, id)).phase;
  const preparations = (id: string): number => life.platform.driver.calls.filter((call) => call === `prepare ${id}`).length;
  const newKey = async (id: string): Promise<string> => {
    life.platform.driver.failOnce('applyPrincipals');
    return (await services().apiKeys.create(life.platform.admin, { ownerId: life.platform.admin.principalId, resourceId: id })).apiKey.id;
  };
  const isKnown = (id: string, keyId: string) => async (): Promise<boolean> => world(id).principals?.keys.some((key) => key.id === keyId) ?? false;

  it.each([['once and for all', false], ['at present', true]])('keeps its nodes and its keys: %s', async (_when, retryable) => {
    const id = await provisioned();
    life.platform.driver.prepareProblem = new OperationalError('memory', 'not enough memory', retryable);
    await update(id, { brokers: 5 });
    const tried = preparations(id);
    await life.platform.eventually('it is tried again', async () => preparations(id) > tried + 1);
    const keyId = await newKey(id);
    for (const nodeId of [1, 3]) life.platform.driver.die(id, nodeId);
    for (const nodeId of [1, 3]) await life.platform.eventually(`node ${nodeId} is back`, isReady(id, nodeId));
    await life.platform.eventually('the key is known', isKnown(id, keyId));
    expect([await phase(id), [...world(id).brokers.keys()]]).toEqual(['PROVISIONED', [1, 2, 3]]);
    life.platform.driver.prepareProblem = null;
    for (const nodeId of [4, 5]) await life.platform.eventually(`node ${nodeId} is there`, isReady(id, nodeId));
  });

  it('keeps its only node up, which goes on with what it had', async () => {
    const id = await provisioned({ brokers: 1, version: '1.0' });
    life.platform.driver.prepareProblem = new OperationalError('java_missing', 'no Java on this machine: install one', false);
    await update(id, { version: '2.0' });
    expect(await finished(id, 'cluster.upgrade')).toMatchObject({ phase: 'FAILED', reason: 'no Java on this machine: install one' });
    life.platform.driver.die(id, 1);
    await life.platform.eventually('it is back', isReady(id, 1));
    expect([await phase(id), world(id).brokers.get(1)?.bundle]).toEqual(['PROVISIONED', 'b1']);
    life.platform.driver.startOutcome = 'exit';
    life.platform.driver.die(id, 1);
    expect((await life.platform.until(id, 'FAILED'))?.failureReason).toBe('no Java on this machine: install one');
  });

  it('looks after it while an installation goes on', async () => {
    const id = await provisioned();
    await life.platform.restart({ limits: { waitMs: 20 } });
    await life.platform.eventually('it is settled', async () => (await phase(id)) === 'PROVISIONED' && preparations(id) > 1);
    const before = preparations(id);
    const release = life.platform.driver.holdPrepare();
    await update(id, { version: '2.0' });
    await life.platform.eventually('it is being prepared', async () => preparations(id) > before);
    life.platform.driver.die(id, 2);
    await life.platform.eventually('node 2 is back', isReady(id, 2));
    const keyId = await newKey(id);
    await life.platform.eventually('the key is known', isKnown(id, keyId));
    expect([...world(id).brokers.values()].map(({ bundle }) => bundle)).toEqual(['b1', 'b1', 'b1']);
    release();
    expect((await finished(id, 'cluster.upgrade')).phase).toBe('SUCCEEDED');
    expect([...world(id).brokers.values()].map(({ bundle }) => bundle)).toEqual(['b2', 'b2', 'b2']);
  });
});
