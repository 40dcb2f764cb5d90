/**
 * One partition of `__consumer_offsets` and the groups in it. Everything is one synchronous step: a handler decides, its records are
 * appended, `replay` applies them, soft state and timers follow, and the answers leave when all that had been seen is committed. When the
 * partition refuses the records nothing of the decision happens.
 */
import { invariant, type Env } from '#libs/kernel';
import { ErrorCode, KafkaError, ProtocolError } from '#libs/kafka/protocol';
import type { LeaderPartition } from '../../replication/index.js';
import { OFFSETS_TOPIC, type GroupCoordinatorConfig } from '../coordinator.config.js';
import { CoordinatorLimits } from '../coordinator.limits.js';
import { groupFromStored, newGroup, type ClassicGroup } from '../group/classic-group.js';
import { groupMetadataBytes } from '../group/metadata-bytes.js';
import { createCoordinatorState, type CoordinatorState, type CoordinatorStateMachine } from '../records/coordinator.replay.js';
import { decideTimer, decideTopicDeleted, planAfterLoad } from './shard-commands.js';
import { PARKED, type CoordinatorView, type Decision, type TimerCommand } from './decision.js';
import { createParkedResponses, type ParkedResponses } from './parked-responses.js';
import { coordinatorError } from './shard-errors.js';
import { createShardLoader, type ShardLoader } from './shard-loader.js';
import { createShardTimers, type ShardTimers } from './shard-timers.js';
import { appendRecords } from './shard-writer.js';
import { isLegalPhase, type ShardPhase } from './shard.states.js';

export type Decide<R> = (view: CoordinatorView, requestId: number) => Decision<R>;

export interface ShardDeps {
  env: Env;
  config: GroupCoordinatorConfig;
  partition: LeaderPartition;
  groupsOnBroker: () => number;
  metadataBytesLeft: () => number;
  offsetBytesLeft: () => number;
  /** Topics when the partition was elected; null: unknown. */
  topics: { has(name: string): boolean } | null;
}

export interface Shard {
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly phase: ShardPhase;
  readonly groupCount: number;
  /** What its groups' members tell of themselves. */
  readonly metadataBytes: number;
  /** What the log says and what is known beyond it; tests compare them with a second instance. */
  readonly state: CoordinatorState;
  readonly groups: ReadonlyMap<string, ClassicGroup>;
  /** `failed` makes the answer of a code; the promise never rejects. */
  execute<R>(decide: Decide<R>, failed: (errorCode: ErrorCode) => R): Promise<R>;
  topicDeleted(topic: string): void;
  close(errorCode: ErrorCode): void;
}

interface ShardState {
  readonly deps: ShardDeps;
  readonly machine: CoordinatorStateMachine;
  readonly groups: Map<string, ClassicGroup>;
  /** Bytes by group, of those that have any; counted anew when a group changes. */
  readonly metadataBytesOf: Map<string, number>;
  metadataBytes: number;
  readonly deletedWhileLoading: Set<string>;
  /** Deleted topics whose offsets' tombstones the partition refused: nobody may see or add an offset before these are written. */
  readonly owed: Set<string>;
  readonly parked: ParkedResponses;
  readonly timers: ShardTimers;
  phase: ShardPhase;
  lastRequestId: number;
  /** Everything that an answer may have seen lies below. */
  seenOffset: number;
}

function enter(shard: ShardState, next: ShardPhase): void {
  invariant(isLegalPhase(shard.phase, next), `coordinator shard: ${shard.phase} to ${next}`);
  shard.phase = next;
}

function viewOf({ deps: { env, config, groupsOnBroker, metadataBytesLeft, offsetBytesLeft }, machine, groups }: ShardState): CoordinatorView {
  return {
    config, nowMs: env.clock.now(), random: env.random, state: machine.state, groupsOnBroker, metadataBytesLeft, offsetBytesLeft,
    group: (groupId) => groups.get(groupId) ?? null,
    groupIds: () => groups.keys(),
  };
}

function put(shard: ShardState, groupId: string, group: ClassicGroup | null): void {
  const bytes = group === null ? 0 : groupMetadataBytes(group);
  shard.metadataBytes += bytes - (shard.metadataBytesOf.get(groupId) ?? 0);
  if (bytes > 0) shard.metadataBytesOf.set(groupId, bytes);
  else shard.metadataBytesOf.delete(groupId);
  if (group === null) shard.groups.delete(groupId);
  else shard.groups.set(groupId, group);
}

function apply<R>(shard: ShardState, { plan }: Decision<R>): void {
  const { deps: { env, partition }, machine } = shard;
  if (plan.records.length > 0) shard.seenOffset = appendRecords(env, partition, plan.records, plan.atomic, (record) => machine.replay(record));
  for (const [groupId, group] of plan.groups) put(shard, groupId, group);
  shard.timers.apply(plan.timers);
}

function stop(shard: ShardState, next: 'failed' | 'closed', errorCode: ErrorCode): void {
  enter(shard, next);
  shard.timers.cancelAll();
  shard.parked.failAll(errorCode);
}

function fail(shard: ShardState, event: string, error: unknown): void {
  const { env, partition } = shard.deps;
  env.log.write('error', event, { topic: OFFSETS_TOPIC, partition: partition.partition, error: error instanceof Error ? error.message : String(error) });
  stop(shard, 'failed', ErrorCode.NOT_COORDINATOR);
}

