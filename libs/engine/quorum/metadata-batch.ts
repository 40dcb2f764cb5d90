/** Walks bytes of whole batches of the metadata log or of a snapshot, checking each. */
import type { Env } from '#libs/kernel';
import { BATCH_OVERHEAD, crcMatches, isControlBatch, LOG_OVERHEAD, ProtocolError, readBatchHeader, readRecords, type BatchHeader } from '#libs/kafka/protocol';
import { decodeControlRecord, type ControlRecord } from './control-record.js';
import { decodeMetadataRecord, type MetadataRecord } from './metadata-record.js';
import { quorumLimits } from './quorum.limits.js';

/** What the reader of a log or snapshot is told, record by record, in order. */
export interface MetadataVisitor {
  record(record: MetadataRecord, offset: number, epoch: number): void;
  control(record: ControlRecord, offset: number, epoch: number): void;
}

const COMPRESSED_BATCH_BYTES_MAX = 64 * 1_048_576;

/** The header of the whole, undamaged batch that begins here; throws a ProtocolError otherwise. */
export function wholeBatchAt(bytes: Buffer, at: number, env: Pick<Env, 'cpu'>): BatchHeader {
  if (bytes.length - at < BATCH_OVERHEAD) throw new ProtocolError(`${bytes.length - at} bytes where a batch is expected`);
  const header = readBatchHeader(bytes, at);
  if (header.magic !== 2 || header.sizeBytes < LOG_OVERHEAD || at + header.sizeBytes > bytes.length) throw new ProtocolError('no whole batch');
  if (!crcMatches(bytes.subarray(at), header, env.cpu)) throw new ProtocolError('the batch is damaged (CRC)');
  return header;
}

export function visitBatch(batch: Buffer, header: BatchHeader, env: Pick<Env, 'cpu'>, visitor: MetadataVisitor): void {
  const control = isControlBatch(header);
  for (const record of readRecords(batch, env.cpu, COMPRESSED_BATCH_BYTES_MAX)) {
    if (control) {
      const decoded = decodeControlRecord(record.key, record.value);
      if (decoded !== null) visitor.control(decoded, record.offset, header.partitionLeaderEpoch);
      continue;
    }
    if (record.value === null) throw new ProtocolError('metadata record without a value');
    if (record.value.length > quorumLimits.recordBytesMax) throw new ProtocolError(`metadata record of ${record.value.length} bytes`);
    visitor.record(decodeMetadataRecord(record.value), record.offset, header.partitionLeaderEpoch);
  }
}
