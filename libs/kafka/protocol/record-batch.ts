/**
 * Record batch, magic 2 (KIP-98): 61 bytes of header, then records. The first twelve bytes (base offset, length) and the leader epoch lie
 * before the CRC, so that a broker assigns offsets in place without touching what the producer signed.
 */
import { ProtocolError } from './wire.js';

export const BATCH_OVERHEAD = 61;
/** baseOffset and batchLength: what must be there to know a batch's size. */
export const LOG_OVERHEAD = 12;

const BASE_OFFSET = 0;
const LENGTH = 8;
const PARTITION_LEADER_EPOCH = 12;
const MAGIC = 16;
const CRC = 17;
export const CRC_START = 21;
const ATTRIBUTES = 21;
const LAST_OFFSET_DELTA = 23;
const BASE_TIMESTAMP = 27;
const MAX_TIMESTAMP = 35;
const PRODUCER_ID = 43;
const PRODUCER_EPOCH = 51;
const BASE_SEQUENCE = 53;
const COUNT = 57;

export const Attribute = { codecMask: 0x07, logAppendTime: 0x08, transactional: 0x10, control: 0x20, deleteHorizon: 0x40 } as const;
export const NO_PRODUCER_ID = -1;
export const NO_SEQUENCE = -1;
export const NO_TIMESTAMP = -1;

export interface BatchHeader {
  baseOffset: number;
  /** Whole batch on disk or wire, in bytes. */
  sizeBytes: number;
  partitionLeaderEpoch: number;
  magic: number;
  crc: number;
  attributes: number;
  lastOffsetDelta: number;
  baseTimestamp: number;
  maxTimestamp: number;
  producerId: number;
  producerEpoch: number;
  baseSequence: number;
  count: number;
}

function int64At(buffer: Buffer, at: number): number {
  const value = buffer.readInt32BE(at) * 0x1_0000_0000 + buffer.readUInt32BE(at + 4);
  if (!Number.isSafeInteger(value)) throw new ProtocolError('int64 beyond 2^53 in a batch header');
  return value;
}

/** Size in bytes of the batch that begins here; needs LOG_OVERHEAD bytes. */
export function batchSizeAt(buffer: Buffer, at: number): number {
  return LOG_OVERHEAD + buffer.readInt32BE(at + LENGTH);
}
export function baseOffsetAt(buffer: Buffer, at: number): number { return int64At(buffer, at + BASE_OFFSET); }
export function lastOffsetAt(buffer: Buffer, at: number): number { return baseOffsetAt(buffer, at) + buffer.readInt32BE(at + LAST_OFFSET_DELTA); }
export function magicAt(buffer: Buffer, at: number): number { return buffer.readInt8(at + MAGIC); }

/** Reads the header; needs BATCH_OVERHEAD bytes from `at`. Checks nothing but that numbers are safe. */
export function readBatchHeader(buffer: Buffer, at = 0): BatchHeader {
  if (buffer.length - at < BATCH_OVERHEAD) throw new ProtocolError(`batch header of ${buffer.length - at} bytes`);
  return {
    baseOffset: int64At(buffer, at + BASE_OFFSET), sizeBytes: batchSizeAt(buffer, at), partitionLeaderEpoch: buffer.readInt32BE(at + PARTITION_LEADER_EPOCH),
    magic: buffer.readInt8(at + MAGIC), crc: buffer.readUInt32BE(at + CRC), attributes: buffer.readInt16BE(at + ATTRIBUTES),
    lastOffsetDelta: buffer.readInt32BE(at + LAST_OFFSET_DELTA), baseTimestamp: int64At(buffer, at + BASE_TIMESTAMP), maxTimestamp: int64At(buffer, at + MAX_TIMESTAMP),
    producerId: int64At(buffer, at + PRODUCER_ID), producerEpoch: buffer.readInt16BE(at + PRODUCER_EPOCH), baseSequence: buffer.readInt32BE(at + BASE_SEQUENCE),
    count: buffer.readInt32BE(at + COUNT),
  };
}

function putInt64(buffer: Buffer, at: number, value: number): void {
  buffer.writeInt32BE(Math.floor(value / 0x1_0000_0000), at);
  buffer.writeUInt32BE(value >>> 0, at + 4);
}

/** What a leader may change in place without a new CRC. */
export function stampOffsets(buffer: Buffer, at: number, baseOffset: number, partitionLeaderEpoch: number): void {
  putInt64(buffer, at + BASE_OFFSET, baseOffset);
  buffer.writeInt32BE(partitionLeaderEpoch, at + PARTITION_LEADER_EPOCH);
}

/** LogAppendTime: sets the bit and the max timestamp, then signs again. `crc32c` covers CRC_START to the end of the batch. */
export function stampLogAppendTime(batch: Buffer, timestampMs: number, crc32c: (bytes: Buffer) => number): void {
  batch.writeInt16BE(batch.readInt16BE(ATTRIBUTES) | Attribute.logAppendTime, ATTRIBUTES);
  putInt64(batch, MAX_TIMESTAMP, timestampMs);
  batch.writeUInt32BE(crc32c(batch.subarray(CRC_START)), CRC);
}

/** Writes a header over the first BATCH_OVERHEAD bytes of a whole batch and signs it. */
export function sealBatch(batch: Buffer, header: Omit<BatchHeader, 'sizeBytes' | 'magic' | 'crc'>, crc32c: (bytes: Buffer) => number): void {
  putInt64(batch, BASE_OFFSET, header.baseOffset);
  batch.writeInt32BE(batch.length - LOG_OVERHEAD, LENGTH);
  batch.writeInt32BE(header.partitionLeaderEpoch, PARTITION_LEADER_EPOCH);
  batch.writeInt8(2, MAGIC);
  batch.writeInt16BE(header.attributes, ATTRIBUTES);
  batch.writeInt32BE(header.lastOffsetDelta, LAST_OFFSET_DELTA);
  putInt64(batch, BASE_TIMESTAMP, header.baseTimestamp);
  putInt64(batch, MAX_TIMESTAMP, header.maxTimestamp);
  putInt64(batch, PRODUCER_ID, header.producerId);
  batch.writeInt16BE(header.producerEpoch, PRODUCER_EPOCH);
  batch.writeInt32BE(header.baseSequence, BASE_SEQUENCE);
  batch.writeInt32BE(header.count, COUNT);
  batch.writeUInt32BE(crc32c(batch.subarray(CRC_START)), CRC);
}

export const isControlBatch = (header: BatchHeader): boolean => (header.attributes & Attribute.control) !== 0;
export const isTransactional = (header: BatchHeader): boolean => (header.attributes & Attribute.transactional) !== 0;
export const lastOffset = (header: BatchHeader): number => header.baseOffset + header.lastOffsetDelta;
/** Last sequence number of the batch; sequence numbers wrap from 2^31 − 1 to 0. */
export function lastSequence(header: BatchHeader): number {
  if (header.baseSequence === NO_SEQUENCE) return NO_SEQUENCE;
  return addSequence(header.baseSequence, header.lastOffsetDelta);
}
export function addSequence(sequence: number, increment: number): number {
  const sum = sequence + increment;
  return sum > 0x7fff_ffff ? sum - 0x8000_0000 : sum;
}
