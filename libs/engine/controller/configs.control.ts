/** Decides changes of topic and broker settings: checks each value, and that the settings of a topic go together. */
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { metadataRecord, type MetadataRecord } from '../quorum/index.js';
import type { ConfigMap, ConfigOperation, Controller, ItemResult, NewTopic } from './api.js';
import {
  brokerDefinition, describeTopicConfigs, DYNAMIC_BROKER_CONFIGS, isChangeableListener, listenerConfig, listItems, topicConfigDefinitions, valueError, type ConfigContext, type ConfigDefinition,
} from './config-definitions/index.js';
import { itemError, OK, type Decision } from './control-result.js';
import { controllerLimits } from './controller.limits.js';
import type { ControllerImage } from './image.js';
import { checkTopicName } from './topic-names.js';

const TOPIC = 2;
const BROKER = 4;
export type ConfigResourceChange = Parameters<Controller['alterConfigs']>[0][number];

function invalidConfig(message: string): KafkaError { return new KafkaError(ErrorCode.INVALID_CONFIG, message); }

/** A broker's setting that is wrong makes the request wrong, a topic's the setting: Kafka's two codes for one text. */
function checkChangedValue(resourceType: number, definition: ConfigDefinition, value: string): void {
  try {
    checkValue(definition, value);
  } catch (error) {
    if (resourceType !== BROKER || !(error instanceof KafkaError)) throw error;
    throw new KafkaError(ErrorCode.INVALID_REQUEST, error.message);
  }
}

function checkValue(definition: ConfigDefinition, value: string): void {
  if (Buffer.byteLength(value, 'utf8') > controllerLimits.configValueBytesMax) {
    throw invalidConfig(`The configuration value cannot be added because it exceeds the maximum value size of ${controllerLimits.configValueBytesMax} bytes.`);
  }
  const wrong = valueError(definition, value);
  if (wrong !== null) throw invalidConfig(wrong);
}

/** Rules between settings, on the values that would be in force. */
function checkTopicTogether(overrides: ConfigMap, image: ControllerImage, context: ConfigContext): void {
  if (overrides.get('remote.storage.enable')?.toLowerCase() === 'true') {
    throw invalidConfig('Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.');
  }
  if (!overrides.has('min.compaction.lag.ms') && !overrides.has('max.compaction.lag.ms')) return;
  const values = new Map(describeTopicConfigs(image, context, overrides).map((config) => [config.name, config.value ?? '']));
  const min = values.get('min.compaction.lag.ms')!;
  const max = values.get('max.compaction.lag.ms')!;
  if (BigInt(min) > BigInt(max)) throw invalidConfig(`conflict topic config setting min.compaction.lag.ms (${min}) > max.compaction.lag.ms (${max})`);
}

/** Configs of a new topic; the last of a repeated name counts. */
export function checkTopicConfigs(_topic: string, configs: NewTopic['configs'], image: ControllerImage, context: ConfigContext): ReadonlyMap<string, string> {
  const missing = configs.filter((config) => config.value === null).map((config) => config.name);
  if (missing.length > 0) throw invalidConfig(`Null value not supported for topic configs: ${missing.join(',')}`);
  const values = new Map<string, string>();
  for (const { name, value } of configs) {
    const definition = topicConfigDefinitions.get(name);
    if (definition === undefined) throw invalidConfig(`Unknown topic config name: ${name}`);
    checkValue(definition, value!);
    values.set(name, value!);
  }
  checkTopicTogether(values, image, context);
  return values;
}

function changedValue(definition: ConfigDefinition, operation: ConfigOperation, current: string | undefined): string | null {
  if (operation.op === 'delete') return null;
  if (operation.value === null) throw new KafkaError(ErrorCode.INVALID_REQUEST, `Null value not supported for : ${operation.name}`);
  if (operation.op === 'set') return operation.value;
  if (definition.type !== 'LIST') throw invalidConfig(`Can't ${operation.op.toUpperCase()} to key ${operation.name} because its type is not LIST.`);
  const items = listItems(current ?? definition.defaultValue ?? '');
  const given = listItems(operation.value);
  return operation.op === 'append' ? [...items, ...given.filter((item) => !items.includes(item))].join(',') : items.filter((item) => !given.includes(item)).join(',');
}

