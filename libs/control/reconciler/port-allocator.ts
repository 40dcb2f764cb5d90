import { OperationalError } from '#libs/kernel';
import type { BrokerPorts } from '#libs/control/domain';
import type { PortProbe } from './port-probe.js';
import type { ReconcilerLimits } from './reconciler.limits.js';
import type { Lease, ReconcilerStore } from './store.js';

export interface PortAllocator {
  /** Gives the broker three ports in a row, for life. False when the lease is lost. */
  allocate(lease: Lease, nodeId: number): Promise<boolean>;
}

/**
 * The database says which ports are the platform's, the probe which are somebody else's. Allocations of this process wait for one another,
 * so that fifty creations don't all try the same block; those of another process meet the unique key and take the next.
 */
export function createPortAllocator(store: ReconcilerStore, probe: PortProbe, range: { first: number; last: number }, limits: Pick<ReconcilerLimits, 'portCandidatesMax' | 'leaseMs'>): PortAllocator {
  let turn: Promise<unknown> = Promise.resolve();
  const allocateNow = async (lease: Lease, nodeId: number): Promise<boolean> => {
    for (const first of await store.freePortBlocks(range, limits.portCandidatesMax)) {
      const ports: BrokerPorts = { external: first, internal: first + 1, controller: first + 2 };
      if (!(await Promise.all(Object.values(ports).map(probe))).every(Boolean)) continue;
      if (await store.insertBroker(lease, nodeId, ports)) return true;
      if (!await store.renew(lease, limits.leaseMs)) return false;
    }
    throw new OperationalError('ports_exhausted', `no block of three free ports is left in ${range.first}-${range.last} (SLUICE_BROKER_PORTS)`, true);
  };
  return {
    allocate: (lease, nodeId) => {
      const result = turn.then(() => allocateNow(lease, nodeId));
      turn = result.catch(() => undefined);
      return result;
    },
  };
}
