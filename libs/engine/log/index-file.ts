/**
 * Fixed-size entries in one file, in order. The active segment's are in memory and written in groups; a sealed segment's are read from
 * the file by pages when asked. Invariant: what is in the file is a prefix of the entries. The file is made with its first entries, or when
 * the segment or the log ends: most partitions are small, and making files is what a new one costs.
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
  /** Everything to the file, which is there afterwards even if it is empty. */
  writePending(): void;
  /** No more appends: everything written, memory given back. */
  seal(): void;
  /** The file, opened if need be; for syncing. */
  file(): DiskFile;
  /** Closes the file; it is opened again when needed. */
  release(): void;
}

interface Inner {
  readonly disk: Disk;
  readonly path: string;
  readonly entryBytes: number;
  handle: DiskFile | null;
  sealed: boolean;
  bytes: Buffer;
  count: number;
  writtenCount: number;
  /** Of a sealed file: which page `bytes` holds. */
  page: number;
}

function fileOf(inner: Inner): DiskFile { return inner.handle ??= inner.disk.open(inner.path, 'readwrite'); }

function dropBytes(inner: Inner): void {
  inner.bytes = Buffer.alloc(0);
  inner.page = -1;
}

function writePending(inner: Inner): void {
  const { sealed, writtenCount, count, entryBytes } = inner;
  if (sealed) return;
  const file = fileOf(inner);
  if (writtenCount === count) return;
  file.write(writtenCount * entryBytes, [inner.bytes.subarray(writtenCount * entryBytes, count * entryBytes)]);
  inner.writtenCount = count;
}

function locate(inner: Inner, entry: number): number {
  const { entryBytes } = inner;
  invariant(entry >= 0 && entry < inner.count, `${inner.path}: entry ${entry} of ${inner.count}`);
  if (!inner.sealed) return entry * entryBytes;
  const pageEntries = Math.floor(PAGE_BYTES / entryBytes);
  const wanted = Math.floor(entry / pageEntries);
  if (inner.page !== wanted) {
    inner.bytes = fileOf(inner).read(wanted * pageEntries * entryBytes, pageEntries * entryBytes);
    inner.page = wanted;
  }
  return (entry - wanted * pageEntries) * entryBytes;
}

function append(inner: Inner, write: (bytes: Buffer, at: number) => void): void {
  const { entryBytes } = inner;
  invariant(!inner.sealed, `${inner.path} is sealed`);
  const at = inner.count * entryBytes;
  if (at + entryBytes > inner.bytes.length) {
    const larger = Buffer.alloc(Math.max(inner.bytes.length * 2, entryBytes * 32));
    inner.bytes.copy(larger, 0, 0, at);
    inner.bytes = larger;
  }
  write(inner.bytes, at);
  inner.count++;
  if ((inner.count - inner.writtenCount) * entryBytes < INDEX_WRITE_BYTES) return;
  try {
    writePending(inner);
  } catch {
    // The entries stay in memory and are written with the next group or at the roll, where a refusal is reported.
  }
}

function truncate(inner: Inner, kept: number): void {
  if (kept >= inner.count) return;
  inner.count = kept;
  if (inner.sealed) dropBytes(inner);
  if (inner.writtenCount <= kept) return;
  fileOf(inner).truncate(kept * inner.entryBytes);
  inner.writtenCount = kept;
}

/** `fresh`: without the entries of a file that stands there; `isNew`: there is none. */
export interface IndexFileOptions { sealed: boolean; fresh: boolean; isNew?: boolean | undefined }

export function createIndexFile(disk: Disk, path: string, entryBytes: number, options: IndexFileOptions): IndexFile {
  const inner: Inner = { disk, path, entryBytes, handle: null, sealed: options.sealed, bytes: Buffer.alloc(0), count: 0, writtenCount: 0, page: -1 };
  const sizeBytes = options.isNew === true ? 0 : disk.stat(path)?.sizeBytes ?? 0;
  if (options.fresh) {
    if (sizeBytes > 0) fileOf(inner).truncate(0);
  } else {
    inner.count = Math.floor(sizeBytes / entryBytes);
    inner.writtenCount = inner.count;
    if (!inner.sealed && inner.count > 0) inner.bytes = fileOf(inner).read(0, inner.count * entryBytes);
  }
  return {
    path,
    get count() { return inner.count; },
    get bytes() { return inner.bytes; },
    locate: (entry) => locate(inner, entry),
    append: (write) => append(inner, write),
    truncate: (kept) => truncate(inner, kept),
    writePending: () => writePending(inner),
    seal() {
      if (inner.sealed) return;
      writePending(inner);
      inner.sealed = true;
      dropBytes(inner);
    },
    file: () => fileOf(inner),
    release() {
      inner.handle?.close();
      inner.handle = null;
      if (inner.sealed) dropBytes(inner);
    },
  };
}
