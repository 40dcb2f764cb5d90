/**
 * Where each leader epoch begins (KIP-101), as in `leader-epoch-checkpoint`. Invariant: epochs and start offsets both grow strictly.
 * The file is written at the next flush, before the recovery point passes what it describes; batches carry their epochs, so recovery
 * finds again what a crash took.
 */
export const EPOCH_FILE = 'leader-epoch-checkpoint';

export interface EpochEntry { epoch: number; startOffset: number }

export interface LeaderEpochCache {
  readonly latestEpoch: number;
  /** Changed since `takeDirty`. */
  readonly dirty: boolean;
  entries(): readonly EpochEntry[];
  assign(epoch: number, startOffset: number): void;
  endOffsetFor(epoch: number, logEndOffset: number): { leaderEpoch: number; endOffset: number } | null;
  epochFor(offset: number): number | null;
  /** Drops epochs that begin at or beyond the log's new end. */
  truncateFromEnd(endOffset: number): void;
  /** The epoch that holds the new log start begins there; earlier ones go. */
  truncateFromStart(startOffset: number): void;
  takeDirty(): boolean;
  /** What was taken could not be written. */
  markDirty(): void;
}

export function encodeEpochs(entries: readonly EpochEntry[]): Buffer {
  return Buffer.from(`0\n${entries.length}\n${entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}\n`).join('')}`, 'utf8');
}

/** Null when this is not a checkpoint that the cache could have written. */
export function decodeEpochs(bytes: Buffer): EpochEntry[] | null {
  const lines = bytes.toString('latin1').split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines[0] !== '0' || lines[1] !== String(lines.length - 2)) return null;
  const entries: EpochEntry[] = [];
  for (const line of lines.slice(2)) {
    const match = /^(\d{1,10}) (\d{1,16})$/.exec(line);
    if (match === null) return null;
    const entry = { epoch: Number(match[1]), startOffset: Number(match[2]) };
    const previous = entries.at(-1);
    if (previous !== undefined && (entry.epoch <= previous.epoch || entry.startOffset <= previous.startOffset)) return null;
    entries.push(entry);
  }
  return entries;
}

export function createLeaderEpochCache(initial: readonly EpochEntry[]): LeaderEpochCache {
  let entries = [...initial];
  let dirty = false;
  /** Entries with an epoch at or below. */
  const countUpTo = (epoch: number): number => {
    let count = entries.length;
    while (count > 0 && entries[count - 1]!.epoch > epoch) count--;
    return count;
  };
  return {
    get latestEpoch() { return entries.at(-1)?.epoch ?? -1; },
    get dirty() { return dirty; },
    entries: () => entries,
    assign(epoch, startOffset) {
      const last = entries.at(-1);
      if (epoch < 0 || (last !== undefined && last.epoch >= epoch && last.startOffset < startOffset)) return;
      if (last?.epoch === epoch && last.startOffset === startOffset) return;
      // An epoch that begins here or later ended without a record: it leaves no trace.
      while (entries.length > 0 && entries.at(-1)!.startOffset >= startOffset) entries.pop();
      if (epoch > (entries.at(-1)?.epoch ?? -1)) entries.push({ epoch, startOffset });
      dirty = true;
    },
    endOffsetFor(epoch, logEndOffset) {
      if (epoch < 0 || entries.length === 0) return null;
      if (epoch === entries.at(-1)!.epoch) return { leaderEpoch: epoch, endOffset: logEndOffset };
      const count = countUpTo(epoch);
      const next = entries[count];
      if (next === undefined) return null;
      return { leaderEpoch: count === 0 ? epoch : entries[count - 1]!.epoch, endOffset: next.startOffset };
    },
    epochFor(offset) {
      for (let i = entries.length - 1; i >= 0; i--) if (entries[i]!.startOffset <= offset) return entries[i]!.epoch;
      return null;
    },
    truncateFromEnd(endOffset) {
      const kept = entries.filter((entry) => entry.startOffset < endOffset);
      if (kept.length === entries.length) return;
      entries = kept;
      dirty = true;
    },
    truncateFromStart(startOffset) {
      const before = entries.filter((entry) => entry.startOffset <= startOffset);
      if (before.length === 0 || (before.length === 1 && before[0]!.startOffset === startOffset)) return;
      entries = [{ epoch: before.at(-1)!.epoch, startOffset }, ...entries.slice(before.length)];
      dirty = true;
    },
    takeDirty() {
      const taken = dirty;
      dirty = false;
      return taken;
    },
    markDirty() { dirty = true; },
  };
}
