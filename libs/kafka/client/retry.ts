/** Trying again, inside a deadline: clusters move leaders, coordinators and controllers while they are asked. */
import type { Env } from '#libs/kernel';
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { clientLimits } from './client.limits.js';
import { ClusterUnreachableError } from './errors.js';

export type RetryEnv = Pick<Env, 'timers' | 'clock'>;

/** Codes that say "not here, or not now". */
export const MOVED = {
  controller: new Set<number>([ErrorCode.NOT_CONTROLLER]),
  broker: new Set<number>([ErrorCode.BROKER_NOT_AVAILABLE]),
  coordinator: new Set<number>([ErrorCode.NOT_COORDINATOR, ErrorCode.COORDINATOR_NOT_AVAILABLE, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS]),
  leader: new Set<number>([
    ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.LEADER_NOT_AVAILABLE, ErrorCode.FENCED_LEADER_EPOCH, ErrorCode.UNKNOWN_LEADER_EPOCH, ErrorCode.REPLICA_NOT_AVAILABLE,
    ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.OFFSET_NOT_AVAILABLE, ErrorCode.BROKER_NOT_AVAILABLE,
  ]),
  any: new Set<number>([ErrorCode.LEADER_NOT_AVAILABLE, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, ErrorCode.COORDINATOR_NOT_AVAILABLE, ErrorCode.NETWORK_EXCEPTION]),
} as const;

export interface Deadline { readonly endsMs: number; leftMs(): number }

export function deadlineIn(env: RetryEnv, ms: number): Deadline {
  const endsMs = env.clock.monotonic() + ms;
  return { endsMs, leftMs: () => endsMs - env.clock.monotonic() };
}

export const pause = (env: RetryEnv, ms: number): Promise<void> => new Promise((resolve) => { env.timers.set(ms, resolve); });

/** The work's outcome, or a failure as of a broken link when it takes longer. The work goes on, and nobody hears of it. */
export function patiently<T>(env: RetryEnv, ms: number, who: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = env.timers.set(ms, () => reject(new ClusterUnreachableError(`${who} does not answer within ${ms} ms`, undefined, true)));
    work.then(resolve, reject).finally(() => env.timers.cancel(timer));
  });
}

/** Short at first, then doubled. False, at once, when the deadline would be over by then. */
export function createBackoff(env: RetryEnv, deadline: Deadline): () => Promise<boolean> {
  let delayMs: number = clientLimits.retryBackoffMs;
  return async () => {
    if (deadline.leftMs() <= delayMs) return false;
    await pause(env, delayMs);
    delayMs = Math.min(delayMs * 2, clientLimits.retryBackoffMsMax);
    return true;
  };
}

export const hasCode = (error: unknown, codes: ReadonlySet<number>): error is KafkaError => error instanceof KafkaError && codes.has(error.code);

/** Whether the link failed and asking again can't do anything twice. */
export const isBroken = (error: unknown, repeatable: boolean): error is ClusterUnreachableError => error instanceof ClusterUnreachableError && (repeatable || !error.mayBeDone);

/** Tries until it works, fails for good, or the deadline comes; then throws the last failure. */
export async function retrying<T>(env: RetryEnv, deadline: Deadline, isTransient: (error: unknown) => boolean, attempt: () => Promise<T>): Promise<T> {
  const backoff = createBackoff(env, deadline);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTransient(error) || !(await backoff())) throw error;
    }
  }
}
