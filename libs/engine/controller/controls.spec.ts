/** What each control refuses, with Kafka's code and words, and the exact records of what it accepts. */
import { createTestEnv } from '../../kernel/testing/index.js';
import { ErrorCode, errorName } from '#libs/kafka/protocol';
import { metadataRecord } from '../quorum/index.js';
import { decideCreateAcls, decideDeleteAcls } from './acls.control.js';
import type { AclBinding, ConfigOperation, NewTopic } from './api.js';
import { decideAlterConfigs } from './configs.control.js';
import { controllerConfig, CLUSTER_ID } from './controller.fixture.js';
import { controllerLimits } from './controller.limits.js';
import { emptyImage, type ControllerImage } from './image.js';
import { beginDelta } from './image-delta.js';
import { decideCreatePartitions } from './partitions.control.js';
import { decideCreateTopics, decideDeleteTopics } from './topics.control.js';
import type { MetadataRecord } from '../quorum/index.js';

const { random } = createTestEnv();
const config = controllerConfig();
const defaults = { numPartitions: 3, replicationFactor: 1 };
const DIRECTORY = 'JEXY6aqzQY-32P5TStzaFg';

function after(image: ControllerImage, records: readonly MetadataRecord[]): ControllerImage {
  const delta = beginDelta(image);
  records.forEach((record, index) => delta.replay(record, image.offset + 1 + index, 1));
  return delta.build();
}
const brokers = (...ids: number[]): MetadataRecord[] => ids.map((brokerId) => metadataRecord('RegisterBrokerRecord', { brokerId, brokerEpoch: 1, fenced: false, logDirs: [DIRECTORY], rack: null }));
const one = after(emptyImage(CLUSTER_ID), brokers(1));
const topic = (name: string, more: Partial<NewTopic> = {}): NewTopic => ({ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...more });
const create = (image: ControllerImage, ...topics: NewTopic[]) => decideCreateTopics(image, topics, config, defaults, random);
const withTopic = (name: string, more: Partial<NewTopic> = {}): ControllerImage => after(one, create(one, topic(name, more)).records);
const refusal = (result: { errorCode: number; errorMessage: string | null } | undefined): string => `${errorName(result!.errorCode)}: ${result!.errorMessage}`;

