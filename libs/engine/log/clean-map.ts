/** First half of a pass: which offset each key of the dirty part has last. */
import { isControlBatch, lastOffset, plainSection } from '#libs/kafka/protocol';
import type { CleaningPace } from './api.js';
import { unreadable } from './clean-batch.js';
import type { OffsetMap } from './clean-offset-map.js';
import { createRecordCursor } from './clean-records.js';
import { openBatchSource } from './clean-source.js';
import { createTransactionTracker, type AbortedTransaction } from './clean-transactions.js';
import type { BatchAt } from './batch-walk.js';
import { rebuildIndexes } from './log-read.js';
import { CLEANED_BATCH_BYTES_MAX } from './log.limits.js';
import type { Log } from './log-state.js';
import type { Segment } from './segment.js';
import { positionOf } from './time-search.js';

export interface MapRange { segments: readonly Segment[]; firstDirtyOffset: number; endOffset: number; aborted: readonly AbortedTransaction[] }

/** False when the map is full. */
function indexBatch(log: Log, { header, bytes }: BatchAt, from: number, map: OffsetMap): boolean {
  const section = plainSection(bytes, header, log.env.cpu, CLEANED_BATCH_BYTES_MAX);
  const cursor = createRecordCursor(section);
  for (let i = 0; i < header.count; i++) {
    cursor.next();
    const offset = header.baseOffset + cursor.offsetDelta;
    const key = offset >= from ? cursor.key() : null;
    if (key === null) continue;
    if (!map.put(key, offset)) return false;
    // Batch by batch would be enough, were it not that a batch may fill the map.
    map.sawUpTo(offset);
  }
  return true;
}

/** Ends early where the map is full: `map.latestOffset` says how far it reaches. `check` throws when the segments are no longer the log's. */
export async function fillOffsetMap(log: Log, range: MapRange, map: OffsetMap, pace: CleaningPace, check: () => void): Promise<void> {
  const { segments, firstDirtyOffset, endOffset } = range;
  const transactions = createTransactionTracker(range.aborted, log.env.cpu);
  for (const [index, segment] of segments.entries()) {
    const from = firstDirtyOffset <= segment.baseOffset ? 0 : positionOf({ rebuild: (damaged) => rebuildIndexes(log, damaged) }, segment, firstDirtyOffset);
    const source = openBatchSource(log.env.disk, segment, from);
    try {
      for (let batch = source.next(); batch !== null; batch = source.next()) {
        try {
          const discarded = transactions.discards(batch.header, batch.bytes);
          if (!discarded && !isControlBatch(batch.header) && !indexBatch(log, batch, firstDirtyOffset, map)) return;
        } catch (error) {
          throw unreadable(segment.path, batch.position, error);
        }
        if (lastOffset(batch.header) >= firstDirtyOffset) map.sawUpTo(lastOffset(batch.header));
        if (!pace.spend(batch.header.sizeBytes)) continue;
        await pace.rest();
        check();
      }
    } finally {
      source.close();
    }
    map.sawUpTo((segments[index + 1]?.baseOffset ?? endOffset) - 1);
  }
}
