import { ErrorCode } from '#libs/kafka/protocol';
import { createCoordinatorContext, GROUP, REBALANCE_MS, SESSION_MS } from '../testing/coordinator-context.js';

describe('time passes', () => {
  it('removes a member that is silent for its session timeout', async () => {
    const t = createCoordinatorContext();
    const { memberId } = await t.stableMember();
    await t.advance(SESSION_MS - 1);
    expect(await t.heartbeat(memberId, 1)).toEqual({ errorCode: ErrorCode.NONE });
    await t.advance(SESSION_MS - 1);
    expect(await t.heartbeat(memberId, 1)).toEqual({ errorCode: ErrorCode.NONE });
    await t.advance(SESSION_MS);
    expect(await t.heartbeat(memberId, 1)).toEqual({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID });
    expect(await t.coordinator.describeGroups([GROUP])).toMatchObject([{ groupState: 'Empty' }]);
  });

  it('takes a commit for a heartbeat', async () => {
    const t = createCoordinatorContext();
    const { memberId } = await t.stableMember();
    await t.advance(SESSION_MS - 1);
    expect(await t.commit({ 'orders-0': 1 }, { memberId, generationIdOrMemberEpoch: 1 })).toEqual([ErrorCode.NONE]);
    await t.advance(SESSION_MS - 1);
    expect(await t.heartbeat(memberId, 1)).toEqual({ errorCode: ErrorCode.NONE });
  });

  it('expects no heartbeats of members that wait in JoinGroup, unless they are new for five minutes', async () => {
    const t = createCoordinatorContext();
    const leader = await t.stableMember({ rebalanceTimeoutMs: 400_000 });
    const second = await t.member({ rebalanceTimeoutMs: 400_000 });
    for (let waitedMs = 0; waitedMs < 300_000; waitedMs += SESSION_MS / 2) {
      expect(await t.heartbeat(leader.memberId, 1)).toEqual({ errorCode: ErrorCode.REBALANCE_IN_PROGRESS });
      await t.advance(SESSION_MS / 2);
    }
    expect(await second.joined).toMatchObject({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID, memberId: '' });
  });

  it('forgets an id that nobody came back with, and the group that was made for it', async () => {
    const t = createCoordinatorContext();
    const { memberId } = await t.join();
    expect(t.shard.groupCount).toBe(1);
    await t.advance(SESSION_MS);
    expect(t.shard.groupCount).toBe(0);
    expect(await t.join({ memberId: memberId! })).toMatchObject({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID });
  });

  it('lets a rebalance wait for pending ids, and ends it when they are gone', async () => {
    const t = createCoordinatorContext();
    const { memberId } = await t.stableMember();
    await t.join({ sessionTimeoutMs: 6_000 });
    const rejoined = t.join({ memberId });
    await t.advance(5_999);
    expect(t.shard.groups.get(GROUP)!.state).toBe('PreparingRebalance');
    await t.advance(1);
    expect(await rejoined).toMatchObject({ generationId: 2 });
  });

  it('removes members that never sync and rebalances the others', async () => {
    const t = createCoordinatorContext();
    const first = await t.member({ sessionTimeoutMs: 600_000 });
    const second = await t.member({ sessionTimeoutMs: 600_000 });
    await t.advance(0);
    expect(await first.joined).toMatchObject({ generationId: 1, leader: first.memberId });
    await second.joined;
    const parked = t.sync(second.memberId, 1);
    await t.advance(REBALANCE_MS);
    expect(await parked).toMatchObject({ errorCode: ErrorCode.REBALANCE_IN_PROGRESS });
    expect(await t.heartbeat(first.memberId, 1)).toEqual({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID });
    expect(await t.join({ memberId: second.memberId })).toMatchObject({ generationId: 2, leader: second.memberId });
  });

  it('tries again later when the partition refuses what a timer brings', async () => {
    const t = createCoordinatorContext();
    await t.stableMember();
    t.partition.refuseWith(ErrorCode.NOT_ENOUGH_REPLICAS);
    await t.advance(SESSION_MS);
    expect(t.shard.groups.get(GROUP)!.state).toBe('Stable');
    t.partition.refuseWith(ErrorCode.NONE);
    await t.advance(1_000);
    expect(t.shard.groups.get(GROUP)!.state).toBe('Empty');
  });
});