describe('CreateTopics', () => {
  it('writes the topic, its configs, its partitions', () => {
    const { records, result } = create(one, topic('hello', { numPartitions: 2, configs: [{ name: 'retention.ms', value: '5' }] }));
    const { topicId } = result[0]!;
    const partition = { topicId, replicas: [1], isr: [1], leader: 1, leaderEpoch: 0, partitionEpoch: 0, directories: [DIRECTORY] };
    expect(records).toEqual([
      metadataRecord('TopicRecord', { name: 'hello', topicId }), metadataRecord('ConfigRecord', { resourceType: 2, resourceName: 'hello', name: 'retention.ms', value: '5' }),
      metadataRecord('PartitionRecord', { ...partition, partitionId: 0 }), metadataRecord('PartitionRecord', { ...partition, partitionId: 1 }),
    ]);
    expect(records.map((record) => record.version)).toEqual([0, 0, 2, 2]);
  });

  it.each<[string, NewTopic]>([
    ["INVALID_TOPIC_EXCEPTION: Topic name is invalid: the empty string is not allowed", topic('')],
    ["INVALID_TOPIC_EXCEPTION: Topic name is invalid: '.' is not allowed", topic('.')],
    ["INVALID_TOPIC_EXCEPTION: Topic name is invalid: '..' is not allowed", topic('..')],
    ["INVALID_TOPIC_EXCEPTION: Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'", topic('a b')],
    [`INVALID_TOPIC_EXCEPTION: Topic name is invalid: the length of '${'x'.repeat(250)}' is longer than the max allowed length 249`, topic('x'.repeat(250))],
    ['INVALID_PARTITIONS: Number of partitions was set to an invalid non-positive value.', topic('a', { numPartitions: 0 })],
    ['INVALID_REPLICATION_FACTOR: Replication factor must be larger than 0, or -1 to use the default value.', topic('a', { replicationFactor: 0 })],
    ['INVALID_REPLICATION_FACTOR: Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because only 1 broker(s) are registered or some brokers have all their log directories cordoned.', topic('a', { replicationFactor: 3 })],
    ['INVALID_REQUEST: A manual partition assignment was specified, but replication factor was not set to -1.', topic('a', { assignments: [{ partition: 0, brokerIds: [1] }] })],
    ['INVALID_REQUEST: A manual partition assignment was specified, but numPartitions was not set to -1.', topic('a', { replicationFactor: -1, assignments: [{ partition: 0, brokerIds: [1] }] })],
    ['INVALID_REPLICA_ASSIGNMENT: The manual partition assignment includes broker 9, but no such broker is registered.', topic('a', { numPartitions: -1, replicationFactor: -1, assignments: [{ partition: 0, brokerIds: [9] }] })],
    ['INVALID_REPLICA_ASSIGNMENT: The manual partition assignment includes the broker 1 more than once.', topic('a', { numPartitions: -1, replicationFactor: -1, assignments: [{ partition: 0, brokerIds: [1, 1] }] })],
    ['INVALID_REPLICA_ASSIGNMENT: partitions should be a consecutive 0-based integer sequence', topic('a', { numPartitions: -1, replicationFactor: -1, assignments: [{ partition: 1, brokerIds: [1] }] })],
    ['INVALID_CONFIG: Unknown topic config name: nosuch', topic('a', { configs: [{ name: 'nosuch', value: '1' }] })],
    ['INVALID_CONFIG: Null value not supported for topic configs: retention.ms', topic('a', { configs: [{ name: 'retention.ms', value: null }] })],
    ['INVALID_CONFIG: Invalid value -5 for configuration retention.ms: Value must be at least -1', topic('a', { configs: [{ name: 'retention.ms', value: '-5' }] })],
    [`POLICY_VIOLATION: ${controllerLimits.partitionsPerTopicMax + 1} partitions are more than the limit of ${controllerLimits.partitionsPerTopicMax} of a topic.`, topic('a', { numPartitions: controllerLimits.partitionsPerTopicMax + 1 })],
  ])('%s', (expected, asked) => {
    const { records, result } = create(one, asked);
    expect(refusal(result[0])).toBe(expected);
    expect(records).toEqual([]);
  });

  it('takes as many partitions as the limit allows, and counts those of the same request', () => {
    expect(create(one, topic('a', { numPartitions: controllerLimits.partitionsPerTopicMax })).result[0]!.errorCode).toBe(ErrorCode.NONE);
    const many = [topic('a', { numPartitions: 4999 }), topic('b', { numPartitions: 4999 }), topic('c', { numPartitions: 1 })];
    expect(create(one, ...many).result.map((result) => result.errorCode)).toEqual([0, 0, ErrorCode.POLICY_VIOLATION]);
  });

  it('knows topics that exist, those of the same request, and names that collide', () => {
    const image = withTopic('a.b');
    expect(refusal(create(image, topic('a.b')).result[0])).toBe("TOPIC_ALREADY_EXISTS: Topic 'a.b' already exists.");
    expect(refusal(create(image, topic('a_b')).result[0])).toBe("INVALID_TOPIC_EXCEPTION: Topic 'a_b' collides with existing topic: a.b");
    expect(create(one, topic('x.y'), topic('x_y')).result.map((result) => result.errorCode)).toEqual([0, ErrorCode.INVALID_TOPIC_EXCEPTION]);
  });

  it('spreads replicas over brokers', () => {
    const three = after(emptyImage(CLUSTER_ID), brokers(1, 2, 3));
    const { records } = decideCreateTopics(three, [topic('a', { numPartitions: 6, replicationFactor: 3 })], config, defaults, random);
    const leaders = records.flatMap((record) => (record.type === 'PartitionRecord' ? [record.value.leader] : []));
    expect([1, 2, 3].map((id) => leaders.filter((leader) => leader === id).length)).toEqual([2, 2, 2]);
    for (const record of records) if (record.type === 'PartitionRecord') expect([...record.value.replicas].sort()).toEqual([1, 2, 3]);
  });
});

