import { createTestEnv } from '#libs/kernel/testing';
import type { ApiHandler, RequestContext } from './api.js';
import { createRequestLatencies } from './request-latencies.js';

const context = {} as RequestContext;

it('times handlers from their call to their answer, and shows only what was used', async () => {
  const env = createTestEnv();
  const latencies = createRequestLatencies(env.clock);
  const handler = (apiKey: number, handle: ApiHandler['handle']): ApiHandler => latencies.timed({ apiKey, minVersion: 0, maxVersion: 0, handle } as unknown as ApiHandler);
  const slow = handler(0, () => new Promise((resolve) => { env.timers.set(40, () => resolve({ answered: true })); }));
  const fast = handler(3, () => ({ answered: true }));
  handler(1, () => ({}));
  const answer = slow.handle(context, {});
  await env.advance(40);
  expect(await answer).toEqual({ answered: true });
  // What answers at once goes on to: requests stay in their order.
  expect(fast.handle(context, {})).toEqual({ answered: true });
  const [durations, quantiles] = latencies.families();
  expect(durations!.samples.filter(({ suffix }) => suffix === '_count').map(({ labels, value }) => [labels[0]!.value, value])).toEqual([['Produce', 1], ['Metadata', 1]]);
  expect(durations!.samples.find(({ suffix }) => suffix === '_sum')!.value).toBeCloseTo(0.04);
  expect(quantiles!.samples[0]!.value).toBeGreaterThanOrEqual(0.04);
  expect(quantiles!.samples[0]!.value).toBeLessThan(0.05);
});

it('names an API that nobody knows by its key, and counts no handler that throws', () => {
  const latencies = createRequestLatencies(createTestEnv().clock);
  const odd = latencies.timed({ apiKey: 999, handle: () => ({}) } as unknown as ApiHandler);
  const broken = latencies.timed({ apiKey: 2, handle: () => { throw new Error('a bug'); } } as unknown as ApiHandler);
  odd.handle(context, {});
  expect(() => broken.handle(context, {})).toThrow('a bug');
  expect(latencies.families()[0]!.samples.at(-1)!.labels).toEqual([{ name: 'api', value: 'key 999' }]);
});
