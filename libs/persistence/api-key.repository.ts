import type { ApiKeyRepository, KeyVisibility } from '#libs/control/application';
import type { ClusterId, OrganizationId } from '#libs/control/domain';
import type { Prisma } from '../../generated/prisma/client.js';
import type { Sql, Transaction } from './connection.js';
import { countTake, keysetAfter, keysetOrder } from './keyset.js';
import { apiKeyColumns, toApiKey } from './row.mapper.js';

function visible(visibility: KeyVisibility): Prisma.ApiKeyWhereInput {
  if (visibility === null) return {};
  const { principalId, clusters } = visibility;
  if (clusters.all) return { OR: [{ ownerId: principalId }, { clusterId: { not: null } }] };
  return { OR: [{ ownerId: principalId }, { clusterId: { in: clusters.clusterIds } }, { cluster: { environmentId: { in: clusters.environmentIds } } }] };
}

const ofResource = (resourceId: string | undefined): Prisma.ApiKeyWhereInput => {
  if (resourceId === undefined) return {};
  return { clusterId: resourceId === 'cloud' ? null : resourceId };
};

export function apiKeyRepository(tx: Transaction, sql: Sql, organizationId: OrganizationId): ApiKeyRepository {
  const key = (id: string) => ({ organizationId_id: { organizationId, id } });
  return {
    list: async (window, filter) => {
      const where: Prisma.ApiKeyWhereInput = {
        AND: [{ organizationId }, filter.ownerId === undefined ? {} : { ownerId: filter.ownerId }, ofResource(filter.resourceId), visible(filter.visibility)],
      };
      const found = await tx.apiKey.findMany({ where: { AND: [where, keysetAfter(window)] }, ...keysetOrder(window), select: apiKeyColumns });
      return { rows: found.map(toApiKey), total: await tx.apiKey.count({ where, take: countTake }) };
    },
    get: async (id) => {
      const row = await tx.apiKey.findUnique({ where: key(id), select: apiKeyColumns });
      return row && toApiKey(row);
    },
    count: ({ clusterId }) => tx.apiKey.count({ where: { organizationId, ...(clusterId === undefined ? {} : { clusterId }) } }),
    insert: async ({ verifiers, ...row }) => toApiKey(await tx.apiKey.create({
      data: { organizationId, ...row, secretSha256: verifiers.secretSha256, scram: verifiers.scram as unknown as Prisma.InputJsonObject }, select: apiKeyColumns,
    })),
    update: async (id, change) => toApiKey(await tx.apiKey.update({ where: key(id), data: change, select: apiKeyColumns })),
    remove: async (id) => { await tx.apiKey.delete({ where: key(id) }); },
    removeOfOwner: async (ownerId) => {
      const found = await tx.apiKey.findMany({ where: { organizationId, ownerId, clusterId: { not: null } }, distinct: ['clusterId'], select: { clusterId: true } });
      await tx.apiKey.deleteMany({ where: { organizationId, ownerId } });
      return found.map((row) => row.clusterId as ClusterId);
    },
    removeOfCluster: async (clusterId) => { await tx.apiKey.deleteMany({ where: { organizationId, clusterId } }); },
    removeBootstrap: async (ownerId) => { await tx.apiKey.deleteMany({ where: { organizationId, ownerId, isBootstrap: true } }); },
    isBootstrap: async (id) => (await sql('bootstrap-key', 'SELECT 1 FROM api_key WHERE organization_id = $1 AND id = $2 AND is_bootstrap', [organizationId, id])).length > 0,
  };
}
