import { controlLimits, ControlFailure, newEnvironmentId, notFound, parsePage, toPage, type ControlOperation, type Environment } from '#libs/control/domain';
import { asCaller, type Actor } from './authorization.js';
import type { ControlDeps } from './deps.js';
import { displayName as checkName, withinQuota } from './input.rules.js';
import type { EnvironmentsService } from './services.js';
import type { TenantTransaction } from './store.js';

const target = (environmentId: string) => ({ environmentId, clusterId: null });

export async function findEnvironment(tx: TenantTransaction, id: string): Promise<Environment> {
  const environment = await tx.environments.get(id);
  if (!environment) throw notFound('environment', id);
  return environment;
}

/** Whoever administers a cluster may read what concerns the environment it is in. */
export async function requireRead(tx: TenantTransaction, actor: Actor, environmentId: string, operation: ControlOperation): Promise<void> {
  const inClusters = actor.sees('cluster.read');
  if (inClusters.all || !(await environmentsOf(tx, inClusters.clusterIds)).includes(environmentId)) actor.require(operation, target(environmentId));
}

async function requireFreeName(tx: TenantTransaction, name: string, selfId?: string): Promise<void> {
  const other = await tx.environments.findByName(name);
  if (other && other.id !== selfId) {
    throw new ControlFailure('resource_already_exists', `an environment with the display name "${name}" already exists`, { conflictingId: other.id, source: { pointer: '/display_name' } });
  }
}

export function createEnvironmentsService(deps: ControlDeps): EnvironmentsService {
  return {
    list: (caller, page, filter = {}) => asCaller(deps, caller, async (tx, actor) => {
      const window = parsePage(page);
      const seen = actor.sees('environment.read');
      const inClusters = actor.sees('cluster.read');
      const ids = seen.all || inClusters.all ? undefined : [...new Set([...seen.environmentIds, ...inClusters.environmentIds, ...await environmentsOf(tx, inClusters.clusterIds)])];
      const { rows, total } = await tx.environments.list(window, { ...filter, ids });
      return toPage(window, rows, total);
    }),
    get: (caller, id) => asCaller(deps, caller, async (tx, actor) => {
      const environment = await findEnvironment(tx, id);
      await requireRead(tx, actor, environment.id, 'environment.read');
      return environment;
    }),
    create: (caller, input) => asCaller(deps, caller, async (tx, actor) => {
      actor.require('environment.create');
      const name = checkName(input.displayName);
      await tx.organizations.lock();
      await requireFreeName(tx, name);
      withinQuota(await tx.environments.count(), controlLimits.environmentsPerOrganizationMax, 'environments in this organization');
      const environment = await tx.environments.insert({ id: newEnvironmentId(), displayName: name });
      await actor.audit('environment.create', environment.id);
      return environment;
    }),
    update: (caller, id, change) => asCaller(deps, caller, async (tx, actor) => {
      await tx.organizations.lock();
      const environment = await findEnvironment(tx, id);
      actor.require('environment.update', target(environment.id));
      if (change.displayName === undefined) return environment;
      const name = checkName(change.displayName);
      await requireFreeName(tx, name, environment.id);
      await actor.audit('environment.update', environment.id);
      return tx.environments.update(environment.id, { displayName: name });
    }),
    remove: (caller, id) => asCaller(deps, caller, async (tx, actor) => {
      // The lock also keeps a cluster from being created in it meanwhile.
      await tx.organizations.lock();
      const environment = await findEnvironment(tx, id);
      actor.require('environment.delete', target(environment.id));
      const clusters = await tx.clusters.count({ environmentId: environment.id });
      if (clusters > 0) throw new ControlFailure('environment_not_empty', `the environment ${environment.id} holds ${clusters} Kafka ${clusters === 1 ? 'cluster' : 'clusters'}; delete them first`);
      await tx.environments.remove(environment.id);
      await actor.audit('environment.delete', environment.id);
    }),
  };
}

async function environmentsOf(tx: TenantTransaction, clusterIds: readonly string[]): Promise<string[]> {
  const clusters = await Promise.all(clusterIds.map((id) => tx.clusters.get(id)));
  return clusters.flatMap((cluster) => (cluster ? [cluster.environmentId] : []));
}
