/**
 * Second half of a pass: segments are written anew without what the map has later, small neighbours together. The last batch of what is
 * written stays, empty if need be: a segment then says itself how far it reaches, which recovery goes by.
 */
import { isControlBatch, lastOffset, type BatchHeader } from '#libs/kafka/protocol';
import type { CleaningPace, LogConfig } from './api.js';
import { filterBatch, horizonOf, unreadable, type BatchFate, type KeptBatch } from './clean-batch.js';
import type { OffsetMap } from './clean-offset-map.js';
import type { RecordCursor } from './clean-records.js';
import { openBatchSource } from './clean-source.js';
import { encodeTransactionIndex, type AbortedTransaction, type TransactionTracker } from './clean-transactions.js';
import type { BatchAt } from './batch-walk.js';
import { offsetFile } from './file-names.js';
import { CLEANED_BATCH_BYTES_MAX, CLEAN_WRITE_BYTES, MAX_RELATIVE_OFFSET } from './log.limits.js';
import type { Log } from './log-state.js';
import { OFFSET_ENTRY_BYTES } from './offset-index.js';
import { openSegment, type Segment } from './segment.js';
import { TIME_ENTRY_BYTES } from './time-index.js';

/** Neighbours whose content fits one segment. `endOffset`: where the last of them ends. */
export function groupSegments(segments: readonly Segment[], config: LogConfig, endOffset: number): Segment[][] {
  const groups: Segment[][] = [];
  let sizes = { log: 0, index: 0, timeIndex: 0 };
  for (const [index, segment] of segments.entries()) {
    const own = { log: segment.sizeBytes, index: segment.offsetIndex.count * OFFSET_ENTRY_BYTES, timeIndex: segment.timeIndex.count * TIME_ENTRY_BYTES };
    const sum = { log: sizes.log + own.log, index: sizes.index + own.index, timeIndex: sizes.timeIndex + own.timeIndex };
    const group = groups.at(-1);
    const last = (segments[index + 1]?.baseOffset ?? endOffset) - 1;
    const fits = group !== undefined && sum.log <= config.segmentBytes && sum.index <= config.segmentIndexBytes && sum.timeIndex <= config.segmentIndexBytes
      && (own.log === 0 || last - group[0]!.baseOffset <= MAX_RELATIVE_OFFSET);
    if (fits) group.push(segment);
    else groups.push([segment]);
    sizes = fits ? sum : own;
  }
  return groups;
}

export interface Rewriting {
  log: Log;
  map: OffsetMap;
  transactions: TransactionTracker;
  /** Of the pass: one moment for all its decisions. */
  nowMs: number;
  pace: CleaningPace;
  /** Throws when these segments are no longer the log's. */
  check: () => void;
}

/** Of a producer that is remembered, the batch that its state is from must not go: after a loss of the snapshots nothing else tells its last sequence. */
function isLastOfProducer(log: Log, header: BatchHeader): boolean {
  if (header.producerId < 0) return false;
  const producer = log.parts.producers.get(header.producerId);
  if (producer === null) return false;
  const last = producer.batches.at(-1);
  return last === undefined ? isControlBatch(header) && header.producerEpoch === producer.epoch : last.lastOffset === lastOffset(header);
}

function keepsRecord(rewriting: Rewriting, header: BatchHeader, cursor: RecordCursor): boolean {
  const { map, nowMs } = rewriting;
  const offset = header.baseOffset + cursor.offsetDelta;
  if (offset > map.latestOffset) return true;
  const key = cursor.key();
  if (key === null || offset < map.get(key)) return false;
  const horizonMs = horizonOf(header);
  return cursor.hasValue || horizonMs === null || nowMs < horizonMs;
}

function rewriteBatch(rewriting: Rewriting, { header, bytes }: BatchAt, isLast: boolean): KeptBatch | null {
  const { log, transactions, nowMs } = rewriting;
  const discardable = transactions.discards(header, bytes);
  const isControl = isControlBatch(header);
  const horizonMs = horizonOf(header);
  const discards = discardable && (!isControl || (horizonMs !== null && horizonMs <= nowMs));
  const fate: BatchFate = { keepEmpty: isLast || isLastOfProducer(log, header), expires: discardable && isControl };
  return filterBatch(bytes, header, fate, {
    cpu: log.env.cpu, maxDecompressedBytes: CLEANED_BATCH_BYTES_MAX, horizonMs: nowMs + log.state.config.deleteRetentionMs,
    keep: (cursor) => !discards && (isControl || keepsRecord(rewriting, header, cursor)),
  });
}

interface Output { write(kept: KeptBatch): void; finish(): void }

function createOutput(target: Segment, indexIntervalBytes: number): Output {
  let waiting: KeptBatch[] = [];
  let waitingBytes = 0;
  const finish = (): void => {
    if (waiting.length > 0) target.append(Buffer.concat(waiting.map(({ bytes }) => bytes)), waiting.map(({ header }) => header), indexIntervalBytes);
    waiting = [];
    waitingBytes = 0;
  };
  return {
    write(kept) {
      waiting.push(kept);
      waitingBytes += kept.bytes.length;
      if (waitingBytes >= CLEAN_WRITE_BYTES) finish();
    },
    finish,
  };
}

async function rewriteInto(rewriting: Rewriting, group: readonly Segment[], target: Segment): Promise<AbortedTransaction[]> {
  const { log, pace, check } = rewriting;
  const output = createOutput(target, log.state.config.indexIntervalBytes);
  const lastSource = group.findLast((segment) => segment.sizeBytes > 0);
  for (const segment of group) {
    const source = openBatchSource(log.env.disk, segment, 0);
    try {
      for (let batch = source.next(); batch !== null; batch = source.next()) {
        let kept: KeptBatch | null;
        try {
          kept = rewriteBatch(rewriting, batch, segment === lastSource && batch.position + batch.header.sizeBytes === segment.sizeBytes);
        } catch (error) {
          throw unreadable(segment.path, batch.position, error);
        }
        if (kept !== null) output.write(kept);
        if (!pace.spend(batch.header.sizeBytes + (kept?.bytes.length ?? 0))) continue;
        await pace.rest();
        check();
      }
    } finally {
      source.close();
    }
  }
  output.finish();
  return rewriting.transactions.takeAborted();
}

async function writeTransactionIndex(log: Log, baseOffset: number, aborted: readonly AbortedTransaction[]): Promise<void> {
  if (aborted.length === 0) return;
  const file = log.env.disk.open(`${offsetFile(log.options.directory, baseOffset, '.txnindex')}.cleaned`, 'readwrite');
  try {
    file.truncate(0);
    file.write(0, [encodeTransactionIndex(aborted)]);
    await file.sync();
  } finally {
    file.close();
  }
}

/** Writes what stays of the group to files that end in `.cleaned`, synced. Leaves none behind when it fails. Answers their size. */
export async function rewriteGroup(rewriting: Rewriting, group: readonly Segment[]): Promise<number> {
  const { log, check } = rewriting;
  const target = openSegment(log.env.disk, log.options.directory, { baseOffset: group[0]!.baseOffset, createdMs: group.at(-1)!.createdMs, sealed: false, fresh: true, replacement: '.cleaned' });
  try {
    const aborted = await rewriteInto(rewriting, group, target);
    target.seal();
    await writeTransactionIndex(log, target.baseOffset, aborted);
    await target.sync(true);
    check();
    target.release();
    return target.sizeBytes;
  } catch (error) {
    // The directory of a log that was discarded meanwhile may be another's.
    if (log.state.closed) target.release();
    else target.remove();
    throw error;
  }
}
