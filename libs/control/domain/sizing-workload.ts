/** What a caller says of its workload, made whole: defaults of the profile for what wasn't said, refusals for what can't be. */
import { ControlFailure } from './errors.catalogue.js';
import { brokerCapacities } from './sizing.sources.js';
import { brokerVcpusChoices, sizingDefaults, sizingLimits, sizingProfileDefaults, sizingProfiles, type SizingBound, type SizingProfile } from './sizing.limits.js';

/** Rates either in MiB/s or in records/s of `recordBytes`; all before compression. */
export interface SizingInput {
  profile?: string;
  averageMibPerS?: number;
  peakMibPerS?: number;
  averageRecordsPerS?: number;
  peakRecordsPerS?: number;
  recordBytes?: number;
  retentionHours?: number;
  replicationFactor?: number;
  consumerGroups?: number;
  consumersPerGroup?: number;
  producerMibPerS?: number;
  consumerMibPerS?: number;
  topics?: number;
  compressionRatio?: number;
  growthPercent?: number;
  keySkew?: number;
  brokerVcpus?: number;
  diskPerBrokerGib?: number;
  brokersMax?: number;
}

/** Rates as they go over the network and to disk: compressed. */
export interface SizingWorkload {
  profile: SizingProfile;
  averageMibPerS: number;
  peakMibPerS: number;
  retentionHours: number;
  replicationFactor: number;
  consumerGroups: number;
  consumersPerGroup: number;
  producerMibPerS: number;
  consumerMibPerS: number;
  topics: number;
  compressionRatio: number;
  growthPercent: number;
  keySkew: number;
  brokerVcpus: number;
  diskPerBrokerGib: number;
  brokersMin: number;
  brokersMax: number | null;
  /** Which of the fields, in the caller's names, were said: the others are assumptions of the profile. */
  given: ReadonlySet<keyof SizingInput>;
}

const BYTES_PER_MIB = 1_048_576;

/** Names of fields as the request has them. */
export const sizingFieldName = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export function impossibleSizing(message: string, field: keyof SizingInput): ControlFailure {
  return new ControlFailure('impossible_sizing', message, { source: { pointer: `/${sizingFieldName(field)}` } });
}

function within(field: keyof SizingInput, value: number, { min, max }: SizingBound, isWhole = false): number {
  const name = sizingFieldName(field);
  if (!Number.isFinite(value) || value < min || value > max || (isWhole && !Number.isInteger(value))) throw impossibleSizing(`${name} must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`, field);
  return value;
}

function pickProfile(name: string | undefined): SizingProfile {
  const found = name === undefined ? 'production' : sizingProfiles.find((each) => each === name);
  if (!found) throw impossibleSizing(`profile must be one of ${sizingProfiles.join(', ')}`, 'profile');
  return found;
}

/** Average and peak, in MiB/s before compression. */
function rates(input: SizingInput, peakFactor: number): { average: number; peak: number } {
  const byRecords = input.averageRecordsPerS !== undefined || input.peakRecordsPerS !== undefined;
  const byMib = input.averageMibPerS !== undefined || input.peakMibPerS !== undefined;
  if (byRecords && byMib) throw impossibleSizing('rates are given in MiB/s or in records/s, not in both', 'averageRecordsPerS');
  if (byMib && input.recordBytes !== undefined) throw impossibleSizing('record_bytes goes with rates in records/s', 'recordBytes');
  const [averageField, peakField] = byRecords ? ['averageRecordsPerS', 'peakRecordsPerS'] as const : ['averageMibPerS', 'peakMibPerS'] as const;
  const bound = byRecords ? sizingLimits.recordsPerS : sizingLimits.mibPerS;
  const unit = byRecords ? within('recordBytes', input.recordBytes ?? sizingDefaults.recordBytes, sizingLimits.recordBytes, true) / BYTES_PER_MIB : 1;
  const given = input[averageField];
  if (given === undefined) throw impossibleSizing('average_mib_per_s, or average_records_per_s, is required', averageField);
  const average = within(averageField, given, bound);
  const peak = within(peakField, input[peakField] ?? Math.min(average * peakFactor, bound.max), bound);
  if (peak < average) throw impossibleSizing(`${sizingFieldName(peakField)} is ${peak}, below the average of ${average}`, peakField);
  if (average * unit > sizingLimits.mibPerS.max || peak * unit > sizingLimits.mibPerS.max) throw impossibleSizing(`records of that size at that rate are more than ${sizingLimits.mibPerS.max} MiB/s`, peakField);
  return { average: average * unit, peak: peak * unit };
}

export function resolveWorkload(input: SizingInput): SizingWorkload {
  const profile = pickProfile(input.profile);
  const defaults = sizingProfileDefaults[profile];
  const { average, peak } = rates(input, defaults.peakFactor);
  const compressionRatio = within('compressionRatio', input.compressionRatio ?? sizingDefaults.compressionRatio, sizingLimits.compressionRatio);
  const replicationFactor = within('replicationFactor', input.replicationFactor ?? Math.min(defaults.replicationFactor, input.brokersMax ?? Number.POSITIVE_INFINITY), sizingLimits.replicationFactor, true);
  const brokersMax = input.brokersMax === undefined ? null : within('brokersMax', input.brokersMax, sizingLimits.brokersMax, true);
  if (brokersMax !== null && replicationFactor > brokersMax) throw impossibleSizing(`a replication factor of ${replicationFactor} needs as many brokers; brokers_max is ${brokersMax}`, 'replicationFactor');
  const brokerVcpus = input.brokerVcpus ?? defaults.brokerVcpus;
  if (brokerCapacities[brokerVcpus] === undefined) throw impossibleSizing(`broker_vcpus must be one of ${brokerVcpusChoices.join(', ')}`, 'brokerVcpus');
  return {
    profile, compressionRatio, replicationFactor, brokersMax, brokerVcpus,
    averageMibPerS: average / compressionRatio, peakMibPerS: peak / compressionRatio,
    retentionHours: within('retentionHours', input.retentionHours ?? sizingDefaults.retentionHours, sizingLimits.retentionHours),
    consumerGroups: within('consumerGroups', input.consumerGroups ?? sizingDefaults.consumerGroups, sizingLimits.consumerGroups, true),
    consumersPerGroup: within('consumersPerGroup', input.consumersPerGroup ?? sizingDefaults.consumersPerGroup, sizingLimits.consumersPerGroup, true),
    producerMibPerS: within('producerMibPerS', input.producerMibPerS ?? sizingDefaults.producerMibPerS, sizingLimits.partitionMibPerS),
    consumerMibPerS: within('consumerMibPerS', input.consumerMibPerS ?? sizingDefaults.consumerMibPerS, sizingLimits.partitionMibPerS),
    topics: within('topics', input.topics ?? sizingDefaults.topics, sizingLimits.topics, true),
    growthPercent: within('growthPercent', input.growthPercent ?? defaults.growthPercent, sizingLimits.growthPercent),
    keySkew: within('keySkew', input.keySkew ?? sizingDefaults.keySkew, sizingLimits.keySkew),
    diskPerBrokerGib: within('diskPerBrokerGib', input.diskPerBrokerGib ?? defaults.diskPerBrokerGib, sizingLimits.diskPerBrokerGib),
    brokersMin: Math.max(replicationFactor, Math.min(defaults.brokersMin, brokersMax ?? Number.POSITIVE_INFINITY)),
    given: new Set(Object.keys(input).filter((name) => input[name as keyof SizingInput] !== undefined) as (keyof SizingInput)[]),
  };
}
