/** ACLs over the Kafka protocol: what `kafka-acls` does. Numbers are the protocol's; façades have the names. */
import { CreateAclsRequest, CreateAclsResponse, DeleteAclsRequest, DeleteAclsResponse, DescribeAclsRequest, DescribeAclsResponse } from '#libs/kafka/protocol';
import type { Cluster } from './cluster.js';
import { only, raise } from './raise.js';
import { settle } from './settle.js';

export interface AclEntry { resourceType: number; resourceName: string; patternType: number; principal: string; host: string; operation: number; permissionType: number }
/** Null matches everything. */
export interface AclEntryFilter { resourceType: number; resourceName: string | null; patternType: number; principal: string | null; host: string | null; operation: number; permissionType: number }

export async function describeAcls(cluster: Cluster, filter: AclEntryFilter): Promise<AclEntry[]> {
  const answer = await cluster.any(async (c) => {
    const described = await c.send(DescribeAclsRequest, DescribeAclsResponse, {
      resourceTypeFilter: filter.resourceType, resourceNameFilter: filter.resourceName, patternTypeFilter: filter.patternType,
      principalFilter: filter.principal, hostFilter: filter.host, operation: filter.operation, permissionType: filter.permissionType,
    });
    raise(described.errorCode, described.errorMessage);
    return described;
  });
  return answer.resources.flatMap((r) => r.acls.map((a) => ({ resourceType: r.resourceType, resourceName: r.resourceName, patternType: r.patternType, principal: a.principal, host: a.host, operation: a.operation, permissionType: a.permissionType })));
}

/** Throws the first refusal; the ones before it stand (Kafka's own semantics). */
export async function createAcls(cluster: Cluster, acls: readonly AclEntry[]): Promise<void> {
  const creations = acls.map((a) => ({ resourceType: a.resourceType, resourceName: a.resourceName, resourcePatternType: a.patternType, principal: a.principal, host: a.host, operation: a.operation, permissionType: a.permissionType }));
  await cluster.any(async (c) => {
    const { results } = await c.send(CreateAclsRequest, CreateAclsResponse, { creations });
    for (const result of results) raise(result.errorCode, result.errorMessage);
  }, { isChange: true });
  await settle(cluster, async () => (await Promise.all(acls.map((acl) => describeAcls(cluster, acl)))).every((found) => found.length > 0));
}

/** Returns what was deleted. */
export async function deleteAcls(cluster: Cluster, filter: AclEntryFilter): Promise<AclEntry[]> {
  const filters = [{ resourceTypeFilter: filter.resourceType, resourceNameFilter: filter.resourceName, patternTypeFilter: filter.patternType, principalFilter: filter.principal, hostFilter: filter.host, operation: filter.operation, permissionType: filter.permissionType }];
  // Not repeatable: what a first try has deleted, a second one would not tell of.
  const result = await cluster.any(async (c) => {
    const deleted = only((await c.send(DeleteAclsRequest, DeleteAclsResponse, { filters })).filterResults);
    raise(deleted.errorCode, deleted.errorMessage);
    for (const match of deleted.matchingAcls) raise(match.errorCode, match.errorMessage);
    return deleted;
  }, { repeatable: false });
  if (result.matchingAcls.length > 0) await settle(cluster, async () => (await describeAcls(cluster, filter)).length === 0);
  return result.matchingAcls.map((m) => ({ resourceType: m.resourceType, resourceName: m.resourceName, patternType: m.patternType, principal: m.principal, host: m.host, operation: m.operation, permissionType: m.permissionType }));
}
