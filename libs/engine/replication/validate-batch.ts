/**
 * Kafka's checks of what a producer sent for one partition: exactly one whole magic-2 batch, signed, within limits. Pure: no state of the
 * partition is looked at (idempotence stands in producer-check.ts). Records are walked only where a rule needs them: compacted topics
 * (keys), re-encoding, and timestamp limits that the header can't decide. What is accepted passes by reference, and is the batch as it came
 * unless the topic stores another codec.
 */
import type { Cpu } from '#libs/kernel';
import {
  Attribute, BATCH_OVERHEAD, ErrorCode, NO_PRODUCER_ID, NO_TIMESTAMP, ProtocolError, batchSizeAt, compressionOf, crcMatches, isControlBatch, isTransactional,
  magicAt, plainSection, readBatchHeader, readSection, type BatchHeader, type KafkaRecord,
} from '#libs/kafka/protocol';
import type { TopicSettings } from './effective-topic-config.js';
import { reencode, withoutAppendTime } from './reencode-batch.js';
import { replicationLimits } from './replication.limits.js';

export interface RecordError { batchIndex: number; message: string }

export interface AcceptedBatch { ok: true; batch: Buffer; header: BatchHeader }
/** `early`: Kafka refuses it before it looks at the log, and so names no log start offset. */
export interface RefusedBatch { ok: false; errorCode: ErrorCode; message: string; recordErrors: readonly RecordError[]; early?: true }
export type BatchVerdict = AcceptedBatch | RefusedBatch;

export interface ValidationContext {
  settings: TopicSettings;
  apiVersion: number;
  nowMs: number;
  cpu: Cpu;
  topicPartition: string;
}

const FIRST_VERSION_WITH_ZSTD = 7;
const ZSTD = 4;
/** Length, attributes, deltas of timestamp and offset, lengths of key and value, number of headers: a byte each. */
const RECORD_BYTES_MIN = 7;

function refused(errorCode: ErrorCode, message: string, recordErrors: readonly RecordError[] = []): RefusedBatch {
  return { ok: false, errorCode, message, recordErrors };
}

/** One whole magic-2 batch and nothing else; no number in it is believed yet. */
function checkShape(records: Buffer, context: ValidationContext): RefusedBatch | null {
  const version = `Produce request of version ${context.apiVersion}`;
  if (records.length === 0) return refused(ErrorCode.INVALID_RECORD, `a ${version} must have a record batch for every partition`);
  if (records.length < BATCH_OVERHEAD) return refused(ErrorCode.INVALID_RECORD, `a record batch of ${records.length} bytes is shorter than its header`);
  if (magicAt(records, 0) > 2) return refused(ErrorCode.CORRUPT_MESSAGE, `Invalid magic found in record: ${magicAt(records, 0)}`);
  if (magicAt(records, 0) !== 2) return refused(ErrorCode.INVALID_RECORD, `a ${version} may only contain record batches of magic 2, not ${magicAt(records, 0)}`);
  const sizeBytes = batchSizeAt(records, 0);
  if (sizeBytes < BATCH_OVERHEAD) return refused(ErrorCode.CORRUPT_MESSAGE, `a record batch says ${sizeBytes} bytes, less than its header`);
  if (sizeBytes > records.length) return refused(ErrorCode.INVALID_RECORD, `a record batch says ${sizeBytes} bytes, ${records.length} came`);
  if (sizeBytes < records.length) return refused(ErrorCode.INVALID_RECORD, `a ${version} must have exactly one record batch for each partition`);
  return null;
}

