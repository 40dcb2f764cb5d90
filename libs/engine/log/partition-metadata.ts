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

/** Writes the file when it is absent or damaged; answers it, to be synced and closed. Refuses another topic's directory. */
export function ensureTopicId(disk: Disk, log: Log, directory: string, topicId: string): DiskFile | null {
  if (topicId === '' || topicId === ZERO_UUID) return null;
  const found = readTopicId(disk, directory);
  if (found === topicId) return null;
  if (found !== null) throw inconsistentTopicId(directory, found, topicId);
  const path = join(directory, NAME);
  if (disk.stat(path) !== null) log.write('warn', 'log.metadata.damaged', { directory });
  const file = disk.open(path, 'readwrite');
  const content = Buffer.from(`version: 0\ntopic_id: ${topicId}`, 'latin1');
  file.truncate(0);
  file.write(0, [content]);
  return file;
}
