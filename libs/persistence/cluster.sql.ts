/** What requests for clusters make PostgreSQL do most, each in one statement: a cluster's brokers and their ports come with it. */
import type { NewCluster } from '#libs/control/application';
import type { ClusterId, PageWindow, Visibility } from '#libs/control/domain';
import type { Sql } from './connection.js';
import { countTake } from './keyset.js';
import { fromEngine, type ClusterView } from './row.mapper.js';

const COLUMNS = `
  c.id, c.organization_id AS "organizationId", c.environment_id AS "environmentId", c.display_name AS "displayName", c.availability, c.cloud, c.region, c.config, c.engine, c.engine_spec AS "engineSpec", c.first_brokers AS "firstBrokers", c.is_paused AS "isPaused",
    c.flush_mode AS "flushMode", c.disk_limit_bytes AS "diskLimitBytes", c.deletion_protection AS "deletionProtection", c.kafka_cluster_id AS "kafkaClusterId", c.bootstrap, c.phase, c.failure_reason AS "failureReason",
    c.generation, c.observed_generation AS "observedGeneration", c.created_at AS "createdAt", c.updated_at AS "updatedAt",
    (SELECT coalesce(json_agg(json_build_object('nodeId', b.node_id, 'roles', b.roles, 'process', b.process, 'bundle', b.bundle, 'restartNeeded', b.restart_needed) ORDER BY b.node_id), '[]')
      FROM broker b WHERE b.organization_id = c.organization_id AND b.cluster_id = c.id) AS brokers,
    (SELECT coalesce(json_agg(json_build_object('nodeId', p.node_id, 'listener', p.listener, 'port', p.port)), '[]')
      FROM port_allocation p WHERE p.organization_id = c.organization_id AND p.cluster_id = c.id) AS ports`;

const VIEW = `SELECT ${COLUMNS} FROM cluster c`;

const LIVING = 'c.organization_id = $1 AND c.deleted_at IS NULL';

const LISTED = `${LIVING} AND c.environment_id = $2 AND ($3::boolean IS NULL OR c.deletion_protection = $3)
  AND ($4::text[] IS NULL OR c.environment_id = ANY($4) OR c.id = ANY($5))`;

const IDS = `SELECT c.id FROM cluster c WHERE ${LIVING} AND ($2::text[] IS NULL OR c.environment_id = ANY($2) OR c.id = ANY($3)) ORDER BY c.created_at, c.id`;

/** Environments and clusters that may be seen, as two parameters; two nulls: all. */
const scopesOf = (visibility: Visibility): [string[] | null, string[] | null] => (visibility.all ? [null, null] : [visibility.environmentIds, visibility.clusterIds]);

/** A field that a new cluster gets has its column here, or doesn't compile. The engine has two. */
const INSERTED = {
  id: 'id', environmentId: 'environment_id', displayName: 'display_name', availability: 'availability', cloud: 'cloud', region: 'region', config: 'config',
  flushMode: 'flush_mode', diskLimitBytes: 'disk_limit_bytes', deletionProtection: 'deletion_protection', kafkaClusterId: 'kafka_cluster_id', phaseDeadlineAt: 'phase_deadline_at',
} as const satisfies Record<Exclude<keyof NewCluster, 'engine'>, string>;
const FIELDS = Object.keys(INSERTED) as (keyof typeof INSERTED)[];

const INSERT = `
  WITH made AS (
    INSERT INTO cluster (organization_id, kind, engine, engine_spec, first_brokers, phase, ${FIELDS.map((field) => INSERTED[field]).join(', ')})
    VALUES ($1, $2, $3, $4, $5, 'PROVISIONING', ${FIELDS.map((_, index) => `$${index + 6}`).join(', ')}) RETURNING *)
  SELECT ${COLUMNS} FROM made c`;

export async function insertCluster(sql: Sql, organizationId: string, row: NewCluster): Promise<ClusterView> {
  const { engine, engineSpec } = fromEngine(row.engine);
  const [made] = await sql<ClusterView>('cluster-insert', INSERT, [organizationId, row.config.kind, engine, engineSpec, engineSpec.brokers, ...FIELDS.map((field) => row[field])]);
  return made!;
}

export async function readCluster(sql: Sql, organizationId: string, id: string): Promise<ClusterView | null> {
  const [row] = await sql<ClusterView>('cluster', `${VIEW} WHERE ${LIVING} AND c.id = $2`, [organizationId, id]);
  return row ?? null;
}

export interface ClusterFilter { environmentId: string; deletionProtection?: boolean; visibility: Visibility }

/** By (created_at, id), one more than the page holds; and how many there are in all, counted up to the limit of exact totals. */
export async function readClusters(sql: Sql, organizationId: string, window: PageWindow, filter: ClusterFilter): Promise<{ rows: ClusterView[]; total: number }> {
  const { visibility, environmentId, deletionProtection = null } = filter;
  const values = [organizationId, environmentId, deletionProtection, ...scopesOf(visibility)];
  const rows = window.after === null
    ? await sql<ClusterView>('clusters', `${VIEW} WHERE ${LISTED} ORDER BY c.created_at, c.id LIMIT $6`, [...values, window.limit + 1])
    : await sql<ClusterView>('clusters-after', `${VIEW} WHERE ${LISTED} AND (c.created_at, c.id) > ($7, $8) ORDER BY c.created_at, c.id LIMIT $6`,
      [...values, window.limit + 1, window.after.createdAt, window.after.id]);
  const [{ total } = { total: 0 }] = await sql<{ total: number }>('clusters-total', `SELECT count(*)::int AS total FROM (SELECT 1 FROM cluster c WHERE ${LISTED} LIMIT $6) counted`, [...values, countTake]);
  return { rows, total };
}

export async function listClusterIds(sql: Sql, organizationId: string, visibility: Visibility): Promise<ClusterId[]> {
  return (await sql<{ id: ClusterId }>('cluster-ids', IDS, [organizationId, ...scopesOf(visibility)])).map(({ id }) => id);
}

export async function countClusters(sql: Sql, organizationId: string, environmentId: string | null): Promise<number> {
  const [row] = await sql<{ total: number }>('clusters-count', `SELECT count(*)::int AS total FROM cluster c WHERE ${LIVING} AND ($2::text IS NULL OR c.environment_id = $2)`, [organizationId, environmentId]);
  return row!.total;
}
