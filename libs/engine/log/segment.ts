/**
 * One segment: the batches from a base offset on, and the two indexes beside them. Appending, the state that follows from the batches,
 * and the life of its files. Invariants: batches lie in offset order without bytes between; indexes never point beyond them.
 */
import { invariant, type Disk, type DiskFile } from '#libs/kernel';
import type { BatchHeader } from '#libs/kafka/protocol';
import { lastOffset } from '#libs/kafka/protocol';
import { walkBatches, type BatchAt } from './batch-walk.js';
import { offsetFile, SEGMENT_SUFFIXES } from './file-names.js';
import { MAX_RELATIVE_OFFSET, MAX_SEGMENT_BYTES, SEARCH_CHUNK_BYTES } from './log.limits.js';
import { writeRefused } from './log.errors.js';
import { createOffsetIndex, OFFSET_ENTRY_BYTES, type OffsetIndex } from './offset-index.js';
import { createTimeIndex, TIME_ENTRY_BYTES, type TimeIndex } from './time-index.js';

export interface Segment {
  readonly baseOffset: number;
  readonly path: string;
  /** Offset after the last batch; the base of an empty segment. */
  readonly nextOffset: number;
  readonly sizeBytes: number;
  /** −1 when no batch has a timestamp. */
  readonly largestTimestamp: number;
  /** Last offset of the first batch that has the largest timestamp. */
  readonly offsetOfLargestTimestamp: number;
  /** What the age of the segment is counted from: its first batch's timestamp; null while empty or without one. */
  readonly firstTimestamp: number | null;
  readonly createdMs: number;
  readonly sealed: boolean;
  /** Has bytes that no sync has covered. */
  readonly dirty: boolean;
  readonly offsetIndex: OffsetIndex;
  readonly timeIndex: TimeIndex;

  /** Whole batches in order, in one write. Leaves the segment as it was when the disk refuses; throws `fatal` when even that fails. */
  append(bytes: Buffer, headers: readonly BatchHeader[], indexIntervalBytes: number): void;
  hasRoomFor(sizeBytes: number, lastOffset: number, segmentIndexBytes: number): boolean;
  file(): DiskFile;
  /** Forgets indexes and state, to be told every batch again; not sealed meanwhile. */
  beginRebuild(): void;
  /** A batch that is in the file at this position: the one place where state and indexes follow from batches. */
  observe(header: BatchHeader, position: number, indexIntervalBytes: number | null): void;
  /** Reads the state of the tail from the last index entry on. False when index or batches do not add up. */
  loadTail(): boolean;
  /** Cuts the file here, at a batch's start. State and indexes must be those of what is left. */
  cutAt(position: number): void;
  /** Drops batches that reach this offset; false when the indexes cannot be believed. */
  truncateTo(offset: number): boolean;
  writeIndexes(): void;
  seal(): void;
  markDirty(): void;
  sync(withIndexes: boolean): Promise<void>;
  /** Closes the files; they open again when needed. Waits for a sync under way. */
  release(): void;
  remove(): void;
}

export interface SegmentOptions { baseOffset: number; createdMs: number; sealed: boolean; fresh: boolean }

interface State {
  nextOffset: number;
  sizeBytes: number;
  largestTimestamp: number;
  offsetOfLargestTimestamp: number;
  firstTimestamp: number | null;
  bytesSinceIndexEntry: number;
}

function emptyState(baseOffset: number): State {
  return { nextOffset: baseOffset, sizeBytes: 0, largestTimestamp: -1, offsetOfLargestTimestamp: baseOffset, firstTimestamp: null, bytesSinceIndexEntry: 0 };
}

function advance(state: State, header: BatchHeader, position: number): void {
  const last = lastOffset(header);
  invariant(header.baseOffset >= state.nextOffset, `batch ${header.baseOffset} before ${state.nextOffset}`);
  if (header.maxTimestamp > state.largestTimestamp) {
    state.largestTimestamp = header.maxTimestamp;
    state.offsetOfLargestTimestamp = last;
  }
  if (position === 0 && header.maxTimestamp >= 0) state.firstTimestamp = header.maxTimestamp;
  state.nextOffset = last + 1;
  state.sizeBytes = position + header.sizeBytes;
}

