import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { REGION_NAME, type Region } from '#libs/control/domain';
import { egressLimits, parseRange, type AddressRange } from '#libs/egress';

/** What the platform is told by its environment. The names are documented in the README and stable. */
export interface PlatformConfig {
  /** Absolute. */
  home: string;
  host: string;
  port: number;
  /** Scheme and authority that clients use, where it isn't what they connect to (behind a proxy); null: told by each request. */
  publicUrl: string | null;
  /** What brokers tell clients to connect to. */
  advertisedHost: string;
  brokerPorts: { first: number; last: number };
  /** Somebody else ends TLS: plain HTTP beyond loopback is wanted, and X-Forwarded-* is believed. */
  behindProxy: boolean;
  regionAliases: boolean;
  /** Null: each engine's own. */
  regions: Region[] | null;
  /** Engines that new clusters may have; null: all. */
  engines: string[] | null;
  kafka: KafkaConfig;
  /** Days that what is over is kept, 0: for ever; null: the platform's own. */
  history: { operationsKeepDays: number | null; auditKeepDays: number | null };
  /** Beyond the public Internet: where the platform may connect to for somebody else's sake. */
  egressAllow: AddressRange[];
  databaseUrl: string | undefined;
  /** Where the broker's build stands. */
  brokerBundle: string;
}

/** Of Apache Kafka on this machine. */
export interface KafkaConfig {
  /** Where versions are installed. Absolute. */
  kafkaDirectory: string;
  /** Of one cluster; null: the driver's own. */
  brokersMax: number | null;
  /** Of one broker; null: by the machine's memory. */
  heapMbMax: number | null;
  /** Kept free on the disk: nothing is begun into it, and clients' producers are refused below it; null: the driver's own. */
  diskFreeMbMin: number | null;
  /** The ensemble that clusters with ZooKeeper share. */
  zookeeper: { servers: 1 | 3; ports: { first: number; last: number } };
  /** Where Java, Maven and an Apache Kafka that is there already are looked for. */
  environment: Environment;
}

const TOOLS = ['SLUICE_JAVA_HOME', 'JAVA_HOME', 'SLUICE_KAFKA_HOME', 'KAFKA_HOME', 'PATH'] as const;

/** One line for each mistake. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) { super(problems.join('\n')); }
}

export type Environment = Readonly<Record<string, string | undefined>>;

export function readConfig(environment: Environment): PlatformConfig {
  const problems: string[] = [];
  const text = (name: string): string | undefined => environment[name] || undefined;
  const flag = (name: string, otherwise: boolean): boolean => {
    const value = text(name);
    if (value === undefined) return otherwise;
    if (value !== '0' && value !== '1') problems.push(`${name} is "${value}"; it must be 1 or 0`);
    return value === '1';
  };
  const count = (name: string, min: number, max: number): number | null => {
    const value = text(name);
    const number = Number(value);
    if (value !== undefined && !(/^\d{1,6}$/.test(value) && number >= min && number <= max)) problems.push(`${name} is "${value}"; it must be a number from ${min} to ${max}`);
    return value === undefined ? null : number;
  };
  const host = text('SLUICE_HOST') ?? '127.0.0.1';
  const home = resolve(text('SLUICE_HOME') ?? '.sluice');
  const config: PlatformConfig = {
    home,
    host,
    port: readPort(text('SLUICE_PORT') ?? '8080', problems),
    publicUrl: readPublicUrl(text('SLUICE_PUBLIC_URL'), problems),
    advertisedHost: readAdvertisedHost(text('SLUICE_ADVERTISED_HOST'), host, problems),
    brokerPorts: readPortRange('SLUICE_BROKER_PORTS', text('SLUICE_BROKER_PORTS') ?? '20000-29999', 'at least three ports like 20000-29999', problems),
    behindProxy: flag('SLUICE_BEHIND_PROXY', false),
    regionAliases: flag('SLUICE_REGION_ALIASES', true),
    regions: readRegions(text('SLUICE_REGIONS'), problems),
    engines: text('SLUICE_ENGINES')?.split(',').map((name) => name.trim()) ?? null,
    kafka: {
      kafkaDirectory: resolve(text('SLUICE_KAFKA_DIR') ?? join(home, 'kafka')),
      brokersMax: count('SLUICE_BROKERS_MAX', 1, 99),
      heapMbMax: count('SLUICE_HEAP_MB_MAX', 256, 262_144),
      diskFreeMbMin: count('SLUICE_DISK_FREE_MB_MIN', 0, 999_999),
      zookeeper: {
        servers: readServers(text('SLUICE_ZOOKEEPER_NODES') ?? '1', problems),
        ports: readPortRange('SLUICE_ZOOKEEPER_PORTS', text('SLUICE_ZOOKEEPER_PORTS') ?? '19980-19988', 'three ports for each server like 19980-19988', problems),
      },
      environment: Object.fromEntries(TOOLS.map((name) => [name, text(name)])),
    },
    history: { operationsKeepDays: count('SLUICE_OPERATIONS_KEEP_DAYS', 0, 36_500), auditKeepDays: count('SLUICE_AUDIT_KEEP_DAYS', 0, 36_500) },
    egressAllow: readRanges(text('SLUICE_EGRESS_ALLOW'), problems),
    databaseUrl: text('DATABASE_URL'),
    brokerBundle: resolve(text('SLUICE_BROKER_BUNDLE') ?? 'dist/broker'),
  };
  const { first, last } = config.brokerPorts;
  if (first > 0 && config.port >= first && config.port <= last) problems.push(`SLUICE_PORT ${config.port} is inside SLUICE_BROKER_PORTS ${first}-${last}`);
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Bound to every address: no name that a client could use. */
export function isUnspecified(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function readPort(text: string, problems: string[]): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) problems.push(`SLUICE_PORT is "${text}", not a port from 1 to 65535`);
  return port;
}

