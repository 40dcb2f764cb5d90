/**
 * Largest timestamp so far → last offset of the batch that has it, sparse. Both grow from entry to entry, timestamps strictly: so all
 * records before an entry's batch are older than the entry.
 */
import { invariant, type Disk } from '#libs/kernel';
import { createIndexFile, type IndexFile, type IndexFileOptions } from './index-file.js';

export const TIME_ENTRY_BYTES = 12;

export interface TimeEntry { timestamp: number; offset: number }

export interface TimeIndex {
  readonly file: IndexFile;
  readonly count: number;
  /** Does nothing unless the timestamp is beyond the last entry's. */
  maybeAppend(timestamp: number, offset: number): void;
  /** Last entry with a timestamp at or below the target; null without one. */
  lookup(timestamp: number): TimeEntry | null;
  /** Drops entries at or beyond this offset. */
  truncateTo(offset: number): void;
  last(): TimeEntry | null;
  /** Thorough looks at every entry, otherwise at the last. */
  isSane(thorough: boolean): boolean;
}

export function createTimeIndex(disk: Disk, path: string, baseOffset: number, options: IndexFileOptions): TimeIndex {
  const file = createIndexFile(disk, path, TIME_ENTRY_BYTES, options);
  /** NaN for a number that no honest writer made: compares as out of order, so the index is rebuilt. */
  const timestampAt = (entry: number): number => {
    const at = file.locate(entry);
    const value = file.bytes.readInt32BE(at) * 0x1_0000_0000 + file.bytes.readUInt32BE(at + 4);
    return Number.isSafeInteger(value) ? value : Number.NaN;
  };
  const offsetAt = (entry: number): number => { const at = file.locate(entry); return baseOffset + file.bytes.readInt32BE(at + 8); };
  const countWhile = (holds: (entry: number) => boolean): number => {
    let low = 0;
    let high = file.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const entryAt = (entry: number): TimeEntry => ({ timestamp: timestampAt(entry), offset: offsetAt(entry) });
  const last = (): TimeEntry | null => file.count === 0 ? null : entryAt(file.count - 1);
  return {
    file,
    get count() { return file.count; },
    maybeAppend(timestamp, offset) {
      const previous = last();
      if (timestamp < 0 || (previous !== null && timestamp <= previous.timestamp)) return;
      invariant(previous === null || offset >= previous.offset, `${path}: offset ${offset} before the last entry's`);
      file.append((bytes, at) => {
        bytes.writeInt32BE(Math.floor(timestamp / 0x1_0000_0000), at);
        bytes.writeUInt32BE(timestamp >>> 0, at + 4);
        bytes.writeInt32BE(offset - baseOffset, at + 8);
      });
    },
    lookup(timestamp) {
      const count = countWhile((entry) => timestampAt(entry) <= timestamp);
      return count === 0 ? null : entryAt(count - 1);
    },
    truncateTo: (offset) => file.truncate(countWhile((entry) => offsetAt(entry) < offset)),
    last,
    isSane(thorough) {
      if ((disk.stat(path)?.sizeBytes ?? -1) !== file.count * TIME_ENTRY_BYTES) return false;
      let timestamp = -1;
      let offset = baseOffset - 1;
      for (let entry = thorough ? 0 : Math.max(0, file.count - 1); entry < file.count; entry++) {
        const next = entryAt(entry);
        // Negated, so that NaN fails.
        if (!(next.timestamp > timestamp && next.offset >= offset)) return false;
        timestamp = next.timestamp;
        offset = next.offset;
      }
      return true;
    },
  };
}
