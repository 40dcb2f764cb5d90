/** Commands that no client sent: timers that are due, what follows loading, a topic that is gone. */
import type { ClassicGroupView } from '../group/classic-group.js';
import { prepareRebalance } from '../group/rebalance.js';
import { initialJoinElapsed, joinTimeoutElapsed, memberSessionExpired, pendingSyncExpired } from '../group/timeouts.js';
import { deleteTopicOffsets } from '../offsets/delete.js';
import { expireOffsets } from '../offsets/expiry.js';
import { createPlan, editGroup, EXPIRY_KEY, setSessionTimer, type CoordinatorView, type Decision, type Plan, type TimerCommand } from './decision.js';

export function decideTimer(view: CoordinatorView, command: TimerCommand): Decision<null> {
  switch (command.kind) {
    case 'memberSession': return memberSessionExpired(view, command);
    case 'initialJoin': return initialJoinElapsed(view, command);
    case 'completeJoin': return joinTimeoutElapsed(view, command);
    case 'pendingSync': return pendingSyncExpired(view, command);
    case 'expireOffsets': return expireOffsets(view);
  }
}

function resumeGroup(view: CoordinatorView, plan: Plan, group: ClassicGroupView): void {
  for (const member of group.members.values()) setSessionTimer(plan, group.groupId, member.memberId, member.sessionTimeoutMs);
  if (group.members.size > view.config.groupMaxSize) prepareRebalance(view, plan, editGroup(view, plan, group.groupId));
}

/** Members keep their generation and have a whole session to be heard from; a group beyond group.max.size must rebalance. */
export function planAfterLoad(view: CoordinatorView): Decision<null> {
  const plan = createPlan();
  for (const groupId of view.groupIds()) resumeGroup(view, plan, view.group(groupId)!);
  plan.timers.set(EXPIRY_KEY, { delayMs: view.config.offsetsRetentionCheckIntervalMs, command: { kind: 'expireOffsets' } });
  return { response: null, plan };
}

export const decideTopicDeleted = deleteTopicOffsets;
