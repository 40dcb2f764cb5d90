import {
  ApiKey, DeleteGroupsRequest, decode, DescribeGroupsRequest, encode, ErrorCode, FindCoordinatorRequest, HeartbeatRequest, JoinGroupRequest, LeaveGroupRequest,
  ListGroupsRequest, OffsetCommitRequest, OffsetDeleteRequest, OffsetFetchRequest, SyncGroupRequest, type Draft,
} from '#libs/kafka/protocol';
import { createTestEnv } from '#libs/kernel/testing';
import { AclOperation, ResourceType, type Controller } from '#libs/engine/controller';
import { createGroupCoordinator, OFFSETS_TOPIC } from '#libs/engine/coordinator';
import { createFakePartition, createFakeReplicas } from '#libs/engine/coordinator/testing';
import type { ApiHandler, RequestContext, ServerDeps } from '../api.js';
import { createOffsetCommitHandler } from './08-offset-commit.handlers.js';
import { createOffsetFetchHandler } from './09-offset-fetch.handlers.js';
import { createFindCoordinatorHandler } from './10-find-coordinator.handlers.js';
import { createJoinGroupHandler } from './11-join-group.handlers.js';
import { createHeartbeatHandler } from './12-heartbeat.handlers.js';
import { createLeaveGroupHandler } from './13-leave-group.handlers.js';
import { createSyncGroupHandler } from './14-sync-group.handlers.js';
import { createDescribeGroupsHandler } from './15-describe-groups.handlers.js';
import { createListGroupsHandler } from './16-list-groups.handlers.js';
import { createDeleteGroupsHandler } from './42-delete-groups.handlers.js';
import { createOffsetDeleteHandler } from './47-offset-delete.handlers.js';

const ORDERS_ID = 'AAAAAAAAAAAAAAAAAAAAAQ';
const UNKNOWN_ID = 'AAAAAAAAAAAAAAAAAAAAZQ';
const PARTITIONS = 4;
/** A request as its codec reads it: fields that aren't named have their defaults. */
type Codec<T> = { defaults(): T };

interface Options { denied?: readonly string[]; creation?: ErrorCode; topicExists?: boolean; elects?: boolean }

