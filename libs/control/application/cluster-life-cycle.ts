/** What is asked of a cluster's processes as they are: the wanted state is written, the reconciler does the rest. */
import { ControlFailure, notFound, summarize, type Caller, type Cluster, type Operation, type OperationKind } from '#libs/control/domain';
import { asCaller } from './authorization.js';
import { checkReplacement, requireFree, requireLifeCycle, requireUp, toReachable } from './cluster-rules.js';
import type { ControlDeps } from './deps.js';
import type { ClusterReport, ClustersService } from './services.js';
import { findCluster, startOperation, targetOf } from './cluster-access.js';
import type { TenantTransaction } from './store.js';

type LifeCycle = Pick<ClustersService, 'restart' | 'pause' | 'resume' | 'replaceBroker' | 'inspect'>;

export function createClusterLifeCycle(deps: ControlDeps): LifeCycle {
  const { drivers, administration, signal } = deps;
  /** Rules, change, operation and audit in one transaction; the reconciler hears of it once it is committed. */
  const begin = async (caller: Caller, id: string, kind: OperationKind, work: (tx: TenantTransaction, present: Cluster) => Promise<Cluster>): Promise<Operation> => {
    const operation = await asCaller(deps, caller, async (tx, actor) => {
      const present = await findCluster(tx, id, undefined, 'change');
      actor.require(kind === 'cluster.restart' ? 'cluster.restart' : 'cluster.update', targetOf(present));
      requireLifeCycle(drivers, present);
      await requireFree(tx, present, kind);
      const cluster = await work(tx, present);
      await actor.audit(kind, cluster.id);
      return startOperation(tx, caller, cluster, kind);
    });
    signal.wake(operation.resourceId);
    return operation;
  };
  return {
    restart: (caller, id) => begin(caller, id, 'cluster.restart', (tx, present) => {
      requireUp(present);
      return tx.clusters.requestRestart(present.id);
    }),
    pause: (caller, id) => begin(caller, id, 'cluster.pause', (tx, present) => {
      requireUp(present);
      if (present.phase === 'FAILED') throw new ControlFailure('cluster_not_ready', `the Kafka cluster ${present.id} has failed: ${present.failureReason ?? 'its brokers do not start'}`);
      return tx.clusters.update(present.id, { isPaused: true }, true);
    }),
    resume: (caller, id) => begin(caller, id, 'cluster.resume', (tx, present) => {
      if (!present.isPaused) throw new ControlFailure('invalid_configuration', `the Kafka cluster ${present.id} is not paused`);
      return tx.clusters.update(present.id, { isPaused: false }, true);
    }),
    replaceBroker: async (caller, id, nodeId, { force = false } = {}) => {
      const seen = await asCaller(deps, caller, async (tx, actor) => {
        const cluster = await findCluster(tx, id, undefined, 'read');
        actor.require('cluster.update', targetOf(cluster));
        return cluster;
      });
      requireLifeCycle(drivers, seen);
      if (!seen.brokers.some((broker) => broker.nodeId === nodeId)) throw notFound(`broker of ${seen.id}`, String(nodeId));
      await checkReplacement(administration, seen, nodeId, force);
      return begin(caller, id, 'cluster.replace-broker', (tx, present) => {
        requireUp(present);
        return tx.clusters.replaceBroker(present.id, nodeId, force);
      });
    },
    inspect: async (caller, id) => {
      const { cluster, operations } = await asCaller(deps, caller, async (tx, actor) => {
        const found = await findCluster(tx, id, undefined, 'read');
        actor.require('cluster.read', targetOf(found));
        return { cluster: found, operations: await tx.operations.running(found.id) };
      });
      return { cluster, operations, ...await lookAt(deps, cluster) };
    },
  };
}

/** What can't be told leaves the rest as it is. */
async function lookAt({ drivers, administration }: ControlDeps, cluster: Cluster): Promise<Pick<ClusterReport, 'inspection' | 'health' | 'problems'>> {
  const problems: string[] = [];
  const orProblem = <T>(what: string, work: Promise<T>): Promise<T | null> => work.catch((error: unknown) => {
    problems.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  });
  const [inspection, health] = await Promise.all([
    orProblem('the machine could not be asked', Promise.resolve().then(() => drivers.of(cluster.engine.engine).inspect(cluster.id))),
    cluster.isPaused || cluster.phase === 'PROVISIONING' ? null : orProblem('the cluster could not be asked', administration.health(toReachable(cluster))),
  ]);
  return { inspection, health: health && summarize(health), problems };
}
