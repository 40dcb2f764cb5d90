/**
 * One sync under way, the next one shared by all who asked meanwhile. Calls of the same turn join the round that is about to begin. After
 * a failure nothing more is synced: what the disk holds is unknown.
 */
export interface GroupCommit {
  flush(): Promise<void>;
  /** Settles when nothing is under way; never rejects. */
  idle(): Promise<void>;
}

interface Round { promise: Promise<void>; started: boolean }

export function createGroupCommit(sync: () => Promise<void>): GroupCommit {
  let current: Round | null = null;
  let next: Round | null = null;
  const begin = (after: Promise<void>): Round => {
    const round: Round = { promise: after, started: false };
    round.promise = after.then(() => {
      round.started = true;
      current = round;
      if (next === round) next = null;
      return sync();
    }).finally(() => {
      if (next === round) next = null;
      // The next round is current at once, so that nobody starts a third beside it.
      if (current === round) current = next;
    });
    return round;
  };
  return {
    flush() {
      if (current === null) {
        current = begin(Promise.resolve());
        return current.promise;
      }
      if (!current.started) return current.promise;
      next ??= begin(current.promise);
      return next.promise;
    },
    async idle() {
      while (current !== null) await (next ?? current).promise.catch(() => undefined);
    },
  };
}
