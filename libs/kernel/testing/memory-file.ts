/**
 * One file of the memory disk, with page-level durability. Reads see the volatile content. A sync takes a snapshot of the dirty pages when
 * it starts and makes it durable when it ends; what is written meanwhile waits for the next one. A failed sync marks its pages clean
 * without storing them (fsyncgate): the process still reads them, a power cut takes them.
 */
import type { Random } from '../ports.js';

export const PAGE_BYTES = 4096;

export interface SyncSnapshot { pages: Map<number, Buffer>; sizeBytes: number }

export interface MemoryFile {
  readonly kind: 'file';
  readonly id: number;
  modifiedMs: number;
  changes: number;
  sizeBytes(): number;
  read(position: number, length: number): Buffer;
  write(position: number, bytes: Buffer): void;
  truncate(sizeBytes: number): void;
  beginSync(): SyncSnapshot;
  endSync(snapshot: SyncSnapshot, stored: boolean): void;
  /** Bytes that a power cut at this moment may take: pages and length not yet stored. */
  isDirty(): boolean;
  /** Process gone, page cache kept: syncs under way become plain dirty pages again. */
  crash(): void;
  powerCut(random: Random): void;
  clone(): MemoryFile;
}

interface State { volatile: Buffer; size: number; durable: Buffer; durableSize: number; dirty: Set<number>; sizeDirty: boolean; underway: Set<SyncSnapshot> }

function grown(buffer: Buffer, size: number): Buffer {
  if (buffer.length >= size) return buffer;
  const larger = Buffer.alloc(Math.max(size, buffer.length * 2, PAGE_BYTES));
  buffer.copy(larger);
  return larger;
}

function cutPower(state: State, random: Random): void {
  const candidates = new Set(state.dirty);
  let sizeDirty = state.sizeDirty;
  for (const snapshot of state.underway) {
    for (const page of snapshot.pages.keys()) candidates.add(page);
    sizeDirty = true;
  }
  const result = Buffer.alloc(Math.max(state.size, state.durableSize));
  state.durable.copy(result, 0, 0, state.durableSize);
  for (const page of [...candidates].sort((a, b) => a - b)) {
    if (random.int(2) === 0) continue;
    const from = page * PAGE_BYTES;
    // A torn page: only its first sectors reached the platter.
    const length = random.int(4) === 0 ? random.int(8) * 512 : PAGE_BYTES;
    state.volatile.copy(result, from, from, Math.min(from + length, state.size));
  }
  let size = state.durableSize;
  if (sizeDirty && random.int(3) > 0) {
    const low = Math.min(state.size, state.durableSize);
    const span = Math.abs(state.size - state.durableSize);
    size = random.int(2) === 0 ? state.size : low + Math.min(span, random.int(Math.ceil(span / PAGE_BYTES) + 1) * PAGE_BYTES);
  }
  state.durable = Buffer.from(result.subarray(0, size));
  state.durableSize = size;
  state.volatile = Buffer.from(state.durable);
  state.size = size;
  state.dirty.clear();
  state.sizeDirty = false;
  state.underway.clear();
}

function store(state: State, snapshot: SyncSnapshot): void {
  state.durable = grown(state.durable, snapshot.sizeBytes);
  if (snapshot.sizeBytes < state.durableSize) state.durable.fill(0, snapshot.sizeBytes, state.durableSize);
  for (const [page, bytes] of snapshot.pages) bytes.copy(state.durable, page * PAGE_BYTES);
  state.durableSize = snapshot.sizeBytes;
}

export function createMemoryFile(id: number, initial?: State): MemoryFile {
  const state: State = initial ?? { volatile: Buffer.alloc(0), size: 0, durable: Buffer.alloc(0), durableSize: 0, dirty: new Set(), sizeDirty: false, underway: new Set() };
  const touch = (from: number, to: number): void => {
    for (let page = Math.floor(from / PAGE_BYTES); page * PAGE_BYTES < to; page++) state.dirty.add(page);
  };
  const file: MemoryFile = {
    kind: 'file', id, modifiedMs: 0, changes: 0,
    sizeBytes: () => state.size,
    read: (position, length) => Buffer.from(state.volatile.subarray(Math.min(position, state.size), Math.min(position + length, state.size))),
    write(position, bytes) {
      const end = position + bytes.length;
      state.volatile = grown(state.volatile, end);
      bytes.copy(state.volatile, position);
      touch(Math.min(position, state.size), end);
      if (end > state.size) { state.size = end; state.sizeDirty = true; }
    },
    truncate(sizeBytes) {
      if (sizeBytes === state.size) return;
      if (sizeBytes < state.size) state.volatile.fill(0, sizeBytes, state.size);
      else state.volatile = grown(state.volatile, sizeBytes);
      touch(Math.min(sizeBytes, state.size), Math.max(sizeBytes, state.size));
      state.size = sizeBytes;
      state.sizeDirty = true;
    },
    beginSync() {
      const snapshot: SyncSnapshot = { pages: new Map(), sizeBytes: state.size };
      for (const page of state.dirty) {
        const from = page * PAGE_BYTES;
        if (from < state.size) snapshot.pages.set(page, Buffer.from(state.volatile.subarray(from, Math.min(from + PAGE_BYTES, state.size))));
      }
      state.dirty.clear();
      state.sizeDirty = false;
      state.underway.add(snapshot);
      return snapshot;
    },
    endSync(snapshot, stored) {
      if (!state.underway.delete(snapshot)) return;
      if (stored) store(state, snapshot);
    },
    isDirty: () => state.dirty.size > 0 || state.sizeDirty || state.underway.size > 0,
    crash() {
      for (const snapshot of state.underway) for (const page of snapshot.pages.keys()) state.dirty.add(page);
      if (state.underway.size > 0) state.sizeDirty = true;
      state.underway.clear();
    },
    powerCut: (random) => cutPower(state, random),
    clone() {
      const copy = createMemoryFile(id, { ...state, volatile: Buffer.from(state.volatile), durable: Buffer.from(state.durable), dirty: new Set(state.dirty), underway: new Set(state.underway) });
      copy.modifiedMs = file.modifiedMs;
      copy.changes = file.changes;
      return copy;
    },
  };
  return file;
}
