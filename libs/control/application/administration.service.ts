import { invariant } from '#libs/kernel';
import { newCredential, newOrganizationId, newRoleBindingId, newUserId, type ApiKey, type OrganizationId, type Role, type User } from '#libs/control/domain';
import type { ControlDeps } from './deps.js';
import type { AdministrationService, AdministratorKey, NewOrganization } from './services.js';
import type { Store } from './store.js';

interface Founding { id: OrganizationId; displayName: string; isOperator: boolean; email: string }

/** An organization never exists without an administrator and a key: all of it is one transaction. */
export async function foundOrganization(store: Store, founding: Founding): Promise<NewOrganization> {
  const credential = await newCredential();
  const roles: Role[] = founding.isOperator ? ['OrganizationAdmin', 'PlatformOperator'] : ['OrganizationAdmin'];
  return store.tenant(founding.id, async (tx) => {
    const organization = await tx.organizations.insert({ displayName: founding.displayName, isOperator: founding.isOperator });
    const administrator = await tx.users.insert({ id: newUserId(), email: founding.email, fullName: 'Administrator', isFirst: true });
    for (const roleName of roles) {
      await tx.roleBindings.insert({ id: newRoleBindingId(), principalId: administrator.id, roleName, environmentId: null, clusterId: null });
    }
    const apiKey = await tx.apiKeys.insert({
      id: credential.id, ownerId: administrator.id, clusterId: null, verifiers: credential.verifiers, isBootstrap: true,
      displayName: 'administrator', description: 'The first administrator\'s key, made by the platform',
    });
    return { organization, administrator, apiKey, secret: credential.secret };
  });
}

const handOver = (organizationId: OrganizationId, user: User, apiKey: ApiKey, secret: string): AdministratorKey =>
  ({ organizationId, userId: user.id, apiKey: apiKey.id, apiSecret: secret });

/** For the program that starts the platform, on the machine: no caller, no route. */
export function createAdministrationService({ store }: Pick<ControlDeps, 'store'>): AdministrationService {
  return {
    bootstrapAdministrator: async () => {
      if (await store.system.operatorOrganization() !== null) return null;
      try {
        const { organization, administrator, apiKey, secret } = await foundOrganization(store, {
          id: newOrganizationId(), displayName: 'Sluice', isOperator: true, email: 'administrator@localhost',
        });
        return handOver(organization.id, administrator, apiKey, secret);
      } catch (error) {
        // Another process that starts at the same moment was faster: the database allows one.
        if (await store.system.operatorOrganization() !== null) return null;
        throw error;
      }
    },
    rotateAdministratorKey: async () => {
      const organizationId = await store.system.operatorOrganization();
      invariant(organizationId !== null, 'an administrator has been made before its key is rotated');
      const credential = await newCredential();
      return store.tenant(organizationId, async (tx) => {
        const user = await tx.users.first();
        invariant(user !== null, 'the operator\'s organization has its first user');
        await tx.apiKeys.removeBootstrap(user.id);
        const apiKey = await tx.apiKeys.insert({
          id: credential.id, ownerId: user.id, clusterId: null, verifiers: credential.verifiers, isBootstrap: true,
          displayName: 'administrator', description: 'The first administrator\'s key, made by the platform',
        });
        return handOver(organizationId, user, apiKey, credential.secret);
      });
    },
    isAdministratorKey: async (keyId) => {
      const organizationId = await store.system.operatorOrganization();
      return organizationId !== null && store.tenant(organizationId, (tx) => tx.apiKeys.isBootstrap(keyId));
    },
  };
}
