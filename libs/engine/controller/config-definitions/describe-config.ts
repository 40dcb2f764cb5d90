/** What a topic's or broker's settings are and where each comes from: own value, dynamic broker value, server.properties, default. */
import type { ConfigMap, MetadataImage } from '../api.js';
import { ConfigType, parseDefinitions, type ConfigDefinition } from './config-definition.js';
import { BROKER_CONFIG_DOCS } from './broker-configs.docs.js';
import { BROKER_CONFIGS } from './broker-configs.table.js';
import { isChangeableListener, listenerConfig } from './listener-configs.js';
import { brokerSynonyms, DYNAMIC_BROKER_CONFIGS, TOPIC_SYNONYMS } from './synonyms.js';
import { TOPIC_CONFIGS } from './topic-configs.table.js';

export const topicConfigDefinitions = parseDefinitions(TOPIC_CONFIGS);
export const brokerConfigDefinitions = parseDefinitions(BROKER_CONFIGS);

function brokerDocumentation(): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const line of BROKER_CONFIG_DOCS.split('\n')) {
    const [name = '', text] = line.split(' | ');
    if (text !== undefined) texts.set(name, text);
  }
  for (const [topicConfig, synonyms] of TOPIC_SYNONYMS) {
    for (const { name } of synonyms) {
      if (texts.has(name)) continue;
      const unit = /\.(hours|minutes)$/.exec(name)?.[1];
      texts.set(name, `Default of the topic's ${topicConfig}${unit === undefined ? '' : `, in ${unit}`}. ${topicConfigDefinitions.get(topicConfig)?.documentation ?? ''}`.trim());
    }
  }
  return texts;
}
const BROKER_DOCUMENTATION = brokerDocumentation();

/** Whether a broker's setting counts here: what does says what it is. */
export const hasEffect = (name: string): boolean => BROKER_DOCUMENTATION.has(name);

/** Of a broker's setting, one of a listener's too; that has no default of its own. */
export function brokerDefinition(name: string): ConfigDefinition | undefined {
  const ofListener = listenerConfig(name);
  if (ofListener === null) return brokerConfigDefinitions.get(name);
  return { ...brokerConfigDefinitions.get(ofListener.key)!, name, defaultValue: null, documentation: BROKER_DOCUMENTATION.get(ofListener.key) ?? null };
}

export const ConfigSource = { unknown: 0, topic: 1, dynamicBroker: 2, dynamicDefaultBroker: 3, staticBroker: 4, default: 5 } as const;
export interface ConfigSynonym { name: string; value: string | null; source: number }
export interface DescribedConfig {
  name: string;
  value: string | null;
  readOnly: boolean;
  source: number;
  sensitive: boolean;
  /** Protocol id. */
  type: number;
  documentation: string | null;
  synonyms: ConfigSynonym[];
}

/** Whose static and dynamic settings count. */
export interface ConfigContext { nodeId: number; properties: ReadonlyMap<string, string> }

const TOPIC = 2;
const BROKER = 4;

function brokerValues(image: MetadataImage, context: ConfigContext, names: readonly string[]): ConfigSynonym[] {
  const layers: [ReadonlyMap<string, string>, number][] = [
    [image.configs(BROKER, String(context.nodeId)), ConfigSource.dynamicBroker], [image.configs(BROKER, ''), ConfigSource.dynamicDefaultBroker], [context.properties, ConfigSource.staticBroker],
  ];
  const found: ConfigSynonym[] = [];
  for (const [values, source] of layers) {
    for (const name of names) {
      const value = values.get(name);
      if (value !== undefined) found.push({ name, value, source });
    }
  }
  for (const name of names) {
    const value = brokerConfigDefinitions.get(name)?.defaultValue ?? null;
    if (value !== null) found.push({ name, value, source: ConfigSource.default });
  }
  return found;
}

