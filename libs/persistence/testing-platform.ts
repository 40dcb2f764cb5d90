import type { Log } from '#libs/kernel';
import { createControlServices, createDrivers, type ControlServices, type SluiceClusterInput, type Store } from '#libs/control/application';
import type { Caller, Cluster } from '#libs/control/domain';
import { createReconciler, type Reconciler, type ReconcilerOptions, type ReconcilerStore } from '#libs/control/reconciler';
import { createReconcilerStore } from './reconciler.repository.js';
import { createStore } from './store.js';
import { startTestDatabase, type TestDatabase } from './testing.js';
import { createFakeAdministration, type FakeAdministration } from './testing-administration.js';
import { createFakeDriver, type FakeDriver } from './testing-driver.js';

/** For tests only: use cases, reconciler and a real database, on a machine in memory. */
export interface TestPlatform {
  test: TestDatabase;
  store: Store;
  reconcilerStore: ReconcilerStore;
  services: ControlServices;
  driver: FakeDriver;
  administration: FakeAdministration;
  admin: Caller;
  reconciler(): Reconciler;
  restart(options?: Partial<ReconcilerOptions>): Promise<Reconciler>;
  callerOf(keyId: string, secret: string): Promise<Caller>;
  environment(name?: string): Promise<string>;
  cluster(environmentId: string, name?: string, sluice?: SluiceClusterInput): Promise<Cluster>;
  /** Resolves when the cluster has come to this phase (`gone`: isn't found any more); fails after the deadline with what it is instead. */
  until(clusterId: string, phase: Cluster['phase'] | 'gone', deadlineMs?: number): Promise<Cluster | null>;
  eventually<T>(what: string, probe: () => Promise<T | null | false>, deadlineMs?: number): Promise<T>;
  stop(): Promise<void>;
}

/** Crash points that only clusters of several nodes pass, or those that are changed. */
export const changesNodes = /^(stop-together|apply-configs|update-features|plan-moves|move-partitions|elect-leaders|mark-balanced|unregister-broker|remove-broker|forget-broker|mark-replaced|remove-voter|mark-cleared|add-voter|mark-joined|mark-roles|mark-paused)\./;

export const silent: Log = { write: () => undefined };
const firstPort = 41_000;

export async function startTestPlatform(options: Partial<ReconcilerOptions> = {}): Promise<TestPlatform> {
  const test = await startTestDatabase();
  const store = createStore(test.database, { advertisedHost: 'localhost' });
  const reconcilerStore = createReconcilerStore(test.database);
  const driver = createFakeDriver();
  const administration = createFakeAdministration(driver);
  let owners = 0;
  const make = (more: Partial<ReconcilerOptions> = {}): Reconciler => {
    owners += 1;
    return createReconciler({
      store: reconcilerStore, drivers: createDrivers([driver]), administration, log: silent, owner: `test-${owners}`, brokerPorts: { first: firstPort, last: firstPort + 999 },
      desired: { advertisedHost: 'localhost', bindHost: '127.0.0.1', settings: {} }, probe: async () => true,
      ...options, ...more, limits: { tickMs: 50, askMs: 5, backoffFirstMs: 5, backoffMaxMs: 20, ...options.limits, ...more.limits },
    });
  };
  let reconciler = make();
  const services = createControlServices({ store, drivers: createDrivers([driver]), administration, signal: { wake: (id) => reconciler.wake(id) }, log: silent, regions: { regions: [{ name: 'fake-one', engine: 'fake' }], aliases: true } });
  const key = await services.administration.bootstrapAdministrator();
  if (!key) throw new Error('a new database has no administrator');
  const callerOf = async (keyId: string, secret: string): Promise<Caller> => {
    const caller = await services.authentication.authenticate({ keyId, secret, requestId: 'r-1' });
    if (!caller) throw new Error(`the key ${keyId} is refused`);
    return caller;
  };
  const admin = await callerOf(key.apiKey, key.apiSecret);
  reconciler.start();
  const eventually: TestPlatform['eventually'] = async (what, probe, deadlineMs = 10_000) => {
    const begun = performance.now();
    const end = begun + deadlineMs;
    for (;;) {
      const found = await probe();
      if (found !== null && found !== false) return found;
      if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
      await new Promise((resolve) => { setTimeout(resolve, 10 + Math.min(100, (performance.now() - begun) / 10)); });
    }
  };
  let names = 0;
  const named = (prefix: string): string => { names += 1; return `${prefix}-${names}`; };
  return {
    test, store, reconcilerStore, services, driver, administration, admin, callerOf, eventually,
    reconciler: () => reconciler,
    restart: async (more) => {
      await reconciler.stop();
      reconciler = make(more);
      reconciler.start();
      return reconciler;
    },
    environment: async (name = named('environment')) => (await services.environments.create(admin, { displayName: name })).id,
    cluster: (environmentId, name = named('cluster'), sluice) => services.clusters.create(admin, { environmentId, displayName: name, cloud: 'AWS', region: 'us-east-2', sluice }),
    until: async (clusterId, phase, deadlineMs) => {
      let last: Cluster | null = null;
      const found = await eventually(`${clusterId} is ${phase}`, async () => {
        last = await store.tenant(admin.organizationId, (tx) => tx.clusters.get(clusterId));
        return (last?.phase ?? 'gone') === phase ? { last } : null;
      }, deadlineMs).catch((error: Error) => { throw new Error(`${error.message}; it is ${JSON.stringify(last)}`); });
      return found.last;
    },
    stop: async () => {
      await reconciler.stop();
      await test.stop();
    },
  };
}
