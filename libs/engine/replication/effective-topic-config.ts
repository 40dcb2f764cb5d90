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
  /** On the batch as it came, compressed. */
  maxMessageBytes: number;
  timestampType: 'CreateTime' | 'LogAppendTime';
  timestampBeforeMaxMs: number;
  timestampAfterMaxMs: number;
  /** What batches are stored as; `producer` leaves them as they came, null stores them uncompressed. */
  compression: 'producer' | CompressionCodec | null;
  /** Of that codec, where it has levels. */
  compressionLevel: number | undefined;
  minInsyncReplicas: number;
  /** In flush mode `os`: records, and time, after which the log is flushed. */
  flushMessages: number;
  flushMs: number;
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

const minutes: Parse<number> = (text) => {
  const value = integer(text);
  return value === undefined ? undefined : value * 60_000;
};
const ratio: Parse<number> = (text) => {
  const value = Number(text);
  return text.trim() !== '' && value >= 0 && value <= 1 ? value : undefined;
};

function retention(levels: ConfigLevels): Pick<LogConfig, 'retentionMs' | 'retentionBytes' | 'fileDeleteDelayMs'> {
  return {
    retentionMs: value(levels, 'retention.ms', integer, [
      { name: 'log.retention.ms', parse: integer }, { name: 'log.retention.minutes', parse: minutes }, { name: 'log.retention.hours', parse: hours },
    ], 604_800_000),
    retentionBytes: value(levels, 'retention.bytes', integer, [{ name: 'log.retention.bytes', parse: integer }], -1),
    fileDeleteDelayMs: value(levels, 'file.delete.delay.ms', integer, [{ name: 'log.segment.delete.delay.ms', parse: integer }], 60_000),
  };
}

function cleaning(levels: ConfigLevels): Pick<LogConfig, 'minCleanableDirtyRatio' | 'minCompactionLagMs' | 'maxCompactionLagMs' | 'deleteRetentionMs'> {
  return {
    minCleanableDirtyRatio: value(levels, 'min.cleanable.dirty.ratio', ratio, [{ name: 'log.cleaner.min.cleanable.ratio', parse: ratio }], 0.5),
    minCompactionLagMs: value(levels, 'min.compaction.lag.ms', integer, [{ name: 'log.cleaner.min.compaction.lag.ms', parse: integer }], 0),
    maxCompactionLagMs: value(levels, 'max.compaction.lag.ms', integer, [{ name: 'log.cleaner.max.compaction.lag.ms', parse: integer }], Number.MAX_SAFE_INTEGER),
    deleteRetentionMs: value(levels, 'delete.retention.ms', integer, [{ name: 'log.cleaner.delete.retention.ms', parse: integer }], 86_400_000),
  };
}

function logConfig(levels: ConfigLevels): LogConfig {
  const policies = value(levels, 'cleanup.policy', list, [{ name: 'log.cleanup.policy', parse: list }], ['delete']);
  const compacted = policies.includes('compact');
  const cleaningConfig = cleaning(levels);
  const segmentMs = value(levels, 'segment.ms', integer, [{ name: 'log.roll.ms', parse: integer }, { name: 'log.roll.hours', parse: hours }], 604_800_000);
  return {
    ...retention(levels),
    ...cleaningConfig,
    compacted,
    deletable: policies.includes('delete'),
    segmentBytes: value(levels, 'segment.bytes', integer, [{ name: 'log.segment.bytes', parse: integer }], 1_073_741_824),
    // Only what is in a sealed segment can be cleaned.
    segmentMs: compacted && cleaningConfig.maxCompactionLagMs > 0 ? Math.min(segmentMs, cleaningConfig.maxCompactionLagMs) : segmentMs,
    segmentJitterMs: value(levels, 'segment.jitter.ms', integer, [{ name: 'log.roll.jitter.ms', parse: integer }, { name: 'log.roll.jitter.hours', parse: hours }], 0),
    segmentIndexBytes: value(levels, 'segment.index.bytes', integer, [{ name: 'log.index.size.max.bytes', parse: integer }], 10_485_760),
    indexIntervalBytes: value(levels, 'index.interval.bytes', integer, [{ name: 'log.index.interval.bytes', parse: integer }], 4_096),
  };
}

/** LZ4's is checked and shown; the encoder here has one level. */
function compressionLevel(levels: ConfigLevels, codec: TopicSettings['compression']): number | undefined {
  if (codec !== 'gzip' && codec !== 'zstd') return undefined;
  const name = `compression.${codec}.level`;
  return value(levels, name, integer, [{ name, parse: integer }], codec === 'gzip' ? -1 : 3);
}

export function effectiveTopicConfig(levels: ConfigLevels): TopicSettings {
  const codec = value(levels, 'compression.type', compression, [{ name: 'compression.type', parse: compression }], 'producer');
  return {
    log: logConfig(levels),
    maxMessageBytes: value(levels, 'max.message.bytes', integer, [{ name: 'message.max.bytes', parse: integer }], 1_048_588),
    timestampType: value(levels, 'message.timestamp.type', timestampType, [{ name: 'log.message.timestamp.type', parse: timestampType }], 'CreateTime'),
    timestampBeforeMaxMs: value(levels, 'message.timestamp.before.max.ms', integer, [{ name: 'log.message.timestamp.before.max.ms', parse: integer }], Number.MAX_SAFE_INTEGER),
    timestampAfterMaxMs: value(levels, 'message.timestamp.after.max.ms', integer, [{ name: 'log.message.timestamp.after.max.ms', parse: integer }], 3_600_000),
    compression: codec,
    compressionLevel: compressionLevel(levels, codec),
    minInsyncReplicas: value(levels, 'min.insync.replicas', integer, [{ name: 'min.insync.replicas', parse: integer }], 1),
    flushMessages: value(levels, 'flush.messages', integer, [{ name: 'log.flush.interval.messages', parse: integer }], Number.MAX_SAFE_INTEGER),
    flushMs: value(levels, 'flush.ms', integer, [{ name: 'log.flush.interval.ms', parse: integer }, { name: 'log.flush.scheduler.interval.ms', parse: integer }], Number.MAX_SAFE_INTEGER),
  };
}
