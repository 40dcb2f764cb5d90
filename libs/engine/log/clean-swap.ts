/**
 * A rewritten segment takes the place of those it was made from, so that a crash or a power cut at any moment leaves the one or the other.
 * `.cleaned` counts for nothing. Once `.log.swap` is durable the replacement is decided: recovery finishes it (clean-recovery.ts). The old
 * files go aside durably before the new one takes its name, for a power cut may keep any of the renames that no sync covers. Every step
 * between two syncs runs in one turn; readers find the new segment under whatever name it has.
 */
import { invariant } from '#libs/kernel';
import { offsetFile, SEGMENT_SUFFIXES } from './file-names.js';
import { checkUsable, fail, type Log } from './log-state.js';
import { openSegment, type ReplacementSuffix, type Segment } from './segment.js';

/** The log last: with it the segment is there. */
const RENAMED_IN_ORDER = [...SEGMENT_SUFFIXES].reverse();

function renameAll(log: Log, baseOffset: number, from: ReplacementSuffix, to: ReplacementSuffix | ''): void {
  const { env, options } = log;
  for (const suffix of RENAMED_IN_ORDER) {
    const path = offsetFile(options.directory, baseOffset, suffix);
    if (env.disk.stat(`${path}${from}`) !== null) env.disk.rename(`${path}${from}`, `${path}${to}`);
  }
}

async function syncNames(log: Log): Promise<void> {
  try {
    await log.env.disk.syncDir(log.options.directory);
  } catch (error) {
    if (!log.state.closed) throw fail(log, error);
  }
  checkUsable(log);
}

function openReplacement(log: Log, like: Pick<Segment, 'baseOffset' | 'createdMs'>, replacement?: ReplacementSuffix): Segment {
  const segment = openSegment(log.env.disk, log.options.directory, { baseOffset: like.baseOffset, createdMs: like.createdMs, sealed: true, fresh: false, ...(replacement === undefined ? {} : { replacement }) });
  invariant(segment.loadTail(), `${segment.path} is not what was written`);
  return segment;
}

/** Puts one segment where others stood. */
function substitute(log: Log, old: readonly Segment[], segment: Segment): void {
  const { parts, hints, sealedFiles } = log;
  parts.segments.splice(parts.segments.indexOf(old[0]!), old.length, segment);
  for (const each of old) {
    hints.forget(each);
    sealedFiles.forget(each);
  }
  sealedFiles.touched(segment);
}

function guardedStep<T>(log: Log, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw fail(log, error);
  }
}

/** `check` throws when the old segments are no longer the log's; the replacement is given up then. */
export async function swapIn(log: Log, group: readonly Segment[], check: () => void): Promise<void> {
  const { env, options, parts, state } = log;
  const { baseOffset } = group[0]!;
  const createdMs = group.at(-1)!.createdMs;
  guardedStep(log, () => { renameAll(log, baseOffset, '.cleaned', '.swap'); });
  await syncNames(log);
  try {
    check();
  } catch (error) {
    for (const suffix of SEGMENT_SUFFIXES) env.disk.remove(`${offsetFile(options.directory, baseOffset, suffix)}.swap`);
    throw error;
  }
  const { swapped, aside } = guardedStep(log, () => {
    const replacement = openReplacement(log, { baseOffset, createdMs }, '.swap');
    substitute(log, group, replacement);
    return { swapped: replacement, aside: group.flatMap((segment) => segment.setAside()) };
  });
  await syncNames(log);
  // Retention may have dropped it meanwhile, and its files with it.
  if (parts.segments.includes(swapped)) {
    guardedStep(log, () => {
      swapped.release();
      renameAll(log, baseOffset, '.swap', '');
      const final = openReplacement(log, { baseOffset, createdMs });
      if (swapped.dirty) final.markDirty();
      substitute(log, [swapped], final);
      parts.snapshots.prune(parts.segments.map((segment) => segment.baseOffset));
    });
    await syncNames(log);
  }
  for (const path of aside) {
    if (options.removed === undefined) env.disk.remove(path);
    else options.removed.later(path, state.config.fileDeleteDelayMs);
  }
}
