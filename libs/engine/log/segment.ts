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
import { isDiskFull, isNoRoomForFile, writeRefused } from './log.errors.js';
import { createOffsetIndex, OFFSET_ENTRY_BYTES, type OffsetIndex } from './offset-index.js';
import { setFileAside } from './removed-files.js';
import { createTimeIndex, TIME_ENTRY_BYTES, type TimeIndex } from './time-index.js';

export interface Segment {
  readonly baseOffset: number;
  readonly path: string;
  /** Offset after the last batch; the base of an empty segment. */
  readonly nextOffset: number;
  readonly sizeBytes: number;
  /** −1 when no batch with records has a timestamp. */
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

  /** Whole batches in order, in one write. Leaves the segment as it was when the disk is full (WRITE_REFUSED); any other error is the end of the log. */
  append(bytes: Buffer, headers: readonly BatchHeader[], indexIntervalBytes: number): void;
  hasRoomFor(sizeBytes: number, lastOffset: number, segmentIndexBytes: number): boolean;
  file(): DiskFile;
  /** Forgets indexes and state, to be told every batch again; not sealed meanwhile. */
  beginRebuild(): void;
  /** A batch that is in the file at this position: the one place where state and indexes follow from batches. */
  observe(header: BatchHeader, position: number, indexIntervalBytes: number): void;
  /** Reads the state of the tail from the last index entry on. False when index or batches do not add up. */
  loadTail(): boolean;
  /** Cuts the file here, at a batch's start. State and indexes must be those of what is left. */
  cutAt(position: number): void;
  /** Drops batches that reach this offset; false when the indexes cannot be believed. */
  truncateTo(offset: number): boolean;
  /** All that the indexes of a sealed segment hold, so that sealing it has nothing left that a full disk could refuse. */
  writeIndexes(): void;
  seal(): void;
  markDirty(): void;
  sync(withIndexes: boolean): Promise<void>;
  /** Closes the files; they open again when needed. Waits for a sync under way. */
  release(): void;
  remove(): void;
  /** Renames its files out of the way; answers their new paths. Nothing may be asked of the segment afterwards. */
  setAside(): string[];
}

/** The names that a segment's files have while it takes the place of others, behind the usual ones. */
export type ReplacementSuffix = '.cleaned' | '.swap';

export interface SegmentOptions {
  baseOffset: number;
  createdMs: number;
  sealed: boolean;
  /** Without what files of its names hold. */
  fresh: boolean;
  /** Of a new partition: no file of its names is there, and none is made before the first batch. */
  isNew?: boolean;
  replacement?: ReplacementSuffix;
}

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
  // A batch that the cleaner has emptied holds nothing to be found by time.
  if (header.count > 0 && header.maxTimestamp > state.largestTimestamp) {
    state.largestTimestamp = header.maxTimestamp;
    state.offsetOfLargestTimestamp = last;
  }
  if (position === 0 && header.maxTimestamp >= 0) state.firstTimestamp = header.maxTimestamp;
  state.nextOffset = last + 1;
  state.sizeBytes = position + header.sizeBytes;
}

function openIndexes(disk: Disk, directory: string, baseOffset: number, options: Pick<SegmentOptions, 'sealed' | 'fresh' | 'isNew' | 'replacement'>): { offsetIndex: OffsetIndex; timeIndex: TimeIndex } {
  const suffix = options.replacement ?? '';
  return {
    offsetIndex: createOffsetIndex(disk, `${offsetFile(directory, baseOffset, '.index')}${suffix}`, baseOffset, options),
    timeIndex: createTimeIndex(disk, `${offsetFile(directory, baseOffset, '.timeindex')}${suffix}`, baseOffset, options),
  };
}

