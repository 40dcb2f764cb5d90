import type { ClusterId, EnvironmentId } from './ids.js';

/**
 * Who may do what, as data. A role binding counts for a target when the binding's scope holds the target's: one on the organization holds
 * everything, one on an environment its clusters, one on a cluster only that.
 */
export const bindableRoles = ['OrganizationAdmin', 'EnvironmentAdmin', 'CloudClusterAdmin'] as const;
export type BindableRole = (typeof bindableRoles)[number];
/** PlatformOperator comes with the first administrator, counts for the key in admin.json only, and can't be bound over the API. */
export type Role = BindableRole | 'PlatformOperator';

export const roleScopes: Readonly<Record<BindableRole, 'organization' | 'environment' | 'cluster'>> = {
  OrganizationAdmin: 'organization', EnvironmentAdmin: 'environment', CloudClusterAdmin: 'cluster',
};

export const controlOperations = [
  'platform.operate',
  'organization.read', 'organization.update',
  'environment.create', 'environment.read', 'environment.update', 'environment.delete',
  'naming-policy.read', 'naming-policy.update',
  'user.read',
  'service-account.create', 'service-account.read', 'service-account.update', 'service-account.delete',
  'cloud-key.manage', 'cluster-key.manage',
  'role-binding.read', 'role-binding.create', 'role-binding.delete',
  'cluster.create', 'cluster.read', 'cluster.update', 'cluster.delete', 'cluster.restart',
  'cluster.data',
  'operation.read',
] as const;
export type ControlOperation = (typeof controlOperations)[number];

const clusterWork: readonly ControlOperation[] = ['cluster.read', 'cluster.update', 'cluster.delete', 'cluster.restart', 'cluster.data',
  'cluster-key.manage', 'role-binding.read', 'role-binding.create', 'role-binding.delete', 'operation.read'];

export const rolePermissions: Readonly<Record<Role, ReadonlySet<ControlOperation>>> = {
  PlatformOperator: new Set<ControlOperation>(['platform.operate']),
  OrganizationAdmin: new Set<ControlOperation>(controlOperations.filter((operation) => operation !== 'platform.operate')),
  EnvironmentAdmin: new Set<ControlOperation>([...clusterWork, 'environment.read', 'environment.update', 'environment.delete', 'naming-policy.read', 'naming-policy.update', 'cluster.create']),
  CloudClusterAdmin: new Set<ControlOperation>(clusterWork),
};

/**
 * What every principal with a role anywhere in the organization may do there, whatever its role's scope: without these nobody could find
 * the organization, the owner of a key or the principal of a binding.
 */
export const memberPermissions: ReadonlySet<ControlOperation> = new Set<ControlOperation>(['organization.read', 'user.read', 'service-account.read']);

export interface Grant { roleName: Role; environmentId: EnvironmentId | null; clusterId: ClusterId | null }

/** Nulls say how far down the target lies: both null is the organization itself. */
export interface Target { environmentId: string | null; clusterId: string | null }

export const organizationTarget: Target = { environmentId: null, clusterId: null };

function holds(grant: Grant, target: Target): boolean {
  if (grant.environmentId === null) return true;
  if (grant.environmentId !== target.environmentId) return false;
  return grant.clusterId === null || grant.clusterId === target.clusterId;
}

export function isAllowed(grants: readonly Grant[], operation: ControlOperation, target: Target): boolean {
  if (memberPermissions.has(operation) && grants.length > 0) return true;
  return grants.some((grant) => rolePermissions[grant.roleName].has(operation) && holds(grant, target));
}

/** What a list may show: everything, or the environments and clusters that a grant of the operation names. */
export type Visibility = { all: true } | { all: false; environmentIds: EnvironmentId[]; clusterIds: ClusterId[] };

export function visibility(grants: readonly Grant[], operation: ControlOperation): Visibility {
  const counted = grants.filter((grant) => rolePermissions[grant.roleName].has(operation));
  if (counted.some((grant) => grant.environmentId === null)) return { all: true };
  return {
    all: false,
    environmentIds: counted.flatMap((grant) => (grant.environmentId !== null && grant.clusterId === null ? [grant.environmentId] : [])),
    clusterIds: counted.flatMap((grant) => (grant.clusterId !== null ? [grant.clusterId] : [])),
  };
}
