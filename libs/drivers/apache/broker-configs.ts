/**
 * A tenant's own broker settings. Three questions, in this order: is it the tenant's to set (our list, after the one of Amazon MSK's custom
 * configurations), does this version know it and take the value (its own definitions, asked of it at installation), and does it count at
 * once or from a restart on.
 */
import type { ConfigProblem } from '#libs/control/domain';
import { CONFIG_BOUNDS, CONFIG_VALUE_LENGTH_MAX, HEAP_MB_DEFAULT, HEAP_MB_MAX, HEAP_MB_MIN, HEAP_SHARE_OF_MEMORY_MAX } from './broker-configs.limits.js';

/** Of one setting, as a version says it itself. */
export interface ConfigDefinition {
  name: string;
  /** Kafka's types in small letters: int, list, boolean … */
  type: string;
  /** Null: none, it must be given, or it is a secret. */
  defaultValue: string | null;
  /** Kafka's words for what is valid, such as `[0,...]` or `[compact, delete]`. */
  validator: string | null;
  /** What a change takes: the setting for all brokers at once, one broker's, or a restart. */
  updateMode: 'cluster-wide' | 'per-broker' | 'read-only';
}

/**
 * What tenants may set. Left out of MSK's list, with the reason: `allow.everyone.if.no.acl.found` (opens the cluster), `replica.selector.class`
 * (a class), `log.flush.interval.messages` (that is the cluster's flush mode), replication factors of internal topics (follow the number of
 * brokers), `zookeeper.*` (the ensemble is the platform's).
 */
export const PERMITTED_CONFIGS: ReadonlySet<string> = new Set([
  'auto.create.topics.enable', 'auto.leader.rebalance.enable', 'delete.topic.enable', 'default.replication.factor', 'min.insync.replicas', 'num.partitions', 'unclean.leader.election.enable',
  'leader.imbalance.per.broker.percentage', 'leader.imbalance.check.interval.seconds',
  'compression.type', 'compression.gzip.level', 'compression.lz4.level', 'compression.zstd.level', 'message.max.bytes', 'fetch.max.bytes', 'max.incremental.fetch.session.cache.slots',
  'connections.max.idle.ms', 'num.io.threads', 'num.network.threads', 'queued.max.requests', 'socket.receive.buffer.bytes', 'socket.request.max.bytes', 'socket.send.buffer.bytes',
  'num.recovery.threads.per.data.dir', 'num.replica.fetchers', 'replica.fetch.max.bytes', 'replica.fetch.min.bytes', 'replica.fetch.response.max.bytes', 'replica.fetch.wait.max.ms', 'replica.lag.time.max.ms', 'replica.socket.receive.buffer.bytes',
  'log.cleaner.delete.retention.ms', 'log.cleaner.max.compaction.lag.ms', 'log.cleaner.min.cleanable.ratio', 'log.cleaner.min.compaction.lag.ms', 'log.cleaner.threads', 'log.cleanup.policy', 'log.flush.interval.ms',
  'log.message.timestamp.after.max.ms', 'log.message.timestamp.before.max.ms', 'log.message.timestamp.difference.max.ms', 'log.message.timestamp.type',
  'log.retention.bytes', 'log.retention.check.interval.ms', 'log.retention.hours', 'log.retention.minutes', 'log.retention.ms', 'log.roll.hours', 'log.roll.ms', 'log.segment.bytes', 'log.segment.delete.delay.ms',
  'group.initial.rebalance.delay.ms', 'group.max.session.timeout.ms', 'group.min.session.timeout.ms', 'group.max.size',
  'group.consumer.heartbeat.interval.ms', 'group.consumer.max.heartbeat.interval.ms', 'group.consumer.max.session.timeout.ms', 'group.consumer.min.heartbeat.interval.ms', 'group.consumer.min.session.timeout.ms', 'group.consumer.session.timeout.ms',
  'offset.metadata.max.bytes', 'offsets.retention.check.interval.ms', 'offsets.retention.minutes',
  'producer.id.expiration.ms', 'transaction.max.timeout.ms', 'transactional.id.expiration.ms',
]);

/** Identity and walls of a cluster: nobody sets them but the platform. Every one of these is outside of the permitted list as well. */
const PROTECTED = /^(process\.roles|node\.id|broker\.id|broker\.rack|cluster\.id|listeners|advertised\.listeners|listener\.|early\.start\.|controller\.|control\.plane\.|inter\.broker\.(?!protocol\.version)|sasl\.|ssl\.|security\.|super\.users|authorizer\.|allow\.everyone|principal\.|create\.topic\.policy|alter\.config\.policy|log\.dirs?$|metadata\.log\.dir|config\.providers|zookeeper\.|connections\.max\.reauth|delegation\.token|password\.encoder|client\.quota|sluice\.)/;

export const isProtected = (key: string): boolean => PROTECTED.test(key) || /\.(class|classes|class\.name|class\.path|reporters)$/.test(key);

/** Whether a change counts at once, for all brokers, over the Kafka protocol. A version that isn't asked yet leaves it to a restart. */
export const isDynamic = (definitions: ReadonlyMap<string, ConfigDefinition>, key: string): boolean => definitions.get(key)?.updateMode === 'cluster-wide' && !RESIZED_WITHIN_BOUNDS.has(key);