function createServer({ denied = [], creation = ErrorCode.NONE, topicExists = true, elects = true }: Options = {}) {
  const env = createTestEnv();
  const internal = { name: OFFSETS_TOPIC, topicId: UNKNOWN_ID, isInternal: true, partitions: Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, leader: 1 })) };
  const topics = new Map<string, unknown>([['orders', { name: 'orders', topicId: ORDERS_ID, partitions: [{ partition: 0 }, { partition: 1 }] }]]);
  const replicas = { ...createFakeReplicas(), topicName: (id: string) => (id === ORDERS_ID ? 'orders' : null) };
  const config = {
    nodeId: 1, advertisedListeners: [{ listener: 'EXTERNAL', host: 'localhost', port: 20_000, securityProtocol: 'SASL_SSL' }], offsetsTopicNumPartitions: PARTITIONS,
    offsetsTopicReplicationFactor: 1, offsetsTopicSegmentBytes: 1_000_000, offsetsRetentionMinutes: 10, offsetsRetentionCheckIntervalMs: 600_000, offsetMetadataMaxBytes: 4_096, groupMinSessionTimeoutMs: 6_000,
    groupMaxSessionTimeoutMs: 60_000, groupInitialRebalanceDelayMs: 0, groupMaxSize: 10,
  } as unknown as ServerDeps['config'];
  const elect = (): void => { for (let partition = 0; partition < PARTITIONS; partition++) replicas.elect(createFakePartition(partition)); };
  const image = { topics, brokers: new Map() };
  const created: unknown[] = [];
  const controller = {
    image,
    createTopics: (wanted: readonly unknown[]) => {
      created.push(...wanted);
      if (creation !== ErrorCode.NONE) return Promise.resolve([{ errorCode: creation, errorMessage: 'no' }]);
      topics.set(OFFSETS_TOPIC, internal);
      if (elects) env.timers.set(10, elect);
      return Promise.resolve([{ errorCode: ErrorCode.NONE, errorMessage: null }]);
    },
  } as unknown as Controller;
  const groups = createGroupCoordinator({ env, config, replicas });
  if (topicExists) {
    topics.set(OFFSETS_TOPIC, internal);
    elect();
  }
  const names = new Map<number, string>([[ResourceType.group, 'group'], [ResourceType.topic, 'topic'], [ResourceType.cluster, 'cluster']]);
  const operations = new Map<number, string>([[AclOperation.read, 'read'], [AclOperation.describe, 'describe'], [AclOperation.delete, 'delete']]);
  const authorizer = {
    authorize: (_principal: unknown, _host: string, operation: number, type: number, name: string) => !denied.includes(`${operations.get(operation)} ${names.get(type)} ${name}`),
    authorizedOperations: () => 264,
    authorizeByResourceType: () => true,
  };
  const deps = { env, config, controller, replicas, groups, authorizer } as unknown as ServerDeps;

  /** Through the codec both ways, so that what a version can't carry fails here. */
  async function send<T>(create: (deps: ServerDeps) => ApiHandler, apiVersion: number, codec: Codec<T>, fields: Partial<T>): Promise<Record<string, unknown>> {
    const handler = create(deps);
    expect(apiVersion).toBeGreaterThanOrEqual(handler.minVersion);
    expect(apiVersion).toBeLessThanOrEqual(handler.maxVersion);
    const context: RequestContext = {
      apiKey: handler.apiKey, apiVersion, correlationId: 1, clientId: 'app', connectionId: 'c', clientHost: '127.0.0.1', listenerName: 'EXTERNAL', principal: { type: 'User', name: 'u' },
    };
    const request = decode(handler.request, apiVersion, encode(handler.request, apiVersion, { ...codec.defaults(), ...fields } as Draft<unknown>));
    const answer = handler.handle(context, request);
    await env.settle();
    await env.advance(10);
    return decode(handler.response, apiVersion, encode(handler.response, apiVersion, await answer as Draft<unknown>)) as Record<string, unknown>;
  }
  return { env, send, created };
}

const commitOf = (name: string, ...indexes: number[]) => ({
  name, topicId: UNKNOWN_ID, partitions: indexes.map((partitionIndex) => ({ partitionIndex, committedOffset: 5, committedLeaderEpoch: -1, committedMetadata: null })),
});

describe('FindCoordinator', () => {
  it('makes the offsets topic at first use and waits until this broker leads it', async () => {
    const server = createServer({ topicExists: false });
    expect(await server.send(createFindCoordinatorHandler, 4, FindCoordinatorRequest, { coordinatorKeys: ['a', 'b'] })).toMatchObject({
      coordinators: ['a', 'b'].map((key) => ({ key, errorCode: ErrorCode.NONE, nodeId: 1, host: 'localhost', port: 20_000 })),
    });
    expect(server.created[0]).toMatchObject({ name: OFFSETS_TOPIC, numPartitions: PARTITIONS, replicationFactor: 1, configs: expect.arrayContaining([{ name: 'cleanup.policy', value: 'compact' }]) });
  });

  it.each([0, 1, 2, 3])('answers one key at the top in v%i', async (version) => {
    expect(await createServer().send(createFindCoordinatorHandler, version, FindCoordinatorRequest, { key: 'a' })).toMatchObject({ errorCode: ErrorCode.NONE, nodeId: 1, host: 'localhost', port: 20_000 });
  });

  it('says COORDINATOR_NOT_AVAILABLE when the topic can\'t be made', async () => {
    const server = createServer({ topicExists: false, creation: ErrorCode.INVALID_REPLICATION_FACTOR });
    expect(await server.send(createFindCoordinatorHandler, 1, FindCoordinatorRequest, { key: 'a' })).toMatchObject({ errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, nodeId: -1, host: '', port: -1 });
  });

  it('says so at once and for good of transactions, share groups and unknown kinds', async () => {
    const server = createServer({ denied: ['describe group secret'] });
    const find = async (version: number, keyType: number, key: string) => ((await server.send(createFindCoordinatorHandler, version, FindCoordinatorRequest, { keyType, coordinatorKeys: [key] })).coordinators as unknown[])[0];
    expect(await find(4, 1, 'tx')).toMatchObject({ key: 'tx', errorCode: ErrorCode.UNSUPPORTED_VERSION, errorMessage: 'Transactions are not served by this cluster.' });
    expect(await find(6, 2, 'share')).toMatchObject({ errorCode: ErrorCode.UNSUPPORTED_VERSION });
    expect(await find(6, 3, 'x')).toMatchObject({ errorCode: ErrorCode.INVALID_REQUEST });
    expect(await find(6, 0, 'secret')).toMatchObject({ errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED });
  });
});

