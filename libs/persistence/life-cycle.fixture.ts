/** What specs of clusters of several nodes ask again and again: a platform on a real database with a machine in memory. */
import { afterAll, beforeAll, beforeEach, jest } from '@jest/globals';
import type { SluiceClusterInput } from '#libs/control/application';
import type { Cluster, Operation, OperationKind } from '#libs/control/domain';
import { startTestPlatform, type TestPlatform } from './testing-platform.js';

export interface LifeCycle {
  readonly platform: TestPlatform;
  readonly environmentId: string;
  world(id: string): NonNullable<ReturnType<TestPlatform['driver']['clusters']['get']>>;
  provisioned(sluice?: SluiceClusterInput): Promise<string>;
  update(id: string, sluice: SluiceClusterInput): Promise<Cluster>;
  /** The newest of its kind. */
  last(id: string, kind: OperationKind): Promise<Operation>;
  finished(id: string, kind: OperationKind, deadlineMs?: number): Promise<Operation>;
}

/** To be called in a `describe`: the platform is there for all of its tests, and its machine works again before each. */
export function describeLifeCycle(): LifeCycle {
  // More than a crowded machine does in the usual time.
  jest.setTimeout(120_000);
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
  const last: LifeCycle['last'] = async (id, kind) => {
    const { items } = await platform.services.operations.list(platform.admin, { pageSize: 100 }, { resourceId: id });
    return items.filter((operation) => operation.kind === kind).sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0]!;
  };
  return {
    get platform() { return platform; },
    get environmentId() { return environmentId; },
    last,
    world: (id) => platform.driver.clusters.get(id)!,
    provisioned: async (sluice = { brokers: 3, version: '1.0' }) => {
      const { id } = await platform.cluster(environmentId, undefined, sluice);
      await platform.until(id, 'PROVISIONED');
      return id;
    },
    update: (id, sluice) => platform.services.clusters.update(platform.admin, id, environmentId, { sluice }),
    finished: (id, kind, deadlineMs = 20_000) => platform.eventually(`${kind} is done`, async () => {
      const operation = await last(id, kind);
      return operation.phase !== 'RUNNING' && operation;
    }, deadlineMs),
  };
}
