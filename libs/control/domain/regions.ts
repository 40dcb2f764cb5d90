import { clouds, type Cloud } from './cluster-config.js';
import { ControlFailure } from './errors.catalogue.js';

export interface RegionRule {
  /** Whether region names of the big clouds stand for this machine, so that what was written for `us-east-2` works here. */
  aliases: boolean;
}

/** This machine, under any of the three clouds that clients know. */
export const embeddedRegion = 'embedded';
/** Names kept for regions where Apache Kafka is the engine; an alias never hides one. */
const reservedPrefix = 'apache-';

export function parseCloud(text: string): Cloud {
  const found = clouds.find((name) => name === text.toUpperCase());
  if (!found) throw new ControlFailure('invalid_cloud', `cloud must be one of ${clouds.join(', ')}`, { source: { pointer: '/spec/cloud' } });
  return found;
}

/** Answers the region that serves this name. */
export function resolveRegion(name: string, rule: RegionRule): typeof embeddedRegion {
  const invalid = (message: string): ControlFailure => new ControlFailure('invalid_region', message, { source: { pointer: '/spec/region' } });
  if (!/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/.test(name)) throw invalid('region must be 1 to 64 characters of a-z, A-Z, 0-9, ".", "_" and "-"');
  if (name === embeddedRegion) return embeddedRegion;
  if (name.startsWith(reservedPrefix)) throw invalid(`there is no region ${name}; this platform has the region ${embeddedRegion}`);
  if (!rule.aliases) throw invalid(`there is no region ${name}; this platform has the region ${embeddedRegion} and takes no other name for it`);
  return embeddedRegion;
}
