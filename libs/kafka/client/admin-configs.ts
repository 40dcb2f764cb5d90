/** Configs over the Kafka protocol: what `kafka-configs` does. */
import { CreateTopicsRequest, CreateTopicsResponse, ErrorCode, KafkaError, DescribeConfigsRequest, DescribeConfigsResponse, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse } from '#libs/kafka/protocol';
import type { Cluster } from './cluster.js';
import { raise } from './raise.js';

export const ConfigResourceType = { topic: 2, broker: 4, group: 32 } as const;

/** Source ids of DescribeConfigs in Kafka's words. */
export const CONFIG_SOURCES = ['UNKNOWN', 'DYNAMIC_TOPIC_CONFIG', 'DYNAMIC_BROKER_CONFIG', 'DYNAMIC_DEFAULT_BROKER_CONFIG', 'STATIC_BROKER_CONFIG', 'DEFAULT_CONFIG', 'DYNAMIC_BROKER_LOGGER_CONFIG', 'DYNAMIC_CLIENT_METRICS_CONFIG', 'DYNAMIC_GROUP_CONFIG'] as const;
export type ConfigSource = (typeof CONFIG_SOURCES)[number];

export interface ConfigEntry {
  name: string;
  value: string | null;
  source: ConfigSource;
  isDefault: boolean;
  isReadOnly: boolean;
  isSensitive: boolean;
  synonyms: { name: string; value: string | null; source: ConfigSource }[];
}

const sourceOf = (id: number): ConfigSource => CONFIG_SOURCES[id] ?? 'UNKNOWN';

/** `resourceName` of a broker resource: its id, or '' for the cluster-wide default. `keys` null: all. */
export async function describeConfigs(cluster: Cluster, resourceType: number, resourceName: string, keys: readonly string[] | null = null): Promise<ConfigEntry[]> {
  const draft = { resources: [{ resourceType, resourceName, configurationKeys: keys }], includeSynonyms: true, includeDocumentation: false };
  const nodeId = resourceType === ConfigResourceType.broker && resourceName !== '' ? Number(resourceName) : null;
  const send = (c: Parameters<Parameters<Cluster['any']>[0]>[0]) => c.send(DescribeConfigsRequest, DescribeConfigsResponse, draft);
  const answer = await (nodeId === null ? cluster.any(send) : cluster.node(nodeId, send));
  const result = answer.results[0]!;
  raise(result.errorCode, result.errorMessage);
  return result.configs.map((c) => ({
    name: c.name, value: c.value, source: sourceOf(c.configSource), isDefault: sourceOf(c.configSource) === 'DEFAULT_CONFIG', isReadOnly: c.readOnly, isSensitive: c.isSensitive,
    synonyms: c.synonyms.map((s) => ({ name: s.name, value: s.value, source: sourceOf(s.source) })),
  }));
}

/** Of a name that is free the cluster tells the configs of a new topic by a mere validation of its creation (KIP-525). */
async function describeNewTopic(cluster: Cluster, name: string): Promise<ConfigEntry[]> {
  const answer = await cluster.controller((c) => c.send(CreateTopicsRequest, CreateTopicsResponse, {
    topics: [{ name, numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] }], timeoutMs: 30_000, validateOnly: true,
  }));
  const result = answer.topics[0]!;
  raise(result.errorCode, result.errorMessage);
  return (result.configs ?? []).map((c) => ({
    name: c.name, value: c.value, source: sourceOf(c.configSource), isDefault: sourceOf(c.configSource) === 'DEFAULT_CONFIG', isReadOnly: c.readOnly, isSensitive: c.isSensitive, synonyms: [],
  }));
}

/**
 * What a topic has, or would have if it were made, where nothing is set for it: for whoever may describe its configs. `validator` is the same cluster as
 * a principal that may create any topic; it makes none, and `unusedName` must be one that none has.
 */
export async function describeTopicDefaults(cluster: Cluster, { validator, unusedName }: { validator: Cluster; unusedName: string }, topic: string): Promise<ConfigEntry[]> {
  let entries: ConfigEntry[];
  try {
    entries = await describeConfigs(cluster, ConfigResourceType.topic, topic);
  } catch (error) {
    if (!(error instanceof KafkaError && error.code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)) throw error;
    return describeNewTopic(validator, topic);
  }
  const plain = entries.map((entry) => ({ ...entry, synonyms: [] }));
  if (plain.every(({ source }) => source !== 'DYNAMIC_TOPIC_CONFIG')) return plain;
  // What is set hides the default where no broker setting stands behind it: one that nobody has made tells.
  const fresh = new Map((await describeNewTopic(validator, unusedName)).map((entry) => [entry.name, entry]));
  return plain.map((entry) => (entry.source === 'DYNAMIC_TOPIC_CONFIG' ? fresh.get(entry.name) ?? entry : entry));
}

const OPERATION = { SET: 0, DELETE: 1 } as const;
export interface ConfigChange { name: string; value: string | null; operation: keyof typeof OPERATION }

/** All of the changes or none. Throws INVALID_CONFIG with Kafka's text. */
export async function alterConfigs(cluster: Cluster, resourceType: number, resourceName: string, changes: readonly ConfigChange[], options: { validateOnly: boolean }): Promise<void> {
  const configs = changes.map((c) => ({ name: c.name, value: c.value, configOperation: OPERATION[c.operation] }));
  const answer = await cluster.controller((c) => c.send(IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, { resources: [{ resourceType, resourceName, configs }], validateOnly: options.validateOnly }));
  const result = answer.responses[0]!;
  raise(result.errorCode, result.errorMessage);
}
