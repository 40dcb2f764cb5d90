/** What happens to groups when time has passed. A timer that fires late, or for something that is gone, changes nothing. */
import { createPlan, editGroup, joinKey, type CoordinatorView, type Decision, type TimerCommand } from '../runtime/decision.js';
import { countOffsets } from '../records/coordinator.replay.js';
import { afterRemoval, completeJoin, dropMember, prepareRebalance } from './rebalance.js';

type CommandOf<K extends TimerCommand['kind']> = Extract<TimerCommand, { kind: K }>;
const nothing = (): Decision<null> => ({ response: null, plan: createPlan() });

/** A member that waits for its group isn't expected to send heartbeats, unless it is new and has waited for too long. */
export function memberSessionExpired(view: CoordinatorView, { groupId, memberId }: CommandOf<'memberSession'>): Decision<null> {
  const existing = view.group(groupId);
  if (existing === null) return nothing();
  const member = existing.members.get(memberId);
  const waits = member !== undefined && !member.isNew && (member.joinRequest !== null || member.syncRequest !== null);
  if (waits || (member === undefined && !existing.pendingMembers.has(memberId))) return nothing();
  const plan = createPlan();
  const group = editGroup(view, plan, groupId);
  if (member !== undefined) dropMember(plan, group, memberId);
  else group.pendingMembers.delete(memberId);
  if (member !== undefined || group.state === 'PreparingRebalance') afterRemoval(view, plan, group);
  const neverJoined = group.state === 'Empty' && group.pendingMembers.size === 0 && group.protocolType === null;
  if (neverJoined && countOffsets(view.state.offsets.get(groupId)) === 0) plan.groups.set(groupId, null);
  return { response: null, plan };
}

/** The first rebalance of an empty group is put off again while members keep coming, up to the rebalance timeout. */
export function initialJoinElapsed(view: CoordinatorView, command: CommandOf<'initialJoin'>): Decision<null> {
  const { groupId, delayMs, remainingMs } = command;
  if (view.group(groupId)?.state !== 'PreparingRebalance') return nothing();
  const plan = createPlan();
  const group = editGroup(view, plan, groupId);
  if (!group.newMemberAdded || remainingMs === 0) {
    completeJoin(view, plan, group);
    return { response: null, plan };
  }
  group.newMemberAdded = false;
  const nextDelayMs = Math.min(view.config.groupInitialRebalanceDelayMs, remainingMs);
  plan.timers.set(joinKey(groupId), {
    delayMs: nextDelayMs, command: { kind: 'initialJoin', groupId, delayMs: nextDelayMs, remainingMs: Math.max(remainingMs - delayMs, 0) },
  });
  return { response: null, plan };
}

export function joinTimeoutElapsed(view: CoordinatorView, { groupId }: CommandOf<'completeJoin'>): Decision<null> {
  if (view.group(groupId)?.state !== 'PreparingRebalance') return nothing();
  const plan = createPlan();
  completeJoin(view, plan, editGroup(view, plan, groupId));
  return { response: null, plan };
}

/** Members that joined the generation and never came for their assignment hold everybody up: out, and again. */
export function pendingSyncExpired(view: CoordinatorView, { groupId, generation }: CommandOf<'pendingSync'>): Decision<null> {
  const existing = view.group(groupId);
  if (existing === null || existing.generation !== generation || existing.pendingSync.size === 0) return nothing();
  if (existing.state !== 'CompletingRebalance' && existing.state !== 'Stable') return nothing();
  const plan = createPlan();
  const group = editGroup(view, plan, groupId);
  for (const memberId of [...group.pendingSync]) dropMember(plan, group, memberId);
  prepareRebalance(view, plan, group);
  return { response: null, plan };
}
