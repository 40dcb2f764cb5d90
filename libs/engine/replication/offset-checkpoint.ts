/**
 * Kafka's checkpoint files in a log directory: `0`, the number of lines, then `topic partition offset` each. Losing one costs time or shows
 * records again that were deleted, never data, so an unreadable file is reported and taken as empty instead of stopping the start.
 */
import { join } from 'node:path';
import { replaceFile, type Disk, type Log } from '#libs/kernel';
import { topicPartitionKey } from '../log/index.js';

export const CheckpointFile = {
  recoveryPoint: 'recovery-point-offset-checkpoint',
  highWatermark: 'replication-offset-checkpoint',
  logStart: 'log-start-offset-checkpoint',
} as const;
export type CheckpointFile = (typeof CheckpointFile)[keyof typeof CheckpointFile];

export interface CheckpointEntry { topic: string; partition: number; offset: number }

export function encodeCheckpoint(entries: readonly CheckpointEntry[]): Buffer {
  const lines = entries.map((entry) => `${entry.topic} ${entry.partition} ${entry.offset}\n`);
  return Buffer.from(`0\n${entries.length}\n${lines.join('')}`, 'utf8');
}

/** Null when the text is not a whole checkpoint of version 0. */
export function decodeCheckpoint(text: string): CheckpointEntry[] | null {
  const lines = text.split('\n').filter((line) => line !== '');
  if (lines[0] !== '0' || Number(lines[1]) !== lines.length - 2) return null;
  const entries: CheckpointEntry[] = [];
  for (const line of lines.slice(2)) {
    const match = /^(\S+) (\d+) (\d+)$/.exec(line);
    if (match === null || !Number.isSafeInteger(Number(match[3]))) return null;
    entries.push({ topic: match[1]!, partition: Number(match[2]), offset: Number(match[3]) });
  }
  return entries;
}

/** Offsets by `topic-partition`. */
export function readCheckpoint(disk: Disk, log: Log, logDir: string, file: CheckpointFile): Map<string, number> {
  const content = disk.readFile(join(logDir, file));
  if (content === null) return new Map();
  const entries = decodeCheckpoint(content.toString('utf8'));
  if (entries === null) {
    log.write('warn', 'checkpoint.unreadable', { file });
    return new Map();
  }
  return new Map(entries.map((entry) => [topicPartitionKey(entry.topic, entry.partition), entry.offset]));
}

export async function writeCheckpoint(disk: Disk, logDir: string, file: CheckpointFile, content: Buffer): Promise<void> {
  await replaceFile(disk, join(logDir, file), content);
}
