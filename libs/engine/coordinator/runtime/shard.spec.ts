import { buildBatch, ErrorCode, type NewRecord } from '#libs/kafka/protocol';
import { createTestEnv } from '#libs/kernel/testing';
import { encodeRecord, type CoordinatorRecord } from '../records/coordinator-record.js';
import { createCoordinatorContext, GROUP, SESSION_MS, TEST_CONFIG } from '../testing/coordinator-context.js';
import { createFakePartition, createFakeReplicas } from '../testing/fake-partition.js';
import { createCoordinatorOfShards, createGroupCoordinator } from '../group-coordinator.js';

const env = createTestEnv();
const offset = (group: string, value: number | null, partition = 0): CoordinatorRecord => ({
  kind: 'offset', group, topic: 'orders', partition,
  value: value === null ? null : { offset: value, leaderEpoch: 0, metadata: '', commitTimestampMs: 1, expireTimestampMs: null },
});
const batchOf = (records: readonly NewRecord[], options = {}) => buildBatch(records, env.cpu, { timestampMs: 1, ...options });
const marker = (producerId: number, commit: boolean) => batchOf([{ key: Buffer.from([0, 0, 0, commit ? 1 : 0]), value: Buffer.alloc(6) }], { control: true, transactional: true, producerId, producerEpoch: 0 });

describe('loading', () => {
  it('refuses until the whole log was read; heartbeats are taken as heard', async () => {
    const batches = [1, 2, 3].map((value) => batchOf([encodeRecord(offset(GROUP, value))]));
    const t = createCoordinatorContext({ partition: createFakePartition(0, { batches, chunkBatches: 1 }) });
    expect(t.shard.phase).toBe('loading');
    const fetch = () => t.coordinator.offsetFetch({ apiVersion: 8, clientId: '', clientHost: '' }, { groupId: GROUP, memberId: null, memberEpoch: -1, topics: null }, false);
    expect(await fetch()).toMatchObject({ errorCode: ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, topics: [] });
    expect(await t.coordinator.listGroups({ statesFilter: [], typesFilter: [] })).toMatchObject({ errorCode: ErrorCode.COORDINATOR_LOAD_IN_PROGRESS });
    expect(await t.coordinator.heartbeat({ apiVersion: 4, clientId: '', clientHost: '' }, { groupId: GROUP, generationId: 1, memberId: 'a', groupInstanceId: null })).toEqual({ errorCode: ErrorCode.NONE });
    t.coordinator.onTopicDeleted('nothing');
    await t.advance(1);
    expect(t.shard.phase).toBe('active');
    expect(await fetch()).toMatchObject({ errorCode: ErrorCode.NONE, topics: [{ partitions: [{ committedOffset: 3 }] }] });
  });

  it('drops, once loaded, offsets of a topic that was deleted meanwhile', async () => {
    const batches = [1, 2, 3].map((value) => batchOf([encodeRecord(offset(GROUP, value))]));
    const t = createCoordinatorContext({ partition: createFakePartition(0, { batches, chunkBatches: 1 }) });
    t.coordinator.onTopicDeleted('orders');
    await t.advance(1);
    expect(t.shard.state.offsets.size).toBe(0);
  });

  it('shows no offset of a deleted topic to the next one of its name while a full disk refuses the tombstones', async () => {
    const t = createCoordinatorContext({ partition: createFakePartition(0, { batches: [batchOf([encodeRecord(offset(GROUP, 3))])] }) });
    await t.advance(1);
    t.partition.refuseWith(ErrorCode.KAFKA_STORAGE_ERROR);
    t.coordinator.onTopicDeleted('orders');
    const fetch = () => t.coordinator.offsetFetch({ apiVersion: 8, clientId: '', clientHost: '' }, { groupId: GROUP, memberId: null, memberEpoch: -1, topics: null }, false);
    expect(await fetch()).toMatchObject({ errorCode: ErrorCode.NOT_COORDINATOR });
    t.partition.refuseWith(ErrorCode.NONE);
    expect(await fetch()).toMatchObject({ errorCode: ErrorCode.NONE, topics: [] });
    expect(t.shard.state.offsets.size).toBe(0);
  });

  it('drops offsets of topics that were gone when loading began: a crash may have come between their deletion and its tombstones', async () => {
    const batches = [1, 2].map((value) => batchOf([encodeRecord(offset(GROUP, value)), encodeRecord({ ...offset(GROUP, 9), topic: 'kept' } as CoordinatorRecord)]));
    const partition = createFakePartition(0, { batches, chunkBatches: 1 });
    const topics = new Set(['kept']);
    const { shards } = createCoordinatorOfShards({ env, config: TEST_CONFIG, replicas: createFakeReplicas([partition]), topics: () => new Set(topics) });
    // Made again while the shard loads: what is in the log was of the one before.
    topics.add('orders');
    await env.advance(1);
    expect([...shards.get(0)!.state.offsets.get(GROUP)!.keys()]).toEqual(['kept']);
  });

  it('passes over records of other kinds of groups and leaves them in the log', () => {
    const foreign = { key: Buffer.from([0, 3, 0, 1, 103]), value: Buffer.from([0, 0, 1]) };
    const t = createCoordinatorContext({ partition: createFakePartition(0, { batches: [batchOf([foreign, encodeRecord(offset(GROUP, 4))])] }) });
    expect([...t.shard.groups.keys()]).toEqual([GROUP]);
    t.verify();
  });

  it('applies offsets of transactions at the commit marker only, and calls them unstable until then', async () => {
    const transactional = (producerId: number, value: number, partition: number) => batchOf([encodeRecord(offset(GROUP, value, partition))], { transactional: true, producerId, producerEpoch: 0 });
    const batches = [transactional(1, 10, 0), transactional(2, 20, 1), transactional(3, 30, 2), marker(1, true), marker(2, false)];
    const t = createCoordinatorContext({ partition: createFakePartition(0, { batches }) });
    expect(await t.fetch({ orders: [0, 1, 2] })).toMatchObject({ topics: [{ partitions: [
      { committedOffset: 10, errorCode: ErrorCode.NONE }, { committedOffset: -1, errorCode: ErrorCode.NONE }, { committedOffset: -1, errorCode: ErrorCode.UNSTABLE_OFFSET_COMMIT },
    ] }] });
  });

  it('serves nothing from a log that it can\'t read', async () => {
    const broken = batchOf([{ key: Buffer.from([0, 2, 0, 1, 103]), value: Buffer.from([0, 9, 0]) }]);
    const t = createCoordinatorContext({ partition: createFakePartition(0, { batches: [broken] }) });
    expect(t.shard.phase).toBe('failed');
    expect(await t.coordinator.describeGroups([GROUP])).toEqual([{ groupId: GROUP, errorCode: ErrorCode.NOT_COORDINATOR }]);
    expect(t.env.lines.map(({ event }) => event)).toContain('coordinator.load-failed');
  });
});