function described(definition: ConfigDefinition, synonyms: ConfigSynonym[], value: string | null, readOnly: boolean): DescribedConfig {
  const hide = (secret: string | null): string | null => (definition.sensitive ? null : secret);
  return {
    name: definition.name, value: hide(value), readOnly, source: synonyms[0]?.source ?? ConfigSource.default, sensitive: definition.sensitive,
    type: ConfigType[definition.type], documentation: definition.documentation ?? BROKER_DOCUMENTATION.get(definition.name) ?? null, synonyms: synonyms.map((synonym) => ({ ...synonym, value: hide(synonym.value) })),
  };
}

function describeTopicConfig(image: MetadataImage, context: ConfigContext, overrides: ConfigMap, definition: ConfigDefinition): DescribedConfig {
  const { name } = definition;
  const behind = TOPIC_SYNONYMS.get(name) ?? [];
  const synonyms = brokerValues(image, context, behind.map((synonym) => synonym.name));
  const first = synonyms[0];
  let value = definition.defaultValue;
  if (first !== undefined) value = behind.find((synonym) => synonym.name === first.name)!.toTopic(first.value!);
  // Kafka names the default of the first setting alone: those of coarser units count, and aren't shown.
  const shown = synonyms.filter((synonym) => synonym.source !== ConfigSource.default || synonym.name === behind[0]!.name);
  const override = overrides.get(name);
  if (override === undefined) return described(definition, shown, value, false);
  return described(definition, [{ name, value: override, source: ConfigSource.topic }, ...shown], override, false);
}

/** `overrides`: the topic's own settings. */
export function describeTopicConfigs(image: MetadataImage, context: ConfigContext, overrides: ConfigMap): DescribedConfig[] {
  return [...topicConfigDefinitions.values()].map((definition) => describeTopicConfig(image, context, overrides, definition));
}

/** The value in force of one setting of a topic; null when it has none. */
export function topicConfigValue(image: MetadataImage, context: ConfigContext, topic: string, name: string): string | null {
  const definition = topicConfigDefinitions.get(name);
  return definition === undefined ? null : describeTopicConfig(image, context, image.configs(TOPIC, topic), definition).value;
}

/** Every setting in force of a topic. */
export function effectiveTopicConfig(image: MetadataImage, context: ConfigContext, topic: string): ConfigMap {
  const values = new Map<string, string>();
  for (const config of describeTopicConfigs(image, context, image.configs(TOPIC, topic))) if (config.value !== null) values.set(config.name, config.value);
  return values;
}

/** Those that somebody set. */
function describeListenerConfigs(image: MetadataImage, context: ConfigContext): DescribedConfig[] {
  const layers = [image.configs(BROKER, String(context.nodeId)), image.configs(BROKER, ''), context.properties];
  const names = new Set(layers.flatMap((values) => [...values.keys()]).filter((name) => listenerConfig(name) !== null));
  return [...names].map((name) => {
    const set = brokerValues(image, context, [name]);
    return described(brokerDefinition(name)!, set, set[0]!.value, !isChangeableListener(listenerConfig(name)!.listener, context.properties));
  });
}

export function describeBrokerConfigs(image: MetadataImage, context: ConfigContext): DescribedConfig[] {
  const ofBroker = [...brokerConfigDefinitions.values()].map((definition) => {
    const synonyms = brokerValues(image, context, brokerSynonyms(definition.name));
    const ownFirst = synonyms.slice(Math.max(0, synonyms.findIndex((synonym) => synonym.name === definition.name)));
    const own = ownFirst[0]?.name === definition.name ? ownFirst : [];
    return described(definition, own, own[0]?.value ?? null, !DYNAMIC_BROKER_CONFIGS.has(definition.name));
  });
  return [...ofBroker, ...describeListenerConfigs(image, context)];
}

/** Only what was set at run time for all brokers: what `--entity-default` shows. */
export function describeClusterDefaultConfigs(image: MetadataImage): DescribedConfig[] {
  return [...image.configs(BROKER, '')].flatMap(([name, value]) => {
    const definition = brokerDefinition(name);
    return definition === undefined ? [] : [described(definition, [{ name, value, source: ConfigSource.dynamicDefaultBroker }], value, false)];
  });
}