describe('OffsetCommit and OffsetFetch', () => {
  it.each([2, 3, 5, 6, 7, 8, 9])('commits v%i with a code for each partition', async (version) => {
    const server = createServer({ denied: ['read topic secret'] });
    const answer = await server.send(createOffsetCommitHandler, version, OffsetCommitRequest, { groupId: 'g', topics: [commitOf('orders', 0, 7), commitOf('secret', 0), commitOf('nothing', 0)] });
    expect(answer).toMatchObject({ topics: [
      { name: 'orders', partitions: [{ partitionIndex: 0, errorCode: ErrorCode.NONE }, { partitionIndex: 7, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }] },
      { name: 'secret', partitions: [{ errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED }] }, { name: 'nothing', partitions: [{ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }] },
    ] });
  });

  it('commits and fetches v10 by topic id', async () => {
    const server = createServer();
    const topics = [{ ...commitOf('', 0), topicId: ORDERS_ID }, commitOf('', 0)];
    expect(await server.send(createOffsetCommitHandler, 10, OffsetCommitRequest, { groupId: 'g', topics })).toMatchObject({ topics: [
      { topicId: ORDERS_ID, partitions: [{ errorCode: ErrorCode.NONE }] }, { topicId: UNKNOWN_ID, partitions: [{ errorCode: ErrorCode.UNKNOWN_TOPIC_ID }] },
    ] });
    const asked = [{ name: '', topicId: ORDERS_ID, partitionIndexes: [0] }, { name: '', topicId: UNKNOWN_ID, partitionIndexes: [0] }];
    const groups = [asked, null].map((wanted) => ({ groupId: 'g', memberId: null, memberEpoch: -1, topics: wanted }));
    expect(await server.send(createOffsetFetchHandler, 10, OffsetFetchRequest, { groups })).toMatchObject({ groups: [
      { topics: [{ topicId: ORDERS_ID, partitions: [{ committedOffset: 5 }] }, { topicId: UNKNOWN_ID, partitions: [{ committedOffset: -1, errorCode: ErrorCode.UNKNOWN_TOPIC_ID }] }] },
      { topics: [{ topicId: ORDERS_ID, partitions: [{ partitionIndex: 0, committedOffset: 5 }] }] },
    ] });
  });

  it.each([1, 2, 3, 4, 5, 6, 7])('fetches one group in v%i', async (version) => {
    const server = createServer({ denied: ['describe topic secret', 'describe group mine'] });
    await server.send(createOffsetCommitHandler, 8, OffsetCommitRequest, { groupId: 'g', topics: [commitOf('orders', 0)] });
    const topics = [{ name: 'orders', partitionIndexes: [0, 1] }, { name: 'secret', partitionIndexes: [0] }];
    expect(await server.send(createOffsetFetchHandler, version, OffsetFetchRequest, { groupId: 'g', topics })).toMatchObject({ topics: [
      { name: 'orders', partitions: [{ committedOffset: 5, errorCode: ErrorCode.NONE }, { committedOffset: -1, errorCode: ErrorCode.NONE }] },
      { name: 'secret', partitions: [{ committedOffset: -1, errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED }] },
    ] });
    const refused = await server.send(createOffsetFetchHandler, version, OffsetFetchRequest, { groupId: 'mine', topics: [topics[0]!] });
    if (version === 1) expect(refused).toMatchObject({ topics: [{ partitions: [{ errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED }, { errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED }] }] });
    else expect(refused).toMatchObject({ errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED, topics: [] });
    if (version > 1) expect(await server.send(createOffsetFetchHandler, version, OffsetFetchRequest, { groupId: 'g', topics: null })).toMatchObject({ topics: [{ name: 'orders' }] });
  });

  it('leaves hidden topics out of all topics', async () => {
    const server = createServer({ denied: ['describe topic orders'] });
    await server.send(createOffsetCommitHandler, 8, OffsetCommitRequest, { groupId: 'g', topics: [commitOf('orders', 0)] });
    expect(await server.send(createOffsetFetchHandler, 8, OffsetFetchRequest, { groups: [{ groupId: 'g', memberId: null, memberEpoch: -1, topics: null }] })).toMatchObject({ groups: [{ groupId: 'g', errorCode: ErrorCode.NONE, topics: [] }] });
  });
});

