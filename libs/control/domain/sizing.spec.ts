import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fitEngines, resolveWorkload, sizeCluster, sizingSources, type SizingInput, type SizingNeeds, type SizingOffer } from './index.js';

const size = (input: SizingInput): SizingNeeds => sizeCluster(resolveWorkload(input));
const codeOf = (input: SizingInput): string => {
  try {
    size(input);
    return 'sized';
  } catch (error) {
    const { code, source } = error as { code: string; source: { pointer: string } };
    return `${code} ${source.pointer}`;
  }
};

describe('the formulas, reckoned by hand', () => {
  // t = 50 × 1.3 = 65 MiB/s.
  const base: SizingInput = { averageMibPerS: 20, peakMibPerS: 50, retentionHours: 168, consumerGroups: 2 };

  it.each([
    ['ceil(65 / 10)', {}, 7],
    ['by consumers: ceil(65 / 2)', { consumerMibPerS: 2 }, 33],
    ['by producers: ceil(65 / 4)', { producerMibPerS: 4 }, 17],
    ['by parallelism', { consumersPerGroup: 24 }, 24],
    ['by skew: ceil(65 × 2 / 10)', { keySkew: 2 }, 13],
    ['never below the default', { averageMibPerS: 1, peakMibPerS: 1 }, 6],
    ['compressed by 4, which consumers undo: ceil(65 / 2)', { compressionRatio: 4, consumerMibPerS: 2 }, 33],
    ['compressed by 4, as producers send it: ceil(16.25 / 2)', { compressionRatio: 4, producerMibPerS: 2, consumerMibPerS: 100 }, 9],
    ['shared by 2 topics: ceil(32.5 / 2)', { topics: 2, consumerMibPerS: 2 }, 17],
  ])('partitions of a topic: %s', (_what, more, expected) => expect(size({ ...base, ...more }).partitionsPerTopic).toBe(expected));

  it.each([
    ['three at least in production', { averageMibPerS: 0.1, peakMibPerS: 0.1 }, 3, 'least'],
    ['one in development', { averageMibPerS: 0.1, peakMibPerS: 0.1, profile: 'development' }, 1, 'least'],
    ['in: ceil(400 × 1.3 / 31.2)', { averageMibPerS: 20, peakMibPerS: 400, diskPerBrokerGib: 1e6 }, 17, 'network_in'],
    ['out: ceil(50 × 1.3 × 20 / 62.5)', { consumerGroups: 20, diskPerBrokerGib: 1e6 }, 21, 'network_out'],
    ['replicas: ceil(2000 × 6 × 3 / 1000)', { averageMibPerS: 1, peakMibPerS: 1, topics: 2_000 }, 36, 'partitions'],
    // (26 × 3600 / 1024 × 168 + min(7 × 1, …)) × 3 / 0.8 GiB
    ['disk: ceil(57612 / 1000)', {}, 58, 'disk'],
    ['as many as copies', { averageMibPerS: 0.1, peakMibPerS: 0.1, replicationFactor: 5 }, 5, 'least'],
  ])('brokers: %s', (_what, more, expected, decidedBy) => {
    const needs = size({ ...base, ...more });
    expect([needs.brokers, needs.brokersDecidedBy]).toEqual([expected, decidedBy]);
  });

  it('disk, heap, memory and network of each broker', () => {
    const needs = size({ ...base, retentionHours: 24 });
    // 26 × 3600 / 1024 × 24 = 2193.75; + 7 unfinished segments; × 3 / 0.8
    expect(needs.diskTotalGib).toBe(8252.81);
    expect([needs.brokers, needs.diskGib]).toEqual([9, 917]);
    // 21 replicas on 9 brokers: 3 on the fullest. Cache: 65 × 3 / 9 × 30 = 650.
    expect([needs.heapMib, needs.memoryMib]).toEqual([1_027, 1_027 + 128 + 650]);
    expect([needs.networkInMibPerS, needs.networkOutMibPerS]).toEqual([21.6667, 28.8889]);
  });

  it('takes records per second times bytes', () => {
    expect(resolveWorkload({ averageRecordsPerS: 1_024, recordBytes: 2_048 })).toMatchObject({ averageMibPerS: 2, peakMibPerS: 4 });
    expect(resolveWorkload({ profile: 'development', averageRecordsPerS: 1_024 })).toMatchObject({ averageMibPerS: 1, peakMibPerS: 1, replicationFactor: 1, growthPercent: 0 });
  });

  it('tells of each figure what it is from', () => {
    const { figures } = size(base);
    for (const { name, formula, inputs, sources } of figures) expect([name, formula.length > 0, Object.keys(inputs).length > 0, sources.length > 0]).toEqual([name, true, true, true]);
    const perTopic = (input: SizingInput) => size(input).figures[0]?.sources;
    expect(perTopic(base)).toContainEqual(sizingSources.consumerPartition);
    expect(perTopic({ ...base, consumerMibPerS: 3 })).not.toContainEqual(sizingSources.consumerPartition);
  });
});

