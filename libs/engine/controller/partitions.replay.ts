/**
 * PartitionRecord, PartitionChangeRecord, ClearElrRecord. The leader epoch isn't in a change: it grows by one whenever the change names a
 * leader, the same one or none included. The partition epoch grows by one with every change.
 */
import { invariant } from '#libs/kernel';
import { ZERO_UUID, type ClearElrRecord, type PartitionChangeRecord, type PartitionRecord } from '#libs/kafka/protocol';
import type { DeltaState } from './image-delta.js';
import type { PartitionState } from './image.js';

const NO_LEADER_CHANGE = -2;
const NO_RECOVERY_CHANGE = -1;

export function replayPartition(state: DeltaState, record: PartitionRecord): void {
  const edited = state.editTopic(record.topicId);
  invariant(edited !== undefined, `partition ${record.partitionId} of unknown topic id ${record.topicId}`);
  const { partitions } = edited;
  invariant(record.partitionId >= 0 && record.partitionId <= partitions.length, `partition ${record.partitionId} of ${edited.topic.name} leaves a gap`);
  if (record.partitionId === partitions.length) state.partitionCount += 1;
  partitions[record.partitionId] = {
    topicId: record.topicId, partition: record.partitionId, replicas: record.replicas, isr: record.isr, removingReplicas: record.removingReplicas,
    addingReplicas: record.addingReplicas, leader: record.leader, leaderRecoveryState: record.leaderRecoveryState, leaderEpoch: record.leaderEpoch,
    partitionEpoch: record.partitionEpoch, directories: directoriesFor(record.replicas, record.directories),
    eligibleLeaderReplicas: record.eligibleLeaderReplicas ?? [], lastKnownElr: record.lastKnownElr ?? [],
  };
}

/** One directory a replica; those that no record named are unassigned. */
function directoriesFor(replicas: readonly number[], directories: readonly string[]): readonly string[] {
  return directories.length === replicas.length ? directories : replicas.map(() => ZERO_UUID);
}

function merged(partition: PartitionState, record: PartitionChangeRecord): PartitionState {
  const replicas = record.replicas ?? partition.replicas;
  const leads = record.leader !== NO_LEADER_CHANGE;
  return {
    ...partition, replicas, isr: record.isr ?? partition.isr,
    removingReplicas: record.removingReplicas ?? partition.removingReplicas, addingReplicas: record.addingReplicas ?? partition.addingReplicas,
    leader: leads ? record.leader : partition.leader, leaderEpoch: partition.leaderEpoch + (leads ? 1 : 0), partitionEpoch: partition.partitionEpoch + 1,
    leaderRecoveryState: record.leaderRecoveryState === NO_RECOVERY_CHANGE ? partition.leaderRecoveryState : record.leaderRecoveryState,
    directories: directoriesFor(replicas, record.directories ?? partition.directories),
    eligibleLeaderReplicas: record.eligibleLeaderReplicas ?? partition.eligibleLeaderReplicas, lastKnownElr: record.lastKnownElr ?? partition.lastKnownElr,
  };
}

export function replayPartitionChange(state: DeltaState, record: PartitionChangeRecord): void {
  const edited = state.editTopic(record.topicId);
  const partition = edited?.partitions[record.partitionId];
  invariant(edited !== undefined && partition !== undefined, `a change of unknown partition ${record.topicId}:${record.partitionId}`);
  edited.partitions[record.partitionId] = merged(partition, record);
}

/** Without a name: of every topic. */
export function replayClearElr(state: DeltaState, record: ClearElrRecord): void {
  const ids: string[] = [];
  if (record.topicName === '') ids.push(...state.topicIds());
  else {
    const topic = state.topicByName(record.topicName);
    invariant(topic !== undefined, `the ELR of unknown topic ${record.topicName} is cleared`);
    ids.push(topic.topicId);
  }
  for (const id of ids) {
    const edited = state.editTopic(id)!;
    edited.partitions.forEach((partition, index) => {
      if (partition.eligibleLeaderReplicas.length + partition.lastKnownElr.length === 0) return;
      edited.partitions[index] = { ...partition, eligibleLeaderReplicas: [], lastKnownElr: [], partitionEpoch: partition.partitionEpoch + 1 };
    });
  }
}
