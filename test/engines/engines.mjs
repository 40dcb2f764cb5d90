// What the suite has to know of an engine beyond what the engine declares: how long it may take, and figures that are promised of it.
const MINUTE = 60_000;

/** Of engines that aren't named here. */
const usual = { provisionedWithinMs: 5 * MINUTE, revokedClosedWithinMs: 60_000, settings: { sluice: {} } };

const figures = {
  embedded: { provisionedWithinMs: MINUTE, revokedClosedWithinMs: 5_000 },
  // The first cluster of a version installs it.
  'apache-kraft': { provisionedWithinMs: 10 * MINUTE },
  'apache-zookeeper': { provisionedWithinMs: 10 * MINUTE },
};

export const figuresOf = (engine) => ({ ...usual, ...figures[engine] });

/** Brokers that the suite asks for: three show what replication does. */
const BROKERS = 3;
/** Enough for what is done here. */
const HEAP_MB = 256;

/** How often Kafka looks for what is too old: every five minutes unless it is told otherwise. */
export const RETENTION_CHECK = 'log.retention.check.interval.ms';

/** The request that makes a cluster of this offer. */
export function clusterRequest(offer, environment, { brokers, version, suffix = '' }) {
  const { heap_mb: heap, brokers_max: brokersMax } = offer.limits;
  const sluice = {
    engine: offer.name, brokers: Math.min(brokers ?? BROKERS, brokersMax),
    ...(version ? { version } : {}), ...(heap === null ? {} : { heapMb: Math.min(Math.max(HEAP_MB, heap.min), heap.max) }),
    ...(offer.limits.configs_max > 0 ? { configs: { [RETENTION_CHECK]: '5000' } } : {}),
  };
  return {
    spec: {
      display_name: `suite-${offer.name}${suffix}`, availability: sluice.brokers > 1 ? 'MULTI_ZONE' : 'SINGLE_ZONE', cloud: 'AWS', region: offer.regions[0], config: { kind: 'Standard', sluice }, environment: { id: environment.id },
    },
  };
}

/** Why no cluster of this engine can be made here; null: one can. */
export function unavailable(offer, name) {
  if (offer === undefined) return `this platform has no engine ${name}`;
  if (offer.problem !== null) return offer.problem;
  return offer.is_provisioned && offer.regions.length === 0 ? 'no region stands for it' : null;
}
