import type { RoleBindingFilter, RoleBindingRepository } from '#libs/control/application';
import { bindableRoles, type Grant, type OrganizationId } from '#libs/control/domain';
import type { Prisma } from '../../generated/prisma/client.js';
import type { Sql, Transaction } from './connection.js';
import { countTake, keysetAfter, keysetOrder } from './keyset.js';
import { toRoleBinding } from './row.mapper.js';

type Where = Prisma.RoleBindingWhereInput;

function inScope({ environmentId, clusterId, within }: RoleBindingFilter): Where {
  if (!within || clusterId !== null) return { environmentId, clusterId };
  return environmentId === null ? {} : { environmentId };
}

function visible({ visibility: { principalId, scopes } }: RoleBindingFilter): Where {
  if (scopes.all) return {};
  return { OR: [{ principalId }, { environmentId: { in: scopes.environmentIds } }, { clusterId: { in: scopes.clusterIds } }] };
}

const identityOf = (principalId: string, roleName: string, scope: { environmentId: string | null; clusterId: string | null }): string =>
  [principalId, roleName, scope.environmentId ?? '', scope.clusterId ?? ''].join('/');

const toGrant = (row: { roleName: string; environmentId: string | null; clusterId: string | null }): Grant =>
  ({ roleName: row.roleName, environmentId: row.environmentId, clusterId: row.clusterId }) as Grant;

/** Lists and look-ups by id show the roles that can be bound over the API; the operator's own is counted for authorisation only. */
export function roleBindingRepository(tx: Transaction, sql: Sql, organizationId: OrganizationId): RoleBindingRepository {
  const key = (id: string) => ({ organizationId_id: { organizationId, id } });
  const shown: Where = { organizationId, roleName: { in: [...bindableRoles] } };
  return {
    grantsOf: (principalId) => sql<Grant>('grants', `
      SELECT role_name AS "roleName", environment_id AS "environmentId", cluster_id AS "clusterId" FROM role_binding WHERE organization_id = $1 AND principal_id = $2`, [organizationId, principalId]),
    list: async (window, filter) => {
      const where: Where = {
        AND: [shown, inScope(filter), visible(filter), filter.principalId === undefined ? {} : { principalId: filter.principalId },
          filter.roleName === undefined ? {} : { roleName: filter.roleName }],
      };
      const found = await tx.roleBinding.findMany({ where: { AND: [where, keysetAfter(window)] }, ...keysetOrder(window) });
      return { rows: found.map(toRoleBinding), total: await tx.roleBinding.count({ where, take: countTake }) };
    },
    get: async (id) => {
      const row = await tx.roleBinding.findUnique({ where: { ...key(id), AND: [shown] } });
      return row && toRoleBinding(row);
    },
    find: async (principalId, roleName, scope) => {
      const row = await tx.roleBinding.findUnique({ where: { organizationId_identity: { organizationId, identity: identityOf(principalId, roleName, scope) } } });
      return row && toRoleBinding(row);
    },
    count: ({ roleName }) => tx.roleBinding.count({ where: { organizationId, ...(roleName === undefined ? {} : { roleName }) } }),
    insert: async (row) => toRoleBinding(await tx.roleBinding.create({ data: { organizationId, ...row, identity: identityOf(row.principalId, row.roleName, row) } })),
    remove: async (id) => { await tx.roleBinding.delete({ where: key(id) }); },
    removeOfPrincipal: async (principalId) => {
      const found = await tx.roleBinding.findMany({ where: { organizationId, principalId } });
      await tx.roleBinding.deleteMany({ where: { organizationId, principalId } });
      return found.map(toGrant);
    },
  };
}
