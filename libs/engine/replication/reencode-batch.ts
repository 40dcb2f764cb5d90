/** A batch in another codec, for topics whose compression.type is not `producer`. Header fields, sequence numbers and records stay as they are. */
import type { CompressionCodec, Cpu } from '#libs/kernel';
import { Attribute, BATCH_OVERHEAD, codecId, compressionOf, readBatchHeader, sealBatch, type BatchHeader } from '#libs/kafka/protocol';

function withSection(header: BatchHeader, section: Buffer, codec: CompressionCodec | null, cpu: Cpu): Buffer {
  const batch = Buffer.allocUnsafe(BATCH_OVERHEAD + section.length);
  section.copy(batch, BATCH_OVERHEAD);
  sealBatch(batch, { ...header, attributes: (header.attributes & ~Attribute.codecMask) | codecId(codec) }, (bytes) => cpu.crc32c(bytes));
  return batch;
}

/** The same batch with its records uncompressed. Throws the decompressor's coded error (TOO_LARGE, CORRUPT). */
export function plainBatch(batch: Buffer, header: BatchHeader, cpu: Cpu, maxBytes: number): Buffer {
  const codec = compressionOf(header.attributes);
  if (codec === null) return batch;
  return withSection(header, cpu.decompress(codec, batch.subarray(BATCH_OVERHEAD), maxBytes), null, cpu);
}

/** An uncompressed batch in the codec that the topic stores, at its level. */
export function reencode(plain: Buffer, codec: CompressionCodec | null, cpu: Cpu, level?: number): Buffer {
  if (codec === null) return plain;
  return withSection(readBatchHeader(plain), cpu.compress(codec, plain.subarray(BATCH_OVERHEAD), level), codec, cpu);
}

/** Only a broker says LogAppendTime: takes the bit out of a producer's batch, in place, and signs it again. */
export function withoutAppendTime(batch: Buffer, header: BatchHeader, cpu: Cpu): BatchHeader {
  sealBatch(batch, { ...header, attributes: header.attributes & ~Attribute.logAppendTime }, (bytes) => cpu.crc32c(bytes));
  return readBatchHeader(batch);
}