describe('a restart', () => {
  it('keeps members and generation, and gives everybody a whole session', async () => {
    const t = createCoordinatorContext();
    const { memberId } = await t.stableMember();
    await t.advance(SESSION_MS - 1);
    const next = t.restart();
    await next.advance(SESSION_MS - 1);
    expect(await next.heartbeat(memberId, 1)).toEqual({ errorCode: ErrorCode.NONE });
    expect(await next.sync(memberId, 1)).toMatchObject({ errorCode: ErrorCode.NONE, assignment: Buffer.from('everything') });
    expect(await next.commit({ 'orders-0': 1 }, { memberId, generationIdOrMemberEpoch: 1 })).toEqual([ErrorCode.NONE]);
    await next.advance(SESSION_MS);
    expect(await next.heartbeat(memberId, 1)).toEqual({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID });
  });

  it('begins again from the last complete generation', async () => {
    const t = createCoordinatorContext();
    const { memberId } = await t.stableMember();
    await t.join({ memberId });
    const next = t.restart();
    expect(await next.heartbeat(memberId, 1)).toEqual({ errorCode: ErrorCode.NONE });
    expect(await next.heartbeat(memberId, 2)).toEqual({ errorCode: ErrorCode.ILLEGAL_GENERATION });
  });

  it('rebalances a group that the limit no longer allows', async () => {
    const t = createCoordinatorContext();
    const first = await t.stableMember();
    const second = await t.member();
    const rejoined = await t.join({ memberId: first.memberId });
    void t.sync(second.memberId, 2);
    await t.sync(first.memberId, rejoined.generationId!, {});
    const next = t.restart({ groupMaxSize: 1 });
    expect(await next.heartbeat(first.memberId, 2)).toEqual({ errorCode: ErrorCode.REBALANCE_IN_PROGRESS });
    const back = next.join({ memberId: second.memberId });
    expect(await next.join({ memberId: first.memberId })).toMatchObject({ errorCode: ErrorCode.GROUP_MAX_SIZE_REACHED });
    await next.advance(SESSION_MS);
    expect(await back).toMatchObject({ generationId: 3, leader: second.memberId });
  });
});

