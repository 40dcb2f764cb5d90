/**
 * Offsets expire `offsets.retention.minutes` after their group became empty (KIP-211): in a simple group after the commit itself; in a
 * stable consumer group only of topics that nobody reads any more. An offset with an expire timestamp of its own goes by that. A group
 * that is empty and has no offsets left goes too. A partition with a transaction's offset in flight is left alone.
 */
import type { ClassicGroupView } from '../group/classic-group.js';
import { subscribedTopics } from '../group/consumer-protocol.js';
import { CoordinatorLimits } from '../coordinator.limits.js';
import type { StoredOffset } from '../records/coordinator-record.js';
import { hasStagedOffset } from '../records/coordinator.replay.js';
import { createPlan, EXPIRY_KEY, type CoordinatorView, type Decision, type Plan } from '../runtime/decision.js';
import { offsetTombstone } from './delete.js';

const NEXT_PASS_DELAY_MS = 10;

/** From when an offset's retention counts; null: it doesn't. */
type RetentionStart = (topic: string, offset: StoredOffset) => number | null;

function retentionStart(group: ClassicGroupView): RetentionStart | null {
  if (group.protocolType === null) return (_topic, offset) => offset.commitTimestampMs;
  // −1: written before the log kept the time of the last change.
  if (group.state === 'Empty') return (_topic, offset) => (group.stateTimestampMs < 0 ? offset.commitTimestampMs : group.stateTimestampMs);
  const topics = group.state === 'Stable' ? subscribedTopics(group) : null;
  return topics === null ? null : (topic, offset) => (topics.has(topic) ? null : offset.commitTimestampMs);
}

function isExpired(offset: StoredOffset, startMs: number | null, view: CoordinatorView): boolean {
  if (startMs === null) return false;
  if (offset.expireTimestampMs !== null) return view.nowMs >= offset.expireTimestampMs;
  return view.nowMs - startMs >= view.config.offsetsRetentionMinutes * 60_000;
}

function expireGroup(view: CoordinatorView, plan: Plan, group: ClassicGroupView): void {
  const { groupId } = group;
  const start = retentionStart(group);
  let left = 0;
  for (const [topic, partitions] of view.state.offsets.get(groupId) ?? []) {
    for (const [partition, offset] of partitions) {
      const expired = start !== null && isExpired(offset, start(topic, offset), view) && !hasStagedOffset(view.state, groupId, topic, partition);
      if (expired) plan.records.push(offsetTombstone(groupId, topic, partition));
      else left++;
    }
  }
  if (left > 0 || group.state !== 'Empty' || group.pendingMembers.size > 0 || hasStaged(view, groupId)) return;
  if (view.state.groups.has(groupId)) plan.records.push({ kind: 'group', group: groupId, value: null });
  plan.groups.set(groupId, null);
}

function hasStaged(view: CoordinatorView, groupId: string): boolean {
  for (const records of view.state.staged.values()) if (records.some(({ group }) => group === groupId)) return true;
  return false;
}

/** One pass; what doesn't fit into it follows at once in another. */
export function expireOffsets(view: CoordinatorView): Decision<null> {
  const plan = createPlan();
  plan.atomic = false;
  let complete = true;
  for (const groupId of view.groupIds()) {
    if (plan.records.length >= CoordinatorLimits.expiryRecordsPerPass) {
      complete = false;
      break;
    }
    const group = view.group(groupId);
    if (group !== null) expireGroup(view, plan, group);
  }
  const delayMs = complete ? view.config.offsetsRetentionCheckIntervalMs : NEXT_PASS_DELAY_MS;
  plan.timers.set(EXPIRY_KEY, { delayMs, command: { kind: 'expireOffsets' } });
  return { response: null, plan };
}
