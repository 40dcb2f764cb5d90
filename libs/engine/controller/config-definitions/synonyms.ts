/** Which broker settings stand behind a topic's setting, in the order in which they count, and their unit. */

export interface Synonym { name: string; toTopic: (value: string) => string }

const same = (value: string): string => value;
const times = (factor: number) => (value: string): string => String(Number(value) * factor);
const one = (name: string): Synonym[] => [{ name, toTopic: same }];
const hours = (name: string): Synonym => ({ name, toTopic: times(3_600_000) });
const minutes = (name: string): Synonym => ({ name, toTopic: times(60_000) });
const own = (name: string): [string, Synonym[]] => [name, one(name)];

export const TOPIC_SYNONYMS: ReadonlyMap<string, readonly Synonym[]> = new Map([
  ['segment.bytes', one('log.segment.bytes')],
  ['segment.ms', [...one('log.roll.ms'), hours('log.roll.hours')]],
  ['segment.jitter.ms', [...one('log.roll.jitter.ms'), hours('log.roll.jitter.hours')]],
  ['segment.index.bytes', one('log.index.size.max.bytes')],
  ['flush.messages', one('log.flush.interval.messages')],
  ['flush.ms', [...one('log.flush.interval.ms'), ...one('log.flush.scheduler.interval.ms')]],
  ['retention.bytes', one('log.retention.bytes')],
  ['retention.ms', [...one('log.retention.ms'), minutes('log.retention.minutes'), hours('log.retention.hours')]],
  ['max.message.bytes', one('message.max.bytes')],
  ['index.interval.bytes', one('log.index.interval.bytes')],
  ['delete.retention.ms', one('log.cleaner.delete.retention.ms')],
  ['min.compaction.lag.ms', one('log.cleaner.min.compaction.lag.ms')],
  ['max.compaction.lag.ms', one('log.cleaner.max.compaction.lag.ms')],
  ['file.delete.delay.ms', one('log.segment.delete.delay.ms')],
  ['min.cleanable.dirty.ratio', one('log.cleaner.min.cleanable.ratio')],
  ['cleanup.policy', one('log.cleanup.policy')],
  ['preallocate', one('log.preallocate')],
  ['message.timestamp.type', one('log.message.timestamp.type')],
  ['message.timestamp.before.max.ms', one('log.message.timestamp.before.max.ms')],
  ['message.timestamp.after.max.ms', one('log.message.timestamp.after.max.ms')],
  ['local.retention.ms', one('log.local.retention.ms')],
  ['local.retention.bytes', one('log.local.retention.bytes')],
  own('unclean.leader.election.enable'), own('min.insync.replicas'), own('compression.type'), own('compression.gzip.level'),
  own('compression.lz4.level'), own('compression.zstd.level'),
]);

/** Broker settings that Kafka changes at run time and that take effect here: the defaults of topics, and how many may connect. */
export const DYNAMIC_BROKER_CONFIGS: ReadonlySet<string> = new Set([
  ...[...TOPIC_SYNONYMS.values()].map((synonyms) => synonyms[0]!.name),
  'log.cleaner.backoff.ms', 'log.cleaner.dedupe.buffer.size', 'log.cleaner.io.buffer.load.factor', 'log.cleaner.io.max.bytes.per.second', 'producer.id.expiration.ms',
  'max.connections', 'max.connection.creation.rate', 'max.connections.per.ip', 'max.connections.per.ip.overrides',
]);

const GROUPS = [...TOPIC_SYNONYMS.values()].map((synonyms) => synonyms.map((synonym) => synonym.name));

/** A broker setting and the coarser ones that it overrides. */
export function brokerSynonyms(name: string): readonly string[] {
  const group = GROUPS.find((names) => names.includes(name));
  return group === undefined ? [name] : group.slice(group.indexOf(name));
}