/** Writes at the end; on a full disk puts the old end back, so that no torn batch stays behind. After any other error nobody knows what is there. */
function writeAtEnd(file: DiskFile, sizeBytes: number, bytes: Buffer): void {
  try {
    file.write(sizeBytes, [bytes]);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
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

interface Inner extends SegmentOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly path: string;
  handle: DiskFile | null;
  offsetIndex: OffsetIndex;
  timeIndex: TimeIndex;
  state: State;
  dirty: boolean;
  syncing: number;
  releaseWanted: boolean;
}

function fileOf(inner: Inner): DiskFile { return inner.handle ??= inner.disk.open(inner.path, 'readwrite'); }

function observe(inner: Inner, header: BatchHeader, position: number, indexIntervalBytes: number): void {
  const { state } = inner;
  invariant(position === state.sizeBytes, `${inner.path}: batch at ${position}, end at ${state.sizeBytes}`);
  advance(state, header, position);
  if (state.bytesSinceIndexEntry > indexIntervalBytes) {
    inner.offsetIndex.append(lastOffset(header), position);
    inner.timeIndex.maybeAppend(state.largestTimestamp, state.offsetOfLargestTimestamp);
    state.bytesSinceIndexEntry = 0;
  }
  state.bytesSinceIndexEntry += header.sizeBytes;
}

/** A new partition's file is made here. */
function fileForAppend(inner: Inner): DiskFile {
  try {
    return fileOf(inner);
  } catch (error) {
    throw isNoRoomForFile(error) ? writeRefused(inner.path, error) : error;
  }
}

function append(inner: Inner, bytes: Buffer, headers: readonly BatchHeader[], indexIntervalBytes: number): void {
  invariant(!inner.sealed, `${inner.path} is sealed`);
  writeAtEnd(fileForAppend(inner), inner.state.sizeBytes, bytes);
  inner.dirty = true;
  for (const header of headers) observe(inner, header, inner.state.sizeBytes, indexIntervalBytes);
}

function hasRoomFor({ state, baseOffset, offsetIndex, timeIndex }: Inner, sizeBytes: number, last: number, segmentIndexBytes: number): boolean {
  return state.sizeBytes + sizeBytes <= MAX_SEGMENT_BYTES && last - baseOffset <= MAX_RELATIVE_OFFSET
    && (offsetIndex.count + 1) * OFFSET_ENTRY_BYTES <= segmentIndexBytes && (timeIndex.count + 2) * TIME_ENTRY_BYTES <= segmentIndexBytes;
}

function loadTail(inner: Inner): boolean {
  const tail = readTail(fileOf(inner), inner.baseOffset, inner.offsetIndex, inner.timeIndex);
  if (tail !== null) inner.state = tail;
  return tail !== null;
}

function truncateTo(inner: Inner, segment: Segment, offset: number): boolean {
  const found = findBatch(segment, offset);
  if (found === null) return false;
  fileOf(inner).truncate(found.position);
  inner.dirty = true;
  const end = Math.min(found.header?.baseOffset ?? inner.state.nextOffset, offset);
  inner.offsetIndex.truncateTo(end);
  inner.timeIndex.truncateTo(end);
  return loadTail(inner);
}

function seal(inner: Inner): void {
  if (!inner.sealed) inner.timeIndex.maybeAppend(inner.state.largestTimestamp, inner.state.offsetOfLargestTimestamp);
  inner.sealed = true;
  inner.offsetIndex.file.seal();
  inner.timeIndex.file.seal();
}

/** A file is never closed under a sync of it. */
function release(inner: Inner): void {
  inner.releaseWanted = inner.syncing > 0;
  if (inner.releaseWanted) return;
  inner.offsetIndex.file.release();
  inner.timeIndex.file.release();
  inner.handle?.close();
  inner.handle = null;
}

async function sync(inner: Inner, withIndexes: boolean): Promise<void> {
  inner.dirty = false;
  inner.syncing++;
  try {
    const files = [fileOf(inner), ...(withIndexes ? [inner.offsetIndex.file.file(), inner.timeIndex.file.file()] : [])];
    // All of them end before the first failure is told: none may be closed under its sync.
    for (const result of await Promise.allSettled(files.map((file) => file.sync()))) if (result.status === 'rejected') throw result.reason;
  } finally {
    inner.syncing--;
    if (inner.syncing === 0 && inner.releaseWanted) release(inner);
  }
}

function beginRebuild(inner: Inner): void {
  inner.offsetIndex.file.release();
  inner.timeIndex.file.release();
  Object.assign(inner, openIndexes(inner.disk, inner.directory, inner.baseOffset, { sealed: false, fresh: true, replacement: inner.replacement }));
  inner.sealed = false;
  inner.state = emptyState(inner.baseOffset);
}

export function openSegment(disk: Disk, directory: string, options: SegmentOptions): Segment {
  const replacement = options.replacement ?? '';
  const path = `${offsetFile(directory, options.baseOffset, '.log')}${replacement}`;
  const handle = options.fresh && options.isNew !== true ? disk.open(path, 'readwrite') : null;
  handle?.truncate(0);
  const inner: Inner = {
    ...options, ...openIndexes(disk, directory, options.baseOffset, options), disk, directory, path, handle,
    state: emptyState(options.baseOffset), dirty: handle !== null, syncing: 0, releaseWanted: false,
  };
  const segment: Segment = {
    baseOffset: options.baseOffset, path, createdMs: options.createdMs,
    get nextOffset() { return inner.state.nextOffset; },
    get sizeBytes() { return inner.state.sizeBytes; },
    get largestTimestamp() { return inner.state.largestTimestamp; },
    get offsetOfLargestTimestamp() { return inner.state.offsetOfLargestTimestamp; },
    get firstTimestamp() { return inner.state.firstTimestamp; },
    get sealed() { return inner.sealed; },
    get dirty() { return inner.dirty; },
    get offsetIndex() { return inner.offsetIndex; },
    get timeIndex() { return inner.timeIndex; },
    append: (bytes, headers, indexIntervalBytes) => append(inner, bytes, headers, indexIntervalBytes),
    hasRoomFor: (sizeBytes, last, segmentIndexBytes) => hasRoomFor(inner, sizeBytes, last, segmentIndexBytes),
    file: () => fileOf(inner),
    beginRebuild: () => beginRebuild(inner),
    observe: (header, position, indexIntervalBytes) => observe(inner, header, position, indexIntervalBytes),
    loadTail: () => loadTail(inner),
    cutAt(position) {
      fileOf(inner).truncate(position);
      inner.dirty = true;
    },
    truncateTo: (offset) => truncateTo(inner, segment, offset),
    writeIndexes() {
      if (!inner.sealed) inner.timeIndex.maybeAppend(inner.state.largestTimestamp, inner.state.offsetOfLargestTimestamp);
      inner.offsetIndex.file.writePending();
      inner.timeIndex.file.writePending();
    },
    seal: () => seal(inner),
    markDirty() { inner.dirty = true; },
    sync: (withIndexes) => sync(inner, withIndexes),
    release: () => release(inner),
    remove() {
      release(inner);
      for (const suffix of SEGMENT_SUFFIXES) disk.remove(`${offsetFile(directory, options.baseOffset, suffix)}${replacement}`);
    },
    setAside() {
      release(inner);
      return SEGMENT_SUFFIXES.map((suffix) => setFileAside(disk, `${offsetFile(directory, options.baseOffset, suffix)}${replacement}`)).filter((renamed) => renamed !== null);
    },
  };
  return segment;
}
