import { createTestEnv } from '../../../kernel/testing/index.js';
import { metadataRecord } from '../../quorum/index.js';
import { CLUSTER_ID } from '../controller.fixture.js';
import { emptyImage } from '../image.js';
import { beginDelta } from '../image-delta.js';
import { BROKER_CONFIG_DOCS } from './broker-configs.docs.js';
import { brokerConfigDefinitions, ConfigSource, describeBrokerConfigs, describeClusterDefaultConfigs, describeTopicConfigs, topicConfigDefinitions, topicConfigValue, valueError } from './index.js';

createTestEnv();
const delta = beginDelta(emptyImage(CLUSTER_ID));
delta.replay(metadataRecord('ConfigRecord', { resourceType: 4, resourceName: '', name: 'log.retention.ms', value: '5000' }), 0, 1);
delta.replay(metadataRecord('ConfigRecord', { resourceType: 4, resourceName: '1', name: 'message.max.bytes', value: '2000' }), 1, 1);
const image = delta.build();
const context = { nodeId: 1, properties: new Map([['log.roll.hours', '2'], ['ssl.keystore.password', 'hidden'], ['num.partitions', '6']]) };
const byName = <T extends { name: string }>(list: readonly T[]): Map<string, T> => new Map(list.map((item) => [item.name, item]));

describe('definitions', () => {
  it('have defaults that they accept', () => {
    for (const definition of [...topicConfigDefinitions.values(), ...brokerConfigDefinitions.values()]) {
      if (definition.defaultValue !== null && definition.defaultValue !== '') expect(valueError(definition, definition.defaultValue)).toBeNull();
    }
    expect([topicConfigDefinitions.size, brokerConfigDefinitions.size]).toEqual([33, 340]);
    for (const definition of topicConfigDefinitions.values()) expect(definition.documentation).not.toBeNull();
  });
  it('take lists of the values that there are, and nothing between two commas', () => {
    const wrong = (name: string, value: string): string | null => valueError(topicConfigDefinitions.get(name)!, value);
    expect(['delete', 'compact,delete', ' compact , delete ', 'delete,delete', ''].map((value) => wrong('cleanup.policy', value))).toEqual([null, null, null, null, null]);
    for (const value of ['compact,,delete', ',']) expect(wrong('cleanup.policy', value)).toBe("Configuration 'cleanup.policy' values must not be empty.");
    expect(wrong('cleanup.policy', 'compact,keep')).toBe('Invalid value keep for configuration cleanup.policy: String must be one of: compact, delete');
    expect(wrong('leader.replication.throttled.replicas', '0:1,0:1')).toBeNull();
  });
  it('say what can be changed does, and nothing of what there is not', () => {
    const described = describeBrokerConfigs(emptyImage(CLUSTER_ID), { nodeId: 1, properties: new Map() });
    expect(described.filter(({ readOnly, documentation }) => !readOnly && documentation === null)).toEqual([]);
    expect(BROKER_CONFIG_DOCS.split('\n').map((line) => line.split(' | ')[0]!).filter((name) => name !== '' && !brokerConfigDefinitions.has(name))).toEqual([]);
    expect(described.find(({ name }) => name === 'log.retention.hours')?.documentation).toMatch(/^Default of the topic's retention\.ms, in hours\. /);
  });
});

describe('a topic', () => {
  const configs = byName(describeTopicConfigs(image, context, new Map([['cleanup.policy', 'compact']])));
  it('shows own, dynamic, static and default values with their sources, in units of its own', () => {
    expect(configs.get('cleanup.policy')).toMatchObject({ value: 'compact', source: ConfigSource.topic, synonyms: [{ name: 'cleanup.policy', value: 'compact', source: 1 }, { name: 'log.cleanup.policy', value: 'delete', source: 5 }] });
    expect(configs.get('retention.ms')).toMatchObject({ value: '5000', source: ConfigSource.dynamicDefaultBroker });
    expect(configs.get('max.message.bytes')).toMatchObject({ value: '2000', source: ConfigSource.dynamicBroker });
    expect(configs.get('segment.ms')).toMatchObject({ value: '7200000', source: ConfigSource.staticBroker });
    expect(configs.get('min.insync.replicas')).toMatchObject({ value: '1', source: ConfigSource.default, type: 3 });
    expect(configs.get('flush.ms')).toMatchObject({ value: '9223372036854775807', source: ConfigSource.default, synonyms: [] });
    expect(topicConfigValue(image, context, 'any', 'retention.ms')).toBe('5000');
    expect(topicConfigValue(image, context, 'any', 'nosuch')).toBeNull();
  });
});

describe('a broker', () => {
  it('shows static and dynamic values, hides secrets, and says what is read-only', () => {
    const configs = byName(describeBrokerConfigs(image, context));
    expect(configs.get('num.partitions')).toMatchObject({ value: '6', readOnly: true, source: ConfigSource.staticBroker });
    expect(configs.get('log.retention.ms')).toMatchObject({ value: '5000', readOnly: false, source: ConfigSource.dynamicDefaultBroker });
    expect(configs.get('ssl.keystore.password')).toMatchObject({ value: null, sensitive: true, synonyms: [{ value: null }] });
    expect(configs.get('log.retention.hours')).toMatchObject({ value: '168', source: ConfigSource.default });
    expect(describeClusterDefaultConfigs(image).map((config) => config.name)).toEqual(['log.retention.ms']);
  });
  it('shows those settings of a listener that somebody set, and which can be changed', () => {
    const name = (listener: string): string => `listener.name.${listener}.max.connections`;
    const set = beginDelta(emptyImage(CLUSTER_ID));
    set.replay(metadataRecord('ConfigRecord', { resourceType: 4, resourceName: '', name: name('external'), value: '7' }), 0, 1);
    const properties = new Map([['listeners', 'EXTERNAL://:1,INTERNAL://:2'], ['inter.broker.listener.name', 'INTERNAL'], [name('external'), '9'], [name('internal'), '3'], ['listener.name.internal.ssl.client.auth', 'required']]);
    const shown = describeBrokerConfigs(set.build(), { nodeId: 1, properties }).filter((config) => config.name.startsWith('listener.name.'));
    expect(shown).toMatchObject([
      { name: name('external'), value: '7', readOnly: false, source: ConfigSource.dynamicDefaultBroker, type: 3, documentation: expect.any(String), synonyms: [{ value: '7' }, { value: '9', source: ConfigSource.staticBroker }] },
      { name: name('internal'), value: '3', readOnly: true, source: ConfigSource.staticBroker },
    ]);
    expect(describeClusterDefaultConfigs(set.build())).toMatchObject([{ name: name('external'), value: '7' }]);
  });
});