describe('the group protocol', () => {
  const protocols = [{ name: 'range', metadata: Buffer.from('m') }];
  const joining = { groupId: 'g', sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, protocolType: 'consumer', protocols };

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])('joins v%i, and syncs, beats and leaves', async (version) => {
    const server = createServer();
    const join = (fields: Partial<JoinGroupRequest>) => server.send(createJoinGroupHandler, version, JoinGroupRequest, { ...joining, ...fields });
    let answer = await join({ reason: version >= 8 ? 'why' : null });
    if (version >= 4) {
      expect(answer).toMatchObject({ errorCode: ErrorCode.MEMBER_ID_REQUIRED, protocolName: version >= 7 ? null : '' });
      answer = await join({ memberId: answer.memberId as string });
    }
    const memberId = answer.memberId as string;
    expect(answer).toMatchObject({ errorCode: ErrorCode.NONE, generationId: 1, protocolName: 'range', leader: memberId, members: [{ memberId }] });
    const assignments = [{ memberId, assignment: Buffer.from('all') }];
    const sync = { groupId: 'g', generationId: 1, memberId, assignments, ...(version >= 5 ? { protocolType: 'consumer', protocolName: 'range' } : {}) };
    expect(await server.send(createSyncGroupHandler, Math.min(version, 5), SyncGroupRequest, sync)).toMatchObject({ errorCode: ErrorCode.NONE, assignment: Buffer.from('all') });
    expect(await server.send(createHeartbeatHandler, Math.min(version, 4), HeartbeatRequest, { groupId: 'g', generationId: 1, memberId })).toMatchObject({ errorCode: ErrorCode.NONE });
    const leaving = version >= 3 ? { members: [{ memberId, groupInstanceId: null, reason: version >= 5 ? 'bye' : null }] } : { memberId };
    expect(await server.send(createLeaveGroupHandler, Math.min(version, 5), LeaveGroupRequest, { groupId: 'g', ...leaving })).toMatchObject({ errorCode: ErrorCode.NONE });
  });

  it('needs READ on the group', async () => {
    const server = createServer({ denied: ['read group g'] });
    const errorCode = ErrorCode.GROUP_AUTHORIZATION_FAILED;
    expect(await server.send(createJoinGroupHandler, 9, JoinGroupRequest, joining)).toMatchObject({ errorCode });
    expect(await server.send(createSyncGroupHandler, 4, SyncGroupRequest, { groupId: 'g' })).toMatchObject({ errorCode });
    expect(await server.send(createHeartbeatHandler, 4, HeartbeatRequest, { groupId: 'g' })).toMatchObject({ errorCode });
    expect(await server.send(createLeaveGroupHandler, 4, LeaveGroupRequest, { groupId: 'g' })).toMatchObject({ errorCode });
    expect(await server.send(createOffsetCommitHandler, 9, OffsetCommitRequest, { groupId: 'g', topics: [commitOf('orders', 0)] })).toMatchObject({ topics: [{ partitions: [{ errorCode }] }] });
  });

  it('wants protocol type and name in SyncGroup v5', async () => {
    expect(await createServer().send(createSyncGroupHandler, 5, SyncGroupRequest, { groupId: 'g' })).toMatchObject({ errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL });
  });
});

