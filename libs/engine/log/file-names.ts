/** Names in a log directory: Kafka's. */
import { join } from 'node:path';
import type { TopicPartition } from './topic-partition.js';

export type SegmentSuffix = '.log' | '.index' | '.timeindex' | '.txnindex' | '.snapshot';
export const SEGMENT_SUFFIXES = ['.log', '.index', '.timeindex', '.txnindex'] as const;

const OFFSET_FILE = /^(\d{20})(\.log|\.index|\.timeindex|\.txnindex|\.snapshot)$/;
const LEFTOVER = /\.(deleted|cleaned|tmp)$/;
/** Kafka's own rule for what a partition's directory may be called; the topic keeps its dashes, the partition follows the last one. */
const PARTITION_DIRECTORY = /^([a-zA-Z0-9._-]{1,249})-(\d{1,10})$/;

export function offsetFile(directory: string, offset: number, suffix: SegmentSuffix): string {
  return join(directory, `${String(offset).padStart(20, '0')}${suffix}`);
}

export function parseOffsetFile(name: string): { offset: number; suffix: SegmentSuffix } | null {
  const match = OFFSET_FILE.exec(name);
  if (match === null) return null;
  const offset = Number(match[1]);
  return Number.isSafeInteger(offset) ? { offset, suffix: match[2] as SegmentSuffix } : null;
}

/** Files that a crash left in the middle of a deletion, a cleaning or a replacement. */
export const isLeftover = (name: string): boolean => LEFTOVER.test(name);

/** The partition whose data a directory holds; null for `-delete`, `-stray`, `-future` directories and anything else. */
export function parseTopicPartition(directoryName: string): TopicPartition | null {
  const match = PARTITION_DIRECTORY.exec(directoryName);
  if (match === null) return null;
  const partition = Number(match[2]);
  if (partition > 0x7fff_ffff || String(partition) !== match[2] || match[1] === '.' || match[1] === '..') return null;
  return { topic: match[1]!, partition };
}
