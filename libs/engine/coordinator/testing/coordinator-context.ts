/**
 * A coordinator on one partition and virtual time. Every call is followed by the check that matters most: what the log says, replayed into
 * a second instance, is what this instance holds.
 */
import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import {
  type Draft, type HeartbeatResponse, HeartbeatRequest, JoinGroupRequest, type JoinGroupResponse, LeaveGroupRequest, OffsetCommitRequest, SyncGroupRequest,
  type SyncGroupResponse,
} from '#libs/kafka/protocol';
import type { GroupCoordinator, GroupRequestContext } from '../api.js';
import type { GroupCoordinatorConfig } from '../coordinator.config.js';
import { createCoordinatorOfShards } from '../group-coordinator.js';
import { groupRecord } from '../group/classic-group.js';
import type { CoordinatorRecord } from '../records/coordinator-record.js';
import { createCoordinatorState } from '../records/coordinator.replay.js';
import { createShardLoader } from '../runtime/shard-loader.js';
import type { Shard } from '../runtime/shard.js';
import { createFakePartition, createFakeReplicas, recordsOf, type FakePartition, type FakeReplicas } from './fake-partition.js';

export const TEST_CONFIG: GroupCoordinatorConfig = {
  offsetsTopicNumPartitions: 1, offsetsRetentionMinutes: 10_080, offsetsRetentionCheckIntervalMs: 600_000, offsetMetadataMaxBytes: 4_096, groupMinSessionTimeoutMs: 6_000,
  groupMaxSessionTimeoutMs: 1_800_000, groupInitialRebalanceDelayMs: 0, groupMaxSize: 1_000,
};
export const GROUP = 'orders';
export const SESSION_MS = 10_000;
export const REBALANCE_MS = 30_000;

type Join = Draft<JoinGroupResponse>;
type Sync = Draft<SyncGroupResponse>;
export type Options = Partial<{ [K in keyof JoinGroupRequest]: JoinGroupRequest[K] }> & { apiVersion?: number; topics?: string[] };

/** Metadata of a consumer: version, topics, user data. */
export function subscription(topics: readonly string[]): Buffer {
  const parts = [Buffer.from([0, 0]), Buffer.alloc(4)];
  parts[1]!.writeInt32BE(topics.length);
  for (const topic of topics) {
    const length = Buffer.alloc(2);
    length.writeInt16BE(topic.length);
    parts.push(length, Buffer.from(topic));
  }
  return Buffer.concat([...parts, Buffer.from([255, 255, 255, 255])]);
}

export const context = (apiVersion: number): GroupRequestContext => ({ apiVersion, clientId: 'app', clientHost: '/127.0.0.1' });

export interface CoordinatorContext {
  readonly env: TestEnv;
  readonly partition: FakePartition;
  readonly replicas: FakeReplicas;
  readonly coordinator: GroupCoordinator;
  readonly shard: Shard;
  /** Records appended since the last look. */
  newRecords(): (CoordinatorRecord | null)[];
  verify(): void;
  advance(ms: number): Promise<void>;
  join(options?: Options): Promise<Join>;
  sync(memberId: string, generationId: number, assignments?: Record<string, string>, groupInstanceId?: string | null): Promise<Sync>;
  heartbeat(memberId: string, generationId: number, groupInstanceId?: string | null): Promise<Draft<HeartbeatResponse>>;
  leave(...members: { memberId?: string; groupInstanceId?: string | null }[]): ReturnType<GroupCoordinator['leaveGroup']>;
  commit(offsets: Record<string, number>, options?: Partial<OffsetCommitRequest> & { apiVersion?: number; metadata?: string }): Promise<number[]>;
  fetch(topics: Record<string, number[]> | null, groupId?: string): ReturnType<GroupCoordinator['offsetFetch']>;
  /** A dynamic member as a client makes itself one: twice, with the id that it was given. */
  member(options?: Options): Promise<{ memberId: string; joined: Promise<Join> }>;
  /** A group of one member, stable. */
  stableMember(options?: Options): Promise<Join & { memberId: string }>;
  /** The same log under a new coordinator: a crash, or another broker. */
  restart(config?: Partial<GroupCoordinatorConfig>, bounds?: Pick<ContextOptions, 'offsetBytesMax'>): CoordinatorContext;
}

export interface ContextOptions { config?: Partial<GroupCoordinatorConfig>; env?: TestEnv; partition?: FakePartition; metadataBytesMax?: number; offsetBytesMax?: number }

/** Offsets by "topic-partition". */
function commitTopics(offsets: Record<string, number>, metadata: string | undefined): OffsetCommitRequest['topics'] {
  return Object.entries(offsets).map(([key, committedOffset]) => {
    const [name, partition] = key.split('-');
    return {
      name: name!, topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
      partitions: [{ partitionIndex: Number(partition), committedOffset, committedLeaderEpoch: -1, committedMetadata: metadata ?? null }],
    };
  });
}

