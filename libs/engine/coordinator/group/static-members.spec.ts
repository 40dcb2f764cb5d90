import { ErrorCode } from '#libs/kafka/protocol';
import { createCoordinatorContext, GROUP, SESSION_MS, subscription, type CoordinatorContext, type Options } from '../testing/coordinator-context.js';

/** A static member joins without an id and isn't sent back. */
async function stableStatic(t: CoordinatorContext, groupInstanceId: string, options: Options = {}) {
  const joined = t.join({ groupInstanceId, ...options });
  await t.advance(0);
  const { memberId, generationId } = await joined;
  await t.sync(memberId!, generationId!, { [memberId!]: 'mine' }, groupInstanceId);
  t.newRecords();
  return { memberId: memberId!, generationId: generationId! };
}

describe('static members', () => {
  it('takes the instance id as the member id\'s beginning', async () => {
    const t = createCoordinatorContext();
    expect((await stableStatic(t, 'pod-1')).memberId).toMatch(/^pod-1-[0-9a-f-]{36}$/);
  });

  it('comes back without a rebalance, inherits the assignment, and the new id is in the log', async () => {
    const t = createCoordinatorContext();
    const { memberId: old } = await stableStatic(t, 'pod-1');
    const back = await t.join({ groupInstanceId: 'pod-1' });
    expect(back).toMatchObject({ errorCode: ErrorCode.NONE, generationId: 1, leader: back.memberId, skipAssignment: true });
    expect(back.members).toEqual([{ memberId: back.memberId, groupInstanceId: 'pod-1', metadata: subscription(['orders']) }]);
    expect(t.newRecords()).toMatchObject([{ kind: 'group', group: GROUP, value: { generation: 1, leader: back.memberId, members: [{ memberId: back.memberId, assignment: Buffer.from('mine') }] } }]);
    expect(await t.sync(back.memberId!, 1, {}, 'pod-1')).toMatchObject({ errorCode: ErrorCode.NONE, assignment: Buffer.from('mine') });
    expect(await t.heartbeat(old, 1, 'pod-1')).toEqual({ errorCode: ErrorCode.FENCED_INSTANCE_ID });
    expect(await t.sync(old, 1, {}, 'pod-1')).toMatchObject({ errorCode: ErrorCode.FENCED_INSTANCE_ID });
    expect(await t.join({ memberId: old, groupInstanceId: 'pod-1' })).toMatchObject({ errorCode: ErrorCode.FENCED_INSTANCE_ID });
    expect(await t.commit({ 'orders-0': 1 }, { memberId: old, generationIdOrMemberEpoch: 1, groupInstanceId: 'pod-1' })).toEqual([ErrorCode.FENCED_INSTANCE_ID]);
    expect(await t.heartbeat(old, 1)).toEqual({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID });
    expect(await t.heartbeat(back.memberId!, 1, 'pod-2')).toEqual({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID });
  });

  it('tells a returning leader before v9 that somebody else leads', async () => {
    const t = createCoordinatorContext();
    const { memberId: old } = await stableStatic(t, 'pod-1', { apiVersion: 8 });
    expect(await t.join({ groupInstanceId: 'pod-1', apiVersion: 8 })).toMatchObject({ leader: old, members: [], skipAssignment: false });
  });

  it('rebalances when the group\'s protocol changes with the one that came back', async () => {
    const t = createCoordinatorContext();
    const range = { name: 'range', metadata: subscription(['orders']) };
    const sticky = { name: 'sticky', metadata: subscription(['orders']) };
    await stableStatic(t, 'pod-1', { protocols: [range, sticky] });
    const back = t.join({ groupInstanceId: 'pod-1', protocols: [sticky, range] });
    expect(await back).toMatchObject({ generationId: 2, protocolName: 'sticky', skipAssignment: false });
  });

  it('fences whoever waits under the instance id', async () => {
    const t = createCoordinatorContext();
    await stableStatic(t, 'pod-1');
    const second = await t.member();
    const waiting = t.join({ groupInstanceId: 'pod-1', memberId: (await t.coordinator.describeGroups([GROUP]))[0]!.members![0]!.memberId! });
    const answered = await waiting;
    expect(answered).toMatchObject({ generationId: 2 });
    const parked = t.sync(second.memberId, 2);
    const back = t.join({ groupInstanceId: 'pod-1' });
    // The leader may have been told the old id already: everybody joins again.
    expect(await parked).toMatchObject({ errorCode: ErrorCode.REBALANCE_IN_PROGRESS });
    const again = t.join({ groupInstanceId: 'pod-1' });
    expect(await back).toMatchObject({ errorCode: ErrorCode.FENCED_INSTANCE_ID });
    await t.join({ memberId: second.memberId });
    expect(await again).toMatchObject({ errorCode: ErrorCode.NONE, generationId: 3 });
  });

  it('stays through a rebalance that it misses, until its session ends', async () => {
    const t = createCoordinatorContext();
    const { memberId } = await stableStatic(t, 'pod-1', { sessionTimeoutMs: 600_000 });
    const second = await t.member({ sessionTimeoutMs: 600_000 });
    await t.advance(30_000);
    expect(await second.joined).toMatchObject({ generationId: 2, leader: second.memberId });
    expect((await t.coordinator.describeGroups([GROUP]))[0]!.members!.map((member) => member.memberId)).toEqual([memberId, second.memberId]);
  });

  it('leaves by instance id alone', async () => {
    const t = createCoordinatorContext();
    await stableStatic(t, 'pod-1');
    expect(await t.leave({ groupInstanceId: 'pod-1' })).toMatchObject({ members: [{ memberId: '', groupInstanceId: 'pod-1', errorCode: ErrorCode.NONE }] });
    expect(await t.coordinator.describeGroups([GROUP])).toMatchObject([{ groupState: 'Empty' }]);
  });

  it('keeps its place over a restart of the coordinator', async () => {
    const t = createCoordinatorContext();
    const { memberId } = await stableStatic(t, 'pod-1');
    const next = t.restart();
    expect(await next.heartbeat(memberId, 1, 'pod-1')).toEqual({ errorCode: ErrorCode.NONE });
    expect(await next.join({ groupInstanceId: 'pod-1' })).toMatchObject({ errorCode: ErrorCode.NONE, generationId: 1, skipAssignment: true });
    await next.advance(SESSION_MS);
    expect(await next.coordinator.describeGroups([GROUP])).toMatchObject([{ groupState: 'Empty' }]);
  });
});
