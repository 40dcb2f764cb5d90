import type { Store, StoredKey, SystemReads, TenantTransaction } from '#libs/control/application';
import type { OrganizationId, RunningCluster } from '#libs/control/domain';
import { apiKeyRepository } from './api-key.repository.js';
import { clusterRepository } from './cluster.repository.js';
import type { Database, Sql, Transaction } from './connection.js';
import { namingPolicyRepository } from './naming-policy.repository.js';
import { readRemoteCluster, readRemoteClusters, remoteClusterRepository } from './remote-cluster.repository.js';
import { operationRepository } from './operation.repository.js';
import { clusterParts, portsOf } from './row.mapper.js';
import { serviceAccountRepository, userRepository } from './principal.repository.js';
import { roleBindingRepository } from './role-binding.repository.js';
import { environmentRepository, organizationRepository } from './tenancy.repository.js';

/** The use cases' store on PostgreSQL. `advertisedHost` is what clients are told to connect to. */
export function createStore(database: Database, options: { advertisedHost: string }): Store {
  return {
    tenant: (organizationId, work) => database.tenant(organizationId, (tx, sql) => work(tenantTransaction(tx, sql, organizationId, options.advertisedHost))),
    system: systemReads(database),
  };
}

function tenantTransaction(tx: Transaction, sql: Sql, organizationId: OrganizationId, advertisedHost: string): TenantTransaction {
  return {
    organizations: organizationRepository(tx, sql, organizationId),
    environments: environmentRepository(tx, sql, organizationId),
    users: userRepository(tx, organizationId),
    serviceAccounts: serviceAccountRepository(tx, organizationId),
    apiKeys: apiKeyRepository(tx, sql, organizationId),
    roleBindings: roleBindingRepository(tx, sql, organizationId),
    clusters: clusterRepository(tx, sql, organizationId, advertisedHost),
    operations: operationRepository(tx, sql, organizationId),
    namingPolicies: namingPolicyRepository(tx, organizationId),
    remoteClusters: remoteClusterRepository(tx, organizationId),
    audit: async ({ principalId, keyId, action, resourceId, requestId }) => {
      await sql('audit', 'INSERT INTO audit_event (organization_id, principal_id, key_id, action, resource_id, request_id) VALUES ($1, $2, $3, $4, $5, $6)',
        [organizationId, principalId, keyId, action, resourceId, requestId]);
    },
  };
}

function systemReads(database: Database): SystemReads {
  return {
    findKey: (id) => database.systemRow<StoredKey>(
      'SELECT id, organization_id AS "organizationId", owner_id AS "ownerId", cluster_id AS "clusterId", secret_sha256 AS "secretSha256" FROM api_key WHERE id =', id,
    ),
    runningClusters: (limit) => database.system(async (tx) => {
      const rows = await tx.cluster.findMany({ where: { provisionedAt: { not: null }, isPaused: false, phase: { in: ['PROVISIONED', 'FAILED'] }, remote: null }, orderBy: { id: 'asc' }, take: limit, include: clusterParts });
      return rows.map((row) => ({
        clusterId: row.id as RunningCluster['clusterId'], organizationId: row.organizationId as RunningCluster['organizationId'], environmentId: row.environmentId as RunningCluster['environmentId'],
        displayName: row.displayName,
        brokers: row.brokers.filter(({ roles }) => roles.includes('broker')).map(({ nodeId }) => {
          const { external, internal } = portsOf(row, nodeId);
          return { nodeId, externalPort: external, internalPort: internal };
        }),
      }));
    }),
    remoteCluster: (id) => database.system((tx) => readRemoteCluster(tx, id)),
    remoteClusters: (window) => database.system((tx) => readRemoteClusters(tx, window)),
    clusterOfKafka: (kafkaClusterId) => database.system(async (tx) => (await tx.cluster.findUnique({ where: { kafkaClusterId }, select: { id: true } }))?.id ?? null),
    operatorOrganization: () => database.system(async (tx) => ((await tx.organization.findFirst({ where: { isOperator: true } }))?.id ?? null) as OrganizationId | null),
  };
}