/** A running broker more than halves or doubles none of its pools at once (DynamicThreadPool): with a restart any number that is valid counts. */
const RESIZED_WITHIN_BOUNDS: ReadonlySet<string> = new Set(['num.io.threads', 'num.network.threads', 'num.replica.fetchers', 'num.recovery.threads.per.data.dir', 'background.threads', 'log.cleaner.threads']);

/** What goes over the Kafka protocol, and what goes into each broker's file and asks for a restart. */
export function splitConfigs(definitions: ReadonlyMap<string, ConfigDefinition>, configs: Readonly<Record<string, string>>): { dynamic: Record<string, string>; restart: Record<string, string> } {
  const entries = Object.entries(configs);
  return {
    dynamic: Object.fromEntries(entries.filter(([key]) => isDynamic(definitions, key))),
    restart: Object.fromEntries(entries.filter(([key]) => !isDynamic(definitions, key))),
  };
}

/** Problems in the order of the settings; `definitions` null: the version isn't installed, so only what is ours to say is said. */
export function configProblems(version: string, definitions: ReadonlyMap<string, ConfigDefinition> | null, configs: Readonly<Record<string, string>>): ConfigProblem[] {
  return Object.entries(configs).flatMap(([key, value]) => {
    const reason = problemOf(version, definitions, key, value);
    return reason === null ? [] : [{ key, reason }];
  });
}

function problemOf(version: string, definitions: ReadonlyMap<string, ConfigDefinition> | null, key: string, value: string): string | null {
  if (!PERMITTED_CONFIGS.has(key)) return refusalOf(version, definitions, key);
  const definition = definitions?.get(key);
  if (definitions && !definition) return `Apache Kafka ${version} has no such setting`;
  // A line's end would begin a setting of its own wherever somebody forgets to escape it.
  if (value.length > CONFIG_VALUE_LENGTH_MAX || /[\0-\x1f\x7f]/.test(value)) return `must be one line of at most ${CONFIG_VALUE_LENGTH_MAX} characters`;
  const wrongType = definition ? typeProblem(definition, value.trim()) : null;
  if (wrongType !== null) return wrongType;
  const bounds = CONFIG_BOUNDS[key];
  const number = Number(value);
  if (bounds && (value.trim() === '' || !(number >= bounds[0] && number <= bounds[1]))) return `must be a number from ${bounds[0]} to ${bounds[1]} on this platform`;
  return null;
}

function refusalOf(version: string, definitions: ReadonlyMap<string, ConfigDefinition> | null, key: string): string {
  if (isProtected(key) || definitions?.has(key)) return 'is the platform\'s to set';
  const near = nearest(key);
  const what = definitions ? `Apache Kafka ${version} has no such setting` : 'is not a setting that tenants may set';
  return near === null ? what : `${what}; did you mean ${near}?`;
}

/** By the type and the range that the definition states; Kafka itself has the last word. */
function typeProblem({ type, validator }: ConfigDefinition, value: string): string | null {
  if (type === 'boolean') return /^(true|false)$/i.test(value) ? null : 'must be true or false';
  if (['int', 'short', 'long'].includes(type)) {
    const size = { short: 16, int: 32, long: 64 }[type as 'short' | 'int' | 'long'];
    if (!/^-?\d{1,19}$/.test(value) || BigInt.asIntN(size, BigInt(value)) !== BigInt(value)) return `must be a whole number (${type})`;
    return rangeProblem(validator, Number(value));
  }
  if (type === 'double') return value !== '' && Number.isFinite(Number(value)) ? rangeProblem(validator, Number(value)) : 'must be a number';
  const words = /^\[([a-zA-Z][\w-]*(?:, [a-zA-Z][\w-]*)*)\]$/.exec(validator ?? '')?.[1]?.split(', ');
  if (!words) return null;
  const given = type === 'list' ? value.split(',').map((word) => word.trim()) : [value];
  return given.every((word) => words.includes(word)) ? null : `must be ${type === 'list' ? 'of' : 'one of'} ${words.join(', ')}`;
}

/** `[0,...]`, `[0,...,100]`; anything else is left to Kafka. */
function rangeProblem(validator: string | null, value: number): string | null {
  const match = /^\[(-?[\d.]+),\.\.\.(?:,(-?[\d.]+))?\]$/.exec((validator ?? '').replaceAll(' ', ''));
  if (!match) return null;
  const [min, max] = [Number(match[1]), match[2] === undefined ? Infinity : Number(match[2])];
  if (value >= min && value <= max) return null;
  return max === Infinity ? `must be at least ${match[1]}` : `must be from ${match[1]} to ${match[2]}`;
}

/** A permitted key that differs by a letter or two. */
function nearest(key: string): string | null {
  let best: { name: string; distance: number } | null = null;
  if (key.length > 100) return null;
  for (const name of PERMITTED_CONFIGS) {
    const distance = editDistance(key, name);
    if (distance <= 3 && (best === null || distance < best.distance)) best = { name, distance };
  }
  return best?.name ?? null;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}

/** What a tenant may choose for a broker's heap: the operator's SLUICE_HEAP_MB_MAX, or else a part of the machine's memory. */
export function heapRange(totalMemoryBytes: number, operatorMaxMb: number | null): { min: number; default: number; max: number } {
  const usual = Math.min(Math.floor((totalMemoryBytes / 2 ** 20) * HEAP_SHARE_OF_MEMORY_MAX), HEAP_MB_MAX);
  const max = Math.max(HEAP_MB_MIN, operatorMaxMb ?? usual);
  return { min: HEAP_MB_MIN, default: Math.min(HEAP_MB_DEFAULT, max), max };
}
