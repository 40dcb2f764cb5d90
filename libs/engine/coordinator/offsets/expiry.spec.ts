import { createCoordinatorContext, GROUP } from '../testing/coordinator-context.js';

const HOUR_MS = 3_600_000;
const config = { offsetsRetentionMinutes: 60, offsetsRetentionCheckIntervalMs: 60_000, groupMaxSessionTimeoutMs: 100 * HOUR_MS };
type Context = ReturnType<typeof createCoordinatorContext>;
const topicsOf = (t: Context, group = GROUP) => [...t.shard.state.offsets.get(group)?.keys() ?? []];

describe('expiry of offsets', () => {
  it('counts from the commit in a simple group, and the group goes with its last offset', async () => {
    const t = createCoordinatorContext({ config });
    await t.commit({ 'orders-0': 1 });
    await t.advance(HOUR_MS / 2);
    await t.commit({ 'other-0': 1 });
    await t.advance(HOUR_MS / 2);
    expect(topicsOf(t)).toEqual(['other']);
    await t.advance(HOUR_MS / 2);
    expect(t.shard.groupCount).toBe(0);
    expect(t.newRecords().filter((record) => record?.kind === 'group')).toEqual([]);
  });

  it('counts from when the group became empty, not from the commit', async () => {
    const t = createCoordinatorContext({ config });
    const { memberId } = await t.stableMember({ sessionTimeoutMs: 10 * HOUR_MS });
    await t.commit({ 'orders-0': 1 }, { memberId, generationIdOrMemberEpoch: 1 });
    await t.advance(3 * HOUR_MS);
    expect(topicsOf(t)).toEqual(['orders']);
    await t.leave({ memberId });
    await t.advance(HOUR_MS - 60_000);
    expect(topicsOf(t)).toEqual(['orders']);
    t.newRecords();
    await t.advance(2 * 60_000);
    expect(t.newRecords()).toEqual([
      { kind: 'offset', group: GROUP, topic: 'orders', partition: 0, value: null }, { kind: 'group', group: GROUP, value: null },
    ]);
    expect(t.shard.groupCount).toBe(0);
  });

  it('keeps counting over a restart', async () => {
    const t = createCoordinatorContext({ config });
    const { memberId } = await t.stableMember({ sessionTimeoutMs: 10 * HOUR_MS });
    await t.commit({ 'orders-0': 1 }, { memberId, generationIdOrMemberEpoch: 1 });
    await t.leave({ memberId });
    await t.advance(HOUR_MS / 2);
    const next = t.restart();
    await next.env.advance(HOUR_MS / 2 + 60_000);
    expect(topicsOf(next)).toEqual([]);
  });

  it('lets offsets of topics go that a stable consumer group has stopped reading', async () => {
    const t = createCoordinatorContext({ config });
    const { memberId } = await t.stableMember({ sessionTimeoutMs: 10 * HOUR_MS });
    await t.commit({ 'orders-0': 1, 'former-0': 1 }, { memberId, generationIdOrMemberEpoch: 1 });
    await t.advance(HOUR_MS + 60_000);
    expect(topicsOf(t)).toEqual(['orders']);
  });

  it('expires nothing while the group rebalances', async () => {
    const t = createCoordinatorContext({ config });
    const { memberId } = await t.stableMember({ sessionTimeoutMs: 10 * HOUR_MS, rebalanceTimeoutMs: 5 * HOUR_MS });
    await t.commit({ 'former-0': 1 }, { memberId, generationIdOrMemberEpoch: 1 });
    await t.member({ sessionTimeoutMs: 10 * HOUR_MS });
    await t.advance(2 * HOUR_MS);
    expect(topicsOf(t)).toEqual(['former']);

  });

  it('obeys a retention that the commit named', async () => {
    const t = createCoordinatorContext({ config });
    await t.commit({ 'orders-0': 1 }, { retentionTimeMs: 3 * HOUR_MS, apiVersion: 4 });
    await t.advance(2 * HOUR_MS);
    expect(topicsOf(t)).toEqual(['orders']);
    await t.advance(HOUR_MS + 60_000);
    expect(topicsOf(t)).toEqual([]);
  });
});