function leaveRequest(members: readonly { memberId?: string; groupInstanceId?: string | null }[]): LeaveGroupRequest {
  const leaving = members.map(({ memberId = '', groupInstanceId = null }) => ({ memberId, groupInstanceId, reason: null }));
  return { ...LeaveGroupRequest.defaults(), groupId: GROUP, members: leaving };
}

function createVerifier(env: TestEnv, partition: FakePartition, shard: () => Shard): () => void {
  return () => {
    const second = createCoordinatorState();
    const loader = createShardLoader(partition.log, second, env.cpu);
    while (!loader.step());
    expect(second.state).toEqual(shard().state);
    for (const [groupId, group] of shard().groups) {
      if (group.state !== 'Stable') continue;
      const stored = shard().state.groups.get(groupId);
      expect({ ...groupRecord(group).value, currentStateTimestamp: 0 }).toEqual({ ...stored, currentStateTimestamp: 0 });
    }
  };
}

export function createCoordinatorContext(options: ContextOptions = {}): CoordinatorContext {
  const env = options.env ?? createTestEnv();
  const partition = options.partition ?? createFakePartition(0);
  const config = { ...TEST_CONFIG, ...options.config };
  const replicas = createFakeReplicas([partition]);
  const { metadataBytesMax, offsetBytesMax } = options;
  const { coordinator, shards } = createCoordinatorOfShards({
    env, config, replicas, ...(metadataBytesMax === undefined ? {} : { metadataBytesMax }), ...(offsetBytesMax === undefined ? {} : { offsetBytesMax }),
  });
  const shard = shards.get(0)!;
  const verify = createVerifier(env, partition, () => shard);
  let seen = partition.batches.length;

  /** Lets the call take effect, checks, and hands on its promise, parked or not. */
  async function call<T>(promise: Promise<T>): Promise<T> {
    verify();
    const answer = await promise;
    verify();
    return answer;
  }
  function join({ apiVersion = 9, topics, ...fields }: Options = {}): Promise<Join> {
    const request = {
      ...JoinGroupRequest.defaults(), groupId: GROUP, sessionTimeoutMs: SESSION_MS, rebalanceTimeoutMs: REBALANCE_MS, protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: subscription(topics ?? ['orders']) }], ...fields,
    };
    return call(coordinator.joinGroup(context(apiVersion), request));
  }
  const sync: CoordinatorContext['sync'] = (memberId, generationId, assignments = {}, groupInstanceId = null) => call(coordinator.syncGroup(context(5), {
    ...SyncGroupRequest.defaults(), groupId: GROUP, memberId, generationId, groupInstanceId,
    assignments: Object.entries(assignments).map(([id, text]) => ({ memberId: id, assignment: Buffer.from(text) })),
  }));
  const member: CoordinatorContext['member'] = async (fields = {}) => {
    const { memberId } = await join(fields);
    return { memberId: memberId!, joined: join({ ...fields, memberId: memberId! }) };
  };

  return {
    env, partition, replicas, coordinator, shard, verify, join, sync, member,
    newRecords() {
      const fresh = partition.batches.slice(seen);
      seen = partition.batches.length;
      return recordsOf(fresh, env.cpu);
    },
    async advance(ms) {
      await env.advance(ms);
      verify();
    },
    heartbeat: (memberId, generationId, groupInstanceId = null) => call(coordinator.heartbeat(context(4), {
      ...HeartbeatRequest.defaults(), groupId: GROUP, memberId, generationId, groupInstanceId,
    })),
    leave: (...members) => call(coordinator.leaveGroup(context(5), leaveRequest(members))),
    async commit(offsets, { apiVersion = 9, metadata, ...fields } = {}) {
      const answer = await call(coordinator.offsetCommit(context(apiVersion), {
        ...OffsetCommitRequest.defaults(), groupId: GROUP, topics: commitTopics(offsets, metadata), ...fields,
      }));
      return answer.topics!.flatMap(({ partitions }) => partitions!.map(({ errorCode }) => errorCode!));
    },
    fetch: (topics, groupId = GROUP) => call(coordinator.offsetFetch(context(8), {
      groupId, memberId: null, memberEpoch: -1,
      topics: topics === null ? null : Object.entries(topics).map(([name, partitionIndexes]) => ({ name, topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partitionIndexes })),
    }, true)),
    async stableMember(fields = {}) {
      const { memberId, joined } = await member(fields);
      await env.advance(config.groupInitialRebalanceDelayMs);
      const answer = await joined;
      await sync(memberId, answer.generationId!, { [memberId]: 'everything' });
      return { ...answer, memberId };
    },
    restart: (changes = {}, bounds = {}) => createCoordinatorContext({
      ...bounds, env, config: { ...config, ...changes }, partition: createFakePartition(0, { batches: partition.batches, leaderEpoch: partition.leaderEpoch + 1 }),
    }),
  };
}