export function segmentExists(disk: Disk, directory: string, baseOffset: number): boolean {
  return disk.stat(offsetFile(directory, baseOffset, '.log')) !== null;
}

function openIndexes(disk: Disk, directory: string, baseOffset: number, options: { sealed: boolean; fresh: boolean }): { offsetIndex: OffsetIndex; timeIndex: TimeIndex } {
  return {
    offsetIndex: createOffsetIndex(disk, offsetFile(directory, baseOffset, '.index'), baseOffset, options),
    timeIndex: createTimeIndex(disk, offsetFile(directory, baseOffset, '.timeindex'), baseOffset, options),
  };
}

/** Writes at the end; on a refusal puts the old end back, so that no torn batch stays behind. */
function writeAtEnd(file: DiskFile, sizeBytes: number, bytes: Buffer): void {
  try {
    file.write(sizeBytes, [bytes]);
  } catch (error) {
    file.truncate(sizeBytes);
    throw writeRefused(file.path, error);
  }
}

/** The state from the last index entry on; null when index and batches contradict each other. */
function readTail(file: DiskFile, baseOffset: number, offsetIndex: OffsetIndex, timeIndex: TimeIndex): State | null {
  const sizeBytes = file.sizeBytes();
  const state = emptyState(baseOffset);
  const first = walkBatches(file, { from: 0, to: sizeBytes, bodies: false, chunkBytes: 64 }, (batch) => { advance(state, batch.header, batch.position); return false; });
  if (sizeBytes > 0 && first.position === 0 && state.sizeBytes === 0) return null;
  const entry = offsetIndex.last();
  const newest = timeIndex.last();
  const tail: State = { ...emptyState(baseOffset), firstTimestamp: state.firstTimestamp };
  if (newest !== null) { tail.largestTimestamp = newest.timestamp; tail.offsetOfLargestTimestamp = newest.offset; }
  let sane = true;
  const from = entry?.position ?? 0;
  const end = walkBatches(file, { from, to: sizeBytes, bodies: false, chunkBytes: SEARCH_CHUNK_BYTES }, ({ header, position }) => {
    sane = header.baseOffset >= tail.nextOffset && !(entry !== null && position === from && lastOffset(header) !== entry.offset);
    if (sane) advance(tail, header, position);
    return sane;
  });
  if (!sane || !end.complete || (entry !== null && sizeBytes <= from)) return null;
  if (newest !== null && newest.offset >= tail.nextOffset) return null;
  tail.bytesSinceIndexEntry = sizeBytes - from;
  tail.sizeBytes = sizeBytes;
  return tail;
}

/** First batch that reaches this offset, by index; null when the index is wrong about it. */
export function findBatch(segment: Segment, offset: number): { position: number; header: BatchHeader | null } | null {
  const entry = segment.offsetIndex.lookup(offset);
  const from = entry?.position ?? 0;
  let found: BatchAt | null = null;
  let sane = entry === null || entry.position < segment.sizeBytes;
  const end = walkBatches(segment.file(), { from, to: segment.sizeBytes, bodies: false, chunkBytes: SEARCH_CHUNK_BYTES }, (batch) => {
    if (entry !== null && batch.position === from && lastOffset(batch.header) !== entry.offset) { sane = false; return false; }
    if (lastOffset(batch.header) < offset) return true;
    found = batch;
    return false;
  });
  if (!sane || (found === null && !end.complete)) return null;
  return { position: end.position, header: (found as BatchAt | null)?.header ?? null };
}

