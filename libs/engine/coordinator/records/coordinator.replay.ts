/** What the log says, and the only code that changes it: the same for live traffic and for loading. */
import { groupBytes, offsetBytes, stagedBytes, topicBytes } from '../offsets/offset-bytes.js';
import type { CoordinatorRecord, OffsetRecord, StoredGroup, StoredOffset } from './coordinator-record.js';

export type GroupOffsets = ReadonlyMap<string, ReadonlyMap<number, StoredOffset>>;

export interface CoordinatorState {
  readonly groups: ReadonlyMap<string, StoredGroup>;
  /** Group, topic, partition. */
  readonly offsets: ReadonlyMap<string, GroupOffsets>;
  /** Offsets of transactions whose marker hasn't come, by producer id. Only a log that Apache Kafka wrote has them. */
  readonly staged: ReadonlyMap<number, readonly OffsetRecord[]>;
  /** What the offsets hold in memory, staged ones too. */
  readonly offsetBytes: number;
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
  let bytes = 0;

  function keepOffset({ group, topic, partition }: OffsetRecord, value: StoredOffset): void {
    const topics = childOf(offsets, group, () => {
      bytes += groupBytes(group);
      return new Map<string, Map<number, StoredOffset>>();
    });
    const partitions = childOf(topics, topic, () => {
      bytes += topicBytes(topic);
      return new Map<number, StoredOffset>();
    });
    const replaced = partitions.get(partition);
    bytes += offsetBytes(value) - (replaced === undefined ? 0 : offsetBytes(replaced));
    partitions.set(partition, value);
  }

  function removeOffset({ group, topic, partition }: OffsetRecord): void {
    const topics = offsets.get(group);
    const partitions = topics?.get(topic);
    const removed = partitions?.get(partition);
    if (topics === undefined || partitions === undefined || removed === undefined) return;
    partitions.delete(partition);
    bytes -= offsetBytes(removed);
    if (partitions.size > 0) return;
    topics.delete(topic);
    bytes -= topicBytes(topic);
    if (topics.size > 0) return;
    offsets.delete(group);
    bytes -= groupBytes(group);
  }

  function replay(record: CoordinatorRecord): void {
    if (record.kind === 'offset') {
      if (record.value === null) removeOffset(record);
      else keepOffset(record, record.value);
    } else if (record.value === null) groups.delete(record.group);
    else groups.set(record.group, record.value);
  }

  return {
    state: { groups, offsets, staged, get offsetBytes() { return bytes; } },
    replay,
    stage(producerId, record) {
      if (record.kind === 'offset') {
        childOf(staged, producerId, () => []).push(record);
        bytes += stagedBytes(record);
      } else replay(record);
    },
    complete(producerId, committed) {
      const records = staged.get(producerId) ?? [];
      staged.delete(producerId);
      for (const record of records) bytes -= stagedBytes(record);
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
