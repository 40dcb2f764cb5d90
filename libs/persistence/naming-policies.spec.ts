import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { environmentCrn, type Caller } from '#libs/control/domain';
import { startTestPlatform, type TestPlatform } from './testing-platform.js';

// A database and several clusters a test: more than a crowded machine does in Jest's five seconds.
jest.setTimeout(60_000);

describe('naming policies', () => {
  let platform: TestPlatform;
  let policies: TestPlatform['services']['namingPolicies'];
  let admin: Caller;
  let strangers: Caller;
  const template = '<env>.<service>.<jira>.<type>';
  const failing = (code: string, pointer?: string) => expect.objectContaining({ name: 'ControlFailure', code, ...(pointer === undefined ? {} : { source: { pointer } }) });

  beforeAll(async () => {
    platform = await startTestPlatform();
    ({ admin, services: { namingPolicies: policies } } = platform);
    const { apiKey, secret } = await platform.services.organizations.create(admin, { displayName: 'strangers' });
    strangers = await platform.callerOf(apiKey.id, secret);
  }, 60_000);
  afterAll(() => platform?.stop(), 30_000);

  const accountWith = async (roleName: string | null, crnPattern: string): Promise<Caller> => {
    const account = await platform.services.serviceAccounts.create(admin, { displayName: `${roleName ?? 'none'}-${crnPattern}`.slice(-60) });
    if (roleName !== null) await platform.services.roleBindings.create(admin, { principal: `User:${account.id}`, roleName, crnPattern });
    const { apiKey, secret } = await platform.services.apiKeys.create(admin, { ownerId: account.id });
    return platform.callerOf(apiKey.id, secret);
  };
  const onBroker = (clusterId: string) => platform.driver.clusters.get(clusterId)?.principals ?? null;
  const running = async (environmentId: string): Promise<string> => {
    const { id } = await platform.cluster(environmentId);
    await platform.until(id, 'PROVISIONED');
    return id;
  };

  it('are set, completed, replaced, read and removed', async () => {
    const environmentId = await platform.environment();
    await expect(policies.get(admin, environmentId)).rejects.toEqual(failing('resource_not_found'));
    const first = await policies.set(admin, environmentId, { mode: 'warn', template });
    expect(first.policy).toMatchObject({ mode: 'warn', template, parts: [{ name: 'env' }, { name: 'service' }, { name: 'jira', pattern: '[a-z]+-[0-9]+' }, { name: 'type' }] });
    const second = await policies.set(admin, environmentId, { mode: 'enforce', template: '<a>', parts: [{ name: 'a', values: ['x', 'y.z'] }], exemptions: { patterns: [] } });
    expect(await policies.get(admin, environmentId)).toEqual(second);
    expect(second.policy).toEqual({ mode: 'enforce', template: '<a>', parts: [{ name: 'a', values: ['x', 'y.z'] }], exemptions: { names: [], prefixes: [], patterns: [] } });
    expect(second.createdAt).toEqual(first.createdAt);
    await expect(policies.set(admin, environmentId, { mode: 'enforce', template: '<a>', parts: [{ name: 'a', pattern: '(' }] })).rejects.toEqual(failing('invalid_naming_policy', '/parts/0/pattern'));
    expect(await policies.get(admin, environmentId)).toEqual(second);
    await policies.remove(admin, environmentId);
    await expect(policies.get(admin, environmentId)).rejects.toEqual(failing('resource_not_found'));
    await expect(policies.remove(admin, environmentId)).rejects.toEqual(failing('resource_not_found'));
    expect(await platform.test.asOwner('SELECT action FROM audit_event WHERE resource_id = $1 AND action LIKE \'naming%\' ORDER BY id', [environmentId]))
      .toEqual([{ action: 'naming-policy.update' }, { action: 'naming-policy.update' }, { action: 'naming-policy.delete' }]);
  });

  it('reach the brokers of the environment at once, those made later from the start, and no other\'s', async () => {
    const [environmentId, elsewhere] = [await platform.environment(), await platform.environment()];
    const [clusterId, other] = [await running(environmentId), await running(elsewhere)];
    expect(onBroker(clusterId)?.namingPolicy).toBeNull();
    const [before, otherBefore] = [onBroker(clusterId)!.sequence, onBroker(other)!.sequence];
    const { policy } = await policies.set(admin, environmentId, { mode: 'enforce', template });
    expect(onBroker(clusterId)).toMatchObject({ sequence: before + 1, namingPolicy: policy });
    expect(onBroker(other)).toMatchObject({ sequence: otherBefore, namingPolicy: null });
    expect(onBroker(await running(environmentId))?.namingPolicy).toEqual(policy);
    await policies.remove(admin, environmentId);
    expect(onBroker(clusterId)).toMatchObject({ sequence: before + 2, namingPolicy: null });
  });

  it('are in what a cluster gets that is made at the same time', async () => {
    const environmentId = await platform.environment();
    const [{ id }] = await Promise.all([platform.cluster(environmentId), policies.set(admin, environmentId, { mode: 'enforce', template })]);
    await platform.until(id, 'PROVISIONED');
    await platform.eventually('the broker has the policy', async () => onBroker(id)?.namingPolicy?.mode === 'enforce');
  });

  it('go with their environment', async () => {
    const environmentId = await platform.environment();
    await policies.set(admin, environmentId, { mode: 'off', template });
    await platform.services.environments.remove(admin, environmentId);
    expect(await platform.test.asOwner('SELECT 1 FROM naming_policy WHERE environment_id = $1', [environmentId])).toEqual([]);
  });

  it('are the administrators\' to set; who administers a cluster in it may read and check', async () => {
    const environmentId = await platform.environment();
    const clusterId = await running(environmentId);
    const inEnvironment = environmentCrn(admin.organizationId, environmentId);
    const [environmentAdmin, clusterAdmin, nobody] = [
      await accountWith('EnvironmentAdmin', inEnvironment), await accountWith('CloudClusterAdmin', `${inEnvironment}/cloud-cluster=${clusterId}`), await accountWith(null, environmentId),
    ];
    await policies.set(environmentAdmin, environmentId, { mode: 'enforce', template });
    expect((await policies.get(clusterAdmin, environmentId)).policy.mode).toBe('enforce');
    expect((await policies.check(clusterAdmin, environmentId, ['dev.a.b-1.c'])).names[0].fits).toBe(true);
    for (const caller of [clusterAdmin, nobody]) {
      await expect(policies.set(caller, environmentId, { mode: 'off', template })).rejects.toEqual(failing('user_unauthorized'));
      await expect(policies.remove(caller, environmentId)).rejects.toEqual(failing('user_unauthorized'));
    }
    await expect(policies.get(nobody, environmentId)).rejects.toEqual(failing('user_unauthorized'));
    await expect(policies.check(nobody, environmentId, ['a'])).rejects.toEqual(failing('user_unauthorized'));
    await expect(policies.templates(nobody, {})).rejects.toEqual(failing('user_unauthorized'));
    const first = await policies.templates(clusterAdmin, { pageSize: 3 });
    const second = await policies.templates(clusterAdmin, { pageSize: 3, pageToken: first.nextPageToken! });
    expect([first.items.length, second.items.map((item) => item.template), second.nextPageToken, second.totalSize]).toEqual([3, ['<cluster>.<env>.<service>.<type>'], null, 4]);
  });

  it('don\'t exist for another organization, neither by the API nor in its transactions', async () => {
    const environmentId = await platform.environment();
    await policies.set(admin, environmentId, { mode: 'enforce', template });
    for (const attempt of [policies.get(strangers, environmentId), policies.set(strangers, environmentId, { mode: 'off', template }), policies.remove(strangers, environmentId), policies.check(strangers, environmentId, ['a'])]) {
      await expect(attempt).rejects.toEqual(failing('resource_not_found'));
    }
    expect(await platform.store.tenant(strangers.organizationId, (tx) => tx.namingPolicies.get(environmentId))).toBeNull();
    await expect(platform.store.tenant(strangers.organizationId, (tx) => tx.namingPolicies.put(environmentId as never, { mode: 'off', template: '<a>', parts: [], exemptions: { names: [], prefixes: [], patterns: [] } }))).rejects.toThrow();
    expect((await policies.get(admin, environmentId)).policy.mode).toBe('enforce');
  });

  it('are tried out as drafts, for a bounded number of names', async () => {
    const environmentId = await platform.environment();
    await expect(policies.check(admin, environmentId, ['a'])).rejects.toEqual(failing('resource_not_found'));
    const { names } = await policies.check(admin, environmentId, ['prd.marketing-team.sms-platform.json', 'PRD.x'], { mode: 'off', template: '<env>.<team>.<app>.<type>' });
    expect(names.map((name) => [name.fits, name.proposal.topicName])).toEqual([[true, 'prd.marketing-team.sms-platform.json'], [false, expect.stringMatching(/^prd\./)]]);
    await expect(policies.check(admin, environmentId, ['a'], { mode: 'off', template: '' })).rejects.toEqual(failing('invalid_naming_policy', '/policy/template'));
    for (const many of [[], Array.from({ length: 51 }, () => 'a')]) await expect(policies.check(admin, environmentId, many)).rejects.toEqual(failing('invalid_configuration', '/topic_names'));
  });
});
