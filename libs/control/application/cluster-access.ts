/** A cluster inside a transaction of its organization. */
import { newOperationId, notFound, type Caller, type Cluster, type Operation, type OperationKind } from '#libs/control/domain';
import type { TenantTransaction } from './store.js';

export const targetOf = (cluster: Cluster) => ({ environmentId: cluster.environmentId, clusterId: cluster.id });

/** `change`: and nobody else changes it until the end of the transaction. */
export async function findCluster(tx: TenantTransaction, id: string, environmentId: string | undefined, how: 'read' | 'change'): Promise<Cluster> {
  const cluster = how === 'read' ? await tx.clusters.get(id) : await tx.clusters.getForUpdate(id);
  if (!cluster || (environmentId !== undefined && cluster.environmentId !== environmentId)) throw notFound('Kafka cluster', id);
  return cluster;
}

export const startOperation = (tx: TenantTransaction, caller: Caller, cluster: Cluster, kind: OperationKind): Promise<Operation> =>
  tx.operations.insert({ id: newOperationId(), resourceId: cluster.id, kind, requestedBy: caller.principalId, generation: cluster.generation });
