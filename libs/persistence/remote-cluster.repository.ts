import type { Listed, RemoteClusterRepository, RemoteListed } from '#libs/control/application';
import { hostPortText, type OrganizationId, type PageWindow, type RemoteCluster, type Visibility } from '#libs/control/domain';
import type { Prisma } from '../../generated/prisma/client.js';
import type { Database, Transaction } from './connection.js';
import { countTake, keysetAfter } from './keyset.js';
import { clusterParts, toCluster, toRemoteCluster } from './row.mapper.js';

const withCluster = { cluster: { select: { environmentId: true } } } as const;
const bootstrapText = ({ bootstrap }: RemoteCluster['connection']): string => bootstrap.map(hostPortText).join(',');

type Tested = Pick<RemoteCluster, 'connection' | 'sealed' | 'findings'>;
const columnsOf = ({ connection, sealed, findings }: Tested) =>
  ({ connection: connection as unknown as Prisma.InputJsonObject, sealed, findings: findings as unknown as Prisma.InputJsonObject, testedAt: new Date() });

/** Clusters of somebody else's that are managed here. */
export function remoteClusterRepository(tx: Transaction, organizationId: OrganizationId): RemoteClusterRepository {
  const key = (clusterId: string) => ({ organizationId_clusterId: { organizationId, clusterId } });
  const clusterKey = (id: string) => ({ organizationId_id: { organizationId, id } });
  return {
    list: (window, visibility) => readRemoteClusters(tx, window, { organizationId, ...visible(visibility) }),
    get: async (clusterId) => {
      const row = await tx.remoteCluster.findUnique({ where: key(clusterId), include: withCluster });
      return row && toRemoteCluster(row);
    },
    insert: async ({ clusterId, ...tested }) => {
      await tx.remoteCluster.create({ data: { organizationId, clusterId, ...columnsOf(tested) } });
      await tx.$executeRaw`
        UPDATE cluster SET phase = 'PROVISIONED', provisioned_at = now(), phase_deadline_at = NULL, observed_generation = generation, prepared_generation = generation, principals_applied = principals_sequence,
          bootstrap = ${bootstrapText(tested.connection)}
        WHERE organization_id = ${organizationId} AND id = ${clusterId}`;
    },
    update: async (clusterId, tested) => {
      await tx.remoteCluster.update({ where: key(clusterId), data: columnsOf(tested) });
      await tx.cluster.update({ where: clusterKey(clusterId), data: { bootstrap: bootstrapText(tested.connection), dueAt: new Date() } });
    },
    addUser: async (clusterId, name) => { await tx.remoteCluster.update({ where: key(clusterId), data: { users: { push: name } } }); },
    usersGone: async (clusterId, names) => {
      await tx.$executeRaw`
        UPDATE remote_cluster SET users = (SELECT coalesce(array_agg(name ORDER BY name), '{}') FROM unnest(users) AS name WHERE name <> ALL (${[...names]}::text[]))
        WHERE organization_id = ${organizationId} AND cluster_id = ${clusterId}`;
    },
  };
}

/** Deleted ones too: the driver has their users to take away. */
export async function readRemoteCluster(tx: Transaction, clusterId: string): Promise<RemoteCluster | null> {
  const row = await tx.remoteCluster.findUnique({ where: { clusterId }, include: withCluster });
  if (row === null || row.users.length === 0) return row && toRemoteCluster(row);
  const keys = await tx.apiKey.findMany({ where: { organizationId: row.organizationId, clusterId, id: { in: row.users } }, select: { id: true } });
  return toRemoteCluster(row, new Set(keys.map(({ id }) => id)));
}

const visible = (visibility: Visibility): Prisma.RemoteClusterWhereInput =>
  (visibility.all ? {} : { OR: [{ clusterId: { in: visibility.clusterIds } }, { cluster: { environmentId: { in: visibility.environmentIds } } }] });

/** Of every tenant, unless the filter says whose. */
export async function readRemoteClusters(tx: Transaction, window: PageWindow, filter: Prisma.RemoteClusterWhereInput = {}): Promise<Listed<RemoteListed>> {
  const where: Prisma.RemoteClusterWhereInput = { AND: [{ cluster: { deletedAt: null } }, filter] };
  const after = keysetAfter(window).OR?.map(({ id, ...rest }) => ({ ...rest, ...(id === undefined ? {} : { clusterId: id }) }));
  const rows = await tx.remoteCluster.findMany({
    where: { AND: [where, after === undefined ? {} : { OR: after }] }, orderBy: [{ createdAt: 'asc' }, { clusterId: 'asc' }], take: window.limit + 1, include: { cluster: { include: clusterParts } },
  });
  return { rows: rows.map((row) => ({ remote: toRemoteCluster(row), cluster: toCluster(row.cluster, '') })), total: await tx.remoteCluster.count({ where, take: countTake }) };
}

interface SealedRow { organizationId: string; clusterId: string; sealed: string }

const sealedRows = `SELECT organization_id AS "organizationId", cluster_id AS "clusterId", sealed FROM remote_cluster ORDER BY cluster_id`;

/** Every tenant's credentials as they are sealed at present. */
export const readSealed = (database: Database): Promise<string[]> => database.system(async (_tx, sql) => (await sql<SealedRow>('remote-sealed', sealedRows, [])).map(({ sealed }) => sealed));

/** Every tenant's credentials, all or none, and on the disk when this resolves: what opens the earlier ones may go then. What `reseal` has no answer to stays as it is. Answers how many are sealed anew. */
export async function resealAll(database: Database, reseal: (clusterId: string, sealed: string) => string | null): Promise<number> {
  return database.system(async (_tx, sql) => {
    await sql('commit-on-disk', `SELECT set_config('synchronous_commit', 'on', true)`, []);
    const anew = (await sql<SealedRow>('remote-sealed-locked', `${sealedRows} FOR UPDATE`, [])).flatMap((row) => {
      const sealed = reseal(row.clusterId, row.sealed);
      return sealed === null ? [] : [{ ...row, sealed }];
    });
    await sql('remote-reseal', `
      UPDATE remote_cluster r SET sealed = anew.sealed FROM unnest($1::text[], $2::text[], $3::text[]) AS anew (organization_id, cluster_id, sealed)
      WHERE r.organization_id = anew.organization_id AND r.cluster_id = anew.cluster_id`,
      [anew.map(({ organizationId }) => organizationId), anew.map(({ clusterId }) => clusterId), anew.map(({ sealed }) => sealed)]);
    return anew.length;
  });
}
