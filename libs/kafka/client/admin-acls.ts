/** ACLs over the Kafka protocol: what `kafka-acls` does. Numbers are the protocol's; façades have the names. */
import { CreateAclsRequest, CreateAclsResponse, DeleteAclsRequest, DeleteAclsResponse, DescribeAclsRequest, DescribeAclsResponse } from '#libs/kafka/protocol';
import type { Cluster } from './cluster.js';
import { raise } from './raise.js';

export interface AclEntry { resourceType: number; resourceName: string; patternType: number; principal: string; host: string; operation: number; permissionType: number }
/** Null matches everything. */
export interface AclEntryFilter { resourceType: number; resourceName: string | null; patternType: number; principal: string | null; host: string | null; operation: number; permissionType: number }

export async function describeAcls(cluster: Cluster, filter: AclEntryFilter): Promise<AclEntry[]> {
  const answer = await cluster.any((c) => c.send(DescribeAclsRequest, DescribeAclsResponse, {
    resourceTypeFilter: filter.resourceType, resourceNameFilter: filter.resourceName, patternTypeFilter: filter.patternType,
    principalFilter: filter.principal, hostFilter: filter.host, operation: filter.operation, permissionType: filter.permissionType,
  }));
  raise(answer.errorCode, answer.errorMessage);
  return answer.resources.flatMap((r) => r.acls.map((a) => ({ resourceType: r.resourceType, resourceName: r.resourceName, patternType: r.patternType, principal: a.principal, host: a.host, operation: a.operation, permissionType: a.permissionType })));
}

/** Throws the first refusal; the ones before it stand (Kafka's own semantics). */
export async function createAcls(cluster: Cluster, acls: readonly AclEntry[]): Promise<void> {
  const creations = acls.map((a) => ({ resourceType: a.resourceType, resourceName: a.resourceName, resourcePatternType: a.patternType, principal: a.principal, host: a.host, operation: a.operation, permissionType: a.permissionType }));
  const answer = await cluster.controller((c) => c.send(CreateAclsRequest, CreateAclsResponse, { creations }));
  for (const result of answer.results) raise(result.errorCode, result.errorMessage);
}

/** Returns what was deleted. */
export async function deleteAcls(cluster: Cluster, filter: AclEntryFilter): Promise<AclEntry[]> {
  const filters = [{ resourceTypeFilter: filter.resourceType, resourceNameFilter: filter.resourceName, patternTypeFilter: filter.patternType, principalFilter: filter.principal, hostFilter: filter.host, operation: filter.operation, permissionType: filter.permissionType }];
  const answer = await cluster.controller((c) => c.send(DeleteAclsRequest, DeleteAclsResponse, { filters }));
  const result = answer.filterResults[0]!;
  raise(result.errorCode, result.errorMessage);
  for (const match of result.matchingAcls) raise(match.errorCode, match.errorMessage);
  return result.matchingAcls.map((m) => ({ resourceType: m.resourceType, resourceName: m.resourceName, patternType: m.patternType, principal: m.principal, host: m.host, operation: m.operation, permissionType: m.permissionType }));
}
