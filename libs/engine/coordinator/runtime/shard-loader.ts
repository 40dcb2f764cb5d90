/** Reads a partition of `__consumer_offsets` from its start to its end, chunk by chunk, into the state. */
import type { Cpu } from '#libs/kernel';
import { batchSizeAt, isControlBatch, isTransactional, LOG_OVERHEAD, ProtocolError, readBatchHeader, readRecords } from '#libs/kafka/protocol';
import type { PartitionLog } from '../../log/index.js';
import { CoordinatorLimits } from '../coordinator.limits.js';
import { decodeRecord } from '../records/coordinator-record.js';
import type { CoordinatorStateMachine } from '../records/coordinator.replay.js';

const COMMIT_MARKER = 1;

export interface ShardLoader {
  /** Where the log ended when loading began; nobody else writes here meanwhile. */
  readonly endOffset: number;
  readonly recordCount: number;
  /** One chunk. True: done. Throws when the log can't be read or understood. */
  step(): boolean;
}

export function createShardLoader(log: PartitionLog, machine: CoordinatorStateMachine, cpu: Cpu): ShardLoader {
  const endOffset = log.logEndOffset;
  let position = log.logStartOffset;
  let recordCount = 0;

  function replayBatch(batch: Buffer): void {
    const header = readBatchHeader(batch);
    for (const { key, value } of readRecords(batch, cpu, CoordinatorLimits.decompressedBatchBytes)) {
      recordCount++;
      if (isControlBatch(header)) {
        if (key === null || key.length < 4) throw new ProtocolError('transaction marker without a type');
        machine.complete(header.producerId, key.readInt16BE(2) === COMMIT_MARKER);
        continue;
      }
      const record = decodeRecord(key, value);
      if (record === null) continue;
      if (isTransactional(header)) machine.stage(header.producerId, record);
      else machine.replay(record);
    }
  }

  return {
    endOffset,
    get recordCount() { return recordCount; },
    step() {
      if (position >= endOffset) return true;
      const slice = log.read(position, { maxBytes: CoordinatorLimits.loadChunkBytes, minOneBatch: true, upperOffset: endOffset });
      if (slice === null) return true;
      for (let at = 0; at + LOG_OVERHEAD <= slice.bytes.length;) {
        const size = batchSizeAt(slice.bytes, at);
        replayBatch(slice.bytes.subarray(at, at + size));
        at += size;
      }
      if (slice.nextOffset <= position) throw new ProtocolError(`the log does not move beyond offset ${position}`);
      position = slice.nextOffset;
      return position >= endOffset;
    },
  };
}
