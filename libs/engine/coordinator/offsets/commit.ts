/** OffsetCommit. A commit without a generation is a "simple" consumer's or an administrator's: only into a group without members. */
import { ErrorCode, type Draft, type OffsetCommitRequest, type OffsetCommitResponse } from '#libs/kafka/protocol';
import type { GroupRequestContext } from '../api.js';
import { CoordinatorLimits } from '../coordinator.limits.js';
import type { ClassicGroupView } from '../group/classic-group.js';
import { isIdentifier, validateMember } from '../group/member-validation.js';
import { newGroup } from '../group/classic-group.js';
import type { OffsetRecord } from '../records/coordinator-record.js';
import { countOffsets } from '../records/coordinator.replay.js';
import { createPlan, setSessionTimer, type CoordinatorView, type Decision } from '../runtime/decision.js';
import { commitGrowth, fitsInPlace } from './offset-bytes.js';

type Answer = Draft<OffsetCommitResponse>;
const GROUP_ID_NOT_FOUND_FROM = 9;

/** Every partition of the request with one code. */
export function commitError(request: OffsetCommitRequest, errorCode: ErrorCode): Answer {
  return {
    topics: request.topics.map(({ name, topicId, partitions }) => ({
      name, topicId, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  };
}

function validateGroup(group: ClassicGroupView | null, context: GroupRequestContext, request: OffsetCommitRequest): ErrorCode | null {
  const { generationIdOrMemberEpoch: generation, memberId, groupInstanceId } = request;
  if (group === null) {
    if (generation < 0) return null;
    return context.apiVersion >= GROUP_ID_NOT_FOUND_FROM ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION;
  }
  if (generation < 0 && group.state === 'Empty') return null;
  if (generation < 0 && memberId === '' && groupInstanceId === null) return ErrorCode.UNKNOWN_MEMBER_ID;
  const invalid = validateMember(group, memberId, groupInstanceId);
  if (invalid !== null) return invalid;
  if (generation !== group.generation) return ErrorCode.ILLEGAL_GENERATION;
  // The member knows its generation, so it may as well be told that its assignment isn't there yet.
  return group.state === 'CompletingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : null;
}

function exceedsLimits(view: CoordinatorView, group: ClassicGroupView | null, request: OffsetCommitRequest): boolean {
  const count = request.topics.reduce((sum, { partitions }) => sum + partitions.length, 0);
  if (count > CoordinatorLimits.offsetsPerRequest || !isIdentifier(request.groupId)) return true;
  if (group === null && view.groupsOnBroker() >= CoordinatorLimits.groupsPerBroker) return true;
  const kept = view.state.offsets.get(request.groupId);
  if (countOffsets(kept) + count <= CoordinatorLimits.offsetsPerGroup) return false;
  const added = request.topics.reduce((sum, { name, partitions }) => {
    const known = kept?.get(name);
    return sum + partitions.filter(({ partitionIndex }) => known?.has(partitionIndex) !== true).length;
  }, 0);
  return countOffsets(kept) + added > CoordinatorLimits.offsetsPerGroup;
}

/**
 * Why an offset isn't taken, by partition. Kafka's INVALID_COMMIT_OFFSET_SIZE is what its brokers say when a commit is more than they can keep; clients
 * raise it and don't try again. OFFSET_METADATA_TOO_LARGE would blame metadata that most commits don't have. A broker without room takes what
 * needs no more than it replaces: a commit that does so on the whole, else those of its offsets that do.
 */
function offsetErrors(view: CoordinatorView, request: OffsetCommitRequest): (topic: string, partition: number, metadata: string) => ErrorCode {
  const kept = view.state.offsets.get(request.groupId);
  const isTaken = (metadata: string): boolean => metadata.length <= view.config.offsetMetadataMaxBytes;
  const growth = commitGrowth(kept, request, isTaken);
  const hasRoom = growth <= 0 || growth <= view.offsetBytesLeft();
  return (topic, partition, metadata) => {
    if (!isTaken(metadata)) return ErrorCode.OFFSET_METADATA_TOO_LARGE;
    return hasRoom || fitsInPlace(kept?.get(topic)?.get(partition), metadata) ? ErrorCode.NONE : ErrorCode.INVALID_COMMIT_OFFSET_SIZE;
  };
}

export function offsetCommit(view: CoordinatorView, context: GroupRequestContext, request: OffsetCommitRequest): Decision<Answer> {
  const plan = createPlan();
  const group = view.group(request.groupId);
  const invalid = validateGroup(group, context, request);
  if (invalid !== null) return { response: commitError(request, invalid), plan };
  if (exceedsLimits(view, group, request)) return { response: commitError(request, ErrorCode.POLICY_VIOLATION), plan };
  if (group === null) plan.groups.set(request.groupId, newGroup(request.groupId, view.nowMs));
  const member = group?.members.get(request.memberId);
  if (member !== undefined) setSessionTimer(plan, request.groupId, member.memberId, member.sessionTimeoutMs);
  const expireTimestampMs = request.retentionTimeMs < 0 ? null : view.nowMs + request.retentionTimeMs;
  const errorOf = offsetErrors(view, request);
  const topics = request.topics.map(({ name, topicId, partitions }) => ({
    name, topicId,
    partitions: partitions.map(({ partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata }) => {
      const metadata = committedMetadata ?? '';
      const errorCode = errorOf(name, partitionIndex, metadata);
      if (errorCode !== ErrorCode.NONE) return { partitionIndex, errorCode };
      const record: OffsetRecord = {
        kind: 'offset', group: request.groupId, topic: name, partition: partitionIndex,
        value: { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata, commitTimestampMs: view.nowMs, expireTimestampMs },
      };
      plan.records.push(record);
      return { partitionIndex, errorCode: ErrorCode.NONE };
    }),
  }));
  // Nothing to keep: nothing to make a group for.
  if (group === null && plan.records.length === 0) plan.groups.clear();
  return { response: { topics }, plan };
}
