/**
 * Flush mode `ack`: one flush at a time, and each makes durable all that was appended before it began. What is appended meanwhile is
 * committed by the next. A failed flush is final: nothing is committed after it, whatever a later flush would say.
 */
export interface CommitPoint { offset: number; bytes: number }

export interface GroupCommitOptions {
  /** The end of what was appended so far. */
  appended(): CommitPoint;
  flush(): Promise<void>;
  committed(point: CommitPoint): void;
  failed(error: unknown): void;
}

export interface GroupCommit {
  /** Commits what was appended, soon. */
  request(): void;
  stop(): void;
}

export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  let running = false;
  let stopped = false;
  let committedOffset = -1;
  const run = async (): Promise<void> => {
    running = true;
    try {
      while (!stopped) {
        // Appends of the same turn (all partitions and batches of one read from a socket) share the flush.
        await Promise.resolve();
        const point = options.appended();
        if (point.offset <= committedOffset) break;
        await options.flush();
        if (stopped) break;
        committedOffset = point.offset;
        options.committed(point);
      }
    } catch (error) {
      stopped = true;
      options.failed(error);
    } finally {
      running = false;
    }
  };
  return {
    request() { if (!running && !stopped) void run(); },
    stop() { stopped = true; },
  };
}
