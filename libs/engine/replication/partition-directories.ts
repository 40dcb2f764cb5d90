/** A partition's directory: its name, `partition.metadata`, and what becomes of directories that are deleted or belong to nobody. */
import { join } from 'node:path';
import type { Disk, Random } from '#libs/kernel';
import type { TopicPartition } from '../log/index.js';

const METADATA_FILE = 'partition.metadata';
const METADATA_LOG = '__cluster_metadata-0';
const NAME_BYTES_MAX = 255;

export type Farewell = 'delete' | 'stray';

export interface PartitionDirectory extends TopicPartition {
  path: string;
  /** Null when partition.metadata is missing or was torn by a crash: nothing was ever acknowledged from such a directory's topic id. */
  topicId: string | null;
}

export function directoryName(topic: string, partition: number): string { return `${topic}-${partition}`; }

/** `topic-3`; null for anything that is no live partition (`-delete`, `-stray`, `-future`, files of the directory). */
export function parseDirectoryName(name: string): TopicPartition | null {
  const match = /^([a-zA-Z0-9._-]+)-(0|[1-9]\d{0,9})$/.exec(name);
  return match === null || name === METADATA_LOG ? null : { topic: match[1]!, partition: Number(match[2]) };
}

export function readTopicId(disk: Disk, directory: string): string | null {
  const content = disk.readFile(join(directory, METADATA_FILE));
  if (content === null) return null;
  const match = /^version: 0\s+topic_id: ([A-Za-z0-9_-]{22})\s*$/.exec(content.toString('utf8'));
  return match?.[1] ?? null;
}

export function writeTopicId(disk: Disk, directory: string, topicId: string): void {
  const file = disk.open(join(directory, METADATA_FILE), 'readwrite');
  try {
    file.truncate(0);
    file.write(0, [Buffer.from(`version: 0\ntopic_id: ${topicId}\n`, 'utf8')]);
  } finally {
    file.close();
  }
}

/** Makes a new directory and its topic id survive a power cut; before the first record in it is acknowledged. */
export async function syncNewDirectory(disk: Disk, logDir: string, directory: string): Promise<void> {
  const file = disk.open(join(directory, METADATA_FILE), 'readwrite');
  try { await file.sync(); } finally { file.close(); }
  await disk.syncDir(directory);
  await disk.syncDir(logDir);
}

export function scanPartitionDirectories(disk: Disk, logDir: string): PartitionDirectory[] {
  const found: PartitionDirectory[] = [];
  for (const name of disk.list(logDir).sort()) {
    const parsed = parseDirectoryName(name);
    const path = join(logDir, name);
    if (parsed !== null && disk.stat(path)?.isDirectory === true) found.push({ ...parsed, path, topicId: readTopicId(disk, path) });
  }
  return found;
}

/** Renames to Kafka's `topic-partition.<unique>-delete` or `-stray`, cut to what a file name may have. Answers the new path. */
export function retireDirectory(disk: Disk, random: Random, logDir: string, directory: TopicPartition, farewell: Farewell): string {
  const suffix = `-${directory.partition}.${random.bytes(16).toString('hex')}-${farewell}`;
  const path = join(logDir, `${directory.topic.slice(0, NAME_BYTES_MAX - suffix.length)}${suffix}`);
  disk.rename(join(logDir, directoryName(directory.topic, directory.partition)), path);
  return path;
}

/** What an earlier run was about to remove. */
export function removeRetired(disk: Disk, logDir: string): void {
  for (const name of disk.list(logDir)) if (/\.[0-9a-f]{32}-delete$/.test(name)) disk.remove(join(logDir, name));
}
