/** What engines offer and what a cluster wants of one: data that drivers declare. Nothing here knows one engine from another. */
import { controlLimits } from './control.limits.js';
import type { Availability } from './cluster-config.js';
import type { DriverCapabilities, Drivers, NodeRole } from './cluster-driver.js';
import { ControlFailure } from './errors.catalogue.js';

export interface EngineVersion {
  version: string;
  isInstalled: boolean;
  /** Versions of running clusters that may be brought to this one. */
  upgradesFrom: readonly string[];
}

export interface EngineOffer {
  engine: string;
  /** A line for people. */
  title: string;
  /** The region that stands for it, unless the operator says otherwise. */
  region: string;
  /** False: clusters of somebody else's, which an operator brings in; nobody can have one made. */
  isProvisioned: boolean;
  /** The default first; none: there is nothing to choose. */
  versions: readonly EngineVersion[];
  brokersMax: number;
  /** Zero: there are no controllers apart from the brokers. */
  controllersMax: number;
  /** The cluster's metadata is kept by a service beside its nodes: none of them is a controller. */
  hasOutsideMetadata?: boolean;
  /** Null: not the tenant's to choose. */
  heapMb: { min: number; default: number; max: number } | null;
  /** Whether tenants may have broker settings of their own. */
  takesConfigs: boolean;
  flushModes: readonly ('ack' | 'os')[];
  capabilities: DriverCapabilities;
  /** Why it can't be had at present, and what to do. */
  problem: string | null;
}

/** Of one cluster. Nulls where the engine leaves no choice. */
export interface EngineSpec {
  engine: string;
  version: string | null;
  brokers: number;
  /** Apart from the brokers; 0: the first three brokers are controllers too, or the first alone where there are fewer. */
  controllers: number;
  /** As its engine offered it when the cluster was made; left out: its nodes keep the metadata. */
  hasOutsideMetadata?: boolean;
  heapMb: number | null;
  configs: Readonly<Record<string, string>>;
}

/** What a caller sends; nothing is known of it but the types. */
export interface EngineInput { engine?: string; version?: string; brokers?: number; controllers?: number; heapMb?: number; configs?: Readonly<Record<string, string>> }

export interface ConfigProblem { key: string; reason: string }

const invalid = (message: string, field: string): ControlFailure => new ControlFailure('invalid_configuration', message, { source: { pointer: `/spec/config/sluice/${field}` } });

const isSpread = (availability: Availability): boolean => availability === 'MULTI_ZONE' || availability === 'HIGH';
const BROKERS_WHEN_SPREAD = 3;

/** Nodes of separate controllers; brokers count from 1. */
export const FIRST_CONTROLLER_ID = 1001;
/** Of three one may be lost; of two neither, which is why two brokers have one voter. */
const VOTERS_MAX = 3;

/** What a node's place in its cluster is made of. `firstBrokers`: those that it began with and still has. */
export interface ClusterPlaces { firstBrokers: number; availability: Availability }

/** Brokers 1, 2, 3 … and the controllers that stand apart. */
export const nodeIdsOf = ({ brokers, controllers }: Pick<EngineSpec, 'brokers' | 'controllers'>): number[] =>
  [...Array.from({ length: brokers }, (_, index) => index + 1), ...Array.from({ length: controllers }, (_, index) => FIRST_CONTROLLER_ID + index)];

/** What a node is to be in a cluster of this shape. What it is meanwhile, while the number of brokers changes, is remembered of each node. */
export function rolesOf(nodeId: number, { brokers, controllers, hasOutsideMetadata = false }: Pick<EngineSpec, 'brokers' | 'controllers' | 'hasOutsideMetadata'>): readonly NodeRole[] {
  if (nodeId >= FIRST_CONTROLLER_ID) return ['controller'];
  const voters = controllers > 0 || hasOutsideMetadata ? 0 : brokers >= VOTERS_MAX ? VOTERS_MAX : 1;
  return nodeId <= voters ? ['broker', 'controller'] : ['broker'];
}

/** Where a node stands, by its id alone. */
export function placeOf(nodeId: number, { firstBrokers, availability }: ClusterPlaces): { rack: string | null; isFirst: boolean } {
  const isController = nodeId >= FIRST_CONTROLLER_ID;
  const index = isController ? nodeId - FIRST_CONTROLLER_ID : nodeId - 1;
  return { rack: isSpread(availability) ? `zone-${(index % BROKERS_WHEN_SPREAD) + 1}` : null, isFirst: isController || index < firstBrokers };
}

