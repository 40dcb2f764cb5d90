/** DescribeAcls 1-3. Needs DESCRIBE on the cluster. v1: pattern types. v2: flexible. v3: USER resources. */
import { DescribeAclsRequest, DescribeAclsResponse, ErrorCode, KafkaError, type Draft } from '#libs/kafka/protocol';
import { AclOperation, aclMatches, checkAclFilter, type AclFilter, type AclImage } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { mayCluster } from './metadata-view.js';

function byResource(acls: readonly AclImage[]): Draft<DescribeAclsResponse['resources'][number]>[] {
  const resources = new Map<string, AclImage[]>();
  for (const acl of acls) {
    const key = JSON.stringify([acl.resourceType, acl.patternType, acl.resourceName]);
    const entries = resources.get(key);
    if (entries === undefined) resources.set(key, [acl]);
    else entries.push(acl);
  }
  return [...resources.keys()].sort().map((key) => {
    const entries = resources.get(key)!;
    const { resourceType, resourceName, patternType } = entries[0]!;
    return { resourceType, resourceName, patternType, acls: entries.map(({ principal, host, operation, permissionType }) => ({ principal, host, operation, permissionType })) };
  });
}

export function createDescribeAclsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<DescribeAclsRequest, DescribeAclsResponse>({
    apiKey: 29, request: DescribeAclsRequest, response: DescribeAclsResponse, minVersion: 1, maxVersion: 3,
    handle(context, request): Draft<DescribeAclsResponse> {
      if (!mayCluster(deps, context, AclOperation.describe)) return { errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED, errorMessage: 'Cluster authorization failed.', resources: [] };
      const filter: AclFilter = {
        resourceType: request.resourceTypeFilter, resourceName: request.resourceNameFilter, patternType: request.patternTypeFilter,
        principal: request.principalFilter, host: request.hostFilter, operation: request.operation, permissionType: request.permissionType,
      };
      try {
        checkAclFilter(filter);
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error;
        return { errorCode: error.code, errorMessage: error.message, resources: [] };
      }
      return { errorCode: ErrorCode.NONE, errorMessage: null, resources: byResource([...deps.controller.image.acls.values()].filter((acl) => aclMatches(acl, filter))) };
    },
  });
}