export function openSegment(disk: Disk, directory: string, options: SegmentOptions): Segment {
  const { baseOffset } = options;
  const path = offsetFile(directory, baseOffset, '.log');
  let handle: DiskFile | null = null;
  const file = (): DiskFile => handle ??= disk.open(path, 'readwrite');
  if (options.fresh) file().truncate(0);
  let { offsetIndex, timeIndex } = openIndexes(disk, directory, baseOffset, options);
  let sealed = options.sealed;
  let state = emptyState(baseOffset);
  let dirty = options.fresh;
  let syncing = 0;
  let releaseWanted = false;
  const release = (): void => {
    releaseWanted = syncing > 0;
    if (releaseWanted) return;
    offsetIndex.file.release();
    timeIndex.file.release();
    handle?.close();
    handle = null;
  };
  const observe = (header: BatchHeader, position: number, indexIntervalBytes: number | null): void => {
    invariant(position === state.sizeBytes, `${path}: batch at ${position}, end at ${state.sizeBytes}`);
    advance(state, header, position);
    if (indexIntervalBytes === null) return;
    if (state.bytesSinceIndexEntry > indexIntervalBytes) {
      offsetIndex.append(lastOffset(header), position);
      timeIndex.maybeAppend(state.largestTimestamp, state.offsetOfLargestTimestamp);
      state.bytesSinceIndexEntry = 0;
    }
    state.bytesSinceIndexEntry += header.sizeBytes;
  };
  const loadTail = (): boolean => {
    const tail = readTail(file(), baseOffset, offsetIndex, timeIndex);
    if (tail !== null) state = tail;
    return tail !== null;
  };
  const self: Segment = {
    baseOffset, path, createdMs: options.createdMs, file, observe, release, loadTail,
    get nextOffset() { return state.nextOffset; },
    get sizeBytes() { return state.sizeBytes; },
    get largestTimestamp() { return state.largestTimestamp; },
    get offsetOfLargestTimestamp() { return state.offsetOfLargestTimestamp; },
    get firstTimestamp() { return state.firstTimestamp; },
    get sealed() { return sealed; },
    get dirty() { return dirty; },
    get offsetIndex() { return offsetIndex; },
    get timeIndex() { return timeIndex; },
    append(bytes, headers, indexIntervalBytes) {
      invariant(!sealed, `${path} is sealed`);
      writeAtEnd(file(), state.sizeBytes, bytes);
      dirty = true;
      for (const header of headers) observe(header, state.sizeBytes, indexIntervalBytes);
    },
    hasRoomFor(sizeBytes, last, segmentIndexBytes) {
      return state.sizeBytes + sizeBytes <= MAX_SEGMENT_BYTES && last - baseOffset <= MAX_RELATIVE_OFFSET
        && (offsetIndex.count + 1) * OFFSET_ENTRY_BYTES <= segmentIndexBytes && (timeIndex.count + 2) * TIME_ENTRY_BYTES <= segmentIndexBytes;
    },
    beginRebuild() {
      offsetIndex.file.release();
      timeIndex.file.release();
      ({ offsetIndex, timeIndex } = openIndexes(disk, directory, baseOffset, { sealed: false, fresh: true }));
      sealed = false;
      state = emptyState(baseOffset);
    },
    cutAt(position) {
      file().truncate(position);
      dirty = true;
    },
    truncateTo(offset) {
      const found = findBatch(self, offset);
      if (found === null) return false;
      file().truncate(found.position);
      dirty = true;
      const end = found.header?.baseOffset ?? state.nextOffset;
      offsetIndex.truncateTo(Math.min(end, offset));
      timeIndex.truncateTo(Math.min(end, offset));
      return loadTail();
    },
    writeIndexes() {
      offsetIndex.file.writePending();
      timeIndex.file.writePending();
    },
    seal() {
      if (!sealed) timeIndex.maybeAppend(state.largestTimestamp, state.offsetOfLargestTimestamp);
      sealed = true;
      offsetIndex.file.seal();
      timeIndex.file.seal();
    },
    markDirty() { dirty = true; },
    async sync(withIndexes) {
      dirty = false;
      syncing++;
      try {
        await file().sync();
        if (withIndexes) {
          await offsetIndex.file.file().sync();
          await timeIndex.file.file().sync();
        }
      } finally {
        syncing--;
        if (syncing === 0 && releaseWanted) release();
      }
    },
    remove() {
      release();
      for (const suffix of SEGMENT_SUFFIXES) disk.remove(offsetFile(directory, baseOffset, suffix));
    },
  };
  return self;
}
