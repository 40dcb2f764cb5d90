import { expect, it } from '@jest/globals';
import type { Caller } from '#libs/control/domain';
import type { Cluster } from '#libs/kafka/client';
import { kafkaTimeMs, timed } from './kafka-time.js';

const gate = (): { opened: Promise<void>; open(): void } => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => { open = resolve; });
  return { opened, open };
};

it('counts calls side by side once, failed ones too, and another request\'s never', async () => {
  const caller = {} as Caller;
  const [first, second] = [gate(), gate()];
  const order = [first, second];
  const client = timed({ any: async (use: (connection: never) => Promise<unknown>) => use(undefined as never) } as unknown as Cluster, caller);
  expect(kafkaTimeMs({} as Caller)).toBeNull();
  const began = performance.now();
  const both = order.map(({ opened }) => client.any(() => opened));
  first.open();
  second.open();
  await Promise.all(both);
  const spent = performance.now() - began;
  const counted = kafkaTimeMs(caller)!;
  expect(counted).toBeGreaterThan(0);
  expect(counted).toBeLessThanOrEqual(spent);
  await expect(client.any(async () => { throw new Error('refused'); })).rejects.toThrow('refused');
  expect(kafkaTimeMs(caller)).toBeGreaterThan(counted);
  expect(kafkaTimeMs({} as Caller)).toBeNull();
});