/** Of an engine whose clusters can be made here. The others are asked only to name them in a refusal: a driver may have to look around for its answer. */
export function offerOf({ all }: Pick<Drivers, 'all'>, engine: string): EngineOffer {
  const offer = all.find((driver) => driver.name === engine)?.offer();
  if (!offer?.isProvisioned) throw invalid(`engine must be one of ${all.map((driver) => driver.offer()).filter((each) => each.isProvisioned).map((each) => each.engine).join(', ')}`, 'engine');
  if (offer.problem !== null) throw new ControlFailure('engine_unavailable', `${offer.title} can't be had on this platform at present: ${offer.problem}`, { source: { pointer: '/spec/config/sluice/engine' } });
  return offer;
}

function wholeNumber(value: number | undefined, otherwise: number, min: number, max: number, field: string, unit: string): number {
  if (value === undefined) return otherwise;
  if (!Number.isInteger(value) || value < min || value > max) throw invalid(min === max ? `${field} must be ${min} for this engine` : `${field} must be a whole number of ${unit} from ${min} to ${max}`, field);
  return value;
}

function parseVersion(wanted: string | undefined, { versions, title }: EngineOffer): string | null {
  if (wanted !== undefined && !versions.some(({ version }) => version === wanted)) {
    throw invalid(versions.length === 0 ? `${title} has no versions to choose from` : `version must be one of ${versions.map(({ version }) => version).join(', ')} for ${title}`, 'version');
  }
  return wanted ?? versions[0]?.version ?? null;
}

function parseControllers(wanted: number | undefined, { controllersMax, title }: EngineOffer): number {
  const count = wanted ?? 0;
  if (count !== 0 && controllersMax === 0) throw invalid(`${title} has no controllers apart from its brokers`, 'controllers');
  if (count !== 0 && (count > controllersMax || count % 2 === 0 || !Number.isInteger(count) || count < 0)) throw invalid(`controllers must be 0, for brokers that are controllers too, or an odd number up to ${controllersMax}`, 'controllers');
  return count;
}

function parseHeap(wanted: number | undefined, { heapMb, title }: EngineOffer): number | null {
  if (heapMb !== null) return wholeNumber(wanted, heapMb.default, heapMb.min, heapMb.max, 'heapMb', 'MiB');
  if (wanted !== undefined) throw invalid(`${title} has no heap to choose`, 'heapMb');
  return null;
}

function parseConfigs(wanted: Readonly<Record<string, string>> | undefined, { takesConfigs, title }: EngineOffer): Readonly<Record<string, string>> {
  const configs = wanted ?? {};
  const count = Object.keys(configs).length;
  if (count > 0 && !takesConfigs) throw invalid(`${title} takes no broker settings of a tenant's own`, 'configs');
  if (count > controlLimits.engineConfigsMax) throw invalid(`configs may have ${controlLimits.engineConfigsMax} settings at most`, 'configs');
  return configs;
}

/** What is wanted, with the engine's defaults for what wasn't said. Whether the settings are right only the driver knows. */
export function resolveEngine(input: EngineInput, offer: EngineOffer, availability: Availability): EngineSpec {
  const usual = Math.min(isSpread(availability) ? BROKERS_WHEN_SPREAD : 1, offer.brokersMax);
  return {
    engine: offer.engine,
    version: parseVersion(input.version, offer),
    brokers: wholeNumber(input.brokers, usual, 1, offer.brokersMax, 'brokers', 'brokers'),
    controllers: parseControllers(input.controllers, offer),
    ...(offer.hasOutsideMetadata ? { hasOutsideMetadata: true } : {}),
    heapMb: parseHeap(input.heapMb, offer),
    configs: parseConfigs(input.configs, offer),
  };
}

/** The engine never changes, nor whether controllers stand apart; a version only goes where the engine can bring it. */
export function changeEngine(present: EngineSpec, input: EngineInput, offer: EngineOffer): EngineSpec {
  const unchanged = (field: 'engine' | 'controllers'): void => {
    if (input[field] !== undefined && input[field] !== present[field]) {
      throw new ControlFailure('immutable_field', `the ${field} of a Kafka cluster can't be changed; it is ${present[field]}`, { source: { pointer: `/spec/config/sluice/${field}` } });
    }
  };
  unchanged('engine');
  unchanged('controllers');
  const version = input.version === undefined ? present.version : parseVersion(input.version, offer);
  if (version !== present.version && !offer.versions.find((each) => each.version === version)?.upgradesFrom.includes(present.version ?? '')) {
    throw invalid(`a cluster of version ${present.version} can't be brought to ${version}`, 'version');
  }
  return {
    ...present, version,
    brokers: wholeNumber(input.brokers, present.brokers, 1, offer.brokersMax, 'brokers', 'brokers'),
    heapMb: input.heapMb === undefined ? present.heapMb : parseHeap(input.heapMb, offer),
    configs: input.configs === undefined ? present.configs : parseConfigs(input.configs, offer),
  };
}
