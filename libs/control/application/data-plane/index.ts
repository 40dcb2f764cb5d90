/** What happens inside a tenant's cluster: topics, configs, ACLs and groups, over the Kafka protocol and for any engine alike. */
import type { Caller } from '#libs/control/domain';
import type { ClusterPool, ClusterDescription } from '#libs/kafka/client';
import type { DataPlaneAccess, DataPlaneService, InstallationService } from '../services.js';
import { createAclsUseCases, type AclsUseCases } from './acls.js';
import { createClientConnectionsUseCases, type ClientConnectionsUseCases } from './client-connections.js';
import { createConfigsUseCases, type ConfigsUseCases } from './configs.js';
import { connectAsPlatform, createDataPlaneConnections, type DataPlaneTrust } from './connections.js';
import { createClusterMetricsUseCases, type ClusterMetricsUseCases } from './cluster-metrics.js';
import { createGroupsUseCases, type GroupsUseCases } from './groups.js';
import { createNamingReportUseCases, type NamingReportUseCases } from './naming-report.js';
import { createLogsUseCases, type LogsUseCases } from './logs.js';
import { createReassignmentsUseCases, type ReassignmentsUseCases } from './reassignments.js';
import { createTopicsUseCases, type TopicsUseCases } from './topics.js';

export interface KafkaDataPlane {
  /** Ids of those that the caller may look into, whether they answer at present or not. */
  clusters(caller: Caller): Promise<string[]>;
  describe(caller: Caller, clusterId: string): Promise<{ access: DataPlaneAccess; description: ClusterDescription }>;
  topics: TopicsUseCases;
  reassignments: ReassignmentsUseCases;
  configs: ConfigsUseCases;
  acls: AclsUseCases;
  groups: GroupsUseCases;
  logs: LogsUseCases;
  metrics: ClusterMetricsUseCases;
  naming: NamingReportUseCases;
  clientConnections: ClientConnectionsUseCases;
}

/** The platform comes in by the internal listener; what it tells of brokers is what clients use. */
function asAdvertised({ as, brokers, bootstrapEndpoint }: DataPlaneAccess, description: ClusterDescription): ClusterDescription {
  if (as.mode === 'caller') return description;
  const hosts = new Map((bootstrapEndpoint ?? '').split(',').map((each) => [Number(each.slice(each.lastIndexOf(':') + 1)), each.slice(0, each.lastIndexOf(':'))] as const));
  return {
    ...description,
    brokers: description.brokers.map((broker) => {
      const port = brokers.find(({ nodeId }) => nodeId === broker.nodeId)?.externalPort;
      const host = port === undefined ? undefined : hosts.get(port);
      return port === undefined || host === undefined ? broker : { ...broker, host, port };
    }),
  };
}

export function createKafkaDataPlane(service: DataPlaneService, pool: ClusterPool, trust: DataPlaneTrust, installation: InstallationService): KafkaDataPlane {
  const connections = createDataPlaneConnections(service, pool, trust);
  return {
    clusters: (caller) => service.clusters(caller),
    async describe(caller, clusterId) {
      const { access, client } = await connections.open(caller, clusterId);
      return { access, description: asAdvertised(access, await client.describe()) };
    },
    topics: createTopicsUseCases(connections),
    reassignments: createReassignmentsUseCases(connections),
    configs: createConfigsUseCases(connections),
    acls: createAclsUseCases(connections),
    groups: createGroupsUseCases(connections),
    logs: createLogsUseCases(connections),
    metrics: createClusterMetricsUseCases(connections, installation),
    naming: createNamingReportUseCases(connections),
    clientConnections: createClientConnectionsUseCases(service, trust),
  };
}

export type { RemoteTrust } from './connections.js';
export type { AclsUseCases, ConfigsUseCases, DataPlaneTrust, GroupsUseCases, TopicsUseCases };
export { connectAsPlatform };
export { createClusterAdministration, type Connect } from './administration.js';
export type { ConfigTarget } from './configs.js';
export type { ClientConnection } from './client-connections.js';
export { kafkaTimeMs } from './kafka-time.js';
export type { NamingReport } from './naming-report.js';
export { CLUSTER_METRICS_LIMITS, type ClusterMetrics } from './cluster-metrics.js';
export type { Election, PartitionInCluster } from './reassignments.js';
export type { PartitionLag } from './groups.js';
export type { TopicInput } from './topics.js';
export type { BrokerMetrics, AclEntry, AclEntryFilter, ClusterDescription, ConfigChange, ConfigEntry, GroupDescription, MemberDescription, PartitionLogDescription, PartitionOutcome, Reassignment, ReassignmentDescription, SegmentDescription, TopicDescription } from '#libs/kafka/client';
