/** The partition directories that a log directory holds, and to which topics they belong. */
import { join } from 'node:path';
import type { Disk } from '#libs/kernel';
import { parseTopicPartition, readTopicId, type TopicPartition } from '../log/index.js';

/** Kept by the quorum, not by the metadata image. */
const METADATA_TOPIC = '__cluster_metadata';

export interface PartitionDirectory extends TopicPartition {
  path: string;
  /** Null when partition.metadata is missing or was torn by a crash. */
  topicId: string | null;
}

export function scanPartitionDirectories(disk: Disk, logDir: string): PartitionDirectory[] {
  const found: PartitionDirectory[] = [];
  for (const name of disk.list(logDir).sort()) {
    const parsed = parseTopicPartition(name);
    const path = join(logDir, name);
    if (parsed === null || parsed.topic === METADATA_TOPIC || disk.stat(path)?.isDirectory !== true) continue;
    found.push({ ...parsed, path, topicId: readTopicId(disk, path) });
  }
  return found;
}
