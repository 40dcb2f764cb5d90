/**
 * The metadata log of a quorum of one: `__cluster_metadata-0`, which this node leads alone. It reads the newest whole snapshot and the log
 * after it, starts an epoch of its own, and appends each operation as one batch. Nothing counts as committed before `flush` resolved; an
 * append or flush that fails is final for this process (fsyncgate). Offsets are dense; batches are never compressed.
 */
import { join } from 'node:path';
import { invariant, type Env } from '#libs/kernel';
import { buildBatch, readBatchHeader } from '#libs/kafka/protocol';
import { NOTHING_REMOVED, openLog, type PartitionLog } from '../log/index.js';
import { encodeControlRecord, type ControlRecord, type Voter, type VoterEndpoint } from './control-record.js';
import { METADATA_DIRECTORY } from './format-directory.js';
import { visitBatch, type MetadataVisitor } from './metadata-batch.js';
import { encodeMetadataRecord, type MetadataRecord } from './metadata-record.js';
import { quorumErrors } from './quorum.errors.js';
import { quorumLimits } from './quorum.limits.js';
import { readQuorumEpoch, writeQuorumState } from './quorum-state.js';
import { encodeSnapshot, listSnapshots, readSnapshotFile, snapshotName, writeSnapshotFile, type SnapshotId } from './snapshot-file.js';

/** The id that Kafka gave the metadata topic: 15 zero bytes and a 1. */
export const METADATA_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ';
const TOPIC = '__cluster_metadata';
/** Segments of our own; a log that Kafka left is read with the sizes it has. */
const LOG_CONFIG = { ...NOTHING_REMOVED, segmentBytes: 32 * 1_048_576, segmentMs: 7 * 86_400_000, segmentIndexBytes: 10_485_760, indexIntervalBytes: 4096 };

export interface MetadataLogOptions {
  /** The log directory that holds `__cluster_metadata-0`. */
  directory: string;
  nodeId: number;
  directoryId: string;
  endpoint: VoterEndpoint;
}

/** `reset` comes before each attempt to read a snapshot, and once before a log that is read without one. */
export interface MetadataReplay { reset(): void; record(record: MetadataRecord, offset: number, epoch: number): void }

export interface AppendedBatch { baseOffset: number; lastOffset: number; timestampMs: number }

export interface MetadataLog {
  readonly epoch: number;
  /** Offset of the next record. */
  readonly endOffset: number;
  /** Bytes of records since the last snapshot, and when that (or the first of them) was written. */
  readonly sinceSnapshot: { bytes: number; fromMs: number };
  /** Takes the lead: writes the vote, then LeaderChange (and the voters if the log lacks them). Durable with the next flush. */
  lead(): Promise<void>;
  /** One batch at the end of the log; not yet durable. */
  append(records: readonly MetadataRecord[]): AppendedBatch;
  flush(): Promise<void>;
  /** A snapshot of everything appended so far. Older snapshots, and segments below the oldest kept one, are dropped. */
  snapshot(records: Iterable<MetadataRecord>): Promise<void>;
  close(): Promise<void>;
}

interface State {
  epoch: number;
  kraftVersion: number;
  voters: readonly Voter[];
  /** Whether the log itself, above the snapshot, names the voters. */
  votersInLog: boolean;
  lastTimestampMs: number;
  bytes: number;
  fromMs: number;
  leading: boolean;
}

function noteControl(state: State, record: ControlRecord, inLog: boolean): void {
  if (record.type === 'kraftVersion') state.kraftVersion = record.level;
  if (record.type === 'snapshotHeader') state.lastTimestampMs = record.lastContainedLogTimestamp;
  if (record.type !== 'voters') return;
  state.voters = record.voters;
  state.votersInLog = inLog;
}

/** Reads the newest snapshot that is whole; damaged ones are skipped, since an older one with the log says the same. */
function loadSnapshot(env: Env, directory: string, state: State, replay: MetadataReplay): SnapshotId | null {
  for (const id of listSnapshots(env, directory)) {
    replay.reset();
    try {
      readSnapshotFile(env, join(directory, snapshotName(id)), {
        record: (record) => replay.record(record, id.offset - 1, id.epoch),
        control: (record) => noteControl(state, record, false),
      });
      state.epoch = id.epoch;
      return id;
    } catch (error) {
      env.log.write('error', 'quorum.snapshot.unreadable', { snapshot: snapshotName(id), detail: error instanceof Error ? error.message : String(error) });
    }
  }
  replay.reset();
  return null;
}

