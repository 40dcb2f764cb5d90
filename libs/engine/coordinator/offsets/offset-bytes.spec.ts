import { ErrorCode, OffsetDeleteRequest } from '#libs/kafka/protocol';
import { CoordinatorLimits } from '../coordinator.limits.js';
import type { OffsetRecord } from '../records/coordinator-record.js';
import { createCoordinatorState } from '../records/coordinator.replay.js';
import { context, createCoordinatorContext, GROUP } from '../testing/coordinator-context.js';

const { offsetBytes: OFFSET, offsetsTopicBytes: TOPIC, offsetsGroupBytes: OF_GROUP } = CoordinatorLimits;
const { NONE, INVALID_COMMIT_OFFSET_SIZE, OFFSET_METADATA_TOO_LARGE } = ErrorCode;
/** One group with one offset of `orders`. */
const ONE = OF_GROUP + GROUP.length + TOPIC + 'orders'.length + OFFSET;

describe('what committed offsets hold in memory', () => {
  it('is counted with their groups and topics, replaced, and found again in the log', async () => {
    const t = createCoordinatorContext();
    await t.commit({ 'orders-0': 1 }, { metadata: 'mine' });
    expect(t.shard.state.offsetBytes).toBe(ONE + 4);
    await t.commit({ 'orders-0': 2, 'orders-1': 2 }, { metadata: 'grün' });
    expect(t.shard.state.offsetBytes).toBe(ONE + OFFSET + 8);
    await t.commit({ 'orders-0': 2, 'other-1': 2 }, { metadata: 'две' });
    expect(t.shard.state.offsetBytes).toBe(ONE + OFFSET + 4 + 6 + TOPIC + 'other'.length + OFFSET + 6);
    expect(t.restart().shard.state.offsetBytes).toBe(t.shard.state.offsetBytes);
  });
  it.each<[string, (t: ReturnType<typeof createCoordinatorContext>) => unknown]>([
    ['deleted', async (t) => {
      const topics = ['orders', 'other'].map((name) => ({ name, partitions: [{ partitionIndex: 0 }, { partitionIndex: 7 }] }));
      await t.coordinator.offsetDelete(context(0), { ...OffsetDeleteRequest.defaults(), groupId: GROUP, topics });
    }],
    ['deleted with their group', (t) => t.coordinator.deleteGroups([GROUP])],
    ['deleted with their topics', (t) => { for (const topic of ['orders', 'other']) t.coordinator.onTopicDeleted(topic); }],
    ['expired', (t) => t.advance(10_080 * 60_000 + 600_000)],
  ])('is freed when they are %s', async (_how, remove) => {
    const t = createCoordinatorContext({ offsetBytesMax: 2 * ONE });
    expect(await t.commit({ 'orders-0': 1, 'other-0': 1 }, { metadata: 'mine' })).toEqual([NONE, NONE]);
    await remove(t);
    expect([t.shard.state.offsetBytes, t.shard.state.offsets.size]).toEqual([0, 0]);
    expect(t.restart().shard.state.offsetBytes).toBe(0);
    expect(await t.commit({ 'orders-0': 1, 'other-0': 1 }, { metadata: 'mine' })).toEqual([NONE, NONE]);
  });
  it('holds those of a transaction from when they come until it ends', () => {
    const staged: OffsetRecord = { kind: 'offset', group: GROUP, topic: 'orders', partition: 0, value: { offset: 1, leaderEpoch: -1, metadata: 'mine', commitTimestampMs: 0, expireTimestampMs: null } };
    for (const [committed, after] of [[true, ONE + 4], [false, 0]] as const) {
      const machine = createCoordinatorState();
      machine.stage(1, staged);
      expect(machine.state.offsetBytes).toBe(OFFSET + 4 + GROUP.length + 'orders'.length);
      machine.complete(1, committed);
      expect(machine.state.offsetBytes).toBe(after);
    }
  });
});

describe('the bound on committed offsets', () => {
  it.each([[0, NONE], [1, INVALID_COMMIT_OFFSET_SIZE]])('takes what fits, and not %i bytes more, whichever group it is of', async (extra, errorCode) => {
    const t = createCoordinatorContext({ offsetBytesMax: 2 * ONE + 100 });
    expect(await t.commit({ 'orders-0': 1 })).toEqual([NONE]);
    expect(await t.commit({ 'orders-0': 1 }, { groupId: GROUP.replace('o', 'b'), metadata: 'x'.repeat(100 + extra) })).toEqual([errorCode]);
    expect(t.shard.groups.size).toBe(extra === 0 ? 2 : 1);
    expect(t.shard.state.offsetBytes).toBe(extra === 0 ? 2 * ONE + 100 : ONE);
  });
  it('never stops a commit that needs no more than it replaces, and refuses by partition what does', async () => {
    const t = createCoordinatorContext({ offsetBytesMax: ONE + OFFSET + 8 });
    expect(await t.commit({ 'orders-0': 1, 'orders-1': 1 }, { metadata: 'mine' })).toEqual([NONE, NONE]);
    expect(await t.commit({ 'orders-0': 2, 'orders-1': 2 }, { metadata: 'ours' })).toEqual([NONE, NONE]);
    t.newRecords();
    expect(await t.commit({ 'orders-0': 3, 'orders-2': 3 }, { metadata: 'none' })).toEqual([NONE, INVALID_COMMIT_OFFSET_SIZE]);
    expect(t.newRecords()).toMatchObject([{ kind: 'offset', partition: 0, value: { offset: 3 } }]);
    expect(await t.commit({ 'orders-0': 4 }, { metadata: 'mine!' })).toEqual([INVALID_COMMIT_OFFSET_SIZE]);
    expect(await t.commit({ 'orders-0': 4 }, { metadata: 'x'.repeat(4_097) })).toEqual([OFFSET_METADATA_TOO_LARGE]);
  });
  it('weighs a commit as a whole, the later of two offsets of a partition', async () => {
    const t = createCoordinatorContext({ offsetBytesMax: ONE + OFFSET + 8 });
    const commit = (...metadata: [number, string][]) => t.commit({}, {
      topics: [{ name: 'orders', topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partitions: metadata.map(([partitionIndex, committedMetadata]) => ({ partitionIndex, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata })) }],
    });
    expect(await commit([0, 'mine'], [1, 'mine'])).toEqual([NONE, NONE]);
    expect(await commit([0, 'minemine'], [1, ''])).toEqual([NONE, NONE]);
    expect(await commit([1, 'mine'], [0, 'mine'], [0, 'minemine'], [1, ''])).toEqual([NONE, NONE, NONE, NONE]);
    expect(await commit([0, 'minemine!'], [1, ''])).toEqual([INVALID_COMMIT_OFFSET_SIZE, NONE]);
    expect(t.shard.state.offsetBytes).toBe(ONE + OFFSET + 8);
  });
  it('refuses nothing that the log holds, but counts it', async () => {
    const before = createCoordinatorContext();
    await before.commit({ 'orders-0': 1, 'orders-1': 1 });
    const t = before.restart({}, { offsetBytesMax: ONE });
    await t.advance(0);
    expect(t.shard.state.offsetBytes).toBe(ONE + OFFSET);
    expect(await t.commit({ 'orders-0': 2, 'orders-1': 2 })).toEqual([NONE, NONE]);
    expect(await t.commit({ 'orders-2': 2 })).toEqual([INVALID_COMMIT_OFFSET_SIZE]);
    expect(await t.commit({ 'orders-0': 2 }, { groupId: 'another' })).toEqual([INVALID_COMMIT_OFFSET_SIZE]);
    expect(t.shard.groups.has('another')).toBe(false);
  });
});
