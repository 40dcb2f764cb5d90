/** Bounds and defaults of what a sizing may be asked for. A profile is a set of defaults: whatever is said counts instead. */
export const sizingProfiles = ['development', 'production'] as const;
export type SizingProfile = (typeof sizingProfiles)[number];

/** Machines that the vendor's table of sustained throughput has rows for. */
export const brokerVcpusChoices = [2, 4, 8, 16, 32, 48, 64] as const;

export interface SizingBound { min: number; max: number }

export const sizingLimits = {
  mibPerS: { min: 0, max: 100_000 },
  recordsPerS: { min: 0, max: 1_000_000_000 },
  /** Kafka's own largest request is 100 MiB. */
  recordBytes: { min: 1, max: 104_857_600 },
  retentionHours: { min: 0.1, max: 87_600 },
  replicationFactor: { min: 1, max: 10 },
  consumerGroups: { min: 0, max: 1_000 },
  consumersPerGroup: { min: 1, max: 10_000 },
  partitionMibPerS: { min: 0.01, max: 1_000 },
  topics: { min: 1, max: 10_000 },
  compressionRatio: { min: 1, max: 100 },
  growthPercent: { min: 0, max: 1_000 },
  keySkew: { min: 1, max: 100 },
  diskPerBrokerGib: { min: 1, max: 1_000_000 },
  brokersMax: { min: 1, max: 1_000 },
} as const satisfies Record<string, SizingBound>;

/** A cluster beyond this is no longer sized by a formula. */
export const partitionsOfSizingMax = 200_000;

interface ProfileDefaults {
  peakFactor: number;
  replicationFactor: number;
  growthPercent: number;
  brokersMin: number;
  partitionsPerTopicMin: number;
  brokerVcpus: number;
  diskPerBrokerGib: number;
  heapBaseMib: number;
}

export const sizingProfileDefaults: Readonly<Record<SizingProfile, ProfileDefaults>> = {
  development: { peakFactor: 1, replicationFactor: 1, growthPercent: 0, brokersMin: 1, partitionsPerTopicMin: 1, brokerVcpus: 2, diskPerBrokerGib: 100, heapBaseMib: 512 },
  production: { peakFactor: 2, replicationFactor: 3, growthPercent: 30, brokersMin: 3, partitionsPerTopicMin: 6, brokerVcpus: 4, diskPerBrokerGib: 1_000, heapBaseMib: 1_024 },
};

/** The same for both profiles. */
export const sizingDefaults = { recordBytes: 1_024, retentionHours: 168, consumerGroups: 1, consumersPerGroup: 1, producerMibPerS: 10, consumerMibPerS: 10, topics: 1, compressionRatio: 1, keySkew: 1 } as const;