/** The decision once it is applied, else why nothing of it was. What isn't the caller's or the partition's doing is a bug, and ends the shard. */
function perform<R>(shard: ShardState, decide: (view: CoordinatorView) => Decision<R>): Decision<R> | ErrorCode {
  const { env, partition } = shard.deps;
  try {
    const decision = decide(viewOf(shard));
    apply(shard, decision);
    return decision;
  } catch (error) {
    if (error instanceof KafkaError) {
      env.log.write('warn', 'coordinator.append-refused', { partition: partition.partition, error: error.codeName, message: error.message });
      return coordinatorError(error.code);
    }
    if (error instanceof ProtocolError) return ErrorCode.INVALID_REQUEST;
    fail(shard, 'coordinator.shard-failed', error);
    return ErrorCode.NOT_COORDINATOR;
  }
}

function release<R>(shard: ShardState, { plan }: Decision<R>): void {
  for (const [requestId, answer] of plan.answers) shard.parked.answer(requestId, answer, shard.seenOffset);
}

/** What no client asked for. Answers whether it was done. */
function performOwn(shard: ShardState, decide: (view: CoordinatorView) => Decision<null>): boolean {
  const decision = perform(shard, decide);
  if (typeof decision === 'number') return false;
  release(shard, decision);
  return true;
}

/** A timer whose records were refused comes again: nobody else would remember. */
function runTimer(shard: ShardState, key: string, command: TimerCommand): void {
  if (performOwn(shard, (view) => decideTimer(view, command)) || shard.phase !== 'active') return;
  shard.timers.apply(new Map([[key, { delayMs: CoordinatorLimits.timerRetryMs, command }]]));
}

/** Writes the tombstones of deleted topics that a full disk refused. Answers whether none is left. */
function payOwed(shard: ShardState): boolean {
  for (const topic of shard.owed) if (performOwn(shard, (view) => decideTopicDeleted(view, topic))) shard.owed.delete(topic);
  return shard.owed.size === 0;
}

function dropOffsets(shard: ShardState, topic: string): void {
  shard.owed.add(topic);
  payOwed(shard);
}

/** Deleted while this shard loaded, or before: a crash may have come between a topic's deletion and the tombstones of its offsets. */
function goneTopics({ deps: { topics }, machine, deletedWhileLoading }: ShardState): Set<string> {
  const gone = new Set(deletedWhileLoading);
  if (topics !== null) for (const kept of machine.state.offsets.values()) for (const topic of kept.keys()) if (!topics.has(topic)) gone.add(topic);
  return gone;
}

function activate(shard: ShardState, loader: ShardLoader): void {
  const { deps: { env, partition }, machine, groups } = shard;
  for (const [groupId, stored] of machine.state.groups) put(shard, groupId, groupFromStored(groupId, stored));
  for (const groupId of machine.state.offsets.keys()) if (!groups.has(groupId)) put(shard, groupId, newGroup(groupId, env.clock.now()));
  shard.seenOffset = loader.endOffset;
  enter(shard, 'active');
  env.log.write('info', 'coordinator.loaded', {
    partition: partition.partition, leaderEpoch: partition.leaderEpoch, records: loader.recordCount, groups: groups.size,
  });
  performOwn(shard, planAfterLoad);
  for (const topic of goneTopics(shard)) dropOffsets(shard, topic);
  shard.deletedWhileLoading.clear();
}

function load(shard: ShardState, loader: ShardLoader): void {
  if (shard.phase !== 'loading') return;
  try {
    if (loader.step()) activate(shard, loader);
    else shard.deps.env.timers.set(0, () => load(shard, loader));
  } catch (error) {
    fail(shard, 'coordinator.load-failed', error);
  }
}

function execute<R>(shard: ShardState, decide: Decide<R>, failed: (errorCode: ErrorCode) => R): Promise<R> {
  if (shard.phase === 'loading') return Promise.resolve(failed(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS));
  if (shard.phase !== 'active' || !payOwed(shard)) return Promise.resolve(failed(ErrorCode.NOT_COORDINATOR));
  const requestId = ++shard.lastRequestId;
  return new Promise<R>((resolve) => {
    shard.parked.park(requestId, (answer) => resolve(answer as R), (errorCode) => resolve(failed(coordinatorError(errorCode))));
    const decision = perform(shard, (view) => decide(view, requestId));
    if (typeof decision === 'number') {
      shard.parked.answer(requestId, failed(decision), 0);
      return;
    }
    if (decision.response !== PARKED) shard.parked.answer(requestId, decision.response, shard.seenOffset);
    release(shard, decision);
  });
}

export function createShard(deps: ShardDeps): Shard {
  const { env, partition } = deps;
  const shard: ShardState = {
    deps, machine: createCoordinatorState(), groups: new Map(), metadataBytesOf: new Map(), metadataBytes: 0, deletedWhileLoading: new Set(), owed: new Set(), phase: 'loading', lastRequestId: 0, seenOffset: 0,
    parked: createParkedResponses({
      isCommitted: (offset) => partition.offsets().highWatermark >= offset,
      whenCommitted: (offset) => partition.whenCommitted(offset),
    }),
    timers: createShardTimers(env.timers, (key, command) => runTimer(shard, key, command)),
  };
  load(shard, createShardLoader(partition.log, shard.machine, env.cpu));
  return {
    partition: partition.partition, leaderEpoch: partition.leaderEpoch, state: shard.machine.state, groups: shard.groups,
    get phase() { return shard.phase; },
    get groupCount() { return shard.groups.size; },
    get metadataBytes() { return shard.metadataBytes; },
    execute: (decide, failed) => execute(shard, decide, failed),
    topicDeleted(topic) {
      if (shard.phase === 'loading') shard.deletedWhileLoading.add(topic);
      else if (shard.phase === 'active') dropOffsets(shard, topic);
    },
    close(errorCode) {
      if (shard.phase !== 'closed') stop(shard, 'closed', errorCode);
    },
  };
}
