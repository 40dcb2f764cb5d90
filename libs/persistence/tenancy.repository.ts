import type { EnvironmentRepository, OrganizationRepository } from '#libs/control/application';
import type { OrganizationId } from '#libs/control/domain';
import type { Sql, Transaction } from './connection.js';
import { countTake, keysetAfter, keysetOrder } from './keyset.js';
import { toEnvironment, toOrganization, type EnvironmentRow } from './row.mapper.js';

/** Organizations and the environments in them. */
export function organizationRepository(tx: Transaction, sql: Sql, organizationId: OrganizationId): OrganizationRepository {
  return {
    get: async () => {
      const row = await tx.organization.findUnique({ where: { id: organizationId } });
      return row && toOrganization(row);
    },
    // NO KEY: rows that refer to the organization may still be inserted by others.
    lock: async () => { await sql('organization-lock', 'SELECT 1 FROM organization WHERE id = $1 FOR NO KEY UPDATE', [organizationId]); },
    insert: async ({ displayName, isOperator }) => toOrganization(await tx.organization.create({ data: { id: organizationId, displayName, isOperator: isOperator || null } })),
    update: async (change) => toOrganization(await tx.organization.update({ where: { id: organizationId }, data: change })),
  };
}

export function environmentRepository(tx: Transaction, sql: Sql, organizationId: OrganizationId): EnvironmentRepository {
  const key = (id: string) => ({ organizationId_id: { organizationId, id } });
  const living = { organizationId, deletedAt: null };
  return {
    list: async (window, filter) => {
      const where = { ...living, ...(filter.displayName === undefined ? {} : { displayName: filter.displayName }), ...(filter.ids ? { id: { in: [...filter.ids] } } : {}) };
      const found = await tx.environment.findMany({ where: { AND: [where, keysetAfter(window)] }, ...keysetOrder(window) });
      return { rows: found.map(toEnvironment), total: await tx.environment.count({ where, take: countTake }) };
    },
    get: async (id) => {
      const [row] = await sql<EnvironmentRow>('environment', `
        SELECT id, organization_id AS "organizationId", display_name AS "displayName", created_at AS "createdAt", updated_at AS "updatedAt"
        FROM environment WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL`, [organizationId, id]);
      return row === undefined ? null : toEnvironment(row);
    },
    findByName: async (displayName) => {
      const row = await tx.environment.findFirst({ where: { ...living, uniqueName: displayName } });
      return row && toEnvironment(row);
    },
    count: () => tx.environment.count({ where: living }),
    insert: async ({ id, displayName }) => toEnvironment(await tx.environment.create({ data: { organizationId, id, displayName, uniqueName: displayName } })),
    update: async (id, { displayName }) => toEnvironment(await tx.environment.update({
      where: key(id), data: displayName === undefined ? {} : { displayName, uniqueName: displayName },
    })),
    remove: async (id) => {
      await tx.roleBinding.deleteMany({ where: { organizationId, environmentId: id } });
      if (await tx.cluster.count({ where: { organizationId, environmentId: id } }) === 0) await tx.environment.delete({ where: key(id) });
      else await tx.environment.update({ where: key(id), data: { deletedAt: new Date(), uniqueName: null } });
    },
  };
}