async function openAt(env: Env, directory: string, snapshot: SnapshotId | null): Promise<PartitionLog> {
  const open = (logStartOffset: number | null): PartitionLog => openLog(env, {
    topicPartition: { topic: TOPIC, partition: 0 }, topicId: METADATA_TOPIC_ID, directory, config: LOG_CONFIG, logStartOffset,
    // The log is flushed before a snapshot of it is written.
    recoveryPoint: snapshot?.offset ?? 0, cleanShutdown: false, maxDecompressedBytes: quorumLimits.readBytesMax * 64,
  });
  const log = open(null);
  if (snapshot === null || log.logEndOffset >= snapshot.offset) return log;
  // As in Kafka, a snapshot past the end of the log replaces the log: everything in the log is in the snapshot.
  env.log.write('warn', 'quorum.log.replaced-by-snapshot', { logEndOffset: log.logEndOffset, snapshotOffset: snapshot.offset });
  await log.close();
  return open(snapshot.offset);
}

function replayLog(env: Env, log: PartitionLog, from: number, state: State, replay: MetadataReplay): void {
  const visitor: MetadataVisitor = {
    record: (record, offset, epoch) => { if (offset >= from) replay.record(record, offset, epoch); },
    control: (record, offset) => { if (offset >= from) noteControl(state, record, true); },
  };
  for (let offset = from; offset < log.logEndOffset;) {
    const slice = log.read(offset, { maxBytes: quorumLimits.readBytesMax, minOneBatch: true, upperOffset: log.logEndOffset });
    invariant(slice !== null && slice.nextOffset > offset, `the metadata log has nothing at ${offset} below its end ${log.logEndOffset}`);
    for (let at = 0; at < slice.bytes.length;) {
      const header = readBatchHeader(slice.bytes, at);
      try {
        visitBatch(slice.bytes.subarray(at, at + header.sizeBytes), header, env, visitor);
      } catch (error) {
        throw quorumErrors.badRecord(header.baseOffset, error instanceof Error ? error.message : String(error), error);
      }
      state.epoch = Math.max(state.epoch, header.partitionLeaderEpoch);
      state.lastTimestampMs = header.maxTimestamp;
      if (state.bytes === 0) state.fromMs = header.maxTimestamp;
      state.bytes += header.sizeBytes;
      at += header.sizeBytes;
    }
    offset = slice.nextOffset;
  }
}

function checkVoters(state: State, options: MetadataLogOptions): void {
  if (state.voters.length === 0) return;
  if (state.voters.length > 1) throw quorumErrors.notTheVoter(`the log names ${state.voters.length} voters (${state.voters.map((voter) => voter.id).join(', ')})`);
  const voter = state.voters[0]!;
  if (voter.id !== options.nodeId) throw quorumErrors.notTheVoter(`the voter is node ${voter.id}, this is node ${options.nodeId}`);
  if (voter.directoryId !== options.directoryId) throw quorumErrors.notTheVoter(`the voter's directory is ${voter.directoryId}, this one is ${options.directoryId}`);
}

/** What a new leader writes first: LeaderChange, with the voters when the log lacks them or this node's endpoint moved. */
function leaderControls(state: State, options: MetadataLogOptions, snapshot: SnapshotId | null): ControlRecord[] {
  const voters: Voter[] = [{ id: options.nodeId, directoryId: options.directoryId, endpoints: [options.endpoint] }];
  const named = state.votersInLog || (snapshot !== null && snapshot.offset > 0 && state.voters.length > 0);
  const known = named && state.kraftVersion >= 1;
  const listed = state.voters[0]?.endpoints.find((endpoint) => endpoint.name === options.endpoint.name);
  const moved = listed === undefined || listed.host !== options.endpoint.host || listed.port !== options.endpoint.port;
  const controls: ControlRecord[] = [{ type: 'leaderChange', leaderId: options.nodeId, voters: [options.nodeId] }];
  if (!known) controls.push({ type: 'kraftVersion', level: 1 });
  if (!known || moved) controls.push({ type: 'voters', voters });
  return controls;
}

