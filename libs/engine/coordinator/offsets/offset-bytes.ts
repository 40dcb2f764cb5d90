/**
 * What committed offsets hold in memory: the offsets, and the groups and topics that they lie under. Bounded over all groups of the broker, for each
 * group's bound times the number of groups is more than any machine has.
 */
import type { OffsetCommitRequest } from '#libs/kafka/protocol';
import { CoordinatorLimits } from '../coordinator.limits.js';
import { heldBytes } from '../held-bytes.js';
import type { OffsetRecord, StoredOffset } from '../records/coordinator-record.js';

type GroupOffsets = ReadonlyMap<string, ReadonlyMap<number, StoredOffset>>;

export const offsetBytes = ({ metadata }: Pick<StoredOffset, 'metadata'>): number => CoordinatorLimits.offsetBytes + heldBytes(metadata);
export const topicBytes = (topic: string): number => CoordinatorLimits.offsetsTopicBytes + heldBytes(topic);
export const groupBytes = (group: string): number => CoordinatorLimits.offsetsGroupBytes + heldBytes(group);

/** An offset of a transaction that may still be aborted: it stands beside the others, with its own names. */
export const stagedBytes = ({ group, topic, value }: OffsetRecord): number => (value === null ? CoordinatorLimits.offsetBytes : offsetBytes(value)) + heldBytes(group) + heldBytes(topic);

/** What the group would hold more: below zero when the commit replaces more than it brings. Of two offsets of one partition the later one stays. */
export function commitGrowth(kept: GroupOffsets | undefined, request: Pick<OffsetCommitRequest, 'groupId' | 'topics'>, isTaken: (metadata: string) => boolean): number {
  const next = new Map<string, Map<number, number>>();
  for (const { name, partitions } of request.topics) {
    const taken = partitions.filter(({ committedMetadata }) => isTaken(committedMetadata ?? ''));
    if (taken.length === 0) continue;
    const topic = next.get(name) ?? new Map<number, number>();
    for (const { partitionIndex, committedMetadata } of taken) topic.set(partitionIndex, offsetBytes({ metadata: committedMetadata ?? '' }));
    next.set(name, topic);
  }
  let growth = kept === undefined && next.size > 0 ? groupBytes(request.groupId) : 0;
  for (const [name, partitions] of next) {
    const known = kept?.get(name);
    if (known === undefined) growth += topicBytes(name);
    for (const [partition, bytes] of partitions) growth += bytes - replacedBytes(known?.get(partition));
  }
  return growth;
}

const replacedBytes = (offset: StoredOffset | undefined): number => (offset === undefined ? 0 : offsetBytes(offset));

/** Needs no more than what it replaces: taken by a broker that has no room. */
export const fitsInPlace = (replaced: StoredOffset | undefined, metadata: string): boolean => offsetBytes({ metadata }) <= replacedBytes(replaced);
