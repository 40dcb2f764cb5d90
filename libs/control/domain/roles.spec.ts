import { describe, expect, it } from '@jest/globals';
import type { ClusterId, EnvironmentId } from './ids.js';
import { controlOperations, isAllowed, memberPermissions, organizationTarget, rolePermissions, visibility, type Grant, type Role } from './roles.js';

const environmentId = 'env-1' as EnvironmentId;
const clusterId = 'lkc-1' as ClusterId;
const grants: Record<Role, Grant> = {
  OrganizationAdmin: { roleName: 'OrganizationAdmin', environmentId: null, clusterId: null },
  EnvironmentAdmin: { roleName: 'EnvironmentAdmin', environmentId, clusterId: null },
  CloudClusterAdmin: { roleName: 'CloudClusterAdmin', environmentId, clusterId },
  PlatformOperator: { roleName: 'PlatformOperator', environmentId: null, clusterId: null },
};
const targets = {
  organization: organizationTarget,
  environment: { environmentId, clusterId: null },
  cluster: { environmentId, clusterId },
  otherCluster: { environmentId, clusterId: 'lkc-2' },
  otherEnvironment: { environmentId: 'env-2', clusterId: null },
  clusterElsewhere: { environmentId: 'env-2', clusterId },
};
const reach: Record<Role, (keyof typeof targets)[]> = {
  OrganizationAdmin: ['organization', 'environment', 'cluster', 'otherCluster', 'otherEnvironment', 'clusterElsewhere'],
  EnvironmentAdmin: ['environment', 'cluster', 'otherCluster'],
  CloudClusterAdmin: ['cluster'],
  PlatformOperator: ['organization', 'environment', 'cluster', 'otherCluster', 'otherEnvironment', 'clusterElsewhere'],
};

describe('role × operation × target', () => {
  for (const role of Object.keys(grants) as Role[]) {
    for (const operation of controlOperations) {
      it(`${role}: ${operation}`, () => {
        for (const [name, target] of Object.entries(targets)) {
          const expected = memberPermissions.has(operation) || (rolePermissions[role].has(operation) && reach[role].includes(name as keyof typeof targets));
          expect([name, isAllowed([grants[role]], operation, target)]).toEqual([name, expected]);
        }
        expect(isAllowed([], operation, organizationTarget)).toBe(false);
      });
    }
  }

  it('keeps the platform to its operator, and the tenants\' affairs from it', () => {
    for (const role of Object.keys(grants) as Role[]) expect(rolePermissions[role].has('platform.operate')).toBe(role === 'PlatformOperator');
    expect([...rolePermissions.PlatformOperator]).toEqual(['platform.operate']);
  });

  it('shows in lists what the grants name', () => {
    expect(visibility([grants.OrganizationAdmin, grants.CloudClusterAdmin], 'cluster.read')).toEqual({ all: true });
    expect(visibility([grants.EnvironmentAdmin, grants.CloudClusterAdmin], 'cluster.read')).toEqual({ all: false, environmentIds: [environmentId], clusterIds: [clusterId] });
    expect(visibility([grants.CloudClusterAdmin], 'environment.read')).toEqual({ all: false, environmentIds: [], clusterIds: [] });
  });
});
