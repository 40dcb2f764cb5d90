/**
 * The metadata handlers over a real controller on a memory disk. Every answer goes through the codec in the version asked, so that a field
 * which a version lacks shows here.
 */
import { createTestEnv } from '../../../kernel/testing/index.js';
import {
  decode, encode, ErrorCode, errorName, type Draft, type MessageCodec,
  type AlterConfigsResponse, type CreateAclsResponse, type CreatePartitionsResponse, type CreateTopicsResponse, type DeleteAclsResponse, type DeleteTopicsResponse, type DescribeAclsResponse, type DescribeClusterResponse, type DescribeConfigsResponse, type DescribeTopicPartitionsResponse, type IncrementalAlterConfigsResponse, type ListConfigResourcesResponse, type MetadataResponse,
} from '#libs/kafka/protocol';
import { AclOperation, type Controller, type NewTopic } from '../../controller/index.js';
import { controllerConfig, settled, startOn } from '../../controller/controller.fixture.js';
import { compileNamingPolicy, type NamingPolicyInput } from '#libs/naming';
import { createNamingGuard } from '../../security/index.js';
import type { ApiHandler, RequestContext, ServerDeps } from '../api.js';
import { createMetadataHandler } from './03-metadata.handlers.js';
import { createCreateTopicsHandler } from './19-create-topics.handlers.js';
import { createDeleteTopicsHandler } from './20-delete-topics.handlers.js';
import { createDescribeAclsHandler } from './29-describe-acls.handlers.js';
import { createCreateAclsHandler } from './30-create-acls.handlers.js';
import { createDeleteAclsHandler } from './31-delete-acls.handlers.js';
import { createDescribeConfigsHandler } from './32-describe-configs.handlers.js';
import { createAlterConfigsHandler } from './33-alter-configs.handlers.js';
import { createCreatePartitionsHandler } from './37-create-partitions.handlers.js';
import { createIncrementalAlterConfigsHandler } from './44-incremental-alter-configs.handlers.js';
import { createDescribeClusterHandler } from './60-describe-cluster.handlers.js';
import { createListConfigResourcesHandler } from './74-list-config-resources.handlers.js';
import { createDescribeTopicPartitionsHandler } from './75-describe-topic-partitions.handlers.js';

type Allow = (operation: number, resourceType: number, name: string) => boolean;

async function cluster(options: { allow?: Allow; config?: Partial<ServerDeps['config']>; naming?: NamingPolicyInput } = {}) {
  const env = createTestEnv();
  const controller: Controller = await startOn(env);
  const allow = options.allow ?? (() => true);
  const policy = options.naming === undefined ? null : compileNamingPolicy(options.naming);
  const naming = createNamingGuard({ principals: { namingPolicy: () => policy }, superUsers: ['User:platform'], log: env.log });
  const deps = {
    env, controller, naming,
    config: { ...controllerConfig(), autoCreateTopicsEnable: false, offsetsTopicNumPartitions: 50, offsetsTopicReplicationFactor: 1, offsetsTopicSegmentBytes: 104_857_600, ...options.config },
    authorizer: {
      authorize: (_p: unknown, _h: unknown, operation: number, type: number, name: string) => allow(operation, type, name), authorizeByResourceType: () => true,
      authorizedOperations: () => 0b1000,
    },
  } as unknown as ServerDeps;
  const call = async <Res>(handler: ApiHandler, apiVersion: number, request: object, listenerName = 'EXTERNAL', user = 'x'): Promise<Res> => {
    const codec: MessageCodec<unknown> = handler.request;
    const context = { apiKey: handler.apiKey, apiVersion, clientHost: '127.0.0.1', listenerName, principal: { type: 'User', name: user } } as RequestContext;
    const answer = await settled(env, Promise.resolve(handler.handle(context, decode(codec, apiVersion, encode(codec, apiVersion, request as Draft<unknown>)))));
    return decode(handler.response, apiVersion, encode(handler.response, apiVersion, answer as Draft<unknown>)) as Res;
  };
  const create = (name: string, more: Partial<NewTopic> = {}) => settled(env, controller.createTopics([{ name, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [], ...more }], { validateOnly: false }));
  return { env, controller, deps, call, create };
}
const versions = (handler: ApiHandler): number[] => Array.from({ length: handler.maxVersion - handler.minVersion + 1 }, (_, index) => handler.minVersion + index);
const codes = (list: readonly { errorCode: number }[]): string[] => list.map((item) => errorName(item.errorCode));

