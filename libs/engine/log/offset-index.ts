/**
 * Offset → position in the segment, sparse. As Kafka writes it: an entry holds the last offset of a batch and where that batch starts.
 * Both grow strictly from entry to entry.
 */
import { invariant, type Disk } from '#libs/kernel';
import { createIndexFile, type IndexFile, type IndexFileOptions } from './index-file.js';
import { MAX_RELATIVE_OFFSET } from './log.limits.js';

export const OFFSET_ENTRY_BYTES = 8;

export interface OffsetEntry { offset: number; position: number }

export interface OffsetIndex {
  readonly file: IndexFile;
  readonly count: number;
  append(lastOffset: number, position: number): void;
  /** The last indexed batch whose last offset is at or below this one; null without such an entry. */
  lookup(offset: number): OffsetEntry | null;
  /** Drops entries at or beyond this offset. */
  truncateTo(offset: number): void;
  last(): OffsetEntry | null;
  /** Whether the entries can be those of a segment of this size. Thorough looks at every one, otherwise at the last. */
  isSane(segmentBytes: number, thorough: boolean): boolean;
}

export function createOffsetIndex(disk: Disk, path: string, baseOffset: number, options: IndexFileOptions): OffsetIndex {
  const file = createIndexFile(disk, path, OFFSET_ENTRY_BYTES, options);
  const offsetAt = (entry: number): number => { const at = file.locate(entry); return baseOffset + file.bytes.readInt32BE(at); };
  const positionAt = (entry: number): number => { const at = file.locate(entry); return file.bytes.readInt32BE(at + 4); };
  /** Number of entries with an offset at or below the target. */
  const countUpTo = (offset: number): number => {
    let low = 0;
    let high = file.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (offsetAt(middle) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const last = (): OffsetEntry | null =>
    file.count === 0 ? null : { offset: offsetAt(file.count - 1), position: positionAt(file.count - 1) };
  return {
    file,
    get count() { return file.count; },
    append(lastOffset, position) {
      const relative = lastOffset - baseOffset;
      invariant(relative >= 0 && relative <= MAX_RELATIVE_OFFSET, `${path}: offset ${lastOffset} does not fit base ${baseOffset}`);
      const previous = last();
      invariant(previous === null || (previous.offset < lastOffset && previous.position < position), `${path}: entry ${lastOffset}@${position} is not beyond the last`);
      file.append((bytes, at) => { bytes.writeInt32BE(relative, at); bytes.writeInt32BE(position, at + 4); });
    },
    lookup(offset) {
      const count = countUpTo(offset);
      return count === 0 ? null : { offset: offsetAt(count - 1), position: positionAt(count - 1) };
    },
    truncateTo: (offset) => file.truncate(countUpTo(offset - 1)),
    last,
    isSane(segmentBytes, thorough) {
      if ((disk.stat(path)?.sizeBytes ?? -1) !== file.count * OFFSET_ENTRY_BYTES) return false;
      let offset = baseOffset - 1;
      let position = -1;
      for (let entry = thorough ? 0 : Math.max(0, file.count - 1); entry < file.count; entry++) {
        const nextOffset = offsetAt(entry);
        const nextPosition = positionAt(entry);
        if (nextOffset <= offset || nextPosition <= position || nextPosition >= segmentBytes) return false;
        offset = nextOffset;
        position = nextPosition;
      }
      return true;
    },
  };
}
