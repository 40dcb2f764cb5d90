/** Finds the shard of a group and asks it. A shard lives from the election of this broker as leader of its partition to the end of it. */
import type { Env } from '#libs/kernel';
import { ErrorCode, type DeleteGroupsResponse, type Draft, type HeartbeatResponse } from '#libs/kafka/protocol';
import type { LeaderPartition, ReplicaManager } from '../replication/index.js';
import type { CommittedOffset, GroupCoordinator } from './api.js';
import { OFFSETS_TOPIC, type GroupCoordinatorConfig } from './coordinator.config.js';
import { CoordinatorLimits } from './coordinator.limits.js';
import { groupPartition } from './group-partition.js';
import { describeGroup, listGroups, type DescribedGroup, type ListedGroup, type ListFilters } from './group/describe.js';
import { heartbeat } from './group/heartbeat.js';
import { joinGroup } from './group/join.js';
import { leaveGroup } from './group/leave.js';
import { joinError } from './group/rebalance.js';
import { syncGroup } from './group/sync.js';
import { commitError, offsetCommit } from './offsets/commit.js';
import { deleteGroup, offsetDelete } from './offsets/delete.js';
import { fetchError, offsetFetch } from './offsets/fetch.js';
import { createPlan, type CoordinatorView } from './runtime/decision.js';
import { commitRefusal } from './runtime/shard-errors.js';
import { createShard, type Decide, type Shard } from './runtime/shard.js';

export interface GroupCoordinatorDeps {
  env: Env;
  config: GroupCoordinatorConfig;
  replicas: ReplicaManager;
  /** Partitions that the offsets topic really has; without it, or before the topic is there, the configured count. */
  offsetsTopicPartitions?: () => number | null;
  /** The topics that there are now, as a view that doesn't change; without it nobody is asked. */
  topics?: () => { has(name: string): boolean };
  /** What members of all groups may tell of themselves; a default of the coordinator's where nothing is said. */
  metadataBytesMax?: number;
  /** What committed offsets of all groups may hold in memory; as above. */
  offsetBytesMax?: number;
}

interface Waiter { partition: number; led(leads: boolean): void }

/** The shards on this broker, as elections come and go. */
function createShards({ env, config, replicas, topics, ...bounds }: GroupCoordinatorDeps) {
  const { metadataBytesMax = CoordinatorLimits.metadataBytesPerBroker, offsetBytesMax = CoordinatorLimits.offsetsBytesPerBroker } = bounds;
  const shards = new Map<number, Shard>();
  const waiters = new Set<Waiter>();
  const groupsOnBroker = (): number => {
    let count = 0;
    for (const shard of shards.values()) count += shard.groupCount;
    return count;
  };
  const metadataBytesLeft = (): number => {
    let left = metadataBytesMax;
    for (const shard of shards.values()) left -= shard.metadataBytes;
    return left;
  };
  const offsetBytesLeft = (): number => {
    let left = offsetBytesMax;
    for (const { state } of shards.values()) left -= state.offsetBytes;
    return left;
  };

  function elected(partition: LeaderPartition): void {
    const current = shards.get(partition.partition);
    if (current !== undefined && current.leaderEpoch >= partition.leaderEpoch && current.phase !== 'closed') return;
    current?.close(ErrorCode.NOT_COORDINATOR);
    shards.set(partition.partition, createShard({ env, config, partition, groupsOnBroker, metadataBytesLeft, offsetBytesLeft, topics: topics?.() ?? null }));
    for (const waiter of [...waiters]) if (waiter.partition === partition.partition) waiter.led(true);
  }
  function resigned(partition: number): void {
    shards.get(partition)?.close(ErrorCode.NOT_COORDINATOR);
    shards.delete(partition);
  }

  replicas.onLeadership(OFFSETS_TOPIC, { elected, resigned });
  for (const partition of replicas.partitions()) if (partition.topic === OFFSETS_TOPIC) elected(partition);
  return {
    shards,
    awaitLeadership(partition: number, timeoutMs: number): Promise<boolean> {
      if (shards.has(partition)) return Promise.resolve(true);
      return new Promise((resolve) => {
        const timer = env.timers.set(timeoutMs, () => waiter.led(false));
        const waiter: Waiter = {
          partition,
          led(leads) {
            waiters.delete(waiter);
            env.timers.cancel(timer);
            resolve(leads);
          },
        };
        waiters.add(waiter);
      });
    },
    close(): void {
      for (const partition of [...shards.keys()]) resigned(partition);
      for (const waiter of [...waiters]) waiter.led(false);
    },
  };
}

