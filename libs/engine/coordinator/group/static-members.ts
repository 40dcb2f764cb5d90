/**
 * Static members (KIP-345): a consumer that comes back under its instance id, without a member id, takes over the place and assignment
 * of its former self without a rebalance, as long as the group's protocol stays. From v9 a returning leader gets the members and is told to
 * skip the assignment (KIP-814); before, it is told that someone else leads, so that it computes none.
 */
import { EMPTY, ErrorCode } from '#libs/kafka/protocol';
import { sessionKey, setSessionTimer, PARKED, type CoordinatorView, type Plan } from '../runtime/decision.js';
import { groupRecord, removeMember, updateMember, type ClassicGroup } from './classic-group.js';
import type { JoinCommand, JoinDecision } from './join.js';
import { selectProtocol } from './protocol-selection.js';
import { joinAnswer, joinError, maybeCompleteJoin, prepareRebalance } from './rebalance.js';

const SKIP_ASSIGNMENT_FROM = 9;

/** Puts the new member id where the old one was; whoever still waits under the old id is fenced. */
function replaceMember(plan: Plan, group: ClassicGroup, command: JoinCommand, oldId: string, newId: string): void {
  const wasLeader = group.leaderId === oldId;
  const old = removeMember(group, oldId);
  if (old.joinRequest !== null) plan.answers.set(old.joinRequest, joinError(oldId, ErrorCode.FENCED_INSTANCE_ID));
  if (old.syncRequest !== null) plan.answers.set(old.syncRequest, { errorCode: ErrorCode.FENCED_INSTANCE_ID, assignment: EMPTY });
  plan.timers.set(sessionKey(group.groupId, oldId), null);
  const { clientId, clientHost, protocols, rebalanceTimeoutMs, sessionTimeoutMs, instanceId, requestId } = command;
  group.members.set(newId, {
    memberId: newId, instanceId, clientId, clientHost, protocols, rebalanceTimeoutMs, sessionTimeoutMs, assignment: old.assignment, isNew: false,
    joinRequest: requestId, syncRequest: null,
  });
  group.staticMembers.set(instanceId!, newId);
  if (wasLeader) group.leaderId = newId;
  setSessionTimer(plan, group.groupId, newId, sessionTimeoutMs);
}

/** The new id goes to the log with the assignment it inherits, and the member is answered from the running generation. */
function takeOver(plan: Plan, group: ClassicGroup, command: JoinCommand, memberId: string, formerLeader: string | null): JoinDecision {
  updateMember(group, memberId, { joinRequest: null });
  plan.records.push(groupRecord(group));
  const answer = joinAnswer(group, memberId);
  if (command.apiVersion >= SKIP_ASSIGNMENT_FROM) return { response: { ...answer, skipAssignment: group.leaderId === memberId }, plan };
  return { response: { ...answer, leader: formerLeader ?? '', members: [] }, plan };
}

export function rejoinStaticMember(
  view: CoordinatorView, plan: Plan, group: ClassicGroup, command: JoinCommand, oldId: string, newId: string,
): JoinDecision {
  const formerLeader = group.leaderId;
  replaceMember(plan, group, command, oldId, newId);
  if (group.state === 'Stable' && selectProtocol(group) === group.protocolName) return takeOver(plan, group, command, newId, formerLeader);
  // After the leader was given the old id an assignment would miss the new one: everybody joins again.
  if (group.state === 'Stable' || group.state === 'CompletingRebalance') prepareRebalance(view, plan, group);
  else maybeCompleteJoin(view, plan, group);
  return { response: PARKED, plan };
}
