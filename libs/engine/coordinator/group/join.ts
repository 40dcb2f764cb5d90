/**
 * JoinGroup. A dynamic member without an id is sent back with one (KIP-394, v4+) so that a client that never saw its answer leaves no
 * member behind; then it waits, parked, until its group's next generation begins.
 */
import { EMPTY, ErrorCode, type Draft, type JoinGroupRequest, type JoinGroupResponse } from '#libs/kafka/protocol';
import type { GroupRequestContext } from '../api.js';
import { CoordinatorLimits } from '../coordinator.limits.js';
import { createPlan, editGroup, PARKED, setSessionTimer, type CoordinatorView, type Decision, type Plan } from '../runtime/decision.js';
import {
  addMember, awaitingJoinCount, updateMember, type ClassicGroup, type ClassicGroupView, type ClassicMember, type MemberProtocol,
} from './classic-group.js';
import { generateMemberId } from './member-id.js';
import { isGroupIdForMembers, isIdentifier, validateMember } from './member-validation.js';
import { hasRoomForMember } from './metadata-bytes.js';
import { sameProtocols, supportsProtocols } from './protocol-selection.js';
import { joinAnswer, joinError, maybeCompleteJoin, rebalanceOrCompleteJoin } from './rebalance.js';
import { rejoinStaticMember } from './static-members.js';

export type JoinDecision = Decision<Draft<JoinGroupResponse>>;

/** A checked JoinGroup. Byte fields are copies: the request's frame must not live as long as the member. */
export interface JoinCommand {
  readonly requestId: number;
  readonly apiVersion: number;
  readonly clientId: string;
  readonly clientHost: string;
  readonly groupId: string;
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly protocolType: string;
  readonly protocols: readonly MemberProtocol[];
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
}

const KNOWN_MEMBER_REQUIRED_FROM = 4;

function metadataBytes(request: JoinGroupRequest): number {
  return request.protocols.reduce((sum, { name, metadata }) => sum + Buffer.byteLength(name, 'utf8') + metadata.length, 0);
}

function validateRequest(view: CoordinatorView, context: GroupRequestContext, request: JoinGroupRequest): ErrorCode | null {
  const { groupId, memberId, groupInstanceId, protocolType, sessionTimeoutMs, protocols } = request;
  if (!isGroupIdForMembers(groupId)) return ErrorCode.INVALID_GROUP_ID;
  if (![groupId, memberId, groupInstanceId ?? '', protocolType, context.clientId].every(isIdentifier)) return ErrorCode.INVALID_REQUEST;
  if (sessionTimeoutMs < view.config.groupMinSessionTimeoutMs || sessionTimeoutMs > view.config.groupMaxSessionTimeoutMs) {
    return ErrorCode.INVALID_SESSION_TIMEOUT;
  }
  const tooMuch = protocols.length > CoordinatorLimits.protocolsPerMember || metadataBytes(request) > CoordinatorLimits.memberMetadataBytes;
  return tooMuch || !protocols.every(({ name }) => isIdentifier(name)) ? ErrorCode.POLICY_VIOLATION : null;
}

function commandOf(requestId: number, context: GroupRequestContext, request: JoinGroupRequest): JoinCommand {
  const { groupId, memberId, protocolType, sessionTimeoutMs } = request;
  return {
    requestId, apiVersion: context.apiVersion, clientId: context.clientId, clientHost: context.clientHost, groupId, memberId,
    instanceId: request.groupInstanceId, protocolType, sessionTimeoutMs,
    // v0 has no rebalance timeout; a negative one is nobody's intention.
    rebalanceTimeoutMs: context.apiVersion === 0 || request.rebalanceTimeoutMs < 0 ? sessionTimeoutMs : request.rebalanceTimeoutMs,
    protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
  };
}

/** group.max.size. While members rejoin, those who are back count: the last to come are out when the limit was lowered. */
function hasRoom(view: CoordinatorView, group: ClassicGroupView, memberId: string): boolean {
  const limit = view.config.groupMaxSize;
  const member = group.members.get(memberId);
  if (member === undefined && group.members.size >= CoordinatorLimits.membersPerGroup) return false;
  switch (group.state) {
    case 'Empty': case 'Dead': return true;
    case 'PreparingRebalance': return (member !== undefined && member.joinRequest !== null) || awaitingJoinCount(group) < limit;
    case 'CompletingRebalance': case 'Stable': return member !== undefined || group.members.size < limit;
  }
}

function refuse(plan: Plan, memberId: string, errorCode: ErrorCode): JoinDecision {
  return { response: joinError(memberId, errorCode), plan };
}

/** A whole plan that changes nothing. */
const refused = (memberId: string, errorCode: ErrorCode): JoinDecision => refuse(createPlan(), memberId, errorCode);

function memberOf(command: JoinCommand, memberId: string, isNew: boolean): ClassicMember {
  const { instanceId, clientId, clientHost, rebalanceTimeoutMs, sessionTimeoutMs, protocols, requestId } = command;
  return {
    memberId, instanceId, clientId, clientHost, rebalanceTimeoutMs, sessionTimeoutMs, protocols, assignment: EMPTY, isNew, joinRequest: requestId,
    syncRequest: null,
  };
}