describe('answers', () => {
  it('wait until everything that they could have seen is committed', async () => {
    const t = createCoordinatorContext();
    t.partition.holdCommits();
    const answers: string[] = [];
    void t.commit({ 'orders-0': 7 }).then(() => answers.push('commit'));
    void t.fetch({ orders: [0] }).then((answer) => answers.push(`fetch ${answer.topics![0]!.partitions![0]!.committedOffset}`));
    void t.coordinator.listGroups({ statesFilter: [], typesFilter: [] }).then(() => answers.push('list'));
    await t.env.settle();
    expect(answers).toEqual([]);
    t.partition.commit();
    await t.env.settle();
    expect(answers.sort()).toEqual(['commit', 'fetch 7', 'list']);
  });

  it('of a leader that was deposed before the commit say NOT_COORDINATOR', async () => {
    const t = createCoordinatorContext();
    t.partition.holdCommits();
    const committed = t.commit({ 'orders-0': 7 });
    await t.env.settle();
    t.partition.resign();
    expect(await committed).toEqual([ErrorCode.NOT_COORDINATOR]);
  });

  it('of requests that wait for their group say NOT_COORDINATOR when leadership ends', async () => {
    const t = createCoordinatorContext();
    await t.stableMember();
    const parked = await t.member();
    t.replicas.resign(0);
    expect(await parked.joined).toMatchObject({ errorCode: ErrorCode.NOT_COORDINATOR });
    expect(await t.coordinator.describeGroups([GROUP])).toEqual([{ groupId: GROUP, errorCode: ErrorCode.NOT_COORDINATOR }]);
    expect(await t.coordinator.listGroups({ statesFilter: [], typesFilter: [] })).toEqual({ errorCode: ErrorCode.NONE, groups: [] });
    expect(t.env.time.pendingTimers()).toBe(0);
  });

  it.each([
    [ErrorCode.NOT_ENOUGH_REPLICAS, ErrorCode.COORDINATOR_NOT_AVAILABLE], [ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.NOT_COORDINATOR],
    [ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.NOT_COORDINATOR], [ErrorCode.MESSAGE_TOO_LARGE, ErrorCode.INVALID_COMMIT_OFFSET_SIZE],
  ])('say it when the partition refuses with %i, and nothing has happened', async (refusal, answer) => {
    const t = createCoordinatorContext();
    await t.commit({ 'orders-0': 1 });
    t.partition.refuseWith(refusal);
    expect(await t.commit({ 'orders-0': 2 })).toEqual([answer]);
    t.partition.refuseWith(ErrorCode.NONE);
    expect(await t.fetch({ orders: [0] })).toMatchObject({ topics: [{ partitions: [{ committedOffset: 1 }] }] });
  });

  it('leave a group as it was when its assignment is refused', async () => {
    const t = createCoordinatorContext();
    const { memberId, joined } = await t.member();
    await t.advance(0);
    await joined;
    t.partition.refuseWith(ErrorCode.NOT_ENOUGH_REPLICAS);
    expect(await t.sync(memberId, 1, { [memberId]: 'a' })).toMatchObject({ errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE });
    t.partition.refuseWith(ErrorCode.NONE);
    expect(await t.sync(memberId, 1, { [memberId]: 'a' })).toMatchObject({ errorCode: ErrorCode.NONE, assignment: Buffer.from('a') });
  });
});

describe('elections', () => {
  it('wake whoever waits for the partition', async () => {
    const local = createTestEnv();
    const replicas = createFakeReplicas();
    const coordinator = createGroupCoordinator({ env: local, config: { ...TEST_CONFIG, offsetsTopicNumPartitions: 50 }, replicas });
    expect(coordinator.partitionFor('orders')).toBe(31);
    const led = coordinator.awaitLeadership(3, 1_000);
    const never = coordinator.awaitLeadership(4, 1_000);
    replicas.elect(createFakePartition(3));
    expect(await led).toBe(true);
    expect(await coordinator.awaitLeadership(3, 0)).toBe(true);
    await local.advance(1_000);
    expect(await never).toBe(false);
    await coordinator.shutdown();
    expect(local.time.pendingTimers()).toBe(0);
  });

  it('of a later epoch load the log afresh', async () => {
    const t = createCoordinatorContext();
    await t.commit({ 'orders-0': 1 });
    t.replicas.elect(createFakePartition(0, { leaderEpoch: 1, batches: [] }));
    expect(t.shard.phase).toBe('closed');
    expect((await t.coordinator.listGroups({ statesFilter: [], typesFilter: [] })).groups).toEqual([]);
  });
});
