import { kafkaCrn, type Broker, type Cluster, type ClusterInspection, type ClusterReport, type HealthSummary } from '#libs/control/application';
import { invariant } from '#libs/kernel';
import type { EngineDto } from './cluster.dto.js';
import { paths, SLUICE_V1 } from './paths.js';
import { presentOperation } from './sluice.presenter.js';

type Status = EngineDto['status'];

function presentBroker({ nodeId, roles, rack, ports, process, bundle, restartNeeded }: Broker, { inspection, health }: ClusterReport): Status['brokers'][number] {
  const seen = inspection?.brokers.find((each) => each.nodeId === nodeId) ?? null;
  const controllerId = health?.controllerId ?? null;
  return {
    node_id: nodeId, roles: [...roles], rack, ports: { external: ports.external, internal: ports.internal, controller: ports.controller }, process, bundle, restart_needed: restartNeeded,
    is_registered: health === null || !roles.includes('broker') ? null : health.brokers.includes(nodeId),
    is_active_controller: controllerId === null ? null : controllerId === nodeId,
    pid: seen?.pid ?? null, started_at: seen?.startedAt?.toISOString() ?? null, memory_bytes: seen?.memoryBytes ?? null, disk_bytes: seen?.diskBytes ?? null, disk_free_bytes: seen?.diskFreeBytes ?? null,
  };
}

const presentServices = ({ services }: ClusterInspection): NonNullable<Status['services']> => services.map(({ name, nodes }) => (
  { name, nodes: nodes.map(({ nodeId, state, pid, memoryBytes }) => ({ node_id: nodeId, state, pid, memory_bytes: memoryBytes })) }));

const presentHealth = (health: HealthSummary): NonNullable<Status['health']> => ({
  broker_ids: [...health.brokers], controller_id: health.controllerId, voter_ids: health.voters && [...health.voters], partitions: health.partitions,
  under_replicated_partitions: health.underReplicated, under_min_isr_partitions: health.underMinIsr, offline_partitions: health.offline, moving_partitions: health.moving,
  examples: health.examples.map(({ topic, partition, leader, replicas, isr }) => ({ topic_name: topic, partition_id: partition, leader, replicas: [...replicas], isr: [...isr] })),
});

function presentSpec({ displayName, environmentId, engine, flushMode, diskLimitBytes }: Cluster): EngineDto['spec'] {
  const { engine: name, version, brokers, controllers, heapMb, configs } = engine;
  return { display_name: displayName, environment_id: environmentId, engine: { name, version, brokers, controllers, heap_mb: heapMb, configs: { ...configs } }, flush_mode: flushMode, disk_limit_bytes: diskLimitBytes };
}

export function presentReport(report: ClusterReport, baseUrl: string): EngineDto {
  const { cluster, inspection, health, problems, operations } = report;
  const { id, organizationId, environmentId, createdAt, updatedAt } = cluster;
  invariant(cluster.phase !== 'DELETING', 'a cluster that is going away is not shown');
  return {
    api_version: SLUICE_V1, kind: 'Cluster', id,
    metadata: {
      self: baseUrl + paths.cluster(id), resource_name: kafkaCrn(organizationId, environmentId, id),
      created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString(),
    },
    spec: presentSpec(cluster),
    status: {
      phase: cluster.phase, reason: cluster.failureReason, is_paused: cluster.isPaused, kafka_cluster_id: cluster.kafkaClusterId, bootstrap_endpoint: cluster.bootstrapEndpoint,
      generation: cluster.generation, observed_generation: cluster.observedGeneration, brokers: cluster.brokers.map((broker) => presentBroker(broker, report)),
      services: inspection && presentServices(inspection), health: health && presentHealth(health), problems: [...problems], operations: operations.map((operation) => presentOperation(operation, baseUrl)),
    },
  };
}
