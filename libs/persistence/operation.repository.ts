import type { OperationRepository } from '#libs/control/application';
import type { EnvironmentId, OrganizationId, Visibility } from '#libs/control/domain';
import type { Sql, Transaction } from './connection.js';
import { countTake, keysetAfter, keysetOrder } from './keyset.js';
import { toOperation, type OperationRow } from './row.mapper.js';

export function operationRepository(tx: Transaction, sql: Sql, organizationId: OrganizationId): OperationRepository {
  /** Operations know their cluster by its id alone, since they outlive it. */
  const visibleResources = async (visibility: Visibility): Promise<string[] | null> => {
    if (visibility.all) return null;
    const inEnvironments = await tx.cluster.findMany({ where: { organizationId, environmentId: { in: visibility.environmentIds } }, select: { id: true } });
    return [...visibility.clusterIds, ...inEnvironments.map((row) => row.id)];
  };
  return {
    list: async (window, { resourceId, visibility }) => {
      const visible = await visibleResources(visibility);
      const where = { AND: [{ organizationId }, resourceId === undefined ? {} : { resourceId }, visible === null ? {} : { resourceId: { in: visible } }] };
      const found = await tx.operation.findMany({ where: { AND: [where, keysetAfter(window)] }, ...keysetOrder(window) });
      return { rows: found.map(toOperation), total: await tx.operation.count({ where, take: countTake }) };
    },
    get: async (id) => {
      const row = await tx.operation.findUnique({ where: { organizationId_id: { organizationId, id } } });
      return row && toOperation(row);
    },
    insert: async ({ id, resourceId, kind, requestedBy, generation }) => {
      const [row] = await sql<OperationRow>('operation-insert', `
        INSERT INTO operation (organization_id, id, resource_id, kind, phase, requested_by, generation) VALUES ($1, $2, $3, $4, 'RUNNING', $5, $6)
        RETURNING id, organization_id AS "organizationId", resource_id AS "resourceId", kind, phase, steps, reason, requested_by AS "requestedBy",
          finished_at AS "finishedAt", created_at AS "createdAt", updated_at AS "updatedAt"`, [organizationId, id, resourceId, kind, requestedBy, generation]);
      return toOperation(row!);
    },
    running: async (resourceId) => (await tx.operation.findMany({ where: { organizationId, resourceId, phase: 'RUNNING' }, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })).map(toOperation),
    environmentOf: async (resourceId) => {
      const row = await tx.cluster.findUnique({ where: { organizationId_id: { organizationId, id: resourceId } }, select: { environmentId: true } });
      return (row?.environmentId ?? null) as EnvironmentId | null;
    },
  };
}
