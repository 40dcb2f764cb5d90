import { ErrorCode } from '#libs/kafka/protocol';
import { context, createCoordinatorContext, GROUP, REBALANCE_MS, SESSION_MS, subscription, type CoordinatorContext } from '../testing/coordinator-context.js';

async function isPending(t: CoordinatorContext, promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => { settled = true; });
  await t.env.settle();
  return !settled;
}

/** A stable group of two; the first leads. */
async function pair(t: CoordinatorContext) {
  const leader = await t.stableMember();
  const second = await t.member();
  const rejoined = t.join({ memberId: leader.memberId });
  const [one, two] = [await rejoined, await second.joined];
  const follower = t.sync(second.memberId, two.generationId!);
  await t.sync(leader.memberId, one.generationId!, { [leader.memberId]: 'a', [second.memberId]: 'b' });
  await follower;
  t.newRecords();
  return { leader: leader.memberId, follower: second.memberId, generation: one.generationId! };
}

describe('joining', () => {
  it('sends a new member back with an id, then makes it leader of the first generation', async () => {
    const t = createCoordinatorContext();
    const first = await t.join();
    expect(first).toMatchObject({ errorCode: ErrorCode.MEMBER_ID_REQUIRED, generationId: -1 });
    expect(first.memberId).toMatch(/^app-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(t.newRecords()).toEqual([]);
    const joined = t.join({ memberId: first.memberId! });
    await t.advance(0);
    expect(await joined).toEqual({
      errorCode: ErrorCode.NONE, generationId: 1, protocolType: 'consumer', protocolName: 'range', leader: first.memberId, memberId: first.memberId,
      skipAssignment: false, members: [{ memberId: first.memberId, groupInstanceId: null, metadata: subscription(['orders']) }],
    });
    expect(t.newRecords()).toEqual([]);
    expect(await t.sync(first.memberId!, 1, { [first.memberId!]: 'all' })).toEqual({
      errorCode: ErrorCode.NONE, protocolType: 'consumer', protocolName: 'range', assignment: Buffer.from('all'),
    });
    expect(t.newRecords()).toEqual([{
      kind: 'group', group: GROUP,
      value: {
        protocolType: 'consumer', generation: 1, protocol: 'range', leader: first.memberId, currentStateTimestamp: t.env.clock.now(),
        members: [{
          memberId: first.memberId, groupInstanceId: null, clientId: 'app', clientHost: '/127.0.0.1', rebalanceTimeout: REBALANCE_MS, sessionTimeout: SESSION_MS,
          subscription: subscription(['orders']), assignment: Buffer.from('all'),
        }],
      },
    }]);
  });

  it('joins at once before v4', async () => {
    const t = createCoordinatorContext();
    const joined = t.join({ apiVersion: 3 });
    await t.advance(0);
    expect(await joined).toMatchObject({ errorCode: ErrorCode.NONE, generationId: 1 });
  });

  it('makes two members take turns: rebalance, heartbeat 27, both in the next generation', async () => {
    const t = createCoordinatorContext();
    const leader = await t.stableMember();
    const second = await t.member();
    expect(await isPending(t, second.joined)).toBe(true);
    expect(await t.heartbeat(leader.memberId, 1)).toEqual({ errorCode: ErrorCode.REBALANCE_IN_PROGRESS });
    const rejoined = await t.join({ memberId: leader.memberId });
    expect(rejoined).toMatchObject({ generationId: 2, leader: leader.memberId });
    expect(rejoined.members!.map(({ memberId }) => memberId)).toEqual([leader.memberId, second.memberId]);
    expect(await second.joined).toMatchObject({ generationId: 2, leader: leader.memberId, members: [] });
    const follower = t.sync(second.memberId, 2);
    expect(await isPending(t, follower)).toBe(true);
    await t.sync(leader.memberId, 2, { [second.memberId]: 'b', stranger: 'x' });
    expect(await follower).toMatchObject({ errorCode: ErrorCode.NONE, assignment: Buffer.from('b') });
    expect(await t.heartbeat(second.memberId, 2)).toEqual({ errorCode: ErrorCode.NONE });
    expect(await t.sync(second.memberId, 2)).toMatchObject({ errorCode: ErrorCode.NONE, assignment: Buffer.from('b') });
  });

  it('waits group.initial.rebalance.delay.ms, again while members come, up to the rebalance timeout', async () => {
    const t = createCoordinatorContext({ config: { groupInitialRebalanceDelayMs: 3_000 } });
    const first = await t.member({ rebalanceTimeoutMs: 7_000 });
    await t.advance(2_000);
    const second = await t.member({ rebalanceTimeoutMs: 7_000 });
    await t.advance(1_500);
    expect(await isPending(t, first.joined)).toBe(true);
    await t.advance(2_500);
    expect(await first.joined).toMatchObject({ generationId: 1 });
    expect(await second.joined).toMatchObject({ generationId: 1 });
  });

  it('drops dynamic members that do not rejoin within the rebalance timeout', async () => {
    const t = createCoordinatorContext();
    const leader = await t.stableMember({ sessionTimeoutMs: 60_000 });
    const second = await t.member();
    await t.advance(REBALANCE_MS - 1);
    expect(await isPending(t, second.joined)).toBe(true);
    await t.advance(1);
    expect(await second.joined).toMatchObject({ generationId: 2, leader: second.memberId });
    expect(await t.heartbeat(leader.memberId, 2)).toEqual({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID });
  });

  it('answers an unchanged follower from the running generation and rebalances for the leader', async () => {
    const t = createCoordinatorContext();
    const { leader, follower, generation } = await pair(t);
    expect(await t.join({ memberId: follower })).toMatchObject({ errorCode: ErrorCode.NONE, generationId: generation, leader, members: [] });
    const rejoined = t.join({ memberId: leader });
    expect(await isPending(t, rejoined)).toBe(true);
    expect(await t.heartbeat(follower, generation)).toEqual({ errorCode: ErrorCode.REBALANCE_IN_PROGRESS });
    await t.join({ memberId: follower });
    expect(await rejoined).toMatchObject({ generationId: generation + 1 });
  });

  it('rebalances when a follower\'s metadata changes', async () => {
    const t = createCoordinatorContext();
    const { leader, follower, generation } = await pair(t);
    const changed = t.join({ memberId: follower, topics: ['other'] });
    expect(await isPending(t, changed)).toBe(true);
    await t.join({ memberId: leader });
    expect(await changed).toMatchObject({ generationId: generation + 1 });
  });

  it('answers an older parked join of the same member UNKNOWN_MEMBER_ID', async () => {
    const t = createCoordinatorContext();
    const { leader, follower } = await pair(t);
    const older = t.join({ memberId: leader });
    const newer = t.join({ memberId: leader });
    expect(await older).toMatchObject({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID });
    await t.join({ memberId: follower });
    expect(await newer).toMatchObject({ errorCode: ErrorCode.NONE });
  });

  it('sends waiting members of a generation that is overtaken back with REBALANCE_IN_PROGRESS', async () => {
    const t = createCoordinatorContext();
    const { leader, follower, generation } = await pair(t);
    const [, joined] = await Promise.all([t.join({ memberId: leader }), t.join({ memberId: follower })]);
    expect(joined).toMatchObject({ generationId: generation + 1 });
    const waiting = t.sync(follower, generation + 1);
    void t.join({ memberId: leader, topics: ['more'] });
    expect(await waiting).toMatchObject({ errorCode: ErrorCode.REBALANCE_IN_PROGRESS });
  });

  it('refuses what is wrong', async () => {
    const t = createCoordinatorContext({ config: { groupMaxSize: 1 } });
    expect(await t.join({ groupId: '' })).toMatchObject({ errorCode: ErrorCode.INVALID_GROUP_ID });
    expect(await t.join({ sessionTimeoutMs: 5_999 })).toMatchObject({ errorCode: ErrorCode.INVALID_SESSION_TIMEOUT });
    expect(await t.join({ sessionTimeoutMs: 1_800_001 })).toMatchObject({ errorCode: ErrorCode.INVALID_SESSION_TIMEOUT });
    expect(await t.join({ memberId: 'stranger' })).toMatchObject({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID, memberId: 'stranger' });
    expect(await t.join({ protocols: [] })).toMatchObject({ errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL });
    expect(await t.join({ protocolType: '' })).toMatchObject({ errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL });
    expect(await t.join({ groupId: 'x'.repeat(20_000) })).toMatchObject({ errorCode: ErrorCode.INVALID_REQUEST });
    expect(await t.join({ protocols: [{ name: 'p', metadata: Buffer.alloc(1_048_576) }] })).toMatchObject({ errorCode: ErrorCode.POLICY_VIOLATION });
    expect(t.shard.groups.size).toBe(0);
    const member = await t.stableMember();
    expect(await t.join({ memberId: 'stranger' })).toMatchObject({ errorCode: ErrorCode.GROUP_MAX_SIZE_REACHED });
    expect(await t.join()).toMatchObject({ errorCode: ErrorCode.GROUP_MAX_SIZE_REACHED });
    expect(await t.join({ memberId: member.memberId, protocolType: 'connect' })).toMatchObject({ errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL });
    expect(await t.join({ memberId: member.memberId, protocols: [{ name: 'sticky', metadata: Buffer.alloc(0) }] })).toMatchObject({ errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL });
    expect(await t.heartbeat(member.memberId, 1)).toEqual({ errorCode: ErrorCode.NONE });
  });

  it('leaves other protocol types untouched', async () => {
    const t = createCoordinatorContext();
    const metadata = Buffer.from([9, 8, 7]);
    const { memberId, joined } = await t.member({ protocolType: 'connect', protocols: [{ name: 'sessioned', metadata }] });
    await t.advance(0);
    expect((await joined).members).toEqual([{ memberId, groupInstanceId: null, metadata }]);
    await t.sync(memberId, 1, { [memberId]: 'tasks' });
    expect(await t.coordinator.describeGroups([GROUP])).toMatchObject([{ groupState: 'Stable', protocolType: 'connect', protocolData: 'sessioned', members: [{ memberMetadata: metadata }] }]);
  });
});

describe('syncing, heartbeats, leaving', () => {
  it('refuses syncs and heartbeats that do not fit', async () => {
    const t = createCoordinatorContext();
    expect(await t.sync('a', 1)).toMatchObject({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID });
    expect(await t.heartbeat('a', 1)).toEqual({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID });
    const { memberId } = await t.stableMember();
    expect(await t.sync(memberId, 2)).toMatchObject({ errorCode: ErrorCode.ILLEGAL_GENERATION });
    expect(await t.heartbeat(memberId, 0)).toEqual({ errorCode: ErrorCode.ILLEGAL_GENERATION });
    expect(await t.heartbeat('stranger', 1)).toEqual({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID });
    const other = { groupId: GROUP, generationId: 1, memberId, groupInstanceId: null, assignments: [] };
    expect(await t.coordinator.syncGroup(context(5), { ...other, protocolType: 'connect', protocolName: 'range' })).toMatchObject({ errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL });
    expect(await t.coordinator.syncGroup(context(5), { ...other, protocolType: 'consumer', protocolName: 'sticky' })).toMatchObject({ errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL });
    const leader = t.join({ memberId });
    await leader;
    const joining = await t.member();
    expect(await t.sync(memberId, 2)).toMatchObject({ errorCode: ErrorCode.REBALANCE_IN_PROGRESS });
    void joining.joined;
  });

  it('empties the group when its last member leaves, and says so in the log', async () => {
    const t = createCoordinatorContext();
    const { memberId } = await t.stableMember();
    t.newRecords();
    expect(await t.leave({ memberId })).toEqual({ errorCode: ErrorCode.NONE, members: [{ memberId, groupInstanceId: null, errorCode: ErrorCode.NONE }] });
    expect(t.newRecords()).toEqual([{
      kind: 'group', group: GROUP, value: { protocolType: 'consumer', generation: 2, protocol: null, leader: null, currentStateTimestamp: t.env.clock.now(), members: [] },
    }]);
    expect(await t.coordinator.describeGroups([GROUP])).toMatchObject([{ groupState: 'Empty', members: [] }]);
    expect(await t.heartbeat(memberId, 2)).toEqual({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID });
  });

  it('rebalances the rest when one leaves; strangers get their own code', async () => {
    const t = createCoordinatorContext();
    const { leader, follower, generation } = await pair(t);
    expect(await t.leave({ memberId: leader }, { memberId: 'stranger' }, { groupInstanceId: 'none' })).toMatchObject({
      members: [{ errorCode: ErrorCode.NONE }, { errorCode: ErrorCode.UNKNOWN_MEMBER_ID }, { errorCode: ErrorCode.UNKNOWN_MEMBER_ID }],
    });
    expect(await t.heartbeat(follower, generation)).toEqual({ errorCode: ErrorCode.REBALANCE_IN_PROGRESS });
    expect(await t.join({ memberId: follower })).toMatchObject({ generationId: generation + 1, leader: follower });
  });

  it('answers v0-2 at the top', async () => {
    const t = createCoordinatorContext();
    const { memberId } = await t.stableMember();
    const leave = (id: string) => t.coordinator.leaveGroup(context(2), { groupId: GROUP, memberId: id, members: [] });
    expect(await leave('stranger')).toEqual({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID });
    const absent = { groupId: 'absent', memberId: '', members: [{ memberId: 'x', groupInstanceId: null, reason: null }] };
    expect(await t.coordinator.leaveGroup(context(5), absent)).toEqual({ errorCode: ErrorCode.NONE, members: [{ memberId: 'x', groupInstanceId: null, errorCode: ErrorCode.UNKNOWN_MEMBER_ID }] });
    expect(await leave(memberId)).toEqual({ errorCode: ErrorCode.NONE });
    t.verify();
  });

  it('lets a pending id go without a rebalance', async () => {
    const t = createCoordinatorContext();
    const { memberId } = await t.stableMember();
    const pending = await t.join();
    expect(await t.leave({ memberId: pending.memberId! })).toMatchObject({ members: [{ errorCode: ErrorCode.NONE }] });
    expect(await t.heartbeat(memberId, 1)).toEqual({ errorCode: ErrorCode.NONE });
  });
});
