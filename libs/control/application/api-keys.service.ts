import {
  capabilitiesOf, controlLimits, ControlFailure, isServiceAccountId, isUserId, newCredential, notFound, parsePage, toPage, type ApiKey, type Cluster, type PrincipalId,
} from '#libs/control/domain';
import { asCaller, type Actor } from './authorization.js';
import type { ControlDeps } from './deps.js';
import { description as checkDescription, displayName as checkName, withinQuota } from './input.rules.js';
import type { PrincipalsPublisher } from './principals-publisher.js';
import { changedClusters } from './principals.service.js';
import type { ApiKeysService } from './services.js';
import type { TenantTransaction } from './store.js';

async function findOwner(tx: TenantTransaction, id: string): Promise<PrincipalId> {
  const owner = isUserId(id) ? await tx.users.get(id) : isServiceAccountId(id) ? await tx.serviceAccounts.get(id) : null;
  if (!owner) throw notFound('owner', id);
  return owner.id;
}

/** Owners may see, rename and delete their keys; everything else takes a role. */
function requireManage(actor: Actor, key: Pick<ApiKey, 'resource'>): void {
  if (key.resource === null) actor.require('cloud-key.manage');
  else actor.require('cluster-key.manage', key.resource);
}

async function findManaged(tx: TenantTransaction, actor: Actor, id: string): Promise<ApiKey> {
  const key = await tx.apiKeys.get(id);
  if (!key) throw notFound('API key', id);
  if (key.ownerId !== actor.caller.principalId) requireManage(actor, key);
  return key;
}

async function findCluster(tx: TenantTransaction, resourceId: string, environmentId: string | undefined, how: 'read' | 'change'): Promise<Cluster> {
  if (!resourceId.startsWith('lkc-')) {
    throw new ControlFailure('invalid_resource', `an API key can be made for a Kafka cluster (lkc-…) or for the cloud; ${resourceId} is neither`, { source: { pointer: '/spec/resource/id' } });
  }
  const cluster = how === 'read' ? await tx.clusters.get(resourceId) : await tx.clusters.getForUpdate(resourceId);
  if (!cluster || (environmentId !== undefined && environmentId !== cluster.environmentId)) throw notFound('Kafka cluster', resourceId);
  return cluster;
}

type Create = ApiKeysService['create'];

