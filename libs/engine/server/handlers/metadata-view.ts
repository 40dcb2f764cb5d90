/** What several metadata handlers show alike: brokers as a listener sees them, partitions, topics that a caller may know of. */
import { ErrorCode } from '#libs/kafka/protocol';
import { AclOperation, ResourceType, type MetadataImage, type PartitionImage } from '../../controller/index.js';
import type { RequestContext, ServerDeps } from '../api.js';

export const CLUSTER_NAME = 'kafka-cluster';
/** A bit field that wasn't asked for. */
export const NOT_ASKED = -2147483648;

export interface BrokerView { nodeId: number; host: string; port: number; rack: string | null; isFenced: boolean }

/** Brokers that have an address for this listener. */
export function brokersOf(image: MetadataImage, listenerName: string, options: { fenced: boolean }): BrokerView[] {
  const views: BrokerView[] = [];
  for (const broker of image.brokers.values()) {
    const endpoint = broker.endpoints.find((candidate) => candidate.listener === listenerName);
    if (endpoint === undefined || (broker.fenced && !options.fenced)) continue;
    views.push({ nodeId: broker.nodeId, host: endpoint.host, port: endpoint.port, rack: broker.rack, isFenced: broker.fenced });
  }
  return views.sort((a, b) => a.nodeId - b.nodeId);
}

export function partitionView(image: MetadataImage, partition: PartitionImage) {
  const down = (id: number): boolean => image.brokers.get(id)?.fenced ?? true;
  return {
    errorCode: partition.leader < 0 ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.NONE, partitionIndex: partition.partition, leaderId: partition.leader,
    leaderEpoch: partition.leaderEpoch, replicaNodes: partition.replicas, isrNodes: partition.isr, offlineReplicas: partition.replicas.filter(down),
  };
}

export function mayTopic(deps: Pick<ServerDeps, 'authorizer'>, context: RequestContext, operation: number, topic: string): boolean {
  return deps.authorizer.authorize(context.principal, context.clientHost, operation, ResourceType.topic, topic);
}

export function mayCluster(deps: Pick<ServerDeps, 'authorizer'>, context: RequestContext, operation: number): boolean {
  return deps.authorizer.authorize(context.principal, context.clientHost, operation, ResourceType.cluster, CLUSTER_NAME);
}

export function topicOperations(deps: Pick<ServerDeps, 'authorizer'>, context: RequestContext, topic: string): number {
  return deps.authorizer.authorizedOperations(context.principal, context.clientHost, ResourceType.topic, topic);
}

/** 0 without DESCRIBE on the cluster, as Kafka answers. */
export function clusterOperations(deps: Pick<ServerDeps, 'authorizer'>, context: RequestContext): number {
  if (!mayCluster(deps, context, AclOperation.describe)) return 0;
  return deps.authorizer.authorizedOperations(context.principal, context.clientHost, ResourceType.cluster, CLUSTER_NAME);
}
