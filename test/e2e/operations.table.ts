import type { Tenant } from './tenant.fixture.js';

/** A valid body for each operation that takes one, on this tenant's things. An operation without a row here fails the tests that go by it. */
export function bodiesFor(tenant: Tenant): Record<string, unknown> {
  const config = { name: 'retention.ms', value: '1000' };
  const acl = { resource_type: 'TOPIC', resource_name: 'orders', pattern_type: 'LITERAL', principal: `User:${tenant.serviceAccountId}`, host: '*', operation: 'READ', permission: 'ALLOW' };
  return {
    Organizations_update: { display_name: 'Renamed' },
    Environments_create: { display_name: 'another' },
    Environments_update: { display_name: 'renamed' },
    ServiceAccounts_create: { display_name: 'another' },
    ServiceAccounts_update: { description: 'changed' },
    ApiKeys_create: { spec: { owner: { id: tenant.serviceAccountId }, resource: { id: tenant.clusterId, environment: tenant.environmentId } } },
    ApiKeys_update: { spec: { description: 'changed' } },
    RoleBindings_create: {
      principal: `User:${tenant.serviceAccountId}`, role_name: 'EnvironmentAdmin',
      crn_pattern: `crn://confluent.cloud/organization=${tenant.organizationId}/environment=${tenant.environmentId}`,
    },
    Clusters_create: { spec: { display_name: 'another', cloud: 'AWS', region: 'embedded', environment: { id: tenant.environmentId } } },
    Clusters_update: { spec: { display_name: 'renamed', environment: { id: tenant.environmentId } } },
    NamingPolicies_set: { mode: 'warn', template: '<env>.<service>.<jira>.<type>' },
    NamingPolicies_check: { topic_names: ['dev.pay.jira-1.json', 'orders'] },
    Engines_replaceBroker: { node_id: 1 },
    Partitions_reassign: { partitions: [{ topic_name: 'orders', partition_id: 0, replicas: [1] }] },
    Partitions_electLeaders: { election: 'preferred' },
    Sizing_estimate: { profile: 'production', average_mib_per_s: 20, peak_mib_per_s: 50, retention_hours: 24, consumer_groups: 2 },
    AttachedClusters_create: { organization_id: tenant.organizationId, environment_id: tenant.environmentId, display_name: 'elsewhere', bootstrap_servers: ['127.0.0.1:9'], security_protocol: 'PLAINTEXT' },
    AttachedClusters_update: {},
    PlatformOrganizations_create: { display_name: 'Another' },
    KafkaTopics_create: { topic_name: 'orders', partitions_count: 1 },
    KafkaTopics_update: { partitions_count: 2 },
    KafkaTopicConfigs_set: { value: '1000' },
    KafkaTopicConfigs_alter: { data: [config] },
    KafkaBrokerConfigs_set: { value: '1000' },
    KafkaBrokerConfigs_alter: { data: [config] },
    KafkaOneBrokerConfigs_set: { value: '1000' },
    KafkaOneBrokerConfigs_alter: { data: [config] },
    KafkaAcls_create: acl,
    KafkaAcls_createBatch: { data: [acl] },
  };
}

/** Whose body names nothing of another's: an administrator elsewhere makes one at home, or reckons, which is no leak. */
export const bodyNamesNothing: ReadonlySet<string> = new Set(['Environments_create', 'ServiceAccounts_create', 'Sizing_estimate']);

/** Required query parameters. */
export function queryFor(operationId: string, tenant: Tenant): string {
  if (/^(Clusters|SchemaRegistryClusters)_(list|get|remove)$/.test(operationId)) return `?environment=${tenant.environmentId}`;
  if (operationId === 'RoleBindings_list') return `?crn_pattern=crn://confluent.cloud/organization=${tenant.organizationId}/*`;
  if (operationId === 'KafkaAcls_remove') return '?resource_type=TOPIC&pattern_type=LITERAL&operation=READ&permission=ALLOW';
  if (operationId === 'ClientConfigs_get') return '?client=java';
  return '';
}

const idOfController: Record<string, (tenant: Tenant) => string> = {
  Organizations: (tenant) => tenant.organizationId, Environments: (tenant) => tenant.environmentId, Users: (tenant) => tenant.userId,
  ServiceAccounts: (tenant) => tenant.serviceAccountId, ApiKeys: (tenant) => tenant.clusterKey.id, RoleBindings: (tenant) => tenant.roleBindingId,
  Clusters: (tenant) => tenant.clusterId, SchemaRegistryClusters: () => 'lsrc-1', Operations: (tenant) => tenant.operationId, Engines: (tenant) => tenant.clusterId, AttachedClusters: (tenant) => tenant.clusterId,
  NamingPolicies: (tenant) => tenant.environmentId, NamingReports: (tenant) => tenant.clusterId, Logs: (tenant) => tenant.clusterId, Partitions: (tenant) => tenant.clusterId, ClientConfigs: (tenant) => tenant.clusterId,
};

const parameters: Record<string, string> = { topic_name: 'orders', name: 'retention.ms', partition_id: '0', broker_id: '1', consumer_group_id: 'group', consumer_id: 'consumer' };

/** The operation's path with this tenant's ids in it. */
export function pathFor(operation: Operation, tenant: Tenant): string {
  return operation.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
    const value = name === 'cluster_id' ? tenant.clusterId : name === 'id' ? idOfController[operation.operationId.split('_')[0]]?.(tenant) : parameters[name];
    if (value === undefined) throw new Error(`${operation.operationId}: no value for its path parameter ${name}; add one to test/e2e/operations.table.ts`);
    return value;
  }) + queryFor(operation.operationId, tenant);
}

export interface Operation { operationId: string; method: string; path: string; hasBody: boolean }

interface Document { paths: Record<string, Record<string, { operationId: string; requestBody?: unknown }>> }

export function operationsOf(document: Document): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { operationId, requestBody }]) => (
    { operationId, method: method.toUpperCase(), path, hasBody: requestBody !== undefined })));
}