describe('Metadata', () => {
  it('charges whoever has topics made by asking for them, and holds them back afterwards rather than refuse', async () => {
    const { env, deps } = await cluster({ config: { autoCreateTopicsEnable: true, numPartitions: 3 } });
    const charged: [number, boolean][] = [];
    const quota = { mutated: (partitions: number, strict: boolean) => { charged.push([partitions, strict]); } };
    const context = { apiKey: 3, apiVersion: 12, clientHost: '127.0.0.1', listenerName: 'EXTERNAL', principal: { type: 'User', name: 'x' }, quota } as unknown as RequestContext;
    const handler = createMetadataHandler(deps);
    const ask = (name: string) => settled(env, Promise.resolve(handler.handle(context, decode(handler.request, 12, encode(handler.request, 12, { topics: [{ name }], allowAutoTopicCreation: true } as Draft<unknown>)))));
    await ask('made');
    await ask('made');
    expect(charged).toEqual([[3, false]]);
  });
  it('answers every version with the address of the listener asked', async () => {
    const { deps, call, create } = await cluster();
    await create('a');
    const handler = createMetadataHandler(deps);
    for (const version of versions(handler)) {
      const answer = await call<MetadataResponse>(handler, version, { topics: [{ name: 'a' }, { name: 'missing' }, { name: 'b b' }], allowAutoTopicCreation: true });
      expect(answer.brokers).toEqual([{ nodeId: 1, host: 'broker.example', port: 9092, rack: null }]);
      expect(codes(answer.topics)).toEqual(['NONE', 'UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION']);
      expect(answer.topics[0]!.partitions[1]).toMatchObject({ errorCode: 0, partitionIndex: 1, leaderId: 1, leaderEpoch: version >= 7 ? 0 : -1, replicaNodes: [1], isrNodes: [1], offlineReplicas: [] });
    }
    expect((await call<MetadataResponse>(handler, 9, { topics: [] }, 'INTERNAL')).brokers).toEqual([]);
  });

  it('all, none, by id', async () => {
    const { controller, deps, call, create } = await cluster();
    await create('a');
    const handler = createMetadataHandler(deps);
    expect((await call<MetadataResponse>(handler, 0, { topics: [] })).topics).toHaveLength(1);
    expect((await call<MetadataResponse>(handler, 1, { topics: [] })).topics).toHaveLength(0);
    expect((await call<MetadataResponse>(handler, 1, { topics: null })).topics).toHaveLength(1);
    const { topicId } = controller.image.topics.get('a')!;
    const byId = await call<MetadataResponse>(handler, 12, { topics: [{ topicId, name: null }, { topicId: 'J22uQ3F8SgaacUTA1VB2oA', name: null }] });
    expect(codes(byId.topics)).toEqual(['NONE', 'UNKNOWN_TOPIC_ID']);
    expect(codes((await call<MetadataResponse>(handler, 10, { topics: [{ topicId, name: null }] })).topics)).toEqual(['INVALID_REQUEST']);
  });

  it('hides topics that may not be described', async () => {
    const { deps, call, create } = await cluster({ allow: (_operation, _type, name) => name !== 'secret' });
    await create('secret');
    await create('a');
    const handler = createMetadataHandler(deps);
    expect((await call<MetadataResponse>(handler, 9, { topics: null })).topics.map((topic) => topic.name)).toEqual(['a']);
    const named = await call<MetadataResponse>(handler, 12, { topics: [{ name: 'secret' }] });
    expect(codes(named.topics)).toEqual(['TOPIC_AUTHORIZATION_FAILED']);
    expect(named.topics[0]!.topicId).toBe('AAAAAAAAAAAAAAAAAAAAAA');
  });

  it('creates when the config and the caller allow it, internal topics with their own counts', async () => {
    const { controller, deps, call } = await cluster({ config: { autoCreateTopicsEnable: true } });
    const handler = createMetadataHandler(deps);
    const answer = await call<MetadataResponse>(handler, 9, { topics: [{ name: 'new' }, { name: '__consumer_offsets' }, { name: 'n/w' }], allowAutoTopicCreation: true });
    expect(codes(answer.topics)).toEqual(['NONE', 'NONE', 'INVALID_TOPIC_EXCEPTION']);
    expect(answer.topics.map((topic) => [topic.partitions.length, topic.isInternal])).toEqual([[3, false], [50, true], [0, false]]);
    expect([...controller.image.configs(2, '__consumer_offsets')]).toEqual([['cleanup.policy', 'compact'], ['compression.type', 'producer'], ['segment.bytes', '104857600']]);
    expect(codes((await call<MetadataResponse>(handler, 9, { topics: [{ name: 'other' }], allowAutoTopicCreation: false })).topics)).toEqual(['UNKNOWN_TOPIC_OR_PARTITION']);
    const denied = await cluster({ config: { autoCreateTopicsEnable: true }, allow: (operation) => operation !== AclOperation.create });
    expect(codes((await denied.call<MetadataResponse>(createMetadataHandler(denied.deps), 9, { topics: [{ name: 'new' }] })).topics)).toEqual(['TOPIC_AUTHORIZATION_FAILED']);
  });

  it('answers authorized operations only when asked', async () => {
    const { deps, call, create } = await cluster();
    await create('a');
    const handler = createMetadataHandler(deps);
    const asked = await call<MetadataResponse>(handler, 8, { topics: null, includeTopicAuthorizedOperations: true, includeClusterAuthorizedOperations: true });
    expect([asked.clusterAuthorizedOperations, asked.topics[0]!.topicAuthorizedOperations]).toEqual([8, 8]);
    const not = await call<MetadataResponse>(handler, 8, { topics: null });
    expect([not.clusterAuthorizedOperations, not.topics[0]!.topicAuthorizedOperations]).toEqual([-2147483648, -2147483648]);
  });
});

