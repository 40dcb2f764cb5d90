/**
 * Fixed-size entries in one file, in order. The active segment's are in memory and written in groups; a sealed segment's are read from
 * the file by pages when asked. Invariant: what is in the file is a prefix of the entries.
 */
import { invariant, type Disk, type DiskFile } from '#libs/kernel';
import { INDEX_WRITE_BYTES } from './log.limits.js';

const PAGE_BYTES = 4096;

export interface IndexFile {
  readonly path: string;
  readonly count: number;
  /** Where `bytes` holds the entry after `locate`. */
  readonly bytes: Buffer;
  /** Makes the entry available; answers its position inside `bytes`. */
  locate(entry: number): number;
  append(write: (bytes: Buffer, at: number) => void): void;
  /** Keeps the first entries only. */
  truncate(count: number): void;
  writePending(): void;
  /** No more appends: everything written, memory given back. */
  seal(): void;
  /** The file, opened if need be; for syncing. */
  file(): DiskFile;
  /** Closes the file; it is opened again when needed. */
  release(): void;
}

export function createIndexFile(disk: Disk, path: string, entryBytes: number, options: { sealed: boolean; fresh: boolean }): IndexFile {
  let handle: DiskFile | null = null;
  let sealed = options.sealed;
  let bytes: Buffer = Buffer.alloc(0);
  let count = 0;
  let writtenCount = 0;
  let page = -1; // of a sealed file: which one `bytes` holds
  const pageEntries = Math.floor(PAGE_BYTES / entryBytes);
  const file = (): DiskFile => handle ??= disk.open(path, 'readwrite');
  if (options.fresh) file().truncate(0);
  else {
    const sizeBytes = disk.stat(path)?.sizeBytes ?? 0;
    count = Math.floor(sizeBytes / entryBytes);
    writtenCount = count;
    if (!sealed) bytes = file().read(0, count * entryBytes);
  }
  const writePending = (): void => {
    if (sealed || writtenCount === count) return;
    file().write(writtenCount * entryBytes, [Buffer.from(bytes.subarray(writtenCount * entryBytes, count * entryBytes))]);
    writtenCount = count;
  };
  return {
    path,
    get count() { return count; },
    get bytes() { return bytes; },
    locate(entry) {
      invariant(entry >= 0 && entry < count, `${path}: entry ${entry} of ${count}`);
      if (!sealed) return entry * entryBytes;
      const wanted = Math.floor(entry / pageEntries);
      if (page !== wanted) {
        bytes = file().read(wanted * pageEntries * entryBytes, pageEntries * entryBytes);
        page = wanted;
      }
      return (entry - wanted * pageEntries) * entryBytes;
    },
    append(write) {
      invariant(!sealed, `${path} is sealed`);
      const at = count * entryBytes;
      if (at + entryBytes > bytes.length) {
        const larger = Buffer.alloc(Math.max(bytes.length * 2, entryBytes * 32));
        bytes.copy(larger, 0, 0, at);
        bytes = larger;
      }
      write(bytes, at);
      count++;
      if ((count - writtenCount) * entryBytes < INDEX_WRITE_BYTES) return;
      try {
        writePending();
      } catch {
        // The entries stay in memory and are written with the next group or at the roll, where a refusal is reported.
      }
    },
    truncate(kept) {
      if (kept >= count) return;
      count = kept;
      page = -1;
      if (writtenCount > kept) {
        file().truncate(kept * entryBytes);
        writtenCount = kept;
      }
    },
    writePending,
    seal() {
      if (sealed) return;
      writePending();
      sealed = true;
      bytes = Buffer.alloc(0);
      page = -1;
    },
    file,
    release() {
      handle?.close();
      handle = null;
      if (sealed) { bytes = Buffer.alloc(0); page = -1; }
    },
  };
}
