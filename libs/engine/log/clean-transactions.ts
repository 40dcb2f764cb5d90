/**
 * Transactions as the cleaner meets them (KIP-98): records of aborted ones go, and a marker goes only when no batch of its transaction is
 * left. Our own logs hold none; those of a directory that Apache Kafka wrote do. Aborted transactions stand in `.txnindex` files.
 */
import { readRecords, type BatchHeader, isControlBatch, isTransactional, lastOffset } from '#libs/kafka/protocol';
import type { Cpu, Disk } from '#libs/kernel';
import { offsetFile } from './file-names.js';
import { SIDE_FILE_BYTES_MAX } from './log.limits.js';

export interface AbortedTransaction { producerId: number; firstOffset: number; lastOffset: number; lastStableOffset: number }

const VERSION = 0;
const ENTRY_BYTES = 34;
const MARKER_BYTES_MAX = 1 << 16;
const ABORT = 0;
const COMMIT = 1;

function int64At(bytes: Buffer, at: number): number { return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4); }
function putInt64(bytes: Buffer, at: number, value: number): void {
  bytes.writeInt32BE(Math.floor(value / 0x1_0000_0000), at);
  bytes.writeUInt32BE(value >>> 0, at + 4);
}

export function encodeTransactionIndex(transactions: readonly AbortedTransaction[]): Buffer {
  const bytes = Buffer.alloc(transactions.length * ENTRY_BYTES);
  transactions.forEach((transaction, index) => {
    const at = index * ENTRY_BYTES;
    bytes.writeInt16BE(VERSION, at);
    putInt64(bytes, at + 2, transaction.producerId);
    putInt64(bytes, at + 10, transaction.firstOffset);
    putInt64(bytes, at + 18, transaction.lastOffset);
    putInt64(bytes, at + 26, transaction.lastStableOffset);
  });
  return bytes;
}

/** Empty where there is no file; throws on one that can't be believed, for without it aborted records would pass for committed ones. */
export function readTransactionIndex(disk: Disk, directory: string, baseOffset: number): AbortedTransaction[] {
  const path = offsetFile(directory, baseOffset, '.txnindex');
  const bytes = disk.readFile(path);
  if (bytes === null) return [];
  const transactions: AbortedTransaction[] = [];
  if (bytes.length % ENTRY_BYTES !== 0 || bytes.length > SIDE_FILE_BYTES_MAX) throw new Error(`${path} is damaged`);
  for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
    const transaction = { producerId: int64At(bytes, at + 2), firstOffset: int64At(bytes, at + 10), lastOffset: int64At(bytes, at + 18), lastStableOffset: int64At(bytes, at + 26) };
    if (bytes.readInt16BE(at) !== VERSION || !Object.values(transaction).every(Number.isSafeInteger)) throw new Error(`${path} is damaged`);
    transactions.push(transaction);
  }
  return transactions;
}

export interface TransactionTracker {
  /** Batches in order. Whether its records go whatever their keys: an aborted transaction's, or a marker whose transaction has no batch left. */
  discards(header: BatchHeader, batch: Buffer): boolean;
  /** Aborted transactions whose marker was kept since the last call. */
  takeAborted(): AbortedTransaction[];
}

function markerType(batch: Buffer, cpu: Cpu): number {
  for (const { key } of readRecords(batch, cpu, MARKER_BYTES_MAX)) return key !== null && key.length >= 4 ? key.readInt16BE(2) : -1;
  return -1;
}

interface Ongoing { transaction: AbortedTransaction; observed: boolean }

export function createTransactionTracker(aborted: readonly AbortedTransaction[], cpu: Cpu): TransactionTracker {
  const waiting = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const ongoingAborted = new Map<number, Ongoing>();
  const ongoingCommitted = new Set<number>();
  let next = 0;
  let kept: AbortedTransaction[] = [];
  const begin = (upTo: number): void => {
    for (; next < waiting.length && waiting[next]!.firstOffset <= upTo; next++) {
      const transaction = waiting[next]!;
      if (!ongoingAborted.has(transaction.producerId)) ongoingAborted.set(transaction.producerId, { transaction, observed: false });
    }
  };
  const discardsMarker = (header: BatchHeader, batch: Buffer): boolean => {
    // Emptied by an earlier pass.
    if (header.count === 0) return true;
    const type = markerType(batch, cpu);
    if (type === COMMIT) return !ongoingCommitted.delete(header.producerId);
    if (type !== ABORT) return false;
    const ended = ongoingAborted.get(header.producerId);
    ongoingAborted.delete(header.producerId);
    if (ended === undefined || !ended.observed) return true;
    kept.push(ended.transaction);
    return false;
  };
  return {
    discards(header, batch) {
      begin(lastOffset(header));
      if (isControlBatch(header)) return discardsMarker(header, batch);
      if (!isTransactional(header)) return false;
      const ongoing = ongoingAborted.get(header.producerId);
      if (ongoing === undefined) ongoingCommitted.add(header.producerId);
      else ongoing.observed = true;
      return ongoing !== undefined;
    },
    takeAborted() {
      const taken = kept;
      kept = [];
      return taken;
    },
  };
}