function checkHeader(header: BatchHeader): RefusedBatch | null {
  if (header.baseOffset !== 0) return refused(ErrorCode.INVALID_RECORD, `the base offset of a produced batch must be 0, not ${header.baseOffset}`);
  if (header.lastOffsetDelta < 0) return refused(ErrorCode.INVALID_RECORD, `last offset delta ${header.lastOffsetDelta} is negative`);
  if (header.count <= 0 || header.count !== header.lastOffsetDelta + 1) {
    return refused(ErrorCode.INVALID_RECORD, `a batch of ${header.count} records with last offset delta ${header.lastOffsetDelta}`);
  }
  if (header.producerId > NO_PRODUCER_ID && header.baseSequence < 0) {
    return refused(ErrorCode.INVALID_RECORD, `producer ${header.producerId} sent the invalid sequence ${header.baseSequence}`);
  }
  if (header.producerId > NO_PRODUCER_ID && header.producerEpoch < 0) {
    return refused(ErrorCode.INVALID_RECORD, `producer ${header.producerId} sent the invalid epoch ${header.producerEpoch}`);
  }
  if (isControlBatch(header)) return refused(ErrorCode.INVALID_RECORD, 'clients may not write control records');
  if ((header.attributes & Attribute.deleteHorizon) !== 0) return refused(ErrorCode.INVALID_RECORD, 'clients may not set a delete horizon');
  if (isTransactional(header)) return refused(ErrorCode.INVALID_TXN_STATE, 'transactions are not served by this cluster');
  return null;
}

function checkCodec(header: BatchHeader, context: ValidationContext): RefusedBatch | null {
  const codec = header.attributes & Attribute.codecMask;
  if (codec > ZSTD) return refused(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, `unknown compression codec ${codec}`);
  if (codec === ZSTD && context.apiVersion < FIRST_VERSION_WITH_ZSTD) {
    return refused(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, `Produce requests below version ${FIRST_VERSION_WITH_ZSTD} may not use zstd`);
  }
  return null;
}

function decompressedBytesMax({ maxMessageBytes }: TopicSettings): number {
  const { decompressedBytesFree, decompressedRatioMax, decompressedBatchBytesMax } = replicationLimits;
  // Whatever a topic lets batches be: one that the cleaner can't decompress would leave a compacted log uncleaned for good.
  return Math.min(decompressedBatchBytesMax, Math.max(decompressedBytesFree, maxMessageBytes * decompressedRatioMax));
}

/** More records than there can be would move the log's end by as many offsets: cheap to claim where nothing looks into them. */
function checkCount(header: BatchHeader, sizeBytes: number): RefusedBatch | null {
  const isPlain = (header.attributes & Attribute.codecMask) === 0;
  const recordsMax = (isPlain ? sizeBytes - BATCH_OVERHEAD : replicationLimits.decompressedBatchBytesMax) / RECORD_BYTES_MIN;
  return header.count <= recordsMax ? null : refused(ErrorCode.INVALID_RECORD, `${header.count} records can't be in a batch of ${sizeBytes} bytes`);
}

/** Bounds of a record's create time; LogAppendTime overwrites it, so it may be anything there. */
interface TimestampRange { from: number; to: number }
function timestampRange(settings: TopicSettings, nowMs: number): TimestampRange | null {
  if (settings.timestampType === 'LogAppendTime') return null;
  return { from: nowMs - settings.timestampBeforeMaxMs, to: nowMs + settings.timestampAfterMaxMs };
}

function needsWalk(header: BatchHeader, settings: TopicSettings, range: TimestampRange | null): boolean {
  if (settings.log.compacted) return true;
  if (range === null) return false;
  return header.maxTimestamp > range.to || settings.timestampBeforeMaxMs < Number.MAX_SAFE_INTEGER;
}

function recordError(record: KafkaRecord, index: number, context: ValidationContext, range: TimestampRange | null): { error: RecordError; badTime: boolean } | null {
  if (context.settings.log.compacted && record.key === null) {
    return { badTime: false, error: { batchIndex: index, message: `Compacted topic cannot accept message without key in topic partition ${context.topicPartition}` } };
  }
  if (range !== null && record.timestamp !== NO_TIMESTAMP && (record.timestamp < range.from || record.timestamp > range.to)) {
    const message = `Timestamp ${record.timestamp} of message with offset ${index} is out of range. The timestamp should be within [${range.from}, ${range.to}]`;
    return { badTime: true, error: { batchIndex: index, message } };
  }
  return null;
}

