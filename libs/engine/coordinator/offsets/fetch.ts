/** OffsetFetch of one group. A partition without an offset is −1 without an error; topics null asks for all that the group has. */
import { ErrorCode, type Draft, type OffsetFetchRequest, type OffsetFetchResponse } from '#libs/kafka/protocol';
import type { StoredOffset } from '../records/coordinator-record.js';
import { hasStagedOffset } from '../records/coordinator.replay.js';
import type { CoordinatorView } from '../runtime/decision.js';

export type FetchedGroup = Draft<OffsetFetchResponse['groups'][number]>;
type FetchedPartition = Draft<OffsetFetchResponse['groups'][number]['topics'][number]['partitions'][number]>;
export type FetchGroup = OffsetFetchRequest['groups'][number];

const NO_OFFSET: Omit<FetchedPartition, 'partitionIndex' | 'errorCode'> = { committedOffset: -1, committedLeaderEpoch: -1, metadata: '' };

export const fetchError = (groupId: string, errorCode: ErrorCode): FetchedGroup => ({ groupId, errorCode, topics: [] });

function fetchedPartition(partitionIndex: number, stored: StoredOffset | undefined, unstable: boolean): FetchedPartition {
  if (unstable) return { partitionIndex, ...NO_OFFSET, errorCode: ErrorCode.UNSTABLE_OFFSET_COMMIT };
  if (stored === undefined) return { partitionIndex, ...NO_OFFSET, errorCode: ErrorCode.NONE };
  const { offset, leaderEpoch, metadata } = stored;
  return { partitionIndex, committedOffset: offset, committedLeaderEpoch: leaderEpoch, metadata, errorCode: ErrorCode.NONE };
}

/** requireStable (KIP-447): no answer from before a transaction that may still commit. */
export function offsetFetch(view: CoordinatorView, request: FetchGroup, requireStable: boolean): FetchedGroup {
  const { groupId } = request;
  const asMember = request.memberId !== null || request.memberEpoch >= 0;
  if (asMember && view.group(groupId) === null) return fetchError(groupId, ErrorCode.GROUP_ID_NOT_FOUND);
  const kept = view.state.offsets.get(groupId);
  const unstable = (topic: string, partition: number): boolean => requireStable && hasStagedOffset(view.state, groupId, topic, partition);
  const wanted = request.topics ?? [...(kept ?? [])].map(([name, partitions]) => ({ name, topicId: undefined, partitionIndexes: [...partitions.keys()] }));
  return {
    groupId, errorCode: ErrorCode.NONE,
    topics: wanted.map(({ name, topicId, partitionIndexes }) => ({
      name, topicId, partitions: partitionIndexes.map((index) => fetchedPartition(index, kept?.get(name)?.get(index), unstable(name, index))),
    })),
  };
}
