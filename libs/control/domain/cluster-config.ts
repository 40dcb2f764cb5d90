import { ControlFailure } from './errors.catalogue.js';
import { controlLimits } from './control.limits.js';

export const clouds = ['AWS', 'GCP', 'AZURE'] as const;
export type Cloud = (typeof clouds)[number];

export const availabilities = ['SINGLE_ZONE', 'MULTI_ZONE', 'LOW', 'HIGH'] as const;
export type Availability = (typeof availabilities)[number];

export const flushModes = ['ack', 'os'] as const;
/** `ack`: an acks=all answer waits for the disk. `os`: it waits for the page cache only. */
export type FlushMode = (typeof flushModes)[number];

export type ElasticKind = 'Basic' | 'Standard' | 'Enterprise' | 'Freight';
export type ClusterConfig = { kind: ElasticKind; maxEcku?: number } | { kind: 'Dedicated'; cku: number };

/** What a caller sends: nothing is known about it but that the fields, where present, have these types. */
export interface ClusterConfigInput { kind: string; cku?: number; maxEcku?: number }

const elasticKinds: readonly string[] = ['Basic', 'Standard', 'Enterprise', 'Freight'] satisfies ElasticKind[];
const invalid = (message: string, pointer: string): ControlFailure => new ControlFailure('invalid_configuration', message, { source: { pointer } });

function wholeNumber(value: number | undefined, name: string, pointer: string): number {
  if (value === undefined || !Number.isInteger(value) || value < 1 || value > controlLimits.ckuMax) {
    throw invalid(`${name} must be a whole number from 1 to ${controlLimits.ckuMax}`, pointer);
  }
  return value;
}

export function parseClusterConfig(input: ClusterConfigInput): ClusterConfig {
  if (input.kind === 'Dedicated') {
    if (input.maxEcku !== undefined) throw invalid('max_ecku does not apply to a Dedicated cluster', '/spec/config/max_ecku');
    return { kind: 'Dedicated', cku: wholeNumber(input.cku, 'cku', '/spec/config/cku') };
  }
  if (!elasticKinds.includes(input.kind)) {
    throw invalid(`kind must be one of ${[...elasticKinds, 'Dedicated'].join(', ')}`, '/spec/config/kind');
  }
  if (input.cku !== undefined) throw invalid('cku applies to a Dedicated cluster only', '/spec/config/cku');
  const kind = input.kind as ElasticKind;
  return input.maxEcku === undefined ? { kind } : { kind, maxEcku: wholeNumber(input.maxEcku, 'max_ecku', '/spec/config/max_ecku') };
}

const spreads = (availability: Availability): boolean => availability === 'MULTI_ZONE' || availability === 'HIGH';

/** Rules that bind the configuration and the availability together. */
export function checkAvailability(config: ClusterConfig, availability: Availability): void {
  if (config.kind === 'Dedicated' && spreads(availability) && config.cku < 2) {
    throw invalid(`a ${availability} Dedicated cluster needs at least 2 CKU`, '/spec/config/cku');
  }
}

export function parseAvailability(text: string): Availability {
  const found = availabilities.find((name) => name === text);
  if (!found) throw new ControlFailure('invalid_availability', `availability must be one of ${availabilities.join(', ')}`, { source: { pointer: '/spec/availability' } });
  return found;
}

export function parseFlushMode(text: string): FlushMode {
  const found = flushModes.find((name) => name === text);
  if (!found) throw invalid(`flushMode must be one of ${flushModes.join(', ')}`, '/spec/config/sluice/flushMode');
  return found;
}

/** Bytes of all partitions together, beyond which producers are refused; 0, and null, are none. */
export function parseDiskLimit(bytes: number | null): number | null {
  if (bytes === null || bytes === 0) return null;
  if (!Number.isSafeInteger(bytes) || bytes < controlLimits.diskLimitBytesMin) {
    throw invalid(`diskLimitBytes must be a whole number of bytes, at least ${controlLimits.diskLimitBytesMin}, or 0 for none`, '/spec/config/sluice/diskLimitBytes');
  }
  return bytes;
}

/** The kind after an update: only Basic becomes Standard; a Dedicated cluster changes its size only. */
export function changeClusterConfig(present: ClusterConfig, wanted: ClusterConfig, availability: Availability): ClusterConfig {
  if (present.kind !== wanted.kind && !(present.kind === 'Basic' && wanted.kind === 'Standard')) {
    throw new ControlFailure('immutable_field', `a ${present.kind} cluster can't become ${wanted.kind}; only Basic can become Standard`, { source: { pointer: '/spec/config/kind' } });
  }
  checkAvailability(wanted, availability);
  return wanted;
}
