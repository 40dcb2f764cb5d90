import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { ClusterAdministration, Drivers } from '#libs/control/domain';
import { createReconciler, historyLimits, reconcilerLimits, type Reconciler, type ReconcilerStore } from '#libs/control/reconciler';
import type { Log } from '#libs/kernel';
import { isUnspecified, type PlatformConfig } from './config.js';
import type { ReadinessCheck } from './readiness.js';

/** Not heard of for this long, the loop is taken to stand still. */
const SILENCE_MAX_MS = Math.max(30_000, 5 * reconcilerLimits.tickMs);

export interface Reconciling { reconciler: Reconciler; check: ReadinessCheck }

/** The reconciler of this process, and whether it goes round: each answer of its store is a sign of life. */
export function createReconciling(config: PlatformConfig, store: ReconcilerStore, drivers: Drivers, administration: ClusterAdministration, log: Log): Reconciling {
  let heardAtMs: number | null = null;
  const watched = new Proxy(store, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return async (...parameters: unknown[]) => {
        const result: unknown = await Reflect.apply(member, target, parameters);
        heardAtMs = performance.now();
        return result;
      };
    },
  });
  // A home has one platform at a time (its lock): who had this name before is dead.
  const ownersOfHome = `${hostname()}:${config.home}:`;
  const reconciler = createReconciler({
    store: watched, drivers, administration, log,
    owner: `${ownersOfHome}${process.pid}-${randomBytes(4).toString('hex')}`,
    earlierOwners: ownersOfHome,
    brokerPorts: config.brokerPorts,
    history: {
      operationsKeepDays: config.history.operationsKeepDays ?? historyLimits.operationsKeepDays,
      auditKeepDays: config.history.auditKeepDays ?? historyLimits.auditKeepDays,
    },
    desired: { advertisedHost: config.advertisedHost, bindHost: isUnspecified(config.host) ? config.host : config.host === 'localhost' ? '127.0.0.1' : config.host, settings: {} },
  });
  const check: ReadinessCheck = {
    name: 'reconciler',
    problem: async () => {
      if (heardAtMs === null) return 'it has not made its first round yet';
      const silentMs = performance.now() - heardAtMs;
      return silentMs > SILENCE_MAX_MS ? `it has stood still for ${Math.round(silentMs / 1000)} s` : null;
    },
  };
  return { reconciler, check };
}
