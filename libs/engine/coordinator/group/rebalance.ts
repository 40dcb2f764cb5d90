/**
 * The life of a rebalance: it begins (`prepareRebalance`), waits for everybody or for the rebalance timeout, and ends in a new generation
 * (`completeJoin`) whose members then have as long again to sync. All functions change a decision's own copy of the group.
 */
import { EMPTY, ErrorCode, type Draft, type JoinGroupResponse } from '#libs/kafka/protocol';
import {
  joinKey, sessionKey, setSessionTimer, syncKey, type CoordinatorView, type Plan,
} from '../runtime/decision.js';
import {
  groupRecord, hasAllMembersJoined, metadataOf, rebalanceTimeoutMs, removeMember, transitionTo, updateMember, type ClassicGroup, type ClassicGroupView,
  type ClassicMember,
} from './classic-group.js';
import { selectProtocol } from './protocol-selection.js';

export const joinError = (memberId: string, errorCode: ErrorCode): Draft<JoinGroupResponse> => ({ errorCode, memberId, generationId: -1, leader: '' });

export function joinedMembers(group: ClassicGroupView): Draft<JoinGroupResponse['members']> {
  return [...group.members.values()].map((member) => ({
    memberId: member.memberId, groupInstanceId: member.instanceId, metadata: metadataOf(member, group.protocolName),
  }));
}

/** The current generation as this member's JoinGroup is answered; only its leader gets the members. */
export function joinAnswer(group: ClassicGroupView, memberId: string): Draft<JoinGroupResponse> {
  return {
    errorCode: ErrorCode.NONE, generationId: group.generation, protocolType: group.protocolType, protocolName: group.protocolName ?? '',
    leader: group.leaderId ?? '', memberId, skipAssignment: false, members: group.leaderId === memberId ? joinedMembers(group) : [],
  };
}

/** Answers what the member waits for, and takes it out of the group. */
export function dropMember(plan: Plan, group: ClassicGroup, memberId: string, errorCode: ErrorCode = ErrorCode.UNKNOWN_MEMBER_ID): void {
  const member = removeMember(group, memberId);
  if (member.joinRequest !== null) plan.answers.set(member.joinRequest, joinError('', errorCode));
  if (member.syncRequest !== null) plan.answers.set(member.syncRequest, { errorCode });
  plan.timers.set(sessionKey(group.groupId, memberId), null);
}

/** Everybody who waits for an assignment is told, and has a full session ahead: an expiry that fell into the wait was passed over. */
export function answerSyncs(plan: Plan, group: ClassicGroup, errorCode: ErrorCode): void {
  const done = errorCode === ErrorCode.NONE;
  for (const member of [...group.members.values()]) {
    if (member.syncRequest === null) continue;
    plan.answers.set(member.syncRequest, {
      errorCode, assignment: done ? member.assignment : EMPTY,
      ...(done ? { protocolType: group.protocolType, protocolName: group.protocolName } : {}),
    });
    updateMember(group, member.memberId, { syncRequest: null });
    setSessionTimer(plan, group.groupId, member.memberId, member.sessionTimeoutMs);
  }
}

function electJoinedLeader(group: ClassicGroup): boolean {
  const leader = group.leaderId === null ? undefined : group.members.get(group.leaderId);
  if (leader !== undefined && leader.joinRequest !== null) return true;
  for (const member of group.members.values()) {
    if (member.joinRequest === null) continue;
    group.leaderId = member.memberId;
    return true;
  }
  return false;
}

function startGeneration(view: CoordinatorView, group: ClassicGroup): void {
  // Java's int wraps; a group that lived through 2^31 generations begins again at 0 instead of going negative.
  group.generation = group.generation === 0x7fff_ffff ? 0 : group.generation + 1;
  group.pendingSync.clear();
  if (group.members.size === 0) {
    group.protocolName = null;
    group.leaderId = null;
    transitionTo(group, 'Empty', view.nowMs);
    return;
  }
  group.protocolName = selectProtocol(group);
  transitionTo(group, 'CompletingRebalance', view.nowMs);
}

