import { describe, expect, it } from '@jest/globals';
import { crashPoints, createCrashPoints, type OperationKind } from '#libs/control/domain';
import { OperationalError } from '#libs/kernel';
import { describeLifeCycle } from './life-cycle.fixture.js';
import { changesNodes } from './testing-platform.js';

describe('life of a cluster of several nodes', () => {
  const life = describeLifeCycle();
  const { world, provisioned, update, last, finished } = life;
  const services = () => life.platform.services;
  const progress = (id: string, kind: OperationKind, text: RegExp) => life.platform.eventually(`${kind} says ${text}`, async () => (await last(id, kind)).steps.some((step) => text.test(step.progress ?? '')));
  const nodes = (id: string): number[] => [...world(id).brokers.keys()].sort((a, b) => a - b);
  const pids = (id: string): (number | null)[] => [...world(id).brokers.values()].map(({ pid }) => pid);
  const calls = (id: string): string[] => life.platform.driver.calls.filter((call) => call.endsWith(id)).map((call) => call.split(' ')[0]!);

  it('starts all nodes at once, and is provisioned when the cluster says so', async () => {
    life.platform.driver.startOutcome = 'hang';
    const { id } = await life.platform.cluster(life.environmentId, undefined, { brokers: 3, controllers: 3, version: '1.0' });
    await life.platform.eventually('all six are started', async () => [...world(id)?.brokers.values() ?? []].filter(({ process }) => process === 'starting').length === 6);
    life.platform.administration.failOnce('health', new OperationalError('unreachable', 'nobody answers yet', true));
    for (const nodeId of nodes(id)) life.platform.driver.become(id, nodeId, 'ready');
    await progress(id, 'cluster.create', /nobody answers yet/);
    const cluster = await life.platform.until(id, 'PROVISIONED');
    expect(cluster?.brokers.map(({ nodeId, roles }) => [nodeId, roles.join()])).toEqual([[1, 'broker'], [2, 'broker'], [3, 'broker'], [1001, 'controller'], [1002, 'controller'], [1003, 'controller']]);
    expect(cluster?.bootstrapEndpoint?.split(',')).toHaveLength(3);
  });

  it('fails a creation at once for what trying again can\'t mend, and for what it can when its time is over', async () => {
    life.platform.driver.prepareProblem = new OperationalError('java_missing', 'no Java on this machine: install one', false);
    const { id } = await life.platform.cluster(life.environmentId);
    const failed = await life.platform.until(id, 'FAILED');
    expect([failed?.failureReason, (await last(id, 'cluster.create')).phase]).toEqual(['no Java on this machine: install one', 'FAILED']);
    life.platform.driver.prepareProblem = new OperationalError('memory', 'not enough memory at present', true);
    const { id: other } = await life.platform.cluster(life.environmentId);
    await life.platform.eventually('it is told what went wrong', async () => (await last(other, 'cluster.create')).steps.some(({ phase, reason }) => phase === 'FAILED' && /not enough memory/.test(reason ?? '')));
    await life.platform.test.asOwner('UPDATE cluster SET phase_deadline_at = now() WHERE id = $1', [other]);
    expect((await life.platform.until(other, 'FAILED'))?.failureReason).toBe('not enough memory at present');
    for (const each of [id, other]) await services().clusters.remove(life.platform.admin, each);
    for (const each of [id, other]) await life.platform.until(each, 'gone');
  });

  it('restarts one node after another, the leading controller last, and none while a partition is under-replicated', async () => {
    const id = await provisioned();
    life.platform.administration.addTopic(id, 't', [[1, 2, 3], [2, 3, 1]]);
    life.platform.administration.lag(id, 3, true);
    const before = pids(id);
    await services().clusters.restart(life.platform.admin, id);
    await progress(id, 'cluster.restart', /2 partitions under-replicated/);
    expect(pids(id)).toEqual(before);
    life.platform.administration.lag(id, 3, false);
    const operation = await finished(id, 'cluster.restart');
    expect(operation.phase).toBe('SUCCEEDED');
    expect(operation.steps.map(({ name }) => name).filter((name) => name !== 'wait')).toEqual(['prepare', 'stop-broker 2', 'start-broker 2', 'stop-broker 3', 'start-broker 3', 'stop-broker 1', 'start-broker 1']);
    expect(world(id).mostDown).toBe(1);
    expect(pids(id).some((pid) => before.includes(pid))).toBe(false);
  });

  it('sets what counts at once over Kafka, and rolls for the rest', async () => {
    const id = await provisioned({ brokers: 3, version: '1.0', configs: { 'dynamic.a': '1', 'dynamic.b': '2', fixed: '1' } });
    expect(life.platform.administration.configs(id)).toEqual({ 'dynamic.a': '1', 'dynamic.b': '2' });
    const before = pids(id);
    await update(id, { configs: { 'dynamic.a': '3', 'dynamic.c': '4', fixed: '1' } });
    await finished(id, 'cluster.update');
    expect(life.platform.administration.configs(id)).toEqual({ 'dynamic.a': '3', 'dynamic.c': '4' });
    expect(pids(id)).toEqual(before);
    await update(id, { configs: { fixed: '2' } });
    await life.platform.eventually('the second is done', async () => (await last(id, 'cluster.update')).phase === 'SUCCEEDED');
    expect(life.platform.administration.configs(id)).toEqual({});
    expect(pids(id).some((pid) => before.includes(pid))).toBe(false);
    expect(world(id).mostDown).toBe(1);
  });

  it('upgrades node by node, and the features when all run the version', async () => {
    const id = await provisioned();
    life.platform.administration.addTopic(id, 't', [[1, 2, 3]]);
    life.platform.administration.lag(id, 2, true);
    await expect(update(id, { version: '2.0' })).rejects.toMatchObject({ code: 'cluster_unhealthy', message: expect.stringContaining('1 partition under-replicated') });
    life.platform.administration.lag(id, 2, false);
    await update(id, { version: '2.0' });
    await expect(update(id, { brokers: 4 })).rejects.toMatchObject({ code: 'operation_in_progress' });
    const operation = await finished(id, 'cluster.upgrade');
    expect(operation.phase).toBe('SUCCEEDED');
    expect([...world(id).brokers.values()].map(({ bundle }) => bundle)).toEqual(['b2', 'b2', 'b2']);
    expect(operation.steps.at(-1)?.name).toBe('update-features');
    expect(world(id).mostDown).toBe(1);
    await expect(update(id, { version: '1.0' })).rejects.toMatchObject({ code: 'invalid_configuration' });
  });

  it('tells why an upgrade fails, while the cluster goes on', async () => {
    const id = await provisioned();
    life.platform.administration.failOnce('updateFeatures', new OperationalError('refused', 'the cluster refuses it: no', false));
    await update(id, { version: '2.0' });
    expect(await finished(id, 'cluster.upgrade')).toMatchObject({ phase: 'FAILED', reason: 'the cluster refuses it: no' });
    expect((await services().clusters.get(life.platform.admin, id)).phase).toBe('PROVISIONED');
  });

  it('grows, and moves partitions onto the new brokers a few at a time', async () => {
    const id = await provisioned();
    life.platform.administration.addTopic(id, 't', Array.from({ length: 40 }, (_, index) => [0, 1, 2].map((replica) => ((index + replica) % 3) + 1)));
    await update(id, { brokers: 5 });
    await progress(id, 'cluster.scale', /\d+ of \d+ partitions moved/);
    expect((await finished(id, 'cluster.scale')).phase).toBe('SUCCEEDED');
    const loads = [1, 2, 3, 4, 5].map((nodeId) => life.platform.administration.partitions(id).filter(({ replicas }) => replicas.includes(nodeId)).length);
    expect(loads).toEqual([24, 24, 24, 24, 24]);
    expect(life.platform.administration.mostMoving()).toBeLessThanOrEqual(10);
    expect((await services().clusters.get(life.platform.admin, id)).brokers.map(({ nodeId, roles }) => [nodeId, roles.length])).toEqual([[1, 2], [2, 2], [3, 2], [4, 1], [5, 1]]);
    expect(world(id).principals?.keys).toBeDefined();
  });

  it('shrinks: the last brokers are emptied before they go, and their ports are free', async () => {
    const id = await provisioned({ brokers: 5, version: '1.0' });
    life.platform.administration.addTopic(id, 't', Array.from({ length: 20 }, (_, index) => [0, 1, 2].map((replica) => ((index + replica) % 5) + 1)));
    life.platform.administration.addTopic(id, 'wide', [[1, 2, 3, 4]]);
    await expect(update(id, { brokers: 3 })).rejects.toMatchObject({ code: 'too_few_brokers', message: expect.stringContaining('wide') });
    life.platform.administration.removeTopic(id, 'wide');
    await expect(update(id, { brokers: 2 })).rejects.toMatchObject({ code: 'too_few_brokers', message: expect.stringContaining('topic t has 3 replicas') });
    await update(id, { brokers: 3 });
    const operation = await finished(id, 'cluster.scale');
    expect(operation.phase).toBe('SUCCEEDED');
    expect(nodes(id)).toEqual([1, 2, 3]);
    expect(life.platform.administration.calls.filter((call) => call.startsWith(`unregisterBroker ${id}`)).map((call) => call.split(' ')[2])).toEqual(['5', '4']);
    expect((await life.platform.test.asOwner('SELECT 1 FROM port_allocation WHERE cluster_id = $1', [id])).length).toBe(9);
    expect(life.platform.administration.partitions(id).every(({ replicas }) => replicas.every((nodeId) => nodeId <= 3))).toBe(true);
  });

  it('hands over once more what came while a broker stopped', async () => {
    const id = await provisioned({ brokers: 4, version: '1.0' });
    const stop = life.platform.driver.stopBroker.bind(life.platform.driver);
    let late = true;
    life.platform.driver.stopBroker = async (clusterId, nodeId, mode) => {
      await stop(clusterId, nodeId, mode);
      if (clusterId === id && late) life.platform.administration.addTopic(id, 'late', [[4, 1, 2]]);
      late &&= clusterId !== id;
    };
    await update(id, { brokers: 3 });
    expect((await finished(id, 'cluster.scale')).phase).toBe('SUCCEEDED');
    life.platform.driver.stopBroker = stop;
    expect(life.platform.administration.partitions(id).every(({ replicas }) => replicas.every((nodeId) => nodeId <= 3))).toBe(true);
  });

  it('pauses: no process, all data; keys change meanwhile, nothing is restarted; and resumes', async () => {
    const id = await provisioned();
    await services().clusters.pause(life.platform.admin, id);
    expect((await finished(id, 'cluster.pause')).phase).toBe('SUCCEEDED');
    expect([...world(id).brokers.values()].map(({ process }) => process)).toEqual(['absent', 'absent', 'absent']);
    await expect(services().dataPlane.access(life.platform.admin, id)).rejects.toMatchObject({ code: 'cluster_not_ready', message: expect.stringContaining('is paused') });
    await expect(services().clusters.restart(life.platform.admin, id)).rejects.toMatchObject({ code: 'cluster_paused' });
    await expect(services().clusters.pause(life.platform.admin, id)).rejects.toMatchObject({ code: 'cluster_paused' });
    await expect(update(id, { brokers: 4 })).rejects.toMatchObject({ code: 'cluster_paused' });
    const { apiKey } = await services().apiKeys.create(life.platform.admin, { ownerId: life.platform.admin.principalId, resourceId: id });
    await life.platform.eventually('its file has the key', async () => world(id).principals?.keys.some((key) => key.id === apiKey.id) ?? false);
    const starts = calls(id).filter((call) => call === 'startBroker').length;
    await life.platform.restart();
    await update(id, { configs: { fixed: 'x' } });
    await finished(id, 'cluster.update');
    expect(calls(id).filter((call) => call === 'startBroker').length).toBe(starts);
    await services().clusters.resume(life.platform.admin, id);
    expect((await finished(id, 'cluster.resume')).phase).toBe('SUCCEEDED');
    expect(calls(id).filter((call) => call === 'startBroker').length).toBe(starts + 3);
    expect((await services().dataPlane.access(life.platform.admin, id)).brokers).toHaveLength(3);
    await services().clusters.pause(life.platform.admin, id);
    await finished(id, 'cluster.pause');
    await services().clusters.remove(life.platform.admin, id);
    await life.platform.until(id, 'gone');
  });

  it('replaces a broker: its vote goes before its data, and comes back when it has caught up', async () => {
    const id = await provisioned();
    life.platform.administration.addTopic(id, 't', [[1, 2, 3]]);
    life.platform.administration.addTopic(id, 'alone', [[2]]);
    await expect(services().clusters.replaceBroker(life.platform.admin, id, 2)).rejects.toMatchObject({ code: 'cluster_unhealthy', message: expect.stringContaining('alone-0') });
    await expect(services().clusters.replaceBroker(life.platform.admin, id, 9)).rejects.toMatchObject({ code: 'resource_not_found' });
    life.platform.administration.lag(id, 2, true);
    life.platform.administration.removeTopic(id, 'alone');
    await services().clusters.replaceBroker(life.platform.admin, id, 2);
    await progress(id, 'cluster.replace-broker', /0 of 1 replicas of broker 2 in sync/);
    life.platform.administration.lag(id, 2, false);
    const operation = await finished(id, 'cluster.replace-broker');
    expect(operation.steps.map(({ name }) => name)).toEqual(['stop-broker 2', 'remove-voter 2', 'remove-broker 2', 'apply-principals', 'prepare', 'start-broker 2', 'add-voter 2']);
    expect(life.platform.administration.voters(id)).toEqual([1, 2, 3]);
    expect(world(id).mostDown).toBe(1);
  });

  it('lets a node whose data vanished begin anew by itself when the others have all of it', async () => {
    const id = await provisioned();
    life.platform.administration.addTopic(id, 't', [[1, 2, 3]]);
    life.platform.driver.loseNode(id, 3);
    await life.platform.eventually('it has begun anew', async () => world(id).brokers.get(3)?.process === 'ready' && life.platform.administration.calls.includes(`addVoter ${id} 3`));
    expect(life.platform.administration.calls).toContain(`removeVoter ${id} 3`);
  });

  it('and doesn\'t when something would be lost: the cluster has failed, with what to do', async () => {
    const id = await provisioned();
    life.platform.administration.addTopic(id, 'alone', [[3]]);
    life.platform.driver.loseNode(id, 3);
    const failed = await life.platform.until(id, 'FAILED');
    expect(failed?.failureReason).toMatch(/^the data of broker 3 is gone, and 1 partition would be lost with it, alone-0 among them; .*by force/);
    expect(world(id).brokers.has(3)).toBe(false);
    await services().clusters.replaceBroker(life.platform.admin, id, 3, { force: true });
    expect((await finished(id, 'cluster.replace-broker')).phase).toBe('SUCCEEDED');
    await life.platform.until(id, 'PROVISIONED');
  });

  it('brings a dead broker back, and never stops a second one meanwhile', async () => {
    const id = await provisioned();
    const before = world(id).brokers.get(2)?.pid;
    life.platform.driver.startOutcome = 'hang';
    life.platform.driver.die(id, 2);
    await life.platform.eventually('it starts again', async () => world(id).brokers.get(2)?.process === 'starting');
    await services().clusters.restart(life.platform.admin, id);
    await life.platform.eventually('its turn comes at once: it serves nobody', async () => calls(id).includes('stopBroker'));
    expect([1, 3].map((nodeId) => world(id).brokers.get(nodeId)?.process)).toEqual(['ready', 'ready']);
    life.platform.driver.startOutcome = 'ready';
    life.platform.driver.become(id, 2, 'ready');
    expect((await finished(id, 'cluster.restart')).phase).toBe('SUCCEEDED');
    expect(world(id).brokers.get(2)?.pid).not.toBe(before);
    expect(world(id).mostDown).toBe(1);
  });

  it('reports processes, health and what is under way', async () => {
    const id = await provisioned();
    life.platform.administration.addTopic(id, 't', [[1, 2, 3]]);
    life.platform.administration.lag(id, 3, true);
    await services().clusters.restart(life.platform.admin, id);
    const report = await services().clusters.inspect(life.platform.admin, id);
    expect(report).toMatchObject({
      problems: [], inspection: { brokers: [], services: [] }, operations: [{ kind: 'cluster.restart', phase: 'RUNNING' }],
      health: { brokers: [1, 2, 3], controllerId: 1, voters: [1, 2, 3], partitions: 1, underReplicated: 1, offline: 0, moving: 0, examples: [{ topic: 't', partition: 0 }] },
    });
    life.platform.administration.lag(id, 3, false);
    await finished(id, 'cluster.restart');
    life.platform.administration.failOnce('health');
    expect((await services().clusters.inspect(life.platform.admin, id))).toMatchObject({ health: null, problems: ['the cluster could not be asked: health failed'], operations: [] });
  });

  it.each(crashPoints.filter((point) => changesNodes.test(point) && !point.startsWith('mark-roles')))('goes on after a crash at %s', async (point) => {
    let crashed = false;
    const crash = createCrashPoints(point, () => { crashed = true; throw new Error('crash'); });
    await life.platform.restart({ crash, limits: { backoffFirstMs: 1, leaseMs: 300 } });
    const id = await provisioned({ brokers: 3, version: '1.0', configs: { 'dynamic.a': '1' } });
    life.platform.administration.addTopic(id, 't', Array.from({ length: 8 }, (_, index) => [0, 1, 2].map((replica) => ((index + replica) % 3) + 1)));
    const done = async (kind: OperationKind): Promise<void> => { expect((await finished(id, kind)).phase).toBe('SUCCEEDED'); };
    if (/paused|together|configs|features/.test(point)) {
      await update(id, { version: '2.0' });
      await done('cluster.upgrade');
      expect(world(id).mostDown).toBe(1);
      await services().clusters.pause(life.platform.admin, id);
      await done('cluster.pause');
      await services().clusters.resume(life.platform.admin, id);
      await done('cluster.resume');
      world(id).mostDown = 0;
    } else if (/voter|replaced|cleared|joined/.test(point)) {
      life.platform.driver.loseNode(id, 2);
      await life.platform.eventually('it is back', async () => (await life.platform.test.asOwner<{ whole: boolean }>(
        'SELECT bool_and(NOT is_joining AND NOT is_replaced AND ever_ready) AS whole FROM broker WHERE cluster_id = $1', [id]))[0]!.whole && life.platform.administration.calls.includes(`addVoter ${id} 2`));
      expect(life.platform.administration.voters(id)).toEqual([1, 2, 3]);
    } else {
      await update(id, { brokers: 4 });
      await done('cluster.scale');
      await update(id, { brokers: 3 });
      await life.platform.eventually('the fourth is gone', async () => nodes(id).length === 3 && (await last(id, 'cluster.scale')).phase === 'SUCCEEDED');
    }
    expect(crashed).toBe(true);
    expect(world(id).mostDown).toBeLessThanOrEqual(1);
    expect(nodes(id)).toEqual([1, 2, 3]);
    await services().clusters.remove(life.platform.admin, id);
    await life.platform.until(id, 'gone');
  });
});
