import type { NamingPolicyRepository } from '#libs/control/application';
import type { OrganizationId } from '#libs/control/domain';
import type { Prisma } from '../../generated/prisma/client.js';
import type { Transaction } from './connection.js';
import { toNamingPolicy } from './row.mapper.js';

/** The rules for topic names of an organization's environments. */
export function namingPolicyRepository(tx: Transaction, organizationId: OrganizationId): NamingPolicyRepository {
  const key = (environmentId: string) => ({ organizationId_environmentId: { organizationId, environmentId } });
  return {
    get: async (environmentId) => {
      const row = await tx.namingPolicy.findUnique({ where: key(environmentId) });
      return row && toNamingPolicy(row);
    },
    put: async (environmentId, policy) => {
      const data = { policy: policy as unknown as Prisma.InputJsonObject };
      return toNamingPolicy(await tx.namingPolicy.upsert({ where: key(environmentId), create: { organizationId, environmentId, ...data }, update: data }));
    },
    remove: async (environmentId) => { await tx.namingPolicy.delete({ where: key(environmentId) }); },
  };
}
