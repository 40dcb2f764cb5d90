import { ApiKey, ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import type { MetadataImage, QuotaImage } from '../../controller/index.js';
import { createClientQuotas, type ClientQuotas, type RequestQuota } from './client-quotas.js';
import { buildQuotaTable } from './quota-table.js';

const windows = { client: { samples: 11, sampleMs: 1_000 }, controller: { samples: 11, sampleMs: 1_000 } };
type Names = { user?: string | null; 'client-id'?: string | null; ip?: string | null };
const quota = (key: string, value: number, names: Names): QuotaImage =>
  ({ key, value, entity: Object.entries(names).map(([entityType, entityName]) => ({ entityType, entityName: entityName ?? null })) });
const imageOf = (list: readonly QuotaImage[]): MetadataImage => ({ quotas: new Map(list.map((each, index) => [String(index), each])) }) as unknown as MetadataImage;

let env: TestEnv;
function quotasOf(...list: QuotaImage[]): ClientQuotas & { replace(...next: QuotaImage[]): void } {
  env = createTestEnv();
  let listener: (next: MetadataImage, previous: MetadataImage) => void = () => undefined;
  const quotas = createClientQuotas({ clock: env.clock, windows, controller: { image: imageOf(list), onImage: (handler) => { listener = handler; } } });
  return Object.defineProperties({ replace: (...next: QuotaImage[]) => listener(imageOf(next), imageOf([])) }, Object.getOwnPropertyDescriptors(quotas)) as ReturnType<typeof quotasOf>;
}
const begin = (quotas: ClientQuotas, apiKey: number, sizeBytes = 0, user = 'u', clientId = 'c'): RequestQuota => quotas.begin({ user, clientId, apiKey, sizeBytes });
const produce = (quotas: ClientQuotas, bytes: number, user?: string, clientId?: string): number => begin(quotas, ApiKey.Produce, bytes, user, clientId).settle(true);

describe('which quota counts', () => {
  const levels: Names[] = [
    { user: 'u', 'client-id': 'c' }, { user: 'u', 'client-id': null }, { user: 'u' }, { user: null, 'client-id': 'c' },
    { user: null, 'client-id': null }, { user: null }, { 'client-id': 'c' }, { 'client-id': null },
  ];
  it('is the most particular one, level by level', () => {
    levels.forEach((_, from) => {
      const table = buildQuotaTable(levels.slice(from).map((names, index) => quota('k', from + index + 1, names)), 'k');
      expect(table.limitOf('u', 'c')!.bound).toBe(from + 1);
    });
    expect(buildQuotaTable(levels.slice(0, 4).map((names) => quota('k', 1, names)), 'k').limitOf('v', 'd')).toBeNull();
  });
  it('is counted for the pair, for the user or for the client', () => {
    const countedAs = (names: Names, user: string, clientId: string): string => buildQuotaTable([quota('k', 1, names)], 'k').limitOf(user, clientId)!.countedAs;
    expect(countedAs({ user: null }, 'u', 'c')).toBe(countedAs({ user: null }, 'u', 'd'));
    expect(countedAs({ 'client-id': null }, 'u', 'c')).toBe(countedAs({ 'client-id': null }, 'v', 'c'));
    expect(countedAs({ user: null, 'client-id': null }, 'u', 'c')).not.toBe(countedAs({ user: null, 'client-id': null }, 'u', 'd'));
    expect(countedAs({ user: 'u', 'client-id': null }, 'u', 'c')).not.toBe(countedAs({ user: 'u', 'client-id': null }, 'u', 'd'));
  });
  it('leaves those of addresses and other keys aside', () => {
    expect(buildQuotaTable([quota('k', 1, { ip: null }), quota('other', 1, { user: null })], 'k').size).toBe(0);
  });
});

describe('bytes', () => {
  it('of Produce are the request\'s, over all clients of the user', () => {
    const quotas = quotasOf(quota('producer_byte_rate', 1_000, { user: 'u' }));
    expect(produce(quotas, 9_000, 'u', 'one')).toBe(0);
    expect(produce(quotas, 3_000, 'u', 'two')).toBe(2_000);
    expect(produce(quotas, 90_000, 'v', 'one')).toBe(0);
  });
  it('of Fetch count only when they are sent', () => {
    const quotas = quotasOf(quota('consumer_byte_rate', 1_000, { 'client-id': null }));
    const fetch = (bytes: number): [boolean, number] => {
      const request = begin(quotas, ApiKey.Fetch);
      return [request.fetched(bytes), request.settle(true)];
    };
    expect(begin(quotas, ApiKey.Fetch).fetchBytesMax()).toBe(10_000);
    expect(fetch(10_000)).toEqual([true, 0]);
    expect(fetch(2_000)).toEqual([false, 2_000]);
    expect(fetch(2_000)).toEqual([false, 2_000]);
    expect(fetch(0)).toEqual([true, 0]);
  });
  it('of Fetch are bounded by nothing without a quota', () => {
    expect(begin(quotasOf(quota('producer_byte_rate', 1, { user: 'u' })), ApiKey.Fetch).fetchBytesMax()).toBe(Infinity);
  });
});

describe('time', () => {
  it('is what the handler ran, not what it waited, and throttles for a second at most', async () => {
    const quotas = quotasOf(quota('request_percentage', 1, { user: null }));
    const request = begin(quotas, ApiKey.Metadata);
    await env.advance(100);
    request.waits();
    await env.advance(60_000);
    request.resumes();
    await env.advance(50);
    // 150 ms are 15 % of a second; over a window of 10 s that is 1.5 % a second: half as much again as the bound.
    expect(request.settle(true)).toBe(1_000);
    const short = begin(quotas, ApiKey.Metadata, 0, 'w');
    await env.advance(105);
    expect(short.settle(true)).toBe(500);
  });
  it('of what gets no answer is not charged', async () => {
    const quotas = quotasOf(quota('request_percentage', 1, { user: null }));
    const request = begin(quotas, ApiKey.Produce);
    await env.advance(5_000);
    expect(request.settle(false)).toBe(0);
  });
});

describe('controller mutations', () => {
  const refused = (run: () => void): number => {
    try {
      run();
    } catch (error) {
      return (error as KafkaError).code;
    }
    return 0;
  };
  it('go into debt once; then a strict caller is refused until it is paid', async () => {
    const quotas = quotasOf(quota('controller_mutation_rate', 1, { user: 'u' }));
    const first = begin(quotas, ApiKey.CreateTopics);
    expect(refused(() => first.mutated(15, true))).toBe(0);
    expect(first.settle(true)).toBe(0);
    const second = begin(quotas, ApiKey.CreateTopics);
    expect(refused(() => second.mutated(1, true))).toBe(ErrorCode.THROTTLING_QUOTA_EXCEEDED);
    expect(second.settle(true)).toBe(4_000);
    await env.advance(4_000);
    expect(refused(() => begin(quotas, ApiKey.CreateTopics).mutated(1, true))).toBe(0);
  });
  it('of an old caller are done and held back', () => {
    const quotas = quotasOf(quota('controller_mutation_rate', 2, { user: 'u' }));
    const request = begin(quotas, ApiKey.CreateTopics);
    expect(refused(() => request.mutated(32, false))).toBe(0);
    expect(request.settle(true)).toBe(5_000);
  });
});

it('is off without quotas of clients, and follows the image', () => {
  const quotas = quotasOf(quota('connection_creation_rate', 1, { ip: null }));
  expect(quotas.enabled).toBe(false);
  quotas.replace(quota('producer_byte_rate', 1_000, { user: 'u' }));
  expect(quotas.enabled).toBe(true);
  expect(produce(quotas, 11_000)).toBe(1_000);
  quotas.replace(quota('producer_byte_rate', 2_000, { user: 'u' }));
  expect(produce(quotas, 0)).toBe(0);
  quotas.replace();
  expect(quotas.enabled).toBe(false);
});