describe('DeleteTopics', () => {
  it('takes each config away before the topic', () => {
    const image = withTopic('a', { configs: [{ name: 'retention.ms', value: '5' }, { name: 'cleanup.policy', value: 'compact' }] });
    const { topicId } = image.topics.get('a')!;
    const { records, result } = decideDeleteTopics(image, [topicId, DIRECTORY]);
    expect(records).toEqual([
      metadataRecord('ConfigRecord', { resourceType: 2, resourceName: 'a', name: 'retention.ms', value: null }),
      metadataRecord('ConfigRecord', { resourceType: 2, resourceName: 'a', name: 'cleanup.policy', value: null }), metadataRecord('RemoveTopicRecord', { topicId }),
    ]);
    expect(result.get(topicId)!.errorCode).toBe(ErrorCode.NONE);
    expect(result.get(DIRECTORY)!.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_ID);
    const gone = after(image, records);
    expect([gone.topics.size, gone.topicNames.size, gone.partitionCount, gone.configResources(2).length]).toEqual([0, 0, 0, 0]);
  });
});

describe('CreatePartitions', () => {
  const image = withTopic('a', { numPartitions: 2 });
  const ask = (count: number, assignments: number[][] | null = null, name = 'a') => decideCreatePartitions(image, [{ name, count, assignments }], random);
  it('adds', () => {
    const { records } = ask(4);
    expect(records.map((record) => (record.type === 'PartitionRecord' ? record.value.partitionId : -1))).toEqual([2, 3]);
  });
  it.each<[string, () => ReturnType<typeof ask>, string]>([
    ['INVALID_PARTITIONS: Topic already has 2 partition(s).', () => ask(2), 'a'],
    ['INVALID_PARTITIONS: The topic a currently has 2 partition(s); 1 would not be an increase.', () => ask(1), 'a'],
    ['INVALID_REPLICA_ASSIGNMENT: Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified.', () => ask(4, [[1]]), 'a'],
    ['INVALID_REPLICA_ASSIGNMENT: The manual partition assignment includes an empty replica list.', () => ask(3, [[]]), 'a'],
    ['UNKNOWN_TOPIC_OR_PARTITION: This server does not host this topic-partition.', () => ask(3, null, 'b'), 'b'],
  ])('%s', (expected, run, name) => {
    const { records, result } = run();
    expect(refusal(result.get(name))).toBe(expected);
    expect(records).toEqual([]);
  });
});

