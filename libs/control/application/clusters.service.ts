import { isDeepStrictEqual } from 'node:util';
import {
  changeClusterConfig, changeEngine, checkAvailability, controlLimits, ControlFailure, newClusterId, newKafkaClusterId, notFound, offerOf, parseAvailability, parseCloud,
  parseClusterConfig, parseDiskLimit, parseFlushMode, parsePage, resolveEngine, resolveRegion, toPage, type Caller, type Cluster, type Drivers, type EngineOffer, type EngineSpec, type Environment, type FlushMode, type OperationKind, type RegionRule,
} from '#libs/control/domain';
import { asCaller, type Actor } from './authorization.js';
import { findCluster, startOperation, targetOf } from './cluster-access.js';
import { createClusterLifeCycle } from './cluster-life-cycle.js';
import { checkChange, hasNeverBeenUp, requireFree, requireLifeCycle, requireUp } from './cluster-rules.js';
import type { ControlDeps } from './deps.js';
import { displayName as checkName, withinQuota } from './input.rules.js';
import type { ClusterCreateInput, ClustersService, ClusterUpdateInput } from './services.js';
import type { ClusterChange, NewCluster, TenantTransaction } from './store.js';

export function createClustersService(deps: ControlDeps): ClustersService {
  /** Reports to the reconciler once the transaction has been committed, never before. */
  const woken = async <T>(id: string | ((result: T) => string), work: Promise<T>): Promise<T> => {
    const result = await work;
    deps.signal.wake(typeof id === 'string' ? id : id(result));
    return result;
  };
  return {
    list: (caller, page, filter) => asCaller(deps, caller, async (tx, actor) => {
      const window = parsePage(page);
      if (!await tx.environments.get(filter.environmentId)) throw notFound('environment', filter.environmentId);
      const { rows, total } = await tx.clusters.list(window, { ...filter, visibility: actor.sees('cluster.read') });
      return toPage(window, rows, total);
    }),
    get: (caller, id, environmentId) => asCaller(deps, caller, async (tx, actor) => {
      const cluster = await findCluster(tx, id, environmentId, 'read');
      actor.require('cluster.read', targetOf(cluster));
      return cluster;
    }),
    create: async (caller, input) => {
      const settings = input.sluice?.configs ?? {};
      if (Object.keys(settings).length > 0) {
        await asCaller(deps, caller, (tx, actor) => mayCreate(tx, actor, input.environmentId));
        await checkSettings(deps.drivers, newCluster(input, deps.regions, deps.drivers).engine);
      }
      return woken((cluster) => cluster.id, asCaller(deps, caller, async (tx, actor) => {
        await tx.organizations.lock();
        const environment = await mayCreate(tx, actor, input.environmentId);
        const row = newCluster(input, deps.regions, deps.drivers);
        withinQuota(await tx.clusters.count({}), controlLimits.clustersPerOrganizationMax, 'Kafka clusters in this organization');
        const cluster = await tx.clusters.insert({ ...row, environmentId: environment.id });
        await startOperation(tx, caller, cluster, 'cluster.create');
        await actor.audit('cluster.create', cluster.id);
        return cluster;
      }));
    },
    update: async (caller, id, environmentId, change) => {
      const seen = await asCaller(deps, caller, async (tx, actor) => {
        const cluster = await findCluster(tx, id, environmentId, 'read');
        actor.require('cluster.update', targetOf(cluster));
        return cluster;
      });
      const asked = checkedChange(seen, change, deps.drivers).wanted.engine;
      if (asked !== undefined) {
        await checkSettings(deps.drivers, asked);
        await checkChange(deps.administration, seen, asked);
      }
      return woken(id, asCaller(deps, caller, async (tx, actor) => {
        const present = await findCluster(tx, id, environmentId, 'change');
        actor.require('cluster.update', targetOf(present));
        const { wanted, kind } = checkedChange(present, change, deps.drivers);
        if (kind !== null) await requireFree(tx, present, kind);
        if (kind === 'cluster.scale' || kind === 'cluster.upgrade') requireUp(present);
        const changed = await tx.clusters.update(present.id, wanted, kind !== null);
        const cluster = kind !== null && (hasNeverBeenUp(present) || restarts(present, wanted)) ? await tx.clusters.requestRestart(present.id) : changed;
        if (kind !== null) await startOperation(tx, caller, cluster, kind);
        await actor.audit(kind ?? 'cluster.update', cluster.id);
        return cluster;
      }));
    },
    remove: (caller, id, environmentId) => woken(id, asCaller(deps, caller, async (tx, actor) => {
      const cluster = await findCluster(tx, id, environmentId, 'change');
      actor.require('cluster.delete', targetOf(cluster));
      // What an operator has brought in, an operator takes out.
      requireLifeCycle(deps.drivers, cluster);
      if (cluster.deletionProtection) {
        throw new ControlFailure('deletion_protected', `the Kafka cluster ${cluster.id} is protected from deletion; set deletion_protection to false first`);
      }
      await tx.apiKeys.removeOfCluster(cluster.id);
      await tx.clusters.markDeleted(cluster.id);
      await startOperation(tx, caller, { ...cluster, generation: cluster.generation + 1 }, 'cluster.delete');
      await actor.audit('cluster.delete', cluster.id);
    })),
    ...createClusterLifeCycle(deps),
  };
}

