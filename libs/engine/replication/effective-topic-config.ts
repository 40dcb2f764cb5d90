/**
 * What a topic's configuration amounts to on this broker. Kafka's precedence: the topic's own value, this broker's dynamic value, the
 * cluster-wide dynamic value, server.properties, Kafka's default. Pure. Values were checked when they were set; one that
 * can't be read here all the same falls through to the next level, so that a bad line never takes a partition offline.
 */
import type { CompressionCodec } from '#libs/kernel';
import type { ConfigMap } from '../controller/index.js';
import type { LogConfig } from '../log/index.js';

export interface TopicSettings {
  log: LogConfig;
  compacted: boolean;
  /** cleanup.policy holds `delete`. */
  deletable: boolean;
  /** On the batch as it came, compressed. */
  maxMessageBytes: number;
  timestampType: 'CreateTime' | 'LogAppendTime';
  timestampBeforeMaxMs: number;
  timestampAfterMaxMs: number;
  /** What batches are stored as; `producer` leaves them as they came, null stores them uncompressed. */
  compression: 'producer' | CompressionCodec | null;
  minInsyncReplicas: number;
}

/** The maps that values are looked up in, nearest first. */
export interface ConfigLevels {
  topic: ConfigMap;
  broker: ConfigMap;
  clusterDefault: ConfigMap;
  static: ConfigMap;
}

type Parse<T> = (text: string) => T | undefined;

const integer: Parse<number> = (text) => {
  if (!/^-?\d+$/.test(text.trim())) return undefined;
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
};
const hours: Parse<number> = (text) => {
  const value = integer(text);
  return value === undefined ? undefined : value * 3_600_000;
};
const list: Parse<string[]> = (text) => text.split(',').map((item) => item.trim()).filter((item) => item !== '');

interface BrokerSynonym<T> { name: string; parse: Parse<T> }

function value<T>(levels: ConfigLevels, topicName: string, parse: Parse<T>, synonyms: readonly BrokerSynonym<T>[], fallback: T): T {
  const own = levels.topic.get(topicName);
  const parsed = own === undefined ? undefined : parse(own);
  if (parsed !== undefined) return parsed;
  for (const level of [levels.broker, levels.clusterDefault, levels.static]) {
    for (const synonym of synonyms) {
      const text = level.get(synonym.name);
      const inherited = text === undefined ? undefined : synonym.parse(text);
      if (inherited !== undefined) return inherited;
    }
  }
  return fallback;
}

function compression(text: string): TopicSettings['compression'] | undefined {
  switch (text) {
    case 'producer': case 'gzip': case 'snappy': case 'lz4': case 'zstd': return text;
    case 'uncompressed': case 'none': return null;
    default: return undefined;
  }
}

function timestampType(text: string): TopicSettings['timestampType'] | undefined {
  return text === 'CreateTime' || text === 'LogAppendTime' ? text : undefined;
}

function logConfig(levels: ConfigLevels): LogConfig {
  return {
    segmentBytes: value(levels, 'segment.bytes', integer, [{ name: 'log.segment.bytes', parse: integer }], 1_073_741_824),
    segmentMs: value(levels, 'segment.ms', integer, [{ name: 'log.roll.ms', parse: integer }, { name: 'log.roll.hours', parse: hours }], 604_800_000),
    segmentIndexBytes: value(levels, 'segment.index.bytes', integer, [{ name: 'log.index.size.max.bytes', parse: integer }], 10_485_760),
    indexIntervalBytes: value(levels, 'index.interval.bytes', integer, [{ name: 'log.index.interval.bytes', parse: integer }], 4_096),
  };
}

export function effectiveTopicConfig(levels: ConfigLevels): TopicSettings {
  const policies = value(levels, 'cleanup.policy', list, [{ name: 'log.cleanup.policy', parse: list }], ['delete']);
  return {
    log: logConfig(levels),
    compacted: policies.includes('compact'),
    deletable: policies.includes('delete'),
    maxMessageBytes: value(levels, 'max.message.bytes', integer, [{ name: 'message.max.bytes', parse: integer }], 1_048_588),
    timestampType: value(levels, 'message.timestamp.type', timestampType, [{ name: 'log.message.timestamp.type', parse: timestampType }], 'CreateTime'),
    timestampBeforeMaxMs: value(levels, 'message.timestamp.before.max.ms', integer, [{ name: 'log.message.timestamp.before.max.ms', parse: integer }], Number.MAX_SAFE_INTEGER),
    timestampAfterMaxMs: value(levels, 'message.timestamp.after.max.ms', integer, [{ name: 'log.message.timestamp.after.max.ms', parse: integer }], 3_600_000),
    compression: value(levels, 'compression.type', compression, [{ name: 'compression.type', parse: compression }], 'producer'),
    minInsyncReplicas: value(levels, 'min.insync.replicas', integer, [{ name: 'min.insync.replicas', parse: integer }], 1),
  };
}