describe('what can\'t be', () => {
  it.each<[string, SizingInput, string]>([
    ['no rate', {}, '/average_mib_per_s'],
    ['a peak below the average', { averageMibPerS: 10, peakMibPerS: 9 }, '/peak_mib_per_s'],
    ['a peak of records below the average', { averageRecordsPerS: 10, peakRecordsPerS: 9 }, '/peak_records_per_s'],
    ['a peak alone', { peakMibPerS: 9 }, '/average_mib_per_s'],
    ['both ways to say a rate', { averageMibPerS: 1, averageRecordsPerS: 1 }, '/average_records_per_s'],
    ['a size of records without records', { averageMibPerS: 1, recordBytes: 10 }, '/record_bytes'],
    ['more copies than brokers', { averageMibPerS: 1, replicationFactor: 3, brokersMax: 2 }, '/replication_factor'],
    ['fewer brokers than it takes', { averageMibPerS: 100, brokersMax: 4 }, '/brokers_max'],
    ['half a consumer group', { averageMibPerS: 1, consumerGroups: 1.5 }, '/consumer_groups'],
    ['less than no growth', { averageMibPerS: 1, growthPercent: -1 }, '/growth_percent'],
    ['compression that adds', { averageMibPerS: 1, compressionRatio: 0.5 }, '/compression_ratio'],
    ['no retention', { averageMibPerS: 1, retentionHours: 0 }, '/retention_hours'],
    ['a machine without a figure', { averageMibPerS: 1, brokerVcpus: 3 }, '/broker_vcpus'],
    ['an unknown profile', { averageMibPerS: 1, profile: 'huge' }, '/profile'],
    ['no number', { averageMibPerS: Number.NaN }, '/average_mib_per_s'],
    ['huge records at a huge rate', { averageRecordsPerS: 1_000_000_000, recordBytes: 1_000_000 }, '/peak_records_per_s'],
    ['more partitions than a cluster has', { averageMibPerS: 100_000, consumerMibPerS: 0.01 }, '/consumer_mib_per_s'],
  ])('%s', (_what, input, pointer) => expect(codeOf(input)).toBe(`impossible_sizing ${pointer}`));
});

describe('more never needs less', () => {
  const arbitrary = fc.record({
    profile: fc.constantFrom('development', 'production'), averageMibPerS: fc.double({ min: 0, max: 500, noNaN: true }), above: fc.double({ min: 0, max: 500, noNaN: true }), retentionHours: fc.integer({ min: 1, max: 1_000 }),
    replicationFactor: fc.integer({ min: 1, max: 5 }), consumerGroups: fc.integer({ min: 0, max: 20 }), topics: fc.integer({ min: 1, max: 50 }), growthPercent: fc.integer({ min: 0, max: 200 }), consumersPerGroup: fc.integer({ min: 1, max: 50 }),
  }).map(({ above, averageMibPerS, ...rest }) => ({ ...rest, averageMibPerS, peakMibPerS: averageMibPerS + above }));
  const totals = (input: SizingInput): Record<string, number> => {
    const { brokers, partitions, partitionsPerTopic, diskTotalGib, cpuCores, networkInMibPerS, networkOutMibPerS } = size(input);
    return { brokers, partitions, partitionsPerTopic, diskTotalGib, cpuCores: cpuCores * brokers, networkIn: networkInMibPerS * brokers, networkOut: networkOutMibPerS * brokers };
  };
  it.each<[string, (input: SizingInput, by: number) => SizingInput]>([
    ['throughput', (input, by) => ({ ...input, averageMibPerS: (input.averageMibPerS ?? 0) + by, peakMibPerS: (input.peakMibPerS ?? 0) + by })],
    ['peak', (input, by) => ({ ...input, peakMibPerS: (input.peakMibPerS ?? 0) + by })],
    ['retention', (input, by) => ({ ...input, retentionHours: (input.retentionHours ?? 0) + by })],
    ['readers', (input, by) => ({ ...input, consumerGroups: (input.consumerGroups ?? 0) + Math.ceil(by) })],
    ['growth', (input, by) => ({ ...input, growthPercent: (input.growthPercent ?? 0) + by })],
    ['copies', (input, by) => ({ ...input, replicationFactor: Math.min(10, (input.replicationFactor ?? 0) + Math.ceil(by / 40)) })],
  ])('%s', (_what, grown) => {
    fc.assert(fc.property(arbitrary, fc.double({ min: 0, max: 200, noNaN: true }), (input, by) => {
      const [before, after] = [totals(input), totals(grown(input, by))];
      // Figures are told with six digits.
      for (const [name, value] of Object.entries(before)) expect([name, (after[name] as number) >= value * (1 - 1e-5) - 1e-9]).toEqual([name, true]);
    }), { numRuns: 200 });
  });
});

describe('which engine fits', () => {
  const offer = (engine: string, more: Partial<SizingOffer> = {}): SizingOffer => ({ engine, title: engine, region: `in-${engine}`, isProvisioned: true, brokersMax: 1, heapMb: null, problem: null, ...more });
  const load = resolveWorkload({ averageMibPerS: 1 });

  it('is told by what each offers, in the order of the offers', () => {
    const needs = sizeCluster(load);
    const fits = fitEngines([
      offer('small'), offer('large', { brokersMax: 9, heapMb: { min: 256, default: 512, max: 4_096 } }), offer('tight', { brokersMax: 9, heapMb: { min: 256, default: 512, max: 512 } }),
      offer('broken', { brokersMax: 9, problem: 'not installed' }), offer('elsewhere', { isProvisioned: false, brokersMax: 9 }),
    ], needs, load);
    expect(fits.map(({ engine, heapMb, obstacles }) => [engine, heapMb, obstacles])).toEqual([
      ['small', null, ['3 brokers are needed, it has 1 at most', 'a replication factor of 3 needs as many brokers']],
      ['large', needs.heapMib, []],
      ['tight', 512, [`${needs.heapMib} MiB of heap are needed, 512 are allowed`]],
      ['broken', null, ['not installed']],
    ]);
  });
});
