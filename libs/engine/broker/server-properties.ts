/** server.properties into what a broker is made from. Kafka's keys with Kafka's defaults, ours under `sluice.`; the first bad value is the error. */
import type { BrokerConfig, QuotaWindows, ServerSettings } from '../server/index.js';
import { planMemory, SERVER_LIMITS, type MemoryPlan } from '../server/index.js';
import { brokerErrors } from './broker.errors.js';
import { parseOverrides } from './connection-settings.js';
import { BROKER_LIMITS } from './broker.limits.js';
import { checkDiskLimits } from './disk-limits.js';
import { parseJavaProperties } from './java-properties.js';
import { readListeners, type Endpoint, type ListenerSettings } from './listener-settings.js';
import { checkNotOffered } from './not-offered.js';
import { createPropertyReader, type PropertyReader } from './property-reader.js';

export interface BrokerSettings {
  config: BrokerConfig;
  logDir: string;
  listeners: readonly ListenerSettings[];
  controllerEndpoint: Endpoint & { securityProtocol: string };
  superUsers: readonly string[];
  server: ServerSettings;
  memory: MemoryPlan;
  quotaWindows: QuotaWindows;
  /** `lkc-…`: whose principals these must be. */
  sluiceClusterId: string | null;
  principalsFile: string | null;
  statusFile: string | null;
  unknownKeys: readonly string[];
  /** Kafka's, and of no effect here. */
  idleKeys: readonly string[];
}

const CLUSTER_ID = /^[A-Za-z0-9_-]{22}$/;
const ALLOW_EVERYONE = 'allow.everyone.if.no.acl.found';
const AUTHORIZER = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer';

const OUR_DEFAULTS: readonly (readonly [string, string])[] = [
  ['max.connections', String(SERVER_LIMITS.connectionsMax)], ['max.connections.per.ip', String(SERVER_LIMITS.connectionsPerAddressMax)],
];

function readLogDir(reader: PropertyReader): string {
  const directories = reader.isSet('log.dirs') ? reader.list('log.dirs') : reader.isSet('log.dir') ? reader.list('log.dir') : [];
  if (directories.length === 0) throw brokerErrors.missing('log.dirs');
  if (directories.length > 1) throw brokerErrors.badProperty('log.dirs must name one directory');
  return directories[0]!;
}

function checkRoles(reader: PropertyReader): void {
  const roles = reader.list('process.roles');
  if (!roles.includes('broker') || !roles.includes('controller')) throw brokerErrors.badProperty('process.roles must be broker,controller');
}

function readFlushMode(reader: PropertyReader): 'ack' | 'os' {
  const mode = reader.text('sluice.flush.mode') ?? 'ack';
  if (mode !== 'ack' && mode !== 'os') throw brokerErrors.badProperty(`Invalid value ${mode} for configuration sluice.flush.mode: must be ack or os`);
  return mode;
}

function readConfig(reader: PropertyReader, properties: ReadonlyMap<string, string>, advertisedListeners: BrokerConfig['advertisedListeners']): BrokerConfig {
  const clusterId = reader.text('cluster.id') ?? '';
  if (!CLUSTER_ID.test(clusterId)) throw brokerErrors.badProperty(`Invalid value ${clusterId} for configuration cluster.id: must be a uuid of 22 base64url characters`);
  return {
    nodeId: reader.integer('node.id'), clusterId, rack: reader.text('broker.rack') || null, advertisedListeners,
    autoCreateTopicsEnable: reader.boolean('auto.create.topics.enable'), numPartitions: reader.integer('num.partitions'),
    defaultReplicationFactor: reader.integer('default.replication.factor'), minInsyncReplicas: reader.integer('min.insync.replicas'),
    offsetsTopicNumPartitions: reader.integer('offsets.topic.num.partitions'), offsetsTopicReplicationFactor: reader.integer('offsets.topic.replication.factor'),
    offsetsTopicSegmentBytes: reader.integer('offsets.topic.segment.bytes'), offsetsRetentionMinutes: reader.integer('offsets.retention.minutes'),
    offsetsRetentionCheckIntervalMs: reader.integer('offsets.retention.check.interval.ms'),
    offsetMetadataMaxBytes: reader.integer('offset.metadata.max.bytes'), groupMinSessionTimeoutMs: reader.integer('group.min.session.timeout.ms'),
    groupMaxSessionTimeoutMs: reader.integer('group.max.session.timeout.ms'), groupInitialRebalanceDelayMs: reader.integer('group.initial.rebalance.delay.ms'),
    groupMaxSize: reader.integer('group.max.size'), fetchMaxBytes: reader.integer('fetch.max.bytes'),
    maxIncrementalFetchSessionCacheSlots: reader.integer('max.incremental.fetch.session.cache.slots'), flushMode: readFlushMode(reader), properties,
  };
}

