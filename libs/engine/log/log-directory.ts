/** A partition's directory as a whole: taken away in one step, removed afterwards. */
import { basename, dirname, join } from 'node:path';
import type { Env } from '#libs/kernel';
import { offsetFile, parseOffsetFile } from './file-names.js';
import { topicPartitionKey, type TopicPartition } from './topic-partition.js';

/** Kafka keeps directory names within what file systems allow. */
const NAME_BYTES_MAX = 255;

function uniqueName(env: Pick<Env, 'random'>, { topic, partition }: TopicPartition, suffix: string): string {
  const tail = `-${partition}.${env.random.bytes(16).toString('hex')}${suffix}`;
  return `${topic.slice(0, NAME_BYTES_MAX - tail.length)}${tail}`;
}

export const isDeletedDirectory = (name: string): boolean => /^.+-\d+\.[0-9a-f]{32}-delete$/.test(name);

/**
 * The rename is the deletion: once it is durable the partition is gone, whatever happens to the removal. The log must be closed, or its
 * files only read from handles that are open. `remove` is told the new path once the deletion is durable.
 */
export async function deleteLogDirectory(env: Pick<Env, 'disk' | 'random'>, directory: string, topicPartition: TopicPartition, remove: (path: string) => void): Promise<void> {
  if (env.disk.stat(directory) === null) return;
  const parent = dirname(directory);
  const renamed = join(parent, uniqueName(env, topicPartition, '-delete'));
  env.disk.rename(directory, renamed);
  await env.disk.syncDir(parent);
  remove(renamed);
}

/** Deletions that a stop interrupted, to be finished. */
export function deletedDirectories(env: Pick<Env, 'disk'>, logDirectory: string): string[] {
  return env.disk.list(logDirectory).filter(isDeletedDirectory).map((name) => join(logDirectory, name));
}

/**
 * For a clean stop: segments of deleted partitions get the indexes that they never had an entry for. Apache Kafka, started on the directories, reads
 * them before it removes them, and takes a segment without indexes for a damaged one.
 */
export function completeDeleted(env: Pick<Env, 'disk' | 'log'>, logDirectory: string): void {
  for (const directory of deletedDirectories(env, logDirectory)) {
    try {
      const names = new Set(env.disk.list(directory));
      for (const name of names) {
        const segment = parseOffsetFile(name);
        if (segment?.suffix !== '.log') continue;
        const paths = (['.index', '.timeindex'] as const).map((suffix) => offsetFile(directory, segment.offset, suffix));
        for (const path of paths) if (!names.has(basename(path))) env.disk.open(path, 'readwrite').close();
      }
    } catch (error) {
      env.log.write('warn', 'log.remove.incomplete', { directory, error: (error as Error).message });
    }
  }
}

/** Data that was set aside for the operator, now or in an earlier run. */
export function strayDirectories(env: Pick<Env, 'disk'>, logDirectory: string): string[] {
  return env.disk.list(logDirectory).filter((name) => name.endsWith('-stray')).map((name) => join(logDirectory, name));
}

/** Sets aside data that belongs to no partition the metadata knows; kept for the operator. Answers the new path. */
export async function setStrayDirectoryAside(env: Pick<Env, 'disk' | 'random'>, directory: string, topicPartition: TopicPartition): Promise<string> {
  const parent = dirname(directory);
  const renamed = join(parent, uniqueName(env, topicPartition, '-stray'));
  env.disk.rename(directory, renamed);
  await env.disk.syncDir(parent);
  return renamed;
}

export function partitionDirectory(logDirectory: string, { topic, partition }: TopicPartition): string {
  return join(logDirectory, topicPartitionKey(topic, partition));
}
