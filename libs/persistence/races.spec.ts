import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cloudClusterCrn, environmentCrn, organizationCrn, type ApiKeyId, type EnvironmentId, type ServiceAccountId } from '#libs/control/domain';
import type { TenantTransaction } from '#libs/control/application';
import { startTestPlatform, type TestPlatform } from './testing-platform.js';

/** What a request finds may be deleted before the request is through: by a transaction that is committed while it waits for it. */
describe('a request that meets a deletion', () => {
  let platform: TestPlatform;
  beforeAll(async () => { platform = await startTestPlatform(); }, 60_000);
  afterAll(() => platform?.stop(), 30_000);

  const waiting = async (): Promise<boolean> =>
    (await platform.test.asOwner(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)).length > 0;

  /** The request begins when the deletion is done and not committed yet; it is committed as soon as the request waits for it. */
  async function meeting(deletion: (tx: TenantTransaction) => Promise<void>, request: () => Promise<unknown>): Promise<unknown> {
    let answer: Promise<unknown> = Promise.resolve();
    await platform.store.tenant(platform.admin.organizationId, async (tx) => {
      await tx.organizations.lock();
      await deletion(tx);
      answer = request().catch((error: unknown) => error);
      await platform.eventually('the request waits', async () => await waiting() || null);
    });
    return answer;
  }

  const gone = expect.objectContaining({ name: 'ControlFailure', code: 'resource_not_found' });
  let names = 0;
  const account = async (): Promise<string> => { names += 1; return (await platform.services.serviceAccounts.create(platform.admin, { displayName: `raced-${names}` })).id; };
  const keysOf = (ownerId: string) => platform.test.asOwner('SELECT id FROM api_key WHERE owner_id = $1', [ownerId]);

  it('makes no key for an owner that is gone', async () => {
    const ownerId = await account();
    expect(await meeting((tx) => tx.serviceAccounts.remove(ownerId as ServiceAccountId), () => platform.services.apiKeys.create(platform.admin, { ownerId }))).toEqual(gone);
    expect(await keysOf(ownerId)).toEqual([]);
  });

  it('makes no key for a cluster that is going', async () => {
    const [ownerId, cluster] = [await account(), await platform.cluster(await platform.environment())];
    await platform.until(cluster.id, 'PROVISIONED');
    expect(await meeting((tx) => tx.clusters.markDeleted(cluster.id), () => platform.services.apiKeys.create(platform.admin, { ownerId, resourceId: cluster.id }))).toEqual(gone);
    expect(await keysOf(ownerId)).toEqual([]);
  });

  it('binds no role to a principal, in an environment or on a cluster that is going', async () => {
    const { organizationId } = platform.admin;
    const bind = (principalId: string, roleName: string, crnPattern: string) => () =>
      platform.services.roleBindings.create(platform.admin, { principal: `User:${principalId}`, roleName, crnPattern });
    const [first, second, environmentId] = [await account(), await account(), await platform.environment()];
    expect(await meeting((tx) => tx.serviceAccounts.remove(first as ServiceAccountId), bind(first, 'OrganizationAdmin', organizationCrn(organizationId)))).toEqual(gone);
    expect(await meeting((tx) => tx.environments.remove(environmentId as EnvironmentId), bind(second, 'EnvironmentAdmin', environmentCrn(organizationId, environmentId)))).toEqual(gone);
    const cluster = await platform.cluster(await platform.environment());
    await platform.until(cluster.id, 'PROVISIONED');
    const crn = cloudClusterCrn(organizationId, cluster.environmentId, cluster.id);
    expect(await meeting((tx) => tx.clusters.markDeleted(cluster.id), bind(second, 'CloudClusterAdmin', crn))).toEqual(gone);
  });

  it('changes nothing that is gone, and is told so', async () => {
    const { services, admin } = platform;
    const key = async (): Promise<string> => (await services.apiKeys.create(admin, { ownerId: admin.principalId })).apiKey.id;
    const [removed, renamed, ownerId, environmentId] = [await key(), await key(), await account(), await platform.environment()];
    expect(await meeting((tx) => tx.apiKeys.remove(removed as ApiKeyId), () => services.apiKeys.remove(admin, removed))).toEqual(gone);
    expect(await meeting((tx) => tx.apiKeys.remove(renamed as ApiKeyId), () => services.apiKeys.update(admin, renamed, { displayName: 'late' }))).toEqual(gone);
    expect(await meeting((tx) => tx.serviceAccounts.remove(ownerId as ServiceAccountId), () => services.serviceAccounts.update(admin, ownerId, { description: 'late' }))).toEqual(gone);
    expect(await meeting((tx) => tx.environments.remove(environmentId as EnvironmentId), () => services.environments.update(admin, environmentId, { displayName: 'late' }))).toEqual(gone);
  });
});