describe('AlterConfigs', () => {
  const image = withTopic('a', { configs: [{ name: 'cleanup.policy', value: 'delete' }] });
  const alter = (resourceType: number, resourceName: string, ...operations: ConfigOperation[]) => decideAlterConfigs(image, [{ resourceType, resourceName, operations }], config);
  const set = (name: string, value: string | null): ConfigOperation => ({ op: 'set', name, value });

  it('sets, appends, subtracts, deletes; writes only what changes', () => {
    const record = (name: string, value: string | null) => metadataRecord('ConfigRecord', { resourceType: 2, resourceName: 'a', name, value });
    expect(alter(2, 'a', set('retention.ms', '5')).records).toEqual([record('retention.ms', '5')]);
    expect(alter(2, 'a', { op: 'append', name: 'cleanup.policy', value: 'compact' }).records).toEqual([record('cleanup.policy', 'delete,compact')]);
    expect(alter(2, 'a', { op: 'append', name: 'cleanup.policy', value: 'compact' }, { op: 'subtract', name: 'follower.replication.throttled.replicas', value: '1:1' }).records).toHaveLength(2);
    expect(alter(2, 'a', { op: 'delete', name: 'cleanup.policy', value: null }, { op: 'delete', name: 'retention.ms', value: null }).records).toEqual([record('cleanup.policy', null)]);
    expect(alter(2, 'a', set('cleanup.policy', 'delete')).records).toEqual([]);
    expect(alter(4, '', set('log.retention.ms', '5')).records).toEqual([metadataRecord('ConfigRecord', { resourceType: 4, resourceName: '', name: 'log.retention.ms', value: '5' })]);
  });

  it.each<[string, number, string, ConfigOperation[]]>([
    ['INVALID_CONFIG: Invalid value abc for configuration retention.ms: Not a number of type LONG', 2, 'a', [set('retention.ms', 'abc')]],
    ['INVALID_CONFIG: Invalid value x for configuration cleanup.policy: String must be one of: compact, delete', 2, 'a', [set('cleanup.policy', 'delete,x')]],
    ['INVALID_CONFIG: Invalid value 0 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1', 2, 'a', [set('compression.gzip.level', '0')]],
    ['INVALID_CONFIG: Invalid value maybe for configuration preallocate: Expected value to be either true or false', 2, 'a', [set('preallocate', 'maybe')]],
    ['INVALID_CONFIG: Invalid value 2 for configuration min.cleanable.dirty.ratio: Value must be no more than 1', 2, 'a', [set('min.cleanable.dirty.ratio', '2')]],
    ['INVALID_CONFIG: Invalid value 9999999999 for configuration segment.bytes: Not a number of type INT', 2, 'a', [set('segment.bytes', '9999999999')]],
    ["INVALID_CONFIG: Can't APPEND to key retention.ms because its type is not LIST.", 2, 'a', [{ op: 'append', name: 'retention.ms', value: '1' }]],
    ['INVALID_CONFIG: Unknown topic config name: nosuch', 2, 'a', [set('nosuch', '1')]],
    ['INVALID_CONFIG: Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.', 2, 'a', [set('remote.storage.enable', 'true')]],
    ['INVALID_CONFIG: conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)', 2, 'a', [set('min.compaction.lag.ms', '10'), set('max.compaction.lag.ms', '5')]],
    ['INVALID_REQUEST: Null value not supported for : retention.ms', 2, 'a', [set('retention.ms', null)]],
    ['INVALID_REQUEST: Error due to duplicate config keys', 2, 'a', [set('retention.ms', '1'), set('retention.ms', '2')]],
    ["UNKNOWN_TOPIC_OR_PARTITION: The topic 'nope' does not exist.", 2, 'nope', [set('retention.ms', '1')]],
    ['INVALID_REQUEST: Cannot update these configs dynamically: [num.partitions]', 4, '1', [set('num.partitions', '1')]],
    ['INVALID_REQUEST: Unexpected broker id, expected 1, but received 7', 4, '7', [set('log.retention.ms', '1')]],
    ['INVALID_REQUEST: Node id must be an integer, but it is: x', 4, 'x', [set('log.retention.ms', '1')]],
    ['INVALID_REQUEST: Default topic resources are not allowed.', 2, '', [set('retention.ms', '1')]],
    ['INVALID_REQUEST: Invalid value abc for configuration log.retention.ms: Not a number of type LONG', 4, '1', [set('log.retention.ms', 'abc')]],
    ['INVALID_REQUEST: Unknown resource type 8', 8, '1', [set('root', 'DEBUG')]],
  ])('%s', (expected, type, name, operations) => {
    const { records, result } = alter(type, name, ...operations);
    expect(refusal(result[0])).toBe(expected);
    expect(records).toEqual([]);
  });

  it.each<[string, string, string | null]>([
    ['external.max.connections', '7', null], ['external.max.connection.creation.rate', '7', null],
    ['external.max.connections', '-1', 'INVALID_REQUEST: Invalid value -1 for configuration listener.name.external.max.connections: Value must be at least 0'],
    ...['internal.max.connections', 'nosuch.max.connections', 'EXTERNAL.max.connections', 'external.num.network.threads'].map((key): [string, string, string] => [key, '7', `INVALID_REQUEST: Cannot update these configs dynamically: [listener.name.${key}]`]),
  ])('takes a limit of a listener that clients have: %s=%s', (key, value, refused) => {
    const name = `listener.name.${key}`;
    const context = { nodeId: 1, properties: new Map([['listeners', 'EXTERNAL://:1, INTERNAL://:2'], ['inter.broker.listener.name', 'INTERNAL']]) };
    for (const resourceName of ['', '1']) {
      const { records, result } = decideAlterConfigs(image, [{ resourceType: 4, resourceName, operations: [set(name, value)] }], context);
      expect(records).toEqual(refused === null ? [metadataRecord('ConfigRecord', { resourceType: 4, resourceName, name, value })] : []);
      if (refused !== null) expect(refusal(result[0])).toBe(refused);
    }
  });

  it('takes a value of 32,767 bytes and refuses one more', () => {
    const value = (bytes: number): string => '1:1,'.repeat(bytes).slice(0, bytes);
    expect(alter(2, 'a', set('leader.replication.throttled.replicas', `1:1,${value(32_760)}1:1`)).result[0]!.errorCode).toBe(ErrorCode.NONE);
    expect(alter(2, 'a', set('leader.replication.throttled.replicas', value(32_768))).result[0]!.errorCode).toBe(ErrorCode.INVALID_CONFIG);
  });
});

