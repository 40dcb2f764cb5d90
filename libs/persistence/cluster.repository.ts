import type { ClusterRepository } from '#libs/control/application';
import { roleScopes, type ClusterId, type OrganizationId, type PrincipalKey, type PrincipalsFile } from '#libs/control/domain';
import type { Prisma } from '../../generated/prisma/client.js';
import { countClusters, insertCluster, listClusterIds, readCluster, readClusters } from './cluster.sql.js';
import type { Sql, Transaction } from './connection.js';
import { clusterParts, fromEngine, toCluster, toNamingPolicy } from './row.mapper.js';

export function clusterRepository(tx: Transaction, sql: Sql, organizationId: OrganizationId, advertisedHost: string): ClusterRepository {
  const key = (id: string) => ({ organizationId_id: { organizationId, id } });
  const get: ClusterRepository['get'] = async (id) => {
    const row = await readCluster(sql, organizationId, id);
    return row && toCluster(row, advertisedHost);
  };
  const change = async (id: string, data: Prisma.ClusterUpdateInput) =>
    toCluster(await tx.cluster.update({ where: key(id), data, include: clusterParts }), advertisedHost);
  return {
    get,
    list: async (window, filter) => {
      const { rows, total } = await readClusters(sql, organizationId, window, filter);
      return { rows: rows.map((row) => toCluster(row, advertisedHost)), total };
    },
    ids: (visibility) => listClusterIds(sql, organizationId, visibility),
    getForUpdate: async (id) => {
      await tx.$executeRaw`SELECT 1 FROM cluster WHERE organization_id = ${organizationId} AND id = ${id} FOR NO KEY UPDATE`;
      return get(id);
    },
    count: ({ environmentId }) => countClusters(sql, organizationId, environmentId ?? null),
    insert: async (row) => toCluster(await insertCluster(sql, organizationId, row), advertisedHost),
    update: (id, { config, engine, ...rest }, reconcile) => change(id, {
      ...rest,
      ...(config === undefined ? {} : { kind: config.kind, config: config as unknown as Prisma.InputJsonObject }),
      ...(engine === undefined ? {} : fromEngine(engine)),
      ...(reconcile ? { generation: { increment: 1 }, dueAt: new Date() } : {}),
    }),
    requestRestart: (id) => change(id, { generation: { increment: 1 }, restartGeneration: { increment: 1 }, dueAt: new Date() }),
    replaceBroker: (id, nodeId, isForced) => change(id, {
      generation: { increment: 1 }, dueAt: new Date(), brokers: { update: { where: { organizationId_clusterId_nodeId: { organizationId, clusterId: id, nodeId } }, data: { isReplaced: true, isForced } } },
    }),
    markDeleted: async (id) => { await change(id, { deletedAt: new Date(), phase: 'DELETING', generation: { increment: 1 }, dueAt: new Date() }); },
    principalsChanged: (scope) => principalsChanged(tx, organizationId, scope),
    principals: (id) => principals(tx, organizationId, id),
    principalsApplied: async (id, sequence) => {
      await tx.cluster.updateMany({ where: { organizationId, id, principalsApplied: { lt: BigInt(sequence) } }, data: { principalsApplied: BigInt(sequence) } });
    },
  };
}

/** Rows are taken in the order of their ids: two changes of a whole organization's bindings must not wait for each other. */
async function principalsChanged(tx: Transaction, organizationId: string, scope: { environmentId: string | null; clusterId: string | null }): Promise<ClusterId[]> {
  const changed = await tx.$queryRaw<{ id: string; phase: string }[]>`
    UPDATE cluster SET principals_sequence = principals_sequence + 1, due_at = now()
    WHERE (organization_id, id) IN (
      SELECT organization_id, id FROM cluster
      WHERE organization_id = ${organizationId} AND deleted_at IS NULL
        AND (${scope.environmentId}::text IS NULL OR environment_id = ${scope.environmentId}) AND (${scope.clusterId}::text IS NULL OR id = ${scope.clusterId})
      ORDER BY id FOR NO KEY UPDATE)
    RETURNING id, phase`;
  return changed.filter((row) => row.phase === 'PROVISIONED').map((row) => row.id as ClusterId);
}

/**
 * The share lock makes sequence and content one: whoever changes keys, bindings or the naming policy also updates the cluster's row, so their transaction is
 * either wholly in what is read here or has a higher sequence.
 */
async function principals(tx: Transaction, organizationId: string, id: string): Promise<{ engine: string; file: PrincipalsFile } | null> {
  const [locked] = await tx.$queryRaw<{ sequence: bigint; environment_id: string; engine: string }[]>`
    SELECT principals_sequence AS sequence, environment_id, engine FROM cluster
    WHERE organization_id = ${organizationId} AND id = ${id} AND deleted_at IS NULL FOR SHARE`;
  if (!locked) return null;
  const keys = await tx.apiKey.findMany({ where: { organizationId, clusterId: id }, orderBy: { id: 'asc' } });
  const bindings = await tx.roleBinding.findMany({
    where: {
      organizationId, roleName: { in: Object.keys(roleScopes) },
      OR: [{ environmentId: null }, { environmentId: locked.environment_id, clusterId: null }, { environmentId: locked.environment_id, clusterId: id }],
    },
    orderBy: { id: 'asc' },
  });
  const naming = await tx.namingPolicy.findUnique({ where: { organizationId_environmentId: { organizationId, environmentId: locked.environment_id } } });
  const file: PrincipalsFile = {
    version: 1,
    sequence: Number(locked.sequence),
    clusterId: id,
    keys: keys.map((row) => ({
      id: row.id, principal: `User:${row.ownerId}`, secretSha256: row.secretSha256, scram: row.scram as unknown as PrincipalKey['scram'], state: 'active',
    })),
    grants: bindings.map((row) => ({ principal: `User:${row.principalId}`, role: row.roleName })),
    namingPolicy: naming && toNamingPolicy(naming).policy,
  };
  return { engine: locked.engine, file };
}
