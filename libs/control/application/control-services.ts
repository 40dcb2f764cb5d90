import { createAdministrationService } from './administration.service.js';
import { createAttachedClustersService } from './attached-clusters.service.js';
import { createApiKeysService } from './api-keys.service.js';
import { createAuthenticationService } from './authentication.service.js';
import { createClustersService } from './clusters.service.js';
import { createDataPlaneService } from './data-plane.service.js';
import type { ControlDeps } from './deps.js';
import { createEnginesService } from './engines.service.js';
import { createEnvironmentsService } from './environments.service.js';
import { createInstallationService } from './installation.service.js';
import { createNamingPoliciesService } from './naming-policies.service.js';
import { createOperationsService } from './operations.service.js';
import { createOrganizationsService } from './organizations.service.js';
import { createPrincipalsPublisher } from './principals-publisher.js';
import { createServiceAccountsService, createUsersService } from './principals.service.js';
import { createRoleBindingsService } from './role-bindings.service.js';
import type { ControlServices } from './services.js';
import { createSizingService } from './sizing.service.js';

export function createControlServices(deps: ControlDeps): ControlServices {
  const publisher = createPrincipalsPublisher(deps);
  return {
    organizations: createOrganizationsService(deps),
    environments: createEnvironmentsService(deps),
    namingPolicies: createNamingPoliciesService(deps, publisher),
    users: createUsersService(deps),
    serviceAccounts: createServiceAccountsService(deps, publisher),
    apiKeys: createApiKeysService(deps, publisher),
    roleBindings: createRoleBindingsService(deps, publisher),
    clusters: createClustersService(deps),
    engines: createEnginesService(deps),
    attachedClusters: createAttachedClustersService(deps),
    operations: createOperationsService(deps),
    dataPlane: createDataPlaneService(deps),
    authentication: createAuthenticationService(deps),
    administration: createAdministrationService(deps),
    installation: createInstallationService(deps),
    sizing: createSizingService(deps),
  };
}
