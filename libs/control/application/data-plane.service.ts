import { checkNamingPolicy, ControlFailure, notFound, type ApiKey, type Caller, type Cluster, type ClusterId, type RemoteCluster } from '#libs/control/domain';
import { asCaller } from './authorization.js';
import type { ControlDeps } from './deps.js';
import type { DataPlaneAccess, DataPlaneService } from './services.js';
import type { TenantTransaction } from './store.js';

export function createDataPlaneService(deps: ControlDeps): DataPlaneService {
  return {
    clusters: async (caller) => {
      if (caller.kind !== 'cluster-key') return asCaller(deps, caller, (tx, actor) => tx.clusters.ids(actor.sees('cluster.data')));
      const { clusterId, organizationId } = caller;
      const own = clusterId === undefined ? null : await deps.store.tenant(organizationId, (tx) => tx.clusters.get(clusterId));
      return own === null ? [] : [own.id];
    },
    access: async (caller, clusterId) => {
      const { cluster, remote, as } = caller.kind === 'cluster-key' ? await withClusterKey(deps, caller, clusterId) : await withCloudKey(deps, caller, clusterId);
      if (cluster.isPaused) throw new ControlFailure('cluster_not_ready', `the Kafka cluster ${cluster.id} is paused`);
      if (cluster.phase !== 'PROVISIONED') {
        throw new ControlFailure('cluster_not_ready', cluster.phase === 'FAILED'
          ? `the Kafka cluster ${cluster.id} has failed: ${cluster.failureReason ?? 'its brokers do not start'}` : `the Kafka cluster ${cluster.id} is still being provisioned`);
      }
      return {
        clusterId: cluster.id, organizationId: cluster.organizationId, environmentId: cluster.environmentId, kafkaClusterId: cluster.kafkaClusterId, bootstrapEndpoint: cluster.bootstrapEndpoint,
        // Nodes that are controllers only answer no client.
        brokers: cluster.brokers.filter(({ roles }) => roles.includes('broker')).map((broker) => ({ nodeId: broker.nodeId, externalPort: broker.ports.external, internalPort: broker.ports.internal })),
        remote, as,
      };
    },
    clusterKey: async (caller, { organizationId, clusterId, environmentId }, keyId) => {
      const belongs = (key: ApiKey | null): key is ApiKey => key?.resource?.clusterId === clusterId;
      const key = caller.kind === 'cluster-key'
        ? await deps.store.tenant(organizationId, (tx) => tx.apiKeys.get(keyId)).then((found) => (belongs(found) && found.ownerId === caller.principalId ? found : null))
        : await asCaller(deps, caller, async (tx, actor) => {
          const found = await tx.apiKeys.get(keyId);
          return belongs(found) && (found.ownerId === caller.principalId || actor.may('cluster-key.manage', { environmentId, clusterId })) ? found : null;
        });
      if (key === null) throw new ControlFailure('resource_not_found', `API key ${keyId} was not found among those of ${clusterId}`, { source: { parameter: 'key' } });
      return key;
    },
    namingPolicy: async ({ organizationId, environmentId }) => {
      const found = await deps.store.tenant(organizationId, (tx) => tx.namingPolicies.get(environmentId));
      return found && checkNamingPolicy(found.policy);
    },
  };
}

type Found = Pick<DataPlaneAccess, 'remote' | 'as'> & { cluster: Cluster };

/** Who has no nodes here runs elsewhere. */
const remoteOf = async (tx: TenantTransaction, { id, brokers }: Cluster): Promise<RemoteCluster | null> => (brokers.length === 0 ? tx.remoteClusters.get(id) : null);

/** The broker decides, as it does for the same key over Kafka. */
async function withClusterKey({ store }: ControlDeps, caller: Caller, clusterId: string): Promise<Found> {
  // Not "not found": clients take a 404 for a topic that is gone.
  if (caller.clusterId !== clusterId || caller.credential === undefined) {
    throw new ControlFailure('invalid_api_key', 'invalid API key: this key is for another Kafka cluster');
  }
  const found = await store.tenant(caller.organizationId, async (tx) => {
    const cluster = await tx.clusters.get(clusterId as ClusterId);
    return cluster && { cluster, remote: await remoteOf(tx, cluster) };
  });
  if (!found) throw notFound('Kafka cluster', clusterId);
  return { ...found, as: { mode: 'caller', ...caller.credential } };
}

/** A cloud key isn't known to brokers: the platform decides by role and carries the call out itself. */
const withCloudKey = (deps: ControlDeps, caller: Caller, clusterId: string): Promise<Found> => asCaller(deps, caller, async (tx, actor) => {
  const cluster = await tx.clusters.get(clusterId);
  if (!cluster) throw notFound('Kafka cluster', clusterId);
  actor.require('cluster.data', { environmentId: cluster.environmentId, clusterId: cluster.id });
  return { cluster, remote: await remoteOf(tx, cluster), as: { mode: 'platform' } };
});
