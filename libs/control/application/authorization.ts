import {
  ControlFailure, isAllowed, organizationTarget, requireCloudKey, visibility, type Caller, type ControlOperation, type Grant, type Target, type Visibility,
} from '#libs/control/domain';
import type { ControlDeps } from './deps.js';
import type { TenantTransaction } from './store.js';

/** The caller inside its transaction: what its role bindings allow at this moment. */
export interface Actor {
  readonly caller: Caller;
  may(operation: ControlOperation, target?: Target): boolean;
  require(operation: ControlOperation, target?: Target): void;
  sees(operation: ControlOperation): Visibility;
  /** Written with the change itself, in one transaction. */
  audit(action: string, resourceId: string): Promise<void>;
}

/** One transaction of the caller's organization, as the caller. */
export async function asCaller<T>(deps: Pick<ControlDeps, 'store'>, caller: Caller, work: (tx: TenantTransaction, actor: Actor) => Promise<T>): Promise<T> {
  requireCloudKey(caller);
  return deps.store.tenant(caller.organizationId, async (tx) => work(tx, createActor(tx, caller, await grantsOf(tx, caller))));
}

/** The operator's role goes with the key in admin.json alone: administrators may make other keys that speak as the same user. */
async function grantsOf(tx: TenantTransaction, caller: Caller): Promise<Grant[]> {
  const grants = await tx.roleBindings.grantsOf(caller.principalId);
  if (!grants.some((grant) => grant.roleName === 'PlatformOperator') || await tx.apiKeys.isBootstrap(caller.keyId)) return grants;
  return grants.filter((grant) => grant.roleName !== 'PlatformOperator');
}

function createActor(tx: TenantTransaction, caller: Caller, grants: readonly Grant[]): Actor {
  const may: Actor['may'] = (operation, target = organizationTarget) => isAllowed(grants, operation, target);
  return {
    caller,
    may,
    require: (operation, target) => {
      if (may(operation, target)) return;
      throw new ControlFailure('user_unauthorized', `${caller.principalId} holds no role that allows ${operation} here`);
    },
    sees: (operation) => visibility(grants, operation),
    audit: (action, resourceId) => tx.audit({ principalId: caller.principalId, keyId: caller.keyId, action, resourceId, requestId: caller.requestId }),
  };
}