describe('ACLs', () => {
  const acl = (more: Partial<AclBinding> = {}): AclBinding => ({ resourceType: 2, resourceName: 'orders', patternType: 3, principal: 'User:a', host: '*', operation: 3, permissionType: 3, ...more });
  it('creates each once and deletes by filter', () => {
    const { records } = decideCreateAcls(one, [acl(), acl(), acl({ patternType: 4, resourceName: 'ord' }), acl({ resourceName: '*' }), acl({ principal: 'User:b' })], random);
    expect(records).toHaveLength(4);
    const image = after(one, records);
    expect(decideCreateAcls(image, [acl()], random).records).toEqual([]);
    const filter = { resourceType: 2, resourceName: 'orders', patternType: 2, principal: 'User:a', host: null, operation: 1, permissionType: 1 };
    const matched = decideDeleteAcls(image, [filter, { ...filter, patternType: 3 }]);
    expect(matched.result.map(({ deleted }) => deleted.length)).toEqual([3, 1]);
    expect(matched.records).toHaveLength(3);
    expect(after(image, matched.records).acls.size).toBe(1);
  });
  it.each<[string, Partial<AclBinding>]>([
    ['INVALID_REQUEST: Invalid resourceType ANY', { resourceType: 1 }], ['INVALID_REQUEST: Invalid patternType MATCH', { patternType: 2 }],
    ['INVALID_REQUEST: Invalid operation UNKNOWN', { operation: 0 }], ['INVALID_REQUEST: Invalid permissionType ANY', { permissionType: 1 }],
    ['INVALID_REQUEST: Resource name should not be empty', { resourceName: '' }],
    ['INVALID_REQUEST: The only valid name for the CLUSTER resource is kafka-cluster', { resourceType: 4 }],
    ['INVALID_REQUEST: Could not parse principal from `bob` (no colon is present separating the principal type from the principal name)', { principal: 'bob' }],
  ])('%s', (expected, wrong) => {
    const { records, result } = decideCreateAcls(one, [acl(wrong)], random);
    expect(refusal(result[0])).toBe(expected);
    expect(records).toEqual([]);
  });
});
