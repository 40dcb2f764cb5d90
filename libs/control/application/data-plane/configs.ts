/** Configs of topics and the cluster-wide dynamic defaults of brokers. */
import { randomUUID } from 'node:crypto';
import type { Caller } from '#libs/control/domain';
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { alterConfigs, ConfigResourceType, describeConfigs, describeTopicDefaults, listTopics, type Cluster, type ConfigChange, type ConfigEntry } from '#libs/kafka/client';
import type { DataPlaneConnections } from './connections.js';

/** A topic's config, one broker's, or (`broker`) the default that all brokers of the cluster share. */
export type ConfigTarget = { topic: string } | { broker: number } | 'broker';

export interface ConfigsUseCases {
  list(caller: Caller, clusterId: string, target: ConfigTarget): Promise<ConfigEntry[]>;
  listAllTopics(caller: Caller, clusterId: string): Promise<{ topic: string; configs: ConfigEntry[] }[]>;
  /** What the topic has, or would have if it were made, where nothing is set for it. */
  topicDefaults(caller: Caller, clusterId: string, topic: string): Promise<ConfigEntry[]>;
  /** Throws INVALID_CONFIG, as `get`. */
  topicDefault(caller: Caller, clusterId: string, topic: string, name: string): Promise<ConfigEntry>;
  /** Throws INVALID_CONFIG for a name that there isn't. */
  get(caller: Caller, clusterId: string, target: ConfigTarget, name: string): Promise<ConfigEntry>;
  alter(caller: Caller, clusterId: string, target: ConfigTarget, changes: readonly ConfigChange[], options?: { validateOnly: boolean }): Promise<void>;
}

const resourceOf = (target: ConfigTarget): [number, string] => {
  if (target === 'broker') return [ConfigResourceType.broker, ''];
  return 'topic' in target ? [ConfigResourceType.topic, target.topic] : [ConfigResourceType.broker, String(target.broker)];
};
const CONCURRENT_DESCRIPTIONS = 20;

function named(configs: readonly ConfigEntry[], name: string): ConfigEntry {
  const found = configs.find((entry) => entry.name === name);
  if (!found) throw new KafkaError(ErrorCode.INVALID_CONFIG, `There is no config "${name}" here.`);
  return found;
}

export function createConfigsUseCases(connections: DataPlaneConnections): ConfigsUseCases {
  const describe = (client: Cluster, target: ConfigTarget): Promise<ConfigEntry[]> => describeConfigs(client, ...resourceOf(target));
  const topicDefaults: ConfigsUseCases['topicDefaults'] = async (caller, clusterId, topic) => {
    const { access, client } = await connections.open(caller, clusterId);
    return describeTopicDefaults(client, { validator: connections.asPlatform(access), unusedName: randomUUID() }, topic);
  };
  return {
    topicDefaults,
    topicDefault: async (caller, clusterId, topic, name) => named(await topicDefaults(caller, clusterId, topic), name),
    async list(caller, clusterId, target) {
      return describe((await connections.open(caller, clusterId)).client, target);
    },
    async listAllTopics(caller, clusterId) {
      const { client } = await connections.open(caller, clusterId);
      const topics = await listTopics(client);
      const all: { topic: string; configs: ConfigEntry[] }[] = [];
      for (let from = 0; from < topics.length; from += CONCURRENT_DESCRIPTIONS) {
        const some = topics.slice(from, from + CONCURRENT_DESCRIPTIONS);
        all.push(...await Promise.all(some.map(async ({ name }) => ({ topic: name, configs: await describe(client, { topic: name }) }))));
      }
      return all;
    },
    async get(caller, clusterId, target, name) {
      return named(await describe((await connections.open(caller, clusterId)).client, target), name);
    },
    async alter(caller, clusterId, target, changes, options = { validateOnly: false }) {
      const { client } = await connections.open(caller, clusterId);
      await alterConfigs(client, ...resourceOf(target), changes, options);
    },
  };
}
