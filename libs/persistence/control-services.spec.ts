import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { cloudClusterCrn, controlLimits, environmentCrn, organizationCrn, secretDigest, type Caller } from '#libs/control/domain';
import { startTestPlatform, type TestPlatform } from './testing-platform.js';

// A database and several clusters a test: more than a crowded machine does in Jest's five seconds.
jest.setTimeout(60_000);

describe('use cases', () => {
  let platform: TestPlatform;
  let services: TestPlatform['services'];
  let admin: Caller;
  beforeAll(async () => {
    platform = await startTestPlatform();
    ({ services, admin } = platform);
  }, 60_000);
  afterAll(() => platform?.stop(), 30_000);

  const failing = (code: string) => expect.objectContaining({ name: 'ControlFailure', code });
  let names = 0;
  const account = async (): Promise<string> => { names += 1; return (await services.serviceAccounts.create(admin, { displayName: `account-${names}` })).id; };
  const cloudKeyOf = async (ownerId: string): Promise<Caller> => {
    const { apiKey, secret } = await services.apiKeys.create(admin, { ownerId });
    return platform.callerOf(apiKey.id, secret);
  };
  const bind = (principal: string, roleName: string, crnPattern: string) => services.roleBindings.create(admin, { principal: `User:${principal}`, roleName, crnPattern });
  const running = async (environmentId: string): Promise<string> => {
    const { id } = await platform.cluster(environmentId);
    await platform.until(id, 'PROVISIONED');
    return id;
  };
  const keysOnBrokers = (clusterId: string) => platform.driver.clusters.get(clusterId)?.principals?.keys.map((key) => key.id) ?? [];

  describe('the first administrator', () => {
    it('is made once, whoever starts, and its key can be rotated', async () => {
      expect(await Promise.all([services.administration.bootstrapAdministrator(), services.administration.bootstrapAdministrator()])).toEqual([null, null]);
      const rotated = await services.administration.rotateAdministratorKey();
      expect(rotated).toMatchObject({ organizationId: admin.organizationId, userId: admin.principalId });
      expect(await services.administration.isAdministratorKey(rotated.apiKey)).toBe(true);
      expect(await services.administration.isAdministratorKey(admin.keyId)).toBe(false);
      expect(await platform.callerOf(rotated.apiKey, rotated.apiSecret)).toMatchObject({ kind: 'cloud-key', principalId: admin.principalId });
    });
  });

  describe('authentication', () => {
    it('refuses an unknown key, a wrong secret and a deleted key alike', async () => {
      const { apiKey, secret } = await services.apiKeys.create(admin, { ownerId: admin.principalId });
      const attempt = (keyId: string, given: string) => services.authentication.authenticate({ keyId, secret: given, requestId: 'r' });
      expect(await attempt(apiKey.id, secret)).toMatchObject({ keyId: apiKey.id, kind: 'cloud-key' });
      expect(await attempt(apiKey.id, `${secret}x`)).toBeNull();
      expect(await attempt('BBBBBBBBBBBBBBBB', secret)).toBeNull();
      expect(await attempt('', '')).toBeNull();
      expect(await attempt('\u0000', 'x'.repeat(100_000))).toBeNull();
      await services.apiKeys.remove(admin, apiKey.id);
      expect(await attempt(apiKey.id, secret)).toBeNull();
    });

    it('keeps no secret in the database', async () => {
      const { apiKey, secret } = await services.apiKeys.create(admin, { ownerId: admin.principalId });
      const [row] = await platform.test.asOwner<{ text: string; digest: string }>('SELECT api_key::text AS text, secret_sha256 AS digest FROM api_key WHERE id = $1', [apiKey.id]);
      expect(row.text).not.toContain(secret);
      expect(row.digest).toBe(secretDigest(secret));
    });
  });

  describe('environments and service accounts', () => {
    it('are made, changed and deleted; names are unique among the living', async () => {
      const environment = await services.environments.create(admin, { displayName: 'orders' });
      await expect(services.environments.create(admin, { displayName: 'orders' })).rejects.toMatchObject({ code: 'resource_already_exists', kind: 'conflict', conflictingId: environment.id });
      expect(await services.environments.update(admin, environment.id, { displayName: 'orders' })).toMatchObject({ displayName: 'orders' });
      await services.environments.remove(admin, environment.id);
      await expect(services.environments.get(admin, environment.id)).rejects.toEqual(failing('resource_not_found'));
      await services.environments.remove(admin, (await services.environments.create(admin, { displayName: 'orders' })).id);
      for (const displayName of ['', '   ', 'x'.repeat(65), 'a\nb']) await expect(services.environments.create(admin, { displayName })).rejects.toEqual(failing('invalid_display_name'));
      const one = await services.serviceAccounts.create(admin, { displayName: 'app', description: 'first' });
      await expect(services.serviceAccounts.create(admin, { displayName: 'app' })).rejects.toMatchObject({ code: 'resource_already_exists', conflictingId: one.id });
      expect(await services.serviceAccounts.update(admin, one.id, { description: 'second' })).toMatchObject({ displayName: 'app', description: 'second' });
      await services.serviceAccounts.remove(admin, one.id);
      await expect(services.serviceAccounts.remove(admin, one.id)).rejects.toEqual(failing('resource_not_found'));
    });

    it('lets one of twenty creations with the same name through', async () => {
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => services.environments.create(admin, { displayName: 'raced' })));
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toEqual(failing('resource_already_exists'));
    });

    it('deletes an environment as soon as its last cluster is asked to go', async () => {
      const environmentId = await platform.environment();
      const { id } = await platform.cluster(environmentId);
      await expect(services.environments.remove(admin, environmentId)).rejects.toEqual(failing('environment_not_empty'));
      await services.clusters.remove(admin, id);
      await services.environments.remove(admin, environmentId);
      await expect(services.environments.get(admin, environmentId)).rejects.toEqual(failing('resource_not_found'));
      await platform.eventually('no row is left', async () => (await platform.test.asOwner('SELECT 1 FROM environment WHERE id = $1', [environmentId])).length === 0);
    });
  });

  describe('paging', () => {
    it('goes through a list once, in the order of creation, and refuses what isn\'t a page', async () => {
      const made: string[] = [];
      for (let index = 0; index < 25; index += 1) made.push(await account());
      const seen: string[] = [];
      let pageToken: string | undefined;
      do {
        const page = await services.serviceAccounts.list(admin, { pageSize: 7, pageToken });
        expect(page.items.length).toBeLessThanOrEqual(7);
        expect(page.totalSize).toBeGreaterThanOrEqual(25);
        seen.push(...page.items.map((item) => item.id));
        pageToken = page.nextPageToken ?? undefined;
      } while (pageToken);
      expect(seen.filter((id) => made.includes(id))).toEqual(made);
      expect(new Set(seen).size).toBe(seen.length);
      expect((await services.serviceAccounts.list(admin, {})).items).toHaveLength(10);
      for (const pageSize of [0, -1, 1.5, 101]) await expect(services.serviceAccounts.list(admin, { pageSize })).rejects.toEqual(failing('invalid_page_size'));
      for (const token of ['x', '!!', 'a'.repeat(500), Buffer.from('x/y').toString('base64url')]) {
        await expect(services.serviceAccounts.list(admin, { pageToken: token })).rejects.toEqual(failing('invalid_page_token'));
      }
    });
  });

  it('takes hostile texts for what they are', async () => {
    for (const id of ['\u0000', 'env-\u0000', '\ud800', `' OR 1=1 --`, 'x'.repeat(10_000), '__proto__', '']) {
      const expected = { kind: id.includes('\u0000') ? 'malformed' : 'not-found' };
      await expect(services.environments.get(admin, id)).rejects.toMatchObject(expected);
      await expect(services.clusters.get(admin, id)).rejects.toMatchObject(expected);
      await expect(services.apiKeys.remove(admin, id)).rejects.toMatchObject(expected);
      await expect(services.operations.get(admin, id)).rejects.toMatchObject(expected);
    }
    await expect(services.serviceAccounts.list(admin, {}, { displayName: '\u0000' })).rejects.toEqual(failing('invalid_filter'));
  });

  describe('clusters', () => {
    it('have their rules', async () => {
      const environmentId = await platform.environment();
      const create = (change: object) => services.clusters.create(admin, { environmentId, displayName: 'c', cloud: 'AWS', region: 'here', ...change });
      await expect(create({ cloud: 'MOON' })).rejects.toEqual(failing('invalid_cloud'));
      await expect(create({ region: 'fake-two' })).rejects.toEqual(failing('invalid_region'));
      await expect(create({ config: { kind: 'Dedicated', cku: 0 } })).rejects.toEqual(failing('invalid_configuration'));
      await expect(create({ config: { kind: 'Dedicated', cku: 1 }, availability: 'MULTI_ZONE' })).rejects.toEqual(failing('invalid_configuration'));
      await expect(create({ environmentId: 'env-none' })).rejects.toEqual(failing('resource_not_found'));
      const cluster = await create({ deletionProtection: true });
      expect(cluster).toMatchObject({ phase: 'PROVISIONING', config: { kind: 'Basic' }, flushMode: 'ack', availability: 'SINGLE_ZONE', kafkaClusterId: expect.stringMatching(/^[\w-]{22}$/) });
      await expect(services.clusters.remove(admin, cluster.id)).rejects.toEqual(failing('deletion_protected'));
      const update = (change: object) => services.clusters.update(admin, cluster.id, environmentId, change);
      await expect(update({ region: 'us-east-2' })).rejects.toEqual(failing('immutable_field'));
      await expect(update({ config: { kind: 'Enterprise' } })).rejects.toEqual(failing('immutable_field'));
      expect(await update({ config: { kind: 'Standard' }, displayName: 'd' })).toMatchObject({ config: { kind: 'Standard' }, displayName: 'd' });
      await expect(update({ config: { kind: 'Basic' } })).rejects.toEqual(failing('immutable_field'));
      await expect(services.clusters.get(admin, cluster.id, await platform.environment())).rejects.toEqual(failing('resource_not_found'));
      await update({ deletionProtection: false });
      await services.clusters.remove(admin, cluster.id);
      await expect(services.clusters.get(admin, cluster.id)).rejects.toEqual(failing('resource_not_found'));
    });

    it('lets exactly one more in at the quota\'s edge', async () => {
      const environmentId = await platform.environment();
      const present = Number((await platform.test.asOwner<{ count: string }>('SELECT count(*) FROM cluster WHERE deleted_at IS NULL'))[0].count);
      const limit = controlLimits.clustersPerOrganizationMax;
      controlLimits.clustersPerOrganizationMax = present + 1;
      try {
        const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => platform.cluster(environmentId)));
        expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
        for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toEqual(failing('quota_exceeded'));
      } finally {
        controlLimits.clustersPerOrganizationMax = limit;
      }
    });
  });

  describe('keys and brokers', () => {
    it('are on the brokers when the answer comes, and off them when a deletion\'s does', async () => {
      const environmentId = await platform.environment();
      const clusterId = await running(environmentId);
      const ownerId = await account();
      const { apiKey, secret } = await services.apiKeys.create(admin, { ownerId, resourceId: clusterId, environmentId });
      expect(keysOnBrokers(clusterId)).toEqual([apiKey.id]);
      const [known] = platform.driver.clusters.get(clusterId)?.principals?.keys ?? [];
      expect(known).toMatchObject({ principal: `User:${ownerId}`, secretSha256: secretDigest(secret), scram: { 'SCRAM-SHA-512': { iterations: 8192 } } });
      expect(platform.driver.clusters.get(clusterId)?.principals?.grants).toEqual([{ principal: `User:${admin.principalId}`, role: 'OrganizationAdmin' }]);
      const caller = await platform.callerOf(apiKey.id, secret);
      expect(await services.dataPlane.access(caller, clusterId)).toMatchObject({ as: { mode: 'caller', username: apiKey.id, password: secret } });
      expect(await services.dataPlane.access(admin, clusterId)).toMatchObject({ as: { mode: 'platform' }, brokers: [{ nodeId: 1 }] });
      await expect(services.environments.list(caller, {})).rejects.toEqual(failing('invalid_api_key'));
      await expect(services.dataPlane.access(caller, await running(environmentId))).rejects.toEqual(failing('invalid_api_key'));
      await services.serviceAccounts.remove(admin, ownerId);
      expect(keysOnBrokers(clusterId)).toEqual([]);
      await expect(services.apiKeys.get(admin, apiKey.id)).rejects.toEqual(failing('resource_not_found'));
    });

    it('lists by owner and resource', async () => {
      const environmentId = await platform.environment();
      const { id: clusterId } = await platform.cluster(environmentId);
      const ownerId = await account();
      const { apiKey: cloud } = await services.apiKeys.create(admin, { ownerId });
      const { apiKey: cluster } = await services.apiKeys.create(admin, { ownerId, resourceId: clusterId });
      const ids = async (filter: object) => (await services.apiKeys.list(admin, { pageSize: 100 }, filter)).items.map((key) => key.id);
      expect(await ids({ ownerId })).toEqual([cloud.id, cluster.id]);
      expect(await ids({ ownerId, resourceId: clusterId })).toEqual([cluster.id]);
      expect(await ids({ ownerId, resourceId: 'cloud' })).toEqual([cloud.id]);
      expect(cluster.resource).toEqual({ clusterId, environmentId });
      await expect(services.apiKeys.create(admin, { ownerId: 'sa-none' })).rejects.toEqual(failing('resource_not_found'));
      await expect(services.apiKeys.create(admin, { ownerId, resourceId: 'lsrc-1' })).rejects.toEqual(failing('invalid_resource'));
    });

    it('never go back to an older content when two changes cross', async () => {
      const clusterId = await running(await platform.environment());
      const ownerId = await account();
      const made = await Promise.all(Array.from({ length: 8 }, () => services.apiKeys.create(admin, { ownerId, resourceId: clusterId })));
      expect([...keysOnBrokers(clusterId)].sort()).toEqual(made.map(({ apiKey }) => apiKey.id).sort());
      await Promise.all(made.map(({ apiKey }) => services.apiKeys.remove(admin, apiKey.id)));
      expect(keysOnBrokers(clusterId)).toEqual([]);
    });

    it('come to the brokers later when the driver fails at first', async () => {
      const clusterId = await running(await platform.environment());
      platform.driver.failOnce('applyPrincipals');
      const { apiKey } = await services.apiKeys.create(admin, { ownerId: await account(), resourceId: clusterId });
      await platform.eventually('the reconciler has applied it', async () => keysOnBrokers(clusterId).includes(apiKey.id));
    });

    it('answers in time when the driver hangs', async () => {
      const clusterId = await running(await platform.environment());
      const ownerId = await account();
      const release = platform.driver.holdPrincipals();
      try {
        // Answered while it hangs: nothing lets go of it before.
        const { apiKey } = await services.apiKeys.create(admin, { ownerId, resourceId: clusterId });
        expect(keysOnBrokers(clusterId)).not.toContain(apiKey.id);
        release();
        await platform.eventually('the brokers have it once the driver goes on', async () => keysOnBrokers(clusterId).includes(apiKey.id));
      } finally {
        release();
      }
    });
  });

  describe('roles', () => {
    it('reach as far as their scope, on the platform and on the brokers', async () => {
      const [mine, other] = [await platform.environment(), await platform.environment()];
      const clusterId = await running(mine);
      const strangerId = await running(other);
      const ownerId = await account();
      const caller = await cloudKeyOf(ownerId);
      expect((await services.environments.list(caller, {})).items).toEqual([]);
      await expect(services.clusters.get(caller, clusterId)).rejects.toEqual(failing('user_unauthorized'));
      await expect(services.dataPlane.access(caller, clusterId)).rejects.toEqual(failing('user_unauthorized'));
      const organizationId = admin.organizationId;
      const binding = await bind(ownerId, 'CloudClusterAdmin', cloudClusterCrn(organizationId, mine, clusterId));
      expect(platform.driver.clusters.get(clusterId)?.principals?.grants).toContainEqual({ principal: `User:${ownerId}`, role: 'CloudClusterAdmin' });
      expect(await services.dataPlane.access(caller, clusterId)).toMatchObject({ as: { mode: 'platform' } });
      expect((await services.environments.list(caller, {})).items.map((item) => item.id)).toEqual([mine]);
      expect((await services.clusters.list(caller, {}, { environmentId: mine })).items.map((item) => item.id)).toEqual([clusterId]);
      await expect(services.clusters.get(caller, strangerId)).rejects.toEqual(failing('user_unauthorized'));
      await expect(services.environments.create(caller, { displayName: 'x' })).rejects.toEqual(failing('user_unauthorized'));
      // Nobody gives away more than they have, and nobody borrows an administrator's name.
      await expect(services.roleBindings.create(caller, { principal: `User:${ownerId}`, roleName: 'OrganizationAdmin', crnPattern: organizationCrn(organizationId) })).rejects.toEqual(failing('user_unauthorized'));
      await expect(services.roleBindings.create(caller, { principal: `User:${ownerId}`, roleName: 'EnvironmentAdmin', crnPattern: environmentCrn(organizationId, mine) })).rejects.toEqual(failing('user_unauthorized'));
      await expect(services.apiKeys.create(caller, { ownerId: admin.principalId, resourceId: clusterId })).rejects.toEqual(failing('user_unauthorized'));
      await expect(services.apiKeys.create(caller, { ownerId })).rejects.toEqual(failing('user_unauthorized'));
      expect((await services.apiKeys.create(caller, { ownerId, resourceId: clusterId })).apiKey.resource?.clusterId).toBe(clusterId);
      await expect(bind(ownerId, 'CloudClusterAdmin', cloudClusterCrn(organizationId, mine, clusterId))).rejects.toMatchObject({ code: 'resource_already_exists', conflictingId: binding.id });
      expect(await services.roleBindings.remove(admin, binding.id)).toEqual(binding);
      expect(platform.driver.clusters.get(clusterId)?.principals?.grants).toEqual([{ principal: `User:${admin.principalId}`, role: 'OrganizationAdmin' }]);
    });

    it('are found by pattern, and the last administrator stays', async () => {
      const environmentId = await platform.environment();
      const { id: clusterId } = await platform.cluster(environmentId);
      const ownerId = await account();
      const organizationId = admin.organizationId;
      const onEnvironment = await bind(ownerId, 'EnvironmentAdmin', environmentCrn(organizationId, environmentId));
      const onCluster = await bind(ownerId, 'CloudClusterAdmin', `${cloudClusterCrn(organizationId, environmentId, clusterId)}/kafka=${clusterId}`);
      const find = async (crnPattern: string) => (await services.roleBindings.list(admin, { pageSize: 100 }, { crnPattern, principal: `User:${ownerId}` })).items.map((item) => item.id);
      expect(await find(environmentCrn(organizationId, environmentId))).toEqual([onEnvironment.id]);
      expect(await find(`${environmentCrn(organizationId, environmentId)}/*`)).toEqual([onEnvironment.id, onCluster.id]);
      expect(await find(`${organizationCrn(organizationId)}/*`)).toEqual([onEnvironment.id, onCluster.id]);
      expect(await find(organizationCrn(organizationId))).toEqual([]);
      await expect(bind(ownerId, 'CloudClusterAdmin', environmentCrn(organizationId, environmentId))).rejects.toEqual(failing('invalid_crn'));
      await expect(bind(ownerId, 'PlatformOperator', organizationCrn(organizationId))).rejects.toEqual(failing('invalid_role'));
      await expect(find('nonsense')).rejects.toEqual(failing('invalid_crn'));
      const all = await services.roleBindings.list(admin, { pageSize: 100 }, { crnPattern: organizationCrn(organizationId) });
      expect(all.items.map((item) => item.roleName)).toEqual(['OrganizationAdmin']);
      await expect(services.roleBindings.remove(admin, all.items[0].id)).rejects.toEqual(failing('last_administrator'));
    });
  });

  describe('another organization', () => {
    it('is made by the operator alone, and finds nothing of ours', async () => {
      const { apiKey: operatorKey, apiSecret } = await services.administration.rotateAdministratorKey();
      const operator = await platform.callerOf(operatorKey, apiSecret);
      // An administrator may make keys that speak as another user: such a one must not make an operator of them.
      const lookalike = await cloudKeyOf(operator.principalId);
      await expect(services.organizations.create(lookalike, { displayName: 'Second' })).rejects.toEqual(failing('user_unauthorized'));
      const made = await services.organizations.create(operator, { displayName: 'Second' });
      const stranger = await platform.callerOf(made.apiKey.id, made.secret);
      expect(stranger.organizationId).toBe(made.organization.id);
      await expect(services.organizations.create(stranger, { displayName: 'Third' })).rejects.toEqual(failing('user_unauthorized'));
      const environmentId = await platform.environment();
      const { id: clusterId } = await platform.cluster(environmentId);
      const ownerId = await account();
      const { apiKey } = await services.apiKeys.create(admin, { ownerId });
      const [operation] = (await services.operations.list(admin, {}, { resourceId: clusterId })).items;
      const [binding] = (await services.roleBindings.list(admin, {}, { crnPattern: organizationCrn(admin.organizationId) })).items;
      const attempts: (() => Promise<unknown>)[] = [
        () => services.organizations.get(stranger, admin.organizationId),
        () => services.organizations.update(stranger, admin.organizationId, { displayName: 'x' }),
        () => services.environments.get(stranger, environmentId),
        () => services.environments.update(stranger, environmentId, { displayName: 'x' }),
        () => services.environments.remove(stranger, environmentId),
        () => services.users.get(stranger, admin.principalId),
        () => services.serviceAccounts.get(stranger, ownerId),
        () => services.serviceAccounts.update(stranger, ownerId, { description: 'x' }),
        () => services.serviceAccounts.remove(stranger, ownerId),
        () => services.apiKeys.get(stranger, apiKey.id),
        () => services.apiKeys.update(stranger, apiKey.id, { displayName: 'x' }),
        () => services.apiKeys.remove(stranger, apiKey.id),
        () => services.apiKeys.create(stranger, { ownerId }),
        () => services.apiKeys.create(stranger, { ownerId: stranger.principalId, resourceId: clusterId }),
        () => services.clusters.list(stranger, {}, { environmentId }),
        () => services.clusters.get(stranger, clusterId),
        () => services.clusters.create(stranger, { environmentId, displayName: 'x', cloud: 'AWS', region: 'here' }),
        () => services.clusters.update(stranger, clusterId, environmentId, { displayName: 'x' }),
        () => services.clusters.remove(stranger, clusterId),
        () => services.clusters.restart(stranger, clusterId),
        () => services.operations.get(stranger, operation.id),
        () => services.dataPlane.access(stranger, clusterId),
        () => services.roleBindings.get(stranger, binding.id),
        () => services.roleBindings.remove(stranger, binding.id),
        () => services.roleBindings.list(stranger, {}, { crnPattern: organizationCrn(admin.organizationId) }),
        () => services.roleBindings.create(stranger, { principal: `User:${stranger.principalId}`, roleName: 'OrganizationAdmin', crnPattern: organizationCrn(admin.organizationId) }),
        () => services.roleBindings.create(stranger, { principal: `User:${ownerId}`, roleName: 'OrganizationAdmin', crnPattern: organizationCrn(stranger.organizationId) }),
      ];
      for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'resource_not_found', kind: 'not-found' });
      expect((await services.operations.list(stranger, {})).items).toEqual([]);
      expect((await services.serviceAccounts.list(stranger, {})).items).toEqual([]);
      expect((await services.environments.list(stranger, {})).items).toEqual([]);
      expect((await services.organizations.list(stranger, {})).items.map((item) => item.id)).toEqual([stranger.organizationId]);
    });
  });
});
