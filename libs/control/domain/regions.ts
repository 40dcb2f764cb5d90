import { clouds, type Cloud } from './cluster-config.js';
import { ControlFailure } from './errors.catalogue.js';

/** This machine has regions by the names that the operator gives; each stands for an engine. */
export interface RegionRule {
  regions: readonly Region[];
  /** Whether region names of the big clouds stand for the first of the regions, so that what was written for `us-east-2` works here. */
  aliases: boolean;
}

export interface Region { name: string; engine: string }

export const REGION_NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/;

export function parseCloud(text: string): Cloud {
  const found = clouds.find((name) => name === text.toUpperCase());
  if (!found) throw new ControlFailure('invalid_cloud', `cloud must be one of ${clouds.join(', ')}`, { source: { pointer: '/spec/cloud' } });
  return found;
}

/** `zone-` of `zone-large`: a name of ours that is misspelt isn't taken for one of the big clouds'. */
const familyOf = (name: string): string | null => (name.includes('-') ? name.slice(0, name.indexOf('-') + 1) : null);

/** The engine that a region stands for; `isAlias`: no region of that name is there, the first serves it. */
export function resolveRegion(name: string, rule: RegionRule): { engine: string; isAlias: boolean } {
  const invalid = (message: string): ControlFailure => new ControlFailure('invalid_region', message, { source: { pointer: '/spec/region' } });
  if (!REGION_NAME.test(name)) throw invalid('region must be 1 to 64 characters of a-z, A-Z, 0-9, ".", "_" and "-"');
  const found = rule.regions.find((region) => region.name === name);
  if (found) return { engine: found.engine, isAlias: false };
  const first = rule.regions[0];
  const isNearOurs = rule.regions.some((region) => familyOf(region.name) !== null && familyOf(region.name) === familyOf(name));
  if (rule.aliases && first !== undefined && !isNearOurs) return { engine: first.engine, isAlias: true };
  throw invalid(`there is no region ${name}; this platform has ${rule.regions.map((region) => region.name).join(', ')}`);
}
