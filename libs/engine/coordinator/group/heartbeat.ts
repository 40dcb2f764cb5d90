/** Heartbeat: keeps the session, and tells a member that its group is rebalancing. */
import { ErrorCode, type Draft, type HeartbeatRequest, type HeartbeatResponse } from '#libs/kafka/protocol';
import { createPlan, setSessionTimer, type CoordinatorView, type Decision } from '../runtime/decision.js';
import type { ClassicGroupView } from './classic-group.js';
import { isGroupIdForMembers, validateMember } from './member-validation.js';

function validate(group: ClassicGroupView | null, request: HeartbeatRequest): ErrorCode | null {
  if (!isGroupIdForMembers(request.groupId)) return ErrorCode.INVALID_GROUP_ID;
  if (group === null) return ErrorCode.UNKNOWN_MEMBER_ID;
  const invalid = validateMember(group, request.memberId, request.groupInstanceId);
  if (invalid !== null) return invalid;
  return request.generationId === group.generation ? null : ErrorCode.ILLEGAL_GENERATION;
}

export function heartbeat(view: CoordinatorView, request: HeartbeatRequest): Decision<Draft<HeartbeatResponse>> {
  const plan = createPlan();
  const group = view.group(request.groupId);
  const invalid = validate(group, request);
  if (invalid !== null || group === null) return { response: { errorCode: invalid ?? ErrorCode.UNKNOWN_MEMBER_ID }, plan };
  setSessionTimer(plan, group.groupId, request.memberId, group.members.get(request.memberId)!.sessionTimeoutMs);
  return { response: { errorCode: group.state === 'PreparingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE }, plan };
}
