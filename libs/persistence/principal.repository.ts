import type { ServiceAccountRepository, UserRepository } from '#libs/control/application';
import type { OrganizationId } from '#libs/control/domain';
import type { Transaction } from './connection.js';
import { countTake, keysetAfter, keysetOrder } from './keyset.js';
import { toServiceAccount, toUser } from './row.mapper.js';

/** Users and service accounts: whom keys and role bindings stand for. */
export function userRepository(tx: Transaction, organizationId: OrganizationId): UserRepository {
  return {
    list: async (window, filter) => {
      const where = { organizationId, ...(filter.ids ? { id: { in: [...filter.ids] } } : {}) };
      const found = await tx.user.findMany({ where: { AND: [where, keysetAfter(window)] }, ...keysetOrder(window) });
      return { rows: found.map(toUser), total: await tx.user.count({ where, take: countTake }) };
    },
    get: async (id) => {
      const row = await tx.user.findUnique({ where: { organizationId_id: { organizationId, id } } });
      return row && toUser(row);
    },
    first: async () => {
      const row = await tx.user.findFirst({ where: { organizationId, isFirst: true } });
      return row && toUser(row);
    },
    insert: async (row) => toUser(await tx.user.create({ data: { organizationId, authType: 'AUTH_TYPE_LOCAL', ...row } })),
  };
}

export function serviceAccountRepository(tx: Transaction, organizationId: OrganizationId): ServiceAccountRepository {
  const key = (id: string) => ({ organizationId_id: { organizationId, id } });
  return {
    list: async (window, filter) => {
      const where = { organizationId, ...(filter.displayName === undefined ? {} : { displayName: filter.displayName }), ...(filter.ids ? { id: { in: [...filter.ids] } } : {}) };
      const found = await tx.serviceAccount.findMany({ where: { AND: [where, keysetAfter(window)] }, ...keysetOrder(window) });
      return { rows: found.map(toServiceAccount), total: await tx.serviceAccount.count({ where, take: countTake }) };
    },
    get: async (id) => {
      const row = await tx.serviceAccount.findUnique({ where: key(id) });
      return row && toServiceAccount(row);
    },
    findByName: async (displayName) => {
      const row = await tx.serviceAccount.findUnique({ where: { organizationId_displayName: { organizationId, displayName } } });
      return row && toServiceAccount(row);
    },
    count: () => tx.serviceAccount.count({ where: { organizationId } }),
    insert: async (row) => toServiceAccount(await tx.serviceAccount.create({ data: { organizationId, ...row } })),
    update: async (id, change) => toServiceAccount(await tx.serviceAccount.update({ where: key(id), data: change })),
    remove: async (id) => { await tx.serviceAccount.delete({ where: key(id) }); },
  };
}
