/** A member of a classic group: joins, takes what it is assigned, commits ever larger offsets, and writes down what was acknowledged. */
import type { BrokerConnection } from '#libs/kafka/client';
import {
  ConsumerProtocolAssignment, ConsumerProtocolSubscription, encode, ErrorCode, FindCoordinatorRequest, FindCoordinatorResponse, HeartbeatRequest, HeartbeatResponse, JoinGroupRequest,
  JoinGroupResponse, OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse, Reader, SyncGroupRequest, SyncGroupResponse, Writer, type MessageCodec, type Draft,
} from '#libs/kafka/protocol';
import type { History } from './history.js';
import { createClientLoop, RoundEnded, type ClientLoop, type SimWorld } from './sim-client.js';

export interface SimMemberOptions { name: string; group: string; topic: string; partitions: number; history: History }

const SESSION_TIMEOUT_MS = 6_000;
/** Names instead of topic ids in offset requests. */
const COMMIT_VERSION = 9;

function versioned<T>(codec: MessageCodec<T>, version: number, value: Draft<T>): Buffer {
  const writer = new Writer();
  writer.int16(version);
  return Buffer.concat([...writer.finish(), encode(codec, version, value)]);
}

function readAssignment(bytes: Buffer): number[] {
  if (bytes.length === 0) return [];
  const reader = new Reader(bytes);
  return ConsumerProtocolAssignment.read(reader, reader.int16()).assignedPartitions.flatMap((topic) => topic.partitions);
}

export async function findCoordinator(connection: BrokerConnection, group: string): Promise<void> {
  const found = await connection.send(FindCoordinatorRequest, FindCoordinatorResponse, { keyType: 0, coordinatorKeys: [group] });
  if (found.coordinators[0]?.errorCode !== ErrorCode.NONE) throw new RoundEnded();
}

export function startMember(world: SimWorld, options: SimMemberOptions): { loop: ClientLoop; done: Promise<void> } {
  const loop = createClientLoop(world, options.name);
  const { group, topic } = options;
  let memberId = '';

  async function join(connection: BrokerConnection): Promise<{ generationId: number; owned: number[] }> {
    const metadata = versioned(ConsumerProtocolSubscription, 0, { topics: [topic], userData: null });
    const joined = await connection.send(JoinGroupRequest, JoinGroupResponse, {
      groupId: group, sessionTimeoutMs: SESSION_TIMEOUT_MS, rebalanceTimeoutMs: 3_000, memberId, protocolType: 'consumer', protocols: [{ name: 'range', metadata }],
    }, { timeoutMs: 20_000 });
    if (joined.errorCode === ErrorCode.MEMBER_ID_REQUIRED) { memberId = joined.memberId; return join(connection); }
    if (joined.errorCode === ErrorCode.UNKNOWN_MEMBER_ID) memberId = '';
    if (joined.errorCode !== ErrorCode.NONE) throw new RoundEnded();
    memberId = joined.memberId;
    const members = joined.members.map((member) => member.memberId).sort();
    const assignments = members.map((id, index) => ({
      memberId: id,
      assignment: versioned(ConsumerProtocolAssignment, 0, { userData: null, assignedPartitions: [{ topic, partitions: Array.from({ length: options.partitions }, (_, p) => p).filter((p) => p % members.length === index) }] }),
    }));
    const synced = await connection.send(SyncGroupRequest, SyncGroupResponse, { groupId: group, generationId: joined.generationId, memberId, protocolType: 'consumer', protocolName: 'range', assignments: joined.leader === memberId ? assignments : [] }, { timeoutMs: 20_000 });
    if (synced.errorCode !== ErrorCode.NONE) throw new RoundEnded();
    return { generationId: joined.generationId, owned: readAssignment(synced.assignment) };
  }

  async function committed(connection: BrokerConnection, owned: readonly number[]): Promise<Map<number, number>> {
    const answer = await connection.send({ ...OffsetFetchRequest, maxVersion: COMMIT_VERSION }, OffsetFetchResponse, { groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes: owned }] }], requireStable: true });
    const found = answer.groups[0]!;
    if (found.errorCode !== ErrorCode.NONE) throw new RoundEnded();
    return new Map((found.topics[0]?.partitions ?? []).map((p) => [p.partitionIndex, p.committedOffset]));
  }

  async function commit(connection: BrokerConnection, generationId: number, partition: number, offset: number): Promise<void> {
    const answer = await connection.send({ ...OffsetCommitRequest, maxVersion: COMMIT_VERSION }, OffsetCommitResponse, {
      groupId: group, generationIdOrMemberEpoch: generationId, memberId, topics: [{ name: topic, partitions: [{ partitionIndex: partition, committedOffset: offset, committedLeaderEpoch: -1, committedMetadata: '' }] }],
    });
    if (answer.topics[0]!.partitions[0]!.errorCode !== ErrorCode.NONE) throw new RoundEnded();
    options.history.committed(group, partition, offset);
  }

  async function round(connection: BrokerConnection): Promise<void> {
    await findCoordinator(connection, group);
    const { generationId, owned } = await join(connection);
    const positions = await committed(connection, owned);
    for (const [partition, offset] of positions) options.history.foundCommit(group, partition, offset);
    while (!loop.stopped) {
      for (const partition of owned) {
        const next = Math.max(0, positions.get(partition) ?? 0) + 1 + world.random.int(5);
        await commit(connection, generationId, partition, next);
        positions.set(partition, next);
      }
      const beat = await connection.send(HeartbeatRequest, HeartbeatResponse, { groupId: group, generationId, memberId });
      if (beat.errorCode === ErrorCode.UNKNOWN_MEMBER_ID) memberId = '';
      if (beat.errorCode !== ErrorCode.NONE) throw new RoundEnded();
      await loop.sleep(100 + world.random.int(200));
    }
  }
  return { loop, done: loop.run(round) };
}

/** What the group has committed in the end. */
export async function readCommits(connection: BrokerConnection, group: string, topic: string, partitions: number): Promise<Map<number, number>> {
  await findCoordinator(connection, group);
  const partitionIndexes = Array.from({ length: partitions }, (_, partition) => partition);
  const answer = await connection.send({ ...OffsetFetchRequest, maxVersion: COMMIT_VERSION }, OffsetFetchResponse, { groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes }] }], requireStable: true });
  if (answer.groups[0]?.errorCode !== ErrorCode.NONE) throw new RoundEnded();
  return new Map((answer.groups[0].topics[0]?.partitions ?? []).map((p) => [p.partitionIndex, p.committedOffset]));
}
