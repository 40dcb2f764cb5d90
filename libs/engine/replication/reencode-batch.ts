/** A batch in another codec, for topics whose compression.type is not `producer`. Header fields, sequence numbers and records stay as they are. */
import type { CompressionCodec, Cpu } from '#libs/kernel';
import { Attribute, BATCH_OVERHEAD, codecId, readBatchHeader, sealBatch, type BatchHeader } from '#libs/kafka/protocol';

/** A batch with this header around records that are uncompressed by now, in the codec that the topic stores, at its level. */
export function reencode(header: BatchHeader, plain: Buffer, codec: CompressionCodec | null, cpu: Cpu, level?: number): Buffer {
  const section = codec === null ? plain : cpu.compress(codec, plain, level);
  const batch = Buffer.allocUnsafe(BATCH_OVERHEAD + section.length);
  section.copy(batch, BATCH_OVERHEAD);
  sealBatch(batch, { ...header, attributes: (header.attributes & ~Attribute.codecMask) | codecId(codec) }, (bytes) => cpu.crc32c(bytes));
  return batch;
}

/** Only a broker says LogAppendTime: takes the bit out of a producer's batch, in place, and signs it again. */
export function withoutAppendTime(batch: Buffer, header: BatchHeader, cpu: Cpu): BatchHeader {
  sealBatch(batch, { ...header, attributes: header.attributes & ~Attribute.logAppendTime }, (bytes) => cpu.crc32c(bytes));
  return readBatchHeader(batch);
}
