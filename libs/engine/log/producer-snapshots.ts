/**
 * The `.snapshot` files of one log: producer state as of an offset. Kept: one for each segment's base, and the last two. A damaged one is
 * as good as none: the state is then replayed from an older one.
 */
import type { Disk, DiskFile, Log } from '#libs/kernel';
import { offsetFile, parseOffsetFile } from './file-names.js';
import type { ProducerStates } from './producer-state.js';

export interface ProducerSnapshots {
  /** Writes to the page cache; answers the file, for the next sync and to be closed. */
  write(offset: number, states: ProducerStates): DiskFile;
  /** Loads the newest valid one at or below the bound; answers its offset, or null with the states empty. Removes damaged ones. */
  loadNewest(upTo: number, states: ProducerStates): number | null;
  removeBeyond(offset: number): void;
  /** Drops those that no longer matter. */
  prune(segmentBases: readonly number[]): void;
}

/** `names`: what the directory holds. */
export function createProducerSnapshots(disk: Disk, log: Log, crc32c: (bytes: Buffer) => number, directory: string, names: readonly string[] = disk.list(directory)): ProducerSnapshots {
  const offsets = new Set<number>();
  for (const name of names) {
    const parsed = parseOffsetFile(name);
    if (parsed?.suffix === '.snapshot') offsets.add(parsed.offset);
  }
  const remove = (offset: number): void => {
    disk.remove(offsetFile(directory, offset, '.snapshot'));
    offsets.delete(offset);
  };
  return {
    write(offset, states) {
      const file = disk.open(offsetFile(directory, offset, '.snapshot'), 'readwrite');
      try {
        file.truncate(0);
        file.write(0, [states.encode(crc32c)]);
      } catch (error) {
        file.close();
        remove(offset);
        throw error;
      }
      offsets.add(offset);
      return file;
    },
    loadNewest(upTo, states) {
      states.clear();
      for (const offset of [...offsets].filter((candidate) => candidate <= upTo).sort((a, b) => b - a)) {
        const bytes = disk.readFile(offsetFile(directory, offset, '.snapshot'));
        if (bytes !== null && states.load(bytes, crc32c)) return offset;
        log.write('warn', 'log.snapshot.damaged', { directory, offset });
        remove(offset);
      }
      return null;
    },
    removeBeyond(offset) {
      for (const candidate of [...offsets]) if (candidate > offset) remove(candidate);
    },
    prune(segmentBases) {
      const kept = new Set([...segmentBases, ...[...offsets].sort((a, b) => b - a).slice(0, 2)]);
      for (const offset of [...offsets]) if (!kept.has(offset)) remove(offset);
    },
  };
}
