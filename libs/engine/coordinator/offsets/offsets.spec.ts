import { ErrorCode, OffsetCommitRequest } from '#libs/kafka/protocol';
import { context, createCoordinatorContext, GROUP } from '../testing/coordinator-context.js';

const offsetsOf = (answer: Awaited<ReturnType<ReturnType<typeof createCoordinatorContext>['fetch']>>) => Object.fromEntries(
  answer.topics!.flatMap(({ name, partitions }) => partitions!.map(({ partitionIndex, committedOffset }) => [`${name}-${partitionIndex}`, committedOffset])),
);

describe('committing', () => {
  it('takes a simple commit, keeps it over a restart, and says −1 for what it has not', async () => {
    const t = createCoordinatorContext();
    expect(await t.commit({ 'orders-0': 5, 'orders-1': 6 }, { metadata: 'mine' })).toEqual([ErrorCode.NONE, ErrorCode.NONE]);
    expect(t.newRecords()).toEqual([0, 1].map((partition) => ({
      kind: 'offset', group: GROUP, topic: 'orders', partition,
      value: { offset: 5 + partition, leaderEpoch: -1, metadata: 'mine', commitTimestampMs: t.env.clock.now(), expireTimestampMs: null },
    })));
    const answer = await t.restart().fetch({ orders: [1, 2] });
    expect(answer).toMatchObject({
      groupId: GROUP, errorCode: ErrorCode.NONE,
      topics: [{ name: 'orders', partitions: [
        { partitionIndex: 1, committedOffset: 6, committedLeaderEpoch: -1, metadata: 'mine', errorCode: ErrorCode.NONE },
        { partitionIndex: 2, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: ErrorCode.NONE },
      ] }],
    });
    expect(offsetsOf(await t.fetch(null))).toEqual({ 'orders-0': 5, 'orders-1': 6 });
    expect(await t.fetch(null, 'nobody')).toMatchObject({ errorCode: ErrorCode.NONE, topics: [] });
  });

  it('keeps the later of two commits in one request', async () => {
    const t = createCoordinatorContext();
    await t.commit({ 'orders-0': 5 });
    await t.commit({ 'orders-0': 4 });
    expect(offsetsOf(await t.fetch(null))).toEqual({ 'orders-0': 4 });
  });

  it('checks generation and member', async () => {
    const t = createCoordinatorContext();
    expect(await t.commit({ 'orders-0': 1 }, { generationIdOrMemberEpoch: 3, memberId: 'a' })).toEqual([ErrorCode.GROUP_ID_NOT_FOUND]);
    expect(await t.commit({ 'orders-0': 1 }, { generationIdOrMemberEpoch: 3, memberId: 'a', apiVersion: 8 })).toEqual([ErrorCode.ILLEGAL_GENERATION]);
    const { memberId } = await t.stableMember();
    expect(await t.commit({ 'orders-0': 1 })).toEqual([ErrorCode.UNKNOWN_MEMBER_ID]);
    expect(await t.commit({ 'orders-0': 1 }, { generationIdOrMemberEpoch: 1, memberId: 'a' })).toEqual([ErrorCode.UNKNOWN_MEMBER_ID]);
    expect(await t.commit({ 'orders-0': 1 }, { generationIdOrMemberEpoch: 2, memberId })).toEqual([ErrorCode.ILLEGAL_GENERATION]);
    expect(await t.commit({ 'orders-0': 1 }, { generationIdOrMemberEpoch: 1, memberId })).toEqual([ErrorCode.NONE]);
    await t.join({ memberId });
    expect(await t.commit({ 'orders-0': 1 }, { generationIdOrMemberEpoch: 2, memberId })).toEqual([ErrorCode.REBALANCE_IN_PROGRESS]);
  });

  it('still takes a member\'s commits while its group prepares to rebalance', async () => {
    const t = createCoordinatorContext();
    const { memberId } = await t.stableMember();
    const second = await t.member();
    expect(await t.commit({ 'orders-0': 9 }, { generationIdOrMemberEpoch: 1, memberId })).toEqual([ErrorCode.NONE]);
    void second.joined;
  });

  it('refuses metadata that is too long, for that partition alone', async () => {
    const t = createCoordinatorContext();
    expect(await t.commit({ 'orders-0': 1 }, { metadata: 'x'.repeat(4_096) })).toEqual([ErrorCode.NONE]);
    expect(await t.commit({ 'other-0': 1 }, { metadata: 'x'.repeat(4_097), groupId: 'second' })).toEqual([ErrorCode.OFFSET_METADATA_TOO_LARGE]);
    expect(t.shard.groups.has('second')).toBe(false);
  });

  it('limits the offsets of a request and of a group', async () => {
    const t = createCoordinatorContext();
    const partitions = (count: number) => Array.from({ length: count }, (_, partitionIndex) => ({ partitionIndex, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: null }));
    const topics = (count: number) => [{ name: 'wide', topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partitions: partitions(count) }];
    // Not through the context: it would replay all of it after each call.
    const commit = async (name: string, count: number) => (await t.coordinator.offsetCommit(context(9), {
      ...OffsetCommitRequest.defaults(), groupId: GROUP, topics: [{ ...topics(count)[0]!, name }],
    })).topics![0]!.partitions![0]!.errorCode;
    expect(await commit('t0', 20_001)).toBe(ErrorCode.POLICY_VIOLATION);
    for (const name of ['t0', 't1', 't2', 't3', 't4']) expect(await commit(name, 20_000)).toBe(ErrorCode.NONE);
    expect(await commit('last', 1)).toBe(ErrorCode.POLICY_VIOLATION);
    expect(await commit('t0', 1)).toBe(ErrorCode.NONE);
  });

  it('knows a member\'s fetch of an unknown group', async () => {
    const t = createCoordinatorContext();
    const group = { groupId: 'gone', memberId: 'a', memberEpoch: 1, topics: null };
    expect(await t.coordinator.offsetFetch(context(9), group, false)).toMatchObject({ errorCode: ErrorCode.GROUP_ID_NOT_FOUND });
  });
});

