import type { CrashPoints, DesiredCluster, Drivers, SideEffect } from '#libs/control/domain';
import type { Step } from './plan.js';
import type { PortAllocator } from './port-allocator.js';
import { backoffMs, type ReconcilerLimits } from './reconciler.limits.js';
import type { ClusterState, Lease, ReconcilerStore } from './store.js';

export interface DesiredOptions { advertisedHost: string; bindHost: string; settings: Readonly<Record<string, string>> }

export interface ExecutorDeps {
  store: ReconcilerStore;
  drivers: Drivers;
  ports: PortAllocator;
  crash: CrashPoints;
  limits: ReconcilerLimits;
  desired: DesiredOptions;
}

/** False: the lease is lost or the step has lost its ground; nothing more may be done before the state is read again. */
type Outcome = Promise<boolean>;

/** Carries out one step. Each is idempotent, checks the lease before its effect, and has a crash point on both sides of it. */
export async function execute(deps: ExecutorDeps, lease: Lease, state: ClusterState, step: Step): Outcome {
  if (!writesOnly.has(step.kind) && !await deps.store.beginStep(lease, describe(step), deps.limits.leaseMs)) return false;
  deps.crash.pass(`${step.kind satisfies SideEffect}.before`);
  const done = await effects[step.kind](deps, lease, state, step as never);
  deps.crash.pass(`${step.kind}.after`);
  return done;
}

/** Their one write checks the lease itself. */
const writesOnly: ReadonlySet<Step['kind']> = new Set<Step['kind']>(['mark-restarted', 'mark-provisioned', 'mark-failed', 'retry-provisioning', 'forget']);

export const describe = (step: Step): string => ('nodeId' in step ? `${step.kind} ${step.nodeId}` : step.kind);

export const toDesired = (state: ClusterState, options: DesiredOptions): DesiredCluster => ({
  clusterId: state.clusterId,
  kafkaClusterId: state.kafkaClusterId,
  flushMode: state.flushMode,
  diskLimitBytes: state.diskLimitBytes,
  version: state.engine.version,
  heapMb: state.engine.heapMb,
  configs: state.engine.configs,
  brokers: state.brokers.map(({ nodeId, ports, roles, rack, isFirst }) => ({ nodeId, ports, roles, rack, isFirst })),
  ...options,
});

type Effect<Kind extends Step['kind']> = (deps: ExecutorDeps, lease: Lease, state: ClusterState, step: Extract<Step, { kind: Kind }>) => Outcome;

const effects: { [Kind in Step['kind']]: Effect<Kind> } = {
  'allocate-ports': async ({ ports }, lease, _state, { nodeIds }) => {
    for (const nodeId of nodeIds) if (!await ports.allocate(lease, nodeId)) return false;
    return true;
  },
  prepare: async ({ drivers, store, desired }, lease, state, { generation, anew }) => {
    // Before the directory is made: after a crash in between, what was in the lost one is still known to be missing.
    if (anew && !await store.forgetFiles(lease)) return false;
    const begun = performance.now();
    await drivers.of(state.engine.engine).prepare(toDesired(state, desired), (text) => { void store.noteProgress(lease, text).catch(() => undefined); });
    return store.markPrepared(lease, generation, performance.now() - begun);
  },
  'apply-principals': async ({ drivers, store }, lease, state) => {
    const file = await store.principals(lease);
    if (file === null) return false;
    await drivers.of(state.engine.engine).applyPrincipals(lease.clusterId, file);
    await store.principalsApplied(lease, file.sequence);
    return true;
  },
  'start-broker': async ({ drivers, store, limits, desired }, lease, state, { nodeId, attempt }) => {
    if (!await store.recordStart(lease, nodeId, backoffMs(attempt, limits))) return false;
    await drivers.of(state.engine.engine).startBroker(toDesired(state, desired), nodeId);
    return true;
  },
  'stop-broker': async ({ drivers }, lease, state, { nodeId, mode }) => {
    await drivers.of(state.engine.engine).stopBroker(lease.clusterId, nodeId, mode);
    return true;
  },
  'mark-restarted': ({ store }, lease, _state, { restartGeneration }) => store.markRestarted(lease, restartGeneration),
  'mark-provisioned': ({ store }, lease, _state, { generation }) => store.markProvisioned(lease, generation),
  'mark-failed': ({ store }, lease, _state, { reason }) => store.markFailed(lease, reason),
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
