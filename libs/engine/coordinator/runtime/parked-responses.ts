/**
 * The one place where requests wait: until a later decision answers them (JoinGroup, SyncGroup), and then, like every answer, until all that
 * the decision had seen is committed. Each is answered exactly once: with its answer, or with the code of what became of the coordinator.
 */
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';

export interface Committed {
  isCommitted(offset: number): boolean;
  /** Rejects when it can no longer happen here. */
  whenCommitted(offset: number): Promise<void>;
}

export interface ParkedResponses {
  readonly size: number;
  park(requestId: number, resolve: (answer: unknown) => void, failed: (errorCode: ErrorCode) => void): void;
  /** Lets the answer go once everything below the offset is committed. An id that isn't waiting any more is passed over. */
  answer(requestId: number, answer: unknown, committedBelow: number): void;
  /** Everybody, also those whose answers wait for a commit. */
  failAll(errorCode: ErrorCode): void;
}

interface Parked { resolve(answer: unknown): void; failed(errorCode: ErrorCode): void }

export function createParkedResponses(committed: Committed): ParkedResponses {
  const parked = new Map<number, Parked>();
  const answered = new Set<number>();

  function release(requestId: number): Parked | undefined {
    const entry = parked.get(requestId);
    parked.delete(requestId);
    answered.delete(requestId);
    return entry;
  }

  return {
    get size() { return parked.size; },
    park(requestId, resolve, failed) { parked.set(requestId, { resolve, failed }); },
    answer(requestId, answer, committedBelow) {
      if (!parked.has(requestId) || answered.has(requestId)) return;
      if (committed.isCommitted(committedBelow)) {
        release(requestId)?.resolve(answer);
        return;
      }
      answered.add(requestId);
      committed.whenCommitted(committedBelow).then(
        () => release(requestId)?.resolve(answer),
        (error: unknown) => release(requestId)?.failed(error instanceof KafkaError ? error.code : ErrorCode.NOT_COORDINATOR),
      );
    },
    failAll(errorCode) {
      for (const requestId of [...parked.keys()]) release(requestId)?.failed(errorCode);
    },
  };
}
