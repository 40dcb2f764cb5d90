import {
  bindableRoles, controlLimits, ControlFailure, newRoleBindingId, notFound, parseCrnScope, parsePage, roleScopes, toPage,
  type BindableRole, type Caller, type ClusterId, type CrnScope, type EnvironmentId, type PrincipalId, type RoleBinding,
} from '#libs/control/domain';
import { asCaller, type Actor } from './authorization.js';
import type { ControlDeps } from './deps.js';
import { withinQuota } from './input.rules.js';
import type { PrincipalsPublisher } from './principals-publisher.js';
import { changedClusters } from './principals.service.js';
import type { RoleBindingsService } from './services.js';
import type { TenantTransaction } from './store.js';

const USER = 'User:';

async function findPrincipal(tx: TenantTransaction, principal: string): Promise<PrincipalId> {
  if (!principal.startsWith(USER)) {
    throw new ControlFailure('invalid_principal', 'principal must be "User:" and the id of a user or a service account', { source: { pointer: '/principal' } });
  }
  const id = principal.slice(USER.length);
  const found = id.startsWith('sa-') ? await tx.serviceAccounts.get(id) : await tx.users.get(id);
  if (!found) throw notFound('principal', principal);
  return found.id;
}

function parseRole(name: string): BindableRole {
  const role = bindableRoles.find((each) => each === name);
  if (!role) throw new ControlFailure('invalid_role', `role_name must be one of ${bindableRoles.join(', ')}`, { source: { pointer: '/role_name' } });
  return role;
}

/** The scope as it is in this organization, held until the transaction's end: what isn't there, or is another's, isn't found. */
async function findScope(tx: TenantTransaction, caller: Caller, scope: CrnScope): Promise<{ environmentId: EnvironmentId | null; clusterId: ClusterId | null }> {
  if (scope.organizationId !== caller.organizationId) throw notFound('organization', scope.organizationId);
  if (scope.environmentId === null) return { environmentId: null, clusterId: null };
  const environment = await tx.environments.get(scope.environmentId);
  if (!environment) throw notFound('environment', scope.environmentId);
  if (scope.clusterId === null) return { environmentId: environment.id, clusterId: null };
  const cluster = await tx.clusters.getForUpdate(scope.clusterId);
  if (!cluster || cluster.environmentId !== environment.id) throw notFound('Kafka cluster', scope.clusterId);
  return { environmentId: environment.id, clusterId: cluster.id };
}

function requireScopeOf(role: BindableRole, scope: { environmentId: string | null; clusterId: string | null }): void {
  const given = scope.clusterId !== null ? 'cluster' : scope.environmentId !== null ? 'environment' : 'organization';
  if (roleScopes[role] !== given) {
    throw new ControlFailure('invalid_crn', `${role} is bound to ${roleScopes[role] === 'organization' ? 'the organization' : `one ${roleScopes[role]}`}; crn_pattern names ${given === 'organization' ? 'the organization' : `one ${given}`}`, { source: { pointer: '/crn_pattern' } });
  }
}

async function findSeen(tx: TenantTransaction, actor: Actor, id: string): Promise<RoleBinding> {
  const binding = await tx.roleBindings.get(id);
  if (!binding) throw notFound('role binding', id);
  if (binding.principalId !== actor.caller.principalId) actor.require('role-binding.read', binding);
  return binding;
}

export function createRoleBindingsService(deps: ControlDeps, publisher: PrincipalsPublisher): RoleBindingsService {
  return {
    list: (caller, page, filter) => asCaller(deps, caller, async (tx, actor) => {
      const window = parsePage(page);
      const scope = parseCrnScope(filter.crnPattern);
      if (scope.organizationId !== caller.organizationId) throw notFound('organization', scope.organizationId);
      if (filter.principal !== undefined && !filter.principal.startsWith(USER)) {
        throw new ControlFailure('invalid_principal', 'principal must be "User:" and the id of a user or a service account', { source: { parameter: 'principal' } });
      }
      const { rows, total } = await tx.roleBindings.list(window, {
        ...scope, principalId: filter.principal?.slice(USER.length), roleName: filter.roleName,
        visibility: { principalId: caller.principalId, scopes: actor.sees('role-binding.read') },
      });
      return toPage(window, rows, total);
    }),
    get: (caller, id) => asCaller(deps, caller, (tx, actor) => findSeen(tx, actor, id)),
    create: async (caller, input) => {
      const { binding, told } = await asCaller(deps, caller, async (tx, actor) => {
        const role = parseRole(input.roleName);
        // First of all: neither the principal nor the environment can be deleted between the look at it and the binding's row.
        await tx.organizations.lock();
        const scope = await findScope(tx, caller, parseCrnScope(input.crnPattern));
        const principalId = await findPrincipal(tx, input.principal);
        actor.require('role-binding.create', scope);
        requireScopeOf(role, scope);
        const other = await tx.roleBindings.find(principalId, role, scope);
        if (other) throw new ControlFailure('resource_already_exists', `User:${principalId} already holds ${role} there`, { conflictingId: other.id });
        withinQuota(await tx.roleBindings.count({}), controlLimits.roleBindingsPerOrganizationMax, 'role bindings in this organization');
        const clusters = await changedClusters(tx, [{ roleName: role, ...scope }]);
        const made = await tx.roleBindings.insert({ id: newRoleBindingId(), principalId, roleName: role, ...scope });
        await actor.audit('role-binding.create', made.id);
        return { binding: made, told: clusters };
      });
      await publisher.publish(caller.organizationId, told);
      return binding;
    },
    remove: async (caller, id) => {
      const { binding, told } = await asCaller(deps, caller, async (tx, actor) => {
        await tx.organizations.lock();
        const found = await findSeen(tx, actor, id);
        actor.require('role-binding.delete', found);
        if (found.roleName === 'OrganizationAdmin' && await tx.roleBindings.count({ roleName: 'OrganizationAdmin' }) === 1) {
          throw new ControlFailure('last_administrator', `User:${found.principalId} is the organization's last OrganizationAdmin: bind the role to another principal first`);
        }
        const clusters = await changedClusters(tx, [found]);
        await tx.roleBindings.remove(found.id);
        await actor.audit('role-binding.delete', found.id);
        return { binding: found, told: clusters };
      });
      await publisher.publish(caller.organizationId, told);
      return binding;
    },
  };
}
