/** DeleteAcls 1-3. Needs ALTER on the cluster. Each filter is answered with what it deleted. v1: pattern types. v2: flexible. v3: USER resources. */
import { DeleteAclsRequest, DeleteAclsResponse, ErrorCode, KafkaError, type Draft } from '#libs/kafka/protocol';
import { AclOperation } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { mayCluster } from './metadata-view.js';

export function createDeleteAclsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<DeleteAclsRequest, DeleteAclsResponse>({
    apiKey: 31, request: DeleteAclsRequest, response: DeleteAclsResponse, minVersion: 1, maxVersion: 3,
    async handle(context, request): Promise<Draft<DeleteAclsResponse>> {
      const all = (errorCode: ErrorCode, errorMessage: string): Draft<DeleteAclsResponse> => ({ filterResults: request.filters.map(() => ({ errorCode, errorMessage, matchingAcls: [] })) });
      if (!mayCluster(deps, context, AclOperation.alter)) return all(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, 'Cluster authorization failed.');
      try {
        const outcomes = await deps.controller.deleteAcls(request.filters.map((filter) => ({
          resourceType: filter.resourceTypeFilter, resourceName: filter.resourceNameFilter, patternType: filter.patternTypeFilter, principal: filter.principalFilter,
          host: filter.hostFilter, operation: filter.operation, permissionType: filter.permissionType,
        })));
        return { filterResults: outcomes.map(({ result, deleted }) => ({ ...result, matchingAcls: deleted.map(({ id: _id, ...acl }) => ({ errorCode: ErrorCode.NONE, errorMessage: null, ...acl })) })) };
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error;
        return all(error.code, error.message);
      }
    },
  });
}
