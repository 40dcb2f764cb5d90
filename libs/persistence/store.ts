import type { Store, SystemReads, TenantTransaction } from '#libs/control/application';
import type { OrganizationId } from '#libs/control/domain';
import { apiKeyRepository } from './api-key.repository.js';
import { clusterRepository } from './cluster.repository.js';
import type { Database, Transaction } from './connection.js';
import { operationRepository } from './operation.repository.js';
import { serviceAccountRepository, userRepository } from './principal.repository.js';
import { roleBindingRepository } from './role-binding.repository.js';
import { environmentRepository, organizationRepository } from './tenancy.repository.js';

/** The use cases' store on PostgreSQL. `advertisedHost` is what clients are told to connect to. */
export function createStore(database: Database, options: { advertisedHost: string }): Store {
  return {
    tenant: (organizationId, work) => database.tenant(organizationId, (tx) => work(tenantTransaction(tx, organizationId, options.advertisedHost))),
    system: systemReads(database),
  };
}

function tenantTransaction(tx: Transaction, organizationId: OrganizationId, advertisedHost: string): TenantTransaction {
  return {
    organizations: organizationRepository(tx, organizationId),
    environments: environmentRepository(tx, organizationId),
    users: userRepository(tx, organizationId),
    serviceAccounts: serviceAccountRepository(tx, organizationId),
    apiKeys: apiKeyRepository(tx, organizationId),
    roleBindings: roleBindingRepository(tx, organizationId),
    clusters: clusterRepository(tx, organizationId, advertisedHost),
    operations: operationRepository(tx, organizationId),
    audit: async (event) => { await tx.auditEvent.create({ data: { organizationId, ...event } }); },
  };
}

function systemReads(database: Database): SystemReads {
  return {
    findKey: (id) => database.system(async (tx) => {
      const row = await tx.apiKey.findUnique({ where: { id }, select: { id: true, organizationId: true, ownerId: true, clusterId: true, secretSha256: true } });
      return row as Awaited<ReturnType<SystemReads['findKey']>>;
    }),
    operatorOrganization: () => database.system(async (tx) => ((await tx.organization.findFirst({ where: { isOperator: true } }))?.id ?? null) as OrganizationId | null),
  };
}
