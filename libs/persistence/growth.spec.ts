import { describe, expect, it } from '@jest/globals';
import { crashPoints, createCrashPoints, type SideEffect } from '#libs/control/domain';
import { describeLifeCycle } from './life-cycle.fixture.js';

const passed: readonly SideEffect[] = [
  'allocate-ports', 'prepare', 'apply-principals', 'start-broker', 'stop-broker', 'plan-moves', 'move-partitions', 'elect-leaders', 'mark-balanced', 'unregister-broker', 'remove-broker', 'forget-broker',
  'add-voter', 'remove-voter', 'mark-roles', 'mark-provisioned',
];
/** The second time it is another node's turn, or the way back. */
const points = crashPoints.filter((point) => passed.some((effect) => point.startsWith(`${effect}.`))).flatMap((point) => (/voter|roles|forget|start|provisioned/.test(point) ? [point, `${point}:2`] : [point]));

describe('clusters that grow from one broker, and shrink to it', () => {
  const life = describeLifeCycle();
  const { world, provisioned, update, last, finished } = life;
  const nodes = (id: string): number[] => [...world(id).brokers.keys()].sort((a, b) => a - b);
  const controllers = async (id: string): Promise<number[]> => (await life.platform.services.clusters.get(life.platform.admin, id)).brokers.filter(({ roles }) => roles.includes('controller')).map(({ nodeId }) => nodeId);
  const replicas = (id: string, topic: string): number[] => life.platform.administration.partitions(id).filter((each) => each.topic === topic).map((each) => each.replicas.length);
  const stepsOf = async (id: string): Promise<string[]> => (await last(id, 'cluster.scale')).steps.map(({ name }) => name).filter((name) => name !== 'wait');
  const resized = async (id: string, brokers: number): Promise<void> => {
    await update(id, { brokers });
    expect((await finished(id, 'cluster.scale')).phase).toBe('SUCCEEDED');
    expect(nodes(id)).toEqual(Array.from({ length: brokers }, (_, index) => index + 1));
    expect(life.platform.administration.voters(id)).toEqual(brokers >= 3 ? [1, 2, 3] : [1]);
    expect(await controllers(id)).toEqual(life.platform.administration.voters(id));
    expect(life.platform.administration.voteless.filter((each) => each.startsWith(id))).toEqual([]);
  };
  const cluster = async (brokers: number): Promise<string> => {
    const id = await provisioned({ brokers, version: '1.0' });
    life.platform.administration.addTopic(id, '__consumer_offsets', Array.from({ length: 5 }, (_, index) => Array.from({ length: Math.min(3, brokers) }, (_each, replica) => ((index + replica) % brokers) + 1)));
    life.platform.administration.addTopic(id, 't', [[1]]);
    return id;
  };

  it('one to three: those that came vote, Kafka\'s own topics have three copies, the tenant\'s what they had; the first may die', async () => {
    const id = await cluster(1);
    await resized(id, 3);
    expect(replicas(id, '__consumer_offsets')).toEqual([3, 3, 3, 3, 3]);
    expect(replicas(id, 't')).toEqual([1]);
    const names = await stepsOf(id);
    expect(names.indexOf('add-voter 2')).toBeGreaterThan(names.indexOf('start-broker 2'));
    expect(names.indexOf('add-voter 3')).toBeGreaterThan(names.indexOf('add-voter 2'));
    life.platform.driver.startOutcome = 'hang';
    life.platform.driver.die(id, 1);
    const { health } = await life.platform.services.clusters.inspect(life.platform.admin, id);
    expect(health).toMatchObject({ brokers: [2, 3], controllerId: 2 });
    await life.platform.eventually('it is started', async () => world(id).brokers.get(1)?.process === 'starting');
    life.platform.driver.become(id, 1, 'ready');
  });

  it('two to three: the one that was a broker only is restarted for its role before it gets a vote', async () => {
    const id = await cluster(2);
    expect(await controllers(id)).toEqual([1]);
    await resized(id, 3);
    const names = await stepsOf(id);
    expect(names.indexOf('stop-broker 2')).toBeGreaterThan(-1);
    expect(names.indexOf('add-voter 2')).toBeGreaterThan(names.lastIndexOf('start-broker 2'));
    expect(names).not.toContain('stop-broker 1');
    expect(world(id).mostDown).toBe(1);
  });

  it('three to two to one: votes go before brokers, the leader\'s last; and what comes again joins', async () => {
    const id = await cluster(3);
    life.platform.administration.lead(id, 3);
    await resized(id, 2);
    expect(life.platform.administration.calls.filter((call) => call.startsWith(`removeVoter ${id}`)).map((call) => call.split(' ')[2])).toEqual(['2', '3']);
    const names = await stepsOf(id);
    expect(names.indexOf('stop-broker 3')).toBeGreaterThan(names.indexOf('remove-voter 3'));
    expect(names.indexOf('stop-broker 2')).toBeGreaterThan(names.indexOf('remove-broker 3'));
    expect(replicas(id, '__consumer_offsets')).toEqual([2, 2, 2, 2, 2]);
    await resized(id, 1);
    expect(replicas(id, '__consumer_offsets')).toEqual([1, 1, 1, 1, 1]);
    await resized(id, 3);
    expect(world(id).desired.brokers.map(({ isFirst }) => isFirst)).toEqual([true, false, false]);
  });

  it('waits for a vote that can\'t be had yet, and goes on with it', async () => {
    const id = await cluster(1);
    life.platform.driver.startOutcome = 'hang';
    await update(id, { brokers: 3 });
    await life.platform.eventually('they are started', async () => [2, 3].every((nodeId) => world(id).brokers.get(nodeId)?.process === 'starting'));
    expect(life.platform.administration.voters(id)).toEqual([1]);
    for (const nodeId of [2, 3]) life.platform.driver.become(id, nodeId, 'ready');
    expect((await finished(id, 'cluster.scale')).phase).toBe('SUCCEEDED');
    expect(life.platform.administration.voters(id)).toEqual([1, 2, 3]);
  });

  it.each(points)('goes on after a crash at %s', async (point) => {
    await life.platform.restart();
    const id = await cluster(2);
    let crashed = false;
    const crash = createCrashPoints(point, () => { crashed = true; throw new Error('crash'); });
    await life.platform.restart({ crash, limits: { backoffFirstMs: 1, leaseMs: 300 } });
    for (const brokers of /roles/.test(point) ? [3, 2, 1] : [3, 1]) await resized(id, brokers);
    expect(crashed).toBe(true);
    expect(replicas(id, '__consumer_offsets')).toEqual([1, 1, 1, 1, 1]);
    await life.platform.services.clusters.remove(life.platform.admin, id);
    await life.platform.until(id, 'gone');
  });
});
