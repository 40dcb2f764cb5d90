/** Records inside a batch: reading them one by one, and building uncompressed or compressed batches of our own. */
import type { CompressionCodec, Cpu } from '#libs/kernel';
import { Attribute, BATCH_OVERHEAD, CRC_START, NO_PRODUCER_ID, NO_SEQUENCE, readBatchHeader, sealBatch, type BatchHeader } from './record-batch.js';
import { ProtocolError, Reader, Writer } from './wire.js';

export interface RecordHeader { key: string; value: Buffer | null }

export interface KafkaRecord {
  offset: number;
  timestamp: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: RecordHeader[];
}

export interface NewRecord {
  key: Buffer | null;
  value: Buffer | null;
  timestamp?: number;
  headers?: readonly RecordHeader[];
}

const CODECS: readonly (CompressionCodec | null)[] = [null, 'gzip', 'snappy', 'lz4', 'zstd'];

/** The codec that the attributes name; throws for an unknown one. */
export function compressionOf(attributes: number): CompressionCodec | null {
  const codec = CODECS[attributes & Attribute.codecMask];
  if (codec === undefined) throw new ProtocolError(`unknown compression codec ${attributes & Attribute.codecMask}`);
  return codec;
}
export function codecId(codec: CompressionCodec | null): number { return CODECS.indexOf(codec); }

function readBytes(reader: Reader): Buffer | null {
  const size = reader.varint();
  if (size < -1) throw new ProtocolError(`negative length ${size} in a record`);
  return size < 0 ? null : reader.raw(size);
}

function readRecord(reader: Reader, header: BatchHeader): KafkaRecord {
  const size = reader.varint();
  if (size < 0 || size > reader.remaining) throw new ProtocolError(`record of ${size} bytes with ${reader.remaining} left`);
  const end = reader.position + size;
  reader.int8();
  const timestampDelta = reader.varlong();
  const offsetDelta = reader.varint();
  const key = readBytes(reader);
  const value = readBytes(reader);
  const headerCount = reader.varint();
  if (headerCount < 0 || headerCount > reader.remaining) throw new ProtocolError(`${headerCount} record headers`);
  const headers: RecordHeader[] = [];
  for (let i = 0; i < headerCount; i++) {
    const name = readBytes(reader);
    if (name === null) throw new ProtocolError('record header without a key');
    headers.push({ key: name.toString('utf8'), value: readBytes(reader) });
  }
  if (reader.position !== end) throw new ProtocolError('record does not fill its length');
  const appendTime = (header.attributes & Attribute.logAppendTime) !== 0;
  return { offset: header.baseOffset + offsetDelta, timestamp: appendTime ? header.maxTimestamp : header.baseTimestamp + timestampDelta, key, value, headers };
}

/** The records of a batch whose section is plain by now. Buffers are views. Throws ProtocolError on anything that does not add up. */
export function* readSection(section: Buffer, header: BatchHeader): Generator<KafkaRecord> {
  const reader = new Reader(section);
  for (let i = 0; i < header.count; i++) yield readRecord(reader, header);
  if (reader.remaining !== 0) throw new ProtocolError(`${reader.remaining} bytes after the last record`);
}

/** The records' bytes as they were before compression, or a view of the batch. Throws the decompressor's coded error (TOO_LARGE, CORRUPT). */
export function plainSection(batch: Buffer, header: BatchHeader, cpu: Cpu, maxBytes: number): Buffer {
  const codec = compressionOf(header.attributes);
  const section = batch.subarray(BATCH_OVERHEAD, header.sizeBytes);
  return codec === null ? section : cpu.decompress(codec, section, maxBytes);
}

/** The records of one whole batch. `maxBytes` bounds what decompression may produce; the CRC is the caller's to check. */
export function readRecords(batch: Buffer, cpu: Cpu, maxBytes: number): Generator<KafkaRecord> {
  const header = readBatchHeader(batch);
  return readSection(plainSection(batch, header, cpu, maxBytes), header);
}

function writeBytes(writer: Writer, value: Buffer | null): void {
  if (value === null) { writer.varint(-1); return; }
  writer.varint(value.length);
  writer.raw(value);
}

function writeRecord(writer: Writer, record: NewRecord, offsetDelta: number, timestampDelta: number): void {
  const body = new Writer(256);
  body.int8(0);
  body.varlong(timestampDelta);
  body.varint(offsetDelta);
  writeBytes(body, record.key);
  writeBytes(body, record.value);
  const headers = record.headers ?? [];
  body.varint(headers.length);
  for (const header of headers) {
    writeBytes(body, Buffer.from(header.key, 'utf8'));
    writeBytes(body, header.value);
  }
  writer.varint(body.sizeBytes);
  for (const chunk of body.finish()) writer.raw(chunk);
}

export interface BatchOptions {
  /** Of records without a timestamp of their own. */
  timestampMs: number;
  baseOffset?: number;
  partitionLeaderEpoch?: number;
  codec?: CompressionCodec | null;
  control?: boolean;
  transactional?: boolean;
  producerId?: number;
  producerEpoch?: number;
  baseSequence?: number;
}

/** One signed batch of at least one record. */
export function buildBatch(records: readonly NewRecord[], cpu: Cpu, options: BatchOptions): Buffer {
  if (records.length === 0) throw new ProtocolError('a batch needs a record');
  const baseTimestamp = records[0]!.timestamp ?? options.timestampMs;
  let maxTimestamp = baseTimestamp;
  const writer = new Writer(4096);
  records.forEach((record, index) => {
    const timestamp = record.timestamp ?? options.timestampMs;
    maxTimestamp = Math.max(maxTimestamp, timestamp);
    writeRecord(writer, record, index, timestamp - baseTimestamp);
  });
  const codec = options.codec ?? null;
  const plain = Buffer.concat(writer.finish());
  const section = codec === null ? plain : cpu.compress(codec, plain);
  const batch = Buffer.allocUnsafe(BATCH_OVERHEAD + section.length);
  section.copy(batch, BATCH_OVERHEAD);
  sealBatch(batch, {
    baseOffset: options.baseOffset ?? 0, partitionLeaderEpoch: options.partitionLeaderEpoch ?? -1,
    attributes: codecId(codec) | (options.control ? Attribute.control : 0) | (options.transactional ? Attribute.transactional : 0),
    lastOffsetDelta: records.length - 1, baseTimestamp, maxTimestamp, producerId: options.producerId ?? NO_PRODUCER_ID,
    producerEpoch: options.producerEpoch ?? -1, baseSequence: options.baseSequence ?? NO_SEQUENCE, count: records.length,
  }, (bytes) => cpu.crc32c(bytes));
  return batch;
}

/** Whether the CRC in the header is that of the batch's bytes. */
export function crcMatches(batch: Buffer, header: BatchHeader, cpu: Cpu): boolean {
  return cpu.crc32c(batch.subarray(CRC_START, header.sizeBytes)) === header.crc;
}
