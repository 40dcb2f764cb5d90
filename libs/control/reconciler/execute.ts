import type { ClusterAdministration, CrashPoints, DesiredCluster, Drivers, PrincipalsFile, ReachableCluster, SideEffect } from '#libs/control/domain';
import type { PortAllocator } from './port-allocator.js';
import { backoffMs, type ReconcilerLimits } from './reconciler.limits.js';
import type { KeepUpStep, Step } from './steps.js';
import type { ClusterState, Lease, ReconcilerStore } from './store.js';

export interface DesiredOptions { advertisedHost: string; bindHost: string; settings: Readonly<Record<string, string>> }

export interface ExecutorDeps {
  store: ReconcilerStore;
  drivers: Drivers;
  administration: ClusterAdministration;
  ports: PortAllocator;
  crash: CrashPoints;
  limits: ReconcilerLimits;
  desired: DesiredOptions;
}

/** False: the lease is lost or the step has lost its ground; nothing more may be done before the state is read again. */
type Outcome = Promise<boolean>;

/** Carries out one step. Each is idempotent, checks the lease before its effect, and has a crash point on both sides of it. */
export async function execute(deps: ExecutorDeps, lease: Lease, state: ClusterState, step: Step, givenUp?: AbortSignal): Outcome {
  if (!writesOnly.has(step.kind) && !await deps.store.beginStep(lease, describe(step), deps.limits.leaseMs)) return false;
  deps.crash.pass(`${step.kind satisfies SideEffect}.before`);
  const done = await effects[step.kind](deps, lease, state, step as never, givenUp);
  deps.crash.pass(`${step.kind}.after`);
  return done;
}

/** Their one write checks the lease itself. */
const writesOnly: ReadonlySet<Step['kind']> = new Set<Step['kind']>([
  'plan-moves', 'mark-balanced', 'mark-replaced', 'mark-cleared', 'mark-joined', 'mark-roles', 'mark-provisioned', 'mark-paused', 'mark-failed', 'retry-provisioning', 'forget-broker', 'forget',
]);

export const describe = (step: Step): string => ('nodeId' in step ? `${step.kind} ${step.nodeId}` : step.kind);

export const toDesired = (state: ClusterState, options: DesiredOptions): DesiredCluster => ({
  clusterId: state.clusterId,
  kafkaClusterId: state.kafkaClusterId,
  flushMode: state.flushMode,
  diskLimitBytes: state.diskLimitBytes,
  version: state.engine.version,
  heapMb: state.engine.heapMb,
  configs: state.engine.configs,
  isPaused: state.isPaused,
  // What joins a cluster that there is must not be formatted as if it made one.
  brokers: state.brokers.map(({ nodeId, ports, roles, rack, isFirst, isJoining }) => ({ nodeId, ports, roles, rack, isFirst: isFirst && (!isJoining || state.brokers.length === 1) })),
  ...options,
});

export const toReachable = ({ clusterId, engine: { engine, version }, brokers }: ClusterState): ReachableCluster =>
  ({ clusterId, engine, version, brokers: brokers.map(({ nodeId, ports, roles }) => ({ nodeId, ports, roles })) });

/**
 * What can be done beside another step; the operation isn't told of it. Both check the lease. That principals have been applied isn't noted: a node that has no files yet must be told
 * when it has some.
 */
export async function executeBeside(deps: ExecutorDeps, lease: Lease, state: ClusterState, step: KeepUpStep): Promise<void> {
  if (step.kind === 'start-broker') await effects[step.kind](deps, lease, state, step);
  else await applyPrincipals(deps, lease, state);
}

async function applyPrincipals({ drivers, store }: ExecutorDeps, lease: Lease, state: ClusterState): Promise<PrincipalsFile | null> {
  const file = await store.principals(lease);
  if (file !== null) await drivers.of(state.engine.engine).applyPrincipals(lease.clusterId, file);
  return file;
}

type Effect<Kind extends Step['kind']> = (deps: ExecutorDeps, lease: Lease, state: ClusterState, step: Extract<Step, { kind: Kind }>, givenUp?: AbortSignal) => Outcome;

type Effects<Kind extends Step['kind']> = { [Each in Kind]: Effect<Each> };

const moving: Effects<'plan-moves' | 'move-partitions' | 'elect-leaders' | 'mark-balanced'> = {
  'plan-moves': ({ store }, lease, _state, { moves }) => store.planMoves(lease, moves),
  'move-partitions': async ({ administration }, _lease, state, { moves }) => {
    await administration.reassign(toReachable(state), moves);
    return true;
  },
  'elect-leaders': async ({ administration }, _lease, state, { partitions }) => {
    await administration.electPreferred(toReachable(state), partitions);
    return true;
  },
  'mark-balanced': ({ store }, lease, _state, { brokers }) => store.markBalanced(lease, brokers),
};