function positiveInteger(reader: PropertyReader, key: string, ours: number, least: number): number {
  const value = reader.isSet(key) ? reader.integer(key) : ours;
  if (value < least) throw brokerErrors.badProperty(`Invalid value ${value} for configuration ${key}: Value must be at least ${least}`);
  return value;
}

function readMemoryPlan(reader: PropertyReader): MemoryPlan {
  const memoryBytes = positiveInteger(reader, 'sluice.memory.bytes', SERVER_LIMITS.memoryBytes, SERVER_LIMITS.memoryBytesMin);
  const setOr = (key: string, least: number): number => (reader.isSet(key) ? positiveInteger(reader, key, 0, least) : -1);
  const groupMetadataBytes = setOr('sluice.group.metadata.bytes.max', SERVER_LIMITS.groupMetadataBytesLeast);
  return planMemory(memoryBytes, reader.integer('queued.max.request.bytes'), groupMetadataBytes, setOr('sluice.offsets.bytes.max', SERVER_LIMITS.offsetBytesLeast));
}

function readServerSettings(reader: PropertyReader, memory: MemoryPlan): ServerSettings {
  const idleTimeoutMs = reader.integer('connections.max.idle.ms');
  parseOverrides(reader.text('max.connections.per.ip.overrides') ?? '');
  positiveInteger(reader, 'sluice.max.connections.per.principal', SERVER_LIMITS.connectionsPerPrincipalMax, 1);
  return {
    idleTimeoutMs: idleTimeoutMs < 0 ? Infinity : idleTimeoutMs, frameBytesMax: reader.integer('socket.request.max.bytes'), sessionLifetimeMs: reader.integer('connections.max.reauth.ms'),
    failedLoginDelayMs: reader.integer('connection.failed.authentication.delay.ms'), memory,
  };
}

function readQuotaWindows(reader: PropertyReader): QuotaWindows {
  const window = (prefix: string): QuotaWindows['client'] => ({ samples: reader.integer(`${prefix}quota.window.num`), sampleMs: 1000 * reader.integer(`${prefix}quota.window.size.seconds`) });
  return { client: window(''), controller: window('controller.') };
}

export function readBrokerSettings(text: string): BrokerSettings {
  if (text.length > BROKER_LIMITS.propertiesFileBytesMax) throw brokerErrors.badProperty(`server.properties is longer than ${BROKER_LIMITS.propertiesFileBytesMax} bytes`);
  const properties = new Map(parseJavaProperties(text));
  const reader = createPropertyReader(properties);
  checkRoles(reader);
  checkDiskLimits(properties);
  checkNotOffered(properties);
  const authorizer = reader.text('authorizer.class.name');
  if (authorizer !== null && authorizer !== '' && authorizer !== AUTHORIZER) throw brokerErrors.badProperty(`Invalid value ${authorizer} for configuration authorizer.class.name: must be ${AUTHORIZER}`);
  if (reader.boolean(ALLOW_EVERYONE)) throw brokerErrors.badProperty(`${ALLOW_EVERYONE}=true is not offered: access is denied where no ACL allows it`);
  // Where our default isn't Kafka's, it stands among the settings that DescribeConfigs shows.
  for (const [key, value] of OUR_DEFAULTS) if (!properties.has(key)) properties.set(key, value);
  const { served, controller, advertised } = readListeners(reader);
  const principalsFile = reader.text('sluice.principals.file');
  const memory = readMemoryPlan(reader);
  if (principalsFile === null && served.some(({ protocol }) => protocol.startsWith('SASL_'))) throw brokerErrors.missing('sluice.principals.file');
  return {
    config: readConfig(reader, properties, advertised), logDir: readLogDir(reader), listeners: served, controllerEndpoint: controller,
    // Names of principals hold commas, so Kafka separates them by semicolons.
    superUsers: (reader.text('super.users') ?? '').split(';').map((user) => user.trim()).filter((user) => user !== ''),
    server: readServerSettings(reader, memory), memory, quotaWindows: readQuotaWindows(reader), sluiceClusterId: reader.text('sluice.cluster.id'), principalsFile, statusFile: reader.text('sluice.status.file'), unknownKeys: reader.unknownKeys,
    idleKeys: reader.idleKeys,
  };
}
