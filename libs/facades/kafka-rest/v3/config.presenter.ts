import type { ConfigChange, ConfigEntry } from '#libs/control/application/data-plane';
import type { BrokerConfigDto, ConfigBatchDto, TopicConfigDto } from './config.dto.js';
import type { Links } from './envelope.presenter.js';

function presentEntry(entry: ConfigEntry) {
  return {
    name: entry.name, value: entry.value, is_default: entry.isDefault, is_read_only: entry.isReadOnly, is_sensitive: entry.isSensitive, source: entry.source,
    synonyms: entry.synonyms,
  };
}

export function presentTopicConfig(topic: string, entry: ConfigEntry, links: Links): TopicConfigDto {
  return { kind: 'KafkaTopicConfig', metadata: links.metadata('topics', topic, 'configs', entry.name), cluster_id: links.clusterId, topic_name: topic, ...presentEntry(entry) };
}

export function presentTopicDefault(topic: string, entry: ConfigEntry, links: Links): TopicConfigDto {
  return { kind: 'KafkaTopicDefaultConfig', metadata: links.metadata('topics', topic, 'default-configs', entry.name), cluster_id: links.clusterId, topic_name: topic, ...presentEntry(entry) };
}

export function presentBrokerConfig(entry: ConfigEntry, links: Links): BrokerConfigDto {
  return { kind: 'KafkaClusterConfig', metadata: links.metadata('broker-configs', entry.name), cluster_id: links.clusterId, config_type: 'BROKER', ...presentEntry(entry) };
}

export function presentOneBrokersConfig(brokerId: number, entry: ConfigEntry, links: Links): BrokerConfigDto {
  return { kind: 'KafkaBrokerConfig', metadata: links.metadata('brokers', brokerId, 'configs', entry.name), cluster_id: links.clusterId, config_type: 'BROKER', ...presentEntry(entry) };
}

export function toChanges(body: ConfigBatchDto): ConfigChange[] {
  return body.data.map(({ name, value, operation }) => ({ name, value: value ?? null, operation: operation ?? 'SET' }));
}
