import {
  controlLimits, ControlFailure, newServiceAccountId, notFound, parsePage, toPage, type ClusterId, type Grant, type ServiceAccount,
} from '#libs/control/domain';
import { asCaller, type Actor } from './authorization.js';
import type { ControlDeps } from './deps.js';
import { description as checkDescription, displayName as checkName, withinQuota } from './input.rules.js';
import type { PrincipalsPublisher } from './principals-publisher.js';
import type { ServiceAccountsService, UsersService } from './services.js';
import type { TenantTransaction } from './store.js';

/** A principal without any role sees itself and nobody else. */
const seenIds = (actor: Actor, operation: 'user.read' | 'service-account.read'): { ids?: string[] } =>
  (actor.may(operation) ? {} : { ids: [actor.caller.principalId] });

function requireSeen(actor: Actor, operation: 'user.read' | 'service-account.read', id: string): void {
  if (id !== actor.caller.principalId) actor.require(operation);
}

export function createUsersService(deps: ControlDeps): UsersService {
  return {
    list: (caller, page) => asCaller(deps, caller, async (tx, actor) => {
      const window = parsePage(page);
      const { rows, total } = await tx.users.list(window, seenIds(actor, 'user.read'));
      return toPage(window, rows, total);
    }),
    get: (caller, id) => asCaller(deps, caller, async (tx, actor) => {
      const user = await tx.users.get(id);
      if (!user) throw notFound('user', id);
      requireSeen(actor, 'user.read', user.id);
      return user;
    }),
  };
}

async function find(tx: TenantTransaction, id: string): Promise<ServiceAccount> {
  const account = await tx.serviceAccounts.get(id);
  if (!account) throw notFound('service account', id);
  return account;
}

async function requireFreeName(tx: TenantTransaction, name: string, selfId?: string): Promise<void> {
  const other = await tx.serviceAccounts.findByName(name);
  if (other && other.id !== selfId) {
    throw new ControlFailure('resource_already_exists', `a service account with the display name "${name}" already exists`, { conflictingId: other.id, source: { pointer: '/display_name' } });
  }
}

/** Which clusters' brokers have to hear that these grants or keys have changed. */
export async function changedClusters(tx: TenantTransaction, grants: readonly Grant[], clusterIds: readonly ClusterId[] = []): Promise<ClusterId[]> {
  const scopes = [...grants.filter((grant) => grant.roleName !== 'PlatformOperator'), ...clusterIds.map((clusterId) => ({ environmentId: null, clusterId }))];
  const whole = scopes.find((scope) => scope.environmentId === null && scope.clusterId === null);
  const told = new Set<ClusterId>();
  // In a fixed order, as every transaction takes the rows: two of them must not wait for each other.
  for (const scope of whole ? [whole] : [...scopes].sort((a, b) => `${a.environmentId}/${a.clusterId}`.localeCompare(`${b.environmentId}/${b.clusterId}`))) {
    for (const id of await tx.clusters.principalsChanged(scope)) told.add(id);
  }
  return [...told];
}

export function createServiceAccountsService(deps: ControlDeps, publisher: PrincipalsPublisher): ServiceAccountsService {
  return {
    list: (caller, page, filter = {}) => asCaller(deps, caller, async (tx, actor) => {
      const window = parsePage(page);
      const { rows, total } = await tx.serviceAccounts.list(window, { ...filter, ...seenIds(actor, 'service-account.read') });
      return toPage(window, rows, total);
    }),
    get: (caller, id) => asCaller(deps, caller, async (tx, actor) => {
      const account = await find(tx, id);
      requireSeen(actor, 'service-account.read', account.id);
      return account;
    }),
    create: (caller, input) => asCaller(deps, caller, async (tx, actor) => {
      actor.require('service-account.create');
      const row = { displayName: checkName(input.displayName), description: checkDescription(input.description ?? '') };
      await tx.organizations.lock();
      await requireFreeName(tx, row.displayName);
      withinQuota(await tx.serviceAccounts.count(), controlLimits.serviceAccountsPerOrganizationMax, 'service accounts in this organization');
      const account = await tx.serviceAccounts.insert({ id: newServiceAccountId(), ...row });
      await actor.audit('service-account.create', account.id);
      return account;
    }),
    update: (caller, id, change) => asCaller(deps, caller, async (tx, actor) => {
      await tx.organizations.lock();
      const account = await find(tx, id);
      actor.require('service-account.update');
      const row: { displayName?: string; description?: string } = {};
      if (change.description !== undefined) row.description = checkDescription(change.description);
      if (change.displayName !== undefined) {
        row.displayName = checkName(change.displayName);
        await requireFreeName(tx, row.displayName, account.id);
      }
      await actor.audit('service-account.update', account.id);
      return tx.serviceAccounts.update(account.id, row);
    }),
    remove: async (caller, id) => {
      const told = await asCaller(deps, caller, async (tx, actor) => {
        await tx.organizations.lock();
        const account = await find(tx, id);
        actor.require('service-account.delete');
        const clusterIds = await tx.apiKeys.removeOfOwner(account.id);
        const grants = await tx.roleBindings.removeOfPrincipal(account.id);
        if (await tx.roleBindings.count({ roleName: 'OrganizationAdmin' }) === 0) {
          throw new ControlFailure('last_administrator', `${account.id} is the organization's last OrganizationAdmin and can't be deleted`);
        }
        await tx.serviceAccounts.remove(account.id);
        await actor.audit('service-account.delete', account.id);
        return changedClusters(tx, grants, clusterIds);
      });
      await publisher.publish(caller.organizationId, told);
    },
  };
}
