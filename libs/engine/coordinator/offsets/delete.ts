/** Offsets that go by request: with their group, one by one, or with their topic. */
import { ErrorCode, type Draft, type OffsetDeleteRequest, type OffsetDeleteResponse } from '#libs/kafka/protocol';
import type { ClassicGroupView } from '../group/classic-group.js';
import { CONSUMER_PROTOCOL_TYPE, isSubscribedToTopic } from '../group/consumer-protocol.js';
import type { OffsetRecord } from '../records/coordinator-record.js';
import { createPlan, type CoordinatorView, type Decision, type Plan } from '../runtime/decision.js';

export const offsetTombstone = (group: string, topic: string, partition: number): OffsetRecord => ({ kind: 'offset', group, topic, partition, value: null });

/** The group's offsets first, then the group: cut short in between, it is a group with fewer offsets. */
export function removeGroup(view: CoordinatorView, plan: Plan, groupId: string): void {
  plan.atomic = false;
  for (const [topic, partitions] of view.state.offsets.get(groupId) ?? []) {
    for (const partition of partitions.keys()) plan.records.push(offsetTombstone(groupId, topic, partition));
  }
  plan.records.push({ kind: 'group', group: groupId, value: null });
  plan.groups.set(groupId, null);
}

export function deleteGroup(view: CoordinatorView, groupId: string): Decision<ErrorCode> {
  const plan = createPlan();
  const group = view.group(groupId);
  if (group === null || group.state === 'Dead') return { response: ErrorCode.GROUP_ID_NOT_FOUND, plan };
  if (group.state !== 'Empty') return { response: ErrorCode.NON_EMPTY_GROUP, plan };
  removeGroup(view, plan, groupId);
  return { response: ErrorCode.NONE, plan };
}

function validateDelete(group: ClassicGroupView | null): ErrorCode | null {
  if (group === null || group.state === 'Dead') return ErrorCode.GROUP_ID_NOT_FOUND;
  // Of other protocol types nobody can tell what is still read.
  return group.state !== 'Empty' && group.protocolType !== CONSUMER_PROTOCOL_TYPE ? ErrorCode.NON_EMPTY_GROUP : null;
}

export function offsetDelete(view: CoordinatorView, request: OffsetDeleteRequest): Decision<Draft<OffsetDeleteResponse>> {
  const { groupId } = request;
  const plan = createPlan();
  plan.atomic = false;
  const group = view.group(groupId);
  const invalid = groupId === '' ? ErrorCode.INVALID_GROUP_ID : validateDelete(group);
  if (invalid !== null || group === null) return { response: { errorCode: invalid ?? ErrorCode.GROUP_ID_NOT_FOUND }, plan };
  const kept = view.state.offsets.get(groupId);
  const topics = request.topics.map(({ name, partitions }) => {
    const errorCode = isSubscribedToTopic(group, name) ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE;
    return {
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        if (errorCode === ErrorCode.NONE && kept?.get(name)?.has(partitionIndex) === true) plan.records.push(offsetTombstone(groupId, name, partitionIndex));
        return { partitionIndex, errorCode };
      }),
    };
  });
  return { response: { errorCode: ErrorCode.NONE, topics }, plan };
}

export function deleteTopicOffsets(view: CoordinatorView, topic: string): Decision<null> {
  const plan = createPlan();
  plan.atomic = false;
  for (const [groupId, topics] of view.state.offsets) {
    for (const partition of topics.get(topic)?.keys() ?? []) plan.records.push(offsetTombstone(groupId, topic, partition));
  }
  return { response: null, plan };
}