function isDynamic(name: string, { properties }: ConfigContext): boolean {
  const ofListener = listenerConfig(name);
  return ofListener === null ? DYNAMIC_BROKER_CONFIGS.has(name) : isChangeableListener(ofListener.listener, properties);
}

function definitionFor(resourceType: number, name: string, context: ConfigContext): ConfigDefinition {
  const definition = resourceType === TOPIC ? topicConfigDefinitions.get(name) : brokerDefinition(name);
  if (resourceType === BROKER && (definition === undefined || !isDynamic(name, context))) {
    throw new KafkaError(ErrorCode.INVALID_REQUEST, `Cannot update these configs dynamically: [${name}]`);
  }
  if (definition === undefined) throw invalidConfig(`Unknown topic config name: ${name}`);
  return definition;
}

function checkResource(image: ControllerImage, resource: ConfigResourceChange): void {
  const { resourceType, resourceName } = resource;
  if (resourceType === TOPIC) {
    if (resourceName === '') throw new KafkaError(ErrorCode.INVALID_REQUEST, 'Default topic resources are not allowed.');
    checkTopicName(resourceName);
    if (!image.topics.has(resourceName)) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `The topic '${resourceName}' does not exist.`);
    return;
  }
  if (resourceType !== BROKER) throw new KafkaError(ErrorCode.INVALID_REQUEST, `Unknown resource type ${resourceType}`);
  if (resourceName === '') return;
  if (!/^\d+$/.test(resourceName)) throw new KafkaError(ErrorCode.INVALID_REQUEST, `Node id must be an integer, but it is: ${resourceName}`);
  if (image.brokers.has(Number(resourceName))) return;
  throw new KafkaError(ErrorCode.INVALID_REQUEST, `Unexpected broker id, expected ${[...image.brokers.keys()].join(' or ')}, but received ${resourceName}`);
}

function changeResource(image: ControllerImage, resource: ConfigResourceChange, context: ConfigContext): MetadataRecord[] {
  checkResource(image, resource);
  const { resourceType, resourceName } = resource;
  const names = resource.operations.map((operation) => operation.name);
  if (new Set(names).size !== names.length) throw new KafkaError(ErrorCode.INVALID_REQUEST, 'Error due to duplicate config keys');
  const current = image.configs(resourceType, resourceName);
  const next = new Map(current);
  const records: MetadataRecord[] = [];
  for (const operation of resource.operations) {
    const before = current.get(operation.name);
    // A setting that this version doesn't know may still be removed: an older or newer Kafka may have left it.
    if (operation.op === 'delete' && before === undefined) continue;
    const value = operation.op === 'delete' ? null : changedValue(definitionFor(resourceType, operation.name, context), operation, before);
    if (value === null) next.delete(operation.name);
    else {
      checkChangedValue(resourceType, definitionFor(resourceType, operation.name, context), value);
      next.set(operation.name, value);
    }
    if (value !== (before ?? null)) records.push(metadataRecord('ConfigRecord', { resourceType, resourceName, name: operation.name, value }));
  }
  if (resourceType === TOPIC) checkTopicTogether(next, image, context);
  return records;
}

export function decideAlterConfigs(image: ControllerImage, resources: readonly ConfigResourceChange[], context: ConfigContext): Decision<ItemResult[]> {
  const records: MetadataRecord[] = [];
  const seen = new Set<string>();
  const result = resources.map((resource): ItemResult => {
    try {
      const key = `${resource.resourceType}:${resource.resourceName}`;
      if (seen.has(key)) throw new KafkaError(ErrorCode.INVALID_REQUEST, 'Duplicate resource.');
      seen.add(key);
      const changes = changeResource(image, resource, context);
      if (records.length + changes.length > controllerLimits.recordsPerOperationMax) throw new KafkaError(ErrorCode.POLICY_VIOLATION, 'Too many changes of configs in one request.');
      records.push(...changes);
      return OK;
    } catch (error) {
      return itemError(error);
    }
  });
  return { records, result };
}