describe('administration of groups', () => {
  async function withGroup(options: Options = {}) {
    const server = createServer(options);
    await server.send(createOffsetCommitHandler, 8, OffsetCommitRequest, { groupId: 'g', topics: [commitOf('orders', 0)] });
    return server;
  }

  it.each([0, 1, 2, 3, 4, 5, 6])('describes v%i', async (version) => {
    const server = await withGroup({ denied: ['describe group mine'] });
    const request = { groups: ['g', 'nobody', 'mine'], includeAuthorizedOperations: version >= 3 };
    expect(await server.send(createDescribeGroupsHandler, version, DescribeGroupsRequest, request)).toMatchObject({ groups: [
      { groupId: 'g', errorCode: ErrorCode.NONE, groupState: 'Empty', authorizedOperations: version >= 3 ? 264 : -2147483648 },
      { groupId: 'nobody', groupState: 'Dead', errorCode: version >= 6 ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.NONE },
      { groupId: 'mine', errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED },
    ] });
  });

  it.each([0, 1, 2, 3, 4, 5])('lists v%i', async (version) => {
    const server = await withGroup();
    expect(await server.send(createListGroupsHandler, version, ListGroupsRequest, {})).toMatchObject({ errorCode: ErrorCode.NONE, groups: [{ groupId: 'g' }] });
  });

  it('lists only what may be described without DESCRIBE on the cluster', async () => {
    const server = await withGroup({ denied: ['describe cluster kafka-cluster', 'describe group g'] });
    expect(await server.send(createListGroupsHandler, 4, ListGroupsRequest, {})).toMatchObject({ groups: [] });
  });

  it.each([0, 1, 2])('deletes v%i', async (version) => {
    const server = await withGroup({ denied: ['delete group mine'] });
    expect(await server.send(createDeleteGroupsHandler, version, DeleteGroupsRequest, { groupsNames: ['g', 'mine', 'nobody', 'g'] })).toMatchObject({ results: [
      { groupId: 'g', errorCode: ErrorCode.NONE }, { groupId: 'mine', errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED }, { groupId: 'nobody', errorCode: ErrorCode.GROUP_ID_NOT_FOUND },
    ] });
  });

  it('deletes offsets', async () => {
    const server = await withGroup({ denied: ['read topic secret', 'delete group mine'] });
    const topics = [{ name: 'orders', partitions: [{ partitionIndex: 0 }, { partitionIndex: 9 }] }, { name: 'secret', partitions: [{ partitionIndex: 0 }] }];
    expect(await server.send(createOffsetDeleteHandler, 0, OffsetDeleteRequest, { groupId: 'g', topics })).toMatchObject({ errorCode: ErrorCode.NONE, topics: [
      { name: 'orders', partitions: [{ errorCode: ErrorCode.NONE }, { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }] },
      { name: 'secret', partitions: [{ errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED }] },
    ] });
    expect(await server.send(createOffsetDeleteHandler, 0, OffsetDeleteRequest, { groupId: 'mine', topics })).toMatchObject({ errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED });
    expect(await server.send(createOffsetDeleteHandler, 0, OffsetDeleteRequest, { groupId: 'nobody', topics })).toMatchObject({ errorCode: ErrorCode.GROUP_ID_NOT_FOUND });
    expect(ApiKey.OffsetDelete).toBe(47);
  });
});