/** Opens the log, replays all of it, and cuts a torn tail. Leads only after `lead()`. */
export async function openMetadataLog(env: Env, options: MetadataLogOptions, replay: MetadataReplay): Promise<MetadataLog> {
  const directory = join(options.directory, METADATA_DIRECTORY);
  env.disk.mkdir(directory);
  const state: State = { epoch: 0, kraftVersion: 0, voters: [], votersInLog: false, lastTimestampMs: 0, bytes: 0, fromMs: env.clock.now(), leading: false };
  const loaded = loadSnapshot(env, directory, state, replay);
  const log = await openAt(env, directory, loaded);
  const from = loaded?.offset ?? 0;
  if (log.logStartOffset > from) throw quorumErrors.missingSnapshot(log.logStartOffset);
  replayLog(env, log, from, state, replay);
  checkVoters(state, options);
  return metadataLogOver(env, options, directory, log, state, loaded);
}

function metadataLogOver(env: Env, options: MetadataLogOptions, directory: string, log: PartitionLog, state: State, loaded: SnapshotId | null): MetadataLog {
  const appendBatch = (batch: Buffer, timestampMs: number): AppendedBatch => {
    const info = log.append(batch, { leaderEpoch: state.epoch, logAppendTimeMs: null });
    if (state.bytes === 0) state.fromMs = timestampMs;
    state.bytes += batch.length;
    state.lastTimestampMs = timestampMs;
    return { baseOffset: info.firstOffset, lastOffset: info.lastOffset, timestampMs };
  };
  return {
    get epoch() { return state.epoch; },
    get endOffset() { return log.logEndOffset; },
    get sinceSnapshot() { return { bytes: state.bytes, fromMs: state.fromMs }; },
    async lead() {
      invariant(!state.leading, 'a quorum of one leads once');
      state.leading = true;
      state.epoch = Math.max(state.epoch, log.latestEpoch, readQuorumEpoch(env, directory)) + 1;
      await writeQuorumState(env, directory, { leaderId: options.nodeId, leaderEpoch: state.epoch });
      const timestampMs = env.clock.now();
      const controls = leaderControls(state, options, loaded);
      appendBatch(buildBatch(controls.map(encodeControlRecord), env.cpu, { timestampMs, control: true }), timestampMs);
      for (const control of controls) noteControl(state, control, true);
    },
    append(records) {
      invariant(state.leading, 'only the leader appends');
      invariant(records.length > 0 && records.length <= quorumLimits.recordsPerBatchMax, `a batch of ${records.length} metadata records`);
      const timestampMs = env.clock.now();
      return appendBatch(buildBatch(records.map((record) => ({ key: null, value: encodeMetadataRecord(record) })), env.cpu, { timestampMs }), timestampMs);
    },
    flush: () => log.flush(),
    async snapshot(records) {
      const id: SnapshotId = { offset: log.logEndOffset, epoch: state.epoch };
      await log.flush();
      await writeSnapshotFile(env, directory, snapshotName(id), encodeSnapshot(env, {
        epoch: id.epoch, timestampMs: state.lastTimestampMs, records,
        control: [{ type: 'kraftVersion', level: state.kraftVersion }, { type: 'voters', voters: state.voters }],
      }));
      state.bytes = 0;
      state.fromMs = env.clock.now();
      const snapshots = listSnapshots(env, directory);
      for (const old of snapshots.slice(1 + quorumLimits.olderSnapshotsMax)) env.disk.remove(join(directory, snapshotName(old)));
      const oldestKept = snapshots[Math.min(snapshots.length - 1, quorumLimits.olderSnapshotsMax)]!;
      if (oldestKept.offset <= log.logStartOffset) return;
      log.increaseLogStartOffset(oldestKept.offset);
      log.dropSegmentsBelow(oldestKept.offset);
    },
    close: () => log.close(),
  };
}
