/**
 * What each producer wrote last (KIP-98): the last five batches, from which replication decides duplicates and gaps. One function, `apply`,
 * changes it: for appends, follower appends and recovery alike. On disk it is Kafka's snapshot file, version 1, which keeps the last batch.
 */
import { addSequence, Attribute, BATCH_OVERHEAD, isControlBatch, isTransactional, lastOffset, lastSequence, NO_SEQUENCE, type BatchHeader } from '#libs/kafka/protocol';
import type { ProducerBatch, ProducerState } from './api.js';
import { BATCHES_PER_PRODUCER, PRODUCERS_PER_BROKER, PRODUCERS_PER_PARTITION } from './log.limits.js';
import { createProducerBudget, type ProducerBudget } from './producer-budget.js';

interface Entry extends ProducerState {
  epoch: number;
  batches: ProducerBatch[];
  lastTimestamp: number;
  coordinatorEpoch: number;
  transactionFirstOffset: number;
}

export interface ProducerStates {
  get(producerId: number): ProducerState | null;
  all(): ProducerState[];
  /** `batch` is the whole batch; only a control batch is looked into. */
  apply(header: BatchHeader, batch: Buffer): void;
  expire(nowMs: number, expirationMs: number): void;
  clear(): void;
  encode(crc32c: (bytes: Buffer) => number): Buffer;
  /** False, and nothing changed, when the bytes are not a valid snapshot. */
  load(bytes: Buffer, crc32c: (bytes: Buffer) => number): boolean;
}

const VERSION = 1;
const HEADER_BYTES = 10;
const CRC_COVERS_FROM = 6;
const ENTRY_BYTES = 46;

function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}
function writeInt64(bytes: Buffer, at: number, value: number): void {
  bytes.writeInt32BE(Math.floor(value / 0x1_0000_0000), at);
  bytes.writeUInt32BE(value >>> 0, at + 4);
}

/** Coordinator epoch of an end-transaction marker: one plain record {key: version, type} {value: version, epoch}; −1 if it is anything else. */
function markerCoordinatorEpoch(batch: Buffer): number {
  const valueEpochFromEnd = 5; // four bytes of epoch, then a header count of zero
  if ((batch.readInt16BE(21) & Attribute.codecMask) !== 0 || batch.length < BATCH_OVERHEAD + 12) return -1;
  return batch.readInt32BE(batch.length - valueEpochFromEnd);
}

function applyMarker(entry: Entry, header: BatchHeader, batch: Buffer): void {
  entry.transactionFirstOffset = -1;
  entry.coordinatorEpoch = markerCoordinatorEpoch(batch);
  entry.lastTimestamp = header.maxTimestamp;
}

function applyData(entry: Entry, header: BatchHeader): void {
  entry.lastTimestamp = header.maxTimestamp;
  if (isTransactional(header) && entry.transactionFirstOffset < 0) entry.transactionFirstOffset = header.baseOffset;
  if (header.baseSequence === NO_SEQUENCE) return;
  if (entry.batches.length === BATCHES_PER_PRODUCER) entry.batches.shift();
  entry.batches.push({ firstSequence: header.baseSequence, lastSequence: lastSequence(header), lastOffset: lastOffset(header), timestamp: header.maxTimestamp });
}

function offsetDelta(batch: ProducerBatch): number {
  const delta = batch.lastSequence - batch.firstSequence;
  return delta < 0 ? delta + 0x8000_0000 : delta;
}

function writeEntry(bytes: Buffer, at: number, entry: Entry): void {
  const last = entry.batches.at(-1);
  writeInt64(bytes, at, entry.producerId);
  bytes.writeInt16BE(entry.epoch, at + 8);
  bytes.writeInt32BE(last?.lastSequence ?? -1, at + 10);
  writeInt64(bytes, at + 14, last?.lastOffset ?? -1);
  bytes.writeInt32BE(last === undefined ? 0 : offsetDelta(last), at + 22);
  writeInt64(bytes, at + 26, entry.lastTimestamp);
  bytes.writeInt32BE(entry.coordinatorEpoch, at + 34);
  writeInt64(bytes, at + 38, entry.transactionFirstOffset);
}