function admitMember(plan: Plan, group: ClassicGroup, member: ClassicMember): void {
  if (member.joinRequest !== null) plan.answers.set(member.joinRequest, joinAnswer(group, member.memberId));
  updateMember(group, member.memberId, { joinRequest: null, isNew: false });
  setSessionTimer(plan, group.groupId, member.memberId, member.sessionTimeoutMs);
  group.pendingSync.add(member.memberId);
}

/** Ends the join phase: dynamic members that didn't come back are out, static ones stay until their session ends (KIP-345). */
export function completeJoin(view: CoordinatorView, plan: Plan, group: ClassicGroup): void {
  plan.timers.set(joinKey(group.groupId), null);
  for (const member of [...group.members.values()]) {
    if (member.joinRequest === null && member.instanceId === null) dropMember(plan, group, member.memberId);
  }
  if (!electJoinedLeader(group) && group.members.size > 0) {
    plan.timers.set(joinKey(group.groupId), { delayMs: rebalanceTimeoutMs(group), command: { kind: 'completeJoin', groupId: group.groupId } });
    return;
  }
  startGeneration(view, group);
  if (group.state === 'Empty') {
    plan.records.push(groupRecord(group));
    return;
  }
  for (const member of [...group.members.values()]) admitMember(plan, group, member);
  plan.timers.set(syncKey(group.groupId), {
    delayMs: rebalanceTimeoutMs(group), command: { kind: 'pendingSync', groupId: group.groupId, generation: group.generation },
  });
}

function beginInitialRebalance(view: CoordinatorView, plan: Plan, group: ClassicGroup): void {
  const delayMs = view.config.groupInitialRebalanceDelayMs;
  const remainingMs = Math.max(rebalanceTimeoutMs(group) - delayMs, 0);
  plan.timers.set(joinKey(group.groupId), { delayMs, command: { kind: 'initialJoin', groupId: group.groupId, delayMs, remainingMs } });
}

export function prepareRebalance(view: CoordinatorView, plan: Plan, group: ClassicGroup): void {
  if (group.state === 'CompletingRebalance') {
    for (const memberId of [...group.members.keys()]) updateMember(group, memberId, { assignment: EMPTY });
    answerSyncs(plan, group, ErrorCode.REBALANCE_IN_PROGRESS);
  }
  plan.timers.set(syncKey(group.groupId), null);
  const initial = group.state === 'Empty';
  transitionTo(group, 'PreparingRebalance', view.nowMs);
  if (initial) beginInitialRebalance(view, plan, group);
  else if (hasAllMembersJoined(group)) completeJoin(view, plan, group);
  else {
    plan.timers.set(joinKey(group.groupId), { delayMs: rebalanceTimeoutMs(group), command: { kind: 'completeJoin', groupId: group.groupId } });
  }
}

/** An initial rebalance isn't cut short by its members being there: more may come within the delay. */
export function maybeCompleteJoin(view: CoordinatorView, plan: Plan, group: ClassicGroup): void {
  if (group.state === 'PreparingRebalance' && group.previousState !== 'Empty' && hasAllMembersJoined(group)) completeJoin(view, plan, group);
}

/** After the set of members, or what one of them wants, has changed. */
export function rebalanceOrCompleteJoin(view: CoordinatorView, plan: Plan, group: ClassicGroup): void {
  if (group.state === 'PreparingRebalance') maybeCompleteJoin(view, plan, group);
  else prepareRebalance(view, plan, group);
}

/** After members left or expired; an empty group has nobody to rebalance for. */
export function afterRemoval(view: CoordinatorView, plan: Plan, group: ClassicGroup): void {
  if (group.state === 'Stable' || group.state === 'CompletingRebalance') prepareRebalance(view, plan, group);
  else if (group.state === 'PreparingRebalance' && hasAllMembersJoined(group)) completeJoin(view, plan, group);
}
