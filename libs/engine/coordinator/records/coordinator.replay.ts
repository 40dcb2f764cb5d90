/** What the log says, and the only code that changes it: the same for live traffic and for loading. */
import type { CoordinatorRecord, OffsetRecord, StoredGroup, StoredOffset } from './coordinator-record.js';

export type GroupOffsets = ReadonlyMap<string, ReadonlyMap<number, StoredOffset>>;

export interface CoordinatorState {
  readonly groups: ReadonlyMap<string, StoredGroup>;
  /** Group, topic, partition. */
  readonly offsets: ReadonlyMap<string, GroupOffsets>;
  /** Offsets of transactions whose marker hasn't come, by producer id. Only a log that Apache Kafka wrote has them. */
  readonly staged: ReadonlyMap<number, readonly OffsetRecord[]>;
}

export interface CoordinatorStateMachine {
  readonly state: CoordinatorState;
  replay(record: CoordinatorRecord): void;
  /** A record of a transactional batch: takes effect at the commit marker. */
  stage(producerId: number, record: CoordinatorRecord): void;
  complete(producerId: number, committed: boolean): void;
}

function childOf<K, V>(parent: Map<K, V>, key: K, create: () => V): V {
  let child = parent.get(key);
  if (child === undefined) parent.set(key, child = create());
  return child;
}

export function createCoordinatorState(): CoordinatorStateMachine {
  const groups = new Map<string, StoredGroup>();
  const offsets = new Map<string, Map<string, Map<number, StoredOffset>>>();
  const staged = new Map<number, OffsetRecord[]>();

  function replayOffset(record: OffsetRecord): void {
    if (record.value !== null) {
      const topics = childOf(offsets, record.group, () => new Map<string, Map<number, StoredOffset>>());
      childOf(topics, record.topic, () => new Map<number, StoredOffset>()).set(record.partition, record.value);
      return;
    }
    const topics = offsets.get(record.group);
    const partitions = topics?.get(record.topic);
    if (topics === undefined || partitions === undefined) return;
    partitions.delete(record.partition);
    if (partitions.size === 0) topics.delete(record.topic);
    if (topics.size === 0) offsets.delete(record.group);
  }

  function replay(record: CoordinatorRecord): void {
    if (record.kind === 'offset') replayOffset(record);
    else if (record.value === null) groups.delete(record.group);
    else groups.set(record.group, record.value);
  }

  return {
    state: { groups, offsets, staged },
    replay,
    stage(producerId, record) {
      if (record.kind === 'offset') childOf(staged, producerId, () => []).push(record);
      else replay(record);
    },
    complete(producerId, committed) {
      const records = staged.get(producerId) ?? [];
      staged.delete(producerId);
      if (committed) for (const record of records) replay(record);
    },
  };
}

/** Partitions of the group with a transaction's offset that may still come. */
export function hasStagedOffset(state: CoordinatorState, group: string, topic: string, partition: number): boolean {
  if (state.staged.size === 0) return false;
  for (const records of state.staged.values()) {
    if (records.some((record) => record.group === group && record.topic === topic && record.partition === partition)) return true;
  }
  return false;
}

export function countOffsets(offsets: GroupOffsets | undefined): number {
  let count = 0;
  for (const partitions of offsets?.values() ?? []) count += partitions.size;
  return count;
}