async function mayCreate(tx: TenantTransaction, actor: Actor, environmentId: string): Promise<Environment> {
  const environment = await tx.environments.get(environmentId);
  if (!environment) throw notFound('environment', environmentId);
  actor.require('cluster.create', { environmentId: environment.id, clusterId: null });
  return environment;
}

/** Asked of the engine itself, which may take a moment: outside of any transaction. */
async function checkSettings(drivers: Drivers, { engine, version, configs }: EngineSpec): Promise<void> {
  if (Object.keys(configs).length === 0) return;
  const [problem] = await drivers.of(engine).checkConfigs(version, configs);
  if (problem) throw new ControlFailure('invalid_configuration', problem.reason, { source: { pointer: `/spec/config/sluice/configs/${problem.key.replaceAll('~', '~0').replaceAll('/', '~1')}` } });
}

function offerFor(input: ClusterCreateInput, regions: RegionRule, drivers: Drivers): EngineOffer {
  const { engine, isAlias } = resolveRegion(input.region, regions);
  const named = input.sluice?.engine;
  if (named !== undefined && named !== engine && !isAlias) {
    throw new ControlFailure('invalid_configuration', `the region ${input.region} stands for the engine ${engine}, not for ${named}`, { source: { pointer: '/spec/config/sluice/engine' } });
  }
  return offerOf(drivers, named ?? engine);
}

function flushModeFor(offer: EngineOffer, wanted: string | undefined): FlushMode {
  const mode = wanted === undefined ? offer.flushModes[0] ?? 'os' : parseFlushMode(wanted);
  if (!offer.flushModes.includes(mode)) throw new ControlFailure('invalid_configuration', `flushMode must be ${offer.flushModes.join(' or ')} for ${offer.title}`, { source: { pointer: '/spec/config/sluice/flushMode' } });
  return mode;
}

function diskLimitFor(offer: EngineOffer, wanted: number | null | undefined): number | null {
  const limit = parseDiskLimit(wanted ?? null);
  if (limit !== null && !offer.capabilities.diskLimit) throw new ControlFailure('invalid_configuration', `${offer.title} has no limit on a cluster's disk`, { source: { pointer: '/spec/config/sluice/diskLimitBytes' } });
  return limit;
}

function newCluster(input: ClusterCreateInput, regions: RegionRule, drivers: Drivers): Omit<NewCluster, 'environmentId'> {
  const config = parseClusterConfig(input.config ?? { kind: 'Basic' });
  const availability = parseAvailability(input.availability ?? 'SINGLE_ZONE');
  checkAvailability(config, availability);
  const offer = offerFor(input, regions, drivers);
  return {
    id: newClusterId(),
    displayName: checkName(input.displayName, '/spec/display_name'),
    availability,
    cloud: parseCloud(input.cloud),
    region: input.region,
    config,
    engine: resolveEngine(input.sluice ?? {}, offer, availability),
    flushMode: flushModeFor(offer, input.sluice?.flushMode),
    diskLimitBytes: diskLimitFor(offer, input.sluice?.diskLimitBytes),
    deletionProtection: input.deletionProtection ?? false,
    kafkaClusterId: newKafkaClusterId(),
    phaseDeadlineAt: new Date(Date.now() + controlLimits.provisioningDeadlineMs),
  };
}

/** What really changes, and which work for the brokers that is; null: none. Kind and size are the platform's words, the engine's number of brokers is what counts. */
function checkedChange(present: Cluster, change: ClusterUpdateInput, drivers: Drivers): { wanted: ClusterChange; kind: OperationKind | null } {
  for (const field of ['cloud', 'region', 'availability'] as const) {
    if (change[field] !== undefined && change[field] !== present[field]) {
      throw new ControlFailure('immutable_field', `the ${field} of a Kafka cluster can't be changed; it is ${present[field]}`, { source: { pointer: `/spec/${field}` } });
    }
  }
  const offer = drivers.of(present.engine.engine).offer();
  const { sluice } = change;
  const wanted: ClusterChange = {};
  if (change.displayName !== undefined) wanted.displayName = checkName(change.displayName, '/spec/display_name');
  if (change.deletionProtection !== undefined) wanted.deletionProtection = change.deletionProtection;
  if (change.config !== undefined) wanted.config = changeClusterConfig(present.config, parseClusterConfig(change.config), present.availability);
  if (sluice?.flushMode !== undefined) wanted.flushMode = flushModeFor(offer, sluice.flushMode);
  if (sluice?.diskLimitBytes !== undefined) wanted.diskLimitBytes = diskLimitFor(offer, sluice.diskLimitBytes);
  const engine = changeEngine(present.engine, sluice ?? {}, offer);
  if (!isDeepStrictEqual(engine, present.engine)) wanted.engine = engine;
  return { wanted, kind: kindOf(present, wanted) };
}

function kindOf(present: Cluster, wanted: ClusterChange): OperationKind | null {
  if (wanted.engine !== undefined && wanted.engine.version !== present.engine.version) return 'cluster.upgrade';
  if (wanted.engine !== undefined && wanted.engine.brokers !== present.engine.brokers) return 'cluster.scale';
  const concerned = wanted.engine !== undefined || (['flushMode', 'diskLimitBytes'] as const).some((field) => wanted[field] !== undefined && wanted[field] !== present[field]);
  return concerned ? 'cluster.update' : null;
}

/** What no file of a broker's settings tells: which program runs, and with how much memory. */
function restarts({ engine: present }: Cluster, { engine: wanted }: ClusterChange): boolean {
  return wanted !== undefined && (wanted.version !== present.version || wanted.heapMb !== present.heapMb);
}
