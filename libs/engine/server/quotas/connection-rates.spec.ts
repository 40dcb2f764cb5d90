import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import type { MetadataImage, QuotaImage } from '../../controller/index.js';
import { createConnectionRates, type ConnectionRates } from './connection-rates.js';
import { QUOTA_LIMITS } from './quotas.limits.js';

let env: TestEnv;
beforeEach(() => { env = createTestEnv(); });

function ratesOf(ips: Record<string, number>, rates: Record<string, number> = {}): ConnectionRates {
  const quotas = new Map(Object.entries(ips).map(([name, value]): [string, QuotaImage] => [name, { key: 'connection_creation_rate', value, entity: [{ entityType: 'ip', entityName: name === 'default' ? null : name }] }]));
  return createConnectionRates({
    clock: env.clock, controller: { image: { quotas } as unknown as MetadataImage, onImage: () => undefined }, window: { samples: 11, sampleMs: 1_000 }, rateOf: (listener) => rates[listener ?? 'broker'] ?? null,
  });
}
const come = (rates: ConnectionRates, times: number, address = '10.0.0.1', privileged = false) => Array.from({ length: times }, () => rates.admit('L', address, privileged));

it('lets everybody in without a rate', () => {
  expect(come(ratesOf({}), 1_000).every((admission) => admission === null)).toBe(true);
});
it('lets an address make a window full of connections, then waits and closes, and counts only who came in', async () => {
  const rates = ratesOf({ 'default': 5, '10.0.0.9': 1 });
  expect(come(rates, 50).every((admission) => admission === null)).toBe(true);
  const refused = come(rates, 3);
  expect(refused.map((admission) => [admission!.delayMs, admission!.refused])).toEqual(Array.from({ length: 3 }, () => [200, 'connection_creation_rate']));
  expect(come(rates, 10, '10.0.0.9')).toEqual(Array.from({ length: 10 }, () => null));
  expect(come(rates, 1, '10.0.0.9')[0]!.refused).not.toBeNull();
  await env.advance(11_000);
  expect(come(rates, 1)).toEqual([null]);
});
it('knows an address by any spelling', () => {
  const rates = ratesOf({ '2001:DB8:0::1': 1 });
  expect(come(rates, 11, '2001:db8::1').at(-1)).not.toBeNull();
});
it('lets connections wait for their turn by broker and listener, one after another; the brokers\' own listener only by its own', () => {
  const rates = ratesOf({}, { broker: 1 });
  expect(come(rates, 10).every((admission) => admission === null)).toBe(true);
  const delays = come(rates, 3).map((admission) => admission!.delayMs);
  expect(delays).toEqual([...delays].sort((a, b) => a - b));
  expect(delays[0]).toBe(1_000);
  expect(delays[2]).toBeGreaterThan(1_500);
  expect(come(rates, 20, '10.0.0.2', true).every((admission) => admission === null)).toBe(true);
  expect(come(ratesOf({}, { L: 1 }), 11).at(-1)!.refused).toBeNull();
});
it('holds so many and closes the next at once', () => {
  const rates = ratesOf({ default: 0.1 });
  const held = come(rates, QUOTA_LIMITS.heldConnectionsMax + 1);
  const over = rates.admit('L', '10.0.0.1', false)!;
  expect([over.delayMs, over.refused]).toEqual([0, 'connection_creation_rate']);
  held.at(-1)!.release();
  held.at(-1)!.release();
  expect(rates.admit('L', '10.0.0.1', false)!.delayMs).toBeGreaterThan(0);
  expect(rates.admit('L', '10.0.0.1', false)!.delayMs).toBe(0);
});