function readEntry(bytes: Buffer, at: number): Entry | null {
  const producerId = readInt64(bytes, at);
  const final = bytes.readInt32BE(at + 10);
  const offset = readInt64(bytes, at + 14);
  const delta = bytes.readInt32BE(at + 22);
  const lastTimestamp = readInt64(bytes, at + 26);
  const transactionFirstOffset = readInt64(bytes, at + 38);
  if (![producerId, offset, lastTimestamp, transactionFirstOffset].every(Number.isSafeInteger) || producerId < 0 || delta < 0) return null;
  const firstSequence = final >= delta ? final - delta : addSequence(final - delta + 0x7fff_ffff, 1);
  return {
    producerId, epoch: bytes.readInt16BE(at + 8), lastTimestamp, coordinatorEpoch: bytes.readInt32BE(at + 34), transactionFirstOffset,
    batches: final < 0 ? [] : [{ firstSequence, lastSequence: final, lastOffset: offset, timestamp: lastTimestamp }],
  };
}

/** Of two batches of a forgotten producer the second is taken as a new one's: what has happened to those who were silent for a day anyway. */
function forgetOldest(entries: Map<number, Entry>, budget: ProducerBudget): void {
  for (const [producerId, entry] of entries) {
    if (entry.transactionFirstOffset >= 0) continue;
    entries.delete(producerId);
    budget.remove(entry);
    return;
  }
}

function decodeEntries(bytes: Buffer, crc32c: (bytes: Buffer) => number): Entry[] | null {
  if (bytes.length < HEADER_BYTES || bytes.readInt16BE(0) !== VERSION) return null;
  const count = bytes.readInt32BE(6);
  if (bytes.length !== HEADER_BYTES + count * ENTRY_BYTES || crc32c(bytes.subarray(CRC_COVERS_FROM)) !== bytes.readUInt32BE(2)) return null;
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) {
    const entry = readEntry(bytes, HEADER_BYTES + i * ENTRY_BYTES);
    if (entry === null) return null;
    entries.push(entry);
  }
  return entries;
}

/** `budget`: of all logs of the broker; one of its own where nothing is said. */
export function createProducerStates(budget: ProducerBudget = createProducerBudget(PRODUCERS_PER_BROKER)): ProducerStates {
  const entries = new Map<number, Entry>();
  const remember = (entry: Entry): void => {
    if (entries.size >= PRODUCERS_PER_PARTITION) forgetOldest(entries, budget);
    budget.add(entry, entries);
    entries.set(entry.producerId, entry);
  };
  const forgetAll = (): void => {
    for (const entry of entries.values()) budget.remove(entry);
    entries.clear();
  };
  const wroteAgain = (entry: Entry): void => {
    budget.touch(entry);
    if (entries.size <= PRODUCERS_PER_PARTITION / 2) return;
    // Who is about to be forgotten is who wrote longest ago.
    entries.delete(entry.producerId);
    entries.set(entry.producerId, entry);
  };
  return {
    get: (producerId) => entries.get(producerId) ?? null,
    all: () => [...entries.values()],
    apply(header, batch) {
      if (header.producerId < 0) return;
      let entry = entries.get(header.producerId);
      if (entry === undefined) {
        entry = { producerId: header.producerId, epoch: header.producerEpoch, batches: [], lastTimestamp: -1, coordinatorEpoch: -1, transactionFirstOffset: -1 };
        remember(entry);
      } else wroteAgain(entry);
      if (entry.epoch !== header.producerEpoch) {
        entry.epoch = header.producerEpoch;
        entry.batches = [];
      }
      if (isControlBatch(header)) applyMarker(entry, header, batch);
      else applyData(entry, header);
    },
    expire(nowMs, expirationMs) {
      for (const [producerId, entry] of entries) {
        if (entry.transactionFirstOffset >= 0 || nowMs - entry.lastTimestamp < expirationMs) continue;
        entries.delete(producerId);
        budget.remove(entry);
      }
    },
    clear: forgetAll,
    encode(crc32c) {
      const bytes = Buffer.alloc(HEADER_BYTES + entries.size * ENTRY_BYTES);
      bytes.writeInt16BE(VERSION, 0);
      bytes.writeInt32BE(entries.size, 6);
      let at = HEADER_BYTES;
      for (const entry of entries.values()) {
        writeEntry(bytes, at, entry);
        at += ENTRY_BYTES;
      }
      bytes.writeUInt32BE(crc32c(bytes.subarray(CRC_COVERS_FROM)), 2);
      return bytes;
    },
    load(bytes, crc32c) {
      const loaded = decodeEntries(bytes, crc32c);
      if (loaded === null) return false;
      forgetAll();
      for (const entry of loaded) remember(entry);
      return true;
    },
  };
}