const replacing: Effects<'unregister-broker' | 'remove-broker' | 'forget-broker' | 'mark-replaced' | 'remove-voter' | 'mark-cleared' | 'add-voter' | 'mark-joined' | 'mark-roles'> = {
  'unregister-broker': async ({ administration }, _lease, state, { nodeId }) => {
    await administration.unregisterBroker(toReachable(state), nodeId);
    return true;
  },
  'remove-broker': async ({ drivers }, lease, state, { nodeId, keepFiles }) => {
    await drivers.of(state.engine.engine).removeBroker(lease.clusterId, nodeId, { keepFiles });
    return true;
  },
  'forget-broker': ({ store }, lease, _state, { nodeId, isLast }) => store.forgetBroker(lease, nodeId, isLast),
  'mark-replaced': ({ store }, lease, _state, { nodeId }) => store.markReplaced(lease, nodeId),
  'remove-voter': async ({ administration }, _lease, state, { nodeId }) => {
    await administration.removeVoter(toReachable(state), nodeId);
    return true;
  },
  'mark-cleared': ({ store }, lease, _state, { nodeId }) => store.markCleared(lease, nodeId),
  'add-voter': async ({ administration }, _lease, state, { nodeId }) => {
    await administration.addVoter(toReachable(state), nodeId);
    return true;
  },
  'mark-joined': ({ store }, lease, _state, { nodeId }) => store.markJoined(lease, nodeId),
  'mark-roles': ({ store }, lease, _state, { nodeId, roles }) => store.markRoles(lease, nodeId, roles),
};

const effects: Effects<Step['kind']> = {
  'allocate-ports': async ({ ports }, lease, _state, { nodeIds }) => {
    for (const nodeId of nodeIds) if (!await ports.allocate(lease, nodeId)) return false;
    return true;
  },
  prepare: async ({ drivers, store, desired }, lease, state, { generation, anew }, givenUp) => {
    // Before the directory is made: after a crash in between, what was in the lost one is still known to be missing.
    if (anew && !await store.forgetFiles(lease)) return false;
    const begun = performance.now();
    await drivers.of(state.engine.engine).prepare(toDesired(state, desired), (text) => { void store.noteProgress(lease, text).catch(() => undefined); }, givenUp);
    return store.markPrepared(lease, generation, performance.now() - begun);
  },
  'apply-principals': async (deps, lease, state) => {
    const file = await applyPrincipals(deps, lease, state);
    if (file === null) return false;
    await deps.store.principalsApplied(lease, file.sequence);
    return true;
  },
  'start-broker': async ({ drivers, store, limits, desired }, lease, state, { nodeId, attempt }) => {
    if (!await store.recordStart(lease, nodeId, backoffMs(attempt, limits), state.restartGeneration)) return false;
    await drivers.of(state.engine.engine).startBroker(toDesired(state, desired), nodeId);
    return true;
  },
  'stop-broker': async ({ drivers }, lease, state, { nodeId, mode }) => {
    await drivers.of(state.engine.engine).stopBroker(lease.clusterId, nodeId, mode);
    return true;
  },
  'stop-together': async ({ drivers }, lease, state, { nodeIds }) => {
    await drivers.of(state.engine.engine).stopTogether(lease.clusterId, nodeIds);
    return true;
  },
  'apply-configs': async ({ administration, store }, lease, state, { set, remove, wanted }) => {
    await administration.alterConfigs(toReachable(state), { set, remove });
    return store.configsApplied(lease, wanted);
  },
  'update-features': async ({ administration, store }, lease, state, { version }) => {
    await administration.updateFeatures(toReachable(state));
    return store.featuresUpdated(lease, version);
  },
  ...moving,
  ...replacing,
  'mark-provisioned': ({ store }, lease, _state, { generation, restartGeneration }) => store.markProvisioned(lease, generation, restartGeneration),
  'mark-paused': ({ store }, lease, _state, { generation, restartGeneration }) => store.markPaused(lease, generation, restartGeneration),
  'mark-failed': ({ store }, lease, state, { reason }) => store.markFailed(lease, state.generation, reason),
  'retry-provisioning': ({ store, limits }, lease, _state, { restartGeneration }) => store.retryProvisioning(lease, restartGeneration, limits.provisioningDeadlineMs),
  remove: async ({ drivers }, lease, state) => {
    await drivers.of(state.engine.engine).remove(lease.clusterId);
    return true;
  },
  forget: async ({ store }, lease) => {
    await store.forget(lease);
    return true;
  },
};
