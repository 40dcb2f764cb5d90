/** SyncGroup: members wait until the leader brings the assignment; it goes to the log, and the group is stable. */
import { EMPTY, ErrorCode, type Draft, type SyncGroupRequest, type SyncGroupResponse } from '#libs/kafka/protocol';
import { createPlan, editGroup, PARKED, setSessionTimer, syncKey, type CoordinatorView, type Decision, type Plan } from '../runtime/decision.js';
import { groupRecord, transitionTo, updateMember, type ClassicGroup, type ClassicGroupView } from './classic-group.js';
import { isGroupIdForMembers, validateMember } from './member-validation.js';
import { hasRoomForAssignments } from './metadata-bytes.js';
import { answerSyncs } from './rebalance.js';

export type SyncDecision = Decision<Draft<SyncGroupResponse>>;

const refused = (errorCode: ErrorCode): SyncDecision => ({ response: { errorCode, assignment: EMPTY }, plan: createPlan() });

/** v5 (KIP-559) names the protocol that the member believes in. */
function hasOtherProtocol(group: ClassicGroupView, request: SyncGroupRequest): boolean {
  return (request.protocolType !== null && request.protocolType !== group.protocolType)
    || (request.protocolName !== null && request.protocolName !== group.protocolName);
}

function validate(group: ClassicGroupView, request: SyncGroupRequest): ErrorCode | null {
  const invalid = validateMember(group, request.memberId, request.groupInstanceId);
  if (invalid !== null) return invalid;
  if (request.generationId !== group.generation) return ErrorCode.ILLEGAL_GENERATION;
  return hasOtherProtocol(group, request) ? ErrorCode.INCONSISTENT_GROUP_PROTOCOL : null;
}

function received(plan: Plan, group: ClassicGroup, memberId: string): void {
  group.pendingSync.delete(memberId);
  if (group.pendingSync.size === 0) plan.timers.set(syncKey(group.groupId), null);
}

/** Members that the leader left out get an empty assignment; entries of strangers are passed over. */
function assign(view: CoordinatorView, plan: Plan, group: ClassicGroup, request: SyncGroupRequest): void {
  const assignments = new Map(request.assignments.map(({ memberId, assignment }) => [memberId, assignment]));
  for (const memberId of [...group.members.keys()]) {
    updateMember(group, memberId, { assignment: Buffer.from(assignments.get(memberId) ?? EMPTY) });
  }
  plan.records.push(groupRecord(group));
  transitionTo(group, 'Stable', view.nowMs);
  answerSyncs(plan, group, ErrorCode.NONE);
}

function completeSync(view: CoordinatorView, requestId: number, request: SyncGroupRequest): SyncDecision {
  const plan = createPlan();
  const group = editGroup(view, plan, request.groupId);
  const older = group.members.get(request.memberId)!.syncRequest;
  if (older !== null) plan.answers.set(older, { errorCode: ErrorCode.UNKNOWN_MEMBER_ID });
  updateMember(group, request.memberId, { syncRequest: requestId });
  received(plan, group, request.memberId);
  if (group.leaderId === request.memberId) assign(view, plan, group, request);
  return { response: PARKED, plan };
}

function currentAssignment(view: CoordinatorView, request: SyncGroupRequest): SyncDecision {
  const plan = createPlan();
  const group = editGroup(view, plan, request.groupId);
  const member = group.members.get(request.memberId)!;
  received(plan, group, member.memberId);
  setSessionTimer(plan, group.groupId, member.memberId, member.sessionTimeoutMs);
  const { protocolType, protocolName } = group;
  return { response: { errorCode: ErrorCode.NONE, protocolType, protocolName, assignment: member.assignment }, plan };
}

export function syncGroup(view: CoordinatorView, requestId: number, request: SyncGroupRequest): SyncDecision {
  if (!isGroupIdForMembers(request.groupId)) return refused(ErrorCode.INVALID_GROUP_ID);
  const group = view.group(request.groupId);
  if (group === null) return refused(ErrorCode.UNKNOWN_MEMBER_ID);
  const invalid = validate(group, request);
  if (invalid !== null) return refused(invalid);
  switch (group.state) {
    case 'PreparingRebalance': return refused(ErrorCode.REBALANCE_IN_PROGRESS);
    case 'CompletingRebalance':
      if (group.leaderId === request.memberId && !hasRoomForAssignments(view, group, request.assignments)) return refused(ErrorCode.GROUP_MAX_SIZE_REACHED);
      return completeSync(view, requestId, request);
    case 'Stable': return currentAssignment(view, request);
    case 'Empty': case 'Dead': return refused(ErrorCode.UNKNOWN_MEMBER_ID);
  }
}
