/** Consumer groups: members, what they own, how far behind they are. */
import type { Caller } from '#libs/control/domain';
import { committedOffsets, describeGroup, describeGroups, listGroups, listOffsets, OffsetSpec, type GroupDescription, type MemberDescription } from '#libs/kafka/client';
import type { DataPlaneConnections } from './connections.js';

export interface PartitionLag {
  topic: string;
  partition: number;
  currentOffset: number;
  logEndOffset: number;
  /** Records between the committed offset and the end; never negative. */
  lag: number;
  member: MemberDescription | null;
}

export interface GroupsUseCases {
  list(caller: Caller, clusterId: string): Promise<GroupDescription[]>;
  get(caller: Caller, clusterId: string, groupId: string): Promise<GroupDescription>;
  /** One row a partition that the group has committed. Partitions of deleted topics are left out. */
  lags(caller: Caller, clusterId: string, groupId: string): Promise<PartitionLag[]>;
}

export function createGroupsUseCases(connections: DataPlaneConnections): GroupsUseCases {
  return {
    async list(caller, clusterId) {
      const { client } = await connections.open(caller, clusterId);
      return describeGroups(client, (await listGroups(client)).map(({ groupId }) => groupId));
    },
    async get(caller, clusterId, groupId) {
      return describeGroup((await connections.open(caller, clusterId)).client, groupId);
    },
    async lags(caller, clusterId, groupId) {
      const { client } = await connections.open(caller, clusterId);
      const [group, committed] = await Promise.all([describeGroup(client, groupId), committedOffsets(client, groupId)]);
      const owners = new Map<string, MemberDescription>(group.members.flatMap((member) => member.assignment.map((p) => [`${p.topic}-${p.partition}`, member] as const)));
      const ends = await listOffsets(client, committed, OffsetSpec.latest);
      return committed.flatMap(({ topic, partition, offset }) => {
        const key = `${topic}-${partition}`;
        const logEndOffset = ends.get(key);
        if (logEndOffset === undefined) return [];
        return [{ topic, partition, currentOffset: offset, logEndOffset, lag: Math.max(0, logEndOffset - offset), member: owners.get(key) ?? null }];
      }).sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
    },
  };
}
