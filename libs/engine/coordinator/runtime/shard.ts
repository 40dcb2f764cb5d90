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
import { createCoordinatorState, type CoordinatorState } from '../records/coordinator.replay.js';
import { decideTimer, decideTopicDeleted, planAfterLoad } from './shard-commands.js';
import { PARKED, type CoordinatorView, type Decision, type TimerCommand } from './decision.js';
import { createParkedResponses } from './parked-responses.js';
import { coordinatorError } from './shard-errors.js';
import { createShardLoader, type ShardLoader } from './shard-loader.js';
import { createShardTimers } from './shard-timers.js';
import { appendRecords } from './shard-writer.js';
import { isLegalPhase, type ShardPhase } from './shard.states.js';

export type Decide<R> = (view: CoordinatorView, requestId: number) => Decision<R>;

export interface ShardDeps {
  env: Env;
  config: GroupCoordinatorConfig;
  partition: LeaderPartition;
  groupsOnBroker: () => number;
}

export interface Shard {
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly phase: ShardPhase;
  readonly groupCount: number;
  /** What the log says and what is known beyond it; tests compare them with a second instance. */
  readonly state: CoordinatorState;
  readonly groups: ReadonlyMap<string, ClassicGroup>;
  /** `failed` makes the answer of a code; the promise never rejects. */
  execute<R>(decide: Decide<R>, failed: (errorCode: ErrorCode) => R): Promise<R>;
  topicDeleted(topic: string): void;
  close(errorCode: ErrorCode): void;
}

export function createShard({ env, config, partition, groupsOnBroker }: ShardDeps): Shard {
  const machine = createCoordinatorState();
  const groups = new Map<string, ClassicGroup>();
  const deletedWhileLoading = new Set<string>();
  const parked = createParkedResponses({
    isCommitted: (offset) => partition.offsets().highWatermark >= offset,
    whenCommitted: (offset) => partition.whenCommitted(offset),
  });
  const timers = createShardTimers(env.timers, runTimer);
  let phase: ShardPhase = 'loading';
  let lastRequestId = 0;
  /** Everything that an answer may have seen lies below. */
  let seenOffset = 0;

  function enter(next: ShardPhase): void {
    invariant(isLegalPhase(phase, next), `coordinator shard: ${phase} to ${next}`);
    phase = next;
  }

  const view = (): CoordinatorView => ({
    config, nowMs: env.clock.now(), random: env.random, state: machine.state, groupsOnBroker,
    group: (groupId) => groups.get(groupId) ?? null,
    groupIds: () => groups.keys(),
  });

  function apply<R>({ plan }: Decision<R>): void {
    if (plan.records.length > 0) seenOffset = appendRecords(env, partition, plan.records, plan.atomic, (record) => machine.replay(record));
    for (const [groupId, group] of plan.groups) {
      if (group === null) groups.delete(groupId);
      else groups.set(groupId, group);
    }
    timers.apply(plan.timers);
  }

  function stop(next: 'failed' | 'closed', errorCode: ErrorCode): void {
    enter(next);
    timers.cancelAll();
    parked.failAll(errorCode);
  }

  function fail(event: string, error: unknown): void {
    env.log.write('error', event, { topic: OFFSETS_TOPIC, partition: partition.partition, error: error instanceof Error ? error.message : String(error) });
    stop('failed', ErrorCode.NOT_COORDINATOR);
  }

  /** Null when it was done, else why nothing was. What isn't the caller's or the partition's doing is a bug, and ends the shard. */
  function perform<R>(decide: () => Decision<R>, done: (decision: Decision<R>) => void): ErrorCode | null {
    try {
      const decision = decide();
      apply(decision);
      done(decision);
      return null;
    } catch (error) {
      if (error instanceof KafkaError) {
        env.log.write('warn', 'coordinator.append-refused', { partition: partition.partition, error: error.codeName, message: error.message });
        return coordinatorError(error.code);
      }
      if (error instanceof ProtocolError) return ErrorCode.INVALID_REQUEST;
      fail('coordinator.shard-failed', error);
      return ErrorCode.NOT_COORDINATOR;
    }
  }

  function release<R>(decision: Decision<R>): void {
    for (const [requestId, answer] of decision.plan.answers) parked.answer(requestId, answer, seenOffset);
  }

  function runTimer(key: string, command: TimerCommand): void {
    const refused = perform(() => decideTimer(view(), command), release);
    if (refused === null || phase !== 'active') return;
    timers.apply(new Map([[key, { delayMs: CoordinatorLimits.timerRetryMs, command }]]));
  }

  function activate(loader: ShardLoader): void {
    for (const [groupId, stored] of machine.state.groups) groups.set(groupId, groupFromStored(groupId, stored));
    for (const groupId of machine.state.offsets.keys()) if (!groups.has(groupId)) groups.set(groupId, newGroup(groupId, env.clock.now()));
    seenOffset = loader.endOffset;
    enter('active');
    env.log.write('info', 'coordinator.loaded', {
      partition: partition.partition, leaderEpoch: partition.leaderEpoch, records: loader.recordCount, groups: groups.size,
    });
    perform(() => planAfterLoad(view()), release);
    for (const topic of deletedWhileLoading) perform(() => decideTopicDeleted(view(), topic), release);
    deletedWhileLoading.clear();
  }

  function load(loader: ShardLoader): void {
    if (phase !== 'loading') return;
    try {
      if (loader.step()) activate(loader);
      else env.timers.set(0, () => load(loader));
    } catch (error) {
      fail('coordinator.load-failed', error);
    }
  }

  load(createShardLoader(partition.log, machine, env.cpu));
  return {
    partition: partition.partition, leaderEpoch: partition.leaderEpoch, state: machine.state, groups,
    get phase() { return phase; },
    get groupCount() { return groups.size; },
    execute<R>(decide: Decide<R>, failed: (errorCode: ErrorCode) => R): Promise<R> {
      if (phase === 'loading') return Promise.resolve(failed(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS));
      if (phase !== 'active') return Promise.resolve(failed(ErrorCode.NOT_COORDINATOR));
      const requestId = ++lastRequestId;
      return new Promise<R>((resolve) => {
        parked.park(requestId, (answer) => resolve(answer as R), (errorCode) => resolve(failed(coordinatorError(errorCode))));
        const refused = perform(() => decide(view(), requestId), (decision) => {
          if (decision.response !== PARKED) parked.answer(requestId, decision.response, seenOffset);
          release(decision);
        });
        if (refused !== null) parked.answer(requestId, failed(refused), 0);
      });
    },
    topicDeleted(topic) {
      if (phase === 'loading') deletedWhileLoading.add(topic);
      else if (phase === 'active') perform(() => decideTopicDeleted(view(), topic), release);
    },
    close(errorCode) {
      if (phase !== 'closed') stop('closed', errorCode);
    },
  };
}