function walkRecords(plain: Buffer, header: BatchHeader, context: ValidationContext, range: TimestampRange | null): RefusedBatch | null {
  const errors: RecordError[] = [];
  let badTimes = 0;
  let index = 0;
  for (const record of readSection(plain, header)) {
    if (record.offset !== index) return refused(ErrorCode.INVALID_RECORD, `record ${index} of the batch has offset delta ${record.offset}`);
    const found = errors.length < replicationLimits.recordErrorsMax ? recordError(record, index, context, range) : null;
    if (found !== null) {
      errors.push(found.error);
      if (found.badTime) badTimes += 1;
    }
    index += 1;
  }
  if (errors.length === 0) return null;
  if (badTimes > 0) return refused(ErrorCode.INVALID_TIMESTAMP, 'One or more records have been rejected due to invalid timestamp', errors);
  return refused(ErrorCode.INVALID_RECORD, `One or more records have been rejected due to ${errors.length} record errors in total, and only showing the first three errors at most: [${errors.slice(0, 3).map(({ batchIndex, message }) => `RecordError(batchIndex=${batchIndex}, message='${message}')`).join(', ')}]`, errors);
}

/** What a thrown error of the codec or of a decompressor means to the producer. */
function refusedContent(error: unknown, settings: TopicSettings): RefusedBatch {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'TOO_LARGE') return refused(ErrorCode.MESSAGE_TOO_LARGE, `the batch decompresses to more than ${decompressedBytesMax(settings)} bytes`);
  if (code === 'CORRUPT') return refused(ErrorCode.INVALID_RECORD, 'the batch cannot be decompressed');
  if (error instanceof ProtocolError) return refused(ErrorCode.INVALID_RECORD, `the batch cannot be read: ${error.message}`);
  throw error;
}

function tooLarge(sizeBytes: number, settings: TopicSettings): RefusedBatch | null {
  if (sizeBytes <= settings.maxMessageBytes) return null;
  return refused(ErrorCode.MESSAGE_TOO_LARGE, `the batch is ${sizeBytes} bytes, larger than max.message.bytes ${settings.maxMessageBytes}`);
}

/** Checks that need the records, and the batch in the form that the topic stores. */
function checkContent(batch: Buffer, header: BatchHeader, context: ValidationContext): BatchVerdict {
  const { settings, cpu } = context;
  const range = timestampRange(settings, context.nowMs);
  const codec = compressionOf(header.attributes);
  const target = settings.compression === 'producer' ? codec : settings.compression;
  const walk = needsWalk(header, settings, range);
  if (!walk && target === codec) return { ok: true, batch, header };
  const plain = plainSection(batch, header, cpu, decompressedBytesMax(settings));
  const bad = walkRecords(plain, header, context, range);
  if (bad !== null) return bad;
  if (target === codec) return { ok: true, batch, header };
  const stored = reencode(header, plain, target, cpu, settings.compressionLevel);
  return tooLarge(stored.length, settings) ?? { ok: true, batch: stored, header: readBatchHeader(stored) };
}

export function validateBatch(records: Buffer | null, context: ValidationContext): BatchVerdict {
  const batch = records ?? Buffer.alloc(0);
  const badShape = checkShape(batch, context);
  if (badShape !== null) return { ...badShape, early: true };
  const large = tooLarge(batch.length, context.settings);
  if (large !== null) return { ...large, early: true };
  try {
    const header = readBatchHeader(batch);
    if (!crcMatches(batch, header, context.cpu)) return { ...refused(ErrorCode.CORRUPT_MESSAGE, 'the CRC of the record batch does not match'), early: true };
    const bad = checkHeader(header);
    if (bad !== null) return bad;
    const badCodec = checkCodec(header, context);
    if (badCodec !== null) return { ...badCodec, early: true };
    const crowded = checkCount(header, batch.length);
    if (crowded !== null) return crowded;
    const mislabelled = (header.attributes & Attribute.logAppendTime) !== 0 && context.settings.timestampType === 'CreateTime';
    return checkContent(batch, mislabelled ? withoutAppendTime(batch, header, context.cpu) : header, context);
  } catch (error) {
    return refusedContent(error, context.settings);
  }
}
