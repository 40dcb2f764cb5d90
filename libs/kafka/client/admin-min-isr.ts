/** What topics need in sync, over the Kafka protocol, in as few calls as the cluster lets. */
import { DescribeConfigsRequest, DescribeConfigsResponse, ErrorCode } from '#libs/kafka/protocol';
import { ConfigResourceType } from './admin-configs.js';
import { clientLimits } from './client.limits.js';
import type { Cluster } from './cluster.js';
import { ClusterUnreachableError } from './errors.js';
import { raise } from './raise.js';
import { hasCode } from './retry.js';

const NOT_TOLD = new Set<number>([ErrorCode.CLUSTER_AUTHORIZATION_FAILED, ErrorCode.TOPIC_AUTHORIZATION_FAILED, ErrorCode.UNSUPPORTED_VERSION, ErrorCode.NOT_CONTROLLER, ErrorCode.BROKER_NOT_AVAILABLE]);

async function toldOrNull<T>(work: Promise<T>): Promise<T | null> {
  return work.catch((error: unknown) => {
    if (hasCode(error, NOT_TOLD) || error instanceof ClusterUnreachableError) return null;
    throw error;
  });
}

/** `min.insync.replicas` by topic; a topic that is gone by now has none. */
async function minIsrOf(cluster: Cluster, topics: readonly string[]): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (let from = 0; from < topics.length; from += clientLimits.configTopicsMax) {
    const resources = topics.slice(from, from + clientLimits.configTopicsMax).map((resourceName) => ({ resourceType: ConfigResourceType.topic, resourceName, configurationKeys: ['min.insync.replicas'] }));
    const { results } = await cluster.any((c) => c.send(DescribeConfigsRequest, DescribeConfigsResponse, { resources, includeSynonyms: false, includeDocumentation: false }));
    for (const { errorCode, errorMessage, resourceName, configs } of results) {
      if (errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) continue;
      raise(errorCode, errorMessage);
      found.set(resourceName, Number(configs[0]?.value ?? 1));
    }
  }
  return found;
}

/** The same; null: this principal may not see the configs. */
export const minInsyncReplicas = (cluster: Cluster, topics: readonly string[]): Promise<Map<string, number> | null> => toldOrNull(minIsrOf(cluster, topics));
