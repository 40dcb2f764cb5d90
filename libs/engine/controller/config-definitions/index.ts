export { ConfigType, listItems, valueError, type ConfigDefinition } from './config-definition.js';
export { brokerConfig, type BrokerConfigLookup } from './dynamic-broker-config.js';
export { isChangeableListener, listenerConfig } from './listener-configs.js';
export { DYNAMIC_BROKER_CONFIGS } from './synonyms.js';
export {
  brokerConfigDefinitions, brokerDefinition, ConfigSource, describeBrokerConfigs, describeClusterDefaultConfigs, describeTopicConfigs, effectiveTopicConfig, hasEffect, topicConfigDefinitions,
  topicConfigValue, type ConfigContext, type ConfigSynonym, type DescribedConfig,
} from './describe-config.js';
