import type { Caller } from '#libs/control/domain';
import { ClusterUnreachableError, type CallOptions, type Cluster } from '#libs/kafka/client';
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { ANSWER_LIMITS, bounded, type AnswerClock } from './answer-time.js';

const { answerMs, silenceMs } = ANSWER_LIMITS;

/** Time goes on when the test says so. */
function createClock(): AnswerClock & { pass(ms: number): Promise<void> } {
  let now = 0;
  const timers = new Set<{ atMs: number; run: () => void }>();
  const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });
  return {
    nowMs: () => now,
    after(ms, run) {
      const timer = { atMs: now + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async pass(ms) {
      const endMs = now + ms;
      for (;;) {
        const next = [...timers].sort((a, b) => a.atMs - b.atMs)[0];
        if (!next || next.atMs > endMs) break;
        timers.delete(next);
        now = Math.max(now, next.atMs);
        next.run();
        await turn();
      }
      now = endMs;
      await turn();
    },
  };
}

let clock: ReturnType<typeof createClock>;
let caller: Caller;
let asked: CallOptions[];
beforeEach(() => {
  clock = createClock();
  caller = {} as Caller;
  asked = [];
});

/** Answers after so long, as many times as there are numbers; then never. */
function cluster(...afterMs: number[]): Cluster {
  const call = (options: CallOptions = {}): Promise<string> => {
    asked.push(options);
    const ms = afterMs.shift();
    return new Promise((resolve) => { if (ms !== undefined) clock.after(ms, () => resolve('answered')); });
  };
  const fake = {
    any: (_use: unknown, options: CallOptions) => call(options), controller: (_use: unknown, options: CallOptions) => call(options), node: (_id: number, _use: unknown, options: CallOptions) => call(options),
    coordinator: (_id: string, _use: unknown, options: CallOptions) => call(options), leader: (_partition: unknown, _use: unknown, options: CallOptions) => call(options), every: () => call(), survey: () => call(), describe: () => call(),
    retry: (_isTransient: unknown, attempt: () => Promise<unknown>, timeoutMs: number) => { asked.push({ timeoutMs }); return attempt(); },
  };
  return bounded(fake as unknown as Cluster, caller, clock);
}
const use = async (): Promise<string> => '';
const outcome = (work: Promise<unknown>): { now: () => unknown } => {
  let told: unknown = 'waits';
  work.then((answer) => { told = answer; }, (error: unknown) => { told = error; });
  return { now: () => told };
};
const late = expect.any(ClusterUnreachableError);

test.each<[string, (client: Cluster) => Promise<unknown>]>([
  ['any', (client) => client.any(use)], ['node', (client) => client.node(1, use)], ['coordinator', (client) => client.coordinator('g', use)], ['leader', (client) => client.leader({ topic: 't', partition: 0 }, use)],
  ['every', (client) => client.every(use)], ['survey', (client) => client.survey(use)], ['describe', (client) => client.describe()], ['controller, repeatable', (client) => client.controller(use, { repeatable: true })],
])('silence ends with an error that is worth another try: %s', async (_name, ask) => {
  const asking = outcome(ask(cluster()));
  await clock.pass(answerMs - 1);
  expect(asking.now()).toBe('waits');
  await clock.pass(1);
  expect(asking.now()).toMatchObject({ code: 'CLUSTER_UNREACHABLE', retryable: true, mayBeDone: true });
});

test('a change that can\'t be asked for twice is waited for', async () => {
  const client = cluster();
  const changes = [client.controller(use), client.any(use, { repeatable: false })].map(outcome);
  await clock.pass(10 * answerMs);
  expect(changes.map((each) => each.now())).toEqual(['waits', 'waits']);
});

test('the time is that of all that a request asks, and each request has its own', async () => {
  const client = cluster(8_000);
  const first = outcome(client.any(use));
  await clock.pass(8_000);
  expect(first.now()).toBe('answered');
  const second = outcome(client.describe());
  await clock.pass(answerMs - 8_000 - 1);
  expect(second.now()).toBe('waits');
  await clock.pass(1);
  expect(second.now()).toEqual(late);
  const third = outcome(client.any(use));
  await clock.pass(0);
  expect(third.now()).toMatchObject({ mayBeDone: false });
  expect(asked).toEqual([{ timeoutMs: answerMs }, {}]);
  caller = {} as Caller;
  const other = outcome(cluster(answerMs - 1).any(use));
  await clock.pass(answerMs);
  expect(other.now()).toBe('answered');
});

test('a cluster that goes on answering is listened to', async () => {
  const client = cluster(...new Array<number>(50).fill(silenceMs - 500));
  for (let count = 0; count < 20; count++) {
    const one = outcome(client.any(use));
    await clock.pass(silenceMs - 500);
    expect(one.now()).toBe('answered');
  }
  const refused = bounded({ any: () => Promise.reject(new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND)) } as unknown as Cluster, caller, clock);
  await clock.pass(silenceMs - 1);
  await expect(refused.any(use)).rejects.toThrow(KafkaError);
  const silent = outcome(cluster().any(use));
  await clock.pass(silenceMs - 1);
  expect(silent.now()).toBe('waits');
  await clock.pass(1);
  expect(silent.now()).toEqual(late);
});

test('after a change that took long it may still be looked at', async () => {
  const client = cluster(2 * answerMs, silenceMs - 1);
  const change = outcome(client.controller(use));
  await clock.pass(2 * answerMs);
  expect(change.now()).toBe('answered');
  const look = outcome(client.retry(() => true, () => client.any(use), 5_000));
  await clock.pass(silenceMs - 1);
  expect(look.now()).toBe('answered');
  expect(asked.slice(1)).toEqual([{ timeoutMs: silenceMs }, { timeoutMs: silenceMs }]);
});
