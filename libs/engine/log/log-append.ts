/** Appends: a leader's batch is stamped in place, a follower's bytes are checked and taken as they are. */
import { OperationalError } from '#libs/kernel';
import { crcMatches, lastOffset, readBatchHeader, stampLogAppendTime, stampOffsets, type BatchHeader } from '#libs/kafka/protocol';
import type { AppendInfo } from './api.js';
import { plausibleHeader } from './batch-walk.js';
import { corruptBatch } from './log.errors.js';
import { MAX_RELATIVE_OFFSET } from './log.limits.js';
import { activeOf, checkUsable, endOf, fail, makeOnDisk, roll, type Log } from './log-state.js';

function mustRoll(log: Log, header: BatchHeader, pendingBytes: number): boolean {
  const active = activeOf(log);
  const { config } = log.state;
  const last = lastOffset(header);
  if (active.sizeBytes + pendingBytes === 0) return last - active.baseOffset > MAX_RELATIVE_OFFSET;
  if (active.sizeBytes + pendingBytes + header.sizeBytes > config.segmentBytes) return true;
  if (!active.hasRoomFor(pendingBytes + header.sizeBytes, last, config.segmentIndexBytes)) return true;
  const ageMs = active.firstTimestamp === null ? log.env.clock.now() - active.createdMs : header.maxTimestamp - active.firstTimestamp;
  return ageMs > config.segmentMs - log.state.rollJitterMs;
}

/** Whole, valid batches whose headers carry their final offsets, into the active segment. */
function appendRun(log: Log, bytes: Buffer, headers: readonly BatchHeader[]): void {
  const { parts, state } = log;
  try {
    makeOnDisk(log);
    activeOf(log).append(bytes, headers, state.config.indexIntervalBytes);
  } catch (error) {
    if (error instanceof OperationalError && error.code === 'WRITE_REFUSED') throw error;
    throw fail(log, error);
  }
  let at = 0;
  for (const header of headers) {
    parts.epochs.assign(header.partitionLeaderEpoch, header.baseOffset);
    parts.producers.apply(header, bytes.subarray(at, at + header.sizeBytes));
    at += header.sizeBytes;
  }
}

export function append(log: Log, batch: Buffer, leaderEpoch: number, logAppendTimeMs: number | null): AppendInfo {
  checkUsable(log);
  const given = plausibleHeader(batch, 0, batch.length);
  if (given === null || given.sizeBytes !== batch.length) throw corruptBatch(`not one whole batch in ${batch.length} bytes`);
  const firstOffset = endOf(log);
  stampOffsets(batch, 0, firstOffset, leaderEpoch);
  if (logAppendTimeMs !== null) stampLogAppendTime(batch, logAppendTimeMs, (bytes) => log.env.cpu.crc32c(bytes));
  const header = readBatchHeader(batch);
  if (mustRoll(log, header, 0)) roll(log, firstOffset);
  appendRun(log, batch, [header]);
  return { firstOffset, lastOffset: lastOffset(header), logAppendTimeMs: logAppendTimeMs ?? -1, maxTimestamp: header.maxTimestamp };
}

/** Headers of bytes that must be whole batches, in order, beyond the log's end. */
function parseBatches(log: Log, bytes: Buffer): BatchHeader[] {
  const headers: BatchHeader[] = [];
  let expected = endOf(log);
  for (let at = 0; at < bytes.length;) {
    const header = plausibleHeader(bytes, at, bytes.length - at);
    if (header === null) throw corruptBatch(`no whole batch at byte ${at} of ${bytes.length}`);
    if (header.baseOffset < expected) throw corruptBatch(`batch at ${header.baseOffset}, expected ${expected} or later`);
    if (!crcMatches(bytes.subarray(at, at + header.sizeBytes), header, log.env.cpu)) throw corruptBatch(`CRC of the batch at ${header.baseOffset}`);
    headers.push(header);
    expected = lastOffset(header) + 1;
    at += header.sizeBytes;
  }
  if (headers.length === 0) throw corruptBatch('no batch');
  return headers;
}

export function appendAsFollower(log: Log, bytes: Buffer): AppendInfo {
  checkUsable(log);
  const headers = parseBatches(log, bytes);
  let from = 0;
  let to = 0;
  let run: BatchHeader[] = [];
  const write = (): void => {
    if (run.length > 0) appendRun(log, bytes.subarray(from, to), run);
    from = to;
    run = [];
  };
  for (const header of headers) {
    if (mustRoll(log, header, to - from)) {
      write();
      // Without a hole between segments, unless the offsets would not fit.
      roll(log, lastOffset(header) - endOf(log) > MAX_RELATIVE_OFFSET ? header.baseOffset : endOf(log));
    }
    run.push(header);
    to += header.sizeBytes;
  }
  write();
  const maxTimestamp = headers.reduce((largest, header) => Math.max(largest, header.maxTimestamp), -1);
  return { firstOffset: headers[0]!.baseOffset, lastOffset: lastOffset(headers.at(-1)!), logAppendTimeMs: -1, maxTimestamp };
}
