import { hostPortText, kafkaCrn, type AttachedCluster, type AttachInput, type RemoteInput, type RemoteUsersRemoved } from '#libs/control/application';
import type { AttachedClusterCreateDto, AttachedClusterDto, AttachedClusterUpdateDto, DetachedClusterDto } from './attached-clusters.dto.js';
import { paths, SLUICE_V1 } from './paths.js';

const PUBLIC_REASONS = { keys: 'api_keys', scramUsers: 'scram_users', acls: 'acls', transactions: 'transactions' } as const;

/** What isn't said stays as it is; null takes away. */
export function toRemoteInput(body: AttachedClusterUpdateDto): RemoteInput {
  const { bootstrap_servers: servers, security_protocol: protocol, mechanism, username, password, ca_pem: caPem, certificate_pem: certificatePem, key_pem: keyPem } = body;
  return { bootstrapServers: servers ?? undefined, securityProtocol: protocol ?? undefined, mechanism, username, password, caPem, certificatePem, keyPem };
}

export const toAttachInput = (body: AttachedClusterCreateDto): AttachInput => ({
  ...toRemoteInput(body), organizationId: body.organization_id, environmentId: body.environment_id, displayName: body.display_name,
  ...(body.cloud ? { cloud: body.cloud } : {}), ...(body.region ? { region: body.region } : {}),
});

export function presentAttachedCluster({ cluster, remote, brokers }: AttachedCluster, baseUrl: string): AttachedClusterDto {
  const { connection, findings } = remote;
  const { capabilities, reasons } = findings;
  const seen = brokers.length > 0 ? brokers : findings.brokers.map((broker) => ({ ...broker, isReachable: true, reason: null }));
  return {
    api_version: SLUICE_V1, kind: 'AttachedCluster', id: cluster.id,
    metadata: {
      self: baseUrl + paths.attachedCluster(cluster.id), resource_name: kafkaCrn(cluster.organizationId, cluster.environmentId, cluster.id),
      created_at: remote.createdAt.toISOString(), updated_at: remote.updatedAt.toISOString(),
    },
    spec: {
      display_name: cluster.displayName, organization_id: cluster.organizationId, environment_id: cluster.environmentId, cloud: cluster.cloud, region: cluster.region,
      bootstrap_servers: connection.bootstrap.map(hostPortText), security_protocol: connection.protocol, mechanism: connection.mechanism, username: connection.username,
      ca_pem: connection.caPem, certificate_pem: connection.certificatePem,
    },
    status: {
      phase: cluster.phase, reason: cluster.failureReason, kafka_cluster_id: findings.kafkaClusterId, tested_at: remote.testedAt.toISOString(),
      brokers: seen.map(({ nodeId, host, port, rack, isReachable, reason }) => ({ broker_id: nodeId, host, port, rack, is_reachable: isReachable, reason })),
      mechanisms: [...findings.mechanisms], features: { ...findings.features },
      capabilities: {
        api_keys: capabilities.keys !== 'none', scram_users: capabilities.scramUsers, acls: findings.acls, transactions: capabilities.transactions, life_cycle: capabilities.lifeCycle,
        naming_policy_on_brokers: capabilities.namingPolicy,
        reasons: Object.fromEntries(Object.entries(reasons).map(([name, reason]) => [PUBLIC_REASONS[name as keyof typeof PUBLIC_REASONS], reason])),
      },
      api_key_principal: capabilities.keys === 'none' ? null : 'User:{api key id}',
    },
  };
}

export const presentDetachedCluster = (id: string, { removed, left, reason }: RemoteUsersRemoved): DetachedClusterDto =>
  ({ api_version: SLUICE_V1, kind: 'DetachedCluster', id, users_removed: removed, users_left: left, reason });