describe('deleting', () => {
  it('deletes an empty group with its offsets, not one with members', async () => {
    const t = createCoordinatorContext();
    const { memberId } = await t.stableMember();
    await t.commit({ 'orders-0': 1, 'orders-1': 2 }, { generationIdOrMemberEpoch: 1, memberId });
    expect(await t.coordinator.deleteGroups([GROUP, 'nobody'])).toEqual([
      { groupId: GROUP, errorCode: ErrorCode.NON_EMPTY_GROUP }, { groupId: 'nobody', errorCode: ErrorCode.GROUP_ID_NOT_FOUND },
    ]);
    await t.leave({ memberId });
    t.newRecords();
    expect(await t.coordinator.deleteGroups([GROUP])).toEqual([{ groupId: GROUP, errorCode: ErrorCode.NONE }]);
    expect(t.newRecords()).toEqual([
      { kind: 'offset', group: GROUP, topic: 'orders', partition: 0, value: null }, { kind: 'offset', group: GROUP, topic: 'orders', partition: 1, value: null },
      { kind: 'group', group: GROUP, value: null },
    ]);
    t.verify();
    expect(t.shard.groupCount).toBe(0);
    expect(t.restart().shard.groupCount).toBe(0);
  });

  it('deletes offsets of topics that nobody reads', async () => {
    const t = createCoordinatorContext();
    const request = (name: string) => ({ groupId: GROUP, topics: [{ name, partitions: [{ partitionIndex: 0 }] }] });
    expect(await t.coordinator.offsetDelete(context(0), request('orders'))).toEqual({ errorCode: ErrorCode.GROUP_ID_NOT_FOUND });
    const { memberId } = await t.stableMember();
    await t.commit({ 'orders-0': 1, 'former-0': 2 }, { generationIdOrMemberEpoch: 1, memberId });
    expect(await t.coordinator.offsetDelete(context(0), request('orders'))).toMatchObject({ topics: [{ partitions: [{ errorCode: ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC }] }] });
    expect(await t.coordinator.offsetDelete(context(0), request('former'))).toMatchObject({ topics: [{ partitions: [{ errorCode: ErrorCode.NONE }] }] });
    t.verify();
    expect(offsetsOf(await t.fetch(null))).toEqual({ 'orders-0': 1 });
  });

  it('does not guess what groups of other protocol types read', async () => {
    const t = createCoordinatorContext();
    await t.stableMember({ protocolType: 'connect' });
    expect(await t.coordinator.offsetDelete(context(0), { groupId: GROUP, topics: [] })).toEqual({ errorCode: ErrorCode.NON_EMPTY_GROUP });
    expect(await t.coordinator.offsetDelete(context(0), { groupId: '', topics: [] })).toEqual({ errorCode: ErrorCode.INVALID_GROUP_ID });
  });

  it('drops a deleted topic\'s offsets, in as many batches as it takes', async () => {
    const t = createCoordinatorContext();
    for (let group = 0; group < 30; group++) {
      await t.coordinator.offsetCommit(context(9), {
        groupId: `group-${group}-${'x'.repeat(200)}`, generationIdOrMemberEpoch: -1, memberId: '', groupInstanceId: null, retentionTimeMs: -1,
        topics: ['gone', 'kept'].map((name) => ({ name, topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partitions: Array.from({ length: 100 }, (_, partitionIndex) => ({ partitionIndex, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: null })) })),
      });
    }
    const before = t.partition.batches.length;
    t.coordinator.onTopicDeleted('gone');
    t.verify();
    expect(t.partition.batches.length - before).toBeGreaterThan(1);
    expect(t.newRecords().filter((record) => record?.value === null)).toHaveLength(3_000);
    for (const topics of t.shard.state.offsets.values()) expect([...topics.keys()]).toEqual(['kept']);
  });
});

describe('listing and describing', () => {
  it('filters by state and type', async () => {
    const t = createCoordinatorContext();
    await t.stableMember();
    await t.commit({ 'orders-0': 1 }, { groupId: 'simple' });
    const list = async (statesFilter: string[], typesFilter: string[]) => (await t.coordinator.listGroups({ statesFilter, typesFilter })).groups!.map(({ groupId }) => groupId);
    expect((await t.coordinator.listGroups({ statesFilter: [], typesFilter: [] })).groups).toEqual([
      { groupId: GROUP, protocolType: 'consumer', groupState: 'Stable', groupType: 'classic' }, { groupId: 'simple', protocolType: '', groupState: 'Empty', groupType: 'classic' },
    ]);
    expect(await list(['stable'], [])).toEqual([GROUP]);
    expect(await list(['Empty', 'Dead'], ['Classic'])).toEqual(['simple']);
    expect(await list([], ['consumer'])).toEqual([]);
  });

  it('says Dead and not found of an unknown group', async () => {
    const t = createCoordinatorContext();
    expect(await t.coordinator.describeGroups(['nobody'])).toEqual([
      { groupId: 'nobody', errorCode: ErrorCode.GROUP_ID_NOT_FOUND, errorMessage: 'Group nobody not found.', groupState: 'Dead' },
    ]);
  });
});
