/** Offsets of partitions, from whoever leads them. */
import { ErrorCode, KafkaError, ListOffsetsRequest, ListOffsetsResponse } from '#libs/kafka/protocol';
import { clientLimits } from './client.limits.js';
import { partitionLeaders } from './cluster-metadata.js';
import type { Cluster, PartitionName } from './cluster.js';
import { hasCode, isBroken, MOVED } from './retry.js';

export const OffsetSpec = { latest: -1, earliest: -2 } as const;

const keyOf = ({ topic, partition }: PartitionName): string => `${topic}-${partition}`;

function group<K>(partitions: readonly PartitionName[], by: (partition: PartitionName) => K): Map<K, PartitionName[]> {
  const groups = new Map<K, PartitionName[]>();
  for (const partition of partitions) {
    const mine = groups.get(by(partition));
    if (mine) mine.push(partition);
    else groups.set(by(partition), [partition]);
  }
  return groups;
}

/** Fills `offsets`; returns the partitions that are led elsewhere by now. */
async function askLeader(cluster: Cluster, leader: number, owned: readonly PartitionName[], timestamp: number, offsets: Map<string, number>): Promise<PartitionName[]> {
  const draft = {
    replicaId: -1, isolationLevel: 0,
    topics: [...group(owned, ({ topic }) => topic)].map(([name, some]) => ({ name, partitions: some.map(({ partition }) => ({ partitionIndex: partition, currentLeaderEpoch: -1, timestamp })) })),
  };
  try {
    const answer = await cluster.node(leader, (c) => c.send(ListOffsetsRequest, ListOffsetsResponse, draft));
    const moved: PartitionName[] = [];
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, errorCode, offset } of partitions) {
        if (errorCode === ErrorCode.NONE) offsets.set(`${name}-${partitionIndex}`, offset);
        else if (MOVED.leader.has(errorCode) || errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) moved.push({ topic: name, partition: partitionIndex });
      }
    }
    return moved;
  } catch (error) {
    if (hasCode(error, MOVED.leader) || isBroken(error, true)) return [...owned];
    throw error;
  }
}

/**
 * Offsets by `topic-partition`. Leaders that moved or went away are looked up anew until the time of a call is over, partitions without any a second; what has
 * no answer then is left out, and so are partitions that there aren't or that the principal may not describe.
 */
export async function listOffsets(cluster: Cluster, partitions: readonly PartitionName[], timestamp: number): Promise<Map<string, number>> {
  const offsets = new Map<string, number>();
  let waiting: readonly PartitionName[] = partitions;
  let leaderless: PartitionName[] = [];
  const round = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const found = await cluster.any((c) => partitionLeaders(c, [...new Set(waiting.map(({ topic }) => topic))]));
    const leaderOf = ({ topic, partition }: PartitionName): number | undefined => found.get(topic)?.leaders.get(partition);
    leaderless = waiting.filter((each) => leaderOf(each) === -1);
    const led = waiting.filter((each) => (leaderOf(each) ?? -1) >= 0);
    const moved = (await Promise.all([...group(led, leaderOf)].map(([leader, owned]) => askLeader(cluster, leader!, owned, timestamp, offsets)))).flat();
    waiting = [...moved, ...leaderless];
    if (moved.length > 0) throw new KafkaError(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  };
  const isMoving = (error: unknown): boolean => hasCode(error, MOVED.leader);
  try {
    await cluster.retry(isMoving, round);
    await cluster.retry(isMoving, async () => {
      if (leaderless.length === 0) return;
      await round();
      if (leaderless.length > 0) throw new KafkaError(ErrorCode.LEADER_NOT_AVAILABLE, `${keyOf(leaderless[0]!)} has no leader`);
    }, clientLimits.leaderlessWaitMs);
  } catch (error) {
    if (!isMoving(error)) throw error;
  }
  return offsets;
}
