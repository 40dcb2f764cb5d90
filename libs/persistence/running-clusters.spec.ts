import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startTestPlatform, type TestPlatform } from './testing-platform.js';

// A database and clusters a test: more than a crowded machine does in Jest's five seconds.
jest.setTimeout(60_000);

describe('clusters that should answer the operator', () => {
  let platform: TestPlatform;
  beforeAll(async () => { platform = await startTestPlatform(); }, 60_000);
  afterAll(() => platform?.stop(), 30_000);

  const provisioned = async (environmentId: string): Promise<string> => {
    const { id } = await platform.cluster(environmentId);
    await platform.until(id, 'PROVISIONED');
    return id;
  };
  const asked = async (limit = 100): Promise<string[]> => (await platform.services.installation.runningClusters(platform.admin, limit)).map(({ clusterId }) => clusterId);

  it('are those that have come up, of every tenant: one that has failed since is down, and not gone', async () => {
    const { apiKey, secret } = await platform.services.organizations.create(platform.admin, { displayName: 'strangers' });
    const strangers = await platform.callerOf(apiKey.id, secret);
    const environmentId = await platform.environment();
    const theirs = await platform.services.environments.create(strangers, { displayName: 'theirs' });
    const [healthy, fallen] = [await provisioned(environmentId), await provisioned(environmentId)];
    const { id: foreign } = await platform.services.clusters.create(strangers, { environmentId: theirs.id, displayName: 'foreign', cloud: 'AWS', region: 'us-east-2' });
    await platform.eventually('the stranger\'s cluster has come up', async () => (await asked()).includes(foreign));
    await platform.reconciler().stop();
    await platform.test.asOwner('UPDATE cluster SET phase = \'FAILED\', failure_reason = \'broker 1 does not start\' WHERE id = $1', [fallen]);
    const { id: unborn } = await platform.cluster(environmentId);
    await platform.test.asOwner('UPDATE cluster SET phase = \'FAILED\', failure_reason = \'broker 1 does not start\' WHERE id = $1', [unborn]);
    expect(await asked()).toEqual([healthy, fallen, foreign].sort());
    expect(await asked(2)).toEqual([healthy, fallen, foreign].sort().slice(0, 2));
    await expect(platform.services.installation.runningClusters(strangers, 100)).rejects.toMatchObject({ code: 'user_unauthorized' });
  });
});
