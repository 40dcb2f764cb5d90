/** Configs over the Kafka protocol: what `kafka-configs` does. */
import { CreateTopicsRequest, CreateTopicsResponse, ErrorCode, KafkaError, DescribeConfigsRequest, DescribeConfigsResponse, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse } from '#libs/kafka/protocol';
import { clientLimits } from './client.limits.js';
import type { CallOptions, Cluster, Use } from './cluster.js';
import { only, raise } from './raise.js';
import { settle } from './settle.js';

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

/** One broker's configs are that broker's to tell and to change; all else is anybody's, in ZooKeeper mode too. */
const onOwner = <T>(cluster: Cluster, resourceType: number, resourceName: string, use: Use<T>, options: CallOptions = {}): Promise<T> =>
  (resourceType === ConfigResourceType.broker && resourceName !== '' ? cluster.node(Number(resourceName), use, options) : cluster.any(use, options));

/** `resourceName` of a broker resource: its id, or '' for the cluster-wide default. `keys` null: all. */
export async function describeConfigs(cluster: Cluster, resourceType: number, resourceName: string, keys: readonly string[] | null = null): Promise<ConfigEntry[]> {
  const draft = { resources: [{ resourceType, resourceName, configurationKeys: keys }], includeSynonyms: true, includeDocumentation: false };
  const result = await onOwner(cluster, resourceType, resourceName, async (c) => {
    const described = only((await c.send(DescribeConfigsRequest, DescribeConfigsResponse, draft)).results);
    raise(described.errorCode, described.errorMessage);
    return described;
  });
  return result.configs.map((c) => ({
    name: c.name, value: c.value, source: sourceOf(c.configSource), isDefault: sourceOf(c.configSource) === 'DEFAULT_CONFIG', isReadOnly: c.readOnly, isSensitive: c.isSensitive,
    synonyms: c.synonyms.map((s) => ({ name: s.name, value: s.value, source: sourceOf(s.source) })),
  }));
}

/** Of a name that is free the cluster tells the configs of a new topic by a mere validation of its creation (KIP-525). */
async function describeNewTopic(cluster: Cluster, name: string): Promise<ConfigEntry[]> {
  const draft = { topics: [{ name, numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] }], timeoutMs: 30_000, validateOnly: true };
  const result = await cluster.controller(async (c) => {
    const validated = only((await c.send(CreateTopicsRequest, CreateTopicsResponse, draft)).topics);
    raise(validated.errorCode, validated.errorMessage);
    return validated;
  }, { repeatable: true, isChange: false });
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

/** All of the changes or none, of a topic, a group, a broker, or ('' as the broker) of all brokers of the cluster. Throws INVALID_CONFIG with Kafka's text. */
export async function alterConfigs(cluster: Cluster, resourceType: number, resourceName: string, changes: readonly ConfigChange[], options: { validateOnly: boolean }): Promise<void> {
  const configs = changes.map((c) => ({ name: c.name, value: c.value, configOperation: OPERATION[c.operation] }));
  await onOwner(cluster, resourceType, resourceName, async (c) => {
    const altered = only((await c.send(IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, { resources: [{ resourceType, resourceName, configs }], validateOnly: options.validateOnly })).responses);
    raise(altered.errorCode, altered.errorMessage);
  }, { isChange: true });
  if (!options.validateOnly) await settle(cluster, () => isInEffect(cluster, resourceType, resourceName, changes), clientLimits.configVisibleWaitMs);
}

const OWN_SOURCES: readonly ConfigSource[] = ['DYNAMIC_TOPIC_CONFIG', 'DYNAMIC_BROKER_CONFIG', 'DYNAMIC_DEFAULT_BROKER_CONFIG', 'DYNAMIC_GROUP_CONFIG'];

async function isInEffect(cluster: Cluster, resourceType: number, resourceName: string, changes: readonly ConfigChange[]): Promise<boolean> {
  const entries = new Map((await describeConfigs(cluster, resourceType, resourceName, changes.map(({ name }) => name))).map((entry) => [entry.name, entry]));
  // A broker's own setting and the default of all are both dynamic: whose it is, is told by the synonyms.
  const own = resourceType !== ConfigResourceType.broker ? OWN_SOURCES : resourceName === '' ? OWN_SOURCES.slice(2, 3) : OWN_SOURCES.slice(1, 2);
  return changes.every(({ name, value, operation }) => {
    const entry = entries.get(name);
    const set = entry !== undefined && own.includes(entry.source);
    return operation === 'DELETE' ? !set : set && (entry.isSensitive || entry.value === value);
  });
}
