import { invariant } from '#libs/kernel';
import { canMove, rolesOf, type BrokerProcessState, type ClusterPhase, type EngineSpec, type FlushMode, type OperationStep, type OrganizationId, type PartitionMove } from '#libs/control/domain';
import type { ClusterState, Lease, ReconcilerStore } from '#libs/control/reconciler';
import { Prisma } from '../../generated/prisma/client.js';
import { clusterRepository } from './cluster.repository.js';
import type { Database, Sql, Transaction } from './connection.js';
import { forgetHistory } from './history.sql.js';
import { clusterParts, nodeOf, portsOf, toEngine, type ClusterRow } from './row.mapper.js';
import { isUniqueViolation } from './store-error.js';

/** The reconciler's store on PostgreSQL: across tenants, each write bound to the lease's token. Times of leases are the database's own. */
export function createReconcilerStore(database: Database): ReconcilerStore {
  const held = <T>(lease: Lease, work: (tx: Transaction, cluster: Prisma.ClusterWhereUniqueInput, sql: Sql) => Promise<T>, lost: T): Promise<T> => database.system(async (tx, sql) => {
    const [row] = await tx.$queryRaw<unknown[]>`
      SELECT 1 FROM cluster WHERE organization_id = ${lease.organizationId} AND id = ${lease.clusterId} AND lease_token = ${lease.token} FOR NO KEY UPDATE`;
    return row === undefined ? lost : work(tx, clusterKey(lease), sql);
  });
  const change = (lease: Lease, data: Prisma.ClusterUpdateInput): Promise<boolean> =>
    held(lease, async (tx, where) => { await tx.cluster.update({ where, data }); return true; }, false);
  const changeBroker = (lease: Lease, nodeId: number, data: Prisma.BrokerUpdateInput): Promise<boolean> =>
    held(lease, async (tx) => { await tx.broker.update({ where: brokerKey(lease, nodeId), data }); return true; }, false);
  return {
    ...leases(database),
    load: (lease, leaseMs) => database.system(async (tx) => {
      if (await renewIn(tx, lease, leaseMs) !== 1) return null;
      return toState(await tx.cluster.findUniqueOrThrow({ where: clusterKey(lease), include: clusterParts }));
    }),
    beginStep: (lease, step, leaseMs) => held(lease, async (tx) => {
      await renewIn(tx, lease, leaseMs);
      await noteStep(tx, lease, step);
      return true;
    }, false),
    saveObserved: (lease, nodeId, seen) => held(lease, async (tx) => { await tx.broker.update({ where: brokerKey(lease, nodeId), data: seen }); }, undefined),
    freePortBlocks: ({ first, last }, limit) => database.system(async (tx) => {
      const rows = await tx.$queryRaw<{ first: number }[]>`
        SELECT block AS first FROM generate_series(${first}::int, ${last - 2}::int, 3) AS block
        WHERE NOT EXISTS (SELECT 1 FROM port_allocation WHERE port BETWEEN block AND block + 2) ORDER BY block LIMIT ${limit}`;
      return rows.map((row) => row.first);
    }),
    insertBroker: async (lease, nodeId, ports) => {
      try {
        return await held(lease, async (tx, where) => {
          const key = { organizationId: lease.organizationId, clusterId: lease.clusterId, nodeId };
          await tx.portAllocation.createMany({ data: Object.entries(ports).map(([listener, port]) => ({ ...key, listener, port })) });
          const row = await tx.cluster.findUniqueOrThrow({ where, select: { restartGeneration: true, engine: true, engineSpec: true } });
          await tx.broker.create({ data: { ...key, roles: [...rolesOf(nodeId, toEngine(row))], restartedGeneration: row.restartGeneration } });
          // Its principals are still to be written, whatever the others have.
          await tx.cluster.update({ where, data: { principalsApplied: 0 } });
          return true;
        }, false);
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    },
    recordStart: (lease, nodeId, nextStartInMs, restartGeneration) => changeBroker(lease, nodeId,
      { startAttempts: { increment: 1 }, nextStartAt: new Date(Date.now() + nextStartInMs), startedAt: new Date(), restartedGeneration: restartGeneration }),
    recordReady: (lease, nodeId) => held(lease, async (tx) => {
      await tx.broker.update({ where: brokerKey(lease, nodeId), data: { startAttempts: 0, nextStartAt: null } });
    }, undefined),
    principals: (lease) => held(lease, (tx, _where, sql) => clusterRepository(tx, sql, lease.organizationId as OrganizationId, '').principals(lease.clusterId).then((found) => found?.file ?? null), null),
    principalsApplied: (lease, sequence) => database.system((tx, sql) => clusterRepository(tx, sql, lease.organizationId as OrganizationId, '').principalsApplied(lease.clusterId, sequence)),
    forgetFiles: (lease) => change(lease, { preparedGeneration: 0, principalsApplied: 0 }),
    markPrepared: (lease, generation, tookMs) => held(lease, async (tx, where) => {
      await tx.cluster.update({ where, data: { preparedGeneration: generation } });
      await tx.$executeRaw`UPDATE cluster SET phase_deadline_at = phase_deadline_at + make_interval(secs => ${tookMs / 1000}::float8) WHERE organization_id = ${lease.organizationId} AND id = ${lease.clusterId}`;
      return true;
    }, false),
    noteProgress: (lease, text) => held(lease, (tx) => noteProgress(tx, lease, text), undefined),
    configsApplied: (lease, configs) => change(lease, { dynamicConfigs: { ...configs } }),
    featuresUpdated: (lease, version) => change(lease, { featuresVersion: version }),
    planMoves: (lease, moves) => change(lease, { moves: toJson(moves) }),
    markBalanced: (lease, brokers) => change(lease, { moves: Prisma.DbNull, balancedBrokers: brokers }),
    forgetBroker: (lease, nodeId, isLast) => held(lease, async (tx, cluster) => {
      const where = { organizationId: lease.organizationId, clusterId: lease.clusterId, nodeId };
      await tx.portAllocation.deleteMany({ where });
      await tx.broker.deleteMany({ where });
      if (isLast) await tx.cluster.update({ where: cluster, data: { preparedGeneration: 0 } });
      await tx.cluster.updateMany({ where: { organizationId: lease.organizationId, id: lease.clusterId, firstBrokers: { gte: nodeId } }, data: { firstBrokers: nodeId - 1 } });
      return true;
    }, false),
    markReplaced: (lease, nodeId) => changeBroker(lease, nodeId, { isReplaced: true }),
    markCleared: (lease, nodeId) => held(lease, async (tx, where) => {
      await tx.broker.update({ where: brokerKey(lease, nodeId), data: { isReplaced: false, isForced: false, isJoining: true, startAttempts: 0, nextStartAt: null, process: 'absent', pid: null, everReady: false, exitReason: null } });
      await tx.cluster.update({ where, data: { preparedGeneration: 0, principalsApplied: 0 } });
      return true;
    }, false),
    markJoined: (lease, nodeId) => changeBroker(lease, nodeId, { isJoining: false }),
    markRoles: (lease, nodeId, roles) => held(lease, async (tx, where) => {
      await tx.broker.update({ where: brokerKey(lease, nodeId), data: { roles: [...roles] } });
      await tx.cluster.update({ where, data: { preparedGeneration: 0 } });
      return true;
    }, false),
    failStep: (lease, reason) => held(lease, async (tx) => {
      for (const operation of await runningOperations(tx, lease)) await saveSteps(tx, operation, closed(asSteps(operation.steps), 'FAILED', reason));
    }, undefined),
    failOperations: (lease, generation, reason) => held(lease, (tx) => finishOperations(tx, lease, generation, () => 'FAILED', reason), undefined),
    ...phases(held),
    strays: (clusterIds) => database.system(async (tx) => {
      const ids = [...clusterIds];
      const present = new Set((await tx.cluster.findMany({ where: { id: { in: ids } }, select: { id: true } })).map((row) => row.id));
      const known = new Set((await tx.operation.findMany({ where: { resourceId: { in: ids } }, distinct: ['resourceId'], select: { resourceId: true } })).map((row) => row.resourceId));
      const strays = ids.filter((id) => !present.has(id));
      return { leftovers: strays.filter((id) => known.has(id)), unknown: strays.filter((id) => !known.has(id)) };
    }),
    forgetHistory: (kind, keepDays, limit) => database.system((_tx, sql) => forgetHistory(sql, kind, keepDays, limit)),
  };
}

const clusterKey = (lease: Lease) => ({ organizationId_id: { organizationId: lease.organizationId, id: lease.clusterId } });
const brokerKey = (lease: Lease, nodeId: number) => ({ organizationId_clusterId_nodeId: { organizationId: lease.organizationId, clusterId: lease.clusterId, nodeId } });

const renewIn = (tx: Transaction, lease: Lease, leaseMs: number): Promise<number> => tx.$executeRaw`
  UPDATE cluster SET lease_expires_at = now() + make_interval(secs => ${leaseMs / 1000}::float8)
  WHERE organization_id = ${lease.organizationId} AND id = ${lease.clusterId} AND lease_token = ${lease.token}`;

function leases(database: Database): Pick<ReconcilerStore, 'rouse' | 'claim' | 'renew' | 'release'> {
  return {
    rouse: (earlierOwners) => database.system(async (tx) => {
      await tx.$executeRaw`UPDATE cluster SET due_at = LEAST(due_at, now()), prepared_generation = 0`;
      if (earlierOwners !== null) await tx.$executeRaw`UPDATE cluster SET lease_owner = NULL, lease_expires_at = NULL WHERE starts_with(lease_owner, ${earlierOwners})`;
    }),
    claim: ({ owner, leaseMs, limit, only = null }) => database.system(async (tx) => {
      const rows = await tx.$queryRaw<{ organization_id: string; id: string; lease_token: bigint }[]>`
        UPDATE cluster SET lease_owner = ${owner}, lease_token = lease_token + 1, lease_expires_at = now() + make_interval(secs => ${leaseMs / 1000}::float8)
        WHERE (organization_id, id) IN (
          SELECT organization_id, id FROM cluster
          WHERE (id = ${only}::text OR (${only}::text IS NULL AND due_at <= now())) AND (lease_expires_at IS NULL OR lease_expires_at <= now())
          ORDER BY due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
        RETURNING organization_id, id, lease_token`;
      return rows.map((row) => ({ organizationId: row.organization_id, clusterId: row.id, token: row.lease_token }));
    }),
    renew: (lease, leaseMs) => database.system(async (tx) => await renewIn(tx, lease, leaseMs) === 1),
    // What became due meanwhile stays due: a request's change must not wait for the next round because it came during this one; what has failed isn't tried more often for that. A cluster that was given up has no broker to tell.
    release: (lease, dueInMs, hasFailed = false) => database.system(async (tx) => {
      await tx.$executeRaw`
        UPDATE cluster SET lease_owner = NULL, lease_expires_at = NULL,
          due_at = CASE WHEN generation > observed_generation AND phase <> 'FAILED' OR principals_sequence > principals_applied AND (phase <> 'FAILED' OR provisioned_at IS NOT NULL)
            THEN now() + make_interval(secs => ${Math.min(dueInMs, hasFailed ? dueInMs : 1000) / 1000}::float8) ELSE now() + make_interval(secs => ${dueInMs / 1000}::float8) END
        WHERE organization_id = ${lease.organizationId} AND id = ${lease.clusterId} AND lease_token = ${lease.token}`;
    }),
  };
}

function toState(row: ClusterRow): ClusterState {
  return {
    clusterId: row.id, kafkaClusterId: row.kafkaClusterId, flushMode: row.flushMode as FlushMode, diskLimitBytes: row.diskLimitBytes, phase: row.phase as ClusterPhase, failureReason: row.failureReason,
    generation: row.generation, observedGeneration: row.observedGeneration, preparedGeneration: row.preparedGeneration,
    restartGeneration: row.restartGeneration, restartedGeneration: row.restartedGeneration,
    principalsSequence: Number(row.principalsSequence), principalsApplied: Number(row.principalsApplied),
    phaseDeadlineAtMs: row.phaseDeadlineAt?.getTime() ?? null, everProvisioned: row.provisionedAt !== null,
    engine: toEngine(row), isPaused: row.isPaused, featuresVersion: row.featuresVersion, dynamicConfigs: row.dynamicConfigs as Record<string, string>,
    balancedBrokers: row.balancedBrokers, moves: row.moves as PartitionMove[] | null,
    brokers: row.brokers.map((broker) => ({
      ...nodeOf(row, broker), ports: portsOf(row, broker.nodeId), restartedGeneration: broker.restartedGeneration, isReplaced: broker.isReplaced, isForced: broker.isForced, isJoining: broker.isJoining, startAttempts: broker.startAttempts, nextStartAtMs: broker.nextStartAt?.getTime() ?? null,
      noted: {
        process: broker.process as BrokerProcessState, pid: broker.pid, bundle: broker.bundle, everReady: broker.everReady, exitReason: broker.exitReason,
        restartNeeded: broker.restartNeeded,
      },
    })),
  };
}

const OPERATION_STEPS_MAX = 100;
const toJson = (value: unknown) => value as Prisma.InputJsonValue;
const asSteps = (value: unknown): OperationStep[] => value as OperationStep[];

const closed = (steps: readonly OperationStep[], phase: 'SUCCEEDED' | 'FAILED', reason: string | null): OperationStep[] =>
  steps.map((step) => (step.phase === 'RUNNING' ? { ...step, phase, reason, finishedAt: new Date().toISOString() } : step));

const runningOperations = (tx: Transaction, lease: Lease) => tx.operation.findMany({ where: { organizationId: lease.organizationId, resourceId: lease.clusterId, phase: 'RUNNING' } });

const saveSteps = (tx: Transaction, { organizationId, id }: { organizationId: string; id: string }, steps: readonly OperationStep[]) =>
  tx.operation.update({ where: { organizationId_id: { organizationId, id } }, data: { steps: steps as unknown as Prisma.InputJsonArray } });

async function noteStep(tx: Transaction, lease: Lease, name: string): Promise<void> {
  for (const operation of await runningOperations(tx, lease)) {
    const steps = closed(asSteps(operation.steps), 'SUCCEEDED', null);
    // Partitions move a few at a time: one step that goes on.
    if (steps.at(-1)?.name === name && name === 'move-partitions') steps.pop();
    // A broker that is tried again and again mustn't grow its row without end: the first steps and the last ones tell the story.
    if (steps.length >= OPERATION_STEPS_MAX) steps.splice(OPERATION_STEPS_MAX / 2, 1);
    steps.push({ name, phase: 'RUNNING', startedAt: new Date().toISOString(), finishedAt: null, reason: null });
    await saveSteps(tx, operation, steps);
  }
}

async function noteProgress(tx: Transaction, lease: Lease, progress: string): Promise<void> {
  for (const operation of await runningOperations(tx, lease)) {
    const steps = asSteps(operation.steps).map((step) => (step.phase === 'RUNNING' ? { ...step, progress } : step));
    if (steps.every((step) => step.phase !== 'RUNNING')) steps.push({ name: 'wait', phase: 'RUNNING', startedAt: new Date().toISOString(), finishedAt: null, reason: null, progress });
    await saveSteps(tx, operation, steps);
  }
}

async function finishOperations(tx: Transaction, lease: Lease, upTo: number, phaseOf: (kind: string) => 'SUCCEEDED' | 'FAILED', reason: string | null): Promise<void> {
  const running = await tx.operation.findMany({ where: { organizationId: lease.organizationId, resourceId: lease.clusterId, phase: 'RUNNING', generation: { lte: upTo } } });
  for (const operation of running) {
    const phase = phaseOf(operation.kind);
    await tx.operation.update({
      where: { organizationId_id: { organizationId: operation.organizationId, id: operation.id } },
      data: { phase, reason: phase === 'FAILED' ? reason : null, finishedAt: new Date(), steps: closed(asSteps(operation.steps), phase, phase === 'FAILED' ? reason : null) as unknown as Prisma.InputJsonArray },
    });
  }
}

type Held = <T>(lease: Lease, work: (tx: Transaction, cluster: Prisma.ClusterWhereUniqueInput, sql: Sql) => Promise<T>, lost: T) => Promise<T>;

/** The only places where the phase of a cluster changes but for its creation and its deletion. */
function phases(held: Held): Pick<ReconcilerStore, 'markProvisioned' | 'markPaused' | 'markFailed' | 'retryProvisioning' | 'forget'> {
  const move = (lease: Lease, to: ClusterPhase, data: (row: { balancedBrokers: number; featuresVersion: string | null; engineSpec: unknown; principalsCurrent: boolean }) => Prisma.ClusterUpdateInput | null, after: (tx: Transaction, row: { generation: number; provisionedAt: Date | null }) => Promise<void>): Promise<boolean> =>
    held(lease, async (tx, where) => {
      const row = await tx.cluster.findUniqueOrThrow({ where });
      if (!canMove(row.phase as ClusterPhase, to)) return false;
      const change = data({ ...row, principalsCurrent: row.principalsApplied >= row.principalsSequence });
      if (change === null) return false;
      await tx.cluster.update({ where, data: { ...change, phase: to } });
      await after(tx, row);
      return true;
    }, false);
  return {
    markProvisioned: (lease, generation, restartGeneration) => move(lease, 'PROVISIONED', ({ principalsCurrent, balancedBrokers, featuresVersion, engineSpec }) => {
      if (!principalsCurrent) return null;
      const { brokers, version } = engineSpec as EngineSpec;
      return {
        observedGeneration: generation, restartedGeneration: restartGeneration, provisionedAt: new Date(), failureReason: null, phaseDeadlineAt: null,
        balancedBrokers: balancedBrokers === 0 ? brokers : balancedBrokers, featuresVersion: featuresVersion ?? version,
      };
    }, (tx) => finishOperations(tx, lease, generation, () => 'SUCCEEDED', null)),
    markPaused: (lease, generation, restartGeneration) => held(lease, async (tx, where) => {
      await tx.cluster.update({ where, data: { observedGeneration: generation, restartedGeneration: restartGeneration } });
      await finishOperations(tx, lease, generation, () => 'SUCCEEDED', null);
      return true;
    }, false),
    // A cluster that has never been up is given up, with all that was asked of it.
    markFailed: (lease, generation, reason) => move(lease, 'FAILED', () => ({ failureReason: reason, phaseDeadlineAt: null }),
      (tx, row) => finishOperations(tx, lease, row.provisionedAt === null ? row.generation : generation, () => 'FAILED', reason)),
    retryProvisioning: (lease, restartGeneration, deadlineInMs) => move(lease, 'PROVISIONING',
      () => ({ restartedGeneration: restartGeneration, failureReason: null, phaseDeadlineAt: new Date(Date.now() + deadlineInMs), brokers: { updateMany: { where: {}, data: { startAttempts: 0, nextStartAt: null } } } }),
      () => Promise.resolve()),
    forget: (lease) => held(lease, async (tx, where) => {
      const row = await tx.cluster.findUniqueOrThrow({ where });
      invariant(row.deletedAt !== null, 'only a cluster whose deletion was asked for is forgotten');
      await finishOperations(tx, lease, row.generation, (kind) => (kind === 'cluster.delete' ? 'SUCCEEDED' : 'FAILED'), 'the cluster was deleted');
      const { organizationId, environmentId } = row;
      // Of two last clusters that go at once, one must see the other gone.
      await tx.$executeRaw`SELECT 1 FROM environment WHERE organization_id = ${organizationId} AND id = ${environmentId} FOR UPDATE`;
      await tx.cluster.delete({ where });
      if (await tx.cluster.count({ where: { organizationId, environmentId } }) === 0) {
        await tx.environment.deleteMany({ where: { organizationId, id: environmentId, deletedAt: { not: null } } });
      }
    }, undefined),
  };
}
