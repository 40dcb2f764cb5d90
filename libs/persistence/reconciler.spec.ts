import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { crashPoints, createCrashPoints } from '#libs/control/domain';
import { changesNodes, startTestPlatform, type TestPlatform } from './testing-platform.js';

describe('reconciler', () => {
  let platform: TestPlatform;
  let environmentId: string;
  beforeAll(async () => {
    platform = await startTestPlatform();
    environmentId = await platform.environment();
  }, 60_000);
  afterAll(() => platform?.stop(), 30_000);
  beforeEach(() => { platform.driver.startOutcome = 'ready'; });

  const rows = (table: string, clusterId: string): Promise<{ count: string }[]> => platform.test.asOwner(`SELECT count(*) FROM ${table} WHERE cluster_id = $1`, [clusterId]);

  it('provisions a cluster: files, principals, broker, in this order; the operation tells the steps', async () => {
    const { id, phase } = await platform.cluster(environmentId);
    expect(phase).toBe('PROVISIONING');
    const cluster = await platform.until(id, 'PROVISIONED');
    expect(cluster?.bootstrapEndpoint).toMatch(/^localhost:41\d{3}$/);
    expect(cluster?.brokers).toMatchObject([{ nodeId: 1, process: 'ready', bundle: 'b1', restartNeeded: false }]);
    expect(platform.driver.calls.filter((call) => call.endsWith(id)).map((call) => call.split(' ')[0])).toEqual(['prepare', 'applyPrincipals', 'startBroker']);
    const operations = await platform.services.operations.list(platform.admin, {}, { resourceId: id });
    expect(operations.items).toMatchObject([{ kind: 'cluster.create', phase: 'SUCCEEDED', reason: null }]);
    expect(operations.items[0].steps.map((step) => [step.name, step.phase])).toEqual([
      ['allocate-ports', 'SUCCEEDED'], ['prepare', 'SUCCEEDED'], ['apply-principals', 'SUCCEEDED'], ['start-broker 1', 'SUCCEEDED'],
    ]);
  });

  it('restarts a broker that had been ready, at once and with its ports', async () => {
    const { id } = await platform.cluster(environmentId);
    const before = await platform.until(id, 'PROVISIONED');
    const pid = platform.driver.clusters.get(id)?.brokers.get(1)?.pid;
    await platform.eventually('the cluster is watched', async () => (await platform.test.asOwner<{ free: boolean }>('SELECT lease_owner IS NULL AS free FROM cluster WHERE id = $1', [id]))[0].free);
    platform.driver.die(id, 1);
    await platform.eventually('another process is ready', async () => {
      const broker = platform.driver.clusters.get(id)?.brokers.get(1);
      return broker?.process === 'ready' && broker.pid !== pid;
    }, 3_000);
    expect((await platform.until(id, 'PROVISIONED'))?.brokers[0].ports).toEqual(before?.brokers[0].ports);
  });

  it('gives up on a cluster that never starts, with the reason, and deletes it all the same', async () => {
    platform.driver.startOutcome = 'exit';
    const { id } = await platform.cluster(environmentId);
    await platform.eventually('it has been tried again', async () => platform.driver.calls.filter((call) => call === `startBroker ${id}`).length >= 3);
    await platform.test.asOwner('UPDATE cluster SET phase_deadline_at = now() WHERE id = $1', [id]).catch(() => undefined);
    const failed = await platform.until(id, 'FAILED');
    expect(failed?.failureReason).toBe('broker 1 does not start: address in use');
    const [operation] = (await platform.services.operations.list(platform.admin, {}, { resourceId: id })).items;
    expect(operation).toMatchObject({ phase: 'FAILED', reason: 'broker 1 does not start: address in use' });
    await platform.services.clusters.remove(platform.admin, id);
    await platform.eventually('it is gone', async () => !platform.driver.clusters.has(id) && (await platform.test.asOwner('SELECT 1 FROM cluster WHERE id = $1', [id])).length === 0);
  });

  it('looks at a cluster it gave up on now and then, also when keys change that no broker asks for', async () => {
    platform.driver.startOutcome = 'exit';
    const { id } = await platform.cluster(environmentId);
    await platform.test.asOwner('UPDATE cluster SET phase_deadline_at = now() WHERE id = $1', [id]);
    await platform.until(id, 'FAILED');
    await platform.services.apiKeys.create(platform.admin, { ownerId: platform.admin.principalId, resourceId: id });
    await platform.eventually('it is left alone', async () => (await platform.test.asOwner<{ rests: boolean }>(
      `SELECT lease_owner IS NULL AND due_at > now() + interval '20 seconds' AS rests FROM cluster WHERE id = $1`, [id]))[0].rests, 5_000);
  });

  it('brings a failed cluster up when a restart is asked for', async () => {
    platform.driver.startOutcome = 'exit';
    const { id } = await platform.cluster(environmentId);
    await platform.test.asOwner('UPDATE cluster SET phase_deadline_at = now() WHERE id = $1', [id]);
    await platform.until(id, 'FAILED');
    platform.driver.startOutcome = 'ready';
    const operation = await platform.services.clusters.restart(platform.admin, id);
    await platform.until(id, 'PROVISIONED');
    expect((await platform.services.operations.get(platform.admin, operation.id)).phase).toBe('SUCCEEDED');
  });

  it('deletes while it is being made, and leaves no process, port or directory', async () => {
    platform.driver.startOutcome = 'hang';
    const { id } = await platform.cluster(environmentId);
    await platform.eventually('the broker was started', async () => platform.driver.clusters.get(id)?.brokers.get(1)?.process === 'starting');
    await platform.services.clusters.remove(platform.admin, id);
    await platform.eventually('the row is gone', async () => (await platform.test.asOwner('SELECT 1 FROM cluster WHERE id = $1', [id])).length === 0);
    expect(platform.driver.clusters.has(id)).toBe(false);
    for (const table of ['broker', 'port_allocation', 'api_key']) expect((await rows(table, id))[0].count).toBe('0');
  });

  it('changes the flush mode with a restart and restarts on request; the phase stays', async () => {
    const { id } = await platform.cluster(environmentId);
    await platform.until(id, 'PROVISIONED');
    await platform.services.clusters.update(platform.admin, id, environmentId, { sluice: { flushMode: 'os' } });
    await platform.eventually('the broker runs with os', async () => {
      const world = platform.driver.clusters.get(id);
      return world?.desired.flushMode === 'os' && world.brokers.get(1)?.config.includes('os') === true && world.brokers.get(1)?.process === 'ready';
    });
    const cluster = await platform.eventually('the generation is observed', async () => {
      const found = await platform.services.clusters.get(platform.admin, id);
      return found.observedGeneration === found.generation && found;
    });
    expect(cluster.phase).toBe('PROVISIONED');
    await platform.services.clusters.update(platform.admin, id, environmentId, { sluice: { diskLimitBytes: 5e12 } });
    await platform.eventually('the files say the disk limit', async () => platform.driver.clusters.get(id)?.desired.diskLimitBytes === 5e12);
    expect((await platform.services.clusters.get(platform.admin, id)).diskLimitBytes).toBe(5e12);
    const pid = platform.driver.clusters.get(id)?.brokers.get(1)?.pid;
    const { id: operationId } = await platform.services.clusters.restart(platform.admin, id);
    await platform.eventually('the restart is done', async () => (await platform.services.operations.get(platform.admin, operationId)).phase === 'SUCCEEDED');
    expect(platform.driver.clusters.get(id)?.brokers.get(1)?.pid).not.toBe(pid);
  });

  it('tries again after what a driver reports as gone wrong', async () => {
    platform.driver.failOnce('prepare');
    const { id } = await platform.cluster(environmentId);
    await platform.until(id, 'PROVISIONED');
    const { items: [operation] } = await platform.services.operations.list(platform.admin, {}, { resourceId: id });
    expect(operation?.steps.filter(({ name }) => name === 'prepare')).toMatchObject([{ phase: 'FAILED', reason: 'prepare failed' }, { phase: 'SUCCEEDED', reason: null }]);
  });

  it('is restarted without touching a running broker, and brings up what is down', async () => {
    const [kept, down] = await Promise.all([platform.cluster(environmentId), platform.cluster(environmentId)]);
    await Promise.all([platform.until(kept.id, 'PROVISIONED'), platform.until(down.id, 'PROVISIONED')]);
    await platform.reconciler().stop();
    const pid = platform.driver.clusters.get(kept.id)?.brokers.get(1)?.pid;
    platform.driver.die(down.id, 1, 'the machine was restarted');
    await platform.restart();
    await platform.eventually('the dead broker is up', async () => platform.driver.clusters.get(down.id)?.brokers.get(1)?.process === 'ready');
    expect(platform.driver.clusters.get(kept.id)?.brokers.get(1)?.pid).toBe(pid);
  });

  it('brings what the operator has changed since to the files, and to brokers when they start', async () => {
    const { id } = await platform.cluster(environmentId);
    await platform.until(id, 'PROVISIONED');
    const pid = platform.driver.clusters.get(id)?.brokers.get(1)?.pid;
    await platform.restart({ desired: { advertisedHost: 'kafka.example.org', bindHost: '0.0.0.0', settings: {} } });
    await platform.eventually('its files name the new address', async () => platform.driver.clusters.get(id)?.desired.advertisedHost === 'kafka.example.org');
    expect(platform.driver.clusters.get(id)?.brokers.get(1)).toMatchObject({ process: 'ready', pid });
    await platform.restart();
  });

  const isReady = (clusterId: string, otherThan?: number | null): boolean => {
    const broker = platform.driver.clusters.get(clusterId)?.brokers.get(1);
    return broker?.process === 'ready' && broker.pid !== otherThan;
  };

  it('watches from its start: a broker that dies next is back at once, and so is one that died while nobody watched', async () => {
    const { id } = await platform.cluster(environmentId);
    await platform.until(id, 'PROVISIONED');
    await platform.reconciler().stop();
    const first = platform.driver.clusters.get(id)?.brokers.get(1)?.pid;
    platform.driver.die(id, 1);
    await platform.restart();
    await platform.eventually('the broker is back after the start', async () => isReady(id, first), 5_000);
    const second = platform.driver.clusters.get(id)?.brokers.get(1)?.pid;
    await platform.restart();
    const looks = platform.driver.watches(id);
    await platform.eventually('it is watched', async () => platform.driver.watches(id) > looks, 5_000);
    platform.driver.die(id, 1);
    await platform.eventually('the broker is back', async () => isReady(id, second), 2_000);
  });

  it('does not wait for the leases that a dead process of the same home has left', async () => {
    const { id } = await platform.cluster(environmentId);
    await platform.until(id, 'PROVISIONED');
    await platform.reconciler().stop();
    const claim = (owner: string) => platform.reconcilerStore.claim({ owner, leaseMs: 60_000, limit: 1, only: id });
    const pid = platform.driver.clusters.get(id)?.brokers.get(1)?.pid;
    expect(await claim('home-1:dead')).toHaveLength(1);
    platform.driver.die(id, 1);
    await platform.restart({ earlierOwners: 'home-1:' });
    await platform.eventually('the broker is back', async () => isReady(id, pid), 5_000);
    await platform.reconciler().stop();
    const [other] = await claim('home-2:alive');
    await platform.restart({ earlierOwners: 'home-1:' });
    expect(await platform.reconcilerStore.renew(other, 60_000)).toBe(true);
    expect(await platform.reconcilerStore.claim({ owner: 'x', leaseMs: 1, limit: 1, only: id })).toEqual([]);
    await platform.reconcilerStore.release(other, 0);
  });

  it('keeps what was signalled while the database could not be asked', async () => {
    const { id } = await platform.cluster(environmentId);
    await platform.until(id, 'PROVISIONED');
    let away = false;
    const store = new Proxy(platform.reconcilerStore, {
      get: (target, name) => (name === 'claim' && away ? () => Promise.reject(new Error('the database is away')) : Reflect.get(target, name)),
    });
    const looks = platform.driver.watches(id);
    await platform.restart({ store });
    await platform.eventually('it is watched', async () => platform.driver.watches(id) > looks, 5_000);
    const pid = platform.driver.clusters.get(id)?.brokers.get(1)?.pid;
    away = true;
    platform.driver.die(id, 1);
    await new Promise((resolve) => { setImmediate(resolve); });
    away = false;
    await platform.eventually('the broker is back', async () => isReady(id, pid), 5_000);
  });

  it('makes a directory anew that was lost, principals and all', async () => {
    const { id } = await platform.cluster(environmentId);
    await platform.until(id, 'PROVISIONED');
    const { apiKey } = await platform.services.apiKeys.create(platform.admin, { ownerId: platform.admin.principalId, resourceId: id });
    platform.driver.lose(id);
    await platform.eventually('it is back', async () => platform.driver.clusters.get(id)?.brokers.get(1)?.process === 'ready');
    expect(platform.driver.clusters.get(id)?.principals?.keys.map((key) => key.id)).toEqual([apiKey.id]);
  });

  it('removes what a cluster that is gone has left, and never what this database doesn\'t know', async () => {
    const { id } = await platform.cluster(environmentId);
    await platform.until(id, 'PROVISIONED');
    await platform.services.clusters.remove(platform.admin, id);
    await platform.eventually('it is gone', async () => (await platform.test.asOwner('SELECT 1 FROM cluster WHERE id = $1', [id])).length === 0);
    platform.driver.leave(id);
    platform.driver.leave('lkc-stranger');
    await platform.restart({ limits: { sweepMs: 20 } });
    await platform.eventually('the leftover is swept', async () => !platform.driver.clusters.has(id));
    expect(platform.driver.clusters.has('lkc-stranger')).toBe(true);
    await platform.driver.remove('lkc-stranger');
  });

  it('makes fifty at once with ports of their own, and deletes them', async () => {
    const made = await Promise.all(Array.from({ length: 50 }, () => platform.cluster(environmentId)));
    const ready = await Promise.all(made.map(({ id }) => platform.until(id, 'PROVISIONED', 30_000)));
    const ports = ready.flatMap((cluster) => Object.values(cluster?.brokers[0].ports ?? {}));
    expect(new Set(ports).size).toBe(150);
    await Promise.all(made.map(({ id }) => platform.services.clusters.remove(platform.admin, id)));
    await platform.eventually('all are gone', async () => made.every(({ id }) => !platform.driver.clusters.has(id)), 30_000);
    await platform.eventually('their rows are gone', async () => (await platform.test.asOwner('SELECT 1 FROM cluster WHERE id = ANY($1)', [made.map(({ id }) => id)])).length === 0, 30_000);
  }, 60_000);

  it('does nothing twice when another holder takes over a lease that ran out', async () => {
    const { id } = await platform.cluster(environmentId);
    await platform.until(id, 'PROVISIONED');
    await platform.reconciler().stop();
    const claim = (owner: string, leaseMs: number) => platform.reconcilerStore.claim({ owner, leaseMs, limit: 10, only: id });
    const [old] = await claim('one', 0);
    const [young] = await claim('two', 60_000);
    expect(young.token).toBeGreaterThan(old.token);
    expect(await claim('three', 60_000)).toEqual([]);
    expect(await platform.reconcilerStore.renew(old, 60_000)).toBe(false);
    expect(await platform.reconcilerStore.beginStep(old, 'start-broker 1', 60_000)).toBe(false);
    expect(await platform.reconcilerStore.load(old, 60_000)).toBeNull();
    expect(await platform.reconcilerStore.markFailed(old, 1, 'late')).toBe(false);
    await platform.reconcilerStore.release(old, 0);
    expect(await platform.reconcilerStore.renew(young, 60_000)).toBe(true);
    await platform.reconcilerStore.release(young, 0);
    await platform.restart();
  });

  /** A crash is a process that stops between two statements: here, a reconciler that never comes back, and a lease that runs out. */
  it.each(crashPoints.filter((point) => !/mark-failed|retry|publish/.test(point) && !changesNodes.test(point)))('converges after a crash at %s', async (point) => {
    let crashed = false;
    const crash = createCrashPoints(point, () => { crashed = true; throw new Error('crash'); });
    const { id: first } = await platform.cluster(environmentId);
    await platform.until(first, 'PROVISIONED');
    await platform.restart({ crash, limits: { backoffFirstMs: 1, leaseMs: 300 } });
    const { id } = await platform.cluster(environmentId);
    await platform.until(id, 'PROVISIONED');
    const { id: restart } = await platform.services.clusters.restart(platform.admin, id);
    await platform.eventually('the restart is done', async () => (await platform.services.operations.get(platform.admin, restart)).phase === 'SUCCEEDED');
    await platform.services.clusters.remove(platform.admin, id);
    await platform.eventually('it is gone', async () => (await platform.test.asOwner('SELECT 1 FROM cluster WHERE id = $1', [id])).length === 0);
    expect(crashed).toBe(true);
    expect(platform.driver.clusters.has(id)).toBe(false);
    await platform.services.clusters.remove(platform.admin, first);
    await platform.eventually('the other is gone', async () => !platform.driver.clusters.has(first));
  });
});
