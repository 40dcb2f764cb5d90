/**
 * Replacements of segments that a crash interrupted (clean-swap.ts, and Kafka's own). One that was decided is finished: the segments that it
 * was made from go, as far as it reaches, and it takes its name. One that was not is forgotten, with everything that has no log beside it.
 */
import { join } from 'node:path';
import type { Disk, Env } from '#libs/kernel';
import { lastOffset } from '#libs/kafka/protocol';
import { walkBatches } from './batch-walk.js';
import { offsetFile, parseOffsetFile, SEGMENT_SUFFIXES, type SegmentSuffix } from './file-names.js';

const SWAP = '.swap';
const CLEANED = '.cleaned';

function named(names: readonly string[], ending: string): { name: string; offset: number; suffix: SegmentSuffix }[] {
  return names.filter((name) => name.endsWith(ending)).flatMap((name) => {
    const parsed = parseOffsetFile(name.slice(0, -ending.length));
    return parsed === null ? [] : [{ name, ...parsed }];
  });
}

/** Offset after the last batch of the file; null when there are bytes and no batch. */
function endOf(disk: Disk, path: string, baseOffset: number): number | null {
  const file = disk.open(path, 'read');
  try {
    const sizeBytes = file.sizeBytes();
    let end = baseOffset;
    const { position } = walkBatches(file, { from: 0, to: sizeBytes, bodies: false }, ({ header }) => { end = lastOffset(header) + 1; });
    return position === 0 && sizeBytes > 0 ? null : end;
  } finally {
    file.close();
  }
}

function removeReplaced(env: Env, directory: string, names: readonly string[], baseOffset: number, end: number): void {
  for (const name of names) {
    const parsed = parseOffsetFile(name);
    if (parsed === null || parsed.suffix === '.snapshot' || parsed.offset < baseOffset || parsed.offset >= end) continue;
    // The one of the same name is replaced by the rename; its indexes must not outlive it.
    if (parsed.offset > baseOffset || parsed.suffix !== '.log') env.disk.remove(join(directory, name));
  }
}

async function finish(env: Env, directory: string, names: readonly string[], baseOffset: number, end: number): Promise<void> {
  removeReplaced(env, directory, names, baseOffset, end);
  // Before it takes its name: a power cut that brought one of the others back could no longer tell that it was replaced.
  await env.disk.syncDir(directory);
  for (const suffix of [...SEGMENT_SUFFIXES].reverse()) {
    const path = offsetFile(directory, baseOffset, suffix);
    if (env.disk.stat(`${path}${SWAP}`) !== null) env.disk.rename(`${path}${SWAP}`, path);
  }
  env.log.write('info', 'log.swap.finished', { directory, baseOffset, nextOffset: end });
}

async function forget(env: Env, directory: string, swaps: readonly { name: string }[]): Promise<void> {
  if (swaps.length === 0) return;
  for (const { name } of swaps) env.disk.remove(join(directory, name));
  await env.disk.syncDir(directory);
}

/** To be called for each partition's directory before its log is opened. */
export async function finishReplacements(env: Env, directory: string): Promise<void> {
  const names = env.disk.list(directory);
  const swaps = named(names, SWAP);
  if (swaps.length === 0) return;
  // Kafka renames the later segments of one replacement first: while one is `.cleaned`, those behind it are not decided.
  const undecidedFrom = Math.min(...named(names, CLEANED).map(({ offset }) => offset));
  const ends = new Map<number, number>();
  for (const { offset, suffix, name } of swaps) {
    const end = suffix === '.log' && offset < undecidedFrom ? endOf(env.disk, join(directory, name), offset) : null;
    if (end !== null) ends.set(offset, end);
  }
  await forget(env, directory, swaps.filter(({ offset }) => !ends.has(offset)));
  // A process that was killed may have left renames that the disk does not have yet: nothing is removed on their word.
  if (ends.size > 0) await env.disk.syncDir(directory);
  for (const [baseOffset, end] of [...ends].sort(([a], [b]) => a - b)) await finish(env, directory, names, baseOffset, end);
}
