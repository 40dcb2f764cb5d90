/**
 * A partition that this broker leads. What is committed (readable, acknowledged to acks=all) is decided by the flush mode: `os` commits
 * what is appended, `ack` what is flushed (group-commit.ts). A disk that fails a write or a flush ends the partition for good: everybody
 * who waits gets KAFKA_STORAGE_ERROR and the broker is told to exit.
 */
import type { Env } from '#libs/kernel';
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import type { LogSlice } from '../log/index.js';
import type { LeaderPartition, ReadOptions } from './api.js';
import type { Committed } from './commit-waiters.js';
import { appendAsLeader } from './partition-append.js';
import { deleteRecordsBefore, dropBelow, dropInOrder, raiseByRetention, retentionInput } from './partition-retention.js';
import { createPartitionState, endPartition, failPartition, guarded, type PartitionOptions, type PartitionState, type PartitionView } from './partition-state.js';
import { replicationLimits } from './replication.limits.js';

export interface OwnedPartition extends LeaderPartition {
  readonly view: PartitionView;
  /** Recovered data becomes visible: in mode `ack` after it was flushed. */
  commitRecovered(): Promise<void>;
  /** Begins this leader's epoch at the log's end. */
  startEpoch(): void;
  /** A new leader epoch, in-sync set or configuration. */
  update(view: PartitionView): void;
  /** See partition-retention.ts. */
  raiseByRetention(): number | null;
  dropBelow(offset: number): void;
  dropInOrder(offset: number): Promise<boolean>;
  /** Ends leadership: those who wait get this error; calls from now on are refused with it. */
  end(errorCode: ErrorCode): void;
}

function onCommitted(state: PartitionState, offset: number, done: Committed): void {
  const { highWatermark } = state;
  if (state.endedWith !== ErrorCode.NONE) done(new KafkaError(state.endedWith));
  else if (highWatermark.value >= offset) done(null);
  else if (highWatermark.waiters.size < replicationLimits.commitWaitersMax) highWatermark.waiters.wait(offset, done);
  else done(new KafkaError(ErrorCode.REQUEST_TIMED_OUT, `${replicationLimits.commitWaitersMax} producers wait for ${state.name}`));
}

function whenCommitted(state: PartitionState, offset: number): Promise<void> {
  return new Promise((resolve, reject) => {
    onCommitted(state, offset, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

function read(state: PartitionState, offset: number, how: ReadOptions): LogSlice | null {
  const { log } = state;
  if (offset < log.logStartOffset || offset > log.logEndOffset) {
    throw new KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE, `offset ${offset} of ${state.name} is outside [${log.logStartOffset}, ${log.logEndOffset}]`);
  }
  const offsets = state.highWatermark.offsets();
  const upperOffset = how.readCommitted ? offsets.lastStableOffset : offsets.highWatermark;
  if (offset >= upperOffset || (how.maxBytes <= 0 && !how.minOneBatch)) return null;
  const slice = log.read(offset, { maxBytes: Math.max(0, how.maxBytes), minOneBatch: how.minOneBatch, upperOffset, lent: how.lent === true });
  if (slice !== null) {
    state.traffic.bytesOut += slice.bytes.length;
    state.traffic.recordsOut += slice.nextOffset - offset;
  }
  return slice;
}

/** What stands there and was not flushed counts for flush.ms from now on, unless it does already. */
function flushByTime({ options, log, byTime }: PartitionState): void {
  if (options.flushMode === 'os' && log.recoveryPoint < log.logEndOffset) options.flushes?.dirty(byTime);
}

async function commitRecovered(state: PartitionState): Promise<void> {
  const { log, highWatermark } = state;
  try {
    if (state.options.flushMode === 'ack' && log.recoveryPoint < log.logEndOffset) await log.flush();
    highWatermark.advance({ offset: log.logEndOffset, bytes: 0 });
    flushByTime(state);
  } catch (error) {
    failPartition(state, error);
  }
}

function startEpoch(state: PartitionState, leaderEpoch: number): void {
  try {
    state.log.assignEpochStart(leaderEpoch);
  } catch (error) {
    failPartition(state, error);
  }
}

function update(state: PartitionState, next: PartitionView): void {
  try {
    if (next.leaderEpoch > state.view.leaderEpoch) state.log.assignEpochStart(next.leaderEpoch);
    if (next.settings !== state.view.settings) state.log.updateConfig(next.settings.log);
    state.view = next;
    flushByTime(state);
  } catch (error) {
    failPartition(state, error);
  }
}

export function createLeaderPartition(env: Env, options: PartitionOptions): OwnedPartition {
  const state = createPartitionState(env, options);
  const { log, highWatermark } = state;
  return {
    topic: options.topic, topicId: options.topicId, partition: options.partition, log,
    get leaderEpoch() { return state.view.leaderEpoch; },
    get view() { return state.view; },
    get endedWith() { return state.endedWith; },
    get committedBytes() { return highWatermark.committedBytes; },
    traffic: state.traffic,
    get logConfig() { return state.view.settings.log; },
    offsets: () => highWatermark.offsets(),
    appendAsLeader: (records, how) => appendAsLeader(state, records, how),
    onCommitted: (offset, done) => onCommitted(state, offset, done),
    whenCommitted: (offset) => whenCommitted(state, offset),
    read: (offset, how) => guarded(state, () => read(state, offset, how)),
    offsetForTimestamp: (timestampMs) => guarded(state, () => log.offsetForTimestamp(timestampMs, highWatermark.value)),
    offsetOfMaxTimestamp: () => guarded(state, () => log.offsetOfMaxTimestamp(highWatermark.value)),
    deleteRecordsBefore: (offset) => deleteRecordsBefore(state, offset),
    retentionInput: () => retentionInput(state),
    raiseByRetention: () => raiseByRetention(state),
    dropBelow: (offset) => { dropBelow(state, offset); },
    dropInOrder: (offset) => dropInOrder(state, offset),
    onAdvance: (listener) => highWatermark.onAdvance(listener),
    startEpoch: () => { startEpoch(state, state.view.leaderEpoch); },
    commitRecovered: () => commitRecovered(state),
    update: (view) => { if (state.endedWith === ErrorCode.NONE) update(state, view); },
    end: (errorCode) => { endPartition(state, errorCode); },
  };
}
