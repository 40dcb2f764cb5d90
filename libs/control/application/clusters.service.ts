import {
  changeClusterConfig, checkAvailability, controlLimits, ControlFailure, newClusterId, newKafkaClusterId, newOperationId, notFound, parseAvailability, parseCloud,
  parseClusterConfig, parseDiskLimit, parseFlushMode, parsePage, resolveRegion, toPage, type Caller, type Cluster, type OperationKind, type RegionRule,
} from '#libs/control/domain';
import { asCaller } from './authorization.js';
import type { ControlDeps } from './deps.js';
import { displayName as checkName, withinQuota } from './input.rules.js';
import type { ClusterCreateInput, ClustersService, ClusterUpdateInput } from './services.js';
import type { ClusterChange, NewCluster, TenantTransaction } from './store.js';

const targetOf = (cluster: Cluster) => ({ environmentId: cluster.environmentId, clusterId: cluster.id });

async function find(tx: TenantTransaction, id: string, environmentId: string | undefined, how: 'read' | 'change'): Promise<Cluster> {
  const cluster = how === 'read' ? await tx.clusters.get(id) : await tx.clusters.getForUpdate(id);
  if (!cluster || (environmentId !== undefined && cluster.environmentId !== environmentId)) throw notFound('Kafka cluster', id);
  return cluster;
}

const startOperation = (tx: TenantTransaction, caller: Caller, cluster: Cluster, kind: OperationKind) =>
  tx.operations.insert({ id: newOperationId(), resourceId: cluster.id, kind, requestedBy: caller.principalId, generation: cluster.generation });

export function createClustersService(deps: ControlDeps): ClustersService {
  /** Reports to the reconciler once the transaction has been committed, never before. */
  const woken = async <T>(id: string | ((result: T) => string), work: Promise<T>): Promise<T> => {
    const result = await work;
    deps.signal.wake(typeof id === 'string' ? id : id(result));
    return result;
  };
  return {
    list: (caller, page, filter) => asCaller(deps, caller, async (tx, actor) => {
      const window = parsePage(page);
      if (!await tx.environments.get(filter.environmentId)) throw notFound('environment', filter.environmentId);
      const { rows, total } = await tx.clusters.list(window, { ...filter, visibility: actor.sees('cluster.read') });
      return toPage(window, rows, total);
    }),
    get: (caller, id, environmentId) => asCaller(deps, caller, async (tx, actor) => {
      const cluster = await find(tx, id, environmentId, 'read');
      actor.require('cluster.read', targetOf(cluster));
      return cluster;
    }),
    create: (caller, input) => woken((cluster) => cluster.id, asCaller(deps, caller, async (tx, actor) => {
      await tx.organizations.lock();
      const environment = await tx.environments.get(input.environmentId);
      if (!environment) throw notFound('environment', input.environmentId);
      actor.require('cluster.create', { environmentId: environment.id, clusterId: null });
      const row = newCluster(input, deps.regions);
      withinQuota(await tx.clusters.count({}), controlLimits.clustersPerOrganizationMax, 'Kafka clusters in this organization');
      const cluster = await tx.clusters.insert({ ...row, environmentId: environment.id });
      await startOperation(tx, caller, cluster, 'cluster.create');
      await actor.audit('cluster.create', cluster.id);
      return cluster;
    })),
    update: (caller, id, environmentId, change) => woken(id, asCaller(deps, caller, async (tx, actor) => {
      const present = await find(tx, id, environmentId, 'change');
      actor.require('cluster.update', targetOf(present));
      const { wanted, reconcile } = checkedChange(present, change);
      const cluster = await tx.clusters.update(present.id, wanted, reconcile);
      if (reconcile) await startOperation(tx, caller, cluster, 'cluster.update');
      await actor.audit('cluster.update', cluster.id);
      return cluster;
    })),
    remove: (caller, id, environmentId) => woken(id, asCaller(deps, caller, async (tx, actor) => {
      const cluster = await find(tx, id, environmentId, 'change');
      actor.require('cluster.delete', targetOf(cluster));
      if (cluster.deletionProtection) {
        throw new ControlFailure('deletion_protected', `the Kafka cluster ${cluster.id} is protected from deletion; set deletion_protection to false first`);
      }
      await tx.apiKeys.removeOfCluster(cluster.id);
      await tx.clusters.markDeleted(cluster.id);
      await startOperation(tx, caller, { ...cluster, generation: cluster.generation + 1 }, 'cluster.delete');
      await actor.audit('cluster.delete', cluster.id);
    })),
    restart: (caller, id) => woken(id, asCaller(deps, caller, async (tx, actor) => {
      const present = await find(tx, id, undefined, 'change');
      actor.require('cluster.restart', targetOf(present));
      if (present.phase === 'PROVISIONING') throw new ControlFailure('cluster_not_ready', `the Kafka cluster ${present.id} is still being provisioned`);
      const cluster = await tx.clusters.requestRestart(present.id);
      await actor.audit('cluster.restart', cluster.id);
      return startOperation(tx, caller, cluster, 'cluster.restart');
    })),
  };
}

function newCluster(input: ClusterCreateInput, regions: RegionRule): Omit<NewCluster, 'environmentId'> {
  const config = parseClusterConfig(input.config ?? { kind: 'Basic' });
  const availability = parseAvailability(input.availability ?? 'SINGLE_ZONE');
  checkAvailability(config, availability);
  resolveRegion(input.region, regions);
  return {
    id: newClusterId(),
    displayName: checkName(input.displayName, '/spec/display_name'),
    availability,
    cloud: parseCloud(input.cloud),
    region: input.region,
    config,
    flushMode: parseFlushMode(input.sluice?.flushMode ?? 'ack'),
    diskLimitBytes: parseDiskLimit(input.sluice?.diskLimitBytes ?? null),
    deletionProtection: input.deletionProtection ?? false,
    kafkaClusterId: newKafkaClusterId(),
    phaseDeadlineAt: new Date(Date.now() + controlLimits.provisioningDeadlineMs),
  };
}

/** What really changes. Brokers are concerned by the flush mode and the disk limit alone: kind and size are the platform's words until there are more brokers. */
function checkedChange(present: Cluster, change: ClusterUpdateInput): { wanted: ClusterChange; reconcile: boolean } {
  for (const field of ['cloud', 'region', 'availability'] as const) {
    if (change[field] !== undefined && change[field] !== present[field]) {
      throw new ControlFailure('immutable_field', `the ${field} of a Kafka cluster can't be changed; it is ${present[field]}`, { source: { pointer: `/spec/${field}` } });
    }
  }
  const wanted: ClusterChange = {};
  if (change.displayName !== undefined) wanted.displayName = checkName(change.displayName, '/spec/display_name');
  if (change.deletionProtection !== undefined) wanted.deletionProtection = change.deletionProtection;
  if (change.config !== undefined) wanted.config = changeClusterConfig(present.config, parseClusterConfig(change.config), present.availability);
  if (change.sluice?.flushMode !== undefined) wanted.flushMode = parseFlushMode(change.sluice.flushMode);
  if (change.sluice?.diskLimitBytes !== undefined) wanted.diskLimitBytes = parseDiskLimit(change.sluice.diskLimitBytes);
  const reconcile = (['flushMode', 'diskLimitBytes'] as const).some((field) => wanted[field] !== undefined && wanted[field] !== present[field]);
  return { wanted, reconcile };
}
