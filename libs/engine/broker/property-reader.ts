/** Typed values of server.properties: checked against Kafka's definitions, Kafka's defaults. One clear error for the first bad value. */
import { brokerConfigDefinitions, hasEffect, listItems, valueError } from '../controller/index.js';
import { brokerErrors } from './broker.errors.js';

/** Ours, and those that Kafka's own parts read without defining them. */
const OTHER_KEYS: ReadonlySet<string> = new Set(['cluster.id', 'super.users', 'allow.everyone.if.no.acl.found', 'sluice.cluster.id', 'sluice.flush.mode', 'sluice.principals.file', 'sluice.status.file', 'sluice.allow.plaintext', 'sluice.memory.bytes', 'sluice.group.metadata.bytes.max', 'sluice.offsets.bytes.max', 'sluice.disk.limit.bytes', 'sluice.disk.free.min.bytes', 'sluice.max.connections.per.principal']);
const FOR_APACHE_KAFKA = /^transaction\.state\.log\./;
const LISTENER_KEY = /^listener\.name\.[^.]+\.(.+)$/;

export interface PropertyReader {
  text(key: string): string | null;
  required(key: string): string;
  integer(key: string): number;
  boolean(key: string): boolean;
  list(key: string): string[];
  isSet(key: string): boolean;
  /** `listener.name.<name>.<key>`, else the key. */
  ofListener(listener: string, key: string): string | null;
  /** Keys that nobody knows. */
  readonly unknownKeys: readonly string[];
  /** Kafka's, and of no effect here; not those that stand there for an Apache Kafka on the same directory. */
  readonly idleKeys: readonly string[];
}

/** The definition's key: a listener's prefix taken off, its `plain.` or `scram-sha-256.` too. */
export function definedKey(key: string): string {
  return LISTENER_KEY.exec(key)?.[1]?.replace(/^(plain|scram-sha-256|scram-sha-512)\./, '') ?? key;
}

export function createPropertyReader(properties: ReadonlyMap<string, string>): PropertyReader {
  const unknownKeys: string[] = [];
  const idleKeys: string[] = [];
  for (const [key, value] of properties) {
    const definition = brokerConfigDefinitions.get(definedKey(key));
    const error = definition === undefined ? null : valueError(definition, value);
    if (error !== null) throw brokerErrors.badProperty(error);
    if (definition === undefined && !OTHER_KEYS.has(key)) unknownKeys.push(key);
    if (definition !== undefined && !hasEffect(definition.name) && !FOR_APACHE_KAFKA.test(key)) idleKeys.push(key);
  }
  const text = (key: string): string | null => properties.get(key) ?? brokerConfigDefinitions.get(key)?.defaultValue ?? null;
  const required = (key: string): string => {
    const value = text(key);
    if (value === null || value.trim() === '') throw brokerErrors.missing(key);
    return value.trim();
  };
  return {
    text,
    required,
    integer(key) {
      const value = Number(required(key));
      if (!Number.isSafeInteger(value)) throw brokerErrors.badProperty(`Invalid value ${required(key)} for configuration ${key}: Not a safe integer`);
      return value;
    },
    boolean: (key) => (text(key) ?? 'false').trim().toLowerCase() === 'true',
    list: (key) => listItems(text(key) ?? ''),
    isSet: (key) => properties.has(key),
    ofListener: (listener, key) => properties.get(`listener.name.${listener.toLowerCase()}.${key}`) ?? text(key),
    unknownKeys, idleKeys,
  };
}
