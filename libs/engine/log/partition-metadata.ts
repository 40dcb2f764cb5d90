/** `partition.metadata`: which topic, by id, a directory belongs to. */
import { join } from 'node:path';
import { ZERO_UUID } from '#libs/kafka/protocol';
import type { Disk, DiskFile, Log } from '#libs/kernel';
import { inconsistentTopicId } from './log.errors.js';

const NAME = 'partition.metadata';
const FORMAT = /^version: 0\ntopic_id: ([A-Za-z0-9_-]{22})\n?$/;

/** The topic id that a directory names; null when there is none or it can't be read. */
export function readTopicId(disk: Disk, directory: string): string | null {
  const bytes = disk.readFile(join(directory, NAME));
  return bytes === null ? null : FORMAT.exec(bytes.toString('latin1'))?.[1] ?? null;
}

export const hasName = (topicId: string): boolean => topicId !== '' && topicId !== ZERO_UUID;

/** Answers the file, to be synced and closed. */
export function writeTopicId(disk: Disk, directory: string, topicId: string): DiskFile {
  const file = disk.open(join(directory, NAME), 'readwrite');
  try {
    file.truncate(0);
    file.write(0, [Buffer.from(`version: 0\ntopic_id: ${topicId}`, 'latin1')]);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Writes the file when it is absent or damaged; answers it then. Refuses another topic's directory. */
export function ensureTopicId(disk: Disk, log: Log, directory: string, topicId: string): DiskFile | null {
  if (!hasName(topicId)) return null;
  const found = readTopicId(disk, directory);
  if (found === topicId) return null;
  if (found !== null) throw inconsistentTopicId(directory, found, topicId);
  if (disk.stat(join(directory, NAME)) !== null) log.write('warn', 'log.metadata.damaged', { directory });
  return writeTopicId(disk, directory, topicId);
}