function* committedOffsets(shards: Iterable<Shard>): Generator<CommittedOffset> {
  for (const { phase, state } of shards) {
    if (phase !== 'active') continue;
    for (const [group, topics] of state.offsets) {
      for (const [topic, partitions] of topics) for (const [partition, { offset }] of partitions) yield { group, topic, partition, offset };
    }
  }
}

/** A read is a decision that changes nothing; its answer waits like any other. */
const reading = <R>(read: (view: CoordinatorView) => R): Decide<R> => (view) => ({ response: read(view), plan: createPlan() });

export const createGroupCoordinator = (deps: GroupCoordinatorDeps): GroupCoordinator => createCoordinatorOfShards(deps).coordinator;

/** With its shards, for tests to look into. */
export function createCoordinatorOfShards(deps: GroupCoordinatorDeps): { coordinator: GroupCoordinator; shards: ReadonlyMap<number, Shard> } {
  const { shards, awaitLeadership, close } = createShards(deps);

  function partitionFor(groupId: string): number {
    return groupPartition(groupId, deps.offsetsTopicPartitions?.() ?? deps.config.offsetsTopicNumPartitions);
  }
  function ask<R>(groupId: string, decide: Decide<R>, failed: (errorCode: ErrorCode) => R): Promise<R> {
    return shards.get(partitionFor(groupId))?.execute(decide, failed) ?? Promise.resolve(failed(ErrorCode.NOT_COORDINATOR));
  }

  /** A shard that isn't this broker's any more has nothing to list; one that loads has, and can't say what. */
  async function listAll(filters: ListFilters): Promise<{ errorCode: ErrorCode; groups: ListedGroup[] }> {
    const parts = await Promise.all([...shards.values()].map((shard) => shard.execute<{ errorCode: ErrorCode; groups: ListedGroup[] }>(
      reading((view) => ({ errorCode: ErrorCode.NONE, groups: listGroups(view, filters) })),
      (errorCode) => ({ errorCode: errorCode === ErrorCode.NOT_COORDINATOR ? ErrorCode.NONE : errorCode, groups: [] }),
    )));
    const failed = parts.find(({ errorCode }) => errorCode !== ErrorCode.NONE);
    return failed ?? { errorCode: ErrorCode.NONE, groups: parts.flatMap(({ groups }) => groups) };
  }

  const coordinator: GroupCoordinator = {
    partitionFor, awaitLeadership,
    joinGroup: (context, request) => ask(
      request.groupId, (view, requestId) => joinGroup(view, requestId, context, request), (errorCode) => joinError(request.memberId, errorCode)),
    syncGroup: (_context, request) => ask(
      request.groupId, (view, requestId) => syncGroup(view, requestId, request), (errorCode) => ({ errorCode })),
    heartbeat: (_context, request) => ask(
      request.groupId, (view) => heartbeat(view, request),
      // Heartbeats while the coordinator loads are taken as heard: the session timers begin afresh after it.
      (errorCode): Draft<HeartbeatResponse> => ({ errorCode: errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ? ErrorCode.NONE : errorCode })),
    leaveGroup: (context, request) => ask(request.groupId, (view) => leaveGroup(view, context, request), (errorCode) => ({ errorCode })),
    offsetCommit: (context, request) => ask(
      request.groupId, (view) => offsetCommit(view, context, request), (errorCode) => commitError(request, commitRefusal(errorCode))),
    offsetFetch: (_context, group, requireStable) => ask(
      group.groupId, reading((view) => offsetFetch(view, group, requireStable)), (errorCode) => fetchError(group.groupId, errorCode)),
    offsetDelete: (_context, request) => ask(request.groupId, (view) => offsetDelete(view, request), (errorCode) => ({ errorCode })),
    describeGroups: (groupIds) => Promise.all(groupIds.map((groupId) => ask<DescribedGroup>(
      groupId, reading((view) => describeGroup(view, groupId)), (errorCode) => ({ groupId, errorCode })))),
    listGroups: listAll,
    deleteGroups: (groupIds) => Promise.all(groupIds.map(async (groupId): Promise<Draft<DeleteGroupsResponse['results'][number]>> => ({
      groupId, errorCode: await ask<ErrorCode>(groupId, (view) => deleteGroup(view, groupId), (errorCode) => errorCode),
    }))),
    committedOffsets: () => committedOffsets(shards.values()),
    onTopicDeleted(topic) {
      for (const shard of shards.values()) shard.topicDeleted(topic);
    },
    shutdown() {
      close();
      return Promise.resolve();
    },
  };
  return { coordinator, shards };
}