function addAndRebalance(view: CoordinatorView, plan: Plan, group: ClassicGroup, command: JoinCommand, memberId: string): JoinDecision {
  if (group.state === 'PreparingRebalance' && group.previousState === 'Empty') group.newMemberAdded = true;
  addMember(group, memberOf(command, memberId, true), command.protocolType);
  setSessionTimer(plan, group.groupId, memberId, CoordinatorLimits.newMemberJoinTimeoutMs);
  rebalanceOrCompleteJoin(view, plan, group);
  return { response: PARKED, plan };
}

function joinNewMember(view: CoordinatorView, plan: Plan, group: ClassicGroup, command: JoinCommand): JoinDecision {
  if (!supportsProtocols(group, command.protocolType, command.protocols)) return refused('', ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  const memberId = generateMemberId(view.random, command.instanceId ?? command.clientId);
  if (command.instanceId !== null) {
    const holder = group.staticMembers.get(command.instanceId);
    return holder === undefined ? addAndRebalance(view, plan, group, command, memberId) : rejoinStaticMember(view, plan, group, command, holder, memberId);
  }
  if (command.apiVersion < KNOWN_MEMBER_REQUIRED_FROM) return addAndRebalance(view, plan, group, command, memberId);
  if (group.pendingMembers.size >= CoordinatorLimits.pendingMembersPerGroup) return refused('', ErrorCode.POLICY_VIOLATION);
  group.pendingMembers.add(memberId);
  setSessionTimer(plan, group.groupId, memberId, command.sessionTimeoutMs);
  return refuse(plan, memberId, ErrorCode.MEMBER_ID_REQUIRED);
}

function updateAndRebalance(view: CoordinatorView, plan: Plan, group: ClassicGroup, command: JoinCommand): JoinDecision {
  const { memberId, protocols, rebalanceTimeoutMs, sessionTimeoutMs, requestId } = command;
  const older = group.members.get(memberId)!.joinRequest;
  if (older !== null) plan.answers.set(older, joinError(memberId, ErrorCode.UNKNOWN_MEMBER_ID));
  updateMember(group, memberId, { protocols, rebalanceTimeoutMs, sessionTimeoutMs, joinRequest: requestId });
  rebalanceOrCompleteJoin(view, plan, group);
  return { response: PARKED, plan };
}

function joinKnownMember(view: CoordinatorView, plan: Plan, group: ClassicGroup, command: JoinCommand): JoinDecision {
  const { memberId, instanceId, protocols } = command;
  if (!supportsProtocols(group, command.protocolType, protocols)) return refused(memberId, ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  if (group.pendingMembers.has(memberId)) {
    // Ids are kept waiting for dynamic members only.
    return instanceId === null ? addAndRebalance(view, plan, group, command, memberId) : refused(memberId, ErrorCode.UNKNOWN_MEMBER_ID);
  }
  const invalid = validateMember(group, memberId, instanceId);
  if (invalid !== null) return refused(memberId, invalid);
  const unchanged = sameProtocols(group.members.get(memberId)!, protocols);
  switch (group.state) {
    case 'PreparingRebalance': return updateAndRebalance(view, plan, group, command);
    // An unchanged member missed its answer: it gets the same again. A stable group's leader asks for a rebalance by joining.
    case 'CompletingRebalance': if (unchanged) return { response: joinAnswer(group, memberId), plan: createPlan() }; break;
    case 'Stable': if (unchanged && group.leaderId !== memberId) return { response: joinAnswer(group, memberId), plan: createPlan() }; break;
    default: return refused(memberId, ErrorCode.UNKNOWN_MEMBER_ID);
  }
  return updateAndRebalance(view, plan, group, command);
}

/** A member that finds no room is out for good, also when it had been in. */
function refuseForSize(view: CoordinatorView, plan: Plan, group: ClassicGroup, memberId: string): JoinDecision {
  if (!group.pendingMembers.delete(memberId)) return refused('', ErrorCode.GROUP_MAX_SIZE_REACHED);
  maybeCompleteJoin(view, plan, group);
  return refuse(plan, '', ErrorCode.GROUP_MAX_SIZE_REACHED);
}

export function joinGroup(view: CoordinatorView, requestId: number, context: GroupRequestContext, request: JoinGroupRequest): JoinDecision {
  const invalid = validateRequest(view, context, request);
  if (invalid !== null) return refused(request.memberId, invalid);
  const command = commandOf(requestId, context, request);
  const { groupId, memberId } = command;
  const existing = view.group(groupId);
  if (existing === null && memberId !== '') return refused(memberId, ErrorCode.UNKNOWN_MEMBER_ID);
  if (existing === null && view.groupsOnBroker() >= CoordinatorLimits.groupsPerBroker) return refused('', ErrorCode.POLICY_VIOLATION);
  const plan = createPlan();
  const group = editGroup(view, plan, groupId);
  if (!hasRoom(view, group, memberId) || !hasRoomForMember(view, group, command)) return refuseForSize(view, plan, group, memberId);
  return memberId === '' ? joinNewMember(view, plan, group, command) : joinKnownMember(view, plan, group, command);
}
