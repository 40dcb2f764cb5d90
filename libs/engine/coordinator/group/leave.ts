/** LeaveGroup: v0-2 one member by its id; v3+ a list, each by member id, or an administrator's by instance id alone (KIP-345). */
import { ErrorCode, type Draft, type LeaveGroupRequest, type LeaveGroupResponse } from '#libs/kafka/protocol';
import type { GroupRequestContext } from '../api.js';
import { createPlan, editGroup, sessionKey, type CoordinatorView, type Decision, type Plan } from '../runtime/decision.js';
import type { ClassicGroup } from './classic-group.js';
import { isGroupIdForMembers, validateMember } from './member-validation.js';
import { afterRemoval, dropMember } from './rebalance.js';

type Identity = LeaveGroupRequest['members'][number];
const BATCHED_FROM = 3;

function leave(plan: Plan, group: ClassicGroup, { memberId, groupInstanceId }: Identity): ErrorCode {
  if (memberId === '') {
    const holder = groupInstanceId === null ? undefined : group.staticMembers.get(groupInstanceId);
    if (holder === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    dropMember(plan, group, holder);
    return ErrorCode.NONE;
  }
  if (group.pendingMembers.delete(memberId)) {
    plan.timers.set(sessionKey(group.groupId, memberId), null);
    return ErrorCode.NONE;
  }
  const invalid = validateMember(group, memberId, groupInstanceId);
  if (invalid !== null) return invalid;
  dropMember(plan, group, memberId);
  return ErrorCode.NONE;
}

export function leaveGroup(view: CoordinatorView, context: GroupRequestContext, request: LeaveGroupRequest): Decision<Draft<LeaveGroupResponse>> {
  const plan = createPlan();
  if (!isGroupIdForMembers(request.groupId)) return { response: { errorCode: ErrorCode.INVALID_GROUP_ID }, plan };
  const batched = context.apiVersion >= BATCHED_FROM;
  if (view.group(request.groupId) === null) {
    const errorCode = ErrorCode.UNKNOWN_MEMBER_ID;
    const members = request.members.map(({ memberId, groupInstanceId }) => ({ memberId, groupInstanceId, errorCode }));
    return { response: batched ? { errorCode: ErrorCode.NONE, members } : { errorCode }, plan };
  }
  const leaving: Identity[] = batched ? request.members : [{ memberId: request.memberId, groupInstanceId: null, reason: null }];
  const group = editGroup(view, plan, request.groupId);
  const memberCount = group.members.size;
  const members = leaving.map((identity) => ({
    memberId: identity.memberId, groupInstanceId: identity.groupInstanceId, errorCode: leave(plan, group, identity),
  }));
  // An id that nobody has joined with holds up a rebalance, but its end begins none.
  if (group.members.size < memberCount || group.state === 'PreparingRebalance') afterRemoval(view, plan, group);
  return { response: batched ? { errorCode: ErrorCode.NONE, members } : { errorCode: members[0]!.errorCode }, plan };
}