export function createApiKeysService(deps: ControlDeps, publisher: PrincipalsPublisher): ApiKeysService {
  const insert = (caller: Parameters<Create>[0], input: Parameters<Create>[1], credential: Awaited<ReturnType<typeof newCredential>>, madeThere: boolean) =>
    asCaller(deps, caller, async (tx, actor) => {
      // The locks come first: neither the owner nor the cluster can be deleted between the look at it and the key's row.
      await tx.organizations.lock();
      const { cluster, ownerId } = await permitted(tx, actor, input, 'change');
      withinQuota(await tx.apiKeys.count({}), controlLimits.apiKeysPerOrganizationMax, 'API keys in this organization');
      if (cluster) withinQuota(await tx.apiKeys.count({ clusterId: cluster.id }), controlLimits.apiKeysPerClusterMax, 'API keys of this cluster');
      const told = cluster ? await changedClusters(tx, [], [cluster.id]) : [];
      const apiKey = await tx.apiKeys.insert({
        id: credential.id, ownerId, clusterId: cluster?.id ?? null, verifiers: credential.verifiers,
        displayName: input.displayName ?? '', description: input.description ?? '',
      });
      if (cluster && madeThere) await tx.remoteClusters.addUser(cluster.id, apiKey.id);
      await actor.audit('api-key.create', apiKey.id);
      return { apiKey, told };
    });
  /** Nobody has been told of the key yet: without the user it is none, and goes again. */
  const makeThere = async (key: ApiKey, cluster: Cluster, secret: string): Promise<void> => {
    try {
      await deps.drivers.of(cluster.engine.engine).addUser?.(cluster.id, { name: key.id, password: secret });
    } catch (error) {
      const told = await deps.store.tenant(cluster.organizationId, async (tx) => {
        await tx.apiKeys.remove(key.id);
        return changedClusters(tx, [], [cluster.id]);
      });
      await publisher.publish(cluster.organizationId, told);
      throw error;
    }
  };
  return {
    list: (caller, page, filter = {}) => asCaller(deps, caller, async (tx, actor) => {
      const window = parsePage(page);
      const visibility = actor.may('cloud-key.manage') ? null : { principalId: caller.principalId, clusters: actor.sees('cluster-key.manage') };
      const { rows, total } = await tx.apiKeys.list(window, { ...filter, visibility });
      return toPage(window, rows, total);
    }),
    get: (caller, id) => asCaller(deps, caller, (tx, actor) => findManaged(tx, actor, id)),
    create: async (caller, input) => {
      checkTexts(input);
      // Refuse before the costly derivation, decide again inside the transaction that inserts.
      const { cluster } = await asCaller(deps, caller, (tx, actor) => permitted(tx, actor, input, 'read'));
      const madeThere = cluster !== null && await isMadeThere(deps, cluster);
      const credential = await newCredential();
      const { apiKey, told } = await insert(caller, input, credential, madeThere);
      if (madeThere) await makeThere(apiKey, cluster, credential.secret);
      await publisher.publish(caller.organizationId, told);
      return { apiKey, secret: credential.secret };
    },
    update: (caller, id, change) => asCaller(deps, caller, async (tx, actor) => {
      const key = await findManaged(tx, actor, id);
      checkTexts(change);
      await actor.audit('api-key.update', key.id);
      return tx.apiKeys.update(key.id, change);
    }),
    remove: async (caller, id) => {
      const told = await asCaller(deps, caller, async (tx, actor) => {
        const key = await findManaged(tx, actor, id);
        const clusters = key.resource ? await changedClusters(tx, [], [key.resource.clusterId]) : [];
        await tx.apiKeys.remove(key.id);
        await actor.audit('api-key.delete', key.id);
        return clusters;
      });
      await publisher.publish(caller.organizationId, told);
    },
  };
}

/** Whether keys are users of the cluster's own. Throws `not_supported_by_engine` where it has none. */
async function isMadeThere({ drivers, store }: ControlDeps, cluster: Cluster): Promise<boolean> {
  const { keys } = await capabilitiesOf(drivers.of(cluster.engine.engine), cluster.id);
  if (keys !== 'none') return keys === 'scram';
  const remote = await store.tenant(cluster.organizationId, (tx) => tx.remoteClusters.get(cluster.id));
  throw new ControlFailure('not_supported_by_engine', `the Kafka cluster ${cluster.id} has no API keys of this platform: ${remote?.findings.reasons.keys ?? 'it can\'t keep them'}`, { source: { pointer: '/spec/resource/id' } });
}

function checkTexts(input: { displayName?: string; description?: string }): void {
  if (input.displayName !== undefined && input.displayName !== '') checkName(input.displayName, '/spec/display_name');
  if (input.description !== undefined) checkDescription(input.description, '/spec/description');
}

async function permitted(tx: TenantTransaction, actor: Actor, input: Parameters<Create>[1], how: 'read' | 'change'): Promise<{ cluster: Cluster | null; ownerId: PrincipalId }> {
  const cluster = input.resourceId === undefined || input.resourceId.toLowerCase() === 'cloud' ? null : await findCluster(tx, input.resourceId, input.environmentId, how);
  const ownerId = await findOwner(tx, input.ownerId);
  requireManage(actor, { resource: cluster && { clusterId: cluster.id, environmentId: cluster.environmentId } });
  // A key speaks as its owner: only an organization's administrator makes keys that speak as another user.
  if (isUserId(ownerId) && ownerId !== actor.caller.principalId) actor.require('cloud-key.manage');
  return { cluster, ownerId };
}
