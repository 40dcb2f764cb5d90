/**
 * Decisions of Kafka's StandardAuthorizer over the ACLs of the metadata image: super users, then any matching DENY, then a matching ALLOW,
 * else no. Role grants of the platform come first, like super users. Deny by default; there is no option to allow everybody.
 */
import { AclOperation, AclPermission, PatternType, ResourceType, type AclImage, type Controller } from '../controller/index.js';
import { buildAclIndex, WILDCARD, type AclIndex } from './acl-index.js';
import { principalText, type Authorizer, type Principal, type PrincipalStore } from './api.js';

export interface AuthorizerOptions {
  controller: Pick<Controller, 'image' | 'onImage'>;
  principals: Pick<PrincipalStore, 'hasGrant'>;
  /** `super.users`, as `Type:name`. */
  superUsers: readonly string[];
}

/** Operations whose ALLOW implies the key's. DENY implies nothing. */
const IMPLIED_BY: ReadonlyMap<number, readonly number[]> = new Map([
  [AclOperation.describe, [AclOperation.describe, AclOperation.read, AclOperation.write, AclOperation.delete, AclOperation.alter]],
  [AclOperation.describeConfigs, [AclOperation.describeConfigs, AclOperation.alterConfigs]],
]);

/** What each resource type can be asked for, as the `*AuthorizedOperations` bit fields list it. */
const OPERATIONS_OF: ReadonlyMap<number, readonly number[]> = new Map([
  [ResourceType.topic, [AclOperation.read, AclOperation.write, AclOperation.create, AclOperation.describe, AclOperation.delete, AclOperation.alter, AclOperation.describeConfigs, AclOperation.alterConfigs]],
  [ResourceType.group, [AclOperation.read, AclOperation.describe, AclOperation.delete, AclOperation.describeConfigs, AclOperation.alterConfigs]],
  [ResourceType.cluster, [AclOperation.create, AclOperation.clusterAction, AclOperation.describeConfigs, AclOperation.alterConfigs, AclOperation.idempotentWrite, AclOperation.alter, AclOperation.describe]],
  [ResourceType.transactionalId, [AclOperation.describe, AclOperation.write, AclOperation.twoPhaseCommit]],
]);

const EVERYBODY = 'User:*';
/** A name that Kafka asks about first when any resource will do; so operations implied by a wildcard's ACL count there too. */
const ANY_NAME = 'hardcode';

function matchesPrincipal(acl: AclImage, principal: Principal): boolean {
  return acl.principal === EVERYBODY || acl.principal === principalText(principal);
}
function matchesHost(acl: AclImage, host: string): boolean {
  return acl.host === WILDCARD || acl.host === host;
}
function matchesOperation(acl: AclImage, operation: number): boolean {
  if (acl.operation === operation || acl.operation === AclOperation.all) return true;
  return acl.permissionType === AclPermission.allow && (IMPLIED_BY.get(operation)?.includes(acl.operation) ?? false);
}

function decide(acls: readonly AclImage[], principal: Principal, host: string, operation: number): boolean {
  let allowed = false;
  for (const acl of acls) {
    if (!matchesPrincipal(acl, principal) || !matchesHost(acl, host) || !matchesOperation(acl, operation)) continue;
    if (acl.permissionType === AclPermission.deny) return false;
    allowed = true;
  }
  return allowed;
}

/**
 * Some resource of the type may be operated on: an ALLOW that no DENY covers. A DENY on `*` covers all; a literal DENY covers the literal of
 * the same name; a prefixed DENY covers what begins with it (KIP-679). Operations imply nothing here.
 */
function decideByType(acls: readonly AclImage[], principal: Principal, host: string, operation: number): boolean {
  const mine = acls.filter((acl) => matchesPrincipal(acl, principal) && matchesHost(acl, host) && (acl.operation === operation || acl.operation === AclOperation.all));
  const denies = mine.filter((acl) => acl.permissionType === AclPermission.deny);
  const covers = (deny: AclImage, allow: AclImage): boolean => {
    if (deny.patternType === PatternType.prefixed) return !isWildcard(allow) && allow.resourceName.startsWith(deny.resourceName);
    return isWildcard(deny) || (allow.patternType === PatternType.literal && allow.resourceName === deny.resourceName);
  };
  return mine.some((acl) => acl.permissionType === AclPermission.allow && !denies.some((deny) => covers(deny, acl)));
}

const isWildcard = (acl: AclImage): boolean => acl.patternType === PatternType.literal && acl.resourceName === WILDCARD;

export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const superUsers = new Set(options.superUsers);
  let acls = options.controller.image.acls;
  let index: AclIndex = buildAclIndex(acls);
  options.controller.onImage((next) => {
    if (next.acls === acls) return;
    acls = next.acls;
    index = buildAclIndex(acls);
  });

  const isUnbound = (principal: Principal): boolean => superUsers.has(principalText(principal)) || options.principals.hasGrant(principal);
  const authorize = (principal: Principal, host: string, operation: number, resourceType: number, resourceName: string): boolean =>
    isUnbound(principal) || decide(index.matching(resourceType, resourceName), principal, host, operation);

  return {
    authorize,
    isSuperUser: (principal) => superUsers.has(principalText(principal)),
    authorizeByResourceType: (principal, host, operation, resourceType) => isUnbound(principal)
      || decide(index.matching(resourceType, ANY_NAME), principal, host, operation) || decideByType(index.ofType(resourceType), principal, host, operation),
    authorizedOperations(principal, host, resourceType, resourceName) {
      let bits = 0;
      for (const operation of OPERATIONS_OF.get(resourceType) ?? []) {
        if (authorize(principal, host, operation, resourceType, resourceName)) bits |= 1 << operation;
      }
      return bits;
    },
  };
}
