/**
 * How long a request over HTTP waits for its cluster. A broker that takes connections and says nothing, or one that packets no longer reach, would hold a caller up for as long
 * as the client may try. Only what may be asked twice is given up: of another change it could not be said what it
 * has come to.
 */
import { clientLimits, ClusterUnreachableError, type CallOptions, type Cluster } from '#libs/kafka/client';

export const ANSWER_LIMITS = {
  /** Of one request, for all that it asks. */
  answerMs: 12_000,
  /** A cluster that goes on answering gets longer: a list of ten thousand groups, say. */
  silenceMs: 2_000,
} as const;

export interface AnswerClock {
  nowMs(): number;
  /** Answers what calls it off. */
  after(ms: number, run: () => void): () => void;
}

const realClock: AnswerClock = {
  nowMs: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

interface Watch { beganMs: number; answeredMs: number }

const watches = new WeakMap<object, Watch>();

/** The same client, for all that is asked on behalf of one request: a caller is one request's, and goes with it. */
export function bounded(client: Cluster, request: object, clock: AnswerClock = realClock): Cluster {
  const watch = watches.get(request) ?? { beganMs: clock.nowMs(), answeredMs: clock.nowMs() };
  watches.set(request, watch);
  const leftMs = (): number => Math.max(watch.beganMs + ANSWER_LIMITS.answerMs, watch.answeredMs + ANSWER_LIMITS.silenceMs) - clock.nowMs();

  const late = (wasAsked: boolean): Error => new ClusterUnreachableError(`the cluster did not answer within ${ANSWER_LIMITS.answerMs} ms`, undefined, wasAsked);
  const limited = <T>(call: () => Promise<T>): Promise<T> => new Promise((resolve, reject) => {
    let callOff = (): void => undefined;
    const look = (): void => {
      const ms = leftMs();
      if (ms > 0) callOff = clock.after(ms, look);
      else reject(late(true));
    };
    if (leftMs() <= 0) return reject(late(false));
    look();
    call().then((answer) => {
      watch.answeredMs = clock.nowMs();
      resolve(answer);
    }, (error: unknown) => {
      // What it refuses it has answered.
      if (!(error instanceof ClusterUnreachableError)) watch.answeredMs = clock.nowMs();
      reject(error as Error);
    }).finally(() => callOff());
  });
  const asked = <T>(isRepeatable: boolean, options: CallOptions, call: (options: CallOptions) => Promise<T>): Promise<T> =>
    (isRepeatable ? limited(() => call({ ...options, timeoutMs: withinTime(options.timeoutMs) })) : call(options).finally(() => { watch.answeredMs = clock.nowMs(); }));
  const withinTime = (timeoutMs: number | undefined): number => Math.max(Math.min(timeoutMs ?? clientLimits.callTimeoutMs, leftMs()), 0);

  return {
    any: (use, options = {}) => asked(options.repeatable ?? true, options, (given) => client.any(use, given)),
    controller: (use, options = {}) => asked(options.repeatable ?? false, options, (given) => client.controller(use, given)),
    node: (nodeId, use, options = {}) => asked(options.repeatable ?? true, options, (given) => client.node(nodeId, use, given)),
    coordinator: (groupId, use, options = {}) => asked(options.repeatable ?? true, options, (given) => client.coordinator(groupId, use, { ...options, ...given })),
    leader: (partition, use, options = {}) => asked(options.repeatable ?? true, options, (given) => client.leader(partition, use, given)),
    every: (use) => limited(() => client.every(use)),
    survey: (use) => limited(() => client.survey(use)),
    describe: () => limited(() => client.describe()),
    // What it tries is limited itself.
    retry: (isTransient, attempt, timeoutMs) => client.retry(isTransient, attempt, withinTime(timeoutMs)),
    close: () => client.close(),
  };
}