describe('a naming policy', () => {
  const enforce = { mode: 'enforce', template: '<env>.<service>.<jira>.<type>' };
  const spec = (name: string, more: object = {}) => ({ name, numPartitions: 1, replicationFactor: 1, ...more });
  const names = ['dev.pay.jira-1.json', 'orders', 'DEV.Pay.JIRA-1.Json', '__mine', 'n/w'];

  it('that is enforced refuses names that don\'t fit, says why and what would, and makes the others, validated or made', async () => {
    const { env, controller, deps, call } = await cluster({ naming: enforce });
    const handler = createCreateTopicsHandler(deps);
    for (const validateOnly of [true, false]) {
      const { topics } = await call<CreateTopicsResponse>(handler, 7, { topics: names.map((name) => spec(name)), timeoutMs: 1, validateOnly });
      expect(topics.map((topic) => [topic.name, errorName(topic.errorCode)])).toEqual([
        ['dev.pay.jira-1.json', 'NONE'], ['__mine', 'NONE'], ['orders', 'POLICY_VIOLATION'], ['DEV.Pay.JIRA-1.Json', 'POLICY_VIOLATION'], ['n/w', 'INVALID_TOPIC_EXCEPTION'],
      ]);
      expect(topics[3]!.errorMessage).toMatch(/^Topic name "DEV.Pay.JIRA-1.Json" doesn't follow the naming policy <env>.<service>.<jira>.<type>. <env>: "DEV" has capital letters.* Try "dev.pay.jira-1.json"\.$/);
      expect(controller.image.topics.has('dev.pay.jira-1.json')).toBe(!validateOnly);
    }
    expect([...controller.image.topics.keys()].sort()).toEqual(['__mine', 'dev.pay.jira-1.json']);
    expect(env.lines.filter((line) => line.event === 'naming-policy-warning')).toEqual([]);
  });

  it('comes after what Kafka refuses, and touches no topic that is there', async () => {
    const { deps, call, create, controller } = await cluster({ naming: enforce });
    await create('old');
    const { topics } = await call<CreateTopicsResponse>(createCreateTopicsHandler(deps), 7, { topics: [spec('old'), spec('bad', { replicationFactor: 9 })], timeoutMs: 1 });
    expect(codes(topics)).toEqual(['TOPIC_ALREADY_EXISTS', 'INVALID_REPLICATION_FACTOR']);
    const more = await call<CreatePartitionsResponse>(createCreatePartitionsHandler(deps), 3, { topics: [{ name: 'old', count: 5, assignments: null }], timeoutMs: 1 });
    expect([codes(more.results), controller.image.topics.get('old')!.partitions.length]).toEqual([['NONE'], 5]);
  });

  it('that warns makes the topic and tells the log who did it; off is off; the platform itself isn\'t bound', async () => {
    const { env, deps, call, controller } = await cluster({ naming: { ...enforce, mode: 'warn' } });
    const handler = createCreateTopicsHandler(deps);
    await call<CreateTopicsResponse>(handler, 7, { topics: [spec('orders')], timeoutMs: 1, validateOnly: true });
    expect(codes((await call<CreateTopicsResponse>(handler, 7, { topics: [spec('orders')], timeoutMs: 1 })).topics)).toEqual(['NONE']);
    expect(controller.image.topics.has('orders')).toBe(true);
    expect(env.lines.filter((line) => line.event === 'naming-policy-warning').map((line) => line.fields)).toEqual([expect.objectContaining({ principal: 'User:x', topic: 'orders', message: expect.stringContaining('Try "') })]);
    const off = await cluster({ naming: { ...enforce, mode: 'off' } });
    expect(codes((await off.call<CreateTopicsResponse>(createCreateTopicsHandler(off.deps), 7, { topics: [spec('orders')], timeoutMs: 1 })).topics)).toEqual(['NONE']);
    const platform = await cluster({ naming: enforce });
    expect(codes((await platform.call<CreateTopicsResponse>(createCreateTopicsHandler(platform.deps), 7, { topics: [spec('orders')], timeoutMs: 1 }, 'INTERNAL', 'platform')).topics)).toEqual(['NONE']);
  });

  it('holds for topics that are made by asking for them', async () => {
    const { deps, call } = await cluster({ naming: enforce, config: { autoCreateTopicsEnable: true } });
    const answer = await call<MetadataResponse>(createMetadataHandler(deps), 9, { topics: [...names, '__consumer_offsets'].map((name) => ({ name })), allowAutoTopicCreation: true });
    expect(codes(answer.topics)).toEqual(['NONE', 'POLICY_VIOLATION', 'POLICY_VIOLATION', 'NONE', 'INVALID_TOPIC_EXCEPTION', 'NONE']);
  });
});

describe('topics', () => {
  it('are created in every version, with what each answers', async () => {
    const { deps, call, controller } = await cluster();
    const handler = createCreateTopicsHandler(deps);
    for (const version of versions(handler)) {
      const answer = await call<CreateTopicsResponse>(handler, version, { topics: [{ name: `v${version}`, numPartitions: -1, replicationFactor: -1, configs: [{ name: 'retention.ms', value: '5' }] }], timeoutMs: 1 });
      expect(codes(answer.topics)).toEqual(['NONE']);
      if (version < 5) continue;
      expect(answer.topics[0]!).toMatchObject({ numPartitions: 3, replicationFactor: 1, topicConfigErrorCode: 0 });
      expect(answer.topics[0]!.configs!.find((config) => config.name === 'retention.ms')).toMatchObject({ value: '5', configSource: 1 });
    }
    expect(controller.image.topics.size).toBe(6);
    const refused = await call<CreateTopicsResponse>(handler, 7, { topics: [{ name: 'dup' }, { name: 'dup' }, { name: '__cluster_metadata' }, { name: 'v7', numPartitions: 1, replicationFactor: 1 }] });
    expect(codes(refused.topics).sort()).toEqual(['INVALID_REQUEST', 'INVALID_REQUEST', 'TOPIC_ALREADY_EXISTS']);
  });

  it('need CREATE on the cluster or the topic, and DESCRIBE_CONFIGS for the configs', async () => {
    const { deps, call } = await cluster({ allow: (operation, type, name) => operation === AclOperation.create && type === 2 && name === 'mine' });
    const answer = await call<CreateTopicsResponse>(createCreateTopicsHandler(deps), 7, { topics: [{ name: 'mine', numPartitions: 1, replicationFactor: 1 }, { name: 'other', numPartitions: 1, replicationFactor: 1 }] });
    expect(answer.topics.map((topic) => [topic.name, errorName(topic.errorCode), topic.topicConfigErrorCode])).toEqual([['other', 'TOPIC_AUTHORIZATION_FAILED', 0], ['mine', 'NONE', 29]]);
  });

  it('are deleted by name and id', async () => {
    const { deps, call, create, controller } = await cluster();
    const handler = createDeleteTopicsHandler(deps);
    for (const version of versions(handler)) {
      await create('a');
      const request = version >= 6 ? { topics: [{ name: 'a' }, { name: 'missing' }] } : { topicNames: ['a', 'missing'] };
      expect(codes((await call<DeleteTopicsResponse>(handler, version, request)).responses).sort()).toEqual(['NONE', 'UNKNOWN_TOPIC_OR_PARTITION']);
      expect(controller.image.topics.size).toBe(0);
    }
    await create('a');
    const { topicId } = controller.image.topics.get('a')!;
    const mixed = await call<DeleteTopicsResponse>(handler, 6, { topics: [{ name: 'a' }, { topicId }, { name: 'x' }, { name: 'x' }, {}, { topicId: 'J22uQ3F8SgaacUTA1VB2oA' }, { name: 'a', topicId }] });
    expect(codes(mixed.responses)).toEqual(['INVALID_REQUEST', 'INVALID_REQUEST', 'INVALID_REQUEST', 'UNKNOWN_TOPIC_ID', 'INVALID_REQUEST', 'NONE']);
    await create('b');
    const twice = await call<DeleteTopicsResponse>(handler, 5, { topicNames: ['b', 'b'] });
    expect(twice.responses).toMatchObject([{ name: 'b', errorCode: ErrorCode.INVALID_REQUEST, errorMessage: 'Duplicate topic name.' }]);
    expect(controller.image.topics.has('b')).toBe(true);
  });

  it('are not deleted without DELETE, and hidden without DESCRIBE', async () => {
    const { deps, call, create, controller } = await cluster({ allow: (operation, _type, name) => name === 'seen' && operation === AclOperation.describe });
    await create('seen');
    await create('hidden');
    const { topicId } = controller.image.topics.get('hidden')!;
    const answer = await call<DeleteTopicsResponse>(createDeleteTopicsHandler(deps), 6, { topics: [{ name: 'seen' }, { topicId }, { name: 'nowhere' }] });
    expect(codes(answer.responses)).toEqual(Array(3).fill('TOPIC_AUTHORIZATION_FAILED'));
    expect(answer.responses.map((response) => response.name)).toEqual(['seen', null, 'nowhere']);
  });

  it('grow', async () => {
    const { deps, call, create, controller } = await cluster({ allow: (operation, _type, name) => !(operation === AclOperation.alter && name === 'no') });
    await create('a');
    const handler = createCreatePartitionsHandler(deps);
    for (const version of versions(handler)) expect(codes((await call<CreatePartitionsResponse>(handler, version, { topics: [{ name: 'a', count: 3 + version, assignments: null }] })).results)).toEqual(['NONE']);
    expect(controller.image.topics.get('a')!.partitions).toHaveLength(6);
    const refused = await call<CreatePartitionsResponse>(handler, 3, { topics: [{ name: 'a', count: 2, assignments: null }, { name: 'no', count: 9, assignments: null }, { name: 'd', count: 1 }, { name: 'd', count: 1 }] });
    expect(codes(refused.results).sort()).toEqual(['INVALID_PARTITIONS', 'INVALID_REQUEST', 'TOPIC_AUTHORIZATION_FAILED']);
  });
});

describe('configs', () => {
  it('are described and changed in every version', async () => {
    const { deps, call, create, controller } = await cluster();
    await create('a');
    const describe_ = createDescribeConfigsHandler(deps);
    for (const version of versions(describe_)) {
      const resources = [{ resourceType: 2, resourceName: 'a', configurationKeys: ['retention.ms'] }, { resourceType: 4, resourceName: '1', configurationKeys: null }, { resourceType: 2, resourceName: 'no', configurationKeys: null },
        { resourceType: 4, resourceName: '9', configurationKeys: null }, { resourceType: 16, resourceName: 'x', configurationKeys: null }];
      const answer = await call<DescribeConfigsResponse>(describe_, version, { resources, includeSynonyms: true, includeDocumentation: version >= 3 });
      expect(codes(answer.results)).toEqual(['NONE', 'NONE', 'UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_REQUEST', 'INVALID_REQUEST']);
      expect(answer.results[0]!.configs).toHaveLength(1);
      expect(answer.results[1]!.configs).toHaveLength(340);
    }
    const incremental = createIncrementalAlterConfigsHandler(deps);
    for (const version of versions(incremental)) {
      const configs = [{ name: 'retention.ms', configOperation: 0, value: String(version + 10) }, { name: 'x', configOperation: 1, value: null }];
      expect(codes((await call<IncrementalAlterConfigsResponse>(incremental, version, { resources: [{ resourceType: 2, resourceName: 'a', configs }, { resourceType: 2, resourceName: 'other', configs: [{ name: 'y', configOperation: 9 }] }] })).responses)).toEqual(['NONE', 'INVALID_REQUEST']);
      const twice = [{ resourceType: 2, resourceName: 'a', configs }, { resourceType: 2, resourceName: 'a', configs }];
      expect((await call<IncrementalAlterConfigsResponse>(incremental, version, { resources: twice })).responses.map((answer) => answer.errorMessage)).toEqual(Array(2).fill('Each resource must appear at most once.'));
    }
    expect(controller.image.configs(2, 'a').get('retention.ms')).toBe('11');
    const legacy = createAlterConfigsHandler(deps);
    for (const version of versions(legacy)) await call<AlterConfigsResponse>(legacy, version, { resources: [{ resourceType: 2, resourceName: 'a', configs: [{ name: 'cleanup.policy', value: 'compact' }] }] });
    expect([...controller.image.configs(2, 'a')]).toEqual([['cleanup.policy', 'compact']]);
  });

  it('need their operations', async () => {
    const { deps, call } = await cluster({ allow: () => false });
    const resources = [{ resourceType: 2, resourceName: 'a' }, { resourceType: 4, resourceName: '1' }];
    const expected = ['TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED'];
    expect(codes((await call<DescribeConfigsResponse>(createDescribeConfigsHandler(deps), 4, { resources })).results)).toEqual(expected);
    expect(codes((await call<AlterConfigsResponse>(createAlterConfigsHandler(deps), 2, { resources })).responses)).toEqual(expected);
    expect(codes((await call<IncrementalAlterConfigsResponse>(createIncrementalAlterConfigsHandler(deps), 1, { resources })).responses)).toEqual(expected);
    expect((await call<ListConfigResourcesResponse>(createListConfigResourcesHandler(deps), 1, {})).errorCode).toBe(ErrorCode.CLUSTER_AUTHORIZATION_FAILED);
  });

  it('are listed', async () => {
    const { deps, call, create } = await cluster();
    await create('a');
    const handler = createListConfigResourcesHandler(deps);
    expect((await call<ListConfigResourcesResponse>(handler, 0, {})).configResources).toEqual([]);
    expect((await call<ListConfigResourcesResponse>(handler, 1, {})).configResources).toEqual([{ resourceName: 'a', resourceType: 2 }, { resourceName: '1', resourceType: 4 }]);
    expect((await call<ListConfigResourcesResponse>(handler, 1, { resourceTypes: [77] })).errorCode).toBe(ErrorCode.UNSUPPORTED_VERSION);
  });
});

describe('ACLs', () => {
  const acl = { resourceType: 2, resourceName: 'a', resourcePatternType: 3, principal: 'User:a', host: '*', operation: 3, permissionType: 3 };
  const filter = { resourceTypeFilter: 1, resourceNameFilter: null, patternTypeFilter: 1, principalFilter: null, hostFilter: null, operation: 1, permissionType: 1 };
  it('are created, described, deleted in every version', async () => {
    const { deps, call } = await cluster();
    for (const version of [1, 2, 3]) {
      expect(codes((await call<CreateAclsResponse>(createCreateAclsHandler(deps), version, { creations: [acl, { ...acl, principal: 'a' }] })).results)).toEqual(['NONE', 'INVALID_REQUEST']);
      const described = await call<DescribeAclsResponse>(createDescribeAclsHandler(deps), version, filter);
      expect(described.resources).toEqual([{ resourceType: 2, resourceName: 'a', patternType: 3, acls: [{ principal: 'User:a', host: '*', operation: 3, permissionType: 3 }] }]);
      expect((await call<DescribeAclsResponse>(createDescribeAclsHandler(deps), version, { ...filter, operation: 0 })).errorCode).toBe(ErrorCode.INVALID_REQUEST);
      expect((await call<DeleteAclsResponse>(createDeleteAclsHandler(deps), version, { filters: [filter] })).filterResults[0]!.matchingAcls).toHaveLength(1);
    }
  });
  it('need the cluster', async () => {
    const { deps, call } = await cluster({ allow: () => false });
    expect(codes((await call<CreateAclsResponse>(createCreateAclsHandler(deps), 3, { creations: [acl] })).results)).toEqual(['CLUSTER_AUTHORIZATION_FAILED']);
    expect((await call<DescribeAclsResponse>(createDescribeAclsHandler(deps), 3, filter)).errorCode).toBe(ErrorCode.CLUSTER_AUTHORIZATION_FAILED);
    expect(codes((await call<DeleteAclsResponse>(createDeleteAclsHandler(deps), 3, { filters: [filter] })).filterResults)).toEqual(['CLUSTER_AUTHORIZATION_FAILED']);
  });
});

describe('the cluster', () => {
  it('is described', async () => {
    const { deps, call } = await cluster();
    const handler = createDescribeClusterHandler(deps);
    for (const version of versions(handler)) {
      expect(await call<DescribeClusterResponse>(handler, version, { includeClusterAuthorizedOperations: true })).toMatchObject({ errorCode: 0, controllerId: 1, clusterAuthorizedOperations: 8, brokers: [{ brokerId: 1, host: 'broker.example', port: 9092 }] });
    }
    expect((await call<DescribeClusterResponse>(handler, 1, { endpointType: 2 })).errorCode).toBe(ErrorCode.MISMATCHED_ENDPOINT_TYPE);
    expect((await call<DescribeClusterResponse>(handler, 1, { endpointType: 7 })).errorCode).toBe(ErrorCode.UNSUPPORTED_ENDPOINT_TYPE);
  });
});

describe('DescribeTopicPartitions', () => {
  it('pages through partitions by cursor', async () => {
    const { deps, call, create } = await cluster({ allow: (_operation, _type, name) => name !== 'hidden' });
    await create('b', { numPartitions: 5 });
    await create('a', { numPartitions: 3 });
    await create('hidden');
    const handler = createDescribeTopicPartitionsHandler(deps);
    const seen: string[] = [];
    let cursor: DescribeTopicPartitionsResponse['nextCursor'] = null;
    let pages = 0;
    do {
      const answer: DescribeTopicPartitionsResponse = await call<DescribeTopicPartitionsResponse>(handler, 0, { topics: [], responsePartitionLimit: 2, cursor });
      for (const topic of answer.topics) for (const partition of topic.partitions) seen.push(`${topic.name}-${partition.partitionIndex}`);
      cursor = answer.nextCursor;
      pages += 1;
    } while (cursor !== null);
    expect(seen).toEqual(['a-0', 'a-1', 'a-2', 'b-0', 'b-1', 'b-2', 'b-3', 'b-4']);
    expect(pages).toBe(4);
  });
  it('says no more at once than max.request.partition.size.limit', async () => {
    const { deps, call, create } = await cluster({ config: { properties: new Map([['max.request.partition.size.limit', '3']]) } });
    await create('a', { numPartitions: 5 });
    const answer = await call<DescribeTopicPartitionsResponse>(createDescribeTopicPartitionsHandler(deps), 0, { topics: [], responsePartitionLimit: 2_000 });
    expect([answer.topics[0]!.partitions.length, answer.nextCursor]).toEqual([3, { topicName: 'a', partitionIndex: 3 }]);
  });
  it('says of each topic why it has nothing to say', async () => {
    const { deps, call, create } = await cluster({ allow: (_operation, _type, name) => name !== 'hidden' });
    for (const name of ['a', 'hidden']) await create(name);
    const handler = createDescribeTopicPartitionsHandler(deps);
    const odd = await call<DescribeTopicPartitionsResponse>(handler, 0, { topics: [{ name: 'no name!' }, { name: 'nope' }] });
    expect(odd.topics.map((topic) => [errorName(topic.errorCode), topic.topicAuthorizedOperations])).toEqual([['INVALID_TOPIC_EXCEPTION', 8], ['UNKNOWN_TOPIC_OR_PARTITION', 8]]);
    expect(await call<DescribeTopicPartitionsResponse>(handler, 0, { topics: [{ name: 'a' }], cursor: { topicName: 'a', partitionIndex: -1 } })).toMatchObject({ topics: [{ name: 'a', errorCode: ErrorCode.INVALID_REQUEST, partitions: [] }], nextCursor: null });
    expect(codes((await call<DescribeTopicPartitionsResponse>(handler, 0, { topics: [{ name: 'hidden' }, { name: 'nope' }, { name: 'a' }] })).topics)).toEqual(['NONE', 'TOPIC_AUTHORIZATION_FAILED', 'UNKNOWN_TOPIC_OR_PARTITION']);
  });
});
