/**
 * The offset checkpoints of a log directory, in Kafka's text format: "0", a count, then "topic partition offset" lines. A damaged file
 * is as good as none: recovery then starts further back, never fails.
 */
import { join } from 'node:path';
import { replaceFile, type Disk, type Env } from '#libs/kernel';
import { SIDE_FILE_BYTES_MAX } from './log.limits.js';
import { topicPartitionKey } from './topic-partition.js';

/** Recovery point: fsynced up to here. Replication offset: the high watermark. Log start: where DeleteRecords moved it. Cleaner: the first dirty offset. */
export type OffsetCheckpointName = 'recovery-point-offset-checkpoint' | 'replication-offset-checkpoint' | 'log-start-offset-checkpoint' | 'cleaner-offset-checkpoint';

export interface CheckpointedOffset { topic: string; partition: number; offset: number }

const LINE = /^([a-zA-Z0-9._-]{1,249}) (\d{1,10}) (\d{1,16})$/;

export function encodeOffsetCheckpoint(entries: readonly CheckpointedOffset[]): Buffer {
  return Buffer.from(`0\n${entries.length}\n${entries.map(({ topic, partition, offset }) => `${topic} ${partition} ${offset}\n`).join('')}`, 'utf8');
}

/** By `topicPartitionKey`; null when the text is damaged. */
export function decodeOffsetCheckpoint(bytes: Buffer): Map<string, number> | null {
  if (bytes.length > SIDE_FILE_BYTES_MAX) return null;
  const lines = bytes.toString('latin1').split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines[0] !== '0' || lines[1] !== String(lines.length - 2)) return null;
  const offsets = new Map<string, number>();
  for (const line of lines.slice(2)) {
    const match = LINE.exec(line);
    if (match === null || !Number.isSafeInteger(Number(match[3]))) return null;
    offsets.set(topicPartitionKey(match[1]!, Number(match[2])), Number(match[3]));
  }
  return offsets;
}

/** By `topicPartitionKey`; empty when the file is absent or damaged. */
export function readOffsetCheckpoint(env: Pick<Env, 'disk' | 'log'>, logDirectory: string, name: OffsetCheckpointName): Map<string, number> {
  const bytes = env.disk.readFile(join(logDirectory, name));
  if (bytes === null) return new Map();
  const offsets = decodeOffsetCheckpoint(bytes);
  if (offsets === null) env.log.write('warn', 'log.checkpoint.damaged', { logDirectory, name });
  return offsets ?? new Map();
}

export async function writeOffsetCheckpoint(disk: Disk, logDirectory: string, name: OffsetCheckpointName, entries: readonly CheckpointedOffset[]): Promise<void> {
  await replaceFile(disk, join(logDirectory, name), encodeOffsetCheckpoint(entries));
}