function readPortRange(name: string, text: string, what: string, problems: string[]): { first: number; last: number } {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  const [first, last] = match ? [Number(match[1]), Number(match[2])] : [0, 0];
  if (first < 1 || last > 65_535 || last - first < 2) problems.push(`${name} is "${text}", not a range of ${what}`);
  return { first, last };
}

/** A quorum of two fails with either. */
function readServers(text: string, problems: string[]): 1 | 3 {
  if (text !== '1' && text !== '3') problems.push(`SLUICE_ZOOKEEPER_NODES is "${text}"; it must be 1 or 3`);
  return text === '3' ? 3 : 1;
}

/** `name=engine,name=engine`; the first serves names of other clouds' regions too. */
function readRegions(text: string | undefined, problems: string[]): Region[] | null {
  if (text === undefined) return null;
  const regions = text.split(',').map((each) => each.trim().split('=')).map(([name = '', engine = '']) => ({ name, engine }));
  const names = new Set(regions.map(({ name }) => name));
  if (names.size < regions.length || regions.some(({ name, engine }) => !REGION_NAME.test(name) || engine === '')) {
    problems.push(`SLUICE_REGIONS is "${text}"; it must be a list like name=engine,name=engine with each name once`);
  }
  return regions;
}

/** `10.0.0.0/8,127.0.0.1,fd00::/8`. */
function readRanges(text: string | undefined, problems: string[]): AddressRange[] {
  const texts = text?.split(',').map((each) => each.trim()) ?? [];
  const ranges = texts.map(parseRange);
  const wrong = texts.filter((_each, index) => ranges[index] === null);
  if (wrong.length > 0) problems.push(`SLUICE_EGRESS_ALLOW has ${wrong.map((each) => `"${each}"`).join(', ')}; it must be a list of IP addresses and ranges like 10.0.0.0/8,127.0.0.1`);
  if (texts.length > egressLimits.allowedRangesMax) problems.push(`SLUICE_EGRESS_ALLOW has ${texts.length} entries; at most ${egressLimits.allowedRangesMax} are allowed`);
  return ranges.filter((range) => range !== null);
}

function readPublicUrl(text: string | undefined, problems: string[]): string | null {
  if (text === undefined) return null;
  if (URL.canParse(text)) {
    const url = new URL(text);
    if (/^https?:$/.test(url.protocol) && url.username === '' && url.search === '' && url.hash === '') return text.replace(/\/+$/, '');
  }
  problems.push(`SLUICE_PUBLIC_URL is "${text}", not a URL like https://sluice.example.org`);
  return null;
}

function readAdvertisedHost(text: string | undefined, host: string, problems: string[]): string {
  if (text !== undefined) {
    if (!/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(text) && isIP(text) === 0) problems.push(`SLUICE_ADVERTISED_HOST is "${text}", not a host name or an address`);
    return text;
  }
  if (isUnspecified(host)) problems.push(`SLUICE_HOST is ${host}: set SLUICE_ADVERTISED_HOST to the name or address that clients reach this machine by`);
  return isLoopback(host) ? 'localhost' : host;
}
